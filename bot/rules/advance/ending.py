"""How things end: a flow that is through, a step that failed, a hand-over, a cancellation."""

from bot.model.action import Failure
from bot.model.base import Json
from bot.model.flow import NO_DEFAULT, HandoffSpec
from bot.model.run import CloseReview, Cursor, Fail, Finish, Frame, Waiting
from bot.rules.advance.machine import Machine, caller_cursor, default_of, error_of, frame_numbered
from bot.rules.advance.packet import hand_over
from bot.rules.advance.places import leaves
from bot.rules.advance.talk import utter_plain
from bot.rules.program import Node


def fail_step(m: Machine, frame: Frame, cursor: Cursor, node: Node, failure: Failure) -> None:
    """A step failed for good: its ``on_error``, else its ``default``, else a person (or, in a run, the dead letters)."""
    name = node.step.id or node.name
    m.record("StepFailed", flow=frame.flow, step=name, kind=failure.kind, message=failure.message)
    if node.step.on_error is not None or node.step.default != NO_DEFAULT:
        frame.error = error_of(failure, name)
        m.store(frame, cursor, node, default_of(node.step))
        m.enter(cursor, node, "on_error")
    elif m.around.is_conversation:
        _apologise(m, frame, cursor, node, failure)
    else:
        cursor.waiting = _parked(cursor, "failed")
        m.state.failed = {"step": name, "flow": frame.flow, **failure.model_dump(mode="json")}
        m.emit(Fail(failure=failure, flow=frame.flow, step=name))
        m.handed_off = True


def _apologise(m: Machine, frame: Frame, cursor: Cursor, node: Node, failure: Failure) -> None:
    utter_plain(m, m.loaded(frame), "utter_internal_error")
    cursor.waiting = _parked(cursor, "handoff")
    hand_over(m, frame, cursor, HandoffSpec(reason="step_failed", priority="high"), node=node, failure=failure)


def _parked(cursor: Cursor, kind: str) -> Waiting:
    """Stand still here; what was called stays noted, so that a retry by hand repeats exactly it."""
    before = cursor.waiting
    return Waiting.model_validate(
        {"kind": kind, "call": before.call if before else None, "attempt": before.attempt if before else 0}
    )


def finish_frame(m: Machine, frame: Frame, outcome: str = "completed") -> None:
    """A flow has come to its end: give its outputs to the caller, or let what was interrupted go on."""
    outputs = m.render(m.program(frame).flow.outputs, frame, frame.cursor)
    m.record("FlowFinished", flow=frame.flow, frame=frame.number, outcome=outcome)
    drop(m, [frame])
    parent = frame_numbered(m.state, frame.caller) if frame.caller is not None else None
    if parent is not None:
        parent.touched = list(dict.fromkeys([*parent.touched, *frame.touched]))
        _return_to(m, parent, frame, outputs)
        return
    _forget_slots(m, frame)
    if not m.around.is_conversation and not m.state.frames:
        m.state.finished = {"outcome": outcome, "outputs": outputs}
        m.emit(Finish(outcome=outcome, outputs=outputs))


def _return_to(m: Machine, parent: Frame, child: Frame, outputs: Json) -> None:
    cursor = caller_cursor(parent, child.number)
    if cursor is not None:  # a branch that lost a race has no cursor any more
        m.done(parent, cursor, m.node(parent, cursor), outputs)


def _forget_slots(m: Machine, frame: Frame) -> None:
    """Slots are a flow's own unless it persists them, as in CALM: the next flow asks for itself."""
    keep = m.program(frame).flow.persisted_slots
    for name in frame.touched:
        if name not in keep and name in m.state.slots:
            m.put_slot(name, None, m.slot(frame, name))


def drop(m: Machine, frames: list[Frame]) -> None:
    """Take flows off the stack, and withdraw the reviews that they were waiting for."""
    gone = {frame.number for frame in frames}
    for frame in frames:
        for cursor in leaves(frame.cursor):
            withdraw(m, cursor)
    m.state.frames = [frame for frame in m.state.frames if frame.number not in gone]


def withdraw(m: Machine, cursor: Cursor) -> None:
    if cursor.waiting is not None and cursor.waiting.kind == "review" and cursor.waiting.key:
        m.emit(CloseReview(review_id=cursor.waiting.key, status="withdrawn"))


def cancel_all(m: Machine, by: str) -> None:
    for frame in m.state.frames:
        m.record("FlowCancelled", flow=frame.flow, frame=frame.number, by=by)
    drop(m, list(m.state.frames))
    if not m.around.is_conversation:
        m.state.finished = {"outcome": "cancelled", "outputs": {}}
        m.emit(Finish(outcome="cancelled", outputs={}))
