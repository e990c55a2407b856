"""The collect step: ask, read the answer by its type, refuse with a reason, give up to a person."""

from datetime import timedelta

from bot.model.base import Json
from bot.model.flow import CollectStep, HandoffSpec, Rejection
from bot.model.message import FileRef
from bot.model.response import Button
from bot.model.run import Cursor, Frame, Said, Waiting
from bot.model.slot import SlotSpec
from bot.rules.advance.machine import Machine
from bot.rules.advance.packet import hand_over
from bot.rules.advance.talk import say, utter
from bot.rules.program import Node
from bot.rules.values import Refused, read_value

MAX_CHOICE_BUTTONS = 10


def collect_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    """Ask for the first slot that is still empty; with none left, go on."""
    assert isinstance(node.step, CollectStep)
    slot = _next_slot(m, frame, node.step, cursor)
    if slot is None:
        m.done(frame, cursor, node, {name: m.state.slots.get(name) for name in node.step.slots})
        return
    _wait_for(m, cursor, node.step, slot)
    ask(m, frame, cursor, node.step, slot)


def _next_slot(m: Machine, frame: Frame, step: CollectStep, cursor: Cursor) -> str | None:
    if step.ask_before_filling and cursor.waiting is None:
        asked = frame.vars.get(_asked_name(step), [])
        return next((name for name in step.slots if name not in asked), None)
    return next((name for name in step.slots if m.state.slots.get(name) is None), None)


def _asked_name(step: CollectStep) -> str:
    """A private variable: no name in a flow can hold a space."""
    return "asked " + " ".join(step.slots)


def _wait_for(m: Machine, cursor: Cursor, step: CollectStep, slot: str) -> None:
    until = m.around.now + step.timeout if step.timeout else None
    m.wait(cursor, Waiting(kind="collect", slot=slot, until=until))
    m.record("QuestionAsked", slot=slot)


def ask(m: Machine, frame: Frame, cursor: Cursor, step: CollectStep, slot: str) -> None:
    """Put the question for this slot: the step's own words, its response, or ``utter_ask_<slot>``."""
    buttons = choice_buttons(m.slot(frame, slot))
    if step.ask is not None:
        say(m, frame, cursor, step.ask, buttons)
    else:
        utter(m, frame, cursor, step.utter or f"utter_ask_{slot}", buttons)


def choice_buttons(spec: SlotSpec | None) -> tuple[Button, ...]:
    """A choice can be pressed, unless there is too much to choose from."""
    if spec is None or spec.type != "choice" or len(spec.values) > MAX_CHOICE_BUTTONS:
        return ()
    return tuple(Button(title=c.title or c.value, payload=c.value) for c in spec.values)


def answer(m: Machine, frame: Frame, cursor: Cursor, said: Said) -> None:
    """Read the contact's words as the answer to the open question."""
    waiting, node = cursor.waiting, m.node(frame, cursor)
    assert waiting is not None and waiting.slot is not None and isinstance(node.step, CollectStep)
    spec = m.slot(frame, waiting.slot)
    assert spec is not None, "check refuses a collect of an undeclared slot"
    read = read_answer(m, spec, said)
    if isinstance(read, Refused):
        _refuse(m, frame, cursor, node, read)
        return
    rejection = _rejection(m, frame, cursor, node.step, waiting.slot, read.value)
    if rejection is not None:
        _reject(m, frame, cursor, node, rejection, waiting.slot, read.value)
        return
    fill(m, frame, cursor, node, waiting.slot, read.value)


def read_answer(m: Machine, spec: SlotSpec, said: Said):  # type: ignore[no-untyped-def]
    """The typed value in the contact's words, or why there is none."""
    return read_value(
        spec,
        said.payload or said.text,
        said.parse.entities,
        now=m.around.now,
        timezone=m.state.contact.get("timezone") or m.around.timezone,
        language=m.state.language or said.parse.language,
        files=said.files,
    )


