"""Handoffs and the notes beside them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from bot.errors import NotFound
from bot.model.base import JsonObject
from bot.model.effect import HandOff
from bot.model.handoff import Handoff, Owner, Packet
from bot.store.sql import Sql
from bot.store.types import from_micros, to_micros

_COLUMNS = "id, conversation_id, team, priority, status, packet, requested_at, claimed_by, claimed_at, closed_at"
_ADD = text("""
    INSERT INTO handoff (id, conversation_id, team, priority, status, packet, requested_at, claimed_by, claimed_at)
    VALUES (:id, :conversation, :team, :priority, :status, :packet, :now, :agent, :claimed_at)
""")


def add(
    connection: Connection, id_: str, conversation: str, wish: HandOff, now: datetime, agent: str | None = None
) -> None:
    """``agent``: the person who took over unasked; without one it waits in the queue."""
    values = {
        "id": id_, "conversation": conversation, "team": wish.team, "priority": wish.priority, "now": to_micros(now),
        "status": "claimed" if agent else "waiting", "packet": wish.packet.model_dump_json(), "agent": agent,
        "claimed_at": to_micros(now) if agent else None,
    }  # fmt: skip
    connection.execute(_ADD, values)


def _handoff(row: Any) -> Handoff:
    moments = [None if micros is None else from_micros(micros) for micros in (row[6], row[8], row[9])]
    assert moments[0] is not None
    return Handoff(
        id=row[0], conversation_id=row[1], team=row[2], priority=row[3], status=row[4],
        packet=Packet.model_validate_json(row[5]), requested_at=moments[0], claimed_by=row[7], claimed_at=moments[1],
        closed_at=moments[2],
    )  # fmt: skip


_GET = text(f"SELECT {_COLUMNS} FROM handoff WHERE id = :id")


def get(connection: Connection, id_: str) -> Handoff:
    row = connection.execute(_GET, {"id": id_}).one_or_none()
    if row is None:
        raise NotFound(f"there is no handoff {id_!r}", "Look its id up in the list")
    return _handoff(row)


_OPEN = text(
    f"SELECT {_COLUMNS} FROM handoff WHERE conversation_id = :conversation AND status IN ('waiting', 'claimed') "
    "ORDER BY requested_at DESC LIMIT 1"
)


def open_of(connection: Connection, conversation: str) -> Handoff | None:
    row = connection.execute(_OPEN, {"conversation": conversation}).one_or_none()
    return None if row is None else _handoff(row)


_SCORES = text(
    "SELECT data FROM event WHERE type = 'SatisfactionGiven' AND instance_id = :conversation ORDER BY number"
)


def with_scores(connection: Connection, found: list[Handoff]) -> list[Handoff]:
    """The handoffs with what their contacts said of them in the end."""
    scores: dict[str, JsonObject] = {}
    for conversation in {one.conversation_id for one in found if one.status == "resolved"}:
        given = (json.loads(row[0]) for row in connection.execute(_SCORES, {"conversation": conversation}))
        scores |= {one.pop("handoff"): one for one in given if one.get("handoff")}
    return [one.model_copy(update={"satisfaction": scores[one.id]}) if one.id in scores else one for one in found]


_RANK = "CASE priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END"
_RANKS = {"urgent": 0, "high": 1, "normal": 2}


def listed(
    connection: Connection, wanted: Mapping[str, str | None], after: tuple[int, int, str] | None, most: int
) -> list[Handoff]:
    """The most urgent first, then the longest waiting.

    wanted: of ``status``, ``team`` and ``claimed_by``, what must be so; None for any.
    after:  `place_of` the handoff behind which to go on.
    """
    values: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    clauses = [f"{name} = :{name}" for name in values]
    if after is not None:
        clauses.append(f"({_RANK}, requested_at, id) > (:rank, :at, :last)")
        values |= {"rank": after[0], "at": after[1], "last": after[2]}
    where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
    query = text(f"SELECT {_COLUMNS} FROM handoff {where} ORDER BY {_RANK}, requested_at, id LIMIT :most")
    return [_handoff(row) for row in connection.execute(query, values | {"most": most})]


def place_of(handoff: Handoff) -> tuple[int, int, str]:
    """Where a handoff stands in `listed`."""
    return _RANKS.get(handoff.priority, 3), to_micros(handoff.requested_at), handoff.id


_OWNER = Sql("SELECT owner FROM instance WHERE id = :conversation")
_AHEAD = text(f"""
    SELECT count(*) FROM handoff WHERE status = 'waiting' AND coalesce(team, '') = :team
      AND ({_RANK}, requested_at, id) < (:rank, :at, :last)
""")


def standing(connection: Connection, conversation: str) -> tuple[Owner, int | None]:
    """Who has the floor, and while it waits for a person, its place from 1 among the waiting handoffs of its team."""
    owner: Owner = _OWNER.run(connection, {"conversation": conversation}).scalar() or "bot"
    waiting = open_of(connection, conversation) if owner == "queue" else None
    if waiting is None or waiting.status != "waiting":
        return owner, None
    rank, at, last = place_of(waiting)
    ahead = connection.execute(_AHEAD, {"team": waiting.team or "", "rank": rank, "at": at, "last": last}).scalar_one()
    return owner, ahead + 1


_CLAIM = text(
    "UPDATE handoff SET status = 'claimed', claimed_by = :agent, claimed_at = :now WHERE id = :id AND status = 'waiting'"
)


def claim(connection: Connection, id_: str, agent: str, now: datetime) -> bool:
    """False when somebody else was quicker."""
    return connection.execute(_CLAIM, {"id": id_, "agent": agent, "now": to_micros(now)}).rowcount == 1


_CLOSE = text(
    "UPDATE handoff SET status = :status, closed_at = :now WHERE id = :id AND status IN ('waiting', 'claimed')"
)


def close(connection: Connection, id_: str, status: str, now: datetime) -> bool:
    return connection.execute(_CLOSE, {"id": id_, "status": status, "now": to_micros(now)}).rowcount == 1


_NOTE = text("INSERT INTO note (conversation_id, author, text, at) VALUES (:conversation, :author, :text, :now)")


def add_note(connection: Connection, conversation: str, author: str, words: str, now: datetime) -> None:
    values = {"conversation": conversation, "author": author, "text": words, "now": to_micros(now)}
    connection.execute(_NOTE, values)


_NOTES = text("SELECT author, text, at FROM note WHERE conversation_id = :conversation ORDER BY number")


def notes(connection: Connection, conversation: str) -> list[dict[str, Any]]:
    rows = connection.execute(_NOTES, {"conversation": conversation})
    return [{"author": row[0], "text": row[1], "at": from_micros(row[2])} for row in rows]
