"""What the desk says: a text with its translations, buttons and attachments."""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from bot.model.base import JsonObject, Word


class Button(Word):
    """A choice to press. ``payload`` is what is sent back (default: the title); ``url`` opens a page instead."""

    title: str
    payload: str | None = None
    url: str | None = None


class Translation(Word):
    """The same content in another language."""

    text: str
    buttons: tuple[Button, ...] = ()


def _short_translation(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class Say(Word):
    """One variation of a response, authored once for all channels and languages."""

    text: str | None = None
    translation: dict[str, Annotated[Translation, BeforeValidator(_short_translation)]] = Field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    image: str | None = None
    files: tuple[str, ...] = ()
    custom: JsonObject | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _something(self) -> "Say":
        if not (self.text or self.buttons or self.image or self.files or self.custom):
            raise ValueError("this says nothing. Add `text: ...`")
        return self
