"""A circuit breaker: an endpoint that keeps failing is left alone for a while, then tried with one request."""

from dataclasses import dataclass
from datetime import datetime, timedelta

OPENS_AFTER = 5
"""Failures in a row."""
OPEN_FOR = timedelta(seconds=30)
LONGEST_OPEN = timedelta(minutes=5)


@dataclass(slots=True)
class Breaker:
    """closed: everything passes. open: nothing does, until a time. half-open: one request passes, and decides.

    After Nygard, "Release It!" (2007). Time comes in as an argument.
    """

    failures: int = 0
    open_until: datetime | None = None
    probing_since: datetime | None = None

    def allows(self, now: datetime) -> bool:
        """Whether a request may be sent now. It counts as the probe where the breaker is half-open."""
        if self.open_until is None:
            return True
        if now < self.open_until:
            return False
        if self.probing_since is not None and now - self.probing_since < OPEN_FOR:
            return False
        self.probing_since = now
        return True

    def is_open(self, now: datetime) -> bool:
        """Whether nothing passes now. Asking changes nothing."""
        return self.open_until is not None and now < self.open_until

    def succeeded(self) -> None:
        self.failures, self.open_until, self.probing_since = 0, None, None

    def untried(self) -> None:
        """What was allowed was not sent after all."""
        self.probing_since = None

    def failed(self, now: datetime, retry_after: timedelta | None = None) -> bool:
        """Count a failure; returns whether this one opened it.

        retry_after: the endpoint itself says how long it wants to be left alone; longer than OPEN_FOR opens at once.
        """
        self.failures += 1
        was_half_open, self.probing_since = self.probing_since is not None, None
        asked = min(retry_after or timedelta(), LONGEST_OPEN)
        if self.failures < OPENS_AFTER and not was_half_open and asked < OPEN_FOR:
            return False
        self.open_until = now + max(OPEN_FOR, asked)
        return True
