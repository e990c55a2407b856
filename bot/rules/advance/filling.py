"""A form that came back: every field read and refused by the rules of a typed answer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.model.base import Json, JsonObject
from bot.model.flow import CollectStep
from bot.model.form import Form, FormSent, OpenForm
from bot.model.state import Cursor, Frame, State
from bot.rules.advance.around import Around
from bot.rules.advance.collecting import (
    give_up,
    keep_answer,
    put_question,
    read_text,
    refusal_name,
    rejection_of,
)
from bot.rules.advance.forming import form_of, joined, label_of
from bot.rules.advance.machine import BROKEN, Bundles, Machine
from bot.rules.advance.places import open_question
from bot.rules.advance.talk import words_of
from bot.rules.masking import MASK
from bot.rules.values import Refused

LINES = 40
"""Lines of a form that are kept in the transcript."""


@dataclass(slots=True)
class _Judged:
    """What the fields hold: values by slot, and of the others why not: the words, and the code for the record."""

    values: dict[str, Json] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Question:
    """The open question, which is a form."""

    frame: Frame
    cursor: Cursor
    step: CollectStep
    form: OpenForm


def is_open(state: State, form: str) -> bool:
    """Whether this form is the open question."""
    found = open_question(state)
    waiting = found[1].waiting if found else None
    return waiting is not None and waiting.form is not None and waiting.form.id == form


def _asked(m: Machine) -> _Question | None:
    found = open_question(m.state)
    if found is None or found[1].waiting is None or found[1].waiting.form is None:
        return None
    frame, cursor = found
    step = m.node(frame, cursor).step
    assert isinstance(step, CollectStep)
    assert cursor.waiting is not None
    assert cursor.waiting.form is not None
    return _Question(frame, cursor, step, cursor.waiting.form)


def fill_form(m: Machine, sent: FormSent) -> None:
    """All of it fits: the slots are filled and the step goes on. Else it is one refused answer: the form again."""
    asked = _asked(m)
    if asked is None:
        return
    judged = _judge(m, asked, sent.fields)
    if not judged.problems and not sent.told:
        for name, value in judged.values.items():
            keep_answer(m, asked.frame, asked.step, name, value)
        asked.cursor.waiting = None
        return
    _keep(m, asked, sent, judged)
    if judged.problems:
        _refuse(m, asked, judged, sent.told)


def _keep(m: Machine, asked: _Question, sent: FormSent, judged: _Judged) -> None:
    """What was written stands in the form when it is shown again; nothing that is to be kept secret does."""
    specs = {name: m.slot(asked.frame, name) for name in asked.form.slots}
    open_ = [name for name, spec in specs.items() if spec is not None and not spec.sensitive]
    asked.form.values = {name: sent.fields[name] for name in open_ if sent.fields.get(name)}
    asked.form.problems = dict(judged.problems)


def _refuse(m: Machine, asked: _Question, judged: _Judged, told: bool) -> None:
    waiting = asked.cursor.waiting
    assert waiting is not None
    waiting.attempt += 1
    waiting.slot = next(iter(judged.problems))
    for name, code in judged.codes.items():
        m.record("AnswerRefused", slot=name, reason=code, attempt=waiting.attempt)
    if waiting.attempt >= asked.step.max_attempts:
        give_up(m, asked.frame, asked.cursor, m.node(asked.frame, asked.cursor))
    elif not told:
        put_question(m, asked.frame, asked.cursor)


def _judge(m: Machine, asked: _Question, fields: Mapping[str, str]) -> _Judged:
    """Field by field in the order of the step, so that a rejection sees the answers before it, as it would one by
    one."""
    judged = _Judged()
    with _slots_kept(m):
        for name in asked.form.slots:
            _judge_one(m, asked, name, fields.get(name, ""), judged)
    return judged


def _judge_one(m: Machine, asked: _Question, name: str, text: str, judged: _Judged) -> None:
    frame, cursor = asked.frame, asked.cursor
    spec = m.slot(frame, name)
    assert spec is not None, "check refuses a collect of an undeclared slot"
    m.state.slots.pop(name, None)
    read = read_text(m, spec, text)
    if isinstance(read, Refused):
        words = words_of(m, frame, cursor, refusal_name(m, frame, read, name), read.variables)
        judged.problems[name], judged.codes[name] = words.text or "", read.code
        return
    rejection = rejection_of(m, frame, cursor, asked.step, name, read.value)
    if rejection is None:
        judged.values[name] = m.state.slots[name] = read.value
        return
    m.state.slots[name] = read.value
    what = rejection.say or rejection.utter or "utter_refused"
    judged.problems[name] = words_of(m, frame, cursor, what).text or ""
    judged.codes[name] = "rejected"
    del m.state.slots[name]


@contextmanager
def _slots_kept(m: Machine) -> Iterator[None]:
    before = m.state.slots
    m.state.slots = dict(before)
    try:
        yield
    finally:
        m.state.slots = before


def written_form(m: Machine, sent: FormSent) -> str:
    """A form as a line of the transcript for each field; what is to be kept secret is masked."""
    asked = _asked(m)
    lines = []
    for name, text in list(sent.fields.items())[:LINES]:
        spec = m.slot(asked.frame, name) if asked is not None else m.slot_anywhere(name)
        if spec is not None:
            is_field = asked is not None and name in asked.form.slots
            label = label_of(m, asked.frame, asked.cursor, asked.step, name) if asked and is_field else ""
            shown = MASK if spec.sensitive and text else text
            label = label or spec.description or name.replace("_", " ")
            lines.append(joined(label, shown))
    return "\n".join(lines)


# --- for channels ----------------------------------------------------------------------------------------------------


def open_form(bundles: Bundles, state: State, around: Around) -> Form | None:
    """The form that is the open question, as it is now."""
    m = Machine(bundles, state, around)
    asked = None if around.muted else _asked(m)
    try:
        return None if asked is None else form_of(m, asked.frame, asked.cursor, asked.step, asked.form)
    except BROKEN:
        return None  # it fails where it is said, too, and there it is dealt with


def form_problems(bundles: Bundles, state: State, around: Around, form: str, fields: Mapping[str, str]) -> JsonObject:
    """What would be refused of a form, in words, by slot. Empty where nothing would be, and where it is not for the
    channel to say: it is not the open question, or with this it would have been tried often enough."""
    m = Machine(bundles, state.model_copy(deep=True), around)
    asked = None if around.muted or not is_open(state, form) else _asked(m)
    if asked is None or asked.cursor.waiting is None:
        return {}
    if asked.cursor.waiting.attempt + 1 >= asked.step.max_attempts:
        return {}
    try:
        return dict(_judge(m, asked, fields).problems)
    except BROKEN:
        return {}
