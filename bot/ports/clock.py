"""The time, as it is handed to whoever needs it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time. Everything that waits or stamps asks it, so that tests can hold it."""

    def now(self) -> datetime:
        """Aware, UTC."""
