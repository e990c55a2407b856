"""Literals against a JSON Schema: what is wrong with a value that was written down."""

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from bot.model.base import JsonObject
from bot.rules.check.report import listed, suggestion
from bot.rules.check.schemas import arms, fits, shown, type_of, type_words, types_of

Place: TypeAlias = tuple[str | int, ...]
MOST_VALUES: Final = 5_000
"""Values that are held against a schema, each with each alternative; a schema that goes round ends here."""


class Misfit(NamedTuple):
    """A literal that a schema refuses: where in it, what, and the fix; ``key``: it is about the key."""

    path: tuple[str | int, ...]
    code: str
    what: str
    fix: str
    key: bool = False


def misfits(value: Any, schema: JsonObject, noun: str) -> Iterator[Misfit]:
    """What a schema has against a value.

    A text that is one whole template may become anything; one with more around the template becomes text.
    noun: how messages call the whole value.
    """
    yield from _Comparison(schema, noun).value(value, schema, ())


@dataclass
class _Comparison:
    root: JsonObject
    noun: str
    left: int = MOST_VALUES

    def value(self, value: Any, schema: Any, path: Place) -> Iterator[Misfit]:
        self.left -= 1
        alternatives = arms(schema, self.root)
        if not alternatives or self.left < 0 or _is_open(value):
            return
        found = [list(self._against(value, arm, path)) for arm in alternatives]
        if any(not troubles for troubles in found):
            return
        pairs = zip(alternatives, found, strict=True)
        same_sort = [troubles for arm, troubles in pairs if fits(value, types_of(arm))]
        if same_sort or len(alternatives) == 1:
            yield from (same_sort or found)[0]
            return
        words = " or ".join(dict.fromkeys(type_words(types_of(arm)) for arm in alternatives))
        what = f"{self._called(path)} takes {words}, not {shown(value)}"
        yield Misfit(path, "wrong-type", what, "Write a value of such a type.")

    def _called(self, path: Place) -> str:
        return f"`{'.'.join(map(str, path))}` of {self.noun}" if path else self.noun

    def _against(self, value: Any, arm: JsonObject, path: Place) -> Iterator[Misfit]:
        types = types_of(arm)
        called = self._called(path)
        if types and not fits(value, types):
            what = f"{called} takes {type_words(types)}, not {shown(value)}"
            yield Misfit(path, "wrong-type", what, _type_fix(value, types))
            return
        allowed = arm.get("enum", [arm["const"]] if "const" in arm else None)
        if isinstance(allowed, list) and "{{" not in str(value) and value not in allowed:
            names = [str(one) for one in allowed]
            fix = suggestion(str(value), names, f"Its values are {', '.join(names)}.")
            yield Misfit(path, "unknown-value", f"{called} has no value {value!r}", fix)
        if isinstance(value, dict):
            yield from self._object(value, arm, path)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from self.value(item, arm.get("items"), (*path, index))
        else:
            yield from _bounds(value, arm, called, path)

    def _object(self, value: JsonObject, arm: JsonObject, path: Place) -> Iterator[Misfit]:
        known, extra = arm.get("properties"), arm.get("additionalProperties")
        properties: JsonObject = known if isinstance(known, dict) else {}
        closed = bool(properties) or extra is False
        strange = [key for key in value if closed and key not in properties]
        called = self._called(path)
        for key in strange:
            if extra is True or isinstance(extra, dict):
                continue
            otherwise = f"It takes {listed(properties)}." if properties else "Delete it."
            fix = suggestion(key, properties, otherwise)
            yield Misfit((*path, key), "unknown-argument", f"{called} takes no {key!r}", fix, key=True)
        for key in _required(arm):
            # A key that is written wrongly has had its finding: it is not missing as well.
            if key not in value and not any(suggestion(other, [key], "") for other in strange):
                yield Misfit(path, "missing-argument", f"{called} needs {key!r}", f"Add `{key}:`.")
        for key, inner in value.items():
            schema = properties.get(key, extra if isinstance(extra, dict) else None)
            yield from self.value(inner, schema, (*path, key))


def _required(arm: JsonObject) -> list[str]:
    required = arm.get("required")
    return [key for key in required if isinstance(key, str)] if isinstance(required, list) else []


def _is_open(value: object) -> bool:
    return isinstance(value, str) and value.strip().startswith("{{") and value.strip().endswith("}}")


def _type_fix(value: object, types: frozenset[str]) -> str:
    if "string" in types and type_of(value) in ("integer", "number", "boolean"):
        return "Put quotes around it."
    if isinstance(value, str) and types & {"integer", "number", "boolean"} and "{{" not in value:
        return "Write it without quotes, as a value of this type."
    if isinstance(value, str) and "{{" in value:
        return 'Let the value be one template alone, as in "{{ slots.x }}", so that it keeps its type.'
    return "Write a value of this type."


_BOUNDS: Final[Sequence[tuple[str, str, Callable[[float, float], bool]]]] = (
    ("minimum", "at least", operator.ge),
    ("maximum", "at most", operator.le),
    ("exclusiveMinimum", "more than", operator.gt),
    ("exclusiveMaximum", "less than", operator.lt),
)


def _bounds(value: Any, arm: JsonObject, called: str, path: tuple[str | int, ...]) -> Iterator[Misfit]:
    fix = "Write a value within these bounds."
    if isinstance(value, int | float) and not isinstance(value, bool):
        for key, word, holds in _BOUNDS:
            bound = arm.get(key)
            if isinstance(bound, int | float) and not holds(value, bound):
                yield Misfit(path, "out-of-range", f"{called} is {value}, but must be {word} {bound}", fix)
    if isinstance(value, str) and "{{" not in value:
        least, most = arm.get("minLength"), arm.get("maxLength")
        if isinstance(least, int) and len(value) < least:
            yield Misfit(path, "out-of-range", f"{called} is shorter than {least} characters", fix)
        if isinstance(most, int) and len(value) > most:
            yield Misfit(path, "out-of-range", f"{called} is longer than {most} characters", fix)
