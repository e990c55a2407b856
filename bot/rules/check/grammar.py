"""The forms of all authored things, made from the pydantic types of bot/model, so that a key is declared
once.

What the types do with validators (short ways to write a thing) is repeated here as forms; what only a
validator can
tell (exactly one of two keys) stays there and is read from its error by `parts.py`.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import annotated_types

from bot.model.article import ArticleHead, Asked
from bot.model.base import Word
from bot.model.desk import DeskSettings, IntentExamples, Lookup
from bot.model.flow import (
    STEP_TYPES,
    Flow,
    ForEach,
    HandoffSpec,
    LoopStep,
    Rejection,
    Retries,
    StepBase,
    Steps,
    StepSettings,
    To,
    WaitSpec,
    When,
)
from bot.model.prompt import InlinePrompt, Offline, PromptSpec, ToolUse
from bot.model.response import Button, Say, Translation
from bot.model.slot import Choice, Inputs, InputSpec, SlotSpec
from bot.model.trigger import Partial, PartialRollout, Roles, Trigger
from bot.rules.check.forms import (
    DROP,
    Anything,
    Either,
    Flag,
    Form,
    Length,
    Listed,
    Mapped,
    Null,
    Number,
    OneOf,
    Text,
)
from bot.rules.check.records import Record, StepForm

_NOUNS: Final[Mapping[type[Word], str]] = {
    Flow: "a flow", Trigger: "a trigger", WaitSpec: "`wait`", When: "a case of `when`",
    Rejection: "a rejection", Retries: "`retries`", StepSettings: "`settings` of a step",
    Partial: "`partial`", PartialRollout: "`rollout`", Say: "a reply", Button: "a button",
    Translation: "a translation",
    SlotSpec: "a slot", Choice: "a choice value", InputSpec: "an input", PromptSpec: "a prompt spec",
    InlinePrompt: "an inline prompt", ToolUse: "a tool", Offline: "`offline`", DeskSettings: "`settings`",
    IntentExamples: "an intent", Lookup: "a lookup", HandoffSpec: "`handoff`", ForEach: "`for_each`",
    Steps: "`else`", Roles: "the trigger", To: "`to`", ArticleHead: "an article", Asked: "an entry of questions",
}  # fmt: skip

_STEP_ELSEWHERE: Final = {
    "timeout": "Write it under `settings`, as in settings: {timeout: 5s}.",
    "retries": "Write it under `settings`, as in settings: {retries: {max_attempts: 3}}.",
    "retry": "Write settings: {retries: {max_attempts: 3}}.",
    "max_attempts": "Write it under `settings`, as in settings: {retries: {max_attempts: 3}}.",
    "context": "Write it under `settings`, as in settings: {context: [message]}.",
    "args": "The arguments stand under `with`.",
    "arguments": "The arguments stand under `with`.",
    "params": "The arguments stand under `with`.",
    "parameters": "The arguments stand under `with`.",
    "input": "What goes in stands under `with`.",
    "inputs": "What goes in stands under `with`.",
    "name": "Name a step with `id`, or describe it with `label`.",
    "description": "Describe a step with `label`.",
    "condition": "Write the condition of a step as `if`.",
    "when": "Write the condition of a step as `if`; branches stand in `conditional: {when: [...]}`.",
    "then": "Branches stand in `conditional: {when: [{condition, steps}], else: {steps}}`.",
    "else": "Branches stand in `conditional: {when: [{condition, steps}], else: {steps}}`.",
    "next": "Steps run in the order in which they stand; go elsewhere with a `link` step.",
    "goto": "Go elsewhere with a `link` step.",
    "disabled": "Write `enabled: false`.",
    "on_failure": "Write `on_error`.",
    "catch": "Write `on_error`.",
}
_FOREIGN: Final = {
    "action": "Run an action with `do`.",
    "run": "Run an action with `do`.",
    "reply": "Reply with `say` or `utter`.",
    "message": "Reply with `say` or `utter`.",
    "text": "Reply with `say`.",
    "response": "Reply with `utter`.",
    "ask": "Ask for a slot with `collect: <slot>` and `ask`.",
    "slot": "Ask for a slot with `collect`, or fill it with `set_slots`.",
    "if": "Branches stand in `conditional: {when: [{condition, steps}], else: {steps}}`.",
    "else": "Branches stand in `conditional: {when: [{condition, steps}], else: {steps}}`.",
    "switch": "Branches stand in `conditional: {when: [{condition, steps}]}`.",
    "when": "Branches stand in `conditional: {when: [{condition, steps}]}`.",
    "for_each": "Write `loop: {for_each: {item, in}, steps}`.",
    "foreach": "Write `loop: {for_each: {item, in}, steps}`.",
    "while": "Write `loop: {while, max_iterations, steps}`.",
    "repeat": "Write `loop: {while, max_iterations, steps}`.",
    "goto": "Go to another flow with `link`.",
    "sleep": "Wait with `wait`.",
    "delay": "Wait with `wait`.",
    "end": "End with `stop`.",
    "exit": "End with `stop`.",
    "escalate": "Give the conversation to a person with `handoff`.",
    "approve": "Ask a person with `review`.",
    "approval": "Ask a person with `review`.",
    "llm": "Ask a model with `ai`.",
    "prompt": "Ask a model with `ai`.",
}
_ELSEWHERE: Final[Mapping[type[Word], Mapping[str, str]]] = {
    Flow: {
        "trigger": "Write `triggers`, as a list.",
        "intent": "Write triggers: [{intent: ...}].",
        "slots": "Slots are declared under `slots` at the top of a file.",
        "responses": "Responses are declared under `responses` at the top of a file.",
        "nlu_trigger": "Write triggers: [{intent: ...}].",
    },
    StepSettings: {"max_attempts": "Write it under `retries`.", "backoff": "Write it under `retries`.",
                   "retry": "Write `retries`."},
    When: {"if": "Write `condition`.", "then": "Write `steps`.", "when": "Write `condition`."},
    Rejection: {"condition": "Write `if`."},
    Partial: {"if": "Write `condition`."},
    SlotSpec: {"choices": "Write `values`.", "enum": "Write `values`.", "regex": "Write `pattern`.",
               "initial_value": "Write `initial`.", "default": "Write `initial`.",
               "influence_conversation": "There is no such setting; delete it.",
               "mappings": "A slot is filled by its `collect`, or from any message with `prefill: true`."},
    PromptSpec: {"schema": "Write `output`.", "output_schema": "Write `output`.",
                 "template": "Write `prompt`.",
                 "provider": "Write it into the model, as in `model: anthropic:<name>`."},
    InlinePrompt: {"output": "Write `schema`."},
    WaitSpec: {"duration": "Write `wait: 2h`.", "seconds": "Write `wait: 30s`."},
}  # fmt: skip

_EXAMPLES: Final = Either((Text(), Listed(Text())))
_SPECIAL: Final[Mapping[tuple[type[Word], str], Form]] = {
    (IntentExamples, "examples"): _EXAMPLES,
    (Lookup, "examples"): _EXAMPLES,
    (Asked, "questions"): _EXAMPLES,
    (DeskSettings, "env"): Either((Listed(Text()), Mapped(Either((Text(), Null()))))),
}
_FORMS: Final[dict[type[Word], Record]] = {}
_STEP: Final = StepForm(
    common=frozenset(field.alias or name for name, field in StepBase.model_fields.items()), foreign=_FOREIGN
)


def form_of(model: type[Word]) -> Record:
    """The form of a type's keys; made once."""
    known = _FORMS.get(model)
    if known is None:
        known = _FORMS[model] = Record(_noun(model), elsewhere=_ELSEWHERE.get(model, {}))
        _fill(known, model)
    return known


