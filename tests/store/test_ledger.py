"""The ledger of effects: what was begun, how it ended, and that what was given out is not changed behind one's back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.model.base import JsonObject
from bot.store import ledger
from bot.store.database import Database
from tests.houses import a_house

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
KEY = "c_1/3/charge"
DONE: JsonObject = {"key": KEY, "result": {"outputs": {"charged": True}}}
UNSURE: JsonObject = {"key": KEY, "failure": {"kind": "internal", "message": "may have happened", "uncertain": True}}


@pytest.fixture
async def database(tmp_path: Path, database_url: str) -> AsyncIterator[Database]:
    async with a_house(tmp_path, database_url, "flows: {}\n") as house:
        yield house.database


async def begun(database: Database, attempt: int = 1) -> ledger.Entry | None:
    return await database.write(
        lambda c: ledger.begin(
            c, key=KEY, instance="c_1", segment=3, action="shop.charge", args={"n": 7}, attempt=attempt, now=NOW
        )
    )


async def finished(database: Database, status: ledger.LedgerStatus, outcome: JsonObject) -> ledger.Entry:
    await database.write(lambda c: ledger.finish(c, KEY, status, outcome, NOW))
    entry = await database.read(lambda c: ledger.find(c, KEY))
    assert entry is not None
    return entry


async def test_an_effect_is_begun_once(database: Database) -> None:
    assert await begun(database) is None
    again = await begun(database)
    assert again is not None
    assert (again.status, again.args, again.begun) == ("started", {"n": 7}, 1)


async def test_what_is_done_stays_done(database: Database) -> None:
    await begun(database)
    assert (await finished(database, "done", DONE)).status == "done"
    entry = await finished(database, "uncertain", UNSURE)
    assert (entry.status, entry.outcome) == ("done", DONE)


async def test_what_was_given_out_as_uncertain_stays_flagged_with_its_late_outcome(database: Database) -> None:
    """Its process slept through its lease, another gave it up as uncertain, and then the first one ended it."""
    await begun(database)
    await finished(database, "uncertain", UNSURE)
    entry = await finished(database, "done", DONE)
    assert (entry.status, entry.outcome) == ("uncertain", DONE)
    flagged = await database.read(ledger.uncertain)
    assert [one.key for one in flagged] == [KEY]


async def test_a_new_attempt_of_an_uncertain_effect_may_be_done(database: Database) -> None:
    await begun(database)
    await finished(database, "uncertain", UNSURE)
    await database.write(lambda c: ledger.begin_again(c, KEY, 2, NOW))
    entry = await finished(database, "done", DONE)
    assert (entry.status, entry.attempt, entry.outcome) == ("done", 2, DONE)
