"""What Slack says, as the desk's messages. Pure: nothing is fetched, and what cannot be read is None.

A message is known by its channel and ``ts``, not by the event that told of it: a mention in a channel is told twice
(``app_mention`` and ``message``, two event ids), and a repeated event names the same message.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bot.model.message import Address, FileRef, Message
from channels.slack.blocks import MAX_VALUE, PRESS, contact_of
from channels.slack.text import plain

Payload = Mapping[str, Any]
SPOKEN: Final = frozenset(("", "file_share", "thread_broadcast", "me_message"))
MAX_FILES: Final = 20
MAX_DEPTH: Final = 4
MAX_ELEMENTS: Final = 500
"""How far the blocks of a message are looked through."""
OPENING: Final = "/session_start"
"""The payload that opens a chat, in the desk's words."""
OWN: Final = "slack:"
"""How the address of a file begins that Slack holds: its id follows."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message for the desk. only_if_begun: it counts only in a conversation that there is already."""

    message: Message
    only_if_begun: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A place in Slack as an event names it."""

    team: str
    channel: str
    user: str
    thread_ts: str = ""
    direct: bool = False

    def address(self, name: str) -> Address:
        """Direct messages outside a thread are one conversation; everything else is its thread's."""
        thread = f"{self.channel}:{self.thread_ts}" if self.thread_ts else ("" if self.direct else self.channel)
        return Address(channel=name, account=self.team, sender=self.user, thread=thread)


def text_in(payload: Any, *names: str) -> str:
    """The text under these names; empty when there is none."""
    for name in names:
        payload = payload.get(name) if isinstance(payload, Mapping) else None
    return payload if isinstance(payload, str) else ""


def object_in(payload: Any, *names: str) -> Payload:
    """The object under these names; an empty one when there is none."""
    for name in names:
        payload = payload.get(name) if isinstance(payload, Mapping) else None
    return payload if isinstance(payload, Mapping) else {}


def list_in(payload: Any, name: str) -> list[Any]:
    found = payload.get(name) if isinstance(payload, Mapping) else None
    return found if isinstance(found, list) else []


def bot_user(body: Payload) -> str:
    """Who the app is in this workspace, as Slack says with each event."""
    return next((text_in(one, "user_id") for one in list_in(body, "authorizations")), "")


# --- events ----------------------------------------------------------------------------------------------------------


def heard(body: Payload, name: str) -> Heard | None:
    """What an ``event_callback`` says to the desk; None when it says nothing to it."""
    event = object_in(body, "event")
    kind, subtype = text_in(event, "type"), text_in(event, "subtype")
    if kind == "app_mention" or (kind == "message" and subtype in SPOKEN):
        return _said(body, event, name)
    if kind == "message" and subtype == "message_changed" and text_in(event, "message", "subtype") == "tombstone":
        # What was deleted although others have answered it leaves a stone in its place.
        return _deleted(body, {**event, "deleted_ts": text_in(event, "message", "ts")}, name)
    if kind == "message" and subtype == "message_changed":
        return _changed(body, event, name)
    if kind == "message" and subtype == "message_deleted":
        return _deleted(body, event, name)
    if kind == "reaction_added":
        return _reacted(body, event, name)
    return None


def is_machine(body: Payload, said: Payload) -> bool:
    """Written by an app (us or another) or by nobody: answering it could go on for ever."""
    user = text_in(said, "user")
    return bool(
        not user
        or said.get("bot_id")
        or text_in(said, "subtype") == "bot_message"
        or user == bot_user(body)
        or user == "USLACKBOT"
    )


def place_of(body: Payload, event: Payload, said: Payload) -> Place:
    """Where it was said; outside threads a channel's message begins one."""
    channel, direct = text_in(event, "channel"), is_direct(event)
    thread = text_in(said, "thread_ts") or ("" if direct else text_in(said, "ts"))
    return Place(team_at(body), channel, text_in(said, "user"), thread, direct)


def is_direct(event: Payload) -> bool:
    return text_in(event, "channel_type") == "im" or text_in(event, "channel").startswith("D")


def message_id(channel: str, ts: str) -> str:
    return f"{channel}:{ts}"


