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
from bot.rules.prompt_scope import complete, prompt_scope
from bot.rules.retry import next_try

_TEXTS = ("prompt", "system")


def do_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    step = node.step
    assert isinstance(step, DoStep)
    args: JsonObject = m.render(step.with_, frame, cursor)
    shown = m.mask(args)
    act = Act(
        key=m.key(frame, node),
        frame=frame.number,
        node=node.name,
        action=step.do,
        args=args,
        shown=None if shown == args else shown,
        timeout_seconds=_seconds(step),
        connection=step.connection,
        retries=step.settings.retries,
    )
    _begin(m, cursor, act)


def ai_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    step = node.step
    assert isinstance(step, AiStep)
    given = m.render(step.with_, frame, cursor)
    spec, inputs = (
        _inline(m, frame, cursor, step, given)
        if isinstance(step.ai, InlinePrompt)
        else (_named(m, frame, step.ai, given))
    )
    wished = step.settings.context
    think = Think(
        key=m.key(frame, node),
        frame=frame.number,
        node=node.name,
        spec=spec,
        inputs=m.mask(inputs),
        context=context_of(m, frame, spec["context"] if wished is None else wished),
        timeout_seconds=_seconds(step),
    )
    _begin(m, cursor, think)


def answer_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    """Answers come from a knowledge base; without one the step fails like any other, to its ``default`` or a person."""
    m.tried(frame, node, None, "failed: unavailable")
    fail_step(m, frame, cursor, node, Failure(kind="unavailable", message="this desk has no knowledge base"))


def _named(m: Machine, frame: Frame, name: str, given: JsonObject) -> tuple[JsonObject, JsonObject]:
    """A spec with its texts filled in, and its inputs. Its texts see these inputs alone."""
    found = m.loaded(frame).bundle.prompts.get(name)
    if found is None:
        raise m.missing("prompt", name)
    inputs = complete(found.inputs, given)
    spec = found.model_dump(mode="json", by_alias=True)
    scope = prompt_scope(inputs)
    return spec | {key: m.fenced(spec[key], scope) for key in _TEXTS if spec[key] is not None}, inputs


def _inline(m: Machine, frame: Frame, cursor: Cursor, step: AiStep, given: JsonObject) -> tuple[JsonObject, JsonObject]:
    """A prompt written in its step, in the shape of a spec. Its texts see all that the flow's texts see."""
    assert isinstance(step.ai, InlinePrompt)
    spec = step.ai.model_dump(mode="json", by_alias=True)
    scope = m.scope(frame, cursor)
    texts = {key: m.fenced(spec[key], scope) for key in _TEXTS if spec[key] is not None}
    return spec | texts | {"name": f"{frame.flow}.{step.id or 'inline'}", "output": spec.pop("schema")}, given


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
    if event.wrote:
        m.note_written(frame, node)
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