def _noun(model: type[Word]) -> str:
    if issubclass(model, StepBase):
        return f"a `{model.kind}` step"
    return _NOUNS.get(model, f"`{model.__name__.lower()}`")


def _fill(record: Record, model: type[Word]) -> None:
    for name, info in model.model_fields.items():
        key = info.alias or name
        record.fields[key] = _SPECIAL.get((model, key)) or _annotated(info.annotation, info.metadata)
    record.required = frozenset(info.alias or name for name, info in model.model_fields.items() if info.is_required())
    record.short = _SHORT.get(model)
    record.null = model is HandoffSpec
    if issubclass(model, StepBase):
        record.elsewhere = _STEP_ELSEWHERE
    if model is LoopStep:
        loop = record.fields["loop"]
        assert isinstance(loop, Record)
        loop.required -= {"steps"}
        record.fields |= {key: loop.fields[key] for key in ("max_iterations", "steps")}
    if model is Flow:
        record.stand_ins = {"description": "?"}
    if model is SlotSpec:
        synonyms = Either((Listed(Text()), Null()))
        record.fields["values"] = Either((Listed(form_of(Choice)), Mapped(synonyms)))


class _InputsForm(Mapped):
    """The fields of `inputs` stand flat beside `version`."""

    def read(self, value: Any, path: Any, reading: Any) -> Any:
        if not isinstance(value, dict):
            return super().read(value, path, reading)
        version = Number(whole=True).read(value["version"], (*path, "version"), reading) if "version" in value else 1
        fields = super().read({key: inner for key, inner in value.items() if key != "version"}, path, reading)
        return fields if fields is DROP else {"version": version if isinstance(version, int) else 1, **fields}


