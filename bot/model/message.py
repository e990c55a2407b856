"""The border: one thing in, one thing out."""

import hashlib
from datetime import datetime
from typing import Literal

from pydantic import Field

from bot.model.base import JsonObject, Word
from bot.model.form import Form, FormSent, Name
from bot.model.response import Button

__all__ = ["MAX_TEXT", "Address", "FileRef", "Message", "Name", "Reply"]

MAX_TEXT = 16_000
"""Characters of a message that are kept; a channel refuses longer ones before they come here."""


class FileRef(Word):
    """A file that came with a message: what it says of itself. Nothing is fetched."""

    name: str
    url: str | None = None
    media_type: str | None = None
    size: int | None = None


class Address(Word):
    """Where a conversation takes place. Two addresses never share a conversation."""

    channel: Name = Field(min_length=1, max_length=64)
    account: Name = Field("", max_length=128)
    sender: Name = Field(min_length=1, max_length=256)
    thread: Name = Field("", max_length=256)

    @property
    def conversation_id(self) -> str:
        """The conversation that takes place here: always the same, and never that of another address."""
        digest = hashlib.sha256("\0".join((self.channel, self.account, self.sender, self.thread)).encode()).hexdigest()
        return f"c_{digest[:32]}"


class Message(Word):
    """One thing that came in. ``event_id`` is unique for its channel and account: the same id is the same message.

    refers_to: of an edit, a deletion, a reaction or a receipt (``read``), the ``event_id`` of the message or the id of
               the reply.
    text: of a reaction, its name.
    contact: what the channel vouches for about whoever writes (``id``, ``name``, ``email``, ``verified`` ...). It
             becomes what the desk knows of the contact.
    """

    event_id: Name = Field(min_length=1, max_length=256)
    address: Address
    kind: Literal["text", "button", "form", "edit", "delete", "reaction", "read"] = "text"
    text: Name = Field("", max_length=MAX_TEXT)
    payload: Name | None = Field(None, max_length=4_000)
    files: tuple[FileRef, ...] = ()
    form: FormSent | None = None
    refers_to: str | None = None
    sent_at: datetime | None = None
    metadata: JsonObject = Field(default_factory=dict)
    contact: JsonObject = Field(default_factory=dict)


class Reply(Word):
    """One thing that goes out, authored for all channels; the channel renders it.

    form: only for channels that have forms; whoever answers in words instead is asked one by one.
    shown: the text without what is sensitive, for whoever else may read it, where that is another.
    """

    text: str | None = None
    buttons: tuple[Button, ...] = ()
    image: str | None = None
    files: tuple[str, ...] = ()
    custom: JsonObject | None = None
    form: Form | None = None
    author: Literal["bot", "agent"] = "bot"
    response: str | None = None
    shown: str | None = None

    def for_others(self) -> "Reply":
        """As it is shown to anybody but the contact."""
        return self if self.shown is None else self.model_copy(update={"text": self.shown, "shown": None})
