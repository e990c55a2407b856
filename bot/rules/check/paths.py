"""One walk through a flow along all its paths: what is read at each place is held against what is there.

The state at a place is what holds on *every* path to it: a must-analysis in the sense of Nielson,
Nielson, Hankin, "Principles of Program Analysis", chapter 2, done on the nested steps themselves, which
have no jumps backwards but loops. On the way it finds what no path leads to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.model.desk import Desk
from bot.model.flow import (
    NO_DEFAULT,
    CallStep,
    CollectStep,
    ConditionalStep,
    Flow,
    HandoffStep,
    LinkStep,
    LoopStep,
    ParallelStep,
    SetSlotsStep,
    SetStep,
    StepBase,
    StopStep,
    WaitStep,
)
from bot.rules.bundles import all_steps, reached_flows
from bot.rules.check.authored import typed_flow
from bot.rules.check.cases import covers_everything
from bot.rules.check.conditions import facts, facts_when_all_fail, fixed_truth
from bot.rules.check.parts import Part
from bot.rules.check.places import Path
from bot.rules.check.reads import Reader
from bot.rules.check.scope import Around
from bot.rules.check.state import State, common, merged
from bot.rules.check.walk import Block, Text, blocks_of, conditions, flow_texts, output_texts, step_texts
from bot.rules.check.world import World

_ENDS: Final[Mapping[type[StepBase], str]] = {
    StopStep: "a stop ends the flow",
    LinkStep: "a link leaves the flow",
}


@dataclass
class FlowWalk:
    """The walk through one flow.

    stops:  the states at its `stop` steps.
    handed: the states at handoffs that end a block. A path that goes there counts as ended for what is read
            behind it, but given back by the person the flow goes on behind that block.
    """

    world: World
    part: Part
    reader: Reader
    stops: list[State] = field(default_factory=list)
    handed: list[State] = field(default_factory=list)

    @property
    def flow(self) -> Flow:
        return typed_flow(self.part)

    def run(self) -> None:
        start = State()
        around = Around()
        for text in flow_texts(self.flow):
            self.reader.check(text, start, around)
        end = self._block(self.flow.steps, ("steps",), start.under(self.flow.if_, facts(self.flow.if_, True)), around)
        ends = [*self.stops, end] if end is not None else self.stops
        last = common(ends)
        if last is not None:
            for text in output_texts(self.flow):
                self.reader.check(text, last, around)

    def _block(self, steps: Sequence[StepBase], path: Path, state: State, around: Around) -> State | None:
        """The state behind a block, or None when no path leads through it."""
        for index, step in enumerate(steps):
            if not step.enabled:
                state = self._skipped(step, state, "the step is switched off")
                continue
            mark = len(self.handed)
            after = self._step(step, (*path, index), state, around)
            if after is None and any(one.enabled for one in steps[index + 1 :]):
                after = self._given_back(mark)
            if after is None:
                self._nothing_behind(steps, index, path)
                return None
            state = after
        return state

    def _given_back(self, mark: int) -> State | None:
        """The state behind handoffs that were met since the mark; None where there were none."""
        given = [(state, "a person gives the conversation back") for state in self.handed[mark:]]
        del self.handed[mark:]
        return merged(list(given))

    def _nothing_behind(self, steps: Sequence[StepBase], index: int, path: Path) -> None:
        behind = next((i for i in range(index + 1, len(steps)) if steps[i].enabled), None)
        if behind is None:
            return
        why = _ENDS.get(type(steps[index]), "all ways through the step before it end the flow")
        what = f"this step can never run: {why}"
        self.world.at_value(self.part, (*path, behind), "unreachable", what, "Put it before that step, or delete it.")

    def _skipped(self, step: StepBase, state: State, why: str) -> State:
        if step.default != NO_DEFAULT and step.default is not None:
            return state.stands_in(step.id, step.default)
        return state.lacks(step.id, why)

    def _step(self, step: StepBase, path: Path, state: State, around: Around) -> State | None:
        """One step with its `if`, its failure and its blocks."""
        if isinstance(step.if_, str):
            self.reader.check(Text((*path, "if"), step.if_, "expression"), state, around)
        truth = fixed_truth(step.if_)
        if truth is False:
            what = "this step never runs: its `if` is always false"
            self.world.at_value(
                self.part, (*path, "if"), "never-runs", what, "Delete it, or write a condition.", "warning"
            )
            return self._skipped(step, state, "its `if` is always false")
        inside = state.under(step.if_, facts(step.if_, True))
        after = self._run(step, path, inside, around)
        if truth is None and step.if_ is not None:
            skipped = self._skipped(step, state.knowing(facts(step.if_, False)), "its `if` does not hold")
            after = merged([(after, ""), (skipped, "its `if` does not hold")])
            return None if after is None else after.decided_by(step.if_, [step.id] if step.id else [])
        return after

    def _run(self, step: StepBase, path: Path, state: State, around: Around) -> State | None:
        """A step that does run: it does its work, or it fails."""
        for text in step_texts(step, path):
            answered = isinstance(step, CollectStep) and "rejections" in text.path[len(path) :]
            self.reader.check(text, _filled(state, step) if answered else state, around)
        self.reader.responses(step, state, around)
        blocks = {block.label: block for block in blocks_of(step, path, self.part)}
        done = self._work(step, path, blocks, state, around)
        failed = self._failed(step, blocks.get("on_error"), state, around)
        return merged([(done, ""), (failed, "it fails and the flow goes on")])

    def _failed(self, step: StepBase, block: Block | None, state: State, around: Around) -> State | None:
        """The way of a failure that is handled; None where it ends the flow or is not handled."""
        if step.default != NO_DEFAULT and step.default is not None:
            failed = state.stands_in(step.id, step.default)
        else:
            failed = state.lacks(step.id, f"step {step.id!r} fails and its `on_error` goes on")
        if block is None:
            return failed if step.default != NO_DEFAULT else None
        return self._block(block.steps, block.path, failed, replace(around, error=True))

    def _work(
        self, step: StepBase, path: Path, blocks: Mapping[str, Block], state: State, around: Around
    ) -> State | None:
        match step:
            case ConditionalStep():
                return self._conditional(step, path, blocks, state, around)
            case LoopStep():
                return self._loop(step, path, blocks["body"], state, around)
            case ParallelStep():
                return self._parallel(step, blocks, state, around)
            case StopStep() | HandoffStep() | LinkStep():
                self._ended(step, state)
                return None
            case SetStep():
                return state.assigned(step.set).ran(step.id)
            case SetSlotsStep():
                filled = frozenset(("slots", name) for name, value in step.set_slots.items() if value is not None)
                return state.refilled(step.set_slots).knowing(filled).ran(step.id)
            case _:
                return self._waiting(step, path, blocks, state, around)

    def _ended(self, step: StepBase, state: State) -> None:
        if isinstance(step, StopStep):
            self.stops.append(state)
        if isinstance(step, HandoffStep):
            self.handed.append(state.ran(step.id))

    def _waiting(
        self, step: StepBase, path: Path, blocks: Mapping[str, Block], state: State, around: Around
    ) -> State | None:
        """Steps that have ways of their own out of a wait, and all that simply do something."""
        done = state.ran(step.id)
        if isinstance(step, CollectStep):
            done = _filled(done, step)
        if isinstance(step, CallStep):
            filled = slots_filled(self.world.desk, step.call)
            done = done.refilled(filled).knowing(frozenset(("slots", name) for name in filled))
        if isinstance(step, WaitStep) and step.wait.match is not None:
            text = Text((*path, "wait", "match"), step.wait.match, "expression")
            self.reader.check(text, state, replace(around, event=True))
        ways: list[tuple[State | None, str]] = [(done, "")]
        for label, why in _WAYS_OUT.items():
            block = blocks.get(label)
            if block is None:
                continue
            decided = label != "on_give_up" and not isinstance(step, WaitStep | CollectStep)
            before = state.ran(step.id) if decided else state.lacks(step.id, why)
            ways.append((self._block(block.steps, block.path, before, around), why))
        return merged(ways)

    def _conditional(
        self, step: ConditionalStep, path: Path, blocks: Mapping[str, Block], state: State, around: Around
    ) -> State | None:
        """Each case runs where its condition is the first that holds."""
        ways: list[tuple[State | None, str]] = []
        failed: list[str | bool] = []
        always: bool = False
        for index, condition in conditions(step, path):
            block = blocks[f"when[{index}]"]
            raw = step.conditional.when[index].condition
            before = state.knowing(facts_when_all_fail(failed))
            if isinstance(condition, Text):
                self.reader.check(condition, before, around)
            self._case_is_reached(path, index, raw, failed, always)
            truth = fixed_truth(raw)
            after = self._block(block.steps, block.path, before.under(raw, facts(raw, True)), around)
            if truth is not False and not always:
                ways.append((after, f"case {index + 1} of the conditional in line {self._line(path)} is taken"))
            always = always or truth is True
            failed.append(raw)
        return self._last_case(step, path, blocks.get("else"), state, around, ways, failed, always)

    def _last_case(
        self,
        step: ConditionalStep,
        path: Path,
        block: Block | None,
        state: State,
        around: Around,
        ways: list[tuple[State | None, str]],
        failed: list[str | bool],
        always: bool,
    ) -> State | None:
        """`else`, or what happens when no case holds; then the state behind the conditional."""
        otherwise: State | None = state.knowing(facts_when_all_fail(failed))
        line = self._line(path)
        if block is not None:
            assert otherwise is not None
            otherwise = self._block(block.steps, block.path, otherwise, around)
            why = f"the `else` of the conditional in line {line} is taken"
        else:
            why = f"no case of the conditional in line {line} holds"
        if not always and (block is not None or not covers_everything(self.world, self.part, failed, self.reader.ids)):
            ways.append((otherwise, why))
        after = merged(ways)
        first = step.conditional.when[0]
        if after is None:
            return None
        return after.decided_by(first.condition, [inner.id for inner in first.steps if inner.id])

    def _case_is_reached(
        self, path: Path, index: int, condition: str | bool, before: list[str | bool], always: bool
    ) -> None:
        here: Path = (*path, "conditional", "when", index, "condition")
        if always:
            what = "this case is never reached: one before it always holds"
            self.world.at_value(self.part, here, "unreachable", what, "Delete it, or put it first.")
        elif isinstance(condition, str) and condition in before:
            what = "this case is never reached: one before it has the same condition"
            self.world.at_value(self.part, here, "unreachable", what, "Delete it, or change its condition.")
        elif fixed_truth(condition) is False:
            what = "this case is never taken: its condition is always false"
            self.world.at_value(self.part, here, "never-runs", what, "Delete it, or write a condition.", "warning")

    def _line(self, path: Path) -> int:
        return self.part.source.value_place(self.part.file_path(path))[0]

    def _loop(self, step: LoopStep, path: Path, body: Block, state: State, around: Around) -> State | None:
        """The body any number of times; its steps are seen inside it alone."""
        inner_ids = self.reader.ids_below(body.path)
        names = ("item", step.loop.for_each.item) if step.loop.for_each else ()
        start = replace(state, facts=frozenset(fact for fact in state.facts if fact[0] not in ("vars", "slots")))
        if step.loop.while_ is not None:
            seen = replace(
                start,
                steps=start.steps.with_maybe(dict.fromkeys(inner_ids, "the first round has not run yet")),
            )
            self.reader.check(Text(_while_path(path), step.loop.while_, "expression"), seen, around)
            start = start.knowing(facts(step.loop.while_, True))
        inside = replace(around, items=around.items | frozenset(names), loop=True)
        after = self._block(body.steps, body.path, start, inside)
        rounds = merged([(after, ""), (start, "the loop does not run at all")])
        assert rounds is not None
        behind = replace(
            state,
            vars=rounds.vars,
            facts=state.facts & rounds.facts,
            gone={**state.gone, **dict.fromkeys(inner_ids, step.id or "")},
        )
        return behind.ran(step.id)

    def _parallel(self, step: ParallelStep, blocks: Mapping[str, Block], state: State, around: Around) -> State | None:
        branches = [block for label, block in blocks.items() if label.startswith("branch")]
        ends = [self._block(block.steps, block.path, state, around) for block in branches]
        through = [end for end in ends if end is not None]
        if not through:
            return None
        if step.parallel.strategy == "wait_any":
            after = merged([(end, "another branch is the first to end") for end in through])
            assert after is not None
            return after.ran(step.id)
        return self._joined(state, through).ran(step.id)

    @staticmethod
    def _joined(state: State, ends: list[State]) -> State:
        """Behind branches that have all ended, each has done its part."""
        after = state
        for end in ends:
            after = replace(
                after,
                steps=after.steps.with_maybe(
                    {name: why for name, why in end.steps.maybe.items() if name not in after.steps.sure}
                ).with_sure(end.steps.sure),
                vars=after.vars.with_maybe(
                    {name: why for name, why in end.vars.maybe.items() if name not in after.vars.sure}
                ).with_sure(end.vars.sure),
                stand_ins={**after.stand_ins, **end.stand_ins},
                ran_if={**after.ran_if, **end.ran_if},
                gone={**after.gone, **end.gone},
            )
        return after


def _filled(state: State, step: StepBase) -> State:
    """Behind a collect, and in its rejections, its slots have values."""
    slots = step.slots if isinstance(step, CollectStep) else ()
    return state.refilled(slots).knowing(frozenset(("slots", name) for name in slots))


def slots_filled(desk: Desk, flow: str) -> frozenset[str]:
    """The slots that a called flow asks for or sets, with those of the flows that it comes to."""
    if flow not in desk.flows:
        return frozenset()
    found: set[str] = set()
    for name in reached_flows(desk, flow):
        for step in all_steps(desk.flows[name].steps):
            if isinstance(step, CollectStep):
                found.update(step.slots)
            elif isinstance(step, SetSlotsStep):
                found.update(slot for slot, value in step.set_slots.items() if value is not None)
    return frozenset(found)


_WAYS_OUT = {
    "on_timeout": "it times out",
    "on_reject": "the review is rejected",
    "on_give_up": "there is no usable answer",
}


def _while_path(path: Path) -> Path:
    return (*path, "loop", "while")


def check_paths(world: World, part: Part) -> None:
    """Walk one flow, and report what is read where it may not be there, and what no path leads to."""
    FlowWalk(world, part, Reader(world, part)).run()
