"""What the channel has to remember over a restart: small values by name, each with the time that it is kept."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.ports import ActionDatabase

_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS telegram_memory (
        name VARCHAR(200) PRIMARY KEY, value TEXT NOT NULL, expires_at BIGINT NOT NULL)
"""
_TRIES: Final = 10
FOREVER: Final = timedelta(days=36_500)


class Memory:
    """A table of its own in the desk's database."""

    def __init__(self, database: ActionDatabase) -> None:
        self._database = database
        self._made = asyncio.Lock()
        self._is_made = False

    async def get(self, name: str) -> Any:
        """None when there is nothing, or no more."""
        await self._make()
        rows = await self._database.read(
            "SELECT value FROM telegram_memory WHERE name = :name AND expires_at > :now", name=name, now=_now()
        )
        return json.loads(rows[0]["value"]) if rows else None

    async def put(self, name: str, value: Any, keep: timedelta) -> None:
        await self._make()
        await self._database.write(
            """INSERT INTO telegram_memory (name, value, expires_at) VALUES (:name, :value, :until)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at""",
            name=name,
            value=json.dumps(value),
            until=_now() + int(keep.total_seconds()),
        )

    async def claim(self, name: str, owner: str, keep_seconds: float) -> bool:
        """Take or renew what one process at a time may hold. False while another has it."""
        await self._make()
        rows = await self._database.write(
            """INSERT INTO telegram_memory (name, value, expires_at) VALUES (:name, :owner, :until)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
               WHERE telegram_memory.value = excluded.value OR telegram_memory.expires_at <= :now
               RETURNING value""",
            name=name,
            owner=json.dumps(owner),
            until=_now() + int(keep_seconds + 1),
            now=_now(),
        )
        return bool(rows)

    async def release(self, name: str, owner: str) -> None:
        """Give back what was claimed."""
        await self._database.write(
            "DELETE FROM telegram_memory WHERE name = :name AND value = :owner", name=name, owner=json.dumps(owner)
        )

    async def purge(self) -> None:
        """Forget what is no longer kept."""
        await self._make()
        await self._database.write("DELETE FROM telegram_memory WHERE expires_at <= :now", now=_now())

    async def _make(self) -> None:
        if self._is_made:
            return
        async with self._made:
            # Two processes that create a table at once collide in PostgreSQL's catalogue despite IF NOT EXISTS.
            for attempt in range(1, _TRIES):
                try:
                    await self._database.write(_TABLE)
                    break
                except Exception:  # noqa: BLE001  each database has its own class for it; the last try shows the error
                    await asyncio.sleep(0.02 * attempt)
            else:
                await self._database.write(_TABLE)
            self._is_made = True


def _now() -> int:
    """Seconds since 1970."""
    return int(datetime.now(UTC).timestamp())
