"""How things end: a flow that is through, a step that failed, a hand-over, a cancellation."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from bot.model.action import Failure
from bot.model.base import Json, JsonObject
from bot.model.effect import CloseReview, Fail, Finish
from bot.model.flow import NO_DEFAULT, HandoffSpec
from bot.model.state import Cursor, Frame, Waiting
from bot.rules.advance.machine import BROKEN, Machine, caller_cursor, default_of, error_of, frame_numbered
from bot.rules.advance.packet import hand_over
from bot.rules.advance.places import is_parked, leaves
from bot.rules.advance.redoing import remember_ended, remember_through
from bot.rules.advance.talk import utter_plain
from bot.rules.program import Node, Program

INTERNAL_ERROR = "pattern_internal_error"
SATISFACTION = "pattern_satisfaction"
COMPLETED = "pattern_completed"
ASKED_AGAIN_AFTER = timedelta(days=1)
"""How long a contact who was asked how it went is not asked again."""

# --- failing ---------------------------------------------------------------------------------------------------------


def fail_step(m: Machine, frame: Frame, cursor: Cursor, node: Node, failure: Failure) -> None:
    """A step failed for good: the nearest ``on_error`` or ``default``, of the step itself, of a step around it or of
    the call that led here; else a person, or in a run the dead letters.
    """
    m.record("StepFailed", flow=frame.flow, step=m.step_name(node), kind=failure.kind, message=failure.message)
    if not _handled(m, frame, cursor, node, failure, m.step_name(node)):
        give_in(m, frame, cursor, node, failure)


def guarded(m: Machine, frame: Frame, cursor: Cursor, work: Callable[[], None]) -> None:
    """What cannot be evaluated fails the step at this place, and nothing else."""
    try:
        work()
    except BROKEN as error:
        fail_step(m, frame, cursor, m.node(frame, cursor), Failure(kind="invalid", message=str(error)))


def give_in(m: Machine, frame: Frame, cursor: Cursor, node: Node, failure: Failure, *, plainly: bool = False) -> None:
    """Nobody handles the failure: a conversation says sorry and fetches a person, a run stands still and says why.

    plainly: without the pattern that says so; also where the pattern itself has failed.
    """
    if not m.around.is_conversation:
        _park(cursor, "failed")
        _dead_letter(m, frame, m.step_name(node), failure)
        return
    _park(cursor, "handoff")
    home = None if plainly or frame.flow == INTERNAL_ERROR else m.home_of(INTERNAL_ERROR)
    if home is not None:
        _apologise(m, home, frame, m.step_name(node), failure)
        return
    utter_plain(m, m.loaded(frame), "utter_internal_error")
    hand_over(m, frame, cursor, HandoffSpec(reason="step_failed", priority="high"), node=node, failure=failure)


def _apologise(m: Machine, home: str, frame: Frame, step: str, failure: Failure) -> None:
    """Begin the pattern of failures. What has failed stands still below it, until a person has dealt with it."""
    where = {"flow": frame.flow, "step": step, "frame": frame.number}
    pattern = m.push(INTERNAL_ERROR, home, where | {"kind": failure.kind, "message": failure.message})
    pattern.error = error_of(failure, f"{frame.flow}.{step}")


def _leave_failed(m: Machine, pattern: Frame) -> None:
    """The pattern of failures is through and the bot has the floor: what has failed is not to be taken up."""
    failed = frame_numbered(m.state, pattern.input.get("frame", 0))
    if failed is None or m.handed_off:
        return
    if any(cursor.waiting and cursor.waiting.kind == "handoff" for cursor in leaves(failed.cursor)):
        finish_chain(m, failed, "failed")


def _handled(m: Machine, frame: Frame, cursor: Cursor, node: Node, failure: Failure, step: str) -> bool:
    handler = next(_handlers(m.program(frame), node), None)
    if handler is not None:
        place = _step_out(m, frame, cursor, handler)
        frame.error = error_of(failure, step)
        m.store(frame, place, handler, default_of(handler.step))
        m.enter(place, handler, "on_error")
        return True
    caller = frame_numbered(m.state, frame.caller) if frame.caller is not None else None
    waiting = caller_cursor(caller, frame.number) if caller is not None else None
    if caller is None or waiting is None or not _handled(m, caller, waiting, m.node(caller, waiting), failure, step):
        return False
    m.record("FlowFinished", flow=frame.flow, frame=frame.number, outcome="failed")
    caller.touched = list(dict.fromkeys([*caller.touched, *frame.touched]))
    drop_called(m, frame.number)
    return True


def _handlers(program: Program, node: Node) -> Iterator[Node]:
    """The step and the steps around it that say what is to happen on a failure, the nearest first. A step's own
    ``on_error`` does not catch what fails inside it.
    """
    for around in program.around(node):
        step = around.step
        inside = None if around is node else node.path[len(around.path)]
        if inside != "on_error" and (step.on_error is not None or step.default != NO_DEFAULT):
            yield around


def _step_out(m: Machine, frame: Frame, cursor: Cursor, handler: Node) -> Cursor:
    """Leave the branches and loops that stand inside (or are) the handler; returns the cursor that goes on there."""
    place = cursor
    for above in _lineage(frame.cursor, cursor):
        at = m.node(frame, above)
        if at.path[: len(handler.path)] == handler.path:
            abandon(m, above)
            above.children = []
            place = above
            break
    nodes = m.program(frame).nodes
    depth = len(handler.path)
    place.loops = [one for one in place.loops if nodes[one.node].path[:depth] != handler.path]
    return place


def _lineage(root: Cursor, leaf: Cursor) -> list[Cursor]:
    """The cursors with branches above a leaf, the outermost first."""
    for child in root.children:
        if child is leaf:
            return [root]
        below = _lineage(child, leaf)
        if below:
            return [root, *below]
    return []


def _park(cursor: Cursor, kind: str) -> None:
    """Stand still here; what was called stays noted, so that a retry by hand repeats exactly it."""
    before = cursor.waiting
    cursor.waiting = Waiting.model_validate(
        {"kind": kind, "call": before.call if before else None, "attempt": before.attempt if before else 0}
    )


def _dead_letter(m: Machine, frame: Frame, step: str, failure: Failure) -> None:
    m.state.failed = {"step": step, "flow": frame.flow, **failure.model_dump(mode="json")}
    m.emit(Fail(failure=failure, flow=frame.flow, step=step))
    m.handed_off = True


# --- finishing -------------------------------------------------------------------------------------------------------


def finish_frame(m: Machine, frame: Frame, outcome: str = "completed") -> None:
    """A flow has come to its end: give its outputs to the caller, or let what was interrupted go on."""
    outputs = _outputs(m, frame)
    _note_satisfaction(m, frame, outputs)
    if isinstance(outputs, Failure):
        _fail_end(m, frame, outputs)
        return
    m.record("FlowFinished", flow=frame.flow, frame=frame.number, outcome=outcome)
    drop_called(m, frame.number)
    parent = frame_numbered(m.state, frame.caller) if frame.caller is not None else None
    if parent is not None:
        _return_to(m, parent, frame, outputs)
        return
    remember_through(m, frame, outcome)
    remember_ended(m, frame, outcome)
    forget_slots(m, frame)
    if m.around.is_conversation:
        _round_off(m, frame, outcome)
    elif not m.state.frames:
        m.state.finished = {"outcome": outcome, "outputs": outputs}
        m.emit(Finish(outcome=outcome, outputs=outputs))


def _round_off(m: Machine, frame: Frame, outcome: str) -> None:
    """What follows the end of a flow: for a pattern, what it was for; for any other, a question where it is wished."""
    if frame.flow == INTERNAL_ERROR:
        _leave_failed(m, frame)
    elif outcome == "completed" and not frame.flow.startswith("pattern_") and _nothing_left(m):
        _ask_what_else(m, frame)


def _nothing_left(m: Machine) -> bool:
    """Nothing is under way but what waits for a person, a time or an event."""
    return not m.handed_off and not m.state.deferred and is_parked(m.state)


def _ask_what_else(m: Machine, frame: Frame) -> None:
    settings, wished = m.loaded(frame).bundle.settings, m.program(frame).flow.run_pattern_completed
    talked = m.state.turn > frame.turn
    if talked and "completed" in settings.satisfaction and ask_satisfaction(m, {"after": "completed"}):
        return
    if wished if wished is not None else settings.anything_else and talked:
        home = m.home_of(COMPLETED)
        if home is not None:
            m.push(COMPLETED, home, {"flow": frame.flow})


def ask_satisfaction(m: Machine, about: JsonObject) -> bool:
    """Begin the question how it went, unless it was asked a short while ago."""
    home, last = m.home_of(SATISFACTION), m.state.satisfaction_asked_at
    if home is None or (last is not None and m.around.now - last < ASKED_AGAIN_AFTER):
        return False
    m.state.satisfaction_asked_at = m.around.now
    m.push(SATISFACTION, home, about)
    return True


def _note_satisfaction(m: Machine, frame: Frame, outputs: JsonObject | Failure) -> None:
    """However the pattern ends: a score that was given counts, also where nothing more was said."""
    if frame.flow != SATISFACTION or isinstance(outputs, Failure):
        return
    given = {name: value for name, value in outputs.items() if value is not None}
    if given.get("score"):
        about = {name: value for name, value in frame.input.items() if name in ("after", "handoff") and value}
        m.state.satisfaction = given | about | {"at": m.around.now.isoformat()}
        m.record("SatisfactionGiven", **given, **about)


def skip_flow(m: Machine, frame: Frame) -> None:
    """The flow's ``if`` does not hold, so it does not begin: a run of it ends at once, without outputs."""
    m.record("FlowSkipped", flow=frame.flow, frame=frame.number)
    drop_called(m, frame.number)
    if not m.around.is_conversation:
        m.state.finished = {"outcome": "skipped", "outputs": {}}
        m.emit(Finish(outcome="skipped", outputs={}))


