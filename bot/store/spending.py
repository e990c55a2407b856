"""What models have cost in a day: one row a day that all processes share, so that their limit is one."""

import math
from datetime import datetime

from sqlalchemy import Connection

from bot.store.database import Database
from bot.store.sql import Sql

_MICRO = 1_000_000
_OPEN = Sql("INSERT INTO spending (day, micro_usd) VALUES (:day, 0) ON CONFLICT (day) DO NOTHING")
# One statement compares and takes: two processes at once cannot both have the last cent.
_TAKE = Sql("UPDATE spending SET micro_usd = micro_usd + :take WHERE day = :day AND micro_usd + :take <= :most")
_GIVE_BACK = Sql("""
    UPDATE spending SET micro_usd = CASE WHEN micro_usd > :back THEN micro_usd - :back ELSE 0 END WHERE day = :day
""")
_SPENT = Sql("SELECT micro_usd FROM spending WHERE day = :day")


def take(connection: Connection, day: str, usd: float, most_usd: float) -> bool:
    """Set dollars aside, where that stays within the day's limit. False: nothing was taken."""
    _OPEN.run(connection, {"day": day})
    values = {"day": day, "take": math.ceil(usd * _MICRO), "most": math.floor(most_usd * _MICRO)}
    return _TAKE.run(connection, values).rowcount == 1


def give_back(connection: Connection, day: str, usd: float) -> None:
    _GIVE_BACK.run(connection, {"day": day, "back": math.floor(usd * _MICRO)})


def spent_usd(connection: Connection, day: str) -> float:
    found = _SPENT.run(connection, {"day": day}).scalar_one_or_none()
    return 0.0 if found is None else int(found) / _MICRO


class SharedPurse:
    """Implements the Purse port over the desk's database."""

    def __init__(self, database: Database, most_usd: float) -> None:
        self._database = database
        self._most = most_usd

    async def set_aside(self, usd: float, now: datetime) -> bool:
        if not self._most:
            return True
        day = now.date().isoformat()
        return await self._database.write(lambda c: take(c, day, usd, self._most))

    async def settle(self, set_aside_usd: float, cost_usd: float, now: datetime) -> None:
        if self._most and set_aside_usd > cost_usd:
            day = now.date().isoformat()
            await self._database.write(lambda c: give_back(c, day, set_aside_usd - cost_usd))
