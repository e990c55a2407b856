"""Steps that reach outside: ``do`` and ``ai``, their outcomes, and their retries."""

from bot.model.action import ActionResult, Failure
from bot.model.base import JsonObject
from bot.model.flow import AiStep, DoStep, StepBase
from bot.model.prompt import InlinePrompt
from bot.model.response import Say
from bot.model.run import Act, AddNote, Cursor, EffectDone, Frame, Think, Waiting
from bot.rules.advance.context import context_of
from bot.rules.advance.ending import fail_step, guarded
from bot.rules.advance.machine import Machine
from bot.rules.advance.places import place_of
from bot.rules.advance.talk import compose, speak, utter, utter_plain
from bot.rules.program import Node
from bot.rules.retry import next_try


def do_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    step = node.step
    assert isinstance(step, DoStep)
    act = Act(
        key=m.key(frame, node),
        frame=frame.number,
        node=node.name,
        action=step.do,
        args=m.render(step.with_, frame, cursor),
        timeout_seconds=_seconds(step),
        connection=step.connection,
        retries=step.settings.retries,
    )
    _begin(m, cursor, act)


def ai_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    step = node.step
    assert isinstance(step, AiStep)
    think = Think(
        key=m.key(frame, node),
        frame=frame.number,
        node=node.name,
        spec=(spec := _prompt(m, frame, cursor, step)),
        inputs=m.mask(m.render(step.with_, frame, cursor)),
        context=context_of(m, frame, spec.get("context", ()) if (wished := step.settings.context) is None else wished),
        timeout_seconds=_seconds(step),
    )
    _begin(m, cursor, think)


def answer_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    """Answers come from a knowledge base; without one the step fails like any other, to its ``default`` or a person."""
    m.tried(frame, node, None, "failed: unavailable")
    fail_step(m, frame, cursor, node, Failure(kind="unavailable", message="this desk has no knowledge base"))


def _prompt(m: Machine, frame: Frame, cursor: Cursor, step: AiStep) -> JsonObject:
    """The prompt as it is sent. An inline one may use the flow's variables; a spec sees its inputs alone."""
    if isinstance(step.ai, str):
        named = m.loaded(frame).bundle.prompts.get(step.ai)
        if named is None:
            raise m.missing("prompt", step.ai)
        return named.model_dump(mode="json", by_alias=True)
    inline: InlinePrompt = step.ai
    spec = inline.model_dump(mode="json", by_alias=True)
    texts = {name: m.fenced(spec[name], frame, cursor) for name in ("prompt", "system") if spec[name] is not None}
    return spec | texts | {"name": f"{frame.flow}.{step.id or 'inline'}", "output": spec.pop("schema")}


def _seconds(step: StepBase) -> float | None:
    return step.settings.timeout.total_seconds() if step.settings.timeout else None


def _begin(m: Machine, cursor: Cursor, effect: Act | Think) -> None:
    call = effect.model_dump(mode="json") | {"is": "act" if isinstance(effect, Act) else "think"}
    m.wait(cursor, Waiting(kind="effect", key=effect.key, attempt=effect.attempt, call=call))
    m.emit(effect)


def begin_again(m: Machine, cursor: Cursor) -> None:
    """Another attempt at exactly the effect that this cursor asked for."""
    waiting = cursor.waiting
    assert waiting is not None
    assert waiting.call is not None
    call = {name: value for name, value in waiting.call.items() if name != "is"} | {"attempt": waiting.attempt + 1}
    _begin(m, cursor, Act(**call) if waiting.call["is"] == "act" else Think(**call))


def effect_done(m: Machine, event: EffectDone) -> None:
    """An outcome has come: go on, try again later, or fail the step."""
    place = place_of(m.state, event.key)
    if place is None:  # its flow was cancelled, or another branch won
        m.record("LateOutcome", key=event.key, failed=event.failure is not None)
        return
    frame, cursor = place
    node = m.node(frame, cursor)
    if event.failure is None:
        guarded(m, frame, cursor, lambda: _succeeded(m, frame, cursor, node, event))
    else:
        _failed(m, frame, cursor, node, event, event.failure)


def _succeeded(m: Machine, frame: Frame, cursor: Cursor, node: Node, event: EffectDone) -> None:
    result = event.result or ActionResult()
    action = node.step.do if isinstance(node.step, DoStep) else None
    m.tried(frame, node, action, "done")
    m.record("ActionExecuted", name=action or "ai", flow=frame.flow, step=m.step_name(node))
    _take_slots(m, frame, result.slots)
    _take_events(m, result.events)
    m.store(frame, cursor, node, result.output)
    # Before going on: words that cannot be filled in fail this step, not the next one.
    _take_words(m, frame, cursor, result, event.responses)
    m.go(cursor, node.next)


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
    action = node.step.do if isinstance(node.step, DoStep) else None
    if pause is None:
        m.tried(frame, node, action, f"failed: {failure.kind}")
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
