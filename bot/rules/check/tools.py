"""Actions that flows and prompts name: they are there, and what of them a model may call is declared so."""

from collections.abc import Sequence

from bot.model.action import ActionSpec
from bot.model.prompt import InlinePrompt, PromptSpec, ToolUse
from bot.rules.check.literals import misfits
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.report import listed, suggestion
from bot.rules.check.world import World

_OF_TOOLS = ("max_steps", "budget_usd")


def check_action(world: World, part: Part, path: Path, name: str) -> None:
    """The name of an action."""
    if name not in world.actions and world.all_actions:
        what = f"no action is called {name!r}"
        fix = suggestion(name, world.actions, f"The actions are {listed(world.actions)}.")
        world.at_value(part, path, "unknown-action", what, fix)


def check_tools(world: World, part: Part, path: Path, asked: PromptSpec | InlinePrompt) -> None:
    """The tools of a prompt, which stands at ``path``, and the bounds that go with them."""
    for index, tool in enumerate(asked.tools):
        _tool(world, part, (*path, "tools", index), tool)
    _twice(world, part, path, asked.tools)
    for key in _OF_TOOLS if not asked.tools else ():
        if key in asked.model_fields_set:
            what = f"`{key}` does nothing without `tools`: such a prompt is asked once"
            world.at_key(part, (*path, key), "useless-key", what, "Declare `tools`, or delete it.", "warning")
    if asked.tools and asked.max_steps == 1:
        what = "with `max_steps: 1` the first request is the last one, so no tool is ever called"
        world.at_value(part, (*path, "max_steps"), "useless-key", what, "Write 2 or more.", "warning")


def _twice(world: World, part: Part, path: Path, tools: Sequence[str | ToolUse]) -> None:
    names = [tool if isinstance(tool, str) else tool.action for tool in tools]
    for index, name in enumerate(names):
        if name in names[:index]:
            what = f"{name!r} is declared twice, and only the last one holds"
            world.at_value(part, (*path, "tools", index), "tool-twice", what, "Keep one of the two.")


def _tool(world: World, part: Part, path: Path, tool: str | ToolUse) -> None:
    name = tool if isinstance(tool, str) else tool.action
    check_action(world, part, path if isinstance(tool, str) else (*path, "action"), name)
    spec = world.actions.get(name)
    if spec is None:
        return
    if spec.effect != "read" and not (isinstance(tool, ToolUse) and tool.writes):
        what = f"{name!r} changes something, so a model must not call it by itself"
        fix = f"Do it in a step of its own, or say {{action: {name}, writes: true}} where it may."
        world.at_value(part, path, "tool-writes", what, fix)
    if isinstance(tool, ToolUse):
        _arguments(world, part, path, tool, spec)


def _arguments(world: World, part: Part, path: Path, tool: ToolUse, spec: ActionSpec) -> None:
    """What the flow sets; the rest is the model's to fill in."""
    schema = {key: value for key, value in (spec.params or {}).items() if key != "required"}
    for misfit in misfits(tool.with_, {"type": "object", **schema}, f"action {tool.action!r}"):
        report = world.at_key if misfit.key else world.at_value
        report(part, (*path, "with", *misfit.path), misfit.code, misfit.what, misfit.fix)
