"""What a turn of the contact does, by what policy decided."""

from typing import assert_never

from bot.model.base import JsonObject
from bot.model.flow import HandoffSpec
from bot.model.run import (
    AskWhich,
    Continue,
    FetchPerson,
    Line,
    Listen,
    Misunderstood,
    Said,
    StartFlow,
    StillWorking,
)
from bot.rules.advance.collecting import answer, prefill
from bot.rules.advance.control import with_defaults
from bot.rules.advance.ending import drop
from bot.rules.advance.machine import Machine
from bot.rules.advance.packet import hand_over
from bot.rules.advance.places import open_question
from bot.rules.advance.talk import utter_plain


def said(m: Machine, event: Said) -> None:
    """Note the turn, then do what was decided."""
    _note(m, event)
    decision = event.decision
    if not isinstance(decision, Misunderstood | Listen):
        m.state.misunderstood = 0
    match decision:
        case Listen():
            pass
        case StartFlow():
            _start(m, event, decision)
        case Continue():
            _answer(m, event)
        case AskWhich(flow=flow, bundle=bundle, choices=choices):
            options = [{"intent": intent, "title": title} for intent, title in choices]
            m.push(flow, bundle, _input(event) | {"choices": options})
        case Misunderstood(flow=flow, bundle=bundle):
            m.state.misunderstood += 1
            _interrupt(m)
            m.push(flow, bundle, _input(event) | {"times": m.state.misunderstood})
        case StillWorking():
            loaded = m.bundles[m.state.frames[-1].bundle] if m.state.frames else next(iter(m.bundles.values()))
            utter_plain(m, loaded, "utter_still_working")
        case FetchPerson():
            _fetch_person(m, decision)
        case never:
            assert_never(never)


def _note(m: Machine, event: Said) -> None:
    state = m.state
    state.turn += 1
    state.turn_began_at = m.around.now
    state.told_waiting = False
    state.contact = {name: m.around.conversation.get(name) for name in ("channel", "sender")} | state.contact
    state.parse = event.parse
    state.language = event.parse.language
    text = _masked(m, event)
    m.remember(Line(who="contact", text=text))
    m.record("MessageReceived", text=text, ids=list(event.message_ids), channel=event.channel)
    m.record(
        "MessageUnderstood",
        intent=event.parse.intent,
        confidence=round(event.parse.confidence, 4),
        language=event.parse.language,
        decision=event.decision.do,
    )


def _masked(m: Machine, event: Said) -> str:
    """The words as they are kept: an answer to a question for a sensitive slot is not."""
    question = open_question(m.state)
    if question is not None and isinstance(event.decision, Continue):
        frame, cursor = question
        spec = m.slot(frame, cursor.waiting.slot or "") if cursor.waiting else None
        if spec is not None and spec.sensitive:
            return "•••"
    return event.text


def _input(event: Said) -> JsonObject:
    """``input`` of a flow that a message starts."""
    files = [file.model_dump(mode="json") for file in event.files]
    return {"text": event.text, "files": files, "channel": event.channel}


def _interrupt(m: Machine) -> None:
    if m.state.frames:
        m.state.frames[-1].interrupted = True


def _start(m: Machine, event: Said, decision: StartFlow) -> None:
    if decision.instead:
        drop(m, list(m.state.frames))
    _interrupt(m)
    flow = m.bundles[decision.bundle].programs[decision.flow].flow
    frame = m.push(decision.flow, decision.bundle, with_defaults(flow, _input(event)))
    for name, value in decision.slots.items():
        m.set_slot(frame, name, value)
    prefill(m, frame, event)


def _answer(m: Machine, event: Said) -> None:
    question = open_question(m.state)
    if question is not None:
        answer(m, *question, event)


def _fetch_person(m: Machine, decision: FetchPerson) -> None:
    frame = m.state.frames[-1] if m.state.frames else None
    loaded = m.loaded(frame) if frame else next(iter(m.bundles.values()))
    utter_plain(m, loaded, "utter_human_handoff")
    hand_over(m, frame, None, HandoffSpec(reason=decision.reason, priority=decision.priority))
