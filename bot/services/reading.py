"""From what came in to what a segment begins with: messages become a turn, everything else speaks for itself."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter

from bot.failpoints import reach
from bot.model.base import JsonObject
from bot.model.decision import Decision
from bot.model.effect import AddNote, Record
from bot.model.incoming import Incoming, Said, TimeCame
from bot.model.message import Message
from bot.model.parse import Parse
from bot.model.remembered import UndoMessage
from bot.model.state import Line, State
from bot.ports import Capabilities
from bot.rules.advance import Around, advance
from bot.rules.advance.revising import Revision, is_silent, revised
from bot.rules.masking import MASK
from bot.rules.policy import Part, Situation, Turn, decide, in_language
from bot.rules.program import LoadedBundle
from bot.rules.wishes import parts_of
from bot.services.library import Library, Shelf
from bot.services.model_reading import ModelReader
from bot.services.summing import Summariser
from bot.store.inbox import Arrival
from bot.store.instances import Instance

INCOMING: TypeAdapter[Incoming] = TypeAdapter(Incoming)
MAX_BURST = 20
_NO_CHANNELS: Final[Mapping[str, Capabilities]] = {}
SEPARATOR = "\n"
AFTERTHOUGHTS: Final[Mapping[str, str]] = {
    "edit": "MessageEdited",
    "delete": "MessageDeleted",
    "reaction": "ReactionAdded",
    "read": "ReplyRead",
}
"""Kinds of messages that are no turn, and the facts that are noted in its place."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the next segment begins with: the event, the arrivals that it takes in, and the turn that it answers.

    incoming is None for an edit or a deletion that leads to nothing: then only ``facts`` are noted.
    revised: ``state`` is not the stored one, but that before the last turn, which begins anew.
    """

    incoming: Incoming | None
    numbers: tuple[int, ...]
    turn: int | None
    around: Around
    state: State
    bundles: Mapping[str, LoadedBundle]
    facts: tuple[Record | AddNote, ...] = ()
    revised: bool = False


class Reader:
    """Reads arrivals with the flows and the classifier as they are now."""

    def __init__(
        self,
        library: Library,
        turn_wait: timedelta,
        bursts: Mapping[str, float],
        second_reader: ModelReader | None = None,
        channels: Mapping[str, Capabilities] = _NO_CHANNELS,
        summariser: Summariser | None = None,
    ) -> None:
        self._summariser = summariser
        self._channels = channels
        self._second_reader = second_reader
        self._library = library
        self._turn_wait = turn_wait
        self._bursts = bursts

    def pause_for(self, channel: str) -> float:
        """Seconds to wait for more of the same turn: as the desk sets it, else as the channel does."""
        wished = self._library.shelf.desk.settings.burst_pause
        return wished.get(channel, self._bursts.get(channel, 0.0))

    async def take(self, instance: Instance, arrivals: Sequence[Arrival], now: datetime) -> Taken | None:
        """What comes next for this instance; None when nothing does."""
        shelf = self._library.shelf
        state = instance.state
        around = self.around(instance, shelf, now)
        if not arrivals:
            return await self._time(instance, shelf, state, around, now)
        if arrivals[0].kind != "message":
            return await self._other(instance, shelf, state, around, arrivals[0])
        return await self._turn(instance, shelf, state, around, arrivals)

    def around(self, instance: Instance, shelf: Shelf, now: datetime) -> Around:
        conversation: JsonObject = {}
        if instance.address is not None:
            conversation = {
                "id": instance.id,
                "channel": instance.address.channel,
                "sender": instance.address.sender,
                "owner": instance.owner,
            }
        channel = self._channels.get(instance.address.channel if instance.address else "", Capabilities())
        return Around(
            instance=instance.id,
            segment=instance.segment,
            now=now,
            timezone=shelf.desk.settings.timezone,
            env=shelf.env,
            conversation=conversation,
            owner=instance.owner,
            turn_wait=self._turn_wait,
            speaks_first=channel.delivery != "response",
            revisable=channel.edits,
            forms=channel.forms,
        )

    async def _time(
        self, instance: Instance, shelf: Shelf, state: State, around: Around, now: datetime
    ) -> Taken | None:
        if instance.wake_at is None or instance.wake_at > now or instance.owner != "bot":
            return None
        incoming = TimeCame()
        turn = state.turn if instance.turn_open else None
        bundles = await self._library.bundles_for(shelf, state, incoming)
        return Taken(incoming, (), turn, around, state, bundles)

    async def _other(self, instance: Instance, shelf: Shelf, state: State, around: Around, arrival: Arrival) -> Taken:
        incoming = INCOMING.validate_json(arrival.payload)
        turn = state.turn if instance.turn_open else None
        bundles = await self._library.bundles_for(shelf, state, incoming)
        return Taken(incoming, (arrival.number,), turn, around, state, bundles)

    async def _turn(
        self, instance: Instance, shelf: Shelf, state: State, around: Around, arrivals: Sequence[Arrival]
    ) -> Taken:
        batch = self._burst(instance, arrivals)
        messages = [Message.model_validate_json(arrival.payload) for arrival in batch]
        numbers = tuple(arrival.number for arrival in batch)
        if messages[0].kind in AFTERTHOUGHTS:
            return await self._afterthought(instance, shelf, around, messages[0], numbers)
        said = await self._said(instance, shelf, state, around, as_written(messages))
        bundles = await self._library.bundles_for(shelf, state, said)
        return Taken(said, numbers, state.turn + 1, around, state, bundles)

    def _burst(self, instance: Instance, arrivals: Sequence[Arrival]) -> Sequence[Arrival]:
        """The messages of one turn: all that came in a row on a channel that waits for them, else the first alone."""
        channel = instance.address.channel if instance.address else ""
        if self.pause_for(channel) <= 0:
            return arrivals[:1]
        batch: list[Arrival] = []
        for arrival in arrivals[:MAX_BURST]:
            plain = arrival.kind == "message" and '"kind":"' not in arrival.payload
            if not plain:
                break
            batch.append(arrival)
        return batch or arrivals[:1]

    async def _afterthought(
        self, instance: Instance, shelf: Shelf, around: Around, message: Message, numbers: tuple[int, ...]
    ) -> Taken:
        """An edit or deletion of what has been answered already, or a reaction: never a turn of its own. The last turn
        is taken again where nothing was done in it that stays; else the change is noted."""
        state = instance.state
        if instance.owner == "bot" and message.kind in ("edit", "delete"):
            revision = revised(state, message.kind, message.refers_to, message.text)
            if revision is not None:
                return await self._again(instance, shelf, around, message, numbers, revision)
        bundles = await self._library.bundles_for(shelf, state)
        return Taken(None, numbers, None, around, state, bundles, noted(state, message))

    async def _again(
        self,
        instance: Instance,
        shelf: Shelf,
        around: Around,
        message: Message,
        numbers: tuple[int, ...],
        revision: Revision,
    ) -> Taken:
        """The last turn, as it is now. With nothing left of it, or the same answer, nothing is said."""
        fact = fact_of(message)
        bundles = await self._library.bundles_for(shelf, revision.state)
        if not revision.messages:
            return Taken(None, numbers, None, around, revision.state, bundles, (fact,), revised=True)
        messages = [
            Message(event_id=one.id, address=message.address, text=one.text, files=one.files)
            for one in revision.messages
        ]
        said = await self._said(instance, shelf, revision.state, around, messages)
        said = said.model_copy(update={"revises": {"event": fact.event, **fact.data}})
        bundles = await self._library.bundles_for(shelf, revision.state, said)
        state, effects = advance(bundles, revision.state, said, around)
        if is_silent(effects, revision):
            return Taken(None, numbers, None, around, state, bundles, (fact,), revised=True)
        turn = revision.state.turn + 1
        return Taken(said, numbers, turn, around, revision.state, bundles, revised=True)

    async def _said(
        self, instance: Instance, shelf: Shelf, state: State, around: Around, messages: Sequence[Message]
    ) -> Said:
        text = SEPARATOR.join(message.text for message in messages if message.text)
        payload = messages[-1].payload
        reach("parse.before")
        await shelf.classifier.prepare(text, state.language)
        parse = in_language(shelf.classifier.parse(text, state.language), text, payload, state.language)
        reach("parse.after")
        files = tuple(file for message in messages for file in message.files)
        bundles = {**shelf.bundles, **await self._library.bundles_for(shelf, state)}
        turn = Turn(
            text=text,
            payload=payload,
            parse=parse,
            owner=instance.owner,
            now=around.now,
            timezone=around.timezone,
            draw=draw_of(instance.id),
            conversation=around.conversation,
            files=tuple(file.model_dump(mode="json") for file in files),
            env=around.env,
            parts=await self._parts(shelf, text if payload is None and instance.owner == "bot" else "", parse.language),
            form=None if messages[-1].form is None else messages[-1].form.id,
        )
        situation = Situation(state, turn, shelf.menu, bundles)
        decision = decide(situation)
        # Side by side, so that a turn waits for models no longer than for one.
        (parse, asked), summarised = await asyncio.gather(
            self._read_again(shelf, situation, decision), self._summed_up(instance, shelf, state)
        )
        if asked is not None:
            decision = decide(replace(situation, turn=replace(turn, parse=parse)))
        reach("policy.decided")
        return Said(
            text=text,
            payload=payload,
            files=files,
            channel=messages[-1].address.channel,
            parse=parse,
            decision=decision,
            message_ids=tuple(message.event_id for message in messages),
            messages=_each(messages) if around.revisable else (),
            asked=asked,
            summarised=summarised,
            contact={name: value for message in messages for name, value in message.contact.items()},
            form=messages[-1].form,
        )

    async def _parts(self, shelf: Shelf, text: str, language: str) -> tuple[Part, ...]:
        """What may be wishes of their own, each understood by itself."""
        texts = parts_of(text)
        for one in texts:
            await shelf.classifier.prepare(one, language)
        return tuple(Part(one, shelf.classifier.parse(one, language)) for one in texts)

    async def _read_again(
        self, shelf: Shelf, situation: Situation, decision: Decision
    ) -> tuple[Parse, JsonObject | None]:
        """By a model, where one is connected and the message is one for it."""
        if self._second_reader is None:
            return situation.parse, None
        return await self._second_reader.read(shelf, situation, decision)

    async def _summed_up(self, instance: Instance, shelf: Shelf, state: State) -> JsonObject | None:
        if self._summariser is None or instance.owner != "bot":
            return None
        return await self._summariser.summary_of(shelf.desk, state)


def fact_of(message: Message, shown: str | None = None) -> Record:
    """That a message was edited or deleted, or reacted to."""
    text = message.text if shown is None else shown
    return Record(event=AFTERTHOUGHTS[message.kind], data={"refers_to": message.refers_to, "text": text})


def noted(state: State, message: Message) -> tuple[Record | AddNote, ...]:
    """A change that comes too late: a fact, a line for whoever reads on, and a note for the person who looks."""
    shown = MASK if message.refers_to in state.secret_messages else message.text
    if message.kind not in ("edit", "delete"):
        return (fact_of(message, shown),)
    if message.kind == "edit":
        state.recent = [*state.recent, Line(who="contact", text=f"(edited) {shown}")][-12:]
        note = f'The contact has changed a message after it was acted on. It now says: "{shown}"'
    else:
        state.recent = [*state.recent, Line(who="contact", text="(deleted a message)")][-12:]
        note = "The contact has deleted a message after it was acted on."
    return (fact_of(message, shown), AddNote(text=note))


def _each(messages: Sequence[Message]) -> tuple[UndoMessage, ...]:
    return tuple(UndoMessage(id=one.event_id, text=one.text, files=one.files) for one in messages)


def as_written(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages of one turn in the order in which they were written, where the platform tells it of all of them;
    else as they came. Platforms that deliver side by side keep no order."""
    written = [(message.sent_at, number) for number, message in enumerate(messages) if message.sent_at is not None]
    return [messages[number] for _, number in sorted(written)] if len(written) == len(messages) else messages


def draw_of(instance: str) -> float:
    """A number from 0 to 1 that is always the same for an instance: who is in a partial rollout stays in it."""
    return int.from_bytes(hashlib.sha256(instance.encode()).digest()[:4]) / 2**32
