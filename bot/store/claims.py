"""Claims: the one process that moves an instance, for how long, and what nobody moves.

A claim is (process, expiry, fencing number). It is taken in the transaction that stores what came in, so a plain turn
costs no commit of its own for it, and checked again in the transaction that commits the segment.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, text

from bot.model.message import Address
from bot.store.instances import COLUMNS, Guard, Instance, instance_of, wake
from bot.store.sql import Sql
from bot.store.types import to_micros

_FREE = "(instance.claim_owner IS NULL OR (instance.claim_until < :now AND instance.attempts = 0))"
"""What an arrival may claim. Whose segment has been cut off before is left to the heartbeat, which drives it alone."""
_ARRIVE = Sql(f"""
    INSERT INTO instance (id, kind, channel, account, sender, thread, state, segment, owner, epoch, status, turn_open,
        attempts, wake_at, claim_owner, claim_until, fence, created_at, updated_at)
    VALUES (:id, :kind, :channel, :account, :sender, :thread, '{{}}', 1, 'bot', 1, 'active', 0, 0, :now, :me, :until, 1,
        :now, :now)
    ON CONFLICT (id) DO UPDATE SET
        wake_at = :now,
        fence = instance.fence + CASE WHEN {_FREE} THEN 1 ELSE 0 END,
        attempts = CASE WHEN instance.claim_owner IS NOT NULL AND {_FREE}
                        THEN instance.attempts + 1 ELSE instance.attempts END,
        claim_until = CASE WHEN {_FREE} THEN :until ELSE instance.claim_until END,
        claim_owner = CASE WHEN {_FREE} THEN :me ELSE instance.claim_owner END
    RETURNING {COLUMNS}
""")


def arrive(
    connection: Connection, id_: str, kind: str, address: Address | None, process: str, now: datetime, lease: timedelta
) -> Instance:
    """Something has come for this instance: make it if it is new, mark it due, and claim it if it is free."""
    where = address or Address.model_construct(channel="", account="", sender="", thread="")
    row = _ARRIVE.run(
        connection,
        {
            "id": id_, "kind": kind, "channel": where.channel, "account": where.account, "sender": where.sender,
            "thread": where.thread, "me": process, "now": to_micros(now), "until": to_micros(now + lease),
        },
    ).one()  # fmt: skip
    return instance_of(row)


_CLAIM = Sql(f"""
    UPDATE instance SET fence = fence + 1, claim_owner = :me, claim_until = :until,
        attempts = CASE WHEN claim_owner IS NOT NULL AND claim_until < :now THEN attempts + 1 ELSE attempts END
    WHERE id = :id AND (claim_owner IS NULL OR claim_until < :now OR (claim_owner = :me AND fence = :fence))
    RETURNING {COLUMNS}
""")


def claim(
    connection: Connection, id_: str, process: str, now: datetime, lease: timedelta, fence: int = -1
) -> Instance | None:
    """Take the claim if nobody alive holds it. Taking over from a process that fell silent counts as an attempt.

    fence: of a claim that this process may still hold and gives up for the new one.
    """
    values = {"id": id_, "me": process, "now": to_micros(now), "until": to_micros(now + lease), "fence": fence}
    row = _CLAIM.run(connection, values).one_or_none()
    return None if row is None else instance_of(row)


_ELSEWHERE = """EXISTS (SELECT 1 FROM effect WHERE effect.instance_id = instance.id AND effect.segment = instance.segment
    AND effect.status = 'started' AND effect.remote = 1)"""
"""Whether the segment was waiting for another program when it was cut off: then it cannot be what ended the process."""
_DUE = Sql(f"""
    SELECT id FROM instance
    WHERE wake_at IS NOT NULL AND wake_at <= :now
      AND (claim_owner IS NULL OR (claim_until < :now AND (attempts = 0 OR {_ELSEWHERE})))
    ORDER BY wake_at LIMIT :most
""")


def due(connection: Connection, now: datetime, most: int = 100) -> list[str]:
    """Ids of instances whose time has come and that nobody alive is moving; suspects are not among them."""
    return [row[0] for row in _DUE.run(connection, {"now": to_micros(now), "most": most})]


_SUSPECTS = Sql(f"""
    SELECT id FROM instance WHERE wake_at IS NOT NULL AND wake_at <= :now AND claim_until < :now AND attempts > 0
      AND NOT {_ELSEWHERE}
    ORDER BY attempts, wake_at LIMIT :most
""")
_WAITED = Sql(f"SELECT 1 FROM instance WHERE id = :id AND {_ELSEWHERE}")


def waited_elsewhere(connection: Connection, id_: str) -> bool:
    """Whether its segment was waiting for another program when it was cut off."""
    return _WAITED.run(connection, {"id": id_}).first() is not None


def suspects(connection: Connection, now: datetime, most: int = 100) -> list[str]:
    """Ids of instances whose segment was cut off more than once: it may be what ends the process."""
    return [row[0] for row in _SUSPECTS.run(connection, {"now": to_micros(now), "most": most})]


_RENEW = text("UPDATE instance SET claim_until = :until WHERE claim_owner = :me AND id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
_RENEWED_AT_ONCE = 1_000


def renew_claims(connection: Connection, process: str, ids: Sequence[str], now: datetime, lease: timedelta) -> None:
    """The process lives: keep the claims of what it drives."""
    for start in range(0, len(ids), _RENEWED_AT_ONCE):
        some = list(ids[start : start + _RENEWED_AT_ONCE])
        connection.execute(_RENEW, {"me": process, "until": to_micros(now + lease), "ids": some})


_RELEASE = Sql("""
    UPDATE instance SET claim_owner = NULL, claim_until = NULL, wake_at = :wake_at
    WHERE id = :id AND claim_owner = :me AND fence = :fence
""")


def release(connection: Connection, id_: str, process: str, fence: int, wake_at: datetime | None) -> None:
    values = {"id": id_, "me": process, "fence": fence, "wake_at": None if wake_at is None else to_micros(wake_at)}
    _RELEASE.run(connection, values)


_END_ALL = Sql("UPDATE instance SET claim_until = 0 WHERE claim_owner = :process")


def end_claims_of(connection: Connection, process: str) -> None:
    """A process has ended: nobody need wait for its lease."""
    _END_ALL.run(connection, {"process": process})


_ATTEMPTED = Sql("UPDATE instance SET attempts = attempts + 1 WHERE id = :id AND claim_owner = :me AND fence = :fence")


def count_attempt(connection: Connection, id_: str, process: str, fence: int) -> None:
    _ATTEMPTED.run(connection, {"id": id_, "me": process, "fence": fence})


_CLAIM_AGAIN = Sql("""
    UPDATE instance SET wake_at = :now, claim_owner = :me, claim_until = :until
    WHERE id = :id AND claim_owner IS NULL AND fence = :fence
""")


def keep_claim(connection: Connection, guard: Guard, now: datetime, lease: timedelta) -> None:
    """More has come meanwhile: in the same transaction as the commit, take the claim back, if it was let go of
    there."""
    values = {"id": guard.instance, "me": guard.process, "fence": guard.fence, "until": to_micros(now + lease)}
    if _CLAIM_AGAIN.run(connection, values | {"now": to_micros(now)}).rowcount != 1:
        wake(connection, guard.instance, now)
