"""What a model may call while it works on a prompt: what the flow has declared, with arguments that fit, and no more.

Whatever it was told by strangers, it can only choose among these calls. Actions that change something are among them
only where the flow says so of that very action, and an argument that the flow sets is out of its reach.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.model.action import ActionSpec
from bot.model.base import JsonObject
from bot.model.llm import Tool, ToolCall
from bot.rules.conform import conform
from bot.rules.masking import masked

_NOTHING: Final[JsonObject] = {"type": "object", "properties": {}, "additionalProperties": False}


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool as a model is told of it, and what stands behind it. shown: the fixed arguments as people may see them."""

    tool: Tool
    spec: ActionSpec
    fixed: JsonObject = field(default_factory=dict)
    shown: JsonObject = field(default_factory=dict)
    connection: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that is not made, and why, in words for the model."""

    why: str


def offered(declared: Sequence[JsonObject], catalogue: Mapping[str, ActionSpec]) -> dict[str, Offered]:
    """The tools of a prompt by their names.

    declared: as a step has filled them in: ``action``, ``with``, ``shown``, ``connection``, ``writes``. An action that
    is not loaded, or that changes something and was not declared so, is left out.
    """
    found: dict[str, Offered] = {}
    for one in declared:
        spec = catalogue.get(one["action"])
        if spec is None or (spec.effect != "read" and not one.get("writes")):
            continue
        fixed = one.get("with") or {}
        tool = Tool(name=spec.name, description=spec.description, params=_open_params(spec, fixed))
        found[spec.name] = Offered(tool, spec, fixed, one.get("shown") or fixed, one.get("connection"))
    return found


def _open_params(spec: ActionSpec, fixed: JsonObject) -> JsonObject:
    """What is left for the model to fill in. An action that declares nothing is called with what the flow sets."""
    if spec.params is None:
        return _NOTHING
    properties = {name: one for name, one in (spec.params.get("properties") or {}).items() if name not in fixed}
    required = [name for name in spec.params.get("required") or () if name not in fixed]
    return {**spec.params, "type": "object", "properties": properties, "required": required,
            "additionalProperties": False}  # fmt: skip


def accepted(call: ToolCall, tools: Mapping[str, Offered]) -> JsonObject | Refused:
    """The arguments with which the action is called."""
    known = tools.get(call.tool)
    if known is None:
        return Refused(f"there is no tool {call.tool!r}; there are {', '.join(sorted(tools)) or 'none'}")
    if call.args is None:
        return Refused("the arguments are not a JSON object")
    kept, problems = conform(call.args, known.tool.params)
    if problems:
        return Refused("; ".join(problems).replace("the answer", "your call"))
    return {**(kept if isinstance(kept, dict) else {}), **known.fixed}


def shown_args(args: JsonObject, tool: Offered) -> JsonObject:
    """The arguments as people may see them: what the flow has set stands there masked."""
    secrets = [
        value
        for name, value in tool.fixed.items()
        if isinstance(value, str) and value and tool.shown.get(name) != value
    ]
    rest = {name: value for name, value in args.items() if name not in tool.fixed}
    kept = masked(rest, secrets)
    return {**(kept if isinstance(kept, dict) else {}), **tool.shown}
