"""The collect step: ask, read the answer by its type, refuse with a reason, give up to a person."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from bot.model.base import Json
from bot.model.flow import CollectStep, HandoffSpec, Rejection
from bot.model.incoming import Said
from bot.model.response import Button
from bot.model.slot import SlotSpec
from bot.model.state import Cursor, Frame, Waiting
from bot.rules.advance.forming import answered_name, begun_form, forget_answers, show_form, typing_name
from bot.rules.advance.machine import Machine
from bot.rules.advance.packet import hand_over
from bot.rules.advance.places import active_chain
from bot.rules.advance.prefilling import LONGEST_HEARD, heard_before
from bot.rules.advance.talk import say, utter, utter_plain
from bot.rules.expression import EvaluationError
from bot.rules.program import Node
from bot.rules.values import LACKING, Answer, Filled, Refused, read_value

MAX_CHOICE_BUTTONS = 10


def collect_step(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    """Ask for the first slot that is still empty; with none left, go on."""
    step = _collect(node)
    slot = _next_slot(m, frame, cursor, step)
    if slot is not None and m.slot(frame, slot) is None:
        raise m.missing("slot", slot)
    if slot is not None and not m.around.is_conversation:
        raise EvaluationError(f"a run has nobody to ask for {slot!r}", "Give it as an input of the flow")
    if slot is None:
        forget_answers(frame, step)
        m.done(frame, cursor, node, {name: m.state.slots.get(name) for name in step.slots})
        return
    form = begun_form(m, frame, step, node.name)
    m.wait(cursor, Waiting(kind="collect", slot=slot, heard=heard_before(m, frame, slot), form=form))
    m.record("QuestionAsked", slot=slot, **({"form": form.id, "slots": form.slots} if form else {}))
    chain = active_chain(m.state)
    if any(one is frame for one in chain):
        put_question(m, frame, cursor)
    else:
        frame.interrupted = True  # another flow is asking: this question is put when that one is through


def _collect(node: Node) -> CollectStep:
    assert isinstance(node.step, CollectStep)
    return node.step


def _next_slot(m: Machine, frame: Frame, cursor: Cursor, step: CollectStep) -> str | None:
    """The next slot to ask for. One that came in filled must pass the step's rejections as an answer does."""
    answered = frame.vars.get(answered_name(step), [])
    for name in step.slots:
        value = m.state.slots.get(name)
        if value is None:
            return name
        if name in answered:
            continue
        if step.ask_before_filling:
            return name
        rejection = rejection_of(m, frame, cursor, step, name, value)
        if rejection is not None:
            m.record("AnswerRefused", slot=name, reason="rejected", attempt=0)
            _say_rejection(m, frame, cursor, rejection, name, value)
            m.set_slot(frame, name, None)
            return name
    return None


def put_question(m: Machine, frame: Frame, cursor: Cursor) -> None:
    """Ask, for the first time or once more; the contact has the whole time for an answer."""
    step, waiting = _collect(m.node(frame, cursor)), cursor.waiting
    assert waiting is not None
    assert waiting.slot is not None
    frame.interrupted = False
    waiting.until = _answer_until(m, frame, step, waiting)
    if waiting.form is not None:
        show_form(m, frame, cursor, step, waiting.form, waiting.slot)
    else:
        _ask(m, frame, cursor, step, waiting.slot)


def _answer_until(m: Machine, frame: Frame, step: CollectStep, waiting: Waiting) -> datetime | None:
    """When silence is no longer waited for: as the step says, else as the desk does where it may write first."""
    silence = m.loaded(frame).bundle.settings.silence
    if step.timeout is not None:
        return m.around.now + step.timeout
    if not silence.enabled or not m.around.speaks_first:
        return None
    return m.around.now + (silence.close_after if waiting.reminded else silence.remind_after)


def _ask(m: Machine, frame: Frame, cursor: Cursor, step: CollectStep, slot: str) -> None:
    """The words for this slot: the step's own, its response, or ``utter_ask_<slot>``."""
    buttons = choice_buttons(m.slot(frame, slot), m.state.language)
    if step.ask is not None:
        say(m, frame, cursor, step.ask, buttons)
    else:
        utter(m, frame, cursor, step.utter or f"utter_ask_{slot}", buttons)


def choice_buttons(spec: SlotSpec | None, language: str | None = None) -> tuple[Button, ...]:
    """A choice can be pressed, unless there is too much to choose from."""
    if spec is None or spec.type != "choice" or len(spec.values) > MAX_CHOICE_BUTTONS:
        return ()
    return tuple(Button(title=c.titled(language), payload=c.value) for c in spec.values)


def answer(m: Machine, frame: Frame, cursor: Cursor, said: Said) -> None:
    """Read the contact's words as the answer to the open question."""
    waiting, node = cursor.waiting, m.node(frame, cursor)
    assert waiting is not None
    assert waiting.slot is not None
    slot, step = waiting.slot, _collect(node)
    spec = m.slot(frame, slot)
    assert spec is not None, "check refuses a collect of an undeclared slot"
    _leave_form(m, frame, cursor, step)
    read = read_answer(m, spec, said, waiting.heard)
    if isinstance(read, Refused):
        waiting.heard = said.text[:LONGEST_HEARD] if read.code in LACKING and not spec.sensitive else None
        _refuse(m, frame, cursor, node, read)
        return
    rejection = rejection_of(m, frame, cursor, step, slot, read.value)
    if rejection is None:
        fill(m, frame, cursor, step, slot, read.value)
    else:
        _another_attempt(
            m, frame, cursor, node, "rejected",
            lambda: _say_rejection(m, frame, cursor, rejection, slot, read.value),
        )  # fmt: skip


