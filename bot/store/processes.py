"""The heartbeat: which processes live. A process whose row has run out is dead, and one heir at a time takes over
for it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from bot.store.types import to_micros

_BEAT = text("""
    INSERT INTO process (id, host, pid, started_at, alive_until) VALUES (:id, :host, :pid, :now, :until)
    ON CONFLICT (id) DO UPDATE SET alive_until = :until, heir = NULL
""")


def beat(connection: Connection, id_: str, host: str, pid: int, now: datetime, lease: timedelta) -> None:
    values = {"id": id_, "host": host, "pid": pid, "now": to_micros(now), "until": to_micros(now + lease)}
    connection.execute(_BEAT, values)


_LIVES = text("SELECT 1 FROM process WHERE id = :id AND alive_until >= :now AND heir IS NULL")


def lives(connection: Connection, id_: str, now: datetime) -> bool:
    return connection.execute(_LIVES, {"id": id_, "now": to_micros(now)}).first() is not None


_DEAD = text("SELECT id FROM process WHERE alive_until < :now AND id <> :me")


def dead(connection: Connection, me: str, now: datetime) -> list[str]:
    return [row[0] for row in connection.execute(_DEAD, {"me": me, "now": to_micros(now)})]


_INHERIT = text("UPDATE process SET heir = :me, alive_until = :until WHERE id = :id AND alive_until < :now")


def inherit(connection: Connection, id_: str, me: str, now: datetime, lease: timedelta) -> bool:
    """Take over for a dead process, alone, for so long. False when it lives again or another process does so
    already."""
    values = {"id": id_, "me": me, "now": to_micros(now), "until": to_micros(now + lease)}
    return connection.execute(_INHERIT, values).rowcount == 1


_BURY = text("DELETE FROM process WHERE id = :id AND heir = :me")


def bury(connection: Connection, id_: str, me: str) -> bool:
    """Take a dead process's row away, after its work has been taken over. False when it lives again."""
    return connection.execute(_BURY, {"id": id_, "me": me}).rowcount == 1


_LEAVE = text("UPDATE process SET alive_until = 0 WHERE id = :id")


def leave(connection: Connection, id_: str) -> None:
    """A process ends in good order: what it could not finish is taken over at once."""
    connection.execute(_LEAVE, {"id": id_})
