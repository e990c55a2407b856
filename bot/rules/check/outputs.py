"""What each kind of step leaves behind as ``steps.<id>``, as a schema."""

from collections.abc import Iterable, Mapping
from typing import Final

from bot.model.base import JsonObject
from bot.model.flow import (
    AiStep,
    CallStep,
    CollectStep,
    DoStep,
    SetSlotsStep,
    SetStep,
    StepBase,
    WaitStep,
)
from bot.model.prompt import InlinePrompt
from bot.rules.check.world import World

ANY: Final[JsonObject] = {}
"""A schema that allows everything."""
TEXT: Final[JsonObject] = {"type": "object", "properties": {"content": {"type": "string"}}}
REVIEW: Final[JsonObject] = {
    "type": "object",
    "properties": {
        "decision": {"type": "string", "enum": ["approve", "reject", "edit", "timeout"]},
        "by": {"type": ["string", "null"]},
        "note": {"type": ["string", "null"]},
    },
}
ANSWER: Final[JsonObject] = {
    "type": "object",
    "properties": {
        "found": {"type": "boolean"},
        "text": {"type": ["string", "null"]},
        "mode": {"type": "string", "enum": ["strict", "generative"]},
        "score": {"type": "number"},
        "articles": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "title": {"type": "string"},
                    "url": {"type": ["string", "null"]},
                },
            },
        },
    },
}
_BY_KIND: Final[Mapping[str, JsonObject]] = {
    "answer": ANSWER,
    "parallel": ANY,
    "loop": {"type": "array"},
    "review": REVIEW,
    "handoff": {"type": "object", "properties": {"returned": {}}},
}


def output_of(world: World, step: StepBase) -> JsonObject | None:
    """The schema of a step's output; ANY where nothing is known of it, None where there is none."""
    match step:
        case DoStep():
            spec = world.actions.get(step.do)
            return ANY if spec is None or spec.outputs is None else spec.outputs
        case AiStep():
            return _thought(world, step)
        case CallStep():
            called = world.desk.flows.get(step.call)
            return ANY if called is None else _fields(called.outputs)
        case CollectStep() | SetStep() | SetSlotsStep():
            return _fields(_names(step))
        case WaitStep(wait=wait):
            return ANY if wait.event is not None else None
        case _:
            return _BY_KIND.get(step.kind)


def _thought(world: World, step: AiStep) -> JsonObject:
    if isinstance(step.ai, InlinePrompt):
        return step.ai.json_schema or TEXT
    spec = world.desk.prompts.get(step.ai)
    return ANY if spec is None else spec.output or TEXT


def _names(step: CollectStep | SetStep | SetSlotsStep) -> Iterable[str]:
    match step:
        case CollectStep():
            return step.slots
        case SetStep():
            return step.set
        case SetSlotsStep():
            return step.set_slots


def _fields(names: Iterable[str]) -> JsonObject:
    return {"type": "object", "properties": {name: {} for name in names}, "additionalProperties": False}
