"""From an update to a message of the desk. Nothing here waits or remembers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.model.base import JsonObject
from bot.model.message import MAX_TEXT, Address, FileRef, Message
from channels.telegram.shapes import Entity, File, TelegramMessage, User

PRIVATE = "private"
MAX_FETCH = 20_000_000
"""Bytes: the largest file that the Bot API hands out. Source: core.telegram.org/bots/api#getfile."""
ANONYMOUS_ADMIN = 1_087_968_824
"""GroupAnonymousBot, which stands in for administrators who write as their group."""
CHANNEL_BOT = 136_817_688
"""Stands in for people who write in a group as a channel of theirs."""
OPENING = "/session_start"
"""The payload that opens a chat, in the desk's words."""
_FILES = {
    "document": "",
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "animation": "video/mp4",
    "sticker": "image/webp",
}
"""What a message may carry, and its media type where the file does not say."""


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Words:
    """Text and its entities, from a message or its caption."""

    text: str
    entities: tuple[Entity, ...]

    def part(self, entity: Entity) -> str:
        return utf16_slice(self.text, entity.offset, entity.offset + entity.length)


def utf16_slice(text: str, start: int, end: int) -> str:
    """By UTF-16 units, as entities count; half a pair at an edge is left out."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le", "ignore")


def event_id(message: TelegramMessage) -> str:
    """The same for every delivery of a message, and for whoever refers to it."""
    return f"{message.chat.id}/{message.message_id}"


def sender_of(message: TelegramMessage) -> User | None:
    """Who wrote it; None for channels, other bots, and what Telegram forwards by itself.

    Whoever writes as the group, or as a channel, is that group or channel: one contact for all who do.
    """
    who = message.from_
    if message.is_automatic_forward or who is None:
        return None
    if who.id in (ANONYMOUS_ADMIN, CHANNEL_BOT) and message.sender_chat is not None:
        return User(id=message.sender_chat.id, first_name="")
    return None if who.is_bot or message.sender_chat is not None else who


def address_of(message: TelegramMessage, who: User, me: Me, channel: str, home: int) -> Address:
    """home: the chat's number when the desk first met it; it outlasts a group's move to a supergroup."""
    if message.chat.type == PRIVATE:
        return Address(channel=channel, account=str(me.id), sender=str(who.id))
    topic = f":{message.message_thread_id}" if message.is_topic_message and message.message_thread_id else ""
    return Address(channel=channel, account=str(me.id), sender=str(who.id), thread=f"{home}{topic}")


def words_of(message: TelegramMessage) -> Words:
    if message.text is not None:
        return Words(message.text, tuple(message.entities))
    return Words(message.caption or "", tuple(message.caption_entities))


def is_for_me(message: TelegramMessage, me: Me) -> bool:
    """In a group: a mention, an answer to the bot, or a command (but one that names another bot)."""
    if message.chat.type == PRIVATE:
        return True
    words = words_of(message)
    command = _command(words)
    if command is not None and "@" in command:
        return command.rpartition("@")[2].lower() == me.username.lower()
    return (
        _answers_me(message, me)
        or command is not None
        or any(_names_me(words, entity, me) for entity in words.entities)
    )


def _answers_me(message: TelegramMessage, me: Me) -> bool:
    """Whatever is said in a topic answers the message that opened it, which may have been the bot's."""
    answered = message.reply_to_message
    opens_topic = message.is_topic_message and answered and answered.message_id == message.message_thread_id
    return bool(answered and answered.from_ and answered.from_.id == me.id and not opens_topic)


def _names_me(words: Words, entity: Entity, me: Me) -> bool:
    if entity.type == "text_mention":
        return entity.user is not None and entity.user.id == me.id
    return entity.type == "mention" and words.part(entity).lower() == f"@{me.username}".lower()


def _command(words: Words) -> str | None:
    """The command that the text begins with, as it is written (``/order_status@desk_bot``)."""
    first = next((one for one in words.entities if one.type == "bot_command" and one.offset == 0), None)
    return words.part(first) if first is not None else None


