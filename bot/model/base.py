"""What all words share: frozen, strict about unknown keys, and plain JSON underneath."""

import re
from datetime import timedelta
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

Json: TypeAlias = Any
"""Plain JSON data (null, boolean, number, text, list, object). Written as Any: the borders validate it, the rules
keep it."""

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object."""


class Word(BaseModel):
    """A frozen value; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, ser_json_timedelta="float")


class Draftable(BaseModel):
    """A record that one function at a time may change before it is stored; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


_DURATION = re.compile(r"(?:(\d+)w)?\s*(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+(?:\.\d+)?)s)?\s*(?:(\d+)ms)?")
_LONGEST = timedelta(days=3660)


def parse_duration(value: object) -> timedelta:
    """Read ``90s``, ``5m``, ``2h``, ``1d 12h``, ``1h30m``, ``2w`` or ``250ms`` as a length of time.

    Raises ValueError for anything else, for nothing, and above ten years.
    """
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) and value.strip() else None
    if match is None or not any(match.groups()):
        raise ValueError(f"{value!r} is not a length of time. Write a number with its unit, as in 30s, 5m, 2h or 1d")
    weeks, days, hours, minutes, seconds, millis = (float(part or 0) for part in match.groups())
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=millis)
    if length > _LONGEST:
        raise ValueError(f"{value!r} is longer than ten years. Write a shorter time")
    return length


def write_duration(length: timedelta) -> str:
    """The text that :func:`parse_duration` reads back, in seconds or milliseconds."""
    millis = round(length.total_seconds() * 1000)
    return f"{millis // 1000}s" if millis % 1000 == 0 else f"{millis}ms"


Duration = Annotated[timedelta, BeforeValidator(parse_duration), PlainSerializer(write_duration, return_type=str)]
"""A length of time, written in YAML as ``5s``, ``2h`` ..."""
