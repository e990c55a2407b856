"""Desks with their HTTP side: one for a whole file of questions that change nothing, or one for each test and database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.desks import Desk, a_desk


@pytest.fixture
async def desk(tmp_path: Path, database_url: str) -> AsyncIterator[Desk]:
    """A desk of the test's own, once on SQLite and once on Postgres."""
    async with a_desk(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture(scope="module")
async def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """One desk on SQLite for all tests of a file."""
    async with a_desk(tmp_path_factory.mktemp("desk"), "") as opened:
        yield opened
