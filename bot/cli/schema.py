"""``frontdesk schema``: the JSON Schema of authored files, for editors.

It is written from the forms of the checker, which are made from the types of bot/model: what an editor underlines is
what ``frontdesk check`` refuses for its shape. Names, paths and expressions are the checker's alone.
JSON Schema draft 7 (https://json-schema.org/draft-07), because that is what YAML servers of editors read best.
"""

import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import ModuleType
from typing import Any, Final

from pydantic.fields import FieldInfo

from bot.model import case, desk, flow, prompt, response, slot, trigger
from bot.model.base import JsonObject, Word, write_duration
from bot.rules.check.forms import Either, Flag, Form, Length, Listed, Mapped, Null, Number, OneOf, Text
from bot.rules.check.grammar import form_of
from bot.rules.check.records import Record, StepForm

DURATION: Final = (
    r"^\s*(?=[0-9])([0-9]+w)?\s*([0-9]+d)?\s*([0-9]+h)?\s*([0-9]+m)?\s*([0-9]+(\.[0-9]+)?s)?\s*([0-9]+ms)?\s*$"
)
"""A length of time as bot.model.base.parse_duration reads it, in the regular expressions of JSON Schema."""
_MODULES: Final[tuple[ModuleType, ...]] = (desk, flow, prompt, response, slot, trigger)


def _one_of(*keys: str) -> JsonObject:
    return {"oneOf": [{"required": [key]} for key in keys]}


def _if_type(kind: str, key: str) -> JsonObject:
    return {"if": {"properties": {"type": {"const": kind}}}, "then": {"required": [key]}}


_BETWEEN_KEYS: Final[Mapping[type[Word], JsonObject]] = {
    trigger.Trigger: {"minProperties": 1, "maxProperties": 1},
    trigger.Schedule: _one_of("cron", "every"),
    flow.Loop: _one_of("for_each", "while"),
    flow.LoopStep: {"anyOf": [{"required": ["steps"]}, {"properties": {"loop": {"required": ["steps"]}}}]},
    flow.WaitSpec: _one_of("for", "until", "event"),
    slot.SlotSpec: {"allOf": [_if_type("choice", "values"), _if_type("pattern", "pattern")]},
    response.Say: {"anyOf": [{"required": [key]} for key in ("text", "buttons", "image", "files", "custom")]},
}
"""What a validator of the type says about its keys together, which no form tells."""


def print_schema(of_prompt: bool = False) -> None:
    """Write the schema of a flow file, or of a prompt spec, to standard output."""
    schema = prompt_schema() if of_prompt else flow_schema()
    sys.stdout.write(json.dumps(schema, indent=2) + "\n")


_FILES_OF_THEIR_OWN = ("prompts", "knowledge", "evaluation")


def flow_schema() -> JsonObject:
    """The schema of a file of flows, slots, responses, examples, settings and test cases."""
    writer = _Writer()
    fields = form_of(desk.Desk).fields
    sections = {key: writer.schema(form) for key, form in fields.items() if key not in _FILES_OF_THEIR_OWN}
    sections["responses"]["additionalProperties"]["minItems"] = 1
    empty = {key: {"anyOf": [section, {"type": "null"}]} for key, section in sections.items()}
    properties = {**empty, **_test_sections(), "version": {}}
    keys = {"type": "object", "properties": properties, "additionalProperties": False}
    return writer.document("A file of flows", keys)


def prompt_schema() -> JsonObject:
    """The schema of a file ``prompts/<name>.yml``."""
    writer = _Writer()
    return writer.document("A prompt spec", writer.schema(form_of(prompt.PromptSpec)))


def _test_sections() -> JsonObject:
    """The keys of test cases; what they take is read by ``frontdesk test``."""
    step = {**_keys(case.CaseStep), "minProperties": 1}
    one = _keys(case.FlowCase)
    one["properties"] |= {"test_case": {"type": "string", "minLength": 1}, "steps": {"type": "array", "items": step}}
    one["required"] = ["test_case", "steps"]
    return {**_keys(case.CaseFile)["properties"], "test_cases": {"type": "array", "items": one}}


def _keys(model: type[Word]) -> JsonObject:
    names: JsonObject = {field.alias or name: {} for name, field in model.model_fields.items()}
    return {"type": "object", "properties": names, "additionalProperties": False}