def _annotated(annotation: Any, metadata: Any = ()) -> Form:
    """The form of a type annotation with what pydantic keeps beside it."""
    if get_origin(annotation) is Annotated:
        inner, *extra = get_args(annotation)
        return _annotated(inner, (*extra, *metadata))
    if annotation in (Any, object):
        return Anything()
    if get_origin(annotation) in (Union, UnionType):
        return _union([arm for arm in get_args(annotation) if arm is not NoneType], metadata)
    if get_origin(annotation) is Literal:
        return OneOf(get_args(annotation))
    if get_origin(annotation) in (tuple, list):
        return Listed(_annotated(get_args(annotation)[0]), *_lengths(metadata))
    if get_origin(annotation) is dict:
        key, value = get_args(annotation)
        names = get_args(key) if get_origin(key) is Literal else None
        return Mapped(_annotated(value), _lengths(metadata)[0], names)
    return _class(annotation, metadata)


def _union(arms: list[Any], metadata: Any) -> Form:
    if any(_is_step(arm) for arm in arms):
        return _step()
    if all(get_origin(arm) is Literal for arm in arms):
        return OneOf(tuple(value for arm in arms for value in get_args(arm)))
    forms = tuple(_annotated(arm, metadata) for arm in arms)
    return forms[0] if len(forms) == 1 else Either(forms)


def _is_step(arm: Any) -> bool:
    inner = get_args(arm)[0] if get_origin(arm) is Annotated else arm
    return isinstance(inner, type) and issubclass(inner, StepBase)


def _step() -> StepForm:
    if not _STEP.kinds:
        _STEP.kinds.update({kind: Record(f"a `{kind}` step") for kind in STEP_TYPES})
        _STEP.kinds.update({kind: form_of(model) for kind, model in STEP_TYPES.items()})
    return _STEP


def _class(annotation: Any, metadata: Any) -> Form:
    if annotation is timedelta:
        return Length()
    if annotation is bool:
        return Flag()
    if annotation in (int, float):
        return Number(annotation is int, *_bounds(metadata))
    if annotation is Inputs:
        return _InputsForm(form_of(InputSpec))
    if isinstance(annotation, type) and issubclass(annotation, Word):
        return form_of(annotation)
    assert annotation is str, annotation
    pattern = next((item.pattern for item in metadata if getattr(item, "pattern", None)), None)
    return Text(pattern, _lengths(metadata)[0])


def _lengths(metadata: Any) -> tuple[int, int | None]:
    least = next((item.min_length for item in metadata if isinstance(item, annotated_types.MinLen)), 0)
    return least, next((item.max_length for item in metadata if isinstance(item, annotated_types.MaxLen)), None)


def _bounds(metadata: Any) -> tuple[float | None, ...]:
    """ge, gt, le, lt, as Number takes them."""
    kinds = (
        ("ge", annotated_types.Ge),
        ("gt", annotated_types.Gt),
        ("le", annotated_types.Le),
        ("lt", annotated_types.Lt),
    )
    return tuple(next((getattr(m, name) for m in metadata if isinstance(m, kind)), None) for name, kind in kinds)


_SHORT: Final[Mapping[type[Word], Form]] = {
    Say: Text(), Translation: Text(), Choice: Text(), WaitSpec: Length(),
    InputSpec: _annotated(InputSpec.model_fields["type"].annotation),
}  # fmt: skip
