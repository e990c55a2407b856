"""What each kind of step leaves behind as ``steps.<id>``, as a schema."""

from typing import Final

from bot.model.base import JsonObject
from bot.model.flow import (
    AiStep,
    CallStep,
    CollectStep,
    DoStep,
    HandoffStep,
    LoopStep,
    ReviewStep,
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
_OPEN_KINDS: Final = frozenset(("answer", "parallel"))


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
        case CollectStep():
            return _fields(step.slots)
        case SetStep():
            return _fields(step.set)
        case SetSlotsStep():
            return _fields(step.set_slots)
        case LoopStep():
            return {"type": "array"}
        case ReviewStep():
            return REVIEW
        case HandoffStep():
            return _fields(("returned",))
        case WaitStep(wait=wait):
            return ANY if wait.event is not None else None
        case _:
            return ANY if step.kind in _OPEN_KINDS else None


def _thought(world: World, step: AiStep) -> JsonObject:
    if isinstance(step.ai, InlinePrompt):
        return step.ai.json_schema or TEXT
    spec = world.desk.prompts.get(step.ai)
    return ANY if spec is None else spec.output or TEXT


def _fields(names: object) -> JsonObject:
    keys = [key for key in names if isinstance(key, str)] if isinstance(names, dict | tuple) else []
    return {"type": "object", "properties": {key: {} for key in keys}, "additionalProperties": False}
