"""What a JSON Schema says of a path and of a literal.

The subset that actions and prompts declare: type, properties, required, additionalProperties, items, enum,
const, anyOf, oneOf, allOf, $ref, and bounds of numbers and lengths.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from bot.model.base import JsonObject

_WORDS: Final = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list", "object": "keys and values", "null": "nothing",
}  # fmt: skip
_SCALARS: Final = frozenset(("string", "integer", "number", "boolean"))
TYPES: Final = frozenset(_WORDS)
VERBATIM: Final = "x-verbatim"
"""Our own word: such a text stands word for word in what was sent."""
MOST_ARMS: Final = 100
"""Alternatives of one schema that are looked at."""


class Missing(NamedTuple):
    """A path that a schema does not have: how many of its keys are there, and what is at the last of them."""

    found: int
    known: tuple[str, ...]
    reason: str


def arms(schema: Any, root: JsonObject) -> list[JsonObject]:
    """The alternatives that a schema stands for, with references followed; empty where it says nothing."""
    return _arms(schema, root, [MOST_ARMS])


def _arms(schema: Any, root: JsonObject, left: list[int]) -> list[JsonObject]:
    """``left``: how many schemas may still be looked at, as references may go round."""
    left[0] -= 1
    if not isinstance(schema, dict) or left[0] < 0:
        return []
    if isinstance(ref := schema.get("$ref"), str):
        return _arms(_referred(ref, root), root, left)
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list):
            return [arm for inner in schema[key] for arm in (_arms(inner, root, left) or [{}])]
    if isinstance(schema.get("allOf"), list):
        return [_all_of(schema, [arm for inner in schema["allOf"] for arm in _arms(inner, root, left)])]
    return [schema]


def _all_of(schema: JsonObject, inner: Sequence[JsonObject]) -> JsonObject:
    """One schema of all, with the properties of each."""
    merged = {key: value for key, value in schema.items() if key != "allOf"}
    properties: JsonObject = {}
    for arm in (merged, *inner):
        found = arm.get("properties")
        properties |= found if isinstance(found, dict) else {}
    for arm in inner:
        merged |= arm
    return merged | {"properties": properties} if properties else merged


def _referred(ref: str, root: JsonObject) -> Any:
    node: Any = root
    for key in ref.removeprefix("#/").split("/"):
        node = node.get(key) if isinstance(node, dict) else None
    return node


def types_of(arm: JsonObject) -> frozenset[str]:
    """The types of one alternative; empty where it does not say."""
    declared = arm.get("type")
    if isinstance(declared, str | list):
        names = (declared,) if isinstance(declared, str) else declared
        # What is no type has had its finding, and says nothing.
        return frozenset(name for name in names if isinstance(name, str) and name in TYPES)
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
        deeper = [arm for step in steps if isinstance(step, list) for arm in step][:MOST_ARMS]
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
