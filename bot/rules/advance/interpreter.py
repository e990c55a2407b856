"""``advance``: take in what happened, then do every step that needs nothing from outside."""

from collections.abc import Callable
from typing import assert_never

from bot.model.action import Failure
from bot.model.effect import CloseReview, Effect, Record, Say
from bot.model.flow import LoopStep, StepBase
from bot.model.incoming import (
    Cancelled,
    Corrected,
    EffectDone,
    EventCame,
    Incoming,
    Retried,
    Returned,
    ReviewDecided,
    Said,
    Started,
    TimeCame,
    WaitedLong,
)
from bot.model.state import Cursor, Frame, State
from bot.rules.advance.answering import answer_step
from bot.rules.advance.around import Around
from bot.rules.advance.calling import ai_step, do_step
from bot.rules.advance.collecting import collect_step
from bot.rules.advance.control import (
    call_step,
    conditional_step,
    join,
    joined,
    link_step,
    loop_step,
    parallel_step,
    respond_step,
    set_slots_step,
    set_step,
    stop_step,
    with_defaults,
)
from bot.rules.advance.ending import (
    ask_satisfaction,
    cancel_all,
    drop_called,
    fail_step,
    finish_frame,
    give_in,
    skip_flow,
)
from bot.rules.advance.machine import BROKEN, Bundles, Machine, Runaway, Visit, default_of, frame_numbered
from bot.rules.advance.outcomes import detach, effect_done
from bot.rules.advance.pausing import event_came, handoff_step, review_decided, review_step, time_came, wait_step
from bot.rules.advance.people import ask_again, corrected, greet_again, retried, returned
from bot.rules.advance.places import chains, open_question
from bot.rules.advance.revising import remember_turn
from bot.rules.advance.talk import say_step, utter_step
from bot.rules.advance.turns import begin_deferred, said
from bot.rules.program import Node

Perform = Callable[[Machine, Frame, Cursor, Node], None]

STEPS: dict[str, Perform] = {
    "do": do_step,
    "ai": ai_step,
    "answer": answer_step,
    "collect": collect_step,
    "say": say_step,
    "utter": utter_step,
    "conditional": conditional_step,
    "loop": loop_step,
    "parallel": parallel_step,
    "call": call_step,
    "link": link_step,
    "set": set_step,
    "set_slots": set_slots_step,
    "review": review_step,
    "handoff": handoff_step,
    "wait": wait_step,
    "respond": respond_step,
    "stop": stop_step,
}


def advance(bundles: Bundles, state: State, event: Incoming, around: Around) -> tuple[State, tuple[Effect, ...]]:
    """The state after this event, and what is to be done in the world.

    bundles: by hash, every bundle that a flow on the stack or in the event's decision is pinned to.
    Act and Think among the effects are under way afterwards: give each outcome back as EffectDone.
    The given state is left as it was. Never raises for anything that a checked flow or a contact can do.
    """
    state, effects, _ = advance_traced(bundles, state, event, around)
    return state, effects


def advance_traced(
    bundles: Bundles, state: State, event: Incoming, around: Around
) -> tuple[State, tuple[Effect, ...], tuple[Visit, ...]]:
    """Like :func:`advance`, and beside it the (flow, place) of every step that was done, in order."""
    machine = Machine(bundles, State.model_validate_json(state.model_dump_json()), around)
    if around.muted and isinstance(event, TimeCame | Retried):
        return machine.state, (), ()  # time limits stand still, and nothing is tried
    _take_safely(machine, event)
    if around.muted:
        # A person has the floor: what happened is noted, but nothing is said or begun.
        kept = tuple(e for e in machine.effects if isinstance(e, Record | CloseReview))
        remember_turn(state, machine.state, event, kept, around)
        return machine.state, kept, ()
    _run(machine)
    if isinstance(event, Returned):
        greet_again(machine)
    remember_turn(state, machine.state, event, machine.effects, around)
    return machine.state, tuple(machine.effects), tuple(machine.visited)


def _take_safely(m: Machine, event: Incoming) -> None:
    """A condition or text that cannot be evaluated fails the step that it belongs to, like any other failure."""
    try:
        take(m, event)
    except BROKEN as error:
        question = open_question(m.state)
        if question is not None:
            _fail(m, *question, Failure(kind="invalid", message=str(error)))
        else:
            m.record("EventFailed", type=event.type, message=str(error))


def take(m: Machine, event: Incoming) -> None:  # noqa: C901  # one arm for each event
    """Let what happened change the state, before any step runs."""
    match event:
        case Said():
            said(m, event)
        case Started():
            _started(m, event)
        case EffectDone():
            effect_done(m, event)
        case WaitedLong():
            detach(m, event.keys)
        case TimeCame():
            time_came(m)
        case ReviewDecided():
            review_decided(m, event)
        case EventCame():
            event_came(m, event)
        case Returned():
            returned(m, event)
        case Corrected():
            corrected(m, event)
        case Retried():
            retried(m)
        case Cancelled():
            cancel_all(m, event.by)
            _ask_how_it_went(m, event)
        case never:
            assert_never(never)


