"""News from the other processes: one look into the outbox each second wakes everybody who follows a conversation."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Final

import structlog
from sqlalchemy import Connection

from bot.errors import NotReady
from bot.ports import Capabilities
from bot.services.signals import Signals
from bot.store import outbox
from bot.store.database import Database

log = structlog.get_logger(__name__)
LOOK_SECONDS: Final = 1.0
LOOKS_BACK: Final = 5
"""Rows get their numbers when they are written and are seen when they are committed, so a look begins where one of so
many looks ago ended. Who commits later still is found by the readers themselves, who look from time to time anyway."""


class News:
    """Wakes the readers of this process for what any process has committed."""

    def __init__(self, database: Database, signals: Signals, channels: Mapping[str, Capabilities]) -> None:
        self._database = database
        self._signals = signals
        self._channels = [name for name, one in channels.items() if one.delivery == "stream"]
        self._ends: deque[int] = deque(maxlen=LOOKS_BACK)
        self._told: dict[int, str] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except NotReady as error:
                log.warning("no news: the database is away", problem=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> int:
        """Wake whoever follows a conversation with a new reply. Returns how many replies were new."""
        last, found = await self._database.read(self._read)
        fresh = [instance for number, instance in found.items() if number not in self._told]
        for instance in set(fresh):
            self._signals.moved(instance)
        self._told = found
        self._ends.append(last)
        return len(fresh)

    def _read(self, c: Connection) -> tuple[int, dict[int, str]]:
        last = outbox.last_number(c)
        return last, outbox.written_after(c, self._ends[0], self._channels) if self._ends else {}
