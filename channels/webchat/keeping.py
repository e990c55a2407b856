"""Files of visitors are not kept for ever."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from bot.ports import Clock
from channels.webchat.files import FileStore

log = structlog.get_logger(__name__)
EVERY_SECONDS: Final = 3_600.0


class Keeping:
    """Removes old files, hourly. Every process does so: whoever comes second finds nothing to do."""

    def __init__(self, files: FileStore, clock: Clock, keep: timedelta) -> None:
        self._files = files
        self._clock = clock
        self._keep = keep

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if removed := await self._files.sweep(self._clock.now(), self._keep):
                log.info("old files of web visitors removed", files=removed)
            await asyncio.sleep(EVERY_SECONDS)
