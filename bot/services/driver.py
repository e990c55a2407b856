"""The driver: moves an instance from one wait to the next, one segment at a time, under its claim.

Whoever stores something for an instance tries to claim it in the same transaction and then drives it here; if somebody
else holds the claim, that one sees the new arrival when it commits. What nobody drives (a crash, a timer) the heartbeat
finds by its ``wake_at``.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from bot.errors import NotReady, Superseded
from bot.failpoints import reach
from bot.model.effect import Act, Effect, Think
from bot.model.incoming import Said
from bot.model.state import State
from bot.ports import Capabilities, Clock, Meter, NoMeter
from bot.rules.advance import advance, wake_at
from bot.services.committing import Place, commit_segment
from bot.services.driving import Driving
from bot.services.quarantine import Quarantine
from bot.services.reading import Reader, Taken
from bot.services.recovery import DurableWay, Recovery
from bot.services.segments import Begun, Outcome, Snapshot, outcome_of
from bot.services.signals import Signals
from bot.store import claims, inbox, instances
from bot.store.database import Database
from bot.store.inbox import Arrival
from bot.store.instances import Guard, Instance
from bot.store.patience import patiently

log = structlog.get_logger(__name__)
MAX_ATTEMPTS = 3
"""Tries at a segment that crashes or raises, before what started it is set aside."""
PAUSE_SECONDS = 0.1
"""Before the first new try of what has failed; each further pause is four times as long."""
NEAR = timedelta(seconds=30)
"""Timers that fall due so soon are waited for here, to the millisecond; the heartbeat finds the others."""


@dataclass(frozen=True, slots=True)
class Held:
    """An instance under this process's claim, with what waits for it. ``recovered``: taken over from a silent
    process."""

    instance: Instance
    arrivals: Sequence[Arrival]
    recovered: bool = False


class Driver:
    """Drives instances. ``start`` never blocks; ``idle`` waits until nothing moves any more."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        reader: Reader,
        durable: DurableWay,
        quarantine: Quarantine,
        signals: Signals,
        channels: Mapping[str, Capabilities],
        process: str,
        lease: timedelta,
        turn_wait: timedelta,
        meter: Meter | None = None,
    ) -> None:
        self._meter = meter or NoMeter()
        self._database = database
        self._clock = clock
        self._reader = reader
        self._durable = durable
        self._recovery = Recovery(database, clock, durable, process, lease)
        self._quarantine = quarantine
        self._signals = signals
        self._channels = channels
        self._deliveries = {name: one.delivery for name, one in channels.items()}
        self._turn_wait = turn_wait
        self.process = process
        self.lease = lease
        self.driving = Driving()
        self.closing = False

    # --- beginning and ending ----------------------------------------------------------------------------------------

    def start(self, held: Held) -> asyncio.Task[None] | None:
        """Drive this instance, whose claim the caller has just taken. None when a task drives it already."""
        if not self.driving.adopt(held.instance):
            return None
        return self.driving.begin(self._drive(held))

    async def wake(self, instance: str) -> asyncio.Task[None] | None:
        """Claim an instance that is due and drive it, unless somebody else does."""
        held = await self.claim(instance)
        return None if held is None else self.start(held)

    async def claim(self, instance: str, fence: int = -1) -> Held | None:
        now = self._clock.now()

        def work(c: Connection) -> Held | None:
            claimed = claims.claim(c, instance, self.process, now, self.lease, fence)
            if claimed is None:
                return None
            return Held(claimed, inbox.waiting(c, instance), recovered=claimed.attempts > 0)

        return await self._database.write(work)

    def close(self) -> None:
        """Wake nothing any more; what is under way goes on."""
        self.closing = True

    # --- driving -----------------------------------------------------------------------------------------------------

    async def _drive(self, first: Held) -> None:
        """Segment after segment, until nothing is left to do or somebody else goes on."""
        reach("drive.claimed")
        held: Held | None = first
        claim = first.instance
        try:
            while held is not None:
                held = await self._next(held)
                if held is not None and held.instance.fence != claim.fence:
                    self.driving.drop(claim)
                    claim = held.instance
                    if not self.driving.adopt(claim):
                        return  # whoever came with news has found the new claim first, and drives it
        finally:
            self.driving.drop(claim)

    async def _next(self, held: Held) -> Held | None:
        """One segment, or what follows from its failure."""
        try:
            return await self._step(held)
        except Superseded:
            return await self._claim_again(held.instance)
        except NotReady as error:
            log.warning("database away", instance=held.instance.id, problem=str(error))
            return await self._claim_again(held.instance)
        except Exception as error:
            return await self._after_failure(held, error)

    async def _claim_again(self, instance: Instance) -> Held | None:
        """The instance moved under us, or nobody knows whether it did. What came for it is still there: go on with it
        if nobody else does; a run of its segment may exist, so it is looked for."""
        try:
            held = await patiently(lambda: self.claim(instance.id, instance.fence))
        except NotReady:
            return None  # the claim runs out, and whoever finds it then goes on
        return None if held is None else replace(held, recovered=True)

    async def _claim_if_more(self, instance: Instance) -> Held | None:
        """Behind what was set aside. With nothing waiting there is nothing to do, and what failed may be the state,
        which would fail again at every look."""
        more = await patiently(lambda: self._database.read(lambda c: inbox.has_waiting(c, instance.id)))
        return await self._claim_again(instance) if more else None

    async def _step(self, held: Held) -> Held | None:
        instance = held.instance
        if instance.attempts >= MAX_ATTEMPTS and not await self._waited_elsewhere(instance):
            await self._set_aside(held, f"failed {instance.attempts} times")
            return await self._claim_if_more(instance)
        if held.recovered and await self._durable.left_behind(instance.id, instance.segment):
            return await self._join(held)
        held = await self._await_burst(held)
        taken = await self._reader.take(held.instance, held.arrivals, self._clock.now())
        reach("drive.loaded")
        if taken is None:
            await self._release(held)
            return None
        return await self._segment(held.instance, taken)

    async def _waited_elsewhere(self, instance: Instance) -> bool:
        return await self._database.read(lambda c: claims.waited_elsewhere(c, instance.id))

    async def _await_burst(self, held: Held) -> Held:
        """On a channel where people write in bursts, wait for the rest of it."""
        address = held.instance.address
        if address is None or not held.arrivals or held.arrivals[-1].kind != "message":
            return held
        pause = self._reader.pause_for(address.channel)
        arrivals = held.arrivals
        while pause > 0 and len(arrivals) < 20:
            quiet = (self._clock.now() - arrivals[-1].received_at).total_seconds()
            if quiet >= pause:
                break
            await asyncio.sleep(pause - quiet)
            arrivals = await self._database.read(lambda c: inbox.waiting(c, held.instance.id)) or arrivals
        return Held(held.instance, arrivals, held.recovered)

    async def _segment(self, instance: Instance, taken: Taken) -> Held | None:
        """One segment: alone in one transaction when it is pure, durably when it reaches outside."""
        reach("advance.before")
        state: State = taken.state
        effects: tuple[Effect, ...] = taken.facts
        if taken.incoming is not None:
            state, effects = advance(taken.bundles, taken.state, taken.incoming, taken.around)
        reach("advance.after")
        if any(isinstance(effect, Act) for effect in effects) or _thinks(effects):
            return await self._durably(instance, taken, Begun(state, effects, taken.bundles))
        return await self._plainly(instance, taken, state, effects)

    async def _plainly(self, instance: Instance, taken: Taken, state: State, effects: Sequence[Effect]) -> Held | None:
        guard = Guard(instance.id, instance.segment, instance.epoch, self.process, instance.fence)
        place = self._place(instance, taken)
        now = self._clock.now()
        reach("segment.plain.commit.before")
        committed = await self._database.write(
            lambda c: commit_segment(c, guard, place, state, effects, taken.numbers, now, self.lease, self._deliveries)
        )
        reach("segment.plain.commit.after")
        return await self._after(instance, taken, outcome_of(committed), recovered=False)

    async def _durably(self, instance: Instance, taken: Taken, begun: Begun) -> Held | None:
        reach("segment.durable.start.before")
        outcome = await self._durable.carry_out(self._snapshot(instance, taken), begun)
        reach("segment.durable.done")
        if outcome.superseded:
            return await self._claim_again(instance)
        return await self._after(instance, taken, outcome, recovered=False)

    async def _join(self, held: Held) -> Held | None:
        """A run of this segment exists: wait until somebody has finished it, then go on behind it."""
        instance = held.instance
        await self._recovery.see_to_the_end(instance)
        self._signals.moved(instance.id)
        fresh = await self._database.read(lambda c: self._reload(c, instance))
        if fresh is None:
            return await self._claim_again(instance)
        if fresh.instance.segment == instance.segment:
            return await self._after_failure(held, RuntimeError("the segment ended without a commit"))
        return fresh

    async def _after(self, instance: Instance, taken: Taken, outcome: Outcome, recovered: bool) -> Held | None:
        """Tell whoever waits, and go on if more has come."""
        reach("turn.answered")
        self._count(instance, taken, outcome)
        numbers = list(taken.numbers)
        self._signals.turn_committed(numbers, None if outcome.replies is None else list(outcome.replies))
        self._signals.moved(instance.id)
        if not outcome.more:
            self._wake_later(instance.id, outcome.wake_at)
            return None
        return await self._database.read(lambda c: self._reload(c, instance))

    def _count(self, instance: Instance, taken: Taken, outcome: Outcome) -> None:
        if outcome.handed_off is not None:
            self._meter.handoff(outcome.handed_off)
        if isinstance(taken.incoming, Said) and instance.address is not None:
            spent = self._clock.now() - taken.around.now
            self._meter.turn(instance.address.channel, taken.incoming.decision.do, spent.total_seconds())

    def _reload(self, c: Connection, instance: Instance) -> Held | None:
        """As it is now, if this process still has the same claim."""
        fresh = instances.get(c, instance.id)
        if fresh.claim_owner != self.process or fresh.fence != instance.fence:
            return None
        return Held(fresh, inbox.waiting(c, instance.id))

    def _wake_later(self, instance: str, when: str | None) -> None:
        """Soon due: do not leave it to the next round of the heartbeat."""
        if when is None or self.closing:
            return
        wait = (datetime.fromisoformat(when) - self._clock.now()).total_seconds()
        if wait <= NEAR.total_seconds():
            asyncio.get_running_loop().call_later(max(wait, 0) + 0.002, self._wake_soon, instance)

    def _wake_soon(self, instance: str) -> None:
        if not self.closing:
            self.driving.begin(self._wake_quietly(instance))

    async def _wake_quietly(self, instance: str) -> None:
        try:
            await self.wake(instance)
        except NotReady:
            return  # the heartbeat finds it

    # --- letting go --------------------------------------------------------------------------------------------------

    async def _release(self, held: Held) -> None:
        instance = held.instance
        due = wake_at(instance.state) if instance.owner == "bot" else None

        def work(c: Connection) -> bool:
            claims.release(c, instance.id, self.process, instance.fence, due)
            more = inbox.has_waiting(c, instance.id)
            if more:
                instances.wake(c, instance.id, self._clock.now())
            return more

        reach("drive.release.before")
        more = await self._database.write(work)
        reach("drive.release.after")
        self._signals.moved(instance.id)
        self._wake_later(instance.id, self._clock.now().isoformat() if more else due.isoformat() if due else None)

    async def _after_failure(self, held: Held, error: Exception) -> Held | None:
        """A segment raised. Count it, and try again until it is clear that it always will."""
        instance = held.instance
        log.exception("segment failed", instance=instance.id, segment=instance.segment, exc_info=error)
        try:
            await self._database.write(lambda c: claims.count_attempt(c, instance.id, self.process, instance.fence))
            fresh = await self._database.read(lambda c: self._reload(c, instance))
            if fresh is not None and fresh.instance.attempts < MAX_ATTEMPTS:
                await asyncio.sleep(PAUSE_SECONDS * 4 ** (fresh.instance.attempts - 1))
                return fresh
            if fresh is not None:
                await self._set_aside(fresh, f"{type(error).__name__}: {error}")
                return await self._claim_if_more(instance)
        except (NotReady, Superseded):
            log.warning("moved on meanwhile", instance=instance.id, segment=instance.segment)
        return await self._claim_again(instance)

    async def _set_aside(self, held: Held, problem: str) -> None:
        instance = held.instance
        await self._quarantine.set_aside(instance, held.arrivals, problem)
        self._signals.turn_committed([a.number for a in held.arrivals[:1]], None)
        self._signals.moved(instance.id)
        await self._durable.cancel(instance.id, instance.segment)

    # --- describing --------------------------------------------------------------------------------------------------

    def _place(self, instance: Instance, taken: Taken) -> Place:
        channel = instance.address.channel if instance.address else ""
        capabilities = self._channels.get(channel, Capabilities())
        return Place(
            instance.id, instance.kind, channel, capabilities.delivery, instance.owner, instance.agent, taken.turn,
            self._turn_wait,
        )  # fmt: skip

    def _snapshot(self, instance: Instance, taken: Taken) -> Snapshot:
        place = self._place(instance, taken)
        assert taken.incoming is not None
        return Snapshot(
            instance=instance.id,
            kind=instance.kind,
            channel=place.channel,
            delivery=place.delivery,
            owner=instance.owner,
            agent=instance.agent,
            segment=instance.segment,
            epoch=instance.epoch,
            process=self.process,
            fence=instance.fence,
            turn=taken.turn,
            numbers=taken.numbers,
            incoming=taken.incoming.model_dump(mode="json"),
            state=taken.state.model_dump_json() if taken.revised else instance.state_json,
            around=taken.around,
        )


def _thinks(effects: Sequence[Effect]) -> bool:
    return any(isinstance(effect, Think) for effect in effects)
