"""News from the other processes: one look each second, into the outbox and among the facts, wakes everybody who follows
a conversation."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

import structlog
from sqlalchemy import Connection

from bot.errors import NotReady
from bot.ports import Capabilities
from bot.services.signals import Signals
from bot.store import events, outbox
from bot.store.database import Database

log = structlog.get_logger(__name__)
LOOK_SECONDS: Final = 1.0
LOOKS_BACK: Final = 5
"""Rows get their numbers when they are written and are seen when they are committed, so a look begins where one of so
many looks ago ended. Who commits later still is found by the readers themselves, who look from time to time anyway."""
FLOOR: Final = ("HandoffRequested", "HandoffClaimed", "HandoffReturned", "HandoffResolved", "ConversationClosed")
"""Facts by which somebody else has the floor."""


class _Trail:
    """Rows of one table as they are written.

    last: the highest number there is. after: the conversation of each row of interest behind a number.
    """

    def __init__(
        self, last: Callable[[Connection], int], after: Callable[[Connection, int], Mapping[int, str]]
    ) -> None:
        self._last = last
        self._after = after
        self._ends: deque[int] = deque(maxlen=LOOKS_BACK)
        self._told: Mapping[int, str] = {}

    def read(self, c: Connection) -> tuple[int, Mapping[int, str]]:
        last = self._last(c)
        return last, self._after(c, self._ends[0]) if self._ends else {}

    def fresh(self, last: int, found: Mapping[int, str]) -> list[str]:
        """The conversations of rows that no earlier look has found."""
        fresh = [instance for number, instance in found.items() if number not in self._told]
        self._told = found
        self._ends.append(last)
        return fresh


class News:
    """Wakes the readers of this process for what any process has committed: replies, and who has the floor."""

    def __init__(self, database: Database, signals: Signals, channels: Mapping[str, Capabilities]) -> None:
        self._database = database
        self._signals = signals
        streaming = [name for name, one in channels.items() if one.delivery == "stream"]
        self._trails = (
            _Trail(outbox.last_number, lambda c, number: outbox.written_after(c, number, streaming)),
            _Trail(events.last_number, lambda c, number: events.written_after(c, number, FLOOR)),
        )

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except NotReady as error:
                log.warning("no news: the database is away", problem=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> int:
        """Wake whoever follows a conversation with something new. Returns how many new things there were."""
        seen = await self._database.read(lambda c: [trail.read(c) for trail in self._trails])
        fresh: list[str] = []
        for trail, (last, found) in zip(self._trails, seen, strict=True):
            fresh += trail.fresh(last, found)
        for instance in set(fresh):
            self._signals.moved(instance)
        return len(fresh)
