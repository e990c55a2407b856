"""The tables of actions, in the desk's own database: plain SQL with named parameters, one transaction a call."""

from sqlalchemy import Connection, text

from bot.model.base import Json, JsonObject
from bot.store.database import Database


class SqlActionDatabase:
    """Implements the ActionDatabase port over the desk's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, sql: str, **values: Json) -> list[JsonObject]:
        return await self._database.read(lambda c: _rows(c, sql, values))

    async def write(self, sql: str, **values: Json) -> list[JsonObject]:
        return await self._database.write(lambda c: _rows(c, sql, values))


def _rows(connection: Connection, sql: str, values: JsonObject) -> list[JsonObject]:
    result = connection.execute(text(sql), values)
    return [dict(row) for row in result.mappings()] if result.returns_rows else []
