"""Transactions: all or nothing each, although SQLite commits many of them together."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from bot.errors import NotReady
from bot.store.database import Database, dbos_engine


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    await opened.write(lambda c: c.execute(text("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")))
    yield opened
    opened.close()


def add(id_: int, then_fail: bool = False) -> Callable[[Connection], int]:
    def work(connection: Connection) -> int:
        connection.execute(text("INSERT INTO thing (id, name) VALUES (:id, 'x')"), {"id": id_})
        if then_fail:
            raise ValueError(f"no {id_}")
        return id_

    return work


async def ids(database: Database) -> list[int]:
    return await database.read(lambda c: list(c.execute(text("SELECT id FROM thing ORDER BY id")).scalars()))


async def test_what_returns_is_stored(database: Database) -> None:
    assert await database.write(add(1)) == 1
    assert await ids(database) == [1]


async def test_what_raises_is_not_stored_and_raises_what_it_raised(database: Database) -> None:
    with pytest.raises(ValueError, match="no 1"):
        await database.write(add(1, then_fail=True))
    assert await ids(database) == []


async def test_a_failing_transaction_takes_nothing_from_the_others_in_its_group(database: Database) -> None:
    """A hundred at once: every third fails in its own way, all others are stored."""
    results = await asyncio.gather(
        *(database.write(add(i, then_fail=i % 3 == 0)) for i in range(100)), return_exceptions=True
    )
    assert [i for i, result in enumerate(results) if isinstance(result, ValueError)] == list(range(0, 100, 3))
    assert await ids(database) == [i for i in range(100) if i % 3]


async def test_a_broken_statement_takes_nothing_from_the_others(database: Database) -> None:
    results = await asyncio.gather(*(database.write(add(i // 2)) for i in range(40)), return_exceptions=True)
    assert sum(isinstance(result, IntegrityError) for result in results) == 20
    assert await ids(database) == list(range(20))


async def test_a_reader_sees_a_transaction_only_whole(database: Database) -> None:
    def two(connection: Connection) -> None:
        add(1)(connection)
        add(2)(connection)

    reads = [database.read(lambda c: c.execute(text("SELECT count(*) FROM thing")).scalar_one()) for _ in range(20)]
    counts, _ = await asyncio.gather(asyncio.gather(*reads), database.write(two))
    assert set(counts) <= {0, 2}


async def test_a_database_that_cannot_be_reached_is_not_ready() -> None:
    away = Database("postgresql://nobody:x@127.0.0.1:1/none")
    with pytest.raises(NotReady, match="database cannot be used"):
        await away.read(lambda c: c.execute(text("SELECT 1")))
    away.close()


def test_the_times_that_dbos_writes_are_times_with_an_old_sqlite_too(sqlite_url: str) -> None:
    """As DBOS declares them with Python 3.12 and newer; SQLite below 3.42 would make them NULL."""
    engine = dbos_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE row (id INTEGER, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))")
        )
        connection.execute(text("INSERT INTO row (id) VALUES (1)"))
        written = connection.execute(text("SELECT at FROM row")).scalar_one()
    engine.dispose()
    assert abs(written / 1000 - time.time()) < 60
