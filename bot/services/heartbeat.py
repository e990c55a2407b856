"""The heartbeat: says that this process lives, keeps its claims, wakes what is due, and takes over from the dead."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection

from bot.errors import NotReady
from bot.failpoints import reach
from bot.ports import Clock
from bot.services.driver import Driver
from bot.store import claims, outbox, processes
from bot.store.database import Database

log = structlog.get_logger(__name__)
LOOK_SECONDS = 0.5
AT_ONCE = 50
"""Instances that are woken from here and under way at the same time; the others stay due and come next."""
ALONE_SECONDS = 10.0
"""How long a suspect is driven alone before the next one is begun."""

TakeOver = Callable[[str], Awaitable[int]]


class Heartbeat:
    def __init__(self, database: Database, clock: Clock, driver: Driver, take_over: TakeOver, lease: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._driver = driver
        self._take_over = take_over
        self._lease = lease
        self._woken: set[asyncio.Task[None]] = set()
        self._judges_from = datetime.min.replace(tzinfo=UTC)
        self.last_beat_ok = False

    # --- living ------------------------------------------------------------------------------------------------------

    async def run_beats(self) -> None:
        """Until cancelled: beat four times a lease."""
        while True:
            try:
                await self.beat()
            except NotReady as error:
                self.last_beat_ok = False
                log.warning("heartbeat failed", problem=str(error))
            await asyncio.sleep(self._lease.total_seconds() / 4)

    async def beat(self) -> None:
        """Raises NotReady when the database cannot be had."""
        now = self._clock.now()
        me, driven = self._driver.process, self._driver.driving.instances

        def work(c: Connection) -> None:
            processes.beat(c, me, socket.gethostname(), os.getpid(), now, self._lease)
            claims.renew_claims(c, me, driven, now, self._lease)

        await self._database.write(work)
        reach("heartbeat.beat")
        if not self.last_beat_ok:
            self._begin_to_judge()
        self.last_beat_ok = True

    def _begin_to_judge(self) -> None:
        """When the database was away, everybody looks dead until they have beaten again: give them the time to."""
        was_away = self._judges_from > datetime.min.replace(tzinfo=UTC)
        self._judges_from = self._clock.now() + (self._lease / 2 if was_away else timedelta())

    @property
    def _judges(self) -> bool:
        """Whether this process may take others for dead."""
        return self.last_beat_ok and self._clock.now() >= self._judges_from

    # --- taking over -------------------------------------------------------------------------------------------------

    async def run_takeovers(self) -> None:
        """Until cancelled: take over from processes that have fallen silent or have left something behind."""
        while True:
            try:
                await self.take_over_from_dead()
            except NotReady as error:
                log.warning("no takeover", problem=str(error))
            await asyncio.sleep(min(self._lease.total_seconds() / 4, LOOK_SECONDS))

    async def take_over_from_dead(self) -> None:
        if not self._judges:
            return
        me, now = self._driver.process, self._clock.now()
        for process in await self._database.read(lambda c: processes.dead(c, me, now)):
            await self._inherit(process)

    async def _inherit(self, process: str) -> None:
        """Resume a dead process's work, and only then forget it: whoever dies in between leaves it to the next heir."""
        me, now = self._driver.process, self._clock.now()
        reach("heartbeat.takeover.before")
        if not await self._database.write(lambda c: processes.inherit(c, process, me, now, self._lease)):
            return
        resumed = await self._take_over(process)
        released = await self._database.write(lambda c: self._bury(c, process, me))
        reach("heartbeat.takeover.after")
        if resumed or released:
            log.warning("took over from a dead process", process=process, effects=resumed, replies=released)

    def _bury(self, c: Connection, process: str, me: str) -> int:
        """Returns how many replies it was sending."""
        if not processes.bury(c, process, me):
            return 0  # it lives again
        claims.end_claims_of(c, process)
        return outbox.release_claims_of(c, process)

    # --- waking ------------------------------------------------------------------------------------------------------

    async def run_wakes(self) -> None:
        """Until cancelled: look for what is due."""
        while True:
            with contextlib.suppress(NotReady):  # the beat reports it
                await self.wake_due()
            await asyncio.sleep(LOOK_SECONDS)

    async def wake_due(self) -> int:
        """Drive what is due and nobody drives. Returns how many instances were found."""
        room = AT_ONCE - len(self._woken)
        if self._driver.closing or not self._judges or room <= 0:
            return 0
        now = self._clock.now()
        ids = await self._database.read(lambda c: claims.due(c, now, room))
        for id_ in ids:
            reach("wake.due")
            await self._wake(id_)
        return len(ids)

    async def run_suspects(self) -> None:
        """Until cancelled: what was cut off more than once is driven one at a time, so that the next crash shows
        which one it is that ends the process, and the others come through."""
        while True:
            with contextlib.suppress(NotReady):  # the beat reports it
                await self.wake_suspects()
            await asyncio.sleep(LOOK_SECONDS)

    async def wake_suspects(self) -> None:
        if self._driver.closing or not self._judges:
            return
        now = self._clock.now()
        for id_ in await self._database.read(lambda c: claims.suspects(c, now)):
            reach("wake.due")
            task = await self._wake(id_)
            if task is not None:
                await asyncio.wait({task}, timeout=ALONE_SECONDS)

    async def _wake(self, id_: str) -> asyncio.Task[None] | None:
        if self._driver.closing or id_ in self._driver.driving:
            return None
        task = await self._driver.wake(id_)
        if task is not None:
            self._woken.add(task)
            task.add_done_callback(self._woken.discard)
        return task

    # --- leaving -----------------------------------------------------------------------------------------------------

    async def leave(self) -> None:
        """In good order: nobody need wait for the lease to take over what could not be finished."""
        me = self._driver.process

        def work(c: Connection) -> None:
            claims.end_claims_of(c, me)
            processes.leave(c, me)

        await self._database.write(work)
