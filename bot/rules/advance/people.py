"""What people do to a running instance: give it back, correct it, retry it."""

from bot.model.base import JsonObject
from bot.model.effect import Act, Say, Think
from bot.model.flow import CollectStep, HandoffStep
from bot.model.incoming import Corrected, Returned
from bot.model.state import Cursor, Frame
from bot.rules.advance.calling import begin_again
from bot.rules.advance.collecting import put_question
from bot.rules.advance.control import with_defaults
from bot.rules.advance.ending import drop, finish_chain, leave
from bot.rules.advance.machine import Machine
from bot.rules.advance.places import gives_way, open_question, places
from bot.rules.advance.talk import utter_plain


def returned(m: Machine, event: Returned) -> None:
    """The bot has the floor again: at the named step, behind the handoff, or with nothing under way."""
    m.record("HandoffReturned", by=event.by, step=event.step)
    m.state.misunderstood = 0
    place = _place_to_resume(m, event.step) if event.step is not None else None
    if place is not None:
        _resume_at(m, *place)
    for frame, cursor in list(places(m.state)):
        if any(frame is one for one in m.state.frames) and cursor.waiting and cursor.waiting.kind == "handoff":
            _behind_handoff(m, frame, cursor)
    question = open_question(m.state)
    if question is not None:
        question[0].interrupted = True


def greet_again(m: Machine) -> None:
    """Nothing was left to say or do: the contact still learns who is talking to them now."""
    loaded = next(iter(m.bundles.values()), None)
    goes_on = m.handed_off or any(isinstance(effect, Say | Act | Think) for effect in m.effects)
    if loaded is not None and not goes_on:
        utter_plain(m, loaded, "utter_hand_back")


def _place_to_resume(m: Machine, step: str) -> tuple[Frame, str] | None:
    """The topmost flow with such a step, and the step's place in it."""
    for frame in reversed([one for one in m.state.frames if not gives_way(one)]):
        program = m.program(frame)
        name = program.ids.get(step, step)
        if name in program.nodes:
            return frame, name
    m.record("StepUnknown", step=step)
    return None


def _resume_at(m: Machine, frame: Frame, name: str) -> None:
    """Put the flow on this step. Loops and branches that it stood in are left, with what they were waiting for."""
    leave(m, frame.cursor)
    frame.cursor = Cursor(at=name)


def _behind_handoff(m: Machine, frame: Frame, cursor: Cursor) -> None:
    node, slot = m.node(frame, cursor), cursor.waiting.slot if cursor.waiting else None
    if isinstance(node.step, HandoffStep):
        m.done(frame, cursor, node, {"returned": True})
    elif isinstance(node.step, CollectStep) and slot is not None and m.state.slots.get(slot) is not None:
        cursor.waiting = None  # the person has filled what the contact could not
    else:  # it stood here because something failed: the person has dealt with it
        finish_chain(m, frame, "handed_over")


def corrected(m: Machine, event: Corrected) -> None:
    """A person knows better: slots at once, an intent by putting its flow in place of what was under way."""
    frame = m.state.frames[-1] if m.state.frames else None
    for name, value in event.slots.items():
        m.put_slot(name, value, m.slot_anywhere(name))
        if frame is not None and name not in frame.touched:
            frame.touched.append(name)
    _answered_by_person(m, event.slots)
    if event.intent is None:
        return
    before = m.state.parse
    confidence = round(before.confidence, 4)
    m.record("IntentCorrected", before=before.intent, confidence=confidence, intent=event.intent, by=event.by)
    m.state.parse = m.state.parse.model_copy(update={"intent": event.intent, "confidence": 1.0})
    m.state.wish = m.state.parse
    if event.flow is not None and event.bundle is not None:
        known = [name for frame in m.state.frames for name in frame.touched]
        drop(m, list(m.state.frames))
        begun = m.push(event.flow, event.bundle, _inputs(m, event.flow, event.bundle))
        begun.touched = list(dict.fromkeys(known))


def _answered_by_person(m: Machine, slots: JsonObject) -> None:
    """Questions for these slots have their answer."""
    for _, cursor in places(m.state):
        waiting = cursor.waiting
        if waiting is not None and waiting.kind == "collect" and slots.get(waiting.slot or "") is not None:
            cursor.waiting = None


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


def ask_again(m: Machine, frame: Frame, cursor: Cursor) -> None:
    """After an interruption: put the open question once more, unless it was answered by the way."""
    waiting = cursor.waiting
    if waiting is not None and waiting.slot is not None and m.state.slots.get(waiting.slot) is None:
        put_question(m, frame, cursor)
    else:
        frame.interrupted = False
        cursor.waiting = None
