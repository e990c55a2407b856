"""Proof that a conversation is never left without a word: every path through a flow that a contact can be in
ends in a reply, a handoff, a stop or something done since the contact last wrote. The path that does not is printed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.model.flow import (
    AnswerStep,
    CallStep,
    CollectStep,
    ConditionalStep,
    DoStep,
    HandoffStep,
    LinkStep,
    LoopStep,
    ParallelStep,
    RespondStep,
    SayStep,
    StepBase,
    StopStep,
    UtterStep,
)
from bot.rules.check.authored import typed_flow
from bot.rules.check.cases import covers_everything
from bot.rules.check.conditions import fixed_truth
from bot.rules.check.graph import callees_first
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.reads import Reader
from bot.rules.check.report import Level
from bot.rules.check.sketch import SILENCE, Lines, opening, talk
from bot.rules.check.walk import Block, Site, blocks_of, sites
from bot.rules.check.world import World


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a place.

    silent: the contact has heard nothing since they last wrote.
    trail:  the steps on the way. fallen: the conditional without `else` that no case of held last, while
            silent.
    passed: replies on the way whose `if` did not hold. talk: the conversation so far.
    """

    silent: bool = True
    trail: tuple[str, ...] = ("start",)
    fallen: Path | None = None
    passed: int = 0
    talk: Lines = ()

    def by(self, name: str, talk: Lines = ()) -> "Way":
        return replace(self, trail=(*self.trail, name), talk=(*self.talk, *talk))

    def heard(self) -> "Way":
        return replace(self, silent=False, fallen=None, passed=0)

    def asked(self) -> "Way":
        return replace(self, silent=True, fallen=None, passed=0)


@dataclass
class _Ends:
    """The walk through one flow. ``called``: the ways through a flow, by its name and a silent start."""

    world: World
    part: Part
    reader: Reader
    called: dict[tuple[str, bool], list[Way]]

    def block(self, steps: Sequence[StepBase], path: Path, ways: list[Way]) -> list[Way]:
        """The ways behind a block: at most one silent and one that is not."""
        for index, step in enumerate(steps):
            if not ways:
                return []
            if step.enabled and fixed_truth(step.if_) is not False:
                ways = [after for way in ways for after in self._step(step, (*path, index), way)]
                ways = _fewest(ways)
        return ways

    def _step(self, step: StepBase, path: Path, way: Way) -> list[Way]:
        name = Site(self.part, path, step).name
        blocks = {block.label: block for block in blocks_of(step, path, self.part)}
        ways = self._run(step, path, name, way, blocks)
        failed = blocks.get("on_error")
        if failed is not None:
            ways += self.block(failed.steps, failed.path, [way.by(f"{name} fails")])
        if step.if_ is not None and fixed_truth(step.if_) is None:
            skipped = way.by(f"{name} skipped")
            ways.append(replace(skipped, passed=way.passed + 1) if _speaks(ways) else skipped)
        return ways

    def _run(self, step: StepBase, path: Path, name: str, way: Way, blocks: dict[str, Block]) -> list[Way]:
        here = way.by(name, talk(self.world.authored, step))
        match step:
            case SayStep() | UtterStep() | AnswerStep() | RespondStep():
                return [here.heard()]
            case StopStep() | LinkStep() | HandoffStep():
                return []
            case DoStep():
                spec = self.world.actions.get(step.do)
                return [here if spec is not None and spec.effect == "read" else here.heard()]
            case ConditionalStep():
                return self._conditional(step, path, name, way, blocks)
            case LoopStep():
                return self.block(blocks["body"].steps, blocks["body"].path, [here]) or [here]
            case ParallelStep():
                return self._parallel(here, blocks)
            case CallStep():
                return self._call(step, here)
            case _:
                here = here.asked() if isinstance(step, CollectStep) else here
                exits = [self.block(b.steps, b.path, [here]) for label, b in blocks.items() if label != "on_error"]
                return [here, *(after for exit_ in exits for after in exit_)]

    def _conditional(
        self, step: ConditionalStep, path: Path, name: str, way: Way, blocks: dict[str, Block]
    ) -> list[Way]:
        ways: list[Way] = []
        cases = [when.condition for when in step.conditional.when]
        for index, condition in enumerate(cases):
            if fixed_truth(condition) is False:
                continue
            block = blocks[f"when[{index}]"]
            ways += self.block(block.steps, block.path, [way.by(f"{name} case {index + 1}", (f"(where {condition})",))])
            if fixed_truth(condition) is True:
                return ways
        if step.conditional.else_ is not None:
            return ways + self.block(
                blocks["else"].steps, blocks["else"].path, [way.by(f"{name} else", (_otherwise(cases),))]
            )
        if covers_everything(self.world, self.part, cases, self.reader.ids):
            return ways
        fallen = path if way.silent else None
        return [*ways, replace(way.by(f"{name} false", (_otherwise(cases),)), fallen=fallen or way.fallen)]

    def _parallel(self, here: Way, blocks: dict[str, Block]) -> list[Way]:
        branches = [block for label, block in blocks.items() if label.startswith("branch")]
        ends = [self.block(block.steps, block.path, [here]) for block in branches]
        return [here.heard() if any(_speaks(end) for end in ends) else here]

    def _call(self, step: CallStep, here: Way) -> list[Way]:
        ends = self.called.get((step.call, here.silent))
        if ends is None:  # nothing is known of it: it is broken, the core's, or calls itself
            return [here.heard()]
        return [replace(here, silent=end.silent, passed=here.passed + end.passed) for end in ends]


