"""The heartbeat: says that this process lives, keeps its claims, wakes what is due, and takes over from the dead."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from bot.errors import NotReady
from bot.failpoints import reach
from bot.ports import Clock
from bot.services.driver import Driver
from bot.store import instances, processes
from bot.store.database import Database

log = structlog.get_logger(__name__)
LOOK_SECONDS = 0.5
AT_ONCE = 50
"""Instances that are driven from here at the same time; the others stay due and come next."""

TakeOver = Callable[[str], Awaitable[int]]


class Heartbeat:
    def __init__(self, database: Database, clock: Clock, driver: Driver, take_over: TakeOver, lease: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._driver = driver
        self._take_over = take_over
        self._lease = lease
        self.last_beat_ok = False

    async def run_beats(self) -> None:
        """Until cancelled: beat four times a lease."""
        while True:
            try:
                await self.beat()
                self.last_beat_ok = True
            except NotReady as error:
                self.last_beat_ok = False
                log.warning("heartbeat failed", problem=str(error))
            await asyncio.sleep(self._lease.total_seconds() / 4)

    async def beat(self) -> None:
        now = self._clock.now()
        me = self._driver.process

        def work(c: Connection) -> list[str]:
            processes.beat(c, me, socket.gethostname(), os.getpid(), now, self._lease)
            instances.renew_claims(c, me, now, self._lease)
            return processes.dead(c, me, now)

        dead = await self._database.write(work)
        reach("heartbeat.beat")
        for process in dead:
            await self._inherit(process)

    async def _inherit(self, process: str) -> None:
        """Resume a dead process's work, and only then forget it: whoever dies in between leaves it to the next."""
        reach("heartbeat.takeover.before")
        resumed = await self._take_over(process)
        now = self._clock.now()
        buried = await self._database.write(lambda c: processes.bury(c, process, now))
        reach("heartbeat.takeover.after")
        if buried:
            log.info("took over from a dead process", process=process, resumed=resumed)

    async def run_wakes(self) -> None:
        """Until cancelled: look for what is due."""
        while True:
            try:
                await self.wake_due()
            except NotReady:
                pass  # noqa: S110  # the beat reports it
            await asyncio.sleep(LOOK_SECONDS)

    async def wake_due(self) -> int:
        """Drive what is due and nobody drives. Returns how many instances were found."""
        if self._driver.busy >= AT_ONCE:
            return 0
        now = self._clock.now()
        ids = await self._database.read(lambda c: instances.due(c, now, AT_ONCE))
        for id_ in ids:
            reach("wake.due")
            await self._driver.wake(id_)
        return len(ids)

    async def leave(self) -> None:
        """In good order: nobody need wait for the lease."""
        me = self._driver.process

        def work(c: Connection) -> None:
            instances.free_claims_of(c, me)
            processes.leave(c, me)

        await self._database.write(work)
