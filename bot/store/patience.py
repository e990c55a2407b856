"""Waiting out a database that is away: for work that is under way already and must not be lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import NotReady

T = TypeVar("T")
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0


async def patiently(work: Callable[[], Awaitable[T]], seconds: float = 120.0) -> T:
    """Do it, and again after a pause while the database is not ready. Raises NotReady after the given time.

    The work must be safe to repeat: a commit that was not confirmed may have happened.
    """
    pause, waited = FIRST_PAUSE_SECONDS, 0.0
    while True:
        try:
            return await work()
        except NotReady:
            if waited >= seconds:
                raise
        await asyncio.sleep(pause)
        waited += pause
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