def _otherwise(cases: Sequence[str | bool]) -> str:
    return f"(where neither holds: {'; '.join(map(str, cases))})"


def _fewest(ways: list[Way]) -> list[Way]:
    """Of all ways to one place, the silent one that says most, and one that is not silent."""
    silent = [way for way in ways if way.silent]
    spoken = [way for way in ways if not way.silent]
    worst = min(silent, key=lambda way: (way.passed, way.fallen is None, len(way.trail))) if silent else None
    return [way for way in (worst, spoken[0] if spoken else None) if way is not None]


def _speaks(ways: list[Way]) -> bool:
    return any(not way.silent for way in ways) or not ways


def check_ends(world: World) -> None:
    """All flows of the folder that a conversation can be in at its end."""
    called: dict[tuple[str, bool], list[Way]] = {}
    talks = {part.name for part in _conversational(world)}
    for name in callees_first(world):
        part = world.authored.flows[name]
        if not part.whole:
            continue
        walk = _Ends(world, part, Reader(world, part), called)
        for silent in (False, True):
            called[name, silent] = walk.block(
                typed_flow(part).steps, ("steps",), [Way(silent, talk=opening(world.authored, name, typed_flow(part)))]
            )
        if name in talks:
            _report(world, part, called[name, True])


def _report(world: World, part: Part, ends: list[Way]) -> None:
    silent = next((way for way in ends if way.silent and way.passed < 2), None)
    if silent is None:
        return
    # A reply with an `if` was meant to be left out now and then: worth a look, but it may be right.
    level: Level = "warning" if silent.passed else "error"
    trail = " -> ".join((*silent.trail, "end"))
    what = f"on this path the conversation ends without a reply, a handoff or an action: {trail}"
    if silent.fallen is not None:
        fix = "Add an `else` that says something, or hands off."
        place = part.source.key_place(part.file_path((*silent.fallen, "conditional")))
    else:
        last = len(typed_flow(part).steps) - 1
        fix = "Say something at the end, hand off, or `stop` on purpose."
        place = part.source.value_place(part.file_path(("steps", last)))
    world.at_place(part, place, "dead-end", what, fix, level, (*silent.talk, SILENCE))


def _conversational(world: World) -> list[Part]:
    """Flows that start on an intent, and those that they link to."""
    flows = world.authored.flows
    found = [name for name, part in flows.items() if any(trigger.intent for trigger in typed_flow(part).triggers)]
    for name in found:
        for site in sites(flows[name]):
            target = site.step.link if isinstance(site.step, LinkStep) else None
            if target is not None and target in flows and target not in found:
                found.append(target)
    return [flows[name] for name in found if not name.startswith("pattern_")]
