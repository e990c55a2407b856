"""What came in: stored before it is acknowledged, handled by exactly one segment."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text

from bot.rules.masking import MASK
from bot.store.sql import Sql
from bot.store.types import from_micros, to_micros


@dataclass(frozen=True, slots=True)
class Arrival:
    """One stored thing that came in. ``payload`` is the JSON text of a word: a Message or one of the Incoming."""

    number: int
    kind: str
    payload: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Handled:
    """How far an arrival has come: the instance it belongs to, the segment and turn that took it in (None: not yet)."""

    instance: str
    number: int
    segment: int | None
    turn: int | None


_ADD = Sql("""
    INSERT INTO inbox (instance_id, key, kind, payload, received_at) VALUES (:instance, :key, :kind, :payload, :now)
    ON CONFLICT (key) DO NOTHING RETURNING number
""")


def add(connection: Connection, instance: str, key: str, kind: str, payload: str, now: datetime) -> Arrival | None:
    """Store it under its unique key; None when the key is known already."""
    values = {"instance": instance, "key": key, "kind": kind, "payload": payload, "now": to_micros(now)}
    number = _ADD.run(connection, values).scalar()
    return None if number is None else Arrival(number, kind, payload, now)


MOST_AT_ONCE = 50
_WAITING = Sql("""
    SELECT number, kind, payload, received_at FROM inbox WHERE instance_id = :instance AND segment IS NULL ORDER BY number LIMIT :most
""")


def waiting(connection: Connection, instance: str, most: int = MOST_AT_ONCE) -> list[Arrival]:
    """What no segment has taken in yet, in the order of arrival."""
    rows = _WAITING.run(connection, {"instance": instance, "most": most})
    return [Arrival(row[0], row[1], row[2], from_micros(row[3])) for row in rows]


_TAKE_ONE = Sql("UPDATE inbox SET segment = :segment, turn = :turn WHERE number = :number AND segment IS NULL")
_TAKE = text(
    "UPDATE inbox SET segment = :segment, turn = :turn WHERE number IN :numbers AND segment IS NULL"
).bindparams(bindparam("numbers", expanding=True))


def take(connection: Connection, numbers: Sequence[int], segment: int, turn: int | None) -> int:
    """Mark them as handled by this segment. Returns how many were still waiting."""
    values: dict[str, Any] = {"segment": segment, "turn": turn}
    if len(numbers) == 1:
        return _TAKE_ONE.run(connection, values | {"number": numbers[0]}).rowcount
    return connection.execute(_TAKE, values | {"numbers": list(numbers)}).rowcount if numbers else 0


_PAYLOADS = text("SELECT number, payload FROM inbox WHERE number IN :numbers").bindparams(
    bindparam("numbers", expanding=True)
)


def forget_words(connection: Connection, numbers: Sequence[int], secret: Collection[str]) -> None:
    """Take the words out of messages that have been handled and are not to be kept. secret: their event ids."""
    if not secret or not numbers:
        return
    for number, payload in connection.execute(_PAYLOADS, {"numbers": list(numbers)}).all():
        message = json.loads(payload)
        if message.get("event_id") in secret:
            kept = message | {"text": MASK, "payload": None, "files": [], "form": None}
            kept = {name: value for name, value in kept.items() if name in message}
            _AMEND_HANDLED.run(connection, {"number": number, "payload": json.dumps(kept, ensure_ascii=False)})


_AMEND_HANDLED = Sql("UPDATE inbox SET payload = :payload WHERE number = :number")
_MORE = Sql("SELECT 1 FROM inbox WHERE instance_id = :instance AND segment IS NULL LIMIT 1")


def has_waiting(connection: Connection, instance: str) -> bool:
    return _MORE.run(connection, {"instance": instance}).first() is not None


_CROWDED = Sql(
    "SELECT 1 FROM inbox WHERE instance_id = :instance AND segment IS NULL ORDER BY number LIMIT 1 OFFSET :most"
)


def is_crowded(connection: Connection, instance: str, most: int) -> bool:
    """Whether more than so many wait."""
    return _CROWDED.run(connection, {"instance": instance, "most": most}).first() is not None


_PROBLEM = Sql("UPDATE inbox SET problem = :problem WHERE number = :number")


def note_problem(connection: Connection, number: int, problem: str) -> None:
    _PROBLEM.run(connection, {"number": number, "problem": problem[:500]})


_BY_KEY = Sql("SELECT instance_id, number, segment, turn FROM inbox WHERE key = :key")


def by_key(connection: Connection, key: str) -> Handled | None:
    row = _BY_KEY.run(connection, {"key": key}).one_or_none()
    return None if row is None else Handled(row[0], row[1], row[2], row[3])


_AMEND = Sql("UPDATE inbox SET payload = :payload WHERE number = :number AND segment IS NULL")


def amend(connection: Connection, number: int, payload: str) -> bool:
    """Replace the content of something that is still waiting. False when it has been handled meanwhile."""
    return _AMEND.run(connection, {"number": number, "payload": payload}).rowcount == 1


_PAYLOAD = Sql("SELECT payload FROM inbox WHERE number = :number")


def payload_of(connection: Connection, number: int) -> str:
    return str(_PAYLOAD.run(connection, {"number": number}).scalar_one())


_PROBLEMS = Sql(
    "SELECT number, instance_id, kind, payload, received_at, problem FROM inbox "
    "WHERE problem IS NOT NULL ORDER BY number DESC LIMIT :most"
)


def problems(connection: Connection, most: int = 100) -> list[dict[str, Any]]:
    """What had to be set aside: the dead letters of the way in."""
    names = ("number", "instance_id", "kind", "payload", "received_at", "problem")
    rows = [dict(zip(names, row, strict=True)) for row in _PROBLEMS.run(connection, {"most": most})]
    return [row | {"received_at": from_micros(row["received_at"])} for row in rows]