def fill(m: Machine, frame: Frame, cursor: Cursor, node: Node, slot: str, value: Json) -> None:
    assert isinstance(node.step, CollectStep)
    m.set_slot(frame, slot, value)
    if node.step.ask_before_filling:
        name = _asked_name(node.step)
        frame.vars[name] = [*frame.vars.get(name, []), slot]
    cursor.waiting = None  # the step is done once more: it asks for the next slot or goes on


def _refuse(m: Machine, frame: Frame, cursor: Cursor, node: Node, refused: Refused) -> None:
    """The words do not hold a value of the type."""
    name = f"utter_refused_{refused.code}"
    if name not in m.loaded(frame).bundle.responses:
        name = "utter_refused"
    _another_attempt(m, frame, cursor, node, refused.code, lambda: utter(m, frame, cursor, name, **refused.variables))


def _rejection(
    m: Machine, frame: Frame, cursor: Cursor, step: CollectStep, slot: str, value: Json
) -> Rejection | None:
    """The first rejection that holds, seen as if the slot were filled."""
    before = m.state.slots.get(slot)
    m.state.slots[slot] = value
    try:
        return next((r for r in step.rejections if m.holds(r.if_, frame, cursor)), None)
    finally:
        m.state.slots.pop(slot)
        if before is not None:
            m.state.slots[slot] = before


def _reject(m: Machine, frame: Frame, cursor: Cursor, node: Node, rejection: Rejection, slot: str, value: Json) -> None:
    def tell() -> None:
        before = m.state.slots.get(slot)
        m.state.slots[slot] = value  # the words may speak of the value that is refused
        if rejection.say is not None:
            say(m, frame, cursor, rejection.say)
        elif rejection.utter is not None:
            utter(m, frame, cursor, rejection.utter)
        m.state.slots.pop(slot)
        if before is not None:
            m.state.slots[slot] = before

    _another_attempt(m, frame, cursor, node, "rejected", tell)


def _another_attempt(m: Machine, frame: Frame, cursor: Cursor, node: Node, code: str, tell) -> None:  # type: ignore[no-untyped-def]
    waiting, step = cursor.waiting, node.step
    assert waiting is not None and waiting.slot is not None and isinstance(step, CollectStep)
    waiting.attempt += 1
    m.record("AnswerRefused", slot=waiting.slot, reason=code, attempt=waiting.attempt)
    if waiting.attempt >= step.max_attempts:
        give_up(m, frame, cursor, node)
        return
    tell()
    if step.timeout:
        waiting.until = m.around.now + step.timeout
    ask(m, frame, cursor, step, waiting.slot)


def give_up(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    """No usable answer: the step's own way out, or a person."""
    assert isinstance(node.step, CollectStep)
    if node.step.on_give_up is not None:
        m.enter(cursor, node, "on_give_up")
        return
    slot = cursor.waiting.slot if cursor.waiting else None
    m.wait(cursor, Waiting(kind="handoff", slot=slot))
    utter(m, frame, cursor, "utter_human_handoff")
    hand_over(m, frame, cursor, HandoffSpec(reason="collect_failed", note=None), node=node)


def timed_out(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> bool:
    """The contact kept silent. True when the step has a way on; else the flow is to end."""
    if "on_timeout" not in node.blocks:
        return False
    m.enter(cursor, node, "on_timeout")
    return True


def prefill(m: Machine, frame: Frame, said: Said) -> None:
    """Fill empty ``prefill`` slots from what the first message already said: an entity of that name, else of that type."""
    for name, spec in m.loaded(frame).bundle.slots.items():
        if spec.prefill and m.state.slots.get(name) is None:
            _prefill_one(m, frame, said, name, spec)


def _prefill_one(m: Machine, frame: Frame, said: Said, name: str, spec: SlotSpec) -> None:
    for entity in said.parse.entities:
        if entity.entity in (name, spec.type):
            try:
                m.set_slot(frame, name, entity.value)
            except ValueError:
                continue  # found by its form, refused by the slot's bounds: it will be asked for
            return


def renew_limit(m: Machine, cursor: Cursor, step: CollectStep) -> None:
    """After an interruption the contact has the whole time again."""
    limit: timedelta | None = step.timeout
    if cursor.waiting is not None and limit is not None:
        cursor.waiting.until = m.around.now + limit
