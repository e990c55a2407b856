"""What nobody will try again by itself: for a person to look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from bot.model.message import Reply
from bot.store.types import from_micros


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A reply that could not be delivered, and why."""

    number: int
    conversation_id: str
    channel: str
    reply: Reply
    attempts: int
    problem: str | None
    at: datetime


_UNDELIVERED = text("""
    SELECT number, instance_id, channel, payload, attempts, problem, created_at FROM outbox
    WHERE status = 'failed' ORDER BY number DESC LIMIT :most
""")


def undelivered(connection: Connection, most: int = 100) -> list[Undelivered]:
    """The latest first."""
    return [
        Undelivered(row[0], row[1], row[2], Reply.model_validate_json(row[3]), row[4], row[5], from_micros(row[6]))
        for row in connection.execute(_UNDELIVERED, {"most": most})
    ]


_COUNTS = text("""
    SELECT (SELECT count(*) FROM inbox WHERE problem IS NOT NULL),
        (SELECT count(*) FROM effect WHERE status = 'uncertain'),
        (SELECT count(*) FROM instance WHERE status = 'failed'), (SELECT count(*) FROM outbox WHERE status = 'failed')
""")


def counts(connection: Connection) -> Mapping[str, int]:
    """How many there are of each kind; each count reads only the index of such rows."""
    row = connection.execute(_COUNTS).one()
    return {"message": row[0], "effect": row[1], "instance": row[2], "reply": row[3]}