class _Writer:
    """Writes forms as schemas; what has keys of its own becomes a definition."""

    def __init__(self) -> None:
        self._definitions: JsonObject = {}
        self._types = {id(form_of(model)): model for model in _types()}

    def document(self, title: str, schema: JsonObject) -> JsonObject:
        head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": title}
        # Whatever stands beside a `$ref` is not read in draft 7.
        body = {"allOf": [schema]} if "$ref" in schema else schema
        return {**head, **body, "definitions": dict(sorted(self._definitions.items()))}

    def schema(self, form: Form) -> JsonObject:
        match form:
            case Record():
                return self._reference(self._types[id(form)].__name__, form)
            case StepForm():
                return self._reference("Step", form)
            case Either():
                return {"anyOf": [self.schema(one) for one in form.forms]}
            case Listed():
                bounds = {"minItems": form.least or None, "maxItems": form.most}
                return {"type": "array", "items": self.schema(form.item), **_given(bounds)}
            case Mapped():
                return self._mapping(form)
            case _:
                return _plain(form)

    def _mapping(self, form: Mapped) -> JsonObject:
        mapping: JsonObject = {"type": "object", "additionalProperties": self.schema(form.value)}
        if form.value is form_of(slot.InputSpec):  # the fields of `inputs` stand beside the version of the contract
            mapping["properties"] = {"version": {"type": "integer"}}
        names = {"enum": list(form.keys)} if form.keys else None
        return {**mapping, **_given({"minProperties": form.least or None, "propertyNames": names})}

    def _reference(self, name: str, form: Record | StepForm) -> JsonObject:
        if name not in self._definitions:
            self._definitions[name] = {}  # known from here on: steps hold steps
            made = self._steps(form) if isinstance(form, StepForm) else self._record(form)
            self._definitions[name] = made
        return {"$ref": f"#/definitions/{name}"}

    def _steps(self, form: StepForm) -> JsonObject:
        return {"description": "One step", "anyOf": [self.schema(kind) for kind in form.kinds.values()]}

    def _record(self, record: Record) -> JsonObject:
        """An object with these keys, or its short form."""
        model = self._types[id(record)]
        keys: JsonObject = {
            "type": "object",
            "properties": {key: self._property(model, key, form) for key, form in record.fields.items()},
            "additionalProperties": False,
            **_given({"required": sorted(record.required) or None}),
            **_BETWEEN_KEYS.get(model, {}),
        }
        short = [self.schema(record.short)] if record.short else []
        null = [{"type": "null"}] if record.null else []
        whole = {"anyOf": [keys, *short, *null]} if short or null else keys
        return {**_given({"description": _words(model)}), **whole}

    def _property(self, model: type[Word], key: str, form: Form) -> JsonObject:
        written = self.schema(form)
        info = next((field for name, field in model.model_fields.items() if key == (field.alias or name)), None)
        return written if info is None or "$ref" in written else {**written, **_default(info)}


def _plain(form: Form) -> JsonObject:
    match form:
        case Text():
            return {"type": "string", **_given({"pattern": form.pattern, "minLength": form.least or None})}
        case Number():
            bounds = {"minimum": form.ge, "exclusiveMinimum": form.gt, "maximum": form.le, "exclusiveMaximum": form.lt}
            return {"type": "integer" if form.whole else "number", **_given(bounds)}
        case Length():
            return {"type": "string", "pattern": DURATION, "patternErrorMessage": Length().hint(None)}
        case OneOf():
            return {"enum": list(form.values)}
        case Flag():
            return {"type": "boolean"}
        case Null():
            return {"type": "null"}
        case _:
            return {}


def _given(keywords: Mapping[str, Any]) -> JsonObject:
    return {key: value for key, value in keywords.items() if value is not None}


def _default(info: FieldInfo) -> JsonObject:
    """What stands in for a key that is left out, where that is plain data and says something."""
    value = info.default
    if isinstance(value, timedelta):
        return {"default": write_duration(value)}
    if isinstance(value, bool | int | float) or (isinstance(value, str) and value != flow.NO_DEFAULT):
        return {"default": value}
    if isinstance(value, tuple) and value:
        return {"default": list(value)}
    return {}


def _words(model: type[Word]) -> str | None:
    """The first paragraph of what the type says of itself."""
    words = inspect.cleandoc(model.__dict__.get("__doc__") or "").split("\n\n")[0]
    return re.sub(r"``?(.+?)``?", r"`\1`", " ".join(words.split())) or None


def _types() -> Iterator[type[Word]]:
    """Every type that a file is made of."""
    for module in _MODULES:
        for value in vars(module).values():
            its_own = isinstance(value, type) and value.__module__ == module.__name__
            if its_own and issubclass(value, Word) and value is not flow.StepBase:
                yield value
