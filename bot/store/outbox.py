"""Replies on their way out: committed with the segment that made them, sent by whoever claims them, at most one
owner's.

What the bot wrote under an older epoch is never sent: a takeover cancels it, and the claim of a row checks again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text

from bot.model.message import Address, Reply
from bot.store.sql import Sql
from bot.store.types import from_micros, to_micros

# SQLite takes a partial index only where the index's own condition stands in the query, word for word: these words are
# so below "status IN ('pending', 'sending')" stands beside what narrows it further.

_ADD = Sql("""
    INSERT INTO outbox (instance_id, channel, segment, turn, epoch, author, payload, status, attempts, created_at, sent_at,
        problem)
    VALUES (:instance, :channel, :segment, :turn, :epoch, :author, :payload, :status, 0, :now, :sent_at, :problem)
""")


def add(
    connection: Connection,
    instance: str,
    channel: str,
    segment: int,
    replies: Sequence[Reply],
    *,
    epoch: int,
    turn: int | None,
    delivered: bool,
    now: datetime,
    problem: str | None = None,
) -> None:
    """Append replies in order. ``delivered``: readers fetch them from here, so being stored is being sent.

    problem: why they cannot be sent at all; they stand among the dead letters.
    """
    at = to_micros(now)
    status = "failed" if problem else "sent" if delivered else "pending"
    rows: list[dict[str, Any]] = [
        {
            "instance": instance, "channel": channel, "segment": segment, "turn": turn, "epoch": epoch, "now": at,
            "author": reply.author, "payload": reply.model_dump_json(exclude_defaults=True),
            "status": status, "sent_at": at if status == "sent" else None, "problem": problem,
        }
        for reply in replies
    ]  # fmt: skip
    if rows:
        _ADD.run(connection, rows)


_OF_TURN = Sql(
    "SELECT payload FROM outbox WHERE instance_id = :instance AND turn = :turn AND status <> 'cancelled' ORDER BY number"
)


def of_turn(connection: Connection, instance: str, turn: int) -> list[Reply]:
    """The replies that answer a turn."""
    rows = _OF_TURN.run(connection, {"instance": instance, "turn": turn})
    return [Reply.model_validate_json(row[0]) for row in rows]


_OF_SEGMENT = Sql(
    "SELECT payload FROM outbox WHERE instance_id = :instance AND segment = :segment AND turn IS NULL AND status = 'sent' "
    "ORDER BY number"
)


def of_segment(connection: Connection, instance: str, segment: int) -> list[Reply]:
    """What was said by a segment that answered no turn, and has reached the contact."""
    rows = _OF_SEGMENT.run(connection, {"instance": instance, "segment": segment})
    return [Reply.model_validate_json(row[0]) for row in rows]


_ADOPT = Sql("""
    UPDATE outbox SET turn = :turn, status = 'sent', sent_at = :now
    WHERE instance_id = :instance AND status IN ('pending', 'sending') AND status = 'pending'
      AND (author <> 'bot' OR epoch = (SELECT epoch FROM instance WHERE id = :instance))
""")


def adopt(connection: Connection, instance: str, turn: int, now: datetime) -> None:
    """Replies that came since the last request travel with this turn's (channels that only answer)."""
    _ADOPT.run(connection, {"instance": instance, "turn": turn, "now": to_micros(now)})


_CANCEL = Sql("""
    UPDATE outbox SET status = 'cancelled', problem = :why
    WHERE instance_id = :instance AND author = 'bot' AND epoch < :epoch AND status IN ('pending', 'sending')
""")


def cancel_older(connection: Connection, instance: str, epoch: int, why: str) -> int:
    """A person took over: what the bot has not sent yet stays unsent. Returns how many."""
    return _CANCEL.run(connection, {"instance": instance, "epoch": epoch, "why": why}).rowcount


_CANCEL_ALL = Sql("""
    UPDATE outbox SET status = 'cancelled', problem = :why
    WHERE instance_id = :instance AND status IN ('pending', 'sending')
""")