def _said(body: Payload, event: Payload, name: str) -> Heard | None:
    channel, ts, bot = text_in(event, "channel"), text_in(event, "ts"), bot_user(body)
    if is_machine(body, event) or not channel or not ts:
        return None
    place = place_of(body, event, event)
    to_us = place.direct or text_in(event, "type") == "app_mention" or (bot and f"<@{bot}>" in text_in(event, "text"))
    if not to_us and not text_in(event, "thread_ts"):
        return None
    text, files = words_of(event, bot), files_of(event)
    # Who says no more than the bot's name is greeted.
    opens = to_us and not place.direct and not (text or files)
    message = Message(
        event_id=message_id(channel, ts),
        address=place.address(name),
        kind="button" if opens else "text",
        text=text,
        payload=OPENING if opens else None,
        files=files,
        sent_at=moment(ts),
    )
    return Heard(message, only_if_begun=not to_us)


def words_of(said: Payload, bot: str = "") -> str:
    """What a message says: its own words, and those of a message that is passed on with it. Of a message of an app,
    which may have none but in its attachments, what it shows where these cannot be shown."""
    own, attached = with_emoji(said), [one for one in list_in(said, "attachments") if isinstance(one, Mapping)]
    shared = [one for one in attached if one.get("is_share") or one.get("is_msg_unfurl") or not own.strip()]
    parts = [own, *(text_in(one, "text") or text_in(one, "fallback") or text_in(one, "title") for one in shared)]
    return plain("\n".join(part for part in parts if part.strip()), bot)


def with_emoji(said: Payload) -> str:
    """The text of a message as it came, its emoji as characters: Slack writes ``:+1:``, and beside it, in the blocks,
    which character that is. Those of a workspace's own have none, and stay."""
    text = text_in(said, "text")
    for one in _elements(list_in(said, "blocks"), MAX_DEPTH):
        name, character = text_in(one, "name"), _character(text_in(one, "unicode"))
        if text_in(one, "type") == "emoji" and name and character:
            tone = f":skin-tone-{one['skin_tone']}:" if isinstance(one.get("skin_tone"), int) else ""
            text = text.replace(f":{name}:{tone}", character)
    return text


def _elements(these: list[Any], depth: int) -> Iterator[Payload]:
    for one in these[:MAX_ELEMENTS]:
        if isinstance(one, Mapping):
            yield one
            if depth:
                yield from _elements(list_in(one, "elements"), depth - 1)


def _character(unicode: str) -> str:
    """``1f44d-1f3fb`` as what one sees; empty for what is none."""
    try:
        return "".join(chr(int(part, 16)) for part in unicode.split("-"))
    except (ValueError, OverflowError):
        return ""


def _changed(body: Payload, event: Payload, name: str) -> Heard | None:
    after, before = object_in(event, "message"), object_in(event, "previous_message")
    bot = bot_user(body)
    text = plain(text_in(after, "text"), bot)
    # Slack tells of unfurled links and of opened threads as changes, too.
    same = text == plain(text_in(before, "text"), bot) if before else not object_in(after, "edited")
    if is_machine(body, after) or same:
        return None
    change = {"kind": "edit", "text": plain(with_emoji(after), bot), "files": files_of(after)}
    return _afterthought(body, event, after, text_in(after, "ts"), name, change)


def _deleted(body: Payload, event: Payload, name: str) -> Heard | None:
    before = object_in(event, "previous_message")
    if is_machine(body, before):
        return None
    return _afterthought(body, event, before, text_in(event, "deleted_ts"), name, {"kind": "delete"})


def _reacted(body: Payload, event: Payload, name: str) -> Heard | None:
    item = object_in(event, "item")
    about = {**item, "user": text_in(event, "user")}
    if is_machine(body, about) or text_in(item, "type") != "message":
        return None
    return _afterthought(
        body, item, about, text_in(item, "ts"), name, {"kind": "reaction", "text": text_in(event, "reaction")[:100]}
    )


