"""Prompt specs: what they read, what they give, and what answers when there is no model."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from bot.model.base import JsonObject
from bot.model.flow import AiStep
from bot.model.llm import PROVIDERS
from bot.model.parse import Parse
from bot.model.prompt import InlinePrompt, Offline, PromptSpec
from bot.model.slot import InputSpec
from bot.rules.check.authored import typed_prompt
from bot.rules.check.conditions import piece_by_piece
from bot.rules.check.declarations import check_inputs
from bot.rules.check.literals import misfits
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.report import Level, listed, nearest, suggestion
from bot.rules.check.schemas import TYPES, VERBATIM
from bot.rules.check.tools import check_tools
from bot.rules.check.walk import Text, all_sites, tool_texts
from bot.rules.check.world import World
from bot.rules.expression import Path as Read
from bot.rules.prompt_scope import ALL_INPUTS
from bot.rules.values.patterns import BadPattern, compile_pattern

_MODEL: Final = re.compile(r"quick|strong|[a-z0-9_-]+:\S+")
_HELD: Final = frozenset((
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "oneOf", "allOf",
    "$ref", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems",
    "maxItems", "pattern", VERBATIM,
))  # fmt: skip
"""What an answer is held against (`bot.rules.conform`)."""
_NOT_HELD: Final = frozenset((
    "format", "not", "if", "then", "else", "multipleOf", "uniqueItems", "contains", "minContains", "maxContains",
    "prefixItems", "additionalItems", "unevaluatedItems", "patternProperties", "propertyNames", "minProperties",
    "maxProperties", "dependentRequired", "dependentSchemas", "unevaluatedProperties", "contentEncoding",
))  # fmt: skip
"""Other words of JSON Schema."""
_SAYS_NOTHING: Final = frozenset((
    "title", "description", "default", "examples", "$defs", "definitions", "$schema", "$id", "$comment", "deprecated",
))  # fmt: skip
_OF_FLOWS: Final = frozenset(("slots", "steps", "vars", "contact", "conversation", "parse", "env"))
"""Variables that texts of flows have, and those of specs have not."""


def check_prompt(world: World, part: Part) -> None:
    """One prompt spec."""
    spec = typed_prompt(part)
    check_model(world, part, ("model",), spec.model)
    check_inputs(world, part, spec.inputs.fields)
    for key in ("prompt", "system"):
        if (words := getattr(spec, key)) is not None:
            _text(world, part, spec, Text((key,), words, "template"))
    for text in tool_texts(spec.tools, ()):
        _text(world, part, spec, text)
    check_tools(world, part, (), spec)
    if spec.output is not None:
        _schema(world, part, ("output",), spec.output)
    _examples(world, part, spec)
    if spec.offline is None or spec.offline == Offline():
        what = f"prompt {part.name!r} has no `offline`, so without a model its steps fail"
        world.at_key(
            part,
            ("name",),
            "no-offline",
            what,
            "Add `offline` with a classifier, extract, summary or value.",
            "warning",
        )
    else:
        _offline(world, part, ("offline",), spec.offline, _Prompt(spec.output, spec.inputs.fields, "error"))


def check_inline(world: World, part: Part) -> None:
    """Prompts that are written in the steps of a flow."""
    for site in all_sites(part):
        if isinstance(site.step, AiStep) and isinstance(site.step.ai, InlinePrompt):
            path: Path = (*site.path, "ai")
            _provided(world, part, path, site.step.ai)
            schema = site.step.ai.json_schema
            if schema is not None:
                _schema(world, part, (*path, "schema"), schema)
            if site.step.ai.offline is not None:
                about = _Prompt(schema, site.step.with_, "warning")
                _offline(world, part, (*path, "offline"), site.step.ai.offline, about)


def _provided(world: World, part: Part, path: Path, inline: InlinePrompt) -> None:
    """The model of a prompt in a step, which may name its provider apart."""
    provider, model = inline.provider, inline.model
    if provider is None:
        check_model(world, part, (*path, "model"), model)
    elif ":" in model:
        what = f"`provider` does nothing beside {model!r}, which names its own"
        world.at_key(part, (*path, "provider"), "useless-key", what, "Keep one of the two.", "warning")
        check_model(world, part, (*path, "model"), model)
    else:
        check_model(world, part, (*path, "provider"), f"{provider}:{model}")


def check_model(world: World, part: Part, path: Path, model: str) -> None:
    """``quick``, ``strong`` or ``provider:model``."""
    provider, _, bare = model.rpartition(":")
    if not _MODEL.fullmatch(model):
        what = f"{model!r} is no model"
        fix = suggestion(model, ("quick", "strong"), "Write quick, strong or provider:model.")
        world.at_value(part, path, "unknown-model", what, fix)
    elif provider and provider.partition(":")[0] not in PROVIDERS:
        what = f"no provider is called {provider!r}, so no key ever opens {bare!r}"
        fix = suggestion(provider, PROVIDERS, f"The providers are {' and '.join(PROVIDERS)}.")
        world.at_value(part, path, "unknown-model", what, fix, "warning")


def _text(world: World, part: Part, spec: PromptSpec, text: Text) -> None:
    errors, reads = piece_by_piece(text)
    for error in errors:
        world.in_text(part, text.path, text.text, error.offset, "bad-expression", error.what, error.fix)
    fields = spec.inputs.fields
    for read in reads:
        root, *keys = map(str, read.names)
        together = root in ALL_INPUTS and root not in fields
        name = keys[0] if together and keys else root
        if name in fields or (together and not keys):
            _optional(world, part, text, read, fields.get(name))
            continue
        if name in _OF_FLOWS:
            what = f"the texts of a prompt spec see its inputs alone, and {name!r} is none"
            read_there = ".".join((name, *keys))
            fix = f'Declare an input, and hand it over in the step: with: {{name: "{{{{ {read_there} }}}}"}}.'
        else:
            what = f"prompt {part.name!r} has no input {name!r}"
            here = f"; here are {listed(fields)}" if fields else ""
            fix = suggestion(name, fields, f"Declare it under `inputs`{here}.")
        world.in_text(part, text.path, text.text, read.offset, "unknown-input", what, fix)


def _optional(world: World, part: Part, text: Text, read: Read, spec: InputSpec | None) -> None:
    """An input that may be missing, where a value is needed."""
    if spec is None or spec.required or spec.default is not None or read.guarded or not read.needs_value:
        return
    what = f"the input {'.'.join(map(str, read.names))!r} may be missing, and this needs a value"
    fix = "Give it a `default`, or write `| default(...)` behind it."
    world.in_text(part, text.path, text.text, read.offset, "maybe-empty", what, fix, "warning")


def _schema(world: World, part: Part, path: Path, schema: Any) -> None:
    """The schema itself: types that exist, required fields that are declared."""
    if not isinstance(schema, dict):
        return
    declared = schema.get("type")
    for name in declared if isinstance(declared, list) else [declared] if declared is not None else []:
        if not isinstance(name, str) or name not in TYPES:
            fix = suggestion(str(name), TYPES, f"The types are {listed(TYPES)}.")
            world.at_value(part, (*path, "type"), "bad-schema", f"JSON Schema has no type {name!r}", fix)
    _keywords(world, part, path, schema)
    properties = schema.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    required = schema.get("required")
    for index, name in enumerate(required if isinstance(required, list) else ()):
        if properties and (not isinstance(name, str) or name not in properties):
            fix = suggestion(str(name), properties, f"The properties are {listed(properties)}.")
            world.at_value(
                part, (*path, "required", index), "bad-schema", f"{name!r} is required, but no property", fix
            )
    for name, inner in properties.items():
        _schema(world, part, (*path, "properties", name), inner)
    _schema(world, part, (*path, "items"), schema.get("items"))
    for key in ("anyOf", "oneOf", "allOf"):
        for index, arm in enumerate(schema[key] if isinstance(schema.get(key), list) else ()):
            _schema(world, part, (*path, key, index), arm)


def _keywords(world: World, part: Part, path: Path, schema: JsonObject) -> None:
    """Words that nobody reads: an answer would not be held against them."""
    for name in schema:
        if name in _HELD or name in _SAYS_NOTHING or (name.startswith("x-") and nearest(name, (VERBATIM,)) is None):
            continue
        near = None if name in _NOT_HELD else nearest(name, sorted(_HELD))
        fix = f"Did you mean {near!r}?" if near else "Say it in the `description`, or with `pattern` or `enum`."
        what = f"no answer is held against {name!r}"
        world.at_key(part, (*path, name), "bad-schema", what, fix, "warning")
    if isinstance(pattern := schema.get("pattern"), str):
        try:
            compile_pattern(pattern)
        except BadPattern as error:
            world.at_value(part, (*path, "pattern"), "bad-schema", str(error), "Write one that RE2 knows.")
    if (allowed := schema.get("enum")) is not None and not (isinstance(allowed, list) and allowed):
        world.at_value(part, (*path, "enum"), "bad-schema", "`enum` takes a list of values", "Write `enum: [a, b]`.")


class _Prompt(NamedTuple):
    """What an offline answer is held against. level: of what is found; a step asks of its own what it can use."""

    output: JsonObject | None
    inputs: Mapping[str, object]
    level: Level


def _offline(world: World, part: Part, path: Path, offline: Offline, prompt: _Prompt) -> None:
    """What answers without a model, against the output and the inputs of its prompt."""
    fields, inputs = _output_fields(prompt.output), prompt.inputs
    for key in ("extract", "summary"):
        for name, source in getattr(offline, key).items():
            here: Path = (*path, key, name)
            if fields is not None and name not in fields:
                fix = suggestion(name, fields, f"The output has {listed(fields)}.")
                what = f"the output has no field {name!r}"
                world.at_key(part, here, "unknown-field", what, fix, prompt.level)
            if key == "summary" and inputs and source not in inputs:
                fix = suggestion(source, inputs, f"The inputs are {listed(inputs)}.")
                world.at_value(part, here, "unknown-input", f"there is no input {source!r}", fix, prompt.level)
    known = set(Parse.model_fields)
    if offline.classifier and fields is not None and not fields & known:
        what = f"`classifier` fills none of the output's fields ({listed(fields)})"
        fix = "Name a field intent, confidence, urgency, sentiment or language, or use another offline answer."
        world.at_key(part, (*path, "classifier"), "useless-key", what, fix, prompt.level)
    _fixed(world, part, (*path, "value"), offline, prompt)


def _fixed(world: World, part: Part, path: Path, offline: Offline, prompt: _Prompt) -> None:
    """The fixed value against the output; what other sources fill in may be missing from it."""
    if offline.value is None or prompt.output is None:
        return
    schema = prompt.output
    if offline.classifier or offline.extract or offline.summary:
        schema = {key: value for key, value in schema.items() if key != "required"}
    for misfit in misfits(offline.value, schema, "the offline value"):
        world.at_value(part, (*path, *misfit.path), misfit.code, misfit.what, misfit.fix, prompt.level)


def _output_fields(output: JsonObject | None) -> frozenset[str] | None:
    if output is None:
        return frozenset(("content",))
    properties = output.get("properties")
    return frozenset(properties) if isinstance(properties, dict) and properties else None


def _examples(world: World, part: Part, spec: PromptSpec) -> None:
    """``examples: [{input: {...}, output: {...}}]``."""
    for index, example in enumerate(spec.examples):
        path: Path = ("examples", index)
        output = example.get("output")
        if output is not None and spec.output is not None:
            for misfit in misfits(output, spec.output, "the example's output"):
                place: Path = (*path, "output", *misfit.path)
                report = world.at_key if misfit.key else world.at_value
                report(part, place, misfit.code, misfit.what, misfit.fix)
        given = example.get("input", example.get("inputs"))
        for name in given if isinstance(given, dict) and spec.inputs.fields else ():
            if name not in spec.inputs.fields:
                near = nearest(name, spec.inputs.fields)
                fix = f"Did you mean {near!r}?" if near else f"The inputs are {listed(spec.inputs.fields)}."
                key = "input" if "input" in example else "inputs"
                world.at_key(part, (*path, key, name), "unknown-input", f"there is no input {name!r}", fix)
