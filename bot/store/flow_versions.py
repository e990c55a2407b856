"""Flow versions: bundles by their hash. They are never changed and, while a conversation is pinned to one, never
missed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, text

from bot.store.types import from_micros, to_micros


@dataclass(frozen=True, slots=True)
class FlowVersion:
    hash: str
    flow: str
    current: bool
    imported_at: datetime


_ADD = text("""
    INSERT INTO flow_version (hash, flow, content, current, imported_at) VALUES (:hash, :flow, :content, 1, :now)
    ON CONFLICT (hash) DO UPDATE SET current = 1
""")
_RETIRE = text("UPDATE flow_version SET current = 0 WHERE current = 1 AND hash NOT IN :hashes").bindparams(
    bindparam("hashes", expanding=True)
)


def replace_current(connection: Connection, bundles: Mapping[str, tuple[str, str]], now: datetime) -> None:
    """Make these (hash -> flow, content) what new conversations get. Older versions stay for those that began with
    them."""
    connection.execute(_RETIRE, {"hashes": list(bundles) or [""]})
    rows = [
        {"hash": h, "flow": flow, "content": content, "now": to_micros(now)} for h, (flow, content) in bundles.items()
    ]
    if rows:
        connection.execute(_ADD, rows)


_CONTENT = text("SELECT content FROM flow_version WHERE hash = :hash")


def content_of(connection: Connection, hash_: str) -> str | None:
    return connection.execute(_CONTENT, {"hash": hash_}).scalar()


_OF = text(
    "SELECT hash, flow, current, imported_at FROM flow_version WHERE flow = :flow ORDER BY imported_at DESC, hash"
)


def of(connection: Connection, flow: str) -> list[FlowVersion]:
    rows = connection.execute(_OF, {"flow": flow})
    return [FlowVersion(row[0], row[1], bool(row[2]), from_micros(row[3])) for row in rows]