def _outputs(m: Machine, frame: Frame) -> JsonObject | Failure:
    try:
        outputs: JsonObject = m.render(m.program(frame).flow.outputs, frame, frame.cursor)
    except BROKEN as error:
        return Failure(kind="invalid", message=f"the outputs of {frame.flow} cannot be worked out: {error}")
    return outputs


def _fail_end(m: Machine, frame: Frame, failure: Failure) -> None:
    """A flow is through, but its outputs cannot be had: its caller's call fails, and so does a run."""
    m.record("OutputsFailed", flow=frame.flow, message=failure.message)
    parent = frame_numbered(m.state, frame.caller) if frame.caller is not None else None
    cursor = caller_cursor(parent, frame.number) if parent is not None else None
    if parent is not None and cursor is not None:
        drop_called(m, frame.number)
        fail_step(m, parent, cursor, m.node(parent, cursor), failure)
    elif m.around.is_conversation:
        drop_called(m, frame.number)
        forget_slots(m, frame)
    else:
        frame.cursor = Cursor(at=None, waiting=Waiting(kind="failed"))
        _dead_letter(m, frame, "outputs", failure)


def _return_to(m: Machine, parent: Frame, child: Frame, outputs: Json) -> None:
    kept = m.program(child).flow.persisted_slots
    passed_on = [name for name in child.touched if name not in kept]
    parent.touched = list(dict.fromkeys([*parent.touched, *passed_on]))
    cursor = caller_cursor(parent, child.number)
    if cursor is not None:  # a branch that lost a race has no cursor any more
        m.done(parent, cursor, m.node(parent, cursor), outputs)


