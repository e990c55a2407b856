"""What a model gave against the schema that it was to fill: kept where it fits, refused with the reason where not.

The subset of JSON Schema that prompts declare (see `bot.rules.check.schemas`), applied strictly, and one word of
ours: ``x-verbatim: true`` wants a text that stands word for word in what was sent, so that ids and quotations are never
made up.
"""

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.model.base import Json, JsonObject
from bot.rules.check.schemas import VERBATIM, arms, fits, types_of
from bot.rules.expression.limits import MAX_DEPTH
from bot.rules.values.patterns import BadPattern, compile_pattern

MOST_VALUES: Final = 5_000
LONGEST_TEXT: Final = 20_000
MOST_PROBLEMS: Final = 8
_BOUNDS: Final[Sequence[tuple[str, str, Callable[[float, float], bool]]]] = (
    ("minimum", "at least", operator.ge),
    ("maximum", "at most", operator.le),
    ("exclusiveMinimum", "more than", operator.gt),
    ("exclusiveMaximum", "less than", operator.lt),
)


def conform(value: Json, schema: JsonObject, sent: str = "") -> tuple[Json, tuple[str, ...]]:
    """The value with keys that the schema does not declare left out, and what does not fit (empty: it does).

    sent: what ``x-verbatim`` texts must be quoted from.
    """
    check = _Check(schema, sent)
    kept = check.value(value, schema, "the answer", 0)
    return kept, tuple(check.problems[:MOST_PROBLEMS])


@dataclass
class _Check:
    root: JsonObject
    sent: str
    problems: list[str] = field(default_factory=list)
    left: int = MOST_VALUES

    def value(self, value: Json, schema: Any, at: str, depth: int) -> Json:
        """The value as it is kept. Of several alternatives the first that fits holds."""
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            self.problems.append(f"{at} is too large")
            return None
        alternatives = arms(schema, self.root)
        if len(alternatives) <= 1:
            return self._one(value, alternatives[0] if alternatives else {}, at, depth)
        found: list[tuple[Json, list[str]]] = []
        for arm in alternatives:
            trial = _Check(self.root, self.sent, left=self.left)
            kept = trial._one(value, arm, at, depth)
            self.left = trial.left
            if not trial.problems:
                return kept
            found.append((kept, trial.problems))
        kept, problems = min(found, key=lambda pair: len(pair[1]))
        self.problems += problems
        return kept

    def _one(self, value: Json, arm: JsonObject, at: str, depth: int) -> Json:
        types = types_of(arm)
        if types and not fits(value, types):
            self.problems.append(f"{at} must be {' or '.join(sorted(types))}")
            return value
        self.problems += _closed(value, arm, at)
        if isinstance(value, dict):
            return self._object(value, arm, at, depth)
        if isinstance(value, list):
            self.problems += _counted(len(value), arm, at, "minItems", "maxItems", "items")
            return [self.value(one, arm.get("items"), f"{at}[{n}]", depth + 1) for n, one in enumerate(value)]
        if isinstance(value, str):
            self.problems += self._text(value, arm, at)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.problems += _number(value, arm, at)
        return value

    def _object(self, value: JsonObject, arm: JsonObject, at: str, depth: int) -> JsonObject:
        declared, extra = arm.get("properties"), arm.get("additionalProperties")
        properties: JsonObject = declared if isinstance(declared, dict) else {}
        required = arm.get("required")
        for name in required if isinstance(required, list) else ():
            if name not in value:
                self.problems.append(f"{at} lacks {name!r}")
        rest = extra if isinstance(extra, dict) else {}
        is_open = not properties or extra is True or isinstance(extra, dict)
        return {
            name: self.value(inner, properties.get(name, rest), f"{at}.{name}"[:200], depth + 1)
            for name, inner in value.items()
            if name in properties or (is_open and extra is not False)
        }

    def _text(self, value: str, arm: JsonObject, at: str) -> Iterator[str]:
        yield from _counted(len(value), arm, at, "minLength", "maxLength", "characters")
        if len(value) > LONGEST_TEXT:
            yield f"{at} must have at most {LONGEST_TEXT} characters"
        if arm.get(VERBATIM) is True and not _is_quoted(value.strip(), self.sent):
            yield f"{at} must be quoted word for word from the material"
        if isinstance(pattern := arm.get("pattern"), str) and not _matches(pattern, value):
            yield f"{at} must match the pattern {pattern[:200]!r}"


def _is_quoted(words: str, sent: str) -> bool:
    """No words are a quotation of none."""
    return not words or next(quoted_at(words, sent), None) is not None


def quoted_at(words: str, sent: str) -> Iterator[int]:
    """Where words stand whole: the 10 of 1001 is no quotation."""
    start = sent.find(words) if words else -1
    while start >= 0:
        if not (_is_cut(sent, start) or _is_cut(sent, start + len(words))):
            yield start
        start = sent.find(words, start + 1)


def _is_cut(text: str, place: int) -> bool:
    """Whether this place is inside a word or number. Writing that puts no spaces between words may be cut anywhere."""
    pair = text[max(place - 1, 0) : place + 1]
    return place > 0 and len(pair) == 2 and pair.isascii() and pair.isalnum()


def _matches(pattern: str, value: str) -> bool:
    try:
        return compile_pattern(pattern).search(value) is not None
    except BadPattern:
        return True  # such a schema has its finding


def _closed(value: Json, arm: JsonObject, at: str) -> Iterator[str]:
    allowed = arm.get("enum", [arm["const"]] if "const" in arm else None)
    if isinstance(allowed, list) and not any(_same(value, one) for one in allowed):
        yield f"{at} must be one of {', '.join(map(repr, allowed[:50]))}"


def _same(value: Json, one: Json) -> bool:
    """Equal as JSON has it: true is not 1."""
    return bool(value == one) and isinstance(value, bool) == isinstance(one, bool)


def _counted(count: int, arm: JsonObject, at: str, least: str, most: str, of: str) -> Iterator[str]:
    low, high = arm.get(least), arm.get(most)
    if isinstance(low, int) and count < low:
        yield f"{at} must have at least {low} {of}"
    if isinstance(high, int) and count > high:
        yield f"{at} must have at most {high} {of}"


def _number(value: float, arm: JsonObject, at: str) -> Iterator[str]:
    if not math.isfinite(value):
        yield f"{at} must be a finite number"
        return
    for key, words, holds in _BOUNDS:
        bound = arm.get(key)
        if isinstance(bound, int | float) and not holds(value, bound):
            yield f"{at} must be {words} {bound}"
