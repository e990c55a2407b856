"""Small desks for the tests of the language: one flow under test, which "go" begins, and tools without a world."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent, indent

from bot.model.action import ActionCall, ActionResult, ActionSpec
from bot.model.base import JsonObject
from bot.testing.desk import Rehearsal, TestDesk
from bot.testing.understanding import ExampleClassifier

ANYTHING: JsonObject = {"type": "object", "additionalProperties": True}
NAMES = ("tools.read", "tools.write", "tools.other")


@dataclass
class Tools:
    """An ActionRunner whose actions give their arguments back. ``tools.read`` only reads."""

    specs: Mapping[str, ActionSpec] = field(
        default_factory=lambda: {
            name: ActionSpec(
                name=name,
                params=ANYTHING,
                outputs=ANYTHING,
                effect="read" if name.endswith("read") else "write",
            )
            for name in NAMES
        }
    )

    def catalogue(self) -> Mapping[str, ActionSpec]:
        return self.specs

    def knows_all(self) -> bool:
        return True

    async def run(self, call: ActionCall) -> ActionResult:
        return ActionResult(output=dict(call.args))


def written(
    steps: str,
    *,
    keys: str = "",
    flows: str = "",
    slots: str = "",
    responses: str = "",
    nlu: str = "",
    settings: str = "",
    words: str = "go",
) -> str:
    """The YAML of a desk whose flow `main` has these steps and keys, beside further parts. ``words`` begin it."""
    parts = [
        "flows:",
        "  main:",
        "    description: The flow under test.",
        "    triggers: [{intent: go}]",
        _block(keys, 4),
        "    steps:",
        _block(steps, 6),
        _block(flows, 2),
        "nlu:",
        f"  - {{intent: go, examples: [{words}]}}",
        "  - {intent: other, examples: [something else]}",
        _block(nlu, 2),
    ]
    for name, text in (("slots", slots), ("responses", responses), ("settings", settings)):
        parts += [f"{name}:", _block(text, 2)] if text else []
    return "\n".join(part for part in parts if part)


def _block(text: str, by: int) -> str:
    return indent(dedent(text).strip("\n"), " " * by) if text.strip() else ""


OTHER = """
other:
  description: Something in between.
  triggers: [{intent: other}]
  steps:
    - say: "Here is something else."
"""


def rehearse(steps: str, *, checked: bool = True, **parts: str) -> Rehearsal:
    """The desk made ready. A test of what the checker refuses says ``checked=False``."""
    source = {"flows.yml": written(steps, **{**parts, "flows": dedent(OTHER) + dedent(parts.get("flows", ""))})}
    return Rehearsal.of(source, actions=Tools(), understanding=ExampleClassifier, checked=checked)


def desk(steps: str, *, checked: bool = True, **parts: str) -> TestDesk:
    """``async with desk("- say: hello") as d: await d.says("go")``"""
    return rehearse(steps, checked=checked, **parts).desk()
