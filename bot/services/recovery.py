"""Runs of segments that a crash or a lost connection has left behind: somebody living goes on with each, and they
are counted."""

from datetime import timedelta
from typing import Protocol

from bot.ports import Clock
from bot.services.segments import Begun, Outcome, Snapshot
from bot.store import processes
from bot.store.database import Database
from bot.store.instances import Instance


class DurableWay(Protocol):
    """How segments with effects are carried out."""

    async def carry_out(self, snapshot: Snapshot, begun: Begun) -> Outcome: ...

    async def left_behind(self, instance: str, segment: int) -> bool:
        """Whether a run of this segment exists already."""

    async def runner_of(self, instance: str, segment: int) -> str | None:
        """The process that has this run under way; empty while it waits for one, None when it has ended."""

    def runs_here(self, instance: str, segment: int) -> bool: ...

    async def resume(self, instance: str, segment: int) -> None:
        """Let a living process go on with a run whose process has died."""

    async def ended(self, instance: str, segment: int, seconds: float) -> bool:
        """True as soon as the run has ended, however; False after the time."""

    async def cancel(self, instance: str, segment: int) -> None:
        """Nobody is to go on with this run."""


class Recovery:
    """For whoever has taken over an instance's claim. Because only the holder of a claim resumes a run, the claim's
    count of attempts is the count of the run's crashes."""

    def __init__(self, database: Database, clock: Clock, durable: DurableWay, process: str, lease: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._durable = durable
        self._process = process
        self._lease = lease

    async def see_to_the_end(self, instance: Instance) -> None:
        """Wait until the run of the instance's segment has ended, and see to it that a living process has it."""
        missed = False
        while (runner := await self._durable.runner_of(instance.id, instance.segment)) is not None:
            if runner == self._process:
                # Between its start and its first step a run is not seen here yet: look twice.
                lost = not self._durable.runs_here(instance.id, instance.segment)
                resumes, missed = lost and missed, lost
            else:
                resumes = runner != "" and not await self._lives(runner)
            if resumes:
                await self._durable.resume(instance.id, instance.segment)
            if await self._durable.ended(instance.id, instance.segment, self._lease.total_seconds()):
                return

    async def _lives(self, process: str) -> bool:
        now = self._clock.now()
        return await self._database.read(lambda c: processes.lives(c, process, now))
