"""How fast one sender may write."""

from collections import OrderedDict
from datetime import datetime

REMEMBERED = 50_000


class SenderLimits:
    """A leaky bucket per conversation (GCRA): `per_minute` on average, and so many at once.

    Source of the method: ATM Forum Traffic Management 4.0, generic cell rate algorithm (virtual scheduling).
    Kept in memory: each process counts for itself, which only ever lets more through.
    """

    def __init__(self, per_minute: int) -> None:
        self._interval = 60.0 / per_minute
        self._tolerance = 60.0 - self._interval
        self._due: OrderedDict[str, float] = OrderedDict()

    def seconds_to_wait(self, who: str, now: datetime) -> float:
        """0.0 and the message is counted, or how long to wait until one is let through again."""
        at = now.timestamp()
        due = max(self._due.get(who, 0.0), at)
        wait = due - at - self._tolerance
        if wait > 1e-9:
            return wait
        self._due[who] = due + self._interval
        self._due.move_to_end(who)
        while len(self._due) > REMEMBERED:
            self._due.popitem(last=False)
        return 0.0
