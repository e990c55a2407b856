"""Lists in pages: a cursor says where the last page ended, so that nothing is shown twice when things are added."""

import base64
import binascii
import json
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from bot.errors import BadInput

T = TypeVar("T")
LARGEST = 2**62
"""Every number of a row fits below it."""

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Word = Annotated[str | None, Field(max_length=128)]
"""A name that is looked for."""


class Asked(BaseModel):
    """What a list is asked for, in the query; a filter that does not exist is an error."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=200, description="How many at most.")
    cursor: str | None = Field(None, max_length=2_000, description="The `next` of the page before.")

    def filters(self) -> dict[str, str | None]:
        return self.model_dump(exclude={"limit", "cursor"})


class Page(BaseModel, Generic[T]):
    """One page. ``next`` is the cursor of the page behind it; null at the end."""

    items: list[T]
    next: str | None = None


def page_of(items: list[Any], limit: int, place: Any) -> Page[Any]:
    """The first of one item more than are shown: the extra one says that there is more. ``place`` gives a sort key."""
    shown = items[:limit]
    return Page(items=shown, next=write_cursor(*place(shown[-1])) if len(items) > limit else None)


def write_cursor(*key: int | str) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """The sort key behind which a page begins; None without a cursor. Raises BadInput for one that is not ours."""
    if cursor is None:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        key = None
    if not isinstance(key, list) or len(key) != len(kinds) or not all(map(_fits, key, kinds)):
        raise BadInput("this cursor is not one of ours", "Take the `next` of a page, or leave it out to begin anew")
    return tuple(key)


def _fits(part: Any, kind: type) -> bool:
    if isinstance(part, bool) or not isinstance(part, kind):
        return False
    return abs(part) < LARGEST if isinstance(part, int) else str(part).isprintable()
