"""A clock that stands still until it is moved."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WEDNESDAY_NOON = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
"""Where a test begins when nothing else is said: 12:00 in Berlin, on a working day."""


@dataclass
class StandingClock:
    """Implements the Clock port."""

    time: datetime = WEDNESDAY_NOON

    def now(self) -> datetime:
        return self.time

    def advance(self, length: timedelta) -> None:
        self.time += length

    def reach(self, moment: datetime) -> None:
        """Go on to this moment; a clock never goes back."""
        self.time = max(self.time, moment)