def _leave_form(m: Machine, frame: Frame, cursor: Cursor, step: CollectStep) -> None:
    """Words instead of the form: it goes on in words, and what was good in the form that was sent last counts."""
    waiting = cursor.waiting
    if waiting is None or waiting.form is None:
        return
    left, waiting.form = waiting.form, None
    frame.vars[typing_name(step)] = True
    for name, text in left.values.items():
        spec = m.slot(frame, name)
        if spec is not None and name not in left.problems and name != waiting.slot:
            read = read_text(m, spec, text)
            if isinstance(read, Filled):
                keep_answer(m, frame, step, name, read.value)


def read_text(m: Machine, spec: SlotSpec, text: str) -> Answer:
    """The typed value in the text of one field."""
    timezone = m.state.contact.get("timezone") or m.around.timezone
    language = m.state.language or m.state.parse.language
    return read_value(spec, text, now=m.around.now, timezone=timezone, language=language)


def read_answer(m: Machine, spec: SlotSpec, said: Said, heard: str | None = None) -> Answer:
    """The typed value in the contact's words, or why there is none. heard: the words before, which lacked a part."""
    return read_value(
        spec,
        said.payload or said.text,
        said.parse.entities,
        now=m.around.now,
        timezone=m.state.contact.get("timezone") or m.around.timezone,
        language=m.state.language or said.parse.language,
        files=said.files,
        heard=heard,
    )


def fill(m: Machine, frame: Frame, cursor: Cursor, step: CollectStep, slot: str, value: Json) -> None:
    """The slot has its answer. The step is done once more then: it asks for the next slot or goes on."""
    keep_answer(m, frame, step, slot, value)
    cursor.waiting = None


def keep_answer(m: Machine, frame: Frame, step: CollectStep, slot: str, value: Json) -> None:
    m.set_slot(frame, slot, value)
    m.state.chats = 0
    answered = frame.vars.get(answered_name(step), [])
    frame.vars[answered_name(step)] = [*answered, slot]


def _refuse(m: Machine, frame: Frame, cursor: Cursor, node: Node, refused: Refused) -> None:
    """The words do not hold a value of the type."""
    name = refusal_name(m, frame, refused, cursor.waiting.slot if cursor.waiting else None)
    _another_attempt(
        m, frame, cursor, node, refused.code, lambda: utter(m, frame, cursor, name, extra=refused.variables)
    )


def refusal_name(m: Machine, frame: Frame, refused: Refused, slot: str | None) -> str:
    """The response that says why a value was refused: the slot's own, that of the reason, or one for all."""
    names = (f"utter_refused_{slot}", f"utter_refused_{refused.code}")
    return next((name for name in names if name in m.loaded(frame).bundle.responses), "utter_refused")


def rejection_of(
    m: Machine, frame: Frame, cursor: Cursor, step: CollectStep, slot: str, value: Json
) -> Rejection | None:
    """The first rejection that holds."""
    with _as_if_filled(m, slot, value):
        return next((r for r in step.rejections if m.holds(r.if_, frame, cursor)), None)


def _say_rejection(m: Machine, frame: Frame, cursor: Cursor, rejection: Rejection, slot: str, value: Json) -> None:
    """The words may speak of the value that is refused."""
    with _as_if_filled(m, slot, value):
        if rejection.say is not None:
            say(m, frame, cursor, rejection.say)
        elif rejection.utter is not None:
            utter(m, frame, cursor, rejection.utter)


@contextmanager
def _as_if_filled(m: Machine, slot: str, value: Json) -> Iterator[None]:
    before = dict(m.state.slots)
    m.state.slots[slot] = value
    try:
        yield
    finally:
        m.state.slots = before


def _another_attempt(m: Machine, frame: Frame, cursor: Cursor, node: Node, code: str, tell: Callable[[], None]) -> None:
    """Say why, and ask again; after ``max_attempts`` refused answers, give up."""
    waiting = cursor.waiting
    assert waiting is not None
    assert waiting.slot is not None
    waiting.attempt += 1
    m.record("AnswerRefused", slot=waiting.slot, reason=code, attempt=waiting.attempt)
    if waiting.attempt >= _collect(node).max_attempts:
        give_up(m, frame, cursor, node)
        return
    tell()
    put_question(m, frame, cursor)


def give_up(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> None:
    """No usable answer: the step's own way out, or a person."""
    forget_answers(frame, _collect(node))
    if "on_give_up" in node.blocks:
        m.store(frame, cursor, node, None)
        m.enter(cursor, node, "on_give_up")
        return
    slot = cursor.waiting.slot if cursor.waiting else None
    m.wait(cursor, Waiting(kind="handoff", slot=slot))
    utter_plain(m, m.loaded(frame), "utter_human_handoff")
    hand_over(m, frame, cursor, HandoffSpec(reason="collect_failed"), node=node)


def timed_out(m: Machine, frame: Frame, cursor: Cursor, node: Node) -> bool:
    """The contact kept silent. True when the step has a way on; else the flow is to end."""
    forget_answers(frame, _collect(node))
    if "on_timeout" not in node.blocks:
        return False
    m.store(frame, cursor, node, None)
    m.enter(cursor, node, "on_timeout")
    return True
