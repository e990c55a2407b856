"""A segment with effects: from the event to the commit, with every effect a step that a crash does not repeat.

The snapshot holds all that the path depends on, so a re-run after a crash takes the same path: nothing is parsed again,
no clock is read, and steps that were done give their recorded outcomes.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from pydantic import TypeAdapter

from bot.errors import Superseded
from bot.failpoints import reach
from bot.model.base import JsonObject, Word
from bot.model.effect import Act, Effect, HandOff, Think
from bot.model.handoff import Owner
from bot.model.incoming import EffectDone, Incoming, WaitedLong
from bot.model.message import Reply
from bot.model.state import State
from bot.ports import Clock, Delivery
from bot.rules.advance import Around, advance
from bot.rules.advance.places import place_of
from bot.rules.program import LoadedBundle
from bot.rules.tracker import rasa_tracker
from bot.services.committing import Committed, Place, commit_segment
from bot.services.effects import Call, Effects
from bot.services.library import Library
from bot.store.database import Database
from bot.store.instances import Guard
from bot.store.patience import patiently

_INCOMING: TypeAdapter[Incoming] = TypeAdapter(Incoming)


class Snapshot(Word):
    """The argument of a segment, complete and plain JSON."""

    instance: str
    kind: str
    channel: str
    delivery: Delivery
    owner: Owner
    agent: str | None
    segment: int
    epoch: int
    process: str
    fence: int
    turn: int | None
    numbers: tuple[int, ...]
    incoming: JsonObject
    state: str
    around: Around

    @property
    def place(self) -> Place:
        return Place(
            self.instance,
            self.kind,
            self.channel,
            self.delivery,
            self.owner,
            self.agent,
            self.turn,
            self.around.turn_wait,
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """What ``advance`` made of a snapshot's event. A re-run after a crash makes the same of it again."""

    state: State
    effects: Sequence[Effect]
    bundles: Mapping[str, LoadedBundle]


class Outcome(Word):
    """How a segment ended. ``superseded``: somebody else moved the instance, and nothing was written."""

    superseded: bool = False
    replies: tuple[Reply, ...] | None = None
    more: bool = False
    wake_at: str | None = None
    turn_open: bool = False
    handed_off: str | None = None


