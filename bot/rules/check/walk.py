"""The steps of a flow with their places, and the texts in each step that are templates or expressions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from bot.model.flow import (
    AiStep,
    AnswerStep,
    CollectStep,
    ConditionalStep,
    DoStep,
    Flow,
    HandoffStep,
    LoopStep,
    RespondStep,
    ReviewStep,
    SayStep,
    StepBase,
    StopStep,
    UtterStep,
    WaitStep,
)
from bot.model.prompt import InlinePrompt, ToolUse
from bot.model.response import Button, Say
from bot.rules.advance.forming import HINT, LABEL
from bot.rules.check.authored import typed_flow
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.records import LOST_ACTION
from bot.rules.expression import texts_in
from bot.rules.program import inner_blocks


class Text(NamedTuple):
    """A text that is worked out: where it stands below its part, what it says, and how it is read."""

    path: Path
    text: str
    sort: Literal["template", "expression"]


class Block(NamedTuple):
    """Steps inside a step. ``label`` as in bot.rules.program: when[0], else, body, branch[1], on_error ..."""

    label: str
    path: Path
    steps: Sequence[StepBase]


@dataclass(frozen=True, slots=True)
class Site:
    """A step in its flow. ``inside``: the blocks around it, each with its step, outermost first."""

    part: Part
    path: Path
    step: StepBase
    inside: tuple[tuple[str, "Site"], ...] = ()

    @property
    def name(self) -> str:
        """How paths through a flow call the step: its id, or its kind with its place in the block, from 1."""
        place = self.path[-1]
        return self.step.id or f"{self.step.kind}[{place + 1 if isinstance(place, int) else place}]"

    @property
    def lost(self) -> bool:
        """Whether it only stands in for a step that could not be read."""
        return isinstance(self.step, DoStep) and self.step.do == LOST_ACTION


def blocks_of(step: StepBase, path: Path, part: Part) -> list[Block]:
    """The blocks that a step holds, with their paths as the file has them."""
    found = [Block(label, (*path, *where), steps) for label, where, steps, _ in inner_blocks(step, "", None)]
    if isinstance(step, LoopStep):
        return [_beside(block, path, part) for block in found]
    return found


def _beside(block: Block, path: Path, part: Part) -> Block:
    """The steps of a loop may stand beside `loop` instead of in it."""
    if block.label != "body":
        return block
    _, within = part.source.mark_at(part.file_path(block.path))
    return block if within else block._replace(path=(*path, "steps"))


def sites(part: Part) -> Iterator[Site]:
    """Every step of a flow that can run, outer ones first: nothing switched off, nothing inside it."""
    yield from _sites(part, typed_flow(part).steps, ("steps",), ())


def _sites(part: Part, steps: Sequence[StepBase], path: Path, inside: tuple[tuple[str, Site], ...]) -> Iterator[Site]:
    for index, step in enumerate(steps):
        if not step.enabled:
            continue
        site = Site(part, (*path, index), step, inside)
        yield site
        for block in blocks_of(step, site.path, part):
            yield from _sites(part, block.steps, block.path, (*inside, (block.label, site)))


def all_sites(part: Part) -> list[Site]:
    """Every step of a flow, also those that are switched off."""
    found: list[Site] = []

    def visit(steps: tuple[StepBase, ...], path: Path, inside: tuple[tuple[str, Site], ...]) -> None:
        for index, step in enumerate(steps):
            site = Site(part, (*path, index), step, inside)
            found.append(site)
            for block in blocks_of(step, site.path, part):
                visit(tuple(block.steps), block.path, (*inside, (block.label, site)))

    visit(typed_flow(part).steps, ("steps",), ())
    return found


def variables_set(part: Part) -> frozenset[str]:
    """The names that any `set` step of a flow sets."""
    return frozenset(name for site in all_sites(part) for name in getattr(site.step, "set", None) or ())


def said_by(step: StepBase) -> list[str]:
    """The responses that a step says by name."""
    if isinstance(step, UtterStep):
        return [step.utter]
    if isinstance(step, CollectStep):
        asked = [] if step.ask else [step.utter] if step.utter else [f"utter_ask_{slot}" for slot in step.slots]
        return [*asked, *(rejection.utter for rejection in step.rejections if rejection.utter)]
    return []


def read_by(step: StepBase) -> list[str]:
    """The responses that a step reads: those that it says, and what a form calls its fields, where there is any."""
    asked = step.slots if isinstance(step, CollectStep) and len(step.slots) > 1 else ()
    return [*said_by(step), *(f"{name}{slot}" for slot in asked for name in (LABEL, HINT))]


def flow_texts(flow: Flow) -> Iterator[Text]:
    """Texts of the flow itself that are read before it starts."""
    if isinstance(flow.if_, str):
        yield Text(("if",), flow.if_, "expression")
    if not isinstance(flow.rollout, str) and flow.rollout.partial.condition is not None:
        yield Text(("rollout", "partial", "condition"), flow.rollout.partial.condition, "expression")


def output_texts(flow: Flow) -> Iterator[Text]:
    """Texts of the flow's outputs, read when it ends."""
    yield from _nested(flow.outputs, ("outputs",))


