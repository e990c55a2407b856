"""What reading an answer takes and gives."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.model.base import Json, JsonObject
from bot.model.message import FileRef

LONGEST_SEARCHED = 2_000
"""Characters of an answer that are searched. A text slot still keeps all of them."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The words hold a value of the type; ``value`` is it, as JSON."""

    value: Json


@dataclass(frozen=True, slots=True)
class Refused:
    """The words do not hold one usable value.

    code:      why, one of the keys of :data:`bot.rules.values.words.REFUSALS`.
    variables: what the words of this refusal speak of (``min``, ``max``, ``choices``).
    """

    code: str
    variables: JsonObject = field(default_factory=dict)


Answer = Filled | Refused


@dataclass(frozen=True, slots=True)
class Found:
    """A value read from ``text[start:end]``."""

    value: Json
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Context:
    """When, where and in which language the words were written.

    now:    aware.
    region: two-letter country whose telephone numbers need no country code; None when there is none.
    """

    now: datetime
    zone: tzinfo = UTC
    language: str = "en"
    region: str | None = None
    files: tuple[FileRef, ...] = ()

    @property
    def here(self) -> datetime:
        """Now, by the clock on the wall."""
        return self.now.astimezone(self.zone)

    @property
    def today(self) -> date:
        return self.here.date()


@lru_cache(maxsize=64)
def zone_named(timezone: str) -> tzinfo:
    """The time zone, or UTC for a name that means nothing."""
    try:
        return ZoneInfo(timezone)
    except (ValueError, OSError, LookupError):
        return UTC


def only_one(found: list[Found], missing: str) -> Answer:
    """The one value found. Refused with the code ``missing`` if there is none, ``several`` if they differ."""
    values: list[Json] = []
    for one in found:
        if one.value not in values:
            values.append(one.value)
    if not values:
        return Refused(missing)
    return Filled(values[0]) if len(values) == 1 else Refused("several")


def without_overlaps(found: list[Found]) -> list[Found]:
    """Of values that share characters the longest stays, of equals the first. In the order of the text."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda each: each.start - each.end):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda each: each.start)
