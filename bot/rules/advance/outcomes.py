"""What becomes of effects: their outcomes, their retries, and turns that wait for them no longer."""

from bot.model.action import ActionResult, Failure
from bot.model.base import JsonObject
from bot.model.effect import AddNote
from bot.model.flow import AiStep, AnswerStep, DoStep
from bot.model.incoming import EffectDone
from bot.model.response import Say
from bot.model.state import Cursor, Frame
from bot.rules.advance.answering import answered, informed, without_model
from bot.rules.advance.calling import SEARCH, looks_for_articles, think
from bot.rules.advance.ending import fail_step, guarded
from bot.rules.advance.machine import Machine
from bot.rules.advance.places import place_of
from bot.rules.advance.talk import compose, speak, utter, utter_plain
from bot.rules.program import Node
from bot.rules.retry import next_try


def effect_done(m: Machine, event: EffectDone) -> None:
    """An outcome has come: go on, try again later, or fail the step."""
    place = place_of(m.state, event.key)
    if place is None:  # its flow was cancelled, or another branch won
        m.record("LateOutcome", key=event.key, failed=event.failure is not None)
        return
    frame, cursor = place
    node = m.node(frame, cursor)
    if event.wrote:
        m.note_written(frame, node)
    if event.failure is None:
        guarded(m, frame, cursor, lambda: _succeeded(m, frame, cursor, node, event))
    else:
        _failed(m, frame, cursor, node, event, event.failure)


def _succeeded(m: Machine, frame: Frame, cursor: Cursor, node: Node, event: EffectDone) -> None:
    result = event.result or ActionResult()
    action = _action_of(node, cursor)
    m.tried(frame, node, action, "done")
    m.record("ActionExecuted", name=action or "ai", flow=frame.flow, step=m.step_name(node))
    _take_slots(m, frame, result.slots)
    _take_events(m, result.events)
    if isinstance(node.step, AnswerStep):
        answered(m, frame, cursor, node, result.output)
        return
    if isinstance(node.step, AiStep) and looks_for_articles(cursor):
        informed(m, frame, cursor, node, result.output)
        return
    m.store(frame, cursor, node, result.output)
    # Before going on: words that cannot be filled in fail this step, not the next one.
    _take_words(m, frame, cursor, result, event.responses)
    m.go(cursor, node.next)


def _action_of(node: Node, cursor: Cursor) -> str | None:
    """The action that was called; None where a model was asked."""
    if isinstance(node.step, DoStep):
        return node.step.do
    if looks_for_articles(cursor):
        return SEARCH
    return SEARCH if isinstance(node.step, AnswerStep) and cursor.waiting and not cursor.waiting.found else None


def _take_events(m: Machine, events: tuple[JsonObject, ...]) -> None:
    """What an action wants done with its own conversation: done with the commit, so once or not at all."""
    for event in events:
        match event:
            case {"event": "conversation_noted", "text": str(text)}:
                m.emit(AddNote(text=text))
                m.record("NoteAdded", by="bot")
            case {"event": "conversation_labelled", "label": str(label)}:
                m.state.labels = list(dict.fromkeys([*m.state.labels, label]))
                m.record("LabelAdded", label=label)
            case {"event": "model_asked", **rest}:
                m.record("ModelAsked", **rest)
            case {"event": "tool_called", **rest}:
                m.record("ToolCalled", **rest)
            case _:
                m.record("ActionEvent", content=event)


def _take_slots(m: Machine, frame: Frame, slots: JsonObject) -> None:
    """Slots that a rasa_sdk action has set. One that nobody declared, or a value its type refuses, is only noted."""
    for name, value in slots.items():
        if m.slot(frame, name) is None:
            m.record("SlotIgnored", name=name, reason="not declared")
            continue
        try:
            m.set_slot(frame, name, value)
        except ValueError as refused:
            m.record("SlotIgnored", name=name, reason=str(refused))


def _take_words(
    m: Machine, frame: Frame, cursor: Cursor, result: ActionResult, responses: dict[str, tuple[Say, ...]]
) -> None:
    for reply in result.replies:
        speak(m, reply)
    for name, variables in result.utter:
        if name in m.loaded(frame).bundle.responses:
            utter(m, frame, cursor, name, extra=variables)
        elif name in responses:
            scope = m.scope(frame, cursor) | variables
            speak(m, compose(m, m.loaded(frame), responses[name][0], scope, ()))
        else:
            m.record("ResponseMissing", name=name)


def _failed(m: Machine, frame: Frame, cursor: Cursor, node: Node, event: EffectDone, failure: Failure) -> None:
    waiting = cursor.waiting
    assert waiting is not None
    retries = node.step.settings.retries
    pause = next_try(retries, failure, waiting.attempt, event.jitter)
    if pause is None:
        if event.result is not None:  # what a model called before it came to no answer
            _take_events(m, event.result.events)
        m.tried(frame, node, _action_of(node, cursor), f"failed: {failure.kind}")
        if isinstance(node.step, AiStep) and looks_for_articles(cursor):
            guarded(m, frame, cursor, lambda: think(m, frame, cursor, node))  # then without them
            return
        if not without_model(m, frame, cursor, node):
            fail_step(m, frame, cursor, node, failure)
        return
    until = event.at + pause
    m.record("StepRetried", step=m.step_name(node), kind=failure.kind, attempt=waiting.attempt, until=str(until))
    m.wait(cursor, waiting.model_copy(update={"kind": "retry", "until": until, "detached": False}))
    began, patience = m.state.turn_began_at, m.around.turn_wait
    if began is not None and m.around.now - began <= patience < until - began:
        tell_waiting(m, frame)  # the contact sits there and waits


def detach(m: Machine, keys: tuple[str, ...]) -> None:
    """The turn has waited long enough: it says so and ends, the effects go on."""
    for key in keys:
        place = place_of(m.state, key)
        if place is not None and place[1].waiting is not None:
            place[1].waiting.detached = True
            tell_waiting(m, place[0])


def tell_waiting(m: Machine, frame: Frame) -> None:
    """Once a turn, and only where somebody is listening."""
    if m.around.is_conversation and not m.state.told_waiting and not m.around.muted:
        m.state.told_waiting = True
        utter_plain(m, m.loaded(frame), "utter_still_working")
