"""What came in: stored before it is acknowledged, handled by exactly one segment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text

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


_ADD = text("""
    INSERT INTO inbox (instance_id, key, kind, payload, received_at) VALUES (:instance, :key, :kind, :payload, :now)
    ON CONFLICT (key) DO NOTHING RETURNING number
""")


def add(connection: Connection, instance: str, key: str, kind: str, payload: str, now: datetime) -> Arrival | None:
    """Store it under its unique key; None when the key is known already."""
    values = {"instance": instance, "key": key, "kind": kind, "payload": payload, "now": to_micros(now)}
    number = connection.execute(_ADD, values).scalar()
    return None if number is None else Arrival(number, kind, payload, now)


MOST_AT_ONCE = 50
_WAITING = text("""
    SELECT number, kind, payload, received_at FROM inbox WHERE instance_id = :instance AND segment IS NULL ORDER BY number LIMIT :most
""")


def waiting(connection: Connection, instance: str, most: int = MOST_AT_ONCE) -> list[Arrival]:
    """What no segment has taken in yet, in the order of arrival."""
    rows = connection.execute(_WAITING, {"instance": instance, "most": most})
    return [Arrival(row[0], row[1], row[2], from_micros(row[3])) for row in rows]


_TAKE_ONE = text("UPDATE inbox SET segment = :segment, turn = :turn WHERE number = :number AND segment IS NULL")
_TAKE = text(
    "UPDATE inbox SET segment = :segment, turn = :turn WHERE number IN :numbers AND segment IS NULL"
).bindparams(bindparam("numbers", expanding=True))


def take(connection: Connection, numbers: Sequence[int], segment: int, turn: int | None) -> int:
    """Mark them as handled by this segment. Returns how many were still waiting."""
    values: dict[str, Any] = {"segment": segment, "turn": turn}
    if len(numbers) == 1:
        return connection.execute(_TAKE_ONE, values | {"number": numbers[0]}).rowcount
    return connection.execute(_TAKE, values | {"numbers": list(numbers)}).rowcount if numbers else 0


_MORE = text("SELECT 1 FROM inbox WHERE instance_id = :instance AND segment IS NULL LIMIT 1")


def has_waiting(connection: Connection, instance: str) -> bool:
    return connection.execute(_MORE, {"instance": instance}).first() is not None


_CROWDED = text(
    "SELECT 1 FROM inbox WHERE instance_id = :instance AND segment IS NULL ORDER BY number LIMIT 1 OFFSET :most"
)


def is_crowded(connection: Connection, instance: str, most: int) -> bool:
    """Whether more than so many wait."""
    return connection.execute(_CROWDED, {"instance": instance, "most": most}).first() is not None


_PROBLEM = text("UPDATE inbox SET problem = :problem WHERE number = :number")


def note_problem(connection: Connection, number: int, problem: str) -> None:
    connection.execute(_PROBLEM, {"number": number, "problem": problem[:500]})


_BY_KEY = text("SELECT instance_id, number, segment, turn FROM inbox WHERE key = :key")


def by_key(connection: Connection, key: str) -> Handled | None:
    row = connection.execute(_BY_KEY, {"key": key}).one_or_none()
    return None if row is None else Handled(row[0], row[1], row[2], row[3])


_AMEND = text("UPDATE inbox SET payload = :payload WHERE number = :number AND segment IS NULL")


def amend(connection: Connection, number: int, payload: str) -> bool:
    """Replace the content of something that is still waiting. False when it has been handled meanwhile."""
    return connection.execute(_AMEND, {"number": number, "payload": payload}).rowcount == 1


_PAYLOAD = text("SELECT payload FROM inbox WHERE number = :number")


def payload_of(connection: Connection, number: int) -> str:
    return str(connection.execute(_PAYLOAD, {"number": number}).scalar_one())


_PROBLEMS = text(
    "SELECT number, instance_id, kind, payload, received_at, problem FROM inbox "
    "WHERE problem IS NOT NULL ORDER BY number DESC LIMIT :most"
)


def problems(connection: Connection, most: int = 100) -> list[dict[str, Any]]:
    """What had to be set aside: the dead letters of the way in."""
    names = ("number", "instance_id", "kind", "payload", "received_at", "problem")
    rows = [dict(zip(names, row, strict=True)) for row in connection.execute(_PROBLEMS, {"most": most})]
    return [row | {"received_at": from_micros(row["received_at"])} for row in rows]
