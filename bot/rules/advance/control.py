"""Steps that only steer: conditions, loops, branches, calls, variables, stop."""

from bot.model.base import Json
from bot.model.effect import Respond
from bot.model.flow import (
    CallStep,
    ConditionalStep,
    Flow,
    LinkStep,
    LoopStep,
    ParallelStep,
    RespondStep,
    SetSlotsStep,
    SetStep,
    StopStep,
)
from bot.model.state import Cursor, Frame, LoopPlace, Waiting
from bot.rules.advance.ending import abandon, drop, finish_frame
from bot.rules.advance.machine import Machine
from bot.rules.expression import EvaluationError
from bot.rules.program import Node

MAX_ITEMS = 1_000
"""Items of a for_each that sets no bound of its own."""
MAX_CALLS = 40
"""Flows that may stand in one another's calls. More can only be a flow that calls itself."""


def conditional_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    assert isinstance(node.step, ConditionalStep)
    m.store(frame, cursor, node, None)
    for i, when in enumerate(node.step.conditional.when):
        if m.holds(when.condition, frame, cursor):
            m.enter(cursor, node, f"when[{i}]")
            return
    m.enter(cursor, node, "else")


def loop_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    """Both the beginning of a loop and the return to it after each round."""
    assert isinstance(node.step, LoopStep)
    if cursor.loops and cursor.loops[-1].node == node.name:
        place = cursor.loops[-1]
        place.outputs.append(cursor.last_output)
        place.index += 1
    else:
        place = LoopPlace(node=node.name, items=_items(m, frame, cursor, node.step))
        cursor.loops.append(place)
    if _another_round(m, frame, cursor, node.step, place):
        _forget_round(m, frame, node)
        cursor.last_output = None
        m.enter(cursor, node, "body")
    else:
        cursor.loops.pop()
        m.done(frame, cursor, node, place.outputs)


def _items(m: Machine, frame: Frame, cursor: Cursor, step: LoopStep) -> list[Json] | None:
    if step.loop.for_each is None:
        return None
    source = step.loop.for_each.in_
    items = m.render(f"{{{{ {source} }}}}" if isinstance(source, str) and "{{" not in source else source, frame, cursor)
    if items is None:
        return []
    if not isinstance(items, list):
        raise EvaluationError(f"`in` of the loop gave {type(items).__name__}, not a list", "Give it a list")
    most = step.loop.max_iterations or MAX_ITEMS
    if len(items) > most:
        m.record("LoopCut", flow=frame.flow, items=len(items), taken=most)
    return items[:most]


def _another_round(m: Machine, frame: Frame, cursor: Cursor, step: LoopStep, place: LoopPlace) -> bool:
    if place.items is not None:
        return place.index < len(place.items)
    assert step.loop.while_ is not None
    return place.index < (step.loop.max_iterations or MAX_ITEMS) and m.holds(step.loop.while_, frame, cursor)


def _forget_round(m: Machine, frame: Frame, node: Node) -> None:
    """Inside a loop ``steps.<id>`` is this round's, so what the last round left is not to be seen."""
    for step_id in m.program(frame).bodies.get(node.name, ()):
        frame.steps.pop(step_id, None)


def parallel_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    assert isinstance(node.step, ParallelStep)
    cursor.children = [
        Cursor(at=node.blocks[f"branch[{i}]"], loops=[place.model_copy(deep=True) for place in cursor.loops])
        for i in range(len(node.step.parallel.branches))
    ]
    m.wait(cursor, Waiting(kind="branches"))


def joined(m: Machine, frame: Frame, cursor: Cursor) -> bool:
    """Whether enough branches have ended."""
    step = m.node(frame, cursor).step
    assert isinstance(step, ParallelStep)
    enough = all if step.parallel.strategy == "wait_all" else any
    return enough(_ended(child) for child in cursor.children)


def join(m: Machine, frame: Frame, cursor: Cursor) -> None:
    """Go on behind the branches: with all their last outputs, or with that of the one that ended first."""
    node = m.node(frame, cursor)
    assert isinstance(node.step, ParallelStep)
    outputs = [child.last_output for child in cursor.children if _ended(child)]
    abandon(m, cursor)
    cursor.children = []
    m.done(frame, cursor, node, outputs if node.step.parallel.strategy == "wait_all" else outputs[0])


def _ended(cursor: Cursor) -> bool:
    return cursor.at is None and cursor.waiting is None and not cursor.children


def call_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    assert isinstance(node.step, CallStep)
    if sum(one.root == frame.root for one in m.state.frames) >= MAX_CALLS:
        what = f"more than {MAX_CALLS} flows call one another"
        raise EvaluationError(what, "Let the flow end before it begins again.")
    callee = _flow(m, frame, node.step.call)
    inputs = with_defaults(callee, m.render(node.step.with_, frame, cursor))
    child = m.push(node.step.call, frame.bundle, inputs, caller=frame)
    m.wait(cursor, Waiting(kind="call", frame=child.number))


def _flow(m: Machine, frame: Frame, name: str) -> Flow:
    program = m.loaded(frame).programs.get(name)
    if program is None:
        raise m.missing("flow", name)
    return program.flow


def with_defaults(flow: Flow, given: dict[str, Json]) -> dict[str, Json]:
    return {name: spec.default for name, spec in flow.inputs.fields.items()} | given


def link_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    """Go to another flow and not come back: the whole chain of callers ends here."""
    assert isinstance(node.step, LinkStep)
    target = _flow(m, frame, node.step.link)
    chain = [f for f in m.state.frames if f.root == frame.root]
    for one in chain:
        m.record("FlowFinished", flow=one.flow, frame=one.number, outcome="linked")
    touched = [name for one in chain for name in one.touched]
    drop(m, chain)
    linked = m.push(node.step.link, frame.bundle, with_defaults(target, frame.input))
    linked.touched = list(dict.fromkeys(touched))


def set_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    assert isinstance(node.step, SetStep)
    values = m.render(node.step.set, frame, cursor)
    frame.vars.update(values)
    m.done(frame, cursor, node, values)


def set_slots_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    assert isinstance(node.step, SetSlotsStep)
    values = m.render(node.step.set_slots, frame, cursor)
    for name, value in values.items():
        try:
            m.set_slot(frame, name, value)
        except ValueError as refused:
            raise EvaluationError(f"slot {name!r} does not take this value: {refused}", "Give it another") from refused
    m.done(frame, cursor, node, values)


def respond_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    assert isinstance(node.step, RespondStep)
    answer = Respond(status=node.step.respond.status, json_=m.render(node.step.respond.json_, frame, cursor))
    m.state.responded = {"status": answer.status, "json": answer.json_}
    m.emit(answer)
    m.done(frame, cursor, node)


def stop_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    assert isinstance(node.step, StopStep)
    finish_frame(m, frame, m.text(node.step.stop, frame, cursor))
