"""The appended facts of an instance."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text

from bot.model.base import JsonObject
from bot.model.effect import Record
from bot.store.sql import Sql
from bot.store.types import from_micros, to_micros


@dataclass(frozen=True, slots=True)
class StoredEvent:
    number: int
    segment: int
    type: str
    data: JsonObject
    at: datetime


_APPEND = Sql(
    "INSERT INTO event (instance_id, segment, type, data, at) VALUES (:instance, :segment, :type, :data, :at)"
)


def append(connection: Connection, instance: str, segment: int, facts: Iterable[Record], now: datetime) -> None:
    at = to_micros(now)
    rows: list[dict[str, Any]] = [
        {
            "instance": instance,
            "segment": segment,
            "type": fact.event,
            "data": json.dumps(fact.data, ensure_ascii=False, default=str),
            "at": at,
        }
        for fact in facts
    ]
    if rows:
        _APPEND.run(connection, rows)


_OF = Sql(
    "SELECT number, segment, type, data, at FROM event WHERE instance_id = :instance AND number > :after ORDER BY number LIMIT :most"
)


def of(connection: Connection, instance: str, after: int = 0, most: int = 500) -> list[StoredEvent]:
    """The facts of an instance in order, from behind ``after``."""
    rows = _OF.run(connection, {"instance": instance, "after": after, "most": most})
    return [StoredEvent(row[0], row[1], row[2], json.loads(row[3]), from_micros(row[4])) for row in rows]


_LATEST = Sql(
    "SELECT number, segment, type, data, at FROM event WHERE instance_id = :instance ORDER BY number DESC LIMIT :most"
)


def latest(connection: Connection, instance: str, most: int) -> list[StoredEvent]:
    """The last facts of an instance, in order."""
    rows = _LATEST.run(connection, {"instance": instance, "most": most}).all()
    return [StoredEvent(row[0], row[1], row[2], json.loads(row[3]), from_micros(row[4])) for row in reversed(rows)]


_CORRECTED_INTENTS = Sql(
    "SELECT data FROM event WHERE type = 'IntentCorrected' AND instance_id IN "
    "(SELECT conversation_id FROM handoff ORDER BY requested_at DESC LIMIT :most) ORDER BY number"
)


def corrected_intents(connection: Connection, most: int) -> list[JsonObject]:
    """What agents said was really meant in the conversations of the newest ``most`` handoffs, the oldest first."""
    return [json.loads(row[0]) for row in _CORRECTED_INTENTS.run(connection, {"most": most})]


_LAST = Sql("SELECT max(number) FROM event")
_WRITTEN = text("SELECT number, instance_id FROM event WHERE number > :after AND type IN :types").bindparams(
    bindparam("types", expanding=True)
)


def last_number(connection: Connection) -> int:
    """0 where nothing has happened yet."""
    return _LAST.run(connection).scalar() or 0


def written_after(connection: Connection, number: int, types: Sequence[str]) -> dict[int, str]:
    """The instance of every fact of these types behind this number."""
    rows = connection.execute(_WRITTEN, {"after": number, "types": list(types)})
    return {row[0]: row[1] for row in rows}
