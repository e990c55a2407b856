"""A `collect` of several slots as one form, on channels that have forms."""

import hashlib
from collections.abc import Mapping
from typing import Final

from bot.model.base import Json
from bot.model.flow import CollectStep
from bot.model.form import Form, FormField, OpenForm, Option
from bot.model.response import Say
from bot.model.slot import SlotSpec
from bot.model.state import Cursor, Frame
from bot.rules.advance.machine import Machine, frame_numbered
from bot.rules.advance.talk import speak, words_of
from bot.rules.masking import as_text

WITHOUT_A_FIELD: Final = ("file", "list", "object")
"""Types that no form asks for: what is collected with one of them is asked for one by one."""
FIRST, AGAIN = "utter_fill_form", "utter_form_again"
TITLE, LABEL, HINT, ASK = "utter_title_", "utter_label_", "utter_hint_", "utter_ask_"


def answered_name(step: CollectStep) -> str:
    """A private variable with the slots that this step has had an answer for: no name in a flow can hold a space."""
    return "answered " + " ".join(step.slots)


def typing_name(step: CollectStep) -> str:
    """A private variable: the contact has answered this step in words, so it goes on in words."""
    return "one by one " + " ".join(step.slots)


def forget_answers(frame: Frame, step: CollectStep) -> None:
    """The step is through, or is given up."""
    frame.vars.pop(answered_name(step), None)
    frame.vars.pop(typing_name(step), None)


def begun_form(m: Machine, frame: Frame, step: CollectStep, node: str) -> OpenForm | None:
    """The form for the slots that are still open; None where they are asked for one by one."""
    limits = m.around.forms
    if limits is None or len(step.slots) < 2 or frame.vars.get(typing_name(step)):
        return None
    answered = frame.vars.get(answered_name(step), [])
    wanted = [s for s in step.slots if s not in answered and (step.ask_before_filling or m.state.slots.get(s) is None)]
    specs = [m.slot(frame, slot) for slot in wanted]
    fit = all(spec is not None and _has_room(spec, limits.choices) for spec in specs)
    if not 2 <= len(wanted) <= limits.fields or not fit:
        return None
    visit = f"{m.around.instance}/{m.around.segment}/{frame.number}/{node}/{len(m.visited)}"
    return OpenForm(id="f_" + hashlib.sha256(visit.encode()).hexdigest()[:24], slots=wanted)


def _has_room(spec: SlotSpec, most: int) -> bool:
    return spec.type not in WITHOUT_A_FIELD and len(spec.values) <= most


def show_form(m: Machine, frame: Frame, cursor: Cursor, step: CollectStep, opened: OpenForm, slot: str) -> None:
    """Say the form, with the question for whoever would rather answer in words."""
    form = form_of(m, frame, cursor, step, opened)
    labels = {field.slot: field.label for field in form.fields}
    lines = "\n".join(f"- {joined(labels[name], words)}" for name, words in opened.problems.items() if name in labels)
    extra = {"question": question_of(m, frame, cursor, step, slot), "problems": lines}
    name = AGAIN if opened.problems else FIRST
    reply = words_of(m, frame, cursor, name, extra)
    speak(m, reply.model_copy(update={"form": form, "response": name}))


def joined(label: str, words: str) -> str:
    """What a field is called, and what is said of it."""
    return f"{label} {words}" if label.endswith(("?", ":", "!")) else f"{label}: {words}"


def question_of(m: Machine, frame: Frame, cursor: Cursor, step: CollectStep, slot: str) -> str:
    """What one slot is asked for with, in words."""
    what: Say | str = step.ask or step.utter or f"{ASK}{slot}"
    return words_of(m, frame, cursor, what).text or ""


def form_of(m: Machine, frame: Frame, cursor: Cursor, step: CollectStep, opened: OpenForm) -> Form:
    """The form as it is now."""
    root = frame_numbered(m.state, frame.root) or frame
    name = m.titled(root)
    title = _named(m, frame, cursor, f"{TITLE}{root.flow}") or name[:1].upper() + name[1:]
    words = {name: words_of(m, frame, cursor, f"utter_form_{name}").text or "" for name in ("open", "send", "cancel")}
    fields = (_field(m, frame, cursor, step, opened, slot) for slot in opened.slots)
    return Form(id=opened.id, title=title, fields=tuple(fields), **words)


def _field(m: Machine, frame: Frame, cursor: Cursor, step: CollectStep, opened: OpenForm, slot: str) -> FormField:
    spec = m.slot(frame, slot)
    assert spec is not None, "check refuses a collect of an undeclared slot"
    known = m.state.slots.get(slot)
    value = opened.values.get(slot, _written(spec, known))
    return FormField(
        slot=slot,
        label=label_of(m, frame, cursor, step, slot),
        type=spec.type,
        choices=_options(m, frame, cursor, step, slot, spec),
        sensitive=spec.sensitive,
        value="" if spec.sensitive else str(value),
        hint=_named(m, frame, cursor, f"{HINT}{slot}"),
        problem=opened.problems.get(slot),
    )


def label_of(m: Machine, frame: Frame, cursor: Cursor, step: CollectStep, slot: str) -> str:
    """``utter_label_<slot>``, else the question for it, else what the slot's declaration says of it."""
    own = None if step.ask or step.utter else _named(m, frame, cursor, f"{ASK}{slot}")
    spec = m.slot(frame, slot)
    described = (spec.description if spec else None) or slot.replace("_", " ").capitalize()
    return _named(m, frame, cursor, f"{LABEL}{slot}") or own or described


def _named(m: Machine, frame: Frame, cursor: Cursor, name: str) -> str | None:
    return words_of(m, frame, cursor, name).text if name in m.loaded(frame).bundle.responses else None


def _options(
    m: Machine, frame: Frame, cursor: Cursor, step: CollectStep, slot: str, spec: SlotSpec
) -> tuple[Option, ...]:
    """What there is to choose from, called as on the buttons of the question, which may be translated."""
    titles = {"yes": "utter_form_yes", "no": "utter_form_no"} if spec.type == "boolean" else {}
    named = {value: words_of(m, frame, cursor, name).text or value for value, name in titles.items()}
    named |= {one.value: one.titled(m.state.language) for one in spec.values if spec.type == "choice"}
    asked = words_of(m, frame, cursor, step.ask or step.utter or f"{ASK}{slot}") if named else None
    called = {one.payload: one.title for one in asked.buttons} if asked else {}
    return tuple(Option(value=value, title=called.get(value, title)) for value, title in named.items())


def _written(spec: SlotSpec, value: Json) -> str:
    """A value that is known already, as the contact would write it."""
    if spec.type == "boolean" and value is not None:
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values() if part is not None)
    return as_text(value)
