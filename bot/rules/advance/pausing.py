"""Steps that wait for a person, a time or an event, and what ends the wait."""

from datetime import UTC, datetime, timedelta

from bot.model.action import Failure
from bot.model.base import Json
from bot.model.effect import AskReview, CloseReview
from bot.model.flow import CollectStep, HandoffSpec, HandoffStep, ReviewStep, WaitStep
from bot.model.incoming import EventCame, ReviewDecided
from bot.model.state import Cursor, Frame, Waiting
from bot.rules.advance.calling import begin_again
from bot.rules.advance.collecting import timed_out
from bot.rules.advance.ending import fail_step, finish_chain, guarded
from bot.rules.advance.machine import Machine
from bot.rules.advance.packet import hand_over
from bot.rules.advance.places import open_question, place_of, places
from bot.rules.advance.talk import utter_plain
from bot.rules.expression import EvaluationError, compile_expression
from bot.rules.program import Node

USER_SILENCE = "pattern_user_silence"
LONGEST_WAIT = timedelta(days=3660)


def wait_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    assert isinstance(node.step, WaitStep)
    wait = node.step.wait
    now = m.around.now
    if wait.for_ is not None:
        m.wait(cursor, Waiting(kind="timer", until=now + wait.for_))
    elif wait.until is not None:
        m.wait(cursor, Waiting(kind="timer", until=_moment(m, frame, cursor, wait.until)))
    else:
        until = now + wait.timeout if wait.timeout else None
        m.wait(cursor, Waiting(kind="event", name=wait.event, until=until))


def _moment(m: Machine, frame: Frame, cursor: Cursor, expression: str) -> datetime:
    value = compile_expression(expression).evaluate(m.scope(frame, cursor), m.around.now)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        what = f"`until` gave {value!r}, which is no date"
        raise EvaluationError(what, "Give it a date such as now() + days(1).") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(moment, m.around.now + LONGEST_WAIT)


def review_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    assert isinstance(node.step, ReviewStep)
    review = node.step.review
    ask = AskReview(
        review_id=m.key(frame, node),
        team=None if review.team is None else m.text(review.team, frame, cursor),
        title=m.mask(m.text(review.title, frame, cursor)),
        show=m.mask(m.render(review.show, frame, cursor)),
        editable=frame.steps.get(review.edit) if review.edit else None,
        expires_at=m.around.now + review.timeout,
    )
    m.wait(cursor, Waiting(kind="review", key=ask.review_id, until=ask.expires_at))
    m.record("ReviewRequested", review=ask.review_id, team=ask.team, flow=frame.flow)
    m.emit(ask)


def review_decided(m: Machine, event: ReviewDecided) -> None:
    place = place_of(m.state, event.review_id)
    if place is None:
        return
    frame, cursor = place
    node = m.node(frame, cursor)
    assert isinstance(node.step, ReviewStep)
    m.record("ReviewDecided", review=event.review_id, decision=event.decision, by=event.by, note=event.note)
    output: Json = {"decision": event.decision, "by": event.by, "note": event.note}
    if event.decision == "reject":
        m.store(frame, cursor, node, output)
        _refused(m, frame, cursor, node, "on_reject", "review_rejected", event.note)
        return
    if event.decision == "edit" and node.step.review.edit:
        frame.steps[node.step.review.edit] = event.edited
    m.done(frame, cursor, node, output)


def _refused(m: Machine, frame: Frame, cursor: Cursor, node: Node, block: str, reason: str, note: str | None) -> None:
    """Not approved: the step's own way, else a person tells the contact; a run ends as rejected."""
    if block in node.blocks:
        m.enter(cursor, node, block)
    elif m.around.is_conversation:
        m.wait(cursor, Waiting(kind="handoff"))
        utter_plain(m, m.loaded(frame), "utter_human_handoff")
        hand_over(m, frame, None, HandoffSpec(reason=reason, note=note), node=node)
    else:
        finish_chain(m, frame, reason)


def handoff_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    """Give the floor away. If it comes back, the flow goes on behind this step."""
    assert isinstance(node.step, HandoffStep)
    hand_over(m, frame, cursor, node.step.handoff)
    m.tried(frame, node, None, "handed over")
    m.wait(cursor, Waiting(kind="handoff", name=node.name))


