"""What models may cost in a day is one limit, however many processes ask them."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import NotReady
from bot.store import schema, spending
from bot.store.database import Database
from bot.store.spending import SharedPurse

NOW = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(hours=2)
MOST = 0.01


@pytest.fixture
def processes(new_database_url: str) -> Iterator[list[Database]]:
    """Two processes' connections to one database."""
    opened = [Database(new_database_url), Database(new_database_url)]
    schema.upgrade(opened[0].engine)
    yield opened
    for one in opened:
        one.close()


async def spent(database: Database, at: datetime = NOW) -> float:
    return await database.read(lambda c: spending.spent_usd(c, at.date().isoformat()))


async def test_processes_that_ask_at_once_stay_within_the_limit_together(processes: list[Database]) -> None:
    purses = [SharedPurse(one, MOST) for one in processes]
    taken = await asyncio.gather(*(purses[number % 2].set_aside(0.003, NOW) for number in range(10)))
    assert sum(taken) == 3
    assert await spent(processes[0]) == pytest.approx(0.009)


async def test_what_was_not_used_comes_back_and_a_new_day_begins_anew(processes: list[Database]) -> None:
    first, second = (SharedPurse(one, MOST) for one in processes)
    assert await first.set_aside(0.008, NOW)
    assert not await second.set_aside(0.008, NOW)
    await first.settle(0.008, 0.001, NOW)
    assert await spent(processes[1]) == pytest.approx(0.001)
    assert await second.set_aside(0.008, NOW)
    assert await second.set_aside(0.008, TOMORROW)
    assert await SharedPurse(processes[0], MOST).set_aside(0.001, NOW), "a process that starts anew knows of the rest"
    assert not await SharedPurse(processes[0], MOST).set_aside(0.001, NOW)


async def test_without_a_limit_nothing_is_written(processes: list[Database]) -> None:
    purse = SharedPurse(processes[0], 0.0)
    assert await purse.set_aside(1_000, NOW)
    await purse.settle(1_000, 1, NOW)
    assert await spent(processes[0]) == 0.0


async def test_where_the_database_is_away_nobody_spends() -> None:
    away = Database("postgresql://nobody:x@127.0.0.1:1/none")
    with pytest.raises(NotReady):
        await SharedPurse(away, MOST).set_aside(0.001, NOW)
    away.close()
