"""Forms: several questions at once, on channels that can show them."""

from typing import Annotated

from pydantic import AfterValidator, Field

from bot.model.base import Draftable, JsonObject, Word
from bot.model.slot import SlotType

LONGEST_VALUE = 4_000
"""Characters of one field that are kept."""
MOST_FIELDS = 100


def _printable(text: str) -> str:
    if "\0" in text:
        raise ValueError("a NUL character cannot be stored. Leave it out")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("half a surrogate pair is no character. Send whole ones") from None
    return text


Name = Annotated[str, AfterValidator(_printable)]
"""Text that every database can hold."""


class FormLimits(Word):
    """What a form of a channel has room for: its fields, and the values to choose from in one of them."""

    fields: int = Field(MOST_FIELDS, ge=1, le=MOST_FIELDS)
    choices: int = 100


class Option(Word):
    """One value of a field to choose from, and what it is called."""

    value: str
    title: str


class FormField(Word):
    """One slot as a form asks for it.

    choices: of a choice or a boolean; what is sent back is the ``value`` of one of them.
    value:   as it was sent or known before; never that of a sensitive slot.
    hint:    a line of help. problem: why the value that was sent last cannot be used.
    """

    slot: str
    label: str
    type: SlotType
    choices: tuple[Option, ...] = ()
    required: bool = True
    sensitive: bool = False
    value: str = ""
    hint: str | None = None
    problem: str | None = None


class Form(Word):
    """One open question for several slots, in the contact's language.

    id: the same as long as it is the same question. open, send, cancel: words for buttons.
    """

    id: str
    title: str
    fields: tuple[FormField, ...]
    open: str
    send: str
    cancel: str


class FormSent(Word):
    """A form that came back: the text of each field by its slot.

    told: the channel has shown the contact at once what is wrong with it, beside the fields; the form is still before
          them.
    """

    id: str = Field(max_length=64)
    fields: dict[Name, Annotated[Name, Field(max_length=LONGEST_VALUE)]] = Field(max_length=MOST_FIELDS)
    told: bool = False


class OpenForm(Draftable):
    """What a conversation remembers of the form that it waits for.

    values:   what was sent last, as text, but for sensitive slots. problems: what is wrong with it, by slot.
    """

    id: str
    slots: list[str]
    values: JsonObject = Field(default_factory=dict)
    problems: JsonObject = Field(default_factory=dict)