def cancel_all(connection: Connection, instance: str, why: str) -> int:
    """Nothing reaches this contact any more: what waits stays unsent, whoever wrote it. Returns how many."""
    return _CANCEL_ALL.run(connection, {"instance": instance, "why": why[:500]}).rowcount


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed row, ready to be delivered. ``key`` is the same for every attempt."""

    number: int
    instance: str
    address: Address
    reply: Reply
    attempts: int
    maybe_sent: bool

    @property
    def key(self) -> str:
        return f"{self.instance}/outbox/{self.number}"


MAYBE_SENT = "may have arrived: "
"""How the problem of a row begins that went out without a certain answer."""
_NEXT = """
    SELECT o.number, o.problem FROM outbox o WHERE o.channel = :channel AND o.status IN ('pending', 'sending')
      AND (o.status = 'pending' OR o.claim_until < :now)
      AND (o.not_before IS NULL OR o.not_before <= :now)
      AND NOT EXISTS (SELECT 1 FROM outbox earlier WHERE earlier.instance_id = o.instance_id
                      AND earlier.number < o.number AND earlier.status IN ('pending', 'sending'))
    ORDER BY o.number LIMIT :most
"""
_NEXT_BY = {"sqlite": Sql(_NEXT), "postgresql": Sql(_NEXT + " FOR UPDATE SKIP LOCKED")}
_STALE = Sql("""
    UPDATE outbox SET status = 'cancelled', problem = 'a person has taken over'
    WHERE number = :number AND author = 'bot' AND epoch < (SELECT epoch FROM instance WHERE id = outbox.instance_id)
""")
_CLAIM = Sql("""
    UPDATE outbox SET status = 'sending', attempts = attempts + 1, claim_owner = :me, claim_until = :until, problem = NULL
    WHERE number = :number
    RETURNING number, instance_id, payload, attempts
""")
_ADDRESS = Sql("SELECT channel, account, sender, thread FROM instance WHERE id = :id")


def claim_next(
    connection: Connection, channel: str, process: str, now: datetime, lease: timedelta, most: int = 20
) -> list[Parcel]:
    """The first unsent row of each conversation on this channel: order is kept because only a first row can be claimed.

    The epoch is checked here, in the transaction of the claim. A row whose claim ran out may have been sent.
    """
    values = {"channel": channel, "now": to_micros(now), "most": most}
    found = [(row[0], row[1]) for row in _NEXT_BY[connection.dialect.name].run(connection, values)]
    parcels = []
    for number, problem in found:
        if _STALE.run(connection, {"number": number}).rowcount:
            continue
        claim = {"number": number, "me": process, "until": to_micros(now + lease)}
        parcels.append(_parcel(connection, _CLAIM.run(connection, claim).one(), problem))
    return parcels


def _parcel(connection: Connection, row: Any, problem: str | None) -> Parcel:
    where = _ADDRESS.run(connection, {"id": row[1]}).one()
    address = Address.model_construct(channel=where[0], account=where[1], sender=where[2], thread=where[3])
    # A claim empties the problem: an earlier attempt without one was cut off in the middle.
    maybe_sent = row[3] > 1 and (problem is None or problem.startswith(MAYBE_SENT))
    return Parcel(row[0], row[1], address, Reply.model_validate_json(row[2]), row[3], maybe_sent)


_STILL = Sql("SELECT 1 FROM outbox WHERE number = :number AND claim_owner = :me AND status = 'sending'")


def still_to_send(connection: Connection, number: int, process: str) -> bool:
    """Whether a claimed row is still this process's to send: a takeover since the claim has cancelled it."""
    return _STILL.run(connection, {"number": number, "me": process}).first() is not None


_RELEASE = Sql(
    "UPDATE outbox SET status = 'pending' "
    "WHERE status IN ('pending', 'sending') AND status = 'sending' AND claim_owner = :process"
)


def release_claims_of(connection: Connection, process: str) -> int:
    """A process has died: what it was sending is sent again, under the same keys. Returns how many rows."""
    return _RELEASE.run(connection, {"process": process}).rowcount


