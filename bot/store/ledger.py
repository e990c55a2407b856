"""The effect ledger: every effect written down before it is tried, and again with its outcome."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from bot.model.base import Json, JsonObject
from bot.store.sql import Sql
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
    repeatable: bool
    remote: bool
    outcome: Json
    started_at: datetime
    finished_at: datetime | None


def args_hash(args: JsonObject) -> str:
    canonical = json.dumps(args, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


_COLUMNS = (
    "key, instance_id, segment, action, args, args_hash, status, attempt, begun, repeatable, remote, outcome, "
    "started_at, finished_at"
)
_INSERT = Sql("""
    INSERT INTO effect (key, instance_id, segment, action, args, args_hash, status, attempt, repeatable, remote, started_at)
    VALUES (:key, :instance, :segment, :action, :args, :hash, 'started', :attempt, :repeatable, :remote, :now)
    ON CONFLICT (key) DO NOTHING
""")
_GET = Sql(f"SELECT {_COLUMNS} FROM effect WHERE key = :key")


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
    shown: JsonObject | None = None,
    repeatable: bool = False,
    remote: bool = False,
) -> Entry | None:
    """Write the attempt down. None: written, go; else the entry that is there already.

    shown:      the args as they are kept for people to see, where something in them is secret.
    repeatable: after a crash it may be begun again under its key.
    remote:     another program does it, so that it cannot be what ends this one.
    """
    values = {
        "key": key, "instance": instance, "segment": segment, "action": action, "attempt": attempt, "now": to_micros(now),
        "args": json.dumps(args if shown is None else shown, ensure_ascii=False, default=str), "hash": args_hash(args),
        "repeatable": int(repeatable), "remote": int(remote),
    }  # fmt: skip
    if _INSERT.run(connection, values).rowcount == 1:
        return None
    return find(connection, key)


_AGAIN = Sql("""
    UPDATE effect SET status = 'started', begun = CASE WHEN attempt = :attempt THEN begun + 1 ELSE 1 END,
        attempt = :attempt, started_at = :now, finished_at = NULL, outcome = NULL
    WHERE key = :key AND status <> 'done'
""")


def begin_again(connection: Connection, key: str, attempt: int, now: datetime) -> None:
    _AGAIN.run(connection, {"key": key, "attempt": attempt, "now": to_micros(now)})


_GIVE_UP = Sql("""
    UPDATE effect SET status = 'uncertain', finished_at = :now
    WHERE instance_id = :instance AND segment = :segment AND status = 'started'
""")


def give_up(connection: Connection, instance: str, segment: int, now: datetime) -> None:
    """Nobody will ask for these effects again: what was begun and has no outcome may or may not have happened."""
    _GIVE_UP.run(connection, {"instance": instance, "segment": segment, "now": to_micros(now)})


_FINISH = Sql("""
    UPDATE effect SET status = CASE WHEN status = 'uncertain' THEN status ELSE :status END, outcome = :outcome,
        finished_at = :now
    WHERE key = :key AND status <> 'done'
""")


def finish(connection: Connection, key: str, status: LedgerStatus, outcome: Json, now: datetime) -> None:
    """Write the outcome down. What was given out as uncertain meanwhile (its process slept, and another took over) stays
    so, because the flow has gone that way: the late outcome stands beside it, for the person who looks."""
    values = {"key": key, "status": status, "outcome": json.dumps(outcome, ensure_ascii=False, default=str)}
    _FINISH.run(connection, values | {"now": to_micros(now)})


def find(connection: Connection, key: str) -> Entry | None:
    row = _GET.run(connection, {"key": key}).one_or_none()
    return None if row is None else _entry(row)


def _entry(row: Any) -> Entry:
    outcome = None if row[11] is None else json.loads(row[11])
    finished = None if row[13] is None else from_micros(row[13])
    return Entry(
        row[0], row[1], row[2], row[3], json.loads(row[4]), row[5], row[6], row[7], row[8], bool(row[9]),
        bool(row[10]), outcome, from_micros(row[12]), finished,
    )  # fmt: skip


_OF = Sql(f"SELECT {_COLUMNS} FROM effect WHERE instance_id = :instance ORDER BY started_at, key")


def of(connection: Connection, instance: str) -> list[Entry]:
    """All effects of an instance, oldest first."""
    return [_entry(row) for row in _OF.run(connection, {"instance": instance})]


_UNCERTAIN = Sql(f"SELECT {_COLUMNS} FROM effect WHERE status = 'uncertain' ORDER BY started_at DESC LIMIT :most")


def uncertain(connection: Connection, most: int = 100) -> list[Entry]:
    """Effects that may or may not have happened: for a person to look at."""
    return [_entry(row) for row in _UNCERTAIN.run(connection, {"most": most})]
