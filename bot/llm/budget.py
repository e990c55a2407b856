"""What models may cost in a day: set aside before a request, settled after it, so that the limit is never passed."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(slots=True)
class Budget:
    """Dollars of one process and one day (UTC). most_usd 0 is no limit."""

    most_usd: float
    day: date = date.min
    spent_usd: float = 0.0

    def set_aside(self, usd: float, now: datetime) -> bool:
        """Take the most that a request can cost; False where that would pass the limit, and then nothing is taken."""
        if now.date() != self.day:
            self.day, self.spent_usd = now.date(), 0.0
        if self.most_usd and self.spent_usd + usd > self.most_usd:
            return False
        self.spent_usd += usd
        return True

    def settle(self, set_aside_usd: float, cost_usd: float) -> None:
        """The request has cost this much of it."""
        self.spent_usd = max(0.0, self.spent_usd - set_aside_usd + cost_usd)