_NESTED_KEYS: Final[Mapping[str, str]] = {
    "do": "with_", "call": "with_", "ai": "with_", "set": "set", "set_slots": "set_slots",
}  # fmt: skip
"""Of each kind of step, the key whose value may hold templates at any depth."""


def step_texts(step: StepBase, path: Path) -> Iterator[Text]:
    """What a step works out when its turn has come; its `if` and its conditions are not among it."""
    if (key := _NESTED_KEYS.get(step.kind)) is not None:
        yield from _nested(getattr(step, key), (*path, key.rstrip("_")))
    if isinstance(step, SayStep | UtterStep) and step.to is not None:
        yield from _nested(step.to.model_dump(), (*path, "to"))
    match step:
        case SayStep():
            yield from say_texts(step.say, (*path, "say"))
        case AiStep():
            yield from _prompt_texts(step, path)
        case CollectStep():
            yield from _collect_texts(step, path)
        case LoopStep():
            yield from _loop_texts(step, path)
        case AnswerStep(answer=answer) if answer.question is not None:
            yield Text((*path, "answer", "question"), answer.question, "template")
        case ReviewStep():
            yield Text((*path, "review", "title"), step.review.title, "template")
            yield from _nested(step.review.show, (*path, "review", "show"))
        case _:
            yield from _ending_texts(step, path)


def _ending_texts(step: StepBase, path: Path) -> Iterator[Text]:
    match step:
        case HandoffStep():
            yield from _nested(step.handoff.model_dump(exclude_none=True), (*path, "handoff"))
        case WaitStep(wait=wait):
            if wait.until is not None:
                yield Text((*path, "wait", "until"), wait.until, "expression")
        case RespondStep():
            yield from _nested(step.respond.json_, (*path, "respond", "json"))
        case StopStep():
            yield Text((*path, "stop"), step.stop, "template")


def _collect_texts(step: CollectStep, path: Path) -> Iterator[Text]:
    if step.ask is not None:
        yield from say_texts(step.ask, (*path, "ask"))
    for index, rejection in enumerate(step.rejections):
        here: Path = (*path, "rejections", index)
        yield Text((*here, "if"), rejection.if_, "expression")
        if rejection.say is not None:
            yield from say_texts(rejection.say, (*here, "say"))


def _loop_texts(step: LoopStep, path: Path) -> Iterator[Text]:
    if step.loop.for_each is None:
        return
    items, here = step.loop.for_each.in_, (*path, "loop", "for_each", "in")
    if isinstance(items, str):
        yield Text(here, items, "template" if "{{" in items else "expression")
    else:
        yield from _nested(items, here)


def _prompt_texts(step: AiStep, path: Path) -> Iterator[Text]:
    if isinstance(step.ai, InlinePrompt):
        yield Text((*path, "ai", "prompt"), step.ai.prompt, "template")
        if step.ai.system is not None:
            yield Text((*path, "ai", "system"), step.ai.system, "template")
        yield from tool_texts(step.ai.tools, (*path, "ai"))


def tool_texts(tools: Sequence[str | ToolUse], path: Path) -> Iterator[Text]:
    """What a prompt's tools are called with. path: of the prompt."""
    for index, tool in enumerate(tools):
        if isinstance(tool, ToolUse):
            yield from _nested(tool.with_, (*path, "tools", index, "with"))


def say_texts(say: Say, path: Path) -> Iterator[Text]:
    """All texts of a reply, in all its languages."""
    if say.text is not None:
        yield Text((*path, "text"), say.text, "template")
    for language, translation in say.translation.items():
        here: Path = (*path, "translation", language)
        yield Text((*here, "text"), translation.text, "template")
        yield from _button_texts(translation.buttons, here)
    yield from _button_texts(say.buttons, path)
    if say.image is not None:
        yield Text((*path, "image"), say.image, "template")
    yield from _nested(list(say.files), (*path, "files"))
    yield from _nested(say.custom, (*path, "custom"))


def _button_texts(buttons: Sequence[Button], path: Path) -> Iterator[Text]:
    for index, button in enumerate(buttons):
        for key in ("title", "payload", "url"):
            text = getattr(button, key)
            if text is not None:
                yield Text((*path, "buttons", index, key), text, "template")


def _nested(value: object, path: Path) -> Iterator[Text]:
    for inner, text in texts_in(value):  # type: ignore[arg-type]
        yield Text((*path, *inner), text, "template")


def all_texts(step: StepBase, path: Path) -> Iterator[Text]:
    """Every text of one step, its conditions among them."""
    if isinstance(step.if_, str):
        yield Text((*path, "if"), step.if_, "expression")
    match step:
        case ConditionalStep():
            yield from (condition for _, condition in conditions(step, path) if isinstance(condition, Text))
        case LoopStep(loop=loop) if loop.while_ is not None:
            yield Text((*path, "loop", "while"), loop.while_, "expression")
        case WaitStep(wait=wait) if wait.match is not None:
            yield Text((*path, "wait", "match"), wait.match, "expression")
    yield from step_texts(step, path)


def conditions(step: ConditionalStep, path: Path) -> Iterator[tuple[int, Text | bool]]:
    """The conditions of the cases, in order."""
    for index, when in enumerate(step.conditional.when):
        condition = when.condition
        here: Path = (*path, "conditional", "when", index, "condition")
        yield index, condition if isinstance(condition, bool) else Text(here, condition, "expression")
