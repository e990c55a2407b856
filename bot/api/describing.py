"""The OpenAPI document: FastAPI's, with our errors as they are, and each route's own refusals."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from fastapi import FastAPI

from bot.api.problems import MEDIA_TYPE
from bot.model.base import JsonObject

_PROBLEM: Final[JsonObject] = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "What kind of error, as a URN."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened."},
        "fix": {"type": "string", "description": "What to do about it."},
        "instance": {"type": "string", "description": "The id of this one error; a 500 stands under it in the log."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "what": {"type": "string"}},
            },
        },
    },
}
_MEANINGS: Final = {
    "400": "The request cannot be read",
    "401": "No token, or one that is not known",
    "403": "The token's role may not do this",
    "404": "Nothing has this id",
    "409": "The thing has moved on since it was looked at",
    "413": "The body is too large",
    "415": "The body is not JSON",
    "422": "What was sent does not fit",
    "429": "Slower, please: see Retry-After",
    "503": "The desk cannot do this at the moment: see Retry-After",
}


def openapi_of(app: FastAPI, original: Callable[[], JsonObject]) -> JsonObject:
    """The document, made once."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    document = original()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for operation in operations(document):
        _add_refusals(operation)
    app.openapi_schema = document
    return document


def operations(document: JsonObject) -> Iterator[JsonObject]:
    for methods in document["paths"].values():
        yield from methods.values()


def _add_refusals(operation: JsonObject) -> None:
    answers: dict[str, Any] = operation.setdefault("responses", {})
    for status in sorted(_refusals(operation) | {status for status in answers if status >= "400"}):
        described = answers.get(status, {}).get("description", "")
        answers[status] = {
            "description": _MEANINGS.get(status, described),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _refusals(operation: JsonObject) -> set[str]:
    found: set[str] = {"400"} if operation.get("parameters") else set()
    if "requestBody" in operation:
        found |= {"400", "413", "415", "422", "429", "503"}
    if "x-permission" in operation:
        found |= {"401", "403", "503"}
        in_path = any(parameter["in"] == "path" for parameter in operation.get("parameters", ()))
        found |= {"404"} if in_path else set()
        found |= {"409"} if in_path and "requestBody" in operation else set()
    return found
