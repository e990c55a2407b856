"""The desk's own ActionDatabase on either kind of database, over the plain URL that an operator would write."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.store.action_database import SqlActionDatabase
from bot.store.database import Database


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[SqlActionDatabase]:
    database = Database(url)
    try:
        yield SqlActionDatabase(database)
    finally:
        database.close()
