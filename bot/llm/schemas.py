"""A prompt's schema in the words that every provider reads.

Facts that shape it (anthropic 2.11): for an answer in the form of a schema its SDK takes one ``type`` in a place, or an
enum, a reference or alternatives; it raises for anything else, and closes every object, so that one without declared
fields could only be empty. Our own marks mean nothing there.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.model.base import Json, JsonObject

_NOT_TOLD: Final = frozenset(("$schema", "$id", "$comment", "definitions"))
_SAYS_WHAT: Final = frozenset(("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"))
_ABOUT: Final = ("title", "description", "default", "$defs")
_OF_TYPE: Final[Mapping[str, frozenset[str]]] = {
    "object": frozenset(("properties", "required", "additionalProperties")),
    "array": frozenset(("items", "minItems", "maxItems")),
    "string": frozenset(("minLength", "maxLength", "pattern", "format")),
    "integer": frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
    "number": frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
}


def told(schema: Any) -> JsonObject:
    """The schema without our own marks, with one type in a place. What says nothing stays so: anything fits it."""
    if not isinstance(schema, dict):
        return {}
    kept: JsonObject = {
        key: _inner(key, value) for key, value in schema.items() if key not in _NOT_TOLD and not key.startswith("x-")
    }
    if isinstance(old := schema.get("definitions"), dict):
        kept["$defs"] = {**_inner("$defs", old), **kept.get("$defs", {})}
    if not _SAYS_WHAT & set(kept):
        kind = next((kind for kind, words in _OF_TYPE.items() if words & set(kept)), None)
        kept |= {} if kind is None else {"type": kind}
    if kept.get("type") == "object" and not kept.get("properties"):
        kept.setdefault("additionalProperties", True)
    return _one_type(kept) if isinstance(kept.get("type"), list) else kept


def _inner(key: str, value: Any) -> Any:
    if key in ("properties", "$defs") and isinstance(value, dict):
        return {name: told(one) for name, one in value.items()}
    if key in ("anyOf", "oneOf", "allOf") and isinstance(value, list):
        return [told(one) for one in value]
    if key == "items" or (key == "additionalProperties" and isinstance(value, dict)):
        return told(value)
    if key == "$ref" and isinstance(value, str):
        return value.replace("#/definitions/", "#/$defs/")
    return value


def _one_type(schema: JsonObject) -> JsonObject:
    """``type: [string, 'null']`` as alternatives, each with the words that are about it."""
    types = [kind for kind in schema["type"] if isinstance(kind, str)]
    if "enum" in schema or "const" in schema or not types:
        return {key: value for key, value in schema.items() if key != "type"}
    words = [told({"type": kind, **{key: schema[key] for key in _words(kind, schema)}}) for kind in types]
    about: JsonObject = {key: schema[key] for key in _ABOUT if key in schema}
    return {**about, **words[0]} if len(words) == 1 else {**about, "anyOf": words}


def _words(kind: str, schema: JsonObject) -> Iterator[str]:
    return (key for key in schema if key in _OF_TYPE.get(kind, ()))


def is_open(schema: Any) -> bool:
    """Whether a place in it takes what it does not name: any value, or an object of any fields."""
    if not isinstance(schema, dict) or not _SAYS_WHAT & set(schema):
        return True
    if schema.get("type") == "object":
        extra: Json = schema.get("additionalProperties")
        if extra is True or isinstance(extra, dict) or not schema.get("properties"):
            return True
    if schema.get("type") == "array" and is_open(schema.get("items")):
        return True
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    arms = [one for key in ("anyOf", "oneOf", "allOf") for one in schema.get(key, ())]
    return any(is_open(one) for one in (*inner, *arms))
