"""Reviews: steps that wait for a person."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from bot.errors import NotFound
from bot.model.effect import AskReview
from bot.model.handoff import ReviewItem, ReviewStatus
from bot.store.types import from_micros, to_micros

_COLUMNS = "id, instance_id, team, title, show, editable, status, requested_at, expires_at, decided_by, decided_at"
_ADD = text("""
    INSERT INTO review (id, instance_id, team, title, show, editable, status, requested_at, expires_at)
    VALUES (:id, :instance, :team, :title, :show, :editable, 'waiting', :now, :expires_at)
    ON CONFLICT (id) DO NOTHING
""")


def add(connection: Connection, instance: str, wish: AskReview, now: datetime) -> None:
    values = {
        "id": wish.review_id, "instance": instance, "team": wish.team, "title": wish.title, "now": to_micros(now),
        "show": json.dumps(wish.show, ensure_ascii=False), "editable": json.dumps(wish.editable, ensure_ascii=False),
        "expires_at": to_micros(wish.expires_at),
    }  # fmt: skip
    connection.execute(_ADD, values)


def _item(row: Any) -> ReviewItem:
    return ReviewItem(
        id=row[0], instance_id=row[1], team=row[2], title=row[3], show=json.loads(row[4] or "null"),
        editable=json.loads(row[5] or "null"), status=row[6], requested_at=from_micros(row[7]),
        expires_at=from_micros(row[8]), decided_by=row[9],
        decided_at=None if row[10] is None else from_micros(row[10]),
    )  # fmt: skip


_GET = text(f"SELECT {_COLUMNS} FROM review WHERE id = :id")


def get(connection: Connection, id_: str) -> ReviewItem:
    row = connection.execute(_GET, {"id": id_}).one_or_none()
    if row is None:
        raise NotFound(f"there is no review {id_!r}", "Look its id up in the list")
    return _item(row)


def listed(
    connection: Connection, wanted: Mapping[str, str | None], after: tuple[int, str] | None, most: int
) -> list[ReviewItem]:
    """The longest waiting first.

    wanted: of ``status``, ``team`` and ``instance_id``, what must be so; None for any.
    after:  `place_of` the review behind which to go on.
    """
    values: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    clauses = [f"{name} = :{name}" for name in values]
    if after is not None:
        clauses.append("(requested_at, id) > (:at, :last)")
        values |= {"at": after[0], "last": after[1]}
    where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
    query = text(f"SELECT {_COLUMNS} FROM review {where} ORDER BY requested_at, id LIMIT :most")
    return [_item(row) for row in connection.execute(query, values | {"most": most})]


def place_of(review: ReviewItem) -> tuple[int, str]:
    """Where a review stands in `listed`."""
    return to_micros(review.requested_at), review.id


_CLOSE = text("""
    UPDATE review SET status = :status, decided_by = :by, decided_at = :now, note = :note WHERE id = :id AND status = 'waiting'
""")


def close(
    connection: Connection,
    id_: str,
    status: ReviewStatus,
    now: datetime,
    by: str | None = None,
    note: str | None = None,
) -> bool:
    """The one decision. False when it has been decided, has expired or was withdrawn before."""
    values = {"id": id_, "status": status, "by": by, "note": note, "now": to_micros(now)}
    return connection.execute(_CLOSE, values).rowcount == 1