class Steps(Protocol):
    """Runs the parts of a segment that touch the world, remembering each outcome where that is durable."""

    async def step(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """The outcome of this part: had now, or recorded by an earlier run. Plain JSON."""

    async def detach(self, call: JsonObject, snapshot: JsonObject) -> None:
        """Let this effect go on behind the segment; its outcome comes back as an event."""


class Segments:
    """Carries segments out. Knows nothing of DBOS: the durable side is in `durable.py`, behind Steps."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        library: Library,
        effects: Effects,
        deliveries: Mapping[str, Delivery],
        process: str,
        lease: timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._effects = effects
        self._process = process
        self._lease = lease
        self._deliveries = deliveries

    async def carry_out(self, snapshot: Snapshot, steps: Steps, begun: Begun | None = None) -> Outcome:
        """Advance, do what is outward, advance again, until everything waits; then commit.

        begun: where the caller has advanced already; None to begin from the snapshot alone.
        """
        work = _Work(snapshot, begun or await self._begin(snapshot))
        try:
            await self._do_effects(work, steps)
        except Superseded:
            return Outcome(superseded=True)
        # Not a step: its guard makes the commit happen once, so a second record of it would say nothing new.
        return await self._commit(work)

    async def _begin(self, snapshot: Snapshot) -> Begun:
        incoming = _INCOMING.validate_python(snapshot.incoming)
        before = State.model_validate_json(snapshot.state)
        bundles = await patiently(lambda: self._library.bundles_for(self._library.shelf, before, incoming))
        state, effects = advance(bundles, before, incoming, snapshot.around)
        return Begun(state, effects, bundles)

    async def _do_effects(self, work: "_Work", steps: Steps) -> None:
        began = self._clock.now()
        rounds = 0
        while work.calls and not work.handed_off:
            rounds += 1
            reach("segment.effects.before")
            outcomes = await steps.step(f"effects {rounds}", lambda: self._first_outcomes(work, began))
            reach("segment.effects.after")
            if outcomes == "superseded":
                raise Superseded(f"a person has taken over {work.snapshot.instance}")
            if not outcomes:
                break
            for outcome in outcomes:
                work.take(EffectDone.model_validate(outcome))
        if work.calls:
            await self._leave_behind(work, steps)

    async def _first_outcomes(self, work: "_Work", began: datetime) -> Any:
        snapshot = work.snapshot
        try:
            done = await self._effects.first_outcomes(
                work.calls,
                snapshot.instance,
                snapshot.epoch,
                rasa_tracker(work.state, snapshot.instance),
                self._time_left(work, began),
            )
        except Superseded:
            return "superseded"
        return [outcome.model_dump(mode="json") for outcome in done]

    def _time_left(self, work: "_Work", began: datetime) -> float | None:
        """A contact waits so long and no longer; a run has nobody waiting."""
        if work.snapshot.kind != "conversation":
            return None
        spent = self._clock.now() - began
        return max(0.0, (work.snapshot.around.turn_wait - spent).total_seconds())

    async def _leave_behind(self, work: "_Work", steps: Steps) -> None:
        """The turn ends, its effects do not."""
        left = list(work.calls)
        for call in left:
            reach("segment.detach.before")
            kind = "act" if isinstance(call, Act) else "think"
            await steps.detach(call.model_dump(mode="json") | {"is": kind}, work.snapshot.model_dump(mode="json"))
            reach("segment.detach.after")
        if not work.handed_off:
            work.take(WaitedLong(keys=tuple(call.key for call in left)))

    async def _commit(self, work: "_Work") -> Outcome:
        try:
            return outcome_of(await patiently(lambda: self._write(work)))
        except Superseded:
            return Outcome(superseded=True)

    async def _write(self, work: "_Work") -> Committed:
        snapshot = work.snapshot
        guard = Guard(
            snapshot.instance, snapshot.segment, snapshot.epoch, snapshot.process, snapshot.fence, durable=True
        )
        goes_on = snapshot.process == self._process
        now = self._clock.now()
        reach("segment.durable.commit.before")
        committed = await self._database.write(
            lambda c: commit_segment(
                c,
                guard,
                snapshot.place,
                work.state,
                work.log,
                snapshot.numbers,
                now,
                self._lease,
                self._deliveries,
                goes_on,
            )
        )
        reach("segment.durable.commit.after")
        return committed


def outcome_of(committed: Committed) -> Outcome:
    return Outcome(
        replies=None if committed.replies is None else tuple(committed.replies),
        more=committed.more,
        wake_at=None if committed.wake_at is None else committed.wake_at.isoformat(),
        turn_open=committed.turn_open,
        handed_off=committed.handed_off,
    )


class _Work:
    """A segment in progress: the state so far, everything that came out, and the calls without an outcome."""

    def __init__(self, snapshot: Snapshot, begun: Begun) -> None:
        self.snapshot = snapshot
        self.state = begun.state
        self.log: list[Effect] = []
        self.calls: Sequence[Call] = ()
        self._bundles = begun.bundles
        self._note(begun.effects)

    def take(self, incoming: Incoming) -> None:
        self.state, effects = advance(self._bundles, self.state, incoming, self.snapshot.around)
        self._note(effects)

    def _note(self, effects: Sequence[Effect]) -> None:
        self.log.extend(effects)
        begun = [effect for effect in effects if isinstance(effect, Act | Think)]
        # Whoever lost a race or was cancelled is waited for no longer.
        self.calls = [call for call in (*self.calls, *begun) if self._awaited(call.key)]

    def _awaited(self, key: str) -> bool:
        place = place_of(self.state, key)
        return place is not None and place[1].waiting is not None and place[1].waiting.kind == "effect"

    @property
    def handed_off(self) -> bool:
        return any(isinstance(effect, HandOff) for effect in self.log)


class DirectSteps:
    """Steps without durability: for the test desk, and for segments whose only effects are pure."""

    def __init__(self, detach: Callable[[JsonObject, JsonObject], Awaitable[None]]) -> None:
        self._detach = detach

    async def step(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        return await work()

    async def detach(self, call: JsonObject, snapshot: JsonObject) -> None:
        await self._detach(call, snapshot)
