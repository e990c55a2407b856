"""A desk behind a real HTTP server, for visitors."""

from collections.abc import AsyncIterator

import pytest

from tests.api.desks import a_desk, served
from tests.webchat.visitors import Served


@pytest.fixture(scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One for all tests of a file; DBOS is global to a process, so no test of that file opens another."""
    async with a_desk(tmp_path_factory.mktemp("desk"), "", messages_per_minute=600) as desk, served(desk.app) as url:
        yield Served(desk, url)
