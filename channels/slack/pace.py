"""One message a second in each Slack channel, and silence for as long as Slack asks for it."""

import asyncio
from collections import OrderedDict
from typing import Final

from bot.errors import NotYet
from bot.ports import Clock

SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 5.0
"""Whoever has to wait longer goes back to the outbox."""
REMEMBERED: Final = 10_000


class Pace:
    """Gives each channel its next moment, in the order in which it is asked.

    Kept in memory: several processes together may be quicker than Slack likes, which then says so (429).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._free_at: OrderedDict[str, float] = OrderedDict()
        self._held_until: dict[str, float] = {}

    async def turn(self, where: str) -> None:
        """Returns when a message may go out. Raises NotYet when that is not soon."""
        self._check_held(where)
        now = self._now()
        at = max(self._free_at.get(where, 0.0), now)
        if at - now > PATIENCE_SECONDS:
            raise NotYet(f"{where} has had its messages for now", retry_after_seconds=at - now)
        self._note(where, at + SECONDS)
        if at > now:
            await asyncio.sleep(at - now)
            self._check_held(where)

    def hold(self, where: str, seconds: float) -> None:
        """Slack wants to be left alone."""
        self._held_until[where] = max(self._now() + seconds, self._held_until.get(where, 0.0))

    def _check_held(self, where: str) -> None:
        until = self._held_until.get(where)
        if until is None:
            return
        if (left := until - self._now()) > 0:
            # Behind the message that was refused: it is to be the first again.
            raise NotYet(f"{where} is to be left alone", retry_after_seconds=left + SECONDS)
        del self._held_until[where]

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _note(self, where: str, at: float) -> None:
        self._free_at[where] = at
        self._free_at.move_to_end(where)
        while len(self._free_at) > REMEMBERED:
            self._free_at.popitem(last=False)
