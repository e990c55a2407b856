"""The effect ledger: every effect written down before it is tried, and again with its outcome."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, text

from bot.model.base import Json, JsonObject
from bot.store.types import from_micros, to_micros

LedgerStatus = Literal["started", "done", "failed", "uncertain"]


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    instance: str
    segment: int
    action: str
    args: JsonObject
    args_hash: str
    status: LedgerStatus
    attempt: int
    begun: int
    outcome: Json
    started_at: datetime
    finished_at: datetime | None


def args_hash(args: JsonObject) -> str:
    canonical = json.dumps(args, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


_COLUMNS = (
    "key, instance_id, segment, action, args, args_hash, status, attempt, begun, outcome, started_at, finished_at"
)
_INSERT = text("""
    INSERT INTO effect (key, instance_id, segment, action, args, args_hash, status, attempt, started_at)
    VALUES (:key, :instance, :segment, :action, :args, :hash, 'started', :attempt, :now)
    ON CONFLICT (key) DO NOTHING
""")
_GET = text(f"SELECT {_COLUMNS} FROM effect WHERE key = :key")


def begin(
    connection: Connection,
    *,
    key: str,
    instance: str,
    segment: int,
    action: str,
    args: JsonObject,
    attempt: int,
    now: datetime,
) -> Entry | None:
    """Write the attempt down. None: written, go; else the entry that is there already."""
    values = {
        "key": key, "instance": instance, "segment": segment, "action": action, "attempt": attempt, "now": to_micros(now),
        "args": json.dumps(args, ensure_ascii=False, default=str), "hash": args_hash(args),
    }  # fmt: skip
    if connection.execute(_INSERT, values).rowcount == 1:
        return None
    return find(connection, key)


_AGAIN = text("""
    UPDATE effect SET status = 'started', begun = CASE WHEN attempt = :attempt THEN begun + 1 ELSE 1 END,
        attempt = :attempt, started_at = :now, finished_at = NULL, outcome = NULL
    WHERE key = :key AND status <> 'done'
""")


def begin_again(connection: Connection, key: str, attempt: int, now: datetime) -> None:
    connection.execute(_AGAIN, {"key": key, "attempt": attempt, "now": to_micros(now)})


_GIVE_UP = text("""
    UPDATE effect SET status = 'uncertain', finished_at = :now
    WHERE instance_id = :instance AND segment = :segment AND status = 'started'
""")


def give_up(connection: Connection, instance: str, segment: int, now: datetime) -> None:
    """Nobody will ask for these effects again: what was begun and has no outcome may or may not have happened."""
    connection.execute(_GIVE_UP, {"instance": instance, "segment": segment, "now": to_micros(now)})


_FINISH = text("""
    UPDATE effect SET status = :status, outcome = :outcome, finished_at = :now WHERE key = :key AND status <> 'done'
""")


def finish(connection: Connection, key: str, status: LedgerStatus, outcome: Json, now: datetime) -> None:
    values = {"key": key, "status": status, "outcome": json.dumps(outcome, ensure_ascii=False, default=str)}
    connection.execute(_FINISH, values | {"now": to_micros(now)})


def find(connection: Connection, key: str) -> Entry | None:
    row = connection.execute(_GET, {"key": key}).one_or_none()
    return None if row is None else _entry(row)


def _entry(row: Any) -> Entry:
    outcome = None if row[9] is None else json.loads(row[9])
    finished = None if row[11] is None else from_micros(row[11])
    return Entry(
        row[0], row[1], row[2], row[3], json.loads(row[4]), row[5], row[6], row[7], row[8], outcome, from_micros(row[10]),
        finished,
    )  # fmt: skip


_OF = text(f"SELECT {_COLUMNS} FROM effect WHERE instance_id = :instance ORDER BY started_at, key")


def of(connection: Connection, instance: str) -> list[Entry]:
    """All effects of an instance, oldest first."""
    return [_entry(row) for row in connection.execute(_OF, {"instance": instance})]


_UNCERTAIN = text(f"SELECT {_COLUMNS} FROM effect WHERE status = 'uncertain' ORDER BY started_at DESC LIMIT :most")


def uncertain(connection: Connection, most: int = 100) -> list[Entry]:
    """Effects that may or may not have happened: for a person to look at."""
    return [_entry(row) for row in connection.execute(_UNCERTAIN, {"most": most})]
