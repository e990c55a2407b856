"""Whatever schema `check` lets a prompt have, both providers can be asked for it through their SDKs."""

from typing import Any

import pytest

from bot.llm.connecting import connect
from bot.llm.schemas import is_open, told
from bot.model.llm import Question
from bot.ports import NoMeter
from bot.rules.conform import conform
from bot.settings import Settings
from bot.testing.clock import StandingClock
from bot.testing.fake_model_server import FakeModelServer, filled

TEXT = {"type": "string"}
SCHEMAS: dict[str, dict[str, Any]] = {
    "flat": {"type": "object", "properties": {"a": {"enum": ["x", "y"]}, "b": TEXT}, "required": ["a", "b"]},
    "marked": {"type": "object", "properties": {"a": {**TEXT, "x-verbatim": True, "x-note": "ours"}}},
    "two types": {"type": "object", "properties": {"a": {"type": ["string", "null"], "maxLength": 9}}},
    "enum of two types": {"type": "object", "properties": {"a": {"type": ["string", "null"], "enum": ["x", None]}}},
    "object without its type": {"properties": {"a": {"properties": {"b": {"type": "integer"}}}}},
    "list without its type": {"type": "object", "properties": {"a": {"items": TEXT, "minItems": 1}}},
    "anything": {"type": "object", "properties": {"a": {}, "b": {"description": "whatever"}, "c": True}},
    "any fields": {"type": "object", "properties": {"a": {"type": "object"}}},
    "named fields": {"type": "object", "properties": {"a": {"type": "object", "additionalProperties": TEXT}}},
    "references": {
        "type": "object", "properties": {"a": {"$ref": "#/definitions/b"}}, "definitions": {"b": {"type": "integer"}},
    },
    "bounds": {"type": "object", "properties": {"a": {"type": "number", "minimum": 0.5, "exclusiveMaximum": 7}}},
    "a list": {"type": "array", "items": {"type": "string", "pattern": "^t"}, "minItems": 1},
    "a number or nothing": {"type": ["number", "null"]},
    "alternatives": {"type": "object", "properties": {"a": {"oneOf": [TEXT, {"type": "array", "items": TEXT}]}}},
    "all of": {"type": "object", "properties": {"a": {"allOf": [{"type": "object", "properties": {"b": TEXT}}]}}},
    "nothing at all": {},
}  # fmt: skip


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
async def test_every_schema_is_asked_for_and_its_answer_kept(provider: str) -> None:
    async with FakeModelServer() as server:
        own = {f"{provider}_api_key": "key", f"{provider}_base_url": getattr(server, f"{provider}_url")}
        llm = connect(Settings(_env_file=None, **own), StandingClock(), NoMeter())
        for name, schema in SCHEMAS.items():
            answered = await llm.answer(Question(name="q", prompt=name, output=schema, verbatim_from="text"))
            assert answered.usage.tries == 1, name
            assert conform(answered.output, schema, "text")[1] == (), name
        await llm.close()
        assert "x-" not in str([entry["body"] for entry in server.log])


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_means_the_same_in_the_providers_words(name: str) -> None:
    plain = told(SCHEMAS[name])
    assert conform(filled(plain), SCHEMAS[name], "text")[1] == ()
    assert told(plain) == plain


def test_what_takes_more_than_it_names_is_open() -> None:
    """Such a thing is asked for by a tool: as the form of an answer it would be closed."""
    assert {name for name, schema in SCHEMAS.items() if is_open(told(schema))} == {
        "anything", "any fields", "named fields", "nothing at all",
    }  # fmt: skip