_SENT = Sql("""
    UPDATE outbox SET status = 'sent', sent_at = :now, sent_id = :sent_id WHERE number = :number AND claim_owner = :me
""")


def sent(connection: Connection, number: int, process: str, sent_id: str | None, now: datetime) -> None:
    _SENT.run(connection, {"number": number, "me": process, "sent_id": sent_id, "now": to_micros(now)})


_LATER = Sql("""
    UPDATE outbox SET status = 'pending', not_before = :at, problem = :why WHERE number = :number AND claim_owner = :me
      AND status = 'sending'
""")


def later(connection: Connection, number: int, process: str, at: datetime, why: str) -> None:
    _LATER.run(connection, {"number": number, "me": process, "at": to_micros(at), "why": why[:500]})


_NOT_YET = Sql("""
    UPDATE outbox SET status = 'pending', not_before = :at, attempts = attempts - 1
    WHERE number = :number AND claim_owner = :me AND status = 'sending'
""")


def not_yet(connection: Connection, number: int, process: str, at: datetime) -> None:
    """It was not tried: it waits for its turn on the platform."""
    _NOT_YET.run(connection, {"number": number, "me": process, "at": to_micros(at)})


_FAILED = Sql("UPDATE outbox SET status = 'failed', problem = :why WHERE number = :number AND claim_owner = :me")


def failed(connection: Connection, number: int, process: str, why: str) -> None:
    _FAILED.run(connection, {"number": number, "me": process, "why": why[:500]})


@dataclass(frozen=True, slots=True)
class Delivered:
    """A stored reply as a transcript shows it."""

    number: int
    segment: int
    reply: Reply
    status: str
    at: datetime


_AFTER = Sql("""
    SELECT number, segment, payload, status, created_at FROM outbox
    WHERE instance_id = :instance AND number > :after AND status <> 'cancelled' ORDER BY number LIMIT :most
""")


def after(connection: Connection, instance: str, number: int, most: int = 500) -> list[Delivered]:
    rows = _AFTER.run(connection, {"instance": instance, "after": number, "most": most})
    return [_delivered(row) for row in rows]


def _delivered(row: Any) -> Delivered:
    return Delivered(row[0], row[1], Reply.model_validate_json(row[2]), row[3], from_micros(row[4]))


_LATEST = Sql("""
    SELECT number, segment, payload, status, created_at FROM outbox
    WHERE instance_id = :instance ORDER BY number DESC LIMIT :most
""")


def latest(connection: Connection, instance: str, most: int) -> list[Delivered]:
    """The last replies of a conversation in order, with those that were cancelled."""
    rows = _LATEST.run(connection, {"instance": instance, "most": most}).all()
    return [_delivered(row) for row in reversed(rows)]


_PENDING = text(
    "SELECT count(*), min(created_at) FROM outbox "
    "WHERE status IN ('pending', 'sending') AND status = 'pending' AND channel IN :channels"
).bindparams(bindparam("channels", expanding=True))


def backlog(connection: Connection, channels: Sequence[str]) -> tuple[int, datetime | None]:
    """How many replies of these channels wait to be sent, and since when the oldest does."""
    row = connection.execute(_PENDING, {"channels": list(channels) or [""]}).one()
    return row[0], None if row[1] is None else from_micros(row[1])


_LAST = Sql("SELECT max(number) FROM outbox")
_WRITTEN = text("SELECT number, instance_id FROM outbox WHERE number > :after AND channel IN :channels").bindparams(
    bindparam("channels", expanding=True)
)


def last_number(connection: Connection) -> int:
    """0 in an empty outbox."""
    return _LAST.run(connection).scalar() or 0


def written_after(connection: Connection, number: int, channels: Sequence[str]) -> dict[int, str]:
    """The conversation of every reply of these channels behind this number."""
    rows = connection.execute(_WRITTEN, {"after": number, "channels": list(channels) or [""]})
    return {row[0]: row[1] for row in rows}