def finish_chain(m: Machine, frame: Frame, outcome: str) -> None:
    """End a flow and all that called it, without going on anywhere."""
    chain = [one for one in m.state.frames if one.root == frame.root]
    for one in chain:
        m.record("FlowFinished", flow=one.flow, frame=one.number, outcome=outcome)
        if one.flow == SATISFACTION:
            _note_satisfaction(m, one, _outputs(m, one))
    drop(m, chain)
    for one in chain:
        forget_slots(m, one)
    if not m.around.is_conversation and not m.state.frames:
        m.state.finished = {"outcome": outcome, "outputs": {}}
        m.emit(Finish(outcome=outcome, outputs={}))


def forget_slots(m: Machine, frame: Frame) -> None:
    """Slots are a flow's own unless it persists them, as in CALM: the next flow asks for itself. What another flow
    under way has filled as well stays until that one ends.
    """
    keep = {*m.program(frame).flow.persisted_slots, *(name for other in m.state.frames for name in other.touched)}
    for name in frame.touched:
        if name not in keep and name in m.state.slots:
            m.put_slot(name, None, m.slot(frame, name))


def cancel_all(m: Machine, by: str) -> None:
    """Drop everything that is under way."""
    dropped = list(m.state.frames)
    for frame in dropped:
        m.record("FlowCancelled", flow=frame.flow, frame=frame.number, by=by)
    drop(m, dropped)
    for frame in dropped:
        forget_slots(m, frame)
    m.state.misunderstood = 0
    m.state.deferred = []
    if not m.around.is_conversation:
        m.state.finished = {"outcome": "cancelled", "outputs": {}}
        m.emit(Finish(outcome="cancelled", outputs={}))


# --- leaving ---------------------------------------------------------------------------------------------------------


def drop(m: Machine, frames: list[Frame]) -> None:
    """Take flows off the stack, and withdraw the reviews that they were waiting for."""
    gone = {frame.number for frame in frames}
    for frame in frames:
        for cursor in leaves(frame.cursor):
            withdraw(m, cursor)
    m.state.frames = [frame for frame in m.state.frames if frame.number not in gone]


def drop_called(m: Machine, number: int | None) -> None:
    """Take a flow and everything that it called off the stack."""
    below = {number}
    for frame in m.state.frames:  # callers stand below what they call
        if frame.caller in below:
            below.add(frame.number)
    drop(m, [frame for frame in m.state.frames if frame.number in below])


def abandon(m: Machine, cursor: Cursor) -> None:
    """Leave the branches of a cursor."""
    for child in cursor.children:
        leave(m, child)


def leave(m: Machine, cursor: Cursor) -> None:
    """Leave a place: what it called is taken off, what it waited for is withdrawn."""
    for leaf in leaves(cursor):
        withdraw(m, leaf)
        if leaf.waiting is not None and leaf.waiting.kind == "call":
            drop_called(m, leaf.waiting.frame)


def withdraw(m: Machine, cursor: Cursor) -> None:
    if cursor.waiting is not None and cursor.waiting.kind == "review" and cursor.waiting.key:
        m.emit(CloseReview(review_id=cursor.waiting.key, status="withdrawn"))