def _ask_how_it_went(m: Machine, event: Cancelled) -> None:
    """A person has settled the matter: where the desk wishes it, the contact is asked."""
    if event.resolved and m.around.is_conversation and "resolved" in m.settings.satisfaction and not m.around.muted:
        ask_satisfaction(m, {"after": "resolved", "handoff": event.resolved})


def _started(m: Machine, event: Started) -> None:
    flow = m.bundles[event.bundle].programs[event.flow].flow
    frame = m.push(event.flow, event.bundle, with_defaults(flow, event.input))
    if not _may_start(m, frame, flow.if_):
        skip_flow(m, frame)


def _may_start(m: Machine, frame: Frame, condition: str | bool | None) -> bool:
    """The ``if`` of a flow. One that cannot be evaluated lets nobody in."""
    try:
        return condition is None or m.holds(condition, frame, frame.cursor)
    except BROKEN as error:
        m.record("EventFailed", type="started", message=str(error))
        return False


def _run(m: Machine) -> None:
    """Step by step until everything waits, has ended, or a person has the floor."""
    while not m.handed_off and ((place := _next_place(m)) is not None or _next_thing(m)):
        if place is None:
            continue
        frame, cursor = place
        try:
            m.spend()
            _perform_beside(m, frame, cursor)
        except BROKEN as error:
            _fail(m, frame, cursor, Failure(kind="invalid", message=str(error)))
        except Runaway:
            _give_in(m, frame, cursor, "the flow did too many steps without waiting")
            return


def _next_place(m: Machine) -> tuple[Frame, Cursor] | None:
    """The next place that can go on: in the flow on top, else in those below it."""
    for chain in chains(m.state):
        for frame in chain:
            cursor = _ready(m, frame, frame.cursor, top=True)
            if cursor is not None:
                return frame, cursor
    return None


def _ready(m: Machine, frame: Frame, cursor: Cursor, top: bool) -> Cursor | None:
    if cursor.children:
        if joined(m, frame, cursor):
            return cursor
        found = (_ready(m, frame, child, top=False) for child in cursor.children)
        return next((child for child in found if child is not None), None)
    if cursor.waiting is not None or (cursor.at is None and not top):
        return None
    return cursor


def _next_thing(m: Machine) -> bool:
    """Everything waits: what was kept for later comes first, then the question that was left open."""
    return begin_deferred(m) or _put_question_again(m)


def _put_question_again(m: Machine) -> bool:
    """Something came between the open question and its answer: ask once more. False when there is no such question."""
    question = open_question(m.state)
    if question is None or not question[0].interrupted:
        return False
    if _tell_return(m, question[0]):
        return True
    try:
        ask_again(m, *question)
    except BROKEN as error:
        _fail(m, *question, Failure(kind="invalid", message=str(error)))
    return True


def _tell_return(m: Machine, frame: Frame) -> bool:
    """Another flow had the floor for longer than a word: say what comes now. False when there is nothing to say."""
    left, frame.left_in_turn = frame.left_in_turn, None
    home = m.home_of("pattern_continue_interrupted")
    if left is None or m.state.turn <= left or home is None:
        return False
    root = frame_numbered(m.state, frame.root) or frame
    m.push("pattern_continue_interrupted", home, {"flow": m.titled(root)})
    return True


def _perform_beside(m: Machine, frame: Frame, cursor: Cursor) -> None:
    """A step of one flow while another may be asking: what it says comes between question and answer."""
    question = open_question(m.state) if len(m.state.frames) > 1 else None
    before = len(m.effects)
    _perform(m, frame, cursor)
    if question is not None and question[0].root != frame.root:
        said = any(isinstance(effect, Say) for effect in m.effects[before:])
        question[0].interrupted = question[0].interrupted or said


def _perform(m: Machine, frame: Frame, cursor: Cursor) -> None:
    if cursor.children:
        join(m, frame, cursor)
    elif cursor.at is None:
        finish_frame(m, frame)
    else:
        node = m.node(frame, cursor)
        if _skipped(m, frame, cursor, node):
            m.done(frame, cursor, node, default_of(node.step))
        else:
            m.visited.append((frame.flow, node.name))
            STEPS[node.step.kind](m, frame, cursor, node)


def _skipped(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> bool:
    """Switched off, or its ``if`` does not hold. A loop in progress was asked when it began."""
    step: StepBase = node.step
    if isinstance(step, LoopStep) and cursor.loops and cursor.loops[-1].node == node.name:
        return False
    return not step.enabled or (step.if_ is not None and not m.holds(step.if_, frame, cursor))


def _fail(m: Machine, frame: Frame, cursor: Cursor, failure: Failure) -> None:
    assert cursor.at is not None, "a flow that is through evaluates nothing but its outputs"
    fail_step(m, frame, cursor, m.node(frame, cursor), failure)


def _give_in(m: Machine, frame: Frame, cursor: Cursor, why: str) -> None:
    """Whatever the flow says about errors, it has run wild: it gets no chance to do so again."""
    if cursor.at is None:
        m.record("FlowFinished", flow=frame.flow, frame=frame.number, outcome="failed")
        drop_called(m, frame.number)
        return
    node = m.node(frame, cursor)
    m.record("StepFailed", flow=frame.flow, step=m.step_name(node), kind="internal", message=why)
    give_in(m, frame, cursor, node, Failure(kind="internal", message=why), plainly=True)
