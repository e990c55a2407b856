"""A form of the desk's as a modal of Slack's (docs.slack.dev/surfaces/modals), and what comes back of it."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.model.form import LONGEST_VALUE, Form, FormField, FormLimits, FormSent
from bot.model.message import Address, Message
from channels.slack.blocks import FILL, MAX_LABEL, MAX_OPTION_VALUE, Block, contact_of
from channels.slack.incoming import Payload, Place, list_in, object_in, team_of, text_in

LIMITS: Final = FormLimits(fields=90, choices=100)
"""A modal has 100 blocks, a menu 100 options."""
CALLBACK: Final = "frontdesk_form"
ACTION: Final = "value"
MAX_TITLE: Final = 24
MAX_WORDS: Final = 2_000
"""Characters of a label and of a hint."""
MAX_TEXT: Final = 3_000
KEPT_TEXT: Final = 1_500
"""Characters of the message that travel with the modal; private_metadata takes 3,000."""
MOST_RADIOS: Final = 10
_FORMS: Final = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "time": re.compile(r"\d{2}:\d{2}"),
    "integer": re.compile(r"-?\d{1,15}"),
    "number": re.compile(r"-?\d{1,15}(\.\d{1,9})?"),
}
"""What a value must look like to be put into an input of this type."""
_TYPED: Final[Mapping[str, Block]] = {
    "email": {"type": "email_text_input"},
    "url": {"type": "url_text_input"},
    "integer": {"type": "number_input", "is_decimal_allowed": False},
    "number": {"type": "number_input", "is_decimal_allowed": True},
    "date": {"type": "datepicker"},
    "time": {"type": "timepicker"},
}
_INITIAL: Final = {"datepicker": "initial_date", "timepicker": "initial_time"}


@dataclass(frozen=True, slots=True)
class FormPlace:
    """Where the message stands whose button opens a form. text: escaped, of that message; empty where it is long."""

    place: Place
    form: str
    ts: str
    text: str = ""

    def address(self, name: str) -> Address:
        return self.place.address(name)

    @property
    def metadata(self) -> str:
        """For ``private_metadata``."""
        where = {"form": self.form, "channel": self.place.channel, "thread": self.place.thread_ts, "ts": self.ts}
        return json.dumps({**where, "text": self.text if len(self.text) <= KEPT_TEXT else ""})


@dataclass(frozen=True, slots=True)
class FormPress:
    """A click on the button of a form. ``contact`` is whom it is for."""

    where: FormPlace
    contact: str
    trigger: str


def form_press_of(body: Payload) -> FormPress | None:
    """A ``block_actions`` payload on a form's button; None for any other."""
    action = next((one for one in list_in(body, "actions") if isinstance(one, Mapping)), {})
    contact = contact_of(text_in(action, "block_id"))
    if contact is None or text_in(action, "action_id") != FILL:
        return None
    said, channel, user = object_in(body, "message"), text_in(body, "channel", "id"), text_in(body, "user", "id")
    ts = text_in(said, "ts") or text_in(body, "container", "message_ts")
    thread = text_in(said, "thread_ts") or text_in(body, "container", "thread_ts")
    form = text_in(action, "value")
    if not (channel and user and ts and form):
        return None
    first: Payload = next((one for one in list_in(said, "blocks") if text_in(one, "type") == "section"), {})
    place = Place(team_of(body), channel, user, thread, direct=channel.startswith("D"))
    where = FormPlace(place, form, ts, text_in(first, "text", "text"))
    return FormPress(where, contact, text_in(body, "trigger_id"))


@dataclass(frozen=True, slots=True)
class FormBack:
    """A modal of a form that was sent. id: of the view."""

    where: FormPlace
    id: str
    fields: Mapping[str, str]

    def message(self, name: str, told: bool) -> Message:
        """The same values in the same modal are the same message."""
        digest = hashlib.sha256(json.dumps(dict(self.fields), sort_keys=True).encode()).hexdigest()[:16]
        return Message(
            event_id=f"form:{self.id}:{digest}",
            address=self.where.address(name),
            kind="form",
            form=FormSent(id=self.where.form, fields=dict(self.fields), told=told),
        )


def form_back_of(body: Payload) -> FormBack | None:
    """What a ``view_submission`` of our modal holds; None when it cannot be read."""
    view, user = object_in(body, "view"), text_in(body, "user", "id")
    try:
        kept = json.loads(text_in(view, "private_metadata"))
    except ValueError:
        return None
    form, channel, ts = text_in(kept, "form"), text_in(kept, "channel"), text_in(kept, "ts")
    if not (form and channel and ts and user and text_in(view, "id")):
        return None
    place = Place(team_of(body), channel, user, text_in(kept, "thread"), direct=channel.startswith("D"))
    values = object_in(view, "state", "values")
    fields = {str(slot): _value_of(object_in(held, ACTION))[:LONGEST_VALUE] for slot, held in values.items()}
    return FormBack(FormPlace(place, form, ts, text_in(kept, "text")), text_in(view, "id"), fields)


def _value_of(held: Payload) -> str:
    chosen = text_in(held, "selected_option", "value")
    value = chosen or text_in(held, "selected_date") or text_in(held, "selected_time") or text_in(held, "value")
    return value.replace("\0", "").encode("utf-8", "ignore").decode()


# --- the modal -------------------------------------------------------------------------------------------------------


def modal_of(form: Form, where: FormPlace) -> Block:
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": where.metadata,
        "title": _plain(form.title, MAX_TITLE),
        "submit": _plain(form.send, MAX_TITLE),
        "close": _plain(form.cancel, MAX_TITLE),
        "blocks": [_input(field) for field in form.fields],
    }


def _input(field: FormField) -> Block:
    made: Block = {
        "type": "input",
        "block_id": field.slot,
        "label": _plain(field.label, MAX_WORDS),
        "element": {**_element(field), "action_id": ACTION},
        "optional": not field.required,
    }
    hint = "\n".join(_help(field))
    return made | ({"hint": _plain(hint, MAX_WORDS)} if hint else {})


def _help(field: FormField) -> Iterator[str]:
    """A modal that is opened again shows what was wrong the last time; all titles stand in full somewhere."""
    if field.problem:
        yield f"⚠ {field.problem}"
    if field.hint:
        yield field.hint
    if any(len(one.title) > MAX_LABEL for one in field.choices) or (field.choices and not _can_choose(field)):
        yield "\n".join(f"• {one.title}" for one in field.choices)


def _can_choose(field: FormField) -> bool:
    return bool(field.choices) and all(len(one.value) <= MAX_OPTION_VALUE for one in field.choices)


def _element(field: FormField) -> Block:
    if _can_choose(field):
        return _choice(field)
    made = dict(_TYPED.get(field.type, {"type": "plain_text_input", "max_length": MAX_TEXT}))
    if field.value and (field.type not in _FORMS or _FORMS[field.type].fullmatch(field.value)):
        made[_INITIAL.get(made["type"], "initial_value")] = field.value[:MAX_TEXT]
    return made


def _choice(field: FormField) -> Block:
    options = [{"text": _plain(one.title, MAX_LABEL), "value": one.value} for one in field.choices]
    kind = "radio_buttons" if field.type == "boolean" and len(options) <= MOST_RADIOS else "static_select"
    chosen = next((one for one in options if one["value"] == field.value), None)
    return {"type": kind, "options": options} | ({"initial_option": chosen} if chosen else {})


def _plain(text: str, most: int) -> Block:
    words = text.strip() or "…"
    return {"type": "plain_text", "text": words if len(words) <= most else words[: most - 1].rstrip() + "…"}
