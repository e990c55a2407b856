"""What may stand at a place in an authored file, and the words for it when something else does.

A form reads one value: it hands back what can be used of it, or DROP, and reports what is wrong in an admin's
                        words. So one
mistake costs one finding, and everything around it is still checked.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from bot.model.base import parse_duration
from bot.rules.check.places import UNREAD, Path
from bot.rules.check.report import Report, listed, suggestion


class _Drop:
    def __repr__(self) -> str:
        return "<drop>"


DROP: Final[Any] = _Drop()


@dataclass(slots=True)
class Reading:
    """One part of a file while it is read.

    kept: for lists that lost items, the index in the file of each item that is left.
    """

    report: Report
    kept: dict[Path, list[int]] = field(default_factory=dict)


class Form(Protocol):
    """What may stand at a place. ``words`` says it: `takes <words>`."""

    @property
    def words(self) -> str: ...

    def fits(self, value: Any) -> bool:
        """Whether the value is of the right sort, before a closer look."""

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        """The value as far as it can be used, or DROP."""

    def hint(self, value: Any) -> str:
        """How to mend a value of the wrong sort."""


def described(value: object) -> str:
    """A value, in the words of findings."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {value[:40]!r}" + ("..." if len(value) > 40 else "")
        case list():
            return "a list"
        case _:
            return "keys and values"


def wrong(form: Form, value: Any, path: Path, reading: Reading) -> Any:
    """Report a value of the wrong sort. Always DROP."""
    if value is UNREAD:
        return DROP
    name = key_name(path)
    if value is None:
        fix = "Write a value behind it, or delete the key."
        reading.report.at_key(path, "empty-value", f"{name} is empty; it takes {form.words}", fix)
        return DROP
    reading.report.at_value(path, "wrong-type", f"{name} takes {form.words}, not {described(value)}", form.hint(value))
    return DROP


def key_name(path: Path) -> str:
    """How findings call the place that a path leads to."""
    last = path[-1] if path else "this file"
    if isinstance(last, int):
        owner = next((part for part in reversed(path) if isinstance(part, str)), "")
        return f"item {last + 1} of `{owner}`"
    return f"`{last}`"


@dataclass(frozen=True, slots=True)
class Anything:
    words: str = "anything"

    def fits(self, value: Any) -> bool:
        return value is not UNREAD

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        return DROP if value is UNREAD else pruned(value)

    def hint(self, value: Any) -> str:
        return f"Write something in place of {described(value)}."


def pruned(value: Any) -> Any:
    """Free data without the gaps that could not be read."""
    if isinstance(value, dict):
        return {key: None if inner is UNREAD else pruned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [None if inner is UNREAD else pruned(inner) for inner in value]
    return value


@dataclass(frozen=True, slots=True)
class Null:
    """An empty value, where that says something."""

    words: str = "nothing"

    def fits(self, value: Any) -> bool:
        return value is None

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        return None if value is None else wrong(self, value, path, reading)

    def hint(self, value: Any) -> str:
        return f"Delete {described(value)}."


@dataclass(frozen=True)
class Text:
    pattern: str | None = None
    least: int = 0
    words: str = "text"

    def fits(self, value: Any) -> bool:
        return isinstance(value, str)

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, str):
            return wrong(self, value, path, reading)
        if len(value) < self.least:
            reading.report.at_value(path, "empty-value", f"{key_name(path)} is an empty text", "Write at least a word.")
            return DROP
        if self.pattern and not re.fullmatch(self.pattern, value):
            fix = "Use letters, digits and _, beginning with a letter, at most 64 of them."
            reading.report.at_value(path, "bad-name", f"{value[:80]!r} cannot be a name here", fix)
            return DROP
        return value

    def hint(self, value: Any) -> str:
        if isinstance(value, bool | int | float):
            return f'Put quotes around it: "{str(value).lower() if isinstance(value, bool) else value}".'
        return "Write one text behind the colon."


_YES: Final = frozenset(("yes", "on", "y", "true", "wahr", "ja"))
_NO: Final = frozenset(("no", "off", "n", "false", "falsch", "nein"))


@dataclass(frozen=True)
class Flag:
    words: str = "true or false"

    def fits(self, value: Any) -> bool:
        return isinstance(value, bool)

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        return value if isinstance(value, bool) else wrong(self, value, path, reading)

    def hint(self, value: Any) -> str:
        word = str(value).lower()
        if word in _YES or word in _NO or value in (0, 1):
            return f"Write `{'true' if word in _YES or value == 1 else 'false'}`, without quotes."
        return "Write `true` or `false`, without quotes."


@dataclass(frozen=True)
class Number:
    """A number within bounds; ``whole`` ones only where asked."""

    whole: bool = False
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None

    @property
    def words(self) -> str:
        return "a whole number" if self.whole else "a number"

    def fits(self, value: Any) -> bool:
        return isinstance(value, int) or (isinstance(value, float) and not self.whole)

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if isinstance(value, bool) or not self.fits(value):
            return wrong(self, value, path, reading)
        if trouble := self._beyond(value):
            what = f"{key_name(path)} is {value}, but it must be {trouble}"
            reading.report.at_value(path, "out-of-range", what, "Write a number within these bounds.")
            return DROP
        return value

    def _beyond(self, value: float) -> str | None:
        bounds: tuple[tuple[float | None, str, Callable[[float, float], bool]], ...] = (
            (self.ge, "at least", operator.ge),
            (self.gt, "more than", operator.gt),
            (self.le, "at most", operator.le),
            (self.lt, "less than", operator.lt),
        )
        beyond = (f"{word} {bound:,}" for bound, word, holds in bounds if bound is not None and not holds(value, bound))
        return next(beyond, None)

    def hint(self, value: Any) -> str:
        if isinstance(value, str):
            return "Write the digits alone, without quotes."
        return "Write a number."