def time_came(m: Machine) -> None:
    """Everything that is due by now, in all flows on the stack."""
    for frame, cursor in list(places(m.state)):
        waiting = cursor.waiting
        still_there = any(frame is one for one in m.state.frames)
        if still_there and waiting and waiting.until is not None and waiting.until <= m.around.now:
            guarded(m, frame, cursor, lambda: _due(m, frame, cursor, waiting))  # noqa: B023  # called at once


def _due(m: Machine, frame: Frame, cursor: Cursor, waiting: Waiting) -> None:
    node = m.node(frame, cursor)
    match waiting.kind:
        case "retry":
            begin_again(m, cursor)
        case "timer":
            m.done(frame, cursor, node)
        case "collect":
            _silence(m, frame, cursor, node)
        case "review":
            _review_expired(m, frame, cursor, node, waiting)
        case "event":
            _event_missed(m, frame, cursor, node)
        case _:
            waiting.until = None


def _silence(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    assert isinstance(node.step, CollectStep)
    if node.step.timeout is None:
        _keeps_silent(m, frame, cursor)
        return
    m.record("AnswerTimedOut", slot=cursor.waiting.slot if cursor.waiting else None)
    if not timed_out(m, frame, cursor, node):
        finish_chain(m, frame, "abandoned")


def _keeps_silent(m: Machine, frame: Frame, cursor: Cursor) -> None:
    """The desk's own patience: the question once more, then its end, or a person who looks."""
    waiting, question = cursor.waiting, open_question(m.state)
    assert waiting is not None
    waiting.until = None  # it has its time again when it is put again
    if question is None or question[1] is not cursor:
        return
    silence, home = m.loaded(frame).bundle.settings.silence, m.home_of(USER_SILENCE)
    m.record("AnswerTimedOut", slot=waiting.slot, reminded=waiting.reminded)
    times = 2 if waiting.reminded else 1
    if times == 1:
        waiting.reminded = frame.interrupted = True
    elif silence.then == "close":
        _close_what_asks(m)
    if home is not None:
        m.push(USER_SILENCE, home, {"times": times, "then": silence.then})


def _close_what_asks(m: Machine) -> None:
    """Nothing is asked any more; what waits for a person, a time or an event goes on waiting."""
    while (question := open_question(m.state)) is not None:
        finish_chain(m, question[0], "abandoned")


def _review_expired(m: Machine, frame: Frame, cursor: Cursor, node: Node, waiting: Waiting) -> None:
    assert waiting.key is not None
    m.record("ReviewExpired", review=waiting.key)
    m.emit(CloseReview(review_id=waiting.key, status="expired"))
    m.store(frame, cursor, node, {"decision": "timeout", "by": None, "note": None})
    block = "on_timeout" if "on_timeout" in node.blocks else "on_reject"
    _refused(m, frame, cursor, node, block, "review_timed_out", None)


def _event_missed(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    if "on_timeout" in node.blocks:
        m.store(frame, cursor, node, None)
        m.enter(cursor, node, "on_timeout")
    else:
        message = "the event that was waited for did not come in time"
        fail_step(m, frame, cursor, node, Failure(kind="timeout", message=message))


def event_came(m: Machine, event: EventCame) -> None:
    for frame, cursor in list(places(m.state)):
        if cursor.waiting is not None and cursor.waiting.kind == "event" and cursor.waiting.name == event.name:
            guarded(m, frame, cursor, lambda: _take_event(m, frame, cursor, event))  # noqa: B023  # called at once


def _take_event(m: Machine, frame: Frame, cursor: Cursor, event: EventCame) -> None:
    node = m.node(frame, cursor)
    assert isinstance(node.step, WaitStep)
    if _matches(m, frame, cursor, node.step, event):
        m.done(frame, cursor, node, event.payload)


def _matches(m: Machine, frame: Frame, cursor: Cursor, step: WaitStep, event: EventCame) -> bool:
    if step.wait.match is None:
        return True
    scope = m.scope(frame, cursor) | {"event": event.payload}
    return compile_expression(step.wait.match).truth(scope, m.around.now)
