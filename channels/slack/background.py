"""Work that nobody waits for: notices and buttons that are taken away. If it fails, nothing is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.errors import FrontdeskError
from channels.slack.refusals import FAILURES

log = structlog.get_logger(__name__)


class Background:
    """Keeps hold of tasks until they are done."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Callable[[], Awaitable[Any]]) -> None:
        task = asyncio.create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _quietly(work: Callable[[], Awaitable[Any]]) -> None:
    try:
        await work()
    except (*FAILURES, FrontdeskError) as error:
        log.warning("a notice in Slack did not work", problem=str(error)[:200])