def _afterthought(
    body: Payload, event: Payload, said: Payload, ts: str, name: str, change: dict[str, Any]
) -> Heard | None:
    channel, event_id = text_in(event, "channel"), text_in(body, "event_id")
    if not channel or not ts or not event_id:
        return None
    message = Message.model_validate(
        {
            "event_id": event_id,
            "address": place_of(body, event, said).address(name),
            "refers_to": message_id(channel, ts),
            **change,
        }
    )
    return Heard(message, only_if_begun=True)


def files_of(said: Payload) -> tuple[FileRef, ...]:
    """What the files say of themselves. Nothing is fetched: Slack hands them out for the workspace's token alone."""
    found = [one for one in list_in(said, "files") if isinstance(one, Mapping)]
    return tuple(
        FileRef(
            name=_words(text_in(one, "name") or text_in(one, "title")) or "file",
            url=_place_of(one),
            media_type=text_in(one, "mimetype") or None,
            size=one["size"] if isinstance(one.get("size"), int) else None,
        )
        for one in found[:MAX_FILES]
    )


def _place_of(file: Payload) -> str | None:
    """None for what has been deleted, or lies beyond the history of a free plan."""
    if text_in(file, "mode") in ("tombstone", "hidden_by_limit"):
        return None
    url, id_ = text_in(file, "url_private"), text_in(file, "id")
    if file.get("is_external") or text_in(file, "mode") == "external":
        return url or None
    # A file from another company says no more than its id.
    return f"{OWN}{id_}" if id_.isalnum() and id_.isascii() else url or None


def _words(text: str) -> str:
    """Without what no database takes."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode().strip()


def moment(ts: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return None


# --- what people press and call ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Press:
    """A click on one of our buttons. ``contact`` is whom it was for."""

    place: Place
    contact: str
    ts: str
    title: str
    value: str

    def message(self, name: str) -> Message:
        """The first click on a message counts: it is one question, with one answer."""
        return Message(
            event_id=f"press:{self.place.channel}:{self.ts}",
            address=self.place.address(name),
            kind="button",
            text=self.title,
            payload=self.value,
        )


def press_of(body: Payload) -> Press | None:
    """A ``block_actions`` payload on our buttons or menus; None for any other (a link that was opened)."""
    action = next((one for one in list_in(body, "actions") if isinstance(one, Mapping)), {})
    contact = contact_of(text_in(action, "block_id"))
    if contact is None or not text_in(action, "action_id").startswith(PRESS):
        return None
    option = object_in(action, "selected_option")
    said, channel, user = object_in(body, "message"), text_in(body, "channel", "id"), text_in(body, "user", "id")
    ts = text_in(said, "ts") or text_in(body, "container", "message_ts")
    value = text_in(option, "value") or text_in(action, "value")
    if not (channel and user and ts and value):
        return None
    thread = text_in(said, "thread_ts") or text_in(body, "container", "thread_ts")
    place = Place(team_of(body), channel, user, thread, direct=channel.startswith("D"))
    title = plain(text_in(option, "text", "text") or text_in(action, "text", "text"))
    return Press(place, contact, ts, title, value[:MAX_VALUE])


def team_of(body: Payload) -> str:
    """The workspace of an interaction; of somebody from a connected one, ours."""
    ours = text_in(body, "view", "app_installed_team_id")
    return ours or text_in(body, "team", "id") or text_in(body, "user", "team_id") or text_in(body, "team_id")


def team_at(body: Payload) -> str:
    """The workspace of an event: where the app is installed that it is told to. Of a channel that two companies share,
    ``team_id`` may be the other one's (docs.slack.dev/apis/events-api, *authorizations*)."""
    ours = (text_in(one, "team_id") for one in list_in(body, "authorizations"))
    return next((team for team in ours if team), "") or text_in(body, "team_id")


def asked(team: str, user: str, event_id: str, said: str, name: str, files: tuple[FileRef, ...] = ()) -> Message | None:
    """Something asked outside any conversation (a command, a shortcut): it goes on in direct messages.

    said: as a person reads it.
    """
    text = said.strip()
    if not (team and user and event_id) or not (text or files):
        return None
    place = Place(team, "", user, direct=True)
    return Message(event_id=event_id, address=place.address(name), text=text, files=files)
