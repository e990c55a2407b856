"""Desks with their HTTP side, opened once for a file; each test has a contact of its own in them.

DBOS is global to a process, so a file uses one kind of desk: `desk`, `shared_desk`, or one that each test opens itself.
"""

import itertools
from collections.abc import AsyncIterator

import pytest

from tests import postgres
from tests.api.desks import Desk, a_desk

_contacts = itertools.count(1)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def _open_desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    if request.param == "sqlite":
        async with a_desk(folder, "") as opened:
            yield opened
        return
    with postgres.fresh_database(request.getfixturevalue("postgres_server")) as url:
        async with a_desk(folder, url) as opened:
            yield opened


@pytest.fixture
def desk(_open_desk: Desk) -> Desk:
    """A desk, once on SQLite and once on Postgres, and a contact who never wrote before."""
    _open_desk.contact = f"contact-{next(_contacts)}"
    return _open_desk


@pytest.fixture(scope="module")
async def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A desk on SQLite, for what no database has a part in."""
    async with a_desk(tmp_path_factory.mktemp("desk"), "") as opened:
        yield opened
