"""Shows a contact that the desk is at work, on platforms that can, where a reply takes longer than a moment.

It is a courtesy: nothing waits for it, and where it fails nothing is lost. A process knows at once of the replies that
it sends itself; of those of another it knows before it shows the sign the next time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from bot.errors import FrontdeskError
from bot.ports import Clock, Transcript

AFTER_SECONDS: Final = 0.8
AGAIN_SECONDS: Final = 4.5
"""Telegram takes the sign away after five."""
MOST_TIMES: Final = 4
MOST_WATCHED: Final = 1_000
"""Conversations that are watched at a time; in a rush the platform can do without the calls."""
BEHIND_ALL: Final = 2**62
"""A number that no reply has: only who has the floor is asked for."""
Show = Callable[[], Awaitable[object]]


class AtWork:
    """One watch for each conversation."""

    def __init__(
        self,
        transcript: Transcript,
        clock: Clock,
        failures: tuple[type[Exception], ...] = (),
        after_seconds: float = AFTER_SECONDS,
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        """failures: what the platform's SDK raises beside the desk's own errors."""
        self._transcript = transcript
        self._clock = clock
        self._failures: tuple[type[Exception], ...] = (FrontdeskError, *failures)
        self._after = after_seconds
        self._again = again_seconds
        self._watches: dict[str, asyncio.Task[None]] = {}

    def began(self, conversation: str, show: Show) -> None:
        """A message was stored that wants an answer."""
        if conversation in self._watches or len(self._watches) >= MOST_WATCHED:
            return
        watch = asyncio.create_task(self._watch(conversation, show, self._clock.now()))
        self._watches[conversation] = watch
        watch.add_done_callback(lambda done: self._forget(conversation, done))

    def ended(self, conversation: str) -> None:
        """Something is being said to the contact."""
        if (watch := self._watches.pop(conversation, None)) is not None:
            watch.cancel()

    def _forget(self, conversation: str, watch: "asyncio.Task[None]") -> None:
        if self._watches.get(conversation) is watch:
            del self._watches[conversation]

    async def close(self) -> None:
        watches = list(self._watches.values())
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)

    async def _watch(self, conversation: str, show: Show, began_at: datetime) -> None:
        wait = self._after
        for _ in range(MOST_TIMES):
            await asyncio.sleep(wait)
            wait = self._again
            try:
                if not await self._is_wanted(conversation, began_at):
                    return
                await show()
            except self._failures:
                return

    async def _is_wanted(self, conversation: str, began_at: datetime) -> bool:
        """Whether nothing has been said yet, and the bot has the floor: a person answers when they do."""
        if await self._transcript.said_since(conversation, began_at):
            return False
        _, standing = await self._transcript.look(conversation, BEHIND_ALL, 1)
        return standing.owner == "bot"
