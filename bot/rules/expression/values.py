"""The values of the language: plain JSON data, and lengths of time, which live only inside an expression."""

import json
import math
from collections.abc import Sized
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, TypeAlias

from bot.rules.expression.durations import duration_text
from bot.rules.expression.errors import EvaluationError
from bot.rules.expression.limits import (
    CHARACTERS_A_UNIT,
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_RESULT_CHARACTERS,
    MAX_RESULT_NODES,
    Frame,
    made,
)

Json: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any] | None
Value: TypeAlias = Json | timedelta


class Kind(StrEnum):
    """What a value is, in the words of messages."""

    NULL = "null"
    BOOLEAN = "true or false"
    NUMBER = "a number"
    TEXT = "a text"
    LIST = "a list"
    MAPPING = "a mapping"
    DURATION = "a length of time"


Kinds: TypeAlias = frozenset[Kind]

DATA: Final[Kinds] = frozenset(Kind) - {Kind.DURATION}
ANY: Final[Kinds] = frozenset(Kind)

_KIND_OF: Final[dict[type, Kind]] = {
    type(None): Kind.NULL,
    bool: Kind.BOOLEAN,
    int: Kind.NUMBER,
    float: Kind.NUMBER,
    str: Kind.TEXT,
    list: Kind.LIST,
    dict: Kind.MAPPING,
    timedelta: Kind.DURATION,
}
_SCALARS: Final = frozenset({type(None), bool, int, float, str})


def kind_of(value: object) -> Kind:
    """What a value is. Raises EvaluationError for anything but JSON data and lengths of time."""
    known = _KIND_OF.get(type(value))
    if known is not None:
        return known
    for base, kind in _KIND_OF.items():
        if isinstance(value, base):
            return kind
    raise not_json(value)


def main_kind(kinds: Kinds) -> Kind:
    """The kind that a message speaks of, of several possible ones; null only where there is no other."""
    return min(kinds, key=lambda kind: (kind is Kind.NULL, list(Kind).index(kind)))


def not_json(value: object) -> EvaluationError:
    return EvaluationError(
        f"a {type(value).__name__} is not plain JSON data",
        "Hand expressions texts, numbers, lists and mappings.",
    )


def whole(number: int) -> int:
    """A whole number within bounds. Raises EvaluationError beyond them."""
    if -MAX_INTEGER <= number < MAX_INTEGER:
        return number
    raise EvaluationError("the number is beyond 2 to the power of 63", "Keep long identifiers as text.")


def finite(number: float) -> float:
    """A fraction that JSON can write. Raises EvaluationError for infinity and not-a-number."""
    if math.isfinite(number):
        return number
    raise EvaluationError("the number is too large, or not a number", "Check the numbers that go in.")


def look_up(value: Value, key: Value) -> Json:
    """The entry of a mapping or list; null where there is none, and null on every other value.

    Lists count from 0, and from -1 backwards. A Python attribute is never looked at.
    """
    if type(key) is str:
        return value.get(key) if isinstance(value, dict) else None
    if type(key) is int and isinstance(value, list) and -len(value) <= key < len(value):
        return value[key]  # type: ignore[no-any-return]
    return None


def same(left: Value, right: Value, frame: Frame, depth: int = 0) -> bool:
    """Whether two values are equal: as numbers, texts, item by item; never across kinds (true is not 1)."""
    if type(left) is type(right) and type(left) in _SCALARS:
        return left == right
    kind = kind_of(left)
    if kind is not kind_of(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and _all_same(left, right, frame, depth)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and _all_same(
            list(left.values()), [right[key] for key in left], frame, depth
        )
    return left == right


def _all_same(left: list[Any], right: list[Any], frame: Frame, depth: int) -> bool:
    spend_on(left, frame, depth)
    return all(same(a, b, frame, depth + 1) for a, b in zip(left, right, strict=True))


def spend_on(container: Sized, frame: Frame, depth: int) -> None:
    """Count the work of entering a list or mapping. Raises EvaluationError below MAX_DEPTH of them."""
    frame.spend(2 + 2 * len(container))
    if depth >= MAX_DEPTH:
        raise EvaluationError(
            f"the data have more than {MAX_DEPTH} lists and mappings inside one another",
            "Take the part that is needed.",
        )


def to_text(value: Value, frame: Frame) -> str:
    """How a value reads inside text: null is empty, true and false are words, lists and mappings are JSON."""
    if type(value) is str:
        return value
    if type(value) is int:
        return str(whole(value))
    match kind_of(value):
        case Kind.NULL:
            return ""
        case Kind.DURATION:
            return duration_text(value)  # type: ignore[arg-type]
        case Kind.TEXT:
            return str.__str__(value)
        case _:
            return to_json(value, frame)


def to_json(value: Value, frame: Frame) -> str:
    """A value as JSON text, at most MAX_TEXT characters."""
    return made(json.dumps(outgoing(value, frame), ensure_ascii=False))


def outgoing(value: Value, frame: Frame) -> Json:
    """A result as it leaves the expression: plain JSON of bounded size, no part of the data that were read.

    Raises EvaluationError where it is too large, too deep, or not JSON.
    """
    if value is None or type(value) is bool:
        return value
    if type(value) is str and len(value) <= MAX_RESULT_CHARACTERS:
        return value
    return _Copy(frame).of(value, 0)


class _Copy:
    """Copies one result and keeps count of its nodes and characters."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._nodes = 0
        self._characters = 0

    def of(self, value: Any, depth: int) -> Json:
        match kind_of(value):
            case Kind.NULL | Kind.BOOLEAN:
                return value  # type: ignore[no-any-return]
            case Kind.NUMBER:
                return finite(float(value)) if isinstance(value, float) else whole(int(value))
            case Kind.TEXT:
                return self._text(value)
            case Kind.DURATION:
                return duration_text(value)
            case Kind.LIST:
                self._enter(value, depth)
                return [self.of(item, depth + 1) for item in value]
            case Kind.MAPPING:
                self._enter(value, depth)
                return {self._key(key): self.of(item, depth + 1) for key, item in value.items()}

    def _enter(self, container: Sized, depth: int) -> None:
        spend_on(container, self._frame, depth)
        self._nodes += 1 + len(container)
        if self._nodes > MAX_RESULT_NODES:
            raise _too_large()

    def _text(self, text: str) -> str:
        self._characters += len(text)
        self._frame.spend(len(text) // CHARACTERS_A_UNIT)
        if self._characters > MAX_RESULT_CHARACTERS:
            raise _too_large()
        return text if type(text) is str else str.__str__(text)

    def _key(self, key: object) -> str:
        if isinstance(key, str):
            return self._text(key)
        raise EvaluationError(f"a mapping has the key {key!r:.40}, which is not a text", "Put quotes around the key.")


def _too_large() -> EvaluationError:
    return EvaluationError(
        f"the result has more than {MAX_RESULT_NODES:,} entries or {MAX_RESULT_CHARACTERS:,} characters",
        "Take a part of it: a key, an item, or | truncate(4000).",
    )
