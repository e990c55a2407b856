"""One conversation or run in memory: the pure rules, and around them what the driver and its services do.

No database and no sleeping. Effects happen in the order in which they are asked for, and each outcome comes when the
test's clock says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.model.action import ActionCall, ActionResult, Failure
from bot.model.base import Json, JsonObject
from bot.model.effect import (
    Act,
    AddNote,
    AskReview,
    CloseReview,
    Effect,
    Fail,
    Finish,
    HandOff,
    Record,
    Respond,
    Say,
    Think,
)
from bot.model.form import Form, FormLimits, FormSent
from bot.model.handoff import Handoff, Owner, ReviewItem
from bot.model.incoming import EffectDone, Incoming, Said, TimeCame, WaitedLong
from bot.model.message import Address, FileRef, Message, Reply
from bot.model.remembered import UndoMessage
from bot.model.state import State
from bot.rules.advance import Around, advance, advance_traced, wake_at
from bot.rules.advance.filling import open_form
from bot.rules.advance.machine import Visit
from bot.rules.advance.places import place_of
from bot.rules.advance.revising import is_silent, revised
from bot.rules.policy import Part, Situation, Turn, decide, in_language
from bot.rules.program import LoadedBundle
from bot.rules.tracker import rasa_tracker
from bot.rules.wishes import parts_of
from bot.services.committing import turn_goes_on
from bot.services.library import Shelf, begun_by, pinned_by
from bot.services.reading import draw_of, fact_of, noted
from bot.services.thinking import answer_offline
from bot.testing.clock import StandingClock
from bot.testing.recorded_actions import NO_TIME, RecordedActions

Call = Act | Think
WITH_EDITS = ("slack", "telegram")
"""Channels on which a contact can change what was written."""
NOWHERE = Address(channel="test", sender="nobody")
NO_MODEL = Failure(kind="unavailable", message="no model is connected and the prompt has no offline answer")


@dataclass
class Stage:
    """What all conversations and runs of a test desk share. ``old``: bundles of desks before a reload."""

    shelf: Shelf
    clock: StandingClock
    actions: RecordedActions
    turn_wait: timedelta = timedelta(seconds=2)
    old: dict[str, LoadedBundle] = field(default_factory=dict)
    visited: set[Visit] = field(default_factory=set)

    def bundles_for(self, state: State, incoming: Incoming | None = None) -> Mapping[str, LoadedBundle]:
        """What the library gives: the bundles that are needed, or any where none is."""
        known = {**self.old, **self.shelf.bundles}
        hashes = pinned_by(state) | begun_by(incoming)
        return {hash_: known[hash_] for hash_ in hashes} or {self.shelf.any_bundle.hash: self.shelf.any_bundle}


@dataclass(slots=True)
class Outcome:
    """An effect whose outcome is on its way."""

    call: Call
    result: ActionResult | Failure
    at: datetime
    wrote: bool = False

    def event(self) -> EffectDone:
        if isinstance(self.result, Failure):
            return EffectDone(key=self.call.key, failure=self.result, at=self.at)
        return EffectDone(key=self.call.key, result=self.result, at=self.at, wrote=self.wrote)


@dataclass
class MemoryInstance:
    """The row of a conversation or run, with what people and the outside world see of it.

    address: None for a run. coming: outcomes that the turn did not wait for.
    notes: what the desk left for people. heard: messages of the contact so far.
    said: everything that went out, by the bot and by agents. events: the facts, oldest first.
    trail: the flow and place of every step that was done. forms: what the contact's channel can show of them.
    """

    stage: Stage
    id: str
    address: Address | None = None
    state: State = field(default_factory=State)
    owner: Owner = "bot"
    agent: str | None = None
    epoch: int = 0
    segment: int = 0
    said: list[Reply] = field(default_factory=list)
    events: list[Record] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)
    reviews: list[ReviewItem] = field(default_factory=list)
    responses: list[Respond] = field(default_factory=list)
    finished: Finish | None = None
    failed: Fail | None = None
    notes: list[str] = field(default_factory=list)
    heard: int = 0
    coming: list[Outcome] = field(default_factory=list)
    trail: list[Visit] = field(default_factory=list)
    forms: FormLimits | None = None

    # --- what comes in -----------------------------------------------------------------------------------------------

    async def hear(self, text: str, payload: str | None = None, files: Sequence[FileRef] = ()) -> list[Reply]:
        """A turn of the contact: parsed, decided, answered. Returns all replies of the turn."""
        self.heard += 1
        message = UndoMessage(id=f"m{self.heard}", text=text, files=tuple(files))
        return await self._answer(self._understood(self.state, text, payload, (message,)))

    async def fill(self, sent: FormSent) -> list[Reply]:
        """A form that the contact filled in."""
        self.heard += 1
        message = UndoMessage(id=f"m{self.heard}")
        return await self._answer(self._understood(self.state, "", None, (message,), sent))

    def open_form(self) -> Form | None:
        """The form that is the open question."""
        return open_form(self.stage.bundles_for(self.state), self.state, self.around())

    async def change(self, kind: Literal["edit", "delete"], id_: str, text: str = "") -> list[Reply]:
        """A message is edited or deleted: the last turn is taken again, or the change is noted."""
        message = Message(
            event_id=f"{kind} {id_}", address=self.address or NOWHERE, kind=kind, text=text, refers_to=id_
        )
        revision = revised(self.state, kind, id_, text) if self.owner == "bot" else None
        if revision is None:
            self._note_change(noted(self.state, message))
            return []
        self.state = revision.state
        if not revision.messages:
            self._note_change((fact_of(message),))
            return []
        said = self._understood(revision.state, revision.text, None, revision.messages)
        bundles = self.stage.bundles_for(self.state, said)
        state, effects = advance(bundles, revision.state, said, self.around())
        if is_silent(effects, revision):
            self.state = state
            self._note_change((fact_of(message),))
            return []
        fact = fact_of(message)
        return await self._answer(said.model_copy(update={"revises": {"event": fact.event, **fact.data}}))

    def _note_change(self, facts: Sequence[Record | AddNote]) -> None:
        self.events += [fact for fact in facts if isinstance(fact, Record)]
        self.notes += [fact.text for fact in facts if isinstance(fact, AddNote)]
        self.segment += 1

    async def _answer(self, said: Said) -> list[Reply]:
        before = len(self.said)
        await self.take(said)
        while self.owner == "bot" and turn_goes_on(self.state, self.stage.turn_wait):
            due = self.next_due()
            assert due is not None, "a retry has its time"
            self.stage.clock.reach(due)
            await self.take(TimeCame())
        return self.said[before:]

    def _understood(
        self,
        state: State,
        text: str,
        payload: str | None,
        messages: tuple[UndoMessage, ...],
        form: FormSent | None = None,
    ) -> Said:
        shelf, around = self.stage.shelf, self.around()
        parse = in_language(shelf.classifier.parse(text, state.language), text, payload, state.language)
        files = tuple(file for message in messages for file in message.files)
        turn = Turn(
            text=text,
            payload=payload,
            parse=parse,
            owner=self.owner,
            now=around.now,
            timezone=around.timezone,
            draw=draw_of(self.id),
            conversation=around.conversation,
            files=tuple(file.model_dump(mode="json") for file in files),
            env=around.env,
            parts=()
            if payload is not None
            else tuple(Part(one, shelf.classifier.parse(one, parse.language)) for one in parts_of(text)),
            form=None if form is None else form.id,
        )
        bundles = {**shelf.bundles, **self.stage.bundles_for(state)}
        decision = decide(Situation(state, turn, shelf.menu, bundles))
        channel = self.address.channel if self.address else ""
        return Said(
            text=text, payload=payload, files=files, channel=channel, parse=parse, decision=decision,
            message_ids=tuple(message.id for message in messages),
            messages=messages if around.revisable else (),
            form=form,
        )  # fmt: skip

    def next_due(self) -> datetime | None:
        """When time alone moves this instance next."""
        moments = [outcome.at for outcome in self.coming]
        due = wake_at(self.state) if self.owner == "bot" else None
        return min([*moments, *([due] if due is not None else [])], default=None)

    async def time_passes(self) -> None:
        """Everything that is due by now, in its order."""
        while (due := self.next_due()) is not None and due <= self.stage.clock.now():
            ready = [outcome for outcome in self.coming if outcome.at <= due]
            if ready:
                self.coming.remove(ready[0])
                await self.take(ready[0].event())
            else:
                await self.take(TimeCame())

    # --- one segment -------------------------------------------------------------------------------------------------

    def around(self) -> Around:
        shelf = self.stage.shelf
        conversation: JsonObject = {}
        if self.address is not None:
            conversation = {
                "id": self.id, "channel": self.address.channel, "sender": self.address.sender, "owner": self.owner,
            }  # fmt: skip
        return Around(
            instance=self.id,
            segment=self.segment,
            now=self.stage.clock.now(),
            timezone=shelf.desk.settings.timezone,
            env=shelf.env,
            conversation=conversation,
            owner=self.owner,
            turn_wait=self.stage.turn_wait,
            revisable=self.address is not None and self.address.channel in WITH_EDITS,
            forms=self.forms,
        )

    async def take(self, incoming: Incoming) -> None:
        """Advance, do what is outward, advance again, until everything waits; then commit."""
        around = self.around()
        log: list[Effect] = []
        under_way: list[Outcome] = []
        event: Incoming | None = incoming
        while event is not None:
            begun = self._advance(event, around, log)
            handed_off = any(isinstance(effect, HandOff) for effect in log)
            under_way += [await self._begin(call, around) for call in begun]
            under_way = [outcome for outcome in under_way if self._awaited(outcome.call.key)]
            event = None if handed_off or not under_way else self._next(under_way, around)
            if isinstance(event, WaitedLong):
                self._advance(event, around, log)
                event = None
        self.coming += under_way
        self._commit(log)

    def _advance(self, event: Incoming, around: Around, log: list[Effect]) -> list[Call]:
        bundles = self.stage.bundles_for(self.state, event)
        self.state, effects, visited = advance_traced(bundles, self.state, event, around)
        self.stage.visited.update(visited)
        self.trail += visited
        log.extend(effects)
        return [effect for effect in effects if isinstance(effect, Act | Think)]

    def _awaited(self, key: str) -> bool:
        place = place_of(self.state, key)
        return place is not None and place[1].waiting is not None and place[1].waiting.kind == "effect"

    def _next(self, under_way: list[Outcome], around: Around) -> Incoming:
        """The outcome that comes first; or that a contact has waited long enough for all of them."""
        first = min(under_way, key=lambda outcome: outcome.at)
        if self.address is not None and first.at - around.now > self.stage.turn_wait:
            return WaitedLong(keys=tuple(outcome.call.key for outcome in under_way))
        under_way.remove(first)
        self.stage.clock.reach(first.at)
        return first.event()

    async def _begin(self, call: Call, around: Around) -> Outcome:
        now = self.stage.clock.now()
        if isinstance(call, Think):
            answer = answer_offline(call, self.stage.shelf.classifier)
            return Outcome(call, answer if answer is not None else NO_MODEL, now)
        request = ActionCall(
            action=call.action,
            key=call.key,
            args=call.args,
            timeout_seconds=call.timeout_seconds,
            tracker=rasa_tracker(self.state, around.instance),
            connection=call.connection,
        )
        result, takes = await self.stage.actions.run_timed(request)
        spec = self.stage.actions.catalogue().get(call.action)
        wrote = spec is None or spec.effect != "read"
        return Outcome(call, result, now + takes if takes > NO_TIME else now, wrote)

    def _commit(self, log: Sequence[Effect]) -> None:
        """What the commit of a segment does, in its order. Acts and thoughts are done by now, or on their way."""
        for effect in log:
            match effect:
                case Say(reply=reply):
                    self.said.append(reply)
                case Record():
                    self.events.append(effect)
                case HandOff():
                    self._wait_for_person(effect)
                case AskReview():
                    self._put_review(effect)
                case AddNote(text=text):
                    self.notes.append(text)
                case CloseReview(review_id=id_, status=status):
                    self.close_review(id_, status=status)
                case _:
                    self._end(effect)
        self.segment += 1

    def _end(self, effect: Effect) -> None:
        """What a run tells the world."""
        match effect:
            case Respond():
                self.responses.append(effect)
            case Finish():
                self.finished = effect
            case Fail():
                self.failed = effect

    # --- what people see ---------------------------------------------------------------------------------------------

    def _wait_for_person(self, wish: HandOff) -> None:
        if self.open_handoff() is None:
            number = len(self.handoffs) + 1
            self.handoffs.append(
                Handoff(
                    id=f"{self.id}/handoff/{number}", conversation_id=self.id, team=wish.team, priority=wish.priority,
                    status="waiting", packet=wish.packet, requested_at=self.stage.clock.now(),
                )
            )  # fmt: skip
        if self.owner == "bot":
            self.owner = "queue"

    def open_handoff(self) -> Handoff | None:
        return next((one for one in self.handoffs if one.status in ("waiting", "claimed")), None)

    def change_handoff(self, **changes: Json) -> None:
        """Change the open handoff, if there is one."""
        self.handoffs = [
            one.model_copy(update=changes) if one.status in ("waiting", "claimed") else one for one in self.handoffs
        ]

    def _put_review(self, ask: AskReview) -> None:
        self.reviews.append(
            ReviewItem(
                id=ask.review_id, instance_id=self.id, team=ask.team, title=ask.title, show=ask.show,
                editable=ask.editable, status="waiting", requested_at=self.stage.clock.now(), expires_at=ask.expires_at,
            )
        )  # fmt: skip

    def close_review(self, id_: str, **changes: Json) -> None:
        self.reviews = [one.model_copy(update=changes) if one.id == id_ else one for one in self.reviews]
