"""What is read of an update. Everything else in it, and everything that is new to us, is left aside.

Source: core.telegram.org/bots/api, "Available types". Read by models of our own: the SDK's refuse an update for fields
that nobody here looks at.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

LAST_DATE = 253_402_300_799
"""The last second that a date can have here: the end of the year 9999."""


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class User(Shape):
    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str | None = None
    language_code: str | None = None


class Chat(Shape):
    id: int
    type: str


class Entity(Shape):
    """``offset`` and ``length`` in UTF-16 units."""

    type: str
    offset: int
    length: int
    user: User | None = None


class File(Shape):
    """A document, video, voice message and so on; of a photo, one of its sizes."""

    file_id: str
    file_size: int | None = None
    file_name: str | None = None
    mime_type: str | None = None
    emoji: str | None = None


class Location(Shape):
    latitude: float
    longitude: float
    live_period: int | None = None


class Venue(Shape):
    title: str = ""
    address: str = ""


class Poll(Shape):
    question: str = ""


class Dice(Shape):
    emoji: str = ""


class SharedContact(Shape):
    phone_number: str
    first_name: str = ""
    last_name: str = ""


class InlineButton(Shape):
    text: str = ""
    callback_data: str | None = None


class Markup(Shape):
    inline_keyboard: list[list[InlineButton]] = Field(default_factory=list)


class TelegramMessage(Shape):
    message_id: int
    date: int = Field(0, ge=0, le=LAST_DATE)
    chat: Chat
    from_: User | None = Field(None, alias="from")
    sender_chat: Chat | None = None
    is_topic_message: bool = False
    message_thread_id: int | None = None
    is_automatic_forward: bool = False
    reply_to_message: "TelegramMessage | None" = None
    text: str | None = None
    entities: list[Entity] = Field(default_factory=list)
    caption: str | None = None
    caption_entities: list[Entity] = Field(default_factory=list)
    photo: list[File] = Field(default_factory=list)
    document: File | None = None
    voice: File | None = None
    audio: File | None = None
    video: File | None = None
    video_note: File | None = None
    animation: File | None = None
    sticker: File | None = None
    location: Location | None = None
    venue: Venue | None = None
    contact: SharedContact | None = None
    poll: Poll | None = None
    dice: Dice | None = None
    media_group_id: str | None = None
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None


class Callback(Shape):
    """A button was pressed. ``message`` is missing under an inline message of another chat."""

    id: str
    from_: User = Field(alias="from")
    message: TelegramMessage | None = None
    data: str | None = None


class Update(Shape):
    update_id: int
    message: TelegramMessage | None = None
    edited_message: TelegramMessage | None = None
    callback_query: Callback | None = None


def read_update(raw: Any) -> Update:
    """Raises ValueError (pydantic's) for what is no update."""
    return Update.model_validate(raw)
