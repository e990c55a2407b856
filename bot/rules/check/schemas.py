"""What a JSON Schema says of a path and of a literal.

The subset that actions and prompts declare: type, properties, required, additionalProperties, items, enum,
const, anyOf, oneOf, allOf, $ref, and bounds of numbers and lengths.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from bot.model.base import JsonObject
from bot.rules.check.report import listed, suggestion

_WORDS: Final = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list", "object": "keys and values", "null": "nothing",
}  # fmt: skip
_SCALARS: Final = frozenset(("string", "integer", "number", "boolean"))
TYPES: Final = frozenset(_WORDS)


class Missing(NamedTuple):
    """A path that a schema does not have: how many of its keys are there, and what is at the last of them."""

    found: int
    known: tuple[str, ...]
    reason: str


class Misfit(NamedTuple):
    """A literal that a schema refuses: where in it, what, and the fix; ``key``: it is about the key."""

    path: tuple[str | int, ...]
    code: str
    what: str
    fix: str
    key: bool = False


def arms(schema: Any, root: JsonObject, depth: int = 0) -> list[JsonObject]:
    """The alternatives that a schema stands for, with references followed; empty where it says nothing."""
    if not isinstance(schema, dict) or depth > 8:
        return []
    if isinstance(ref := schema.get("$ref"), str):
        return arms(_referred(ref, root), root, depth + 1)
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list):
            return [arm for inner in schema[key] for arm in (arms(inner, root, depth + 1) or [{}])]
    if isinstance(schema.get("allOf"), list):
        merged: JsonObject = {key: value for key, value in schema.items() if key != "allOf"}
        for inner in schema["allOf"]:
            for arm in arms(inner, root, depth + 1):
                merged = {
                    **merged,
                    **arm,
                    "properties": {**merged.get("properties", {}), **arm.get("properties", {})},
                }
        return [
            merged if merged.get("properties") else {k: v for k, v in merged.items() if k != "properties"}
        ]
    return [schema]


def _referred(ref: str, root: JsonObject) -> Any:
    node: Any = root
    for key in ref.removeprefix("#/").split("/"):
        node = node.get(key) if isinstance(node, dict) else None
    return node


def types_of(arm: JsonObject) -> frozenset[str]:
    """The types of one alternative; empty where it does not say."""
    declared = arm.get("type")
    if isinstance(declared, str):
        return frozenset((declared,))
    if isinstance(declared, list):
        return frozenset(declared)
    return frozenset(("object",)) if "properties" in arm else frozenset()


def look(schema: JsonObject | None, keys: tuple[str | int, ...]) -> Missing | list[JsonObject]:
    """What stands at a path: the alternatives there (empty: unknown), or where the path breaks off."""
    if schema is None:
        return []
    current = arms(schema, schema)
    for index, key in enumerate(keys):
        steps = [_inside(arm, key, schema) for arm in current if types_of(arm) != {"null"}]
        if not steps or any(step is None for step in steps):
            return []
        deeper = [arm for step in steps if isinstance(step, list) for arm in step]
        if not deeper:
            first = next(step for step in steps if isinstance(step, Missing))
            return first._replace(found=index)
        current = deeper
    return current


def _inside(arm: JsonObject, key: str | int, root: JsonObject) -> "list[JsonObject] | Missing | None":
    """One key further: alternatives, Missing, or None where the schema allows anything."""
    types = types_of(arm)
    if not types:
        return None
    if isinstance(key, int):
        if "array" in types:
            return arms(arm.get("items"), root) or None
        return Missing(0, (), "is no list") if types <= _SCALARS | {"object", "null"} else None
    if "object" in types:
        return _property(arm, key, root)
    if "array" in types:
        return Missing(0, (), "is a list; take an item first, as in `[0]`, or walk it with a loop")
    return Missing(0, (), f"is {type_words(types - {'null'})} and has no fields")


def _property(arm: JsonObject, key: str, root: JsonObject) -> "list[JsonObject] | Missing | None":
    properties, extra = arm.get("properties"), arm.get("additionalProperties")
    known = properties if isinstance(properties, dict) else {}
    if key in known:
        return arms(known[key], root) or None
    # What is listed is what is promised: further fields count only where the schema says so itself.
    if extra is True or isinstance(extra, dict) or (not known and extra is None):
        return arms(extra, root) or None
    return Missing(0, tuple(known), "has no such field")


def closed_set(alternatives: list[JsonObject]) -> frozenset[Any] | None:
    """The only values that these alternatives allow (beside null), or None where there are others."""
    values: set[Any] = set()
    for arm in alternatives:
        if types_of(arm) == {"null"}:
            continue
        allowed = arm.get("enum", [arm["const"]] if "const" in arm else None)
        if not isinstance(allowed, list) or not all(
            isinstance(value, str | int | float | bool | None) for value in allowed
        ):
            return None
        values.update(value for value in allowed if value is not None)
    return frozenset(values) or None


def all_types(alternatives: list[JsonObject]) -> frozenset[str]:
    """Every type that these alternatives allow, or none where one of them does not say."""
    found = [types_of(arm) for arm in alternatives]
    return frozenset().union(*found) if found and all(found) else frozenset()


def type_of(value: object) -> str:
    """The JSON type of a value; whole numbers are integers."""
    names: Mapping[type, str] = {
        bool: "boolean",
        int: "integer",
        float: "number",
        str: "string",
        list: "array",
        dict: "object",
    }
    return names.get(type(value), "null")


def fits(value: object, types: frozenset[str]) -> bool:
    kind = type_of(value)
    whole = kind == "number" and isinstance(value, float) and value.is_integer()
    return kind in types or (kind == "integer" and "number" in types) or (whole and "integer" in types)


def misfits(
    value: Any, schema: Any, root: JsonObject, noun: str, path: tuple[str | int, ...] = ()
) -> Iterator[Misfit]:
    """What a schema has against a value that was written down. Templates in it may become anything that is
    not text around
    them; a text with more than a template is text.

    noun: how messages call the whole value.
    """
    alternatives = arms(schema, root)
    if not alternatives or _is_open(value):
        return
    found = [list(_against(value, arm, root, noun, path)) for arm in alternatives]
    if any(not troubles for troubles in found):
        return
    same_sort = [
        troubles for arm, troubles in zip(alternatives, found, strict=True) if fits(value, types_of(arm))
    ]
    if same_sort or len(alternatives) == 1:
        yield from (same_sort or found)[0]
        return
    words = " or ".join(dict.fromkeys(type_words(types_of(arm)) for arm in alternatives))
    yield Misfit(
        path, "wrong-type", f"{_called(path, noun)} takes {words}, not {shown(value)}", "Write it so."
    )


def _is_open(value: object) -> bool:
    return isinstance(value, str) and value.strip().startswith("{{") and value.strip().endswith("}}")


def _called(path: tuple[str | int, ...], noun: str) -> str:
    return f"`{'.'.join(map(str, path))}` of {noun}" if path else noun


def type_words(types: frozenset[str]) -> str:
    """Types in the words of findings."""
    return " or ".join(_WORDS.get(name, name) for name in sorted(types))


def shown(value: object) -> str:
    """A literal in the words of findings."""
    kind = type_of(value)
    if kind == "string":
        return f"the text {str(value)[:40]!r}"
    if kind in ("integer", "number"):
        return f"the number {value}"
    return str(value).lower() if kind == "boolean" else _WORDS[kind]


def _against(
    value: Any, arm: JsonObject, root: JsonObject, noun: str, path: tuple[str | int, ...]
) -> Iterator[Misfit]:
    types = types_of(arm)
    called = _called(path, noun)
    if types and not fits(value, types):
        yield Misfit(
            path,
            "wrong-type",
            f"{called} takes {type_words(types)}, not {shown(value)}",
            _type_fix(value, types),
        )
        return
    allowed = arm.get("enum", [arm["const"]] if "const" in arm else None)
    if isinstance(allowed, list) and not (isinstance(value, str) and "{{" in value) and value not in allowed:
        names = [str(one) for one in allowed]
        fix = suggestion(str(value), names, f"Its values are {', '.join(names)}.")
        yield Misfit(path, "unknown-value", f"{called} has no value {value!r}", fix)
    if isinstance(value, dict):
        yield from _object(value, arm, root, noun, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from misfits(item, arm.get("items"), root, noun, (*path, index))
    else:
        yield from _bounds(value, arm, called, path)


def _type_fix(value: object, types: frozenset[str]) -> str:
    if "string" in types and type_of(value) in ("integer", "number", "boolean"):
        return "Put quotes around it."
    if isinstance(value, str) and types & {"integer", "number", "boolean"} and "{{" not in value:
        return "Write it without quotes, as a value of this type."
    if isinstance(value, str) and "{{" in value:
        return 'Let the value be one template alone, as in "{{ slots.x }}", so that it keeps its type.'
    return "Write a value of this type."


def _object(
    value: dict[str, Any], arm: JsonObject, root: JsonObject, noun: str, path: tuple[str | int, ...]
) -> Iterator[Misfit]:
    properties = arm.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    extra = arm.get("additionalProperties")
    called = _called(path, noun)
    strange = [] if not properties and extra is not False else [key for key in value if key not in properties]
    for key in strange:
        if extra is True or isinstance(extra, dict):
            continue
        fix = suggestion(key, properties, f"It takes {listed(properties)}." if properties else "Delete it.")
        yield Misfit((*path, key), "unknown-argument", f"{called} takes no {key!r}", fix, key=True)
    for key in arm.get("required", ()):
        if key not in value and not any(suggestion(other, [key], "") for other in strange):
            yield Misfit(path, "missing-argument", f"{called} needs {key!r}", f"Add `{key}:`.")
    for key, inner in value.items():
        schema = properties.get(key, extra if isinstance(extra, dict) else None)
        yield from misfits(inner, schema, root, noun, (*path, key))


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