def message_of(message: TelegramMessage, address: Address, me: Me, who: User) -> Message | None:
    """None when it holds nothing that the desk could read, as a poll or a change of the group's title."""
    words = words_of(message)
    text, files = _text(message, words, me), tuple(_files(message))
    if not text and not files and not any(_names_me(words, one, me) for one in words.entities):
        return None
    payload, start = _called(words, text, bool(files))
    return Message(
        event_id=event_id(message),
        address=address,
        kind="button" if payload else "text",
        text=(text or (words.text if payload else ""))[:MAX_TEXT],
        payload=payload,
        files=files,
        sent_at=written_at(message),
        metadata=_metadata(message, who) | ({"start": start} if start else {}),
        contact={"name": name} if (name := f"{who.first_name} {who.last_name}".strip()) else {},
    )


def _called(words: Words, text: str, has_files: bool) -> tuple[str | None, str]:
    """The payload of a command that stands alone, and what a deep link has brought (``/start ref_12``).

    Who opens a chat by ``/start``, or says no more than the bot's name, is greeted.
    """
    name, _, _ = (_command(words) or "").partition("@")
    if name == "/start" or not (text or has_files):
        return OPENING, words.text.partition(" ")[2].strip()[:64] if name else ""
    return (name if name and text == name else None), ""


def edit_of(message: TelegramMessage, update_id: int, address: Address, me: Me) -> Message | None:
    """None when nothing readable is left of it, and while somebody who shares where they are moves on."""
    text, files = _text(message, words_of(message), me), tuple(_files(message))
    moves = message.location is not None and message.location.live_period is not None
    if moves or (not text and not files):
        return None
    return Message(
        event_id=f"{event_id(message)}/edit/{update_id}",
        address=address,
        kind="edit",
        text=text[:MAX_TEXT],
        files=files,
        refers_to=event_id(message),
        sent_at=written_at(message),
    )


def written_at(message: TelegramMessage) -> datetime:
    """Telegram gives whole seconds; the message's number, as microseconds, tells the order within one."""
    order = timedelta(microseconds=message.message_id % 1_000_000)
    return datetime.fromtimestamp(max(message.date, 0), UTC) + order


def _text(message: TelegramMessage, words: Words, me: Me) -> str:
    """What was said, without the mention of the bot; of what has no words, what stands for it."""
    text = words.text
    for entity in reversed(words.entities):
        if _names_me(words, entity, me) or (entity.type == "bot_command" and entity.offset == 0):
            start, end = entity.offset, entity.offset + entity.length
            name = words.part(entity).partition("@")[0] if entity.type == "bot_command" else ""
            text = utf16_slice(text, 0, start) + name + utf16_slice(text, end, len(text) * 2)
    text = text.replace("\0", "").strip()
    return text or _stands_for(message)


def _stands_for(message: TelegramMessage) -> str:
    if message.contact is not None:
        return message.contact.phone_number
    if message.venue is not None:
        return f"{message.venue.title}, {message.venue.address}".strip(", ")
    if message.location is not None:
        return f"{message.location.latitude:.6f}, {message.location.longitude:.6f}"
    if message.poll is not None:
        return message.poll.question
    if message.dice is not None:
        return message.dice.emoji
    return (message.sticker.emoji or "") if message.sticker is not None else ""


def _files(message: TelegramMessage) -> Iterator[FileRef]:
    if message.photo:
        largest = max(message.photo, key=lambda size: size.file_size or 0)
        yield _file("photo.jpg", largest, "image/jpeg")
    for kind, media_type in _FILES.items():
        file: File | None = getattr(message, kind)
        # An animation comes a second time, as a document, for older programs.
        if file is not None and not (kind == "document" and message.animation is not None):
            yield _file(file.file_name or kind, file, file.mime_type or media_type or None)


def _file(name: str, file: File, media_type: str | None) -> FileRef:
    """Only what the Bot API hands out gets a way to it; a larger one is named all the same."""
    fetchable = (file.file_size or 0) <= MAX_FETCH
    return FileRef(
        name=name,
        url=f"telegram:{file.file_id}" if fetchable else None,
        media_type=media_type,
        size=file.file_size,
    )


def _metadata(message: TelegramMessage, who: User) -> JsonObject:
    found: JsonObject = {"language": who.language_code, "name": who.first_name or None}
    if message.location is not None:
        found["location"] = message.location.model_dump(exclude_none=True)
    if message.contact is not None:
        found["contact"] = message.contact.model_dump()
    if message.reply_to_message is not None:
        found["reply_to"] = event_id(message.reply_to_message)
    return {name: value for name, value in found.items() if value}
