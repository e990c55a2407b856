"""What the tests of actions share: a database, a standing clock, and the host that actions are handed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from actions import schema
from bot.edges.action_runner import Host
from bot.edges.egress import GuardedEgress
from bot.testing.action_database import SqliteActionDatabase

WEDNESDAY_NOON = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
"""Noon in Berlin."""


@dataclass
class StandingClock:
    time: datetime = WEDNESDAY_NOON

    def now(self) -> datetime:
        return self.time

    def advance(self, length: timedelta) -> None:
        self.time += length


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def database(clock: StandingClock) -> AsyncIterator[SqliteActionDatabase]:
    async with SqliteActionDatabase() as opened:
        await schema.prepare(opened, clock.now())
        yield opened


@pytest.fixture
async def host(database: SqliteActionDatabase, clock: StandingClock) -> AsyncIterator[Host]:
    egress = GuardedEgress()
    yield Host(egress, database, clock)
    await egress.close()
