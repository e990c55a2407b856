"""``advance``: take in what happened, then do every step that needs nothing from outside."""

from collections.abc import Callable
from typing import assert_never

from bot.model.action import Failure
from bot.model.flow import LoopStep, StepBase
from bot.model.run import (
    Cancelled,
    CloseReview,
    Corrected,
    Cursor,
    Effect,
    EffectDone,
    EventCame,
    Frame,
    Incoming,
    Record,
    Returned,
    Retried,
    ReviewDecided,
    Said,
    Started,
    State,
    TimeCame,
    WaitedLong,
)
from bot.rules.advance.around import Around
from bot.rules.advance.calling import ai_step, detach, do_step, effect_done
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
from bot.rules.advance.ending import cancel_all, fail_step, finish_frame
from bot.rules.advance.machine import Bundles, Machine, Runaway, default_of
from bot.rules.advance.pausing import event_came, handoff_step, review_decided, review_step, time_came, wait_step
from bot.rules.advance.people import ask_again, corrected, retried, returned
from bot.rules.advance.places import active_chain, leaves
from bot.rules.advance.talk import say_step, utter_step
from bot.rules.advance.turns import said
from bot.rules.expression import EvaluationError
from bot.rules.program import Node

Perform = Callable[[Machine, Frame, Cursor, Node], None]

STEPS: dict[str, Perform] = {
    "do": do_step,
    "ai": ai_step,
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
    machine = Machine(bundles, State.model_validate_json(state.model_dump_json()), around)
    _take_safely(machine, event)
    if around.muted:
        # A person has the floor: what happened is noted, but nothing is said or begun.
        return machine.state, tuple(e for e in machine.effects if isinstance(e, Record | CloseReview))
    _run(machine)
    return machine.state, tuple(machine.effects)


def _take_safely(m: Machine, event: Incoming) -> None:
    """A condition or text that cannot be evaluated fails the step that it belongs to, like any other failure."""
    try:
        take(m, event)
    except EvaluationError as error:
        for frame in active_chain(m.state):
            for cursor in leaves(frame.cursor):
                if cursor.at is not None and not (cursor.waiting and cursor.waiting.kind == "call"):
                    _fail(m, frame, cursor, Failure(kind="invalid", message=str(error)))
                    return


def take(m: Machine, event: Incoming) -> None:
    """Let what happened change the state, before any step runs."""
    match event:
        case Said():
            said(m, event)
        case Started():
            flow = m.bundles[event.bundle].programs[event.flow].flow
            m.push(event.flow, event.bundle, with_defaults(flow, event.input))
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
        case never:
            assert_never(never)


def _run(m: Machine) -> None:
    """Step by step until everything waits, has ended, or a person has the floor."""
    while not m.handed_off and (place := _next_place(m)) is not None:
        frame, cursor = place
        try:
            m.spend()
            _perform(m, frame, cursor)
        except EvaluationError as error:
            _fail(m, frame, cursor, Failure(kind="invalid", message=str(error)))
        except Runaway:
            _fail(m, frame, cursor, Failure(kind="internal", message="the flow did too many steps without waiting"))
            return


def _next_place(m: Machine) -> tuple[Frame, Cursor] | None:
    """The next place in the flow on top that can go on; with nothing to do there, wake what it interrupted."""
    for frame in active_chain(m.state):
        cursor = _ready(m, frame, frame.cursor, top=True)
        if cursor is not None:
            return frame, cursor
    _wake_interrupted(m)
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


def _wake_interrupted(m: Machine) -> None:
    """What was interrupted is on top again and still waits for an answer: ask once more."""
    if m.state.frames and m.state.frames[-1].interrupted:
        m.state.frames[-1].interrupted = False
        ask_again(m)


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
            STEPS[node.step.kind](m, frame, cursor, node)


def _skipped(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> bool:
    """Switched off, or its ``if`` does not hold. A loop in progress was asked when it began."""
    step: StepBase = node.step
    if isinstance(step, LoopStep) and cursor.loops and cursor.loops[-1].node == node.name:
        return False
    return not step.enabled or (step.if_ is not None and not m.holds(step.if_, frame, cursor))


def _fail(m: Machine, frame: Frame, cursor: Cursor, failure: Failure) -> None:
    if cursor.at is None:  # the outputs of a flow that is through could not be computed
        m.record("OutputsFailed", flow=frame.flow, message=failure.message)
        m.state.frames = [one for one in m.state.frames if one is not frame]
        return
    fail_step(m, frame, cursor, m.node(frame, cursor), failure)
