"""What people do to a running instance: give it back, correct it, retry it."""

from bot.model.base import JsonObject
from bot.model.flow import CollectStep, HandoffStep
from bot.model.run import Corrected, Cursor, Frame, Returned
from bot.rules.advance.calling import begin_again
from bot.rules.advance.collecting import ask, renew_limit
from bot.rules.advance.control import with_defaults
from bot.rules.advance.ending import drop, finish_frame
from bot.rules.advance.machine import Machine
from bot.rules.advance.places import leaves, open_question, places
from bot.rules.advance.talk import utter_plain


def returned(m: Machine, event: Returned) -> None:
    """The bot has the floor again: at the named step, behind the handoff, or with nothing under way."""
    m.record("HandoffReturned", by=event.by, step=event.step)
    m.state.misunderstood = 0
    if event.step is not None and m.state.frames:
        resume_at(m, m.state.frames[-1], event.step)
    elif m.state.frames:
        _go_on(m, m.state.frames[-1])
    if not m.state.frames:
        _greet_again(m)


def _greet_again(m: Machine) -> None:
    loaded = next(iter(m.bundles.values()), None)
    if loaded is not None:
        utter_plain(m, loaded, "utter_hand_back")


def resume_at(m: Machine, frame: Frame, step: str) -> None:
    """Put the flow on this step. Loops and branches that it stood in are left."""
    program = m.program(frame)
    for leaf in leaves(frame.cursor):
        leaf.waiting = None
    frame.cursor = Cursor(at=program.ids.get(step, step))


def _go_on(m: Machine, frame: Frame) -> None:
    for cursor in leaves(frame.cursor):
        if cursor.waiting is None:
            continue
        if cursor.waiting.kind == "handoff":
            _behind_handoff(m, frame, cursor)
            return
        if cursor.waiting.kind == "collect":
            ask_again(m)
            return


def _behind_handoff(m: Machine, frame: Frame, cursor: Cursor) -> None:
    node = m.node(frame, cursor)
    if isinstance(node.step, HandoffStep):
        m.done(frame, cursor, node, {"returned": True})
    else:  # it stood here because something failed: the person has dealt with it
        finish_frame(m, frame, "handed_over")


def corrected(m: Machine, event: Corrected) -> None:
    """A person knows better: slots at once, an intent by putting its flow in place of what was under way."""
    frame = m.state.frames[-1] if m.state.frames else None
    for name, value in event.slots.items():
        m.put_slot(name, value, m.slot(frame, name) if frame else None)
    if event.intent is None:
        return
    m.record("IntentCorrected", before=m.state.parse.intent, intent=event.intent, by=event.by)
    m.state.parse = m.state.parse.model_copy(update={"intent": event.intent, "confidence": 1.0})
    if event.flow is not None and event.bundle is not None:
        drop(m, list(m.state.frames))
        m.push(event.flow, event.bundle, _inputs(m, event.flow, event.bundle))


def _inputs(m: Machine, flow: str, bundle: str) -> JsonObject:
    said = next((line.text for line in reversed(m.state.recent) if line.who == "contact"), "")
    given: JsonObject = {"text": said, "files": [], "channel": m.around.conversation.get("channel")}
    return with_defaults(m.bundles[bundle].programs[flow].flow, given)


def retried(m: Machine) -> None:
    """Try again what failed for good."""
    m.state.failed = None
    for _, cursor in places(m.state):
        if cursor.waiting is not None and cursor.waiting.kind == "failed":
            if cursor.waiting.call is not None:
                begin_again(m, cursor)
            else:
                cursor.waiting = None


def ask_again(m: Machine) -> None:
    """After an interruption: put the open question once more."""
    question = open_question(m.state)
    if question is None:
        return
    frame, cursor = question
    step = m.node(frame, cursor).step
    waiting = cursor.waiting
    if isinstance(step, CollectStep) and waiting is not None and waiting.slot is not None:
        renew_limit(m, cursor, step)
        ask(m, frame, cursor, step, waiting.slot)
