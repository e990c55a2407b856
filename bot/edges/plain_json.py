"""Foreign data made into plain JSON that every store of ours takes."""

import math
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json, to_jsonable_python

from bot.model.base import Json

DEEPEST = 64
"""Levels of nesting that are accepted."""
MOST_VALUES = 100_000
"""Values (keys not counted) that are accepted, over all levels."""


class NotPlain(ValueError):
    """It is not JSON data, or more of it than is accepted."""


def plain(value: object) -> Json:
    """A copy of ``value`` as plain JSON data, sharing nothing with it.

    Dates, decimals, sets, tuples and models become what pydantic writes for them. NUL and lone surrogates in
    text become U+FFFD, for neither PostgreSQL nor UTF-8 can hold them; numbers unknown to JSON become null.
    Raises NotPlain for objects without a JSON form, nesting beyond DEEPEST and more than MOST_VALUES values.
    """
    try:
        ready = to_jsonable_python(value, inf_nan_mode="constants")
    except UnicodeEncodeError:
        ready = value
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        raise NotPlain(str(error)) from error
    return _Copy().of(ready, DEEPEST)


def copied(value: Json) -> Json:
    """A copy of data that is plain already, several times as fast; what turns out not to be is made plain."""
    try:
        return from_json(to_json(value, inf_nan_mode="null"))
    except ValueError:
        return plain(value)


class _Copy:
    def __init__(self) -> None:
        self.left = MOST_VALUES

    def of(self, value: Any, depth: int) -> Json:
        self.left -= 1
        if self.left < 0:
            raise NotPlain(f"it holds more than {MOST_VALUES} values")
        match value:
            case str():
                return _text(value)
            case None | bool() | int():
                return value
            case float():
                return value if math.isfinite(value) else None
            case dict() | list() if depth == 0:
                raise NotPlain(f"it is nested deeper than {DEEPEST} levels")
            case dict():
                return {_text(str(key)): self.of(item, depth - 1) for key, item in value.items()}
            case list():
                return [self.of(item, depth - 1) for item in value]
        raise NotPlain(f"a {type(value).__name__} has no JSON form")


def _text(value: str) -> str:
    if value.isascii() and "\x00" not in value:
        return value
    return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
