"""A desk on Telegram, for all tests of a file."""

from collections.abc import AsyncIterator

import pytest

from tests.channels.telegram_desks import OnTelegram, on_telegram


@pytest.fixture(scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OnTelegram]:
    """One for all tests of a file; DBOS is global to a process, so no test of that file opens another."""
    async with on_telegram(tmp_path_factory.mktemp("desk")) as desk:
        yield desk
