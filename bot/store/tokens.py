"""Bearer tokens of the HTTP API. A token is shown once; only its SHA-256 is kept, which is enough for 256 random
bits."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from bot.store.types import to_micros

PREFIX = "fd_live_"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who calls: the token's id, its name (which stands in events and notes) and its role."""

    id: str
    name: str
    role: str


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


_ADD = text("INSERT INTO token (id, hash, name, role, created_at) VALUES (:id, :hash, :name, :role, :now)")


def add(connection: Connection, id_: str, token: str, name: str, role: str, now: datetime) -> None:
    values = {"id": id_, "hash": hash_of(token), "name": name, "role": role, "now": to_micros(now)}
    connection.execute(_ADD, values)


_FIND = text("SELECT id, name, role FROM token WHERE hash = :hash AND revoked_at IS NULL")


def find(connection: Connection, token: str) -> Bearer | None:
    row = connection.execute(_FIND, {"hash": hash_of(token)}).one_or_none()
    return None if row is None else Bearer(row[0], row[1], row[2])


_LIST = text("SELECT id, name, role, created_at, revoked_at FROM token ORDER BY created_at")


def listed(connection: Connection) -> list[tuple[str, str, str, bool]]:
    """(id, name, role, still valid)."""
    return [(row[0], row[1], row[2], row[4] is None) for row in connection.execute(_LIST)]


_REVOKE = text("UPDATE token SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL")


def revoke(connection: Connection, id_: str, now: datetime) -> bool:
    return connection.execute(_REVOKE, {"id": id_, "now": to_micros(now)}).rowcount == 1
