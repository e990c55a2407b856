"""An ActionDatabase on either kind of database, over the plain URL that an operator would write."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.model.base import Json, JsonObject

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}


class EngineDatabase:
    """Implements the ActionDatabase port: one transaction a call."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, sql: str, **values: Json) -> list[JsonObject]:
        return await self.write(sql, **values)

    async def write(self, sql: str, **values: Json) -> list[JsonObject]:
        async with self._engine.begin() as connection:
            result = await connection.execute(text(sql), values)
            return [dict(row) for row in result.mappings()] if result.returns_rows else []


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[EngineDatabase]:
    parsed = make_url(url)
    engine = create_async_engine(parsed.set(drivername=_DRIVERS[parsed.drivername]), pool_size=10)
    try:
        yield EngineDatabase(engine)
    finally:
        await engine.dispose()
