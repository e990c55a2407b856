"""What models may cost in a day: set aside before a request, settled after it, so that the limit is never passed."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(slots=True)
class OwnPurse:
    """Implements the Purse port for one process alone. most_usd 0 is no limit."""

    most_usd: float
    day: date = date.min
    spent_usd: float = 0.0

    async def set_aside(self, usd: float, now: datetime) -> bool:
        if now.date() != self.day:
            self.day, self.spent_usd = now.date(), 0.0
        if self.most_usd and self.spent_usd + usd > self.most_usd:
            return False
        self.spent_usd += usd
        return True

    async def settle(self, set_aside_usd: float, cost_usd: float, now: datetime) -> None:
        if now.date() == self.day:
            self.spent_usd = max(0.0, self.spent_usd - set_aside_usd + cost_usd)
