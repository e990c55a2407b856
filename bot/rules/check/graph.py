"""Which flow comes to which: flows that nothing reaches, and circles in which nobody ever waits."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.model.desk import Desk
from bot.model.flow import (
    CallStep,
    ConditionalStep,
    HandoffStep,
    LinkStep,
    LoopStep,
    ParallelStep,
    StepBase,
    StopStep,
)
from bot.rules.check.authored import typed_flow
from bot.rules.check.conditions import fixed_truth
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.structure import waits
from bot.rules.check.walk import Block, blocks_of, sites
from bot.rules.check.world import World


@dataclass
class _Passing:
    """Whether one can go through a flow without waiting, and which flows it comes to before it waits."""

    desk: Desk
    part: Part
    passable: dict[str, bool]
    reached: list[tuple[str, Path]] = field(default_factory=list)

    def block(self, steps: Sequence[StepBase], path: Path) -> bool:
        """Whether some way leads through a block without a wait."""
        return all(not step.enabled or self._step(step, (*path, index)) for index, step in enumerate(steps))

    def _step(self, step: StepBase, path: Path) -> bool:
        if fixed_truth(step.if_) is False:
            return True
        blocks = blocks_of(step, path, self.part)
        through = self._through(step, path, blocks)
        return through or (step.if_ is not None)

    def _through(self, step: StepBase, path: Path, blocks: list[Block]) -> bool:
        match step:
            case CallStep(call=name):
                self.reached.append((name, (*path, "call")))
                return self.passable.get(name, True)
            case LinkStep(link=name):
                self.reached.append((name, (*path, "link")))
                return False
            case StopStep() | HandoffStep():
                return False
            case ConditionalStep():
                ways = [self.block(block.steps, block.path) for block in blocks if block.label != "on_error"]
                return any(ways) or step.conditional.else_ is None
            case LoopStep():
                self.block(blocks[-1].steps, blocks[-1].path)
                return True
            case ParallelStep():
                branches = [self.block(b.steps, b.path) for b in blocks if b.label.startswith("branch")]
                return all(branches)
        failed = [self.block(block.steps, block.path) for block in blocks if block.label == "on_error"]
        return not waits(step) or any(failed)


MOST_ROUNDS = 20
"""How often all flows are walked until what is known of them no longer changes."""


def callees_first(world: World) -> list[str]:
    """The folder's flows, each behind those that it calls; in a circle, one of them comes first."""
    flows = world.authored.flows
    order: dict[str, None] = {}
    opened: set[str] = set()
    waiting = list(flows)[::-1]
    while waiting:
        name = waiting[-1]
        calls = [] if name in opened else [call for call in _calls(flows[name]) if call in flows]
        opened.add(name)
        deeper = [call for call in calls if call not in opened]
        if deeper:
            waiting += deeper
        else:
            order.setdefault(waiting.pop())
    return list(order)


def _calls(part: Part) -> list[str]:
    return [site.step.call for site in sites(part) if isinstance(site.step, CallStep)]


def check_graph(world: World) -> None:
    """All flows of the folder."""
    _circles(world)
    _unreached(world)


def _circles(world: World) -> None:
    flows = world.authored.flows
    passable = dict.fromkeys(world.desk.flows, True)
    reached: dict[str, list[tuple[str, Path]]] = {}
    order = callees_first(world)
    for _ in range(MOST_ROUNDS):  # more than two only for flows that call one another in circles
        before = dict(passable)
        for name in order:
            walk = _Passing(world.desk, flows[name], passable)
            passable[name] = walk.block(typed_flow(flows[name]).steps, ("steps",))
            reached[name] = walk.reached
        if passable == before:
            break
    told: set[frozenset[str]] = set()
    for name in flows:
        for target, path in reached[name]:
            circle = _way_back(target, name, reached)
            if circle is not None and frozenset(circle) not in told:
                told.add(frozenset(circle))
                trail = " -> ".join((name, *circle))
                what = f"this goes round for ever without waiting for anybody: {trail}"
                fix = "Ask, wait or stop somewhere on the way, or leave this out."
                world.at_value(flows[name], path, "endless-circle", what, fix)


def _way_back(start: str, goal: str, reached: dict[str, list[tuple[str, Path]]]) -> tuple[str, ...] | None:
    """The flows from one flow to another, both included."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == goal:
            return way
        for target, _ in reached.get(way[-1], ()):
            if target not in seen:
                seen.add(target)
                ways.append((*way, target))
    return None


def _unreached(world: World) -> None:
    targets = {
        target
        for part in world.authored.of_kind("flow")
        for site in sites(part)
        for target in (getattr(site.step, "call", None), getattr(site.step, "link", None))
    }
    for name, part in world.authored.flows.items():
        if part.value.triggers or name in targets or name.startswith("pattern_") or not part.whole:
            continue
        if world.authored.may_exist(name):
            continue
        what = f"nothing starts flow {name!r}: it has no triggers, and no flow calls it or links to it"
        world.at_key(part, (), "unreached-flow", what, "Add `triggers`, or a `call` or `link` to it.", "warning")
