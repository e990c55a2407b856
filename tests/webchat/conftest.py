"""A desk behind a real HTTP server, for visitors."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.api.desks import a_desk, served
from tests.webchat.visitors import IDENTITY_SECRET, ORIGINS, Served


@pytest.fixture(scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One for all tests of a file; DBOS is global to a process, so no test of that file opens another."""
    async with (
        a_desk(
            tmp_path_factory.mktemp("desk"),
            "",
            messages_per_minute=600,
            webchat_per_minute=100_000,
            webchat_origins=ORIGINS,
            webchat_identity_secret=IDENTITY_SECRET,
            webchat_file_bytes=200_000,
        ) as desk,
        served(desk.app) as url,
    ):
        yield Served(desk, url)


@pytest.fixture(scope="module")
async def browser(chromium_path: str, chromium_arguments: list[str]) -> AsyncIterator[Browser]:
    """One for all tests of a file."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium_path, args=chromium_arguments)
        yield opened
        await opened.close()
