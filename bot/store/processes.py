"""The heartbeat: which processes live. A process whose row has run out is dead, and exactly one peer takes over for it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from bot.store.types import to_micros

_BEAT = text("""
    INSERT INTO process (id, host, pid, started_at, alive_until) VALUES (:id, :host, :pid, :now, :until)
    ON CONFLICT (id) DO UPDATE SET alive_until = :until
""")


def beat(connection: Connection, id_: str, host: str, pid: int, now: datetime, lease: timedelta) -> None:
    values = {"id": id_, "host": host, "pid": pid, "now": to_micros(now), "until": to_micros(now + lease)}
    connection.execute(_BEAT, values)


_DEAD = text("SELECT id FROM process WHERE alive_until < :now AND id <> :me")
_BURY = text("DELETE FROM process WHERE id = :id AND alive_until < :now")


def dead(connection: Connection, me: str, now: datetime) -> list[str]:
    return [row[0] for row in connection.execute(_DEAD, {"me": me, "now": to_micros(now)})]


def bury(connection: Connection, id_: str, now: datetime) -> bool:
    """Take a dead process's row away, after its work has been taken over. False when it lives again or another did."""
    return connection.execute(_BURY, {"id": id_, "now": to_micros(now)}).rowcount == 1


_LEAVE = text("DELETE FROM process WHERE id = :id")


def leave(connection: Connection, id_: str) -> None:
    connection.execute(_LEAVE, {"id": id_})
