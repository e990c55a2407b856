"""Replies that would come twice in a row, without a word of the contact's between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.model.flow import (
    AnswerStep,
    CallStep,
    CollectStep,
    ConditionalStep,
    HandoffStep,
    LinkStep,
    LoopStep,
    ParallelStep,
    ReviewStep,
    SayStep,
    StepBase,
    StopStep,
    UtterStep,
    WaitStep,
)
from bot.rules.check.authored import typed_flow
from bot.rules.check.conditions import fixed_truth
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.walk import Block, blocks_of
from bot.rules.check.world import World

Last = frozenset[str]
"""The replies that may have come last; empty where the contact has written since, or nobody knows."""
NOTHING: Final[Last] = frozenset()


def check_repeats(world: World, part: Part) -> None:
    """One flow."""
    _Repeats(world, part).block(typed_flow(part).steps, ("steps",), NOTHING)


@dataclass
class _Repeats:
    world: World
    part: Part

    def block(self, steps: Sequence[StepBase], path: Path, last: Last) -> Last:
        """What may have come last behind a block."""
        for index, step in enumerate(steps):
            if step.enabled and fixed_truth(step.if_) is not False:
                after = self._step(step, (*path, index), last)
                last = after if step.if_ is None else after | last
        return last

    def _step(self, step: StepBase, path: Path, last: Last) -> Last:
        blocks = blocks_of(step, path, self.part)
        match step:
            case SayStep(to=None) | UtterStep(to=None):
                return self._said(step, path, last)
            case CollectStep() | WaitStep() | ReviewStep():
                for block in blocks:
                    self.block(block.steps, block.path, NOTHING)
                return NOTHING
            case StopStep() | LinkStep() | HandoffStep() | CallStep() | AnswerStep():
                return NOTHING
            case ConditionalStep() | LoopStep() | ParallelStep():
                return self._inside(step, blocks, last)
        for block in blocks:
            last |= self.block(block.steps, block.path, last)
        return last

    def _inside(self, step: StepBase, blocks: Sequence[Block], last: Last) -> Last:
        ends = [self.block(block.steps, block.path, last) for block in blocks]
        whole = isinstance(step, ConditionalStep) and step.conditional.else_ is not None
        return frozenset[str]().union(*ends, () if whole else last)

    def _said(self, step: StepBase, path: Path, last: Last) -> Last:
        words = _key(step, self.world)
        if words is None:
            return NOTHING
        if words in last:
            what = "the contact would be told the same twice in a row"
            fix = "Leave one of the two out, or say what is new."
            self.world.at_value(self.part, path, "repeated-reply", what, fix, "warning")
        return frozenset({words})


def _key(step: StepBase, world: World) -> str | None:
    """The words of a reply; None where they may differ each time."""
    text = None
    if isinstance(step, SayStep):
        text = step.say.text
    elif isinstance(step, UtterStep):
        text = _response(world, step.utter)
    return None if text is None or "{{" in text else " ".join(text.split())


def _response(world: World, name: str) -> str | None:
    variations = world.desk.responses.get(name, ())
    return variations[0].text if variations else None
