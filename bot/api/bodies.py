"""What the API takes: the bodies of its requests."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.model.base import Json, JsonObject
from bot.model.message import MAX_TEXT, Name, Reply
from bot.model.response import Button


class Asked(BaseModel):
    """A request's body: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid")


def _some(text: str) -> str:
    if not text.strip():
        raise ValueError("this is empty. Write something")
    return text


Words = Annotated[Name, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_some)]
"""Text that a person wrote."""


class NewButton(Asked):
    title: Name = Field(min_length=1, max_length=200)
    payload: Name | None = Field(None, max_length=4_000)
    url: Name | None = Field(None, max_length=2_000, pattern=r"^https?://")


class NewReply(Asked):
    """What an agent says to the contact."""

    text: Words
    buttons: list[NewButton] = Field(default_factory=list, max_length=20)

    def reply(self) -> Reply:
        buttons = tuple(Button(title=b.title, payload=b.payload, url=b.url) for b in self.buttons)
        return Reply(text=self.text, buttons=buttons, author="agent")


class NewNote(Asked):
    text: Words


class SlotValue(Asked):
    """A value of the slot's type; null empties it."""

    value: Json


class Meant(Asked):
    intent: Name = Field(min_length=1, max_length=128)


class Place(Asked):
    """A step's id in the flow that was under way."""

    step: Name = Field(min_length=1, max_length=64)


class Decided(Asked):
    note: Name | None = Field(None, max_length=MAX_TEXT)


class Edited(Decided):
    """The output that takes the place of the step's own."""

    value: Json


class NewRun(Asked):
    """What a run begins with: the flow's inputs by name."""

    input: JsonObject = Field(default_factory=dict)


class Happened(Asked):
    """Something named that happened elsewhere; ``id`` makes a repeat safe."""

    name: str = Field(min_length=1, max_length=128)
    payload: JsonObject = Field(default_factory=dict)
    id: str | None = Field(None, min_length=1, max_length=128)


class Posted(Asked):
    """Authored files by their path below the flows folder, as in `billing/refund.yml`."""

    files: dict[str, str] = Field(min_length=1, max_length=2_000)
