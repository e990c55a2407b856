"""An ActionDatabase in one SQLite file or in memory, for the tests of actions."""

import asyncio
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.model.base import Json, JsonObject


class SqliteActionDatabase:
    """Implements the ActionDatabase port with the standard library alone. Statements run one at a time."""

    def __init__(self, path: Path | None = None) -> None:
        self._connection = sqlite3.connect(path or ":memory:", timeout=10.0, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    async def read(self, sql: str, **values: Json) -> list[JsonObject]:
        return await self.write(sql, **values)

    async def write(self, sql: str, **values: Json) -> list[JsonObject]:
        async with self._one_at_a_time:
            return [dict(row) for row in self._connection.execute(sql, values).fetchall()]