@dataclass(frozen=True)
class Length:
    """A length of time."""

    words: str = "a length of time"

    def fits(self, value: Any) -> bool:
        return isinstance(value, str)

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, str):
            return wrong(self, value, path, reading)
        try:
            parse_duration(value)
        except ValueError as error:
            what, _, fix = str(error).partition(". ")
            reading.report.at_value(path, "bad-duration", what, f"{fix}.")
            return DROP
        return value

    def hint(self, value: Any) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return f"Write the number with its unit, as in {value}s, {value}m or {value}h."
        return "Write a number with its unit, as in 30s, 5m, 2h or 1d."


_FOREIGN_TYPES: Final = {
    "string": "text", "str": "text", "int": "integer", "float": "number", "decimal": "number", "bool": "boolean",
    "enum": "choice", "select": "choice", "categorical": "choice", "array": "list", "dict": "object",
    "regex": "pattern", "currency": "money", "mail": "email", "timestamp": "datetime", "critical": "urgent",
    "medium": "normal",
}  # fmt: skip
"""Words of other systems for what is called differently here."""


@dataclass(frozen=True)
class OneOf:
    values: tuple[Any, ...]

    @property
    def words(self) -> str:
        return "one of " + ", ".join(map(str, self.values))

    def fits(self, value: Any) -> bool:
        return isinstance(value, str)

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, bool) and value in self.values:
            return value
        return wrong(self, value, path, reading)

    def hint(self, value: Any) -> str:
        names = [str(known) for known in self.values]
        if (meant := _FOREIGN_TYPES.get(str(value).lower())) in self.values:
            return f"Write `{meant}`."
        return suggestion(str(value), names, f"Write one of {', '.join(names)}.")


@dataclass(frozen=True)
class Listed:
    """A list, each item of one form. Items that cannot be read are left out."""

    item: Form
    least: int = 0
    most: int | None = None

    @property
    def words(self) -> str:
        return f"a list, with {getattr(self.item, 'noun', self.item.words)} for each item"

    def fits(self, value: Any) -> bool:
        return isinstance(value, list)

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, list):
            return wrong(self, value, path, reading)
        if len(value) < self.least:
            what = f"{key_name(path)} is an empty list"
            reading.report.at_value(path, "empty-value", what, "Write at least one item.")
            return DROP
        if self.most is not None and len(value) > self.most:
            what = f"{key_name(path)} has {len(value)} items; at most {self.most} are taken"
            reading.report.at_value(path, "out-of-range", what, "Take some away.")
            return DROP
        read = [self.item.read(item, (*path, index), reading) for index, item in enumerate(value)]
        kept = [index for index, item in enumerate(read) if item is not DROP]
        if len(kept) < len(read):
            reading.kept[path] = kept
        return DROP if len(kept) < self.least else [read[index] for index in kept]

    def hint(self, value: Any) -> str:
        glued = next((key for key in value if re.match(r"-\w", key)), None) if isinstance(value, dict) else None
        if glued is not None:
            return f"Put a space behind the dash: `- {glued[1:]}: ...`."
        return "Write each item on a line of its own, behind `- `."


def unknown_key(
    key: str, known: Mapping[str, Any] | Sequence[str], noun: str, path: Path, reading: Reading,
    elsewhere: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Report a key that nothing knows here."""
    fix = (elsewhere or {}).get(key) or suggestion(key, known, f"The keys here are {listed(known, 20)}.")
    reading.report.at_key(path, "unknown-key", f"{noun} has no key `{key}`", fix)


@dataclass(frozen=True)
class Mapped:
    """Free keys, each with a value of one form."""

    value: Form
    least: int = 0
    keys: tuple[str, ...] | None = None

    @property
    def words(self) -> str:
        return "keys and values"

    def fits(self, value: Any) -> bool:
        return isinstance(value, dict)

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        if not isinstance(value, dict):
            return wrong(self, value, path, reading)
        if len(value) < self.least:
            reading.report.at_value(
                path, "empty-value", f"{key_name(path)} is empty", "Write at least one key and value."
            )
            return DROP
        out = {}
        for key, inner in value.items():
            if self.keys is not None and key not in self.keys:
                unknown_key(key, self.keys, f"`{path[-1]}`" if path else "this", (*path, key), reading)
            elif (read := self.value.read(inner, (*path, key), reading)) is not DROP:
                out[key] = read
        return out

    def hint(self, value: Any) -> str:
        return "Write `key: value` lines below it, or {key: value} behind it."


@dataclass(frozen=True)
class Either:
    """The first form that fits the sort of value; where none does, the words of all."""

    forms: tuple[Form, ...]

    @property
    def words(self) -> str:
        return " or ".join(dict.fromkeys(form.words for form in self.forms))

    def fits(self, value: Any) -> bool:
        return any(form.fits(value) for form in self.forms)

    def read(self, value: Any, path: Path, reading: Reading) -> Any:
        fitting = next((form for form in self.forms if form.fits(value)), None)
        return wrong(self, value, path, reading) if fitting is None else fitting.read(value, path, reading)

    def hint(self, value: Any) -> str:
        return self.forms[0].hint(value)
