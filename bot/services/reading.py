"""From what came in to what a segment begins with: messages become a turn, everything else speaks for itself."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter

from bot.failpoints import reach
from bot.model.base import JsonObject
from bot.model.message import Message
from bot.model.run import Incoming, Line, Record, Said, State, TimeCame
from bot.rules.advance import Around
from bot.rules.policy import Turn, decide
from bot.rules.program import LoadedBundle
from bot.services.library import Library, Shelf
from bot.services.model_reading import ModelReader
from bot.store.inbox import Arrival
from bot.store.instances import Instance

INCOMING: TypeAdapter[Incoming] = TypeAdapter(Incoming)
MAX_BURST = 20
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

    incoming is None for an edit or a deletion: then only ``facts`` are noted.
    """

    incoming: Incoming | None
    numbers: tuple[int, ...]
    turn: int | None
    around: Around
    state: State
    bundles: Mapping[str, LoadedBundle]
    facts: tuple[Record, ...] = ()


class Reader:
    """Reads arrivals with the flows and the classifier as they are now."""

    def __init__(
        self,
        library: Library,
        turn_wait: timedelta,
        bursts: Mapping[str, float],
        second_reader: ModelReader | None = None,
    ) -> None:
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
        return Around(
            instance=instance.id,
            segment=instance.segment,
            now=now,
            timezone=shelf.desk.settings.timezone,
            env=shelf.env,
            conversation=conversation,
            owner=instance.owner,
            turn_wait=self._turn_wait,
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
            return await self._afterthought(shelf, state, around, messages[0], numbers)
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
        self, shelf: Shelf, state: State, around: Around, message: Message, numbers: tuple[int, ...]
    ) -> Taken:
        """An edit or deletion of what has been answered already, or a reaction: noted, never a turn of its own."""
        bundles = await self._library.bundles_for(shelf, state)
        event = AFTERTHOUGHTS[message.kind]
        if message.kind == "edit":
            state.recent = [*state.recent, Line(who="contact", text=f"(edited) {message.text}")][-12:]
        fact = Record(event=event, data={"refers_to": message.refers_to, "text": message.text})
        return Taken(None, numbers, None, around, state, bundles, (fact,))

    async def _said(
        self, instance: Instance, shelf: Shelf, state: State, around: Around, messages: Sequence[Message]
    ) -> Said:
        text = SEPARATOR.join(message.text for message in messages if message.text)
        payload = messages[-1].payload
        reach("parse.before")
        await shelf.classifier.prepare(text, state.language)
        parse = shelf.classifier.parse(text, state.language)
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
        )
        decision = decide(state, turn, shelf.menu, bundles)
        asked = None
        if self._second_reader is not None:
            parse, asked = await self._second_reader.read(shelf, state, turn, bundles, decision)
            decision = decide(state, replace(turn, parse=parse), shelf.menu, bundles)
        reach("policy.decided")
        return Said(
            text=text,
            payload=payload,
            files=files,
            channel=messages[-1].address.channel,
            parse=parse,
            decision=decision,
            message_ids=tuple(message.event_id for message in messages),
            asked=asked,
            contact={name: value for message in messages for name, value in message.contact.items()},
        )


def as_written(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages of one turn in the order in which they were written, where the platform tells it of all of them;
    else as they came. Platforms that deliver side by side keep no order."""
    written = [(message.sent_at, number) for number, message in enumerate(messages) if message.sent_at is not None]
    return [messages[number] for _, number in sorted(written)] if len(written) == len(messages) else messages


def draw_of(instance: str) -> float:
    """A number from 0 to 1 that is always the same for an instance: who is in a partial rollout stays in it."""
    return int.from_bytes(hashlib.sha256(instance.encode()).digest()[:4]) / 2**32
