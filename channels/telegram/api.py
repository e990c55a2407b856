"""The Bot API by python-telegram-bot, with its errors in the desk's words."""

import asyncio
import os
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

# The SDK's own switch: waits come as timedelta, which will be the only way.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.errors import NotReady, Unavailable, Undeliverable, Unreachable
from channels.telegram.formatting import MAX_SPANS, Formatted, units
from channels.telegram.inbound import Me
from channels.telegram.places import Target
from channels.telegram.rendering import Key, Part, rows_of

KINDS: Final = ["message", "edited_message", "callback_query"]
"""The updates that the desk asks Telegram for."""
POLL_SECONDS: Final = 20
T = TypeVar("T")
_NOT_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol")
_GONE = (
    *("chat not found", "user not found", "peer_id_invalid", "user is deactivated", "chat was deleted"),
    # The bot was silenced in a group.
    *("not enough rights to send text", "have no rights to send a message", "chat_write_forbidden"),
)


class LostAnswer(Unavailable):
    """It may have arrived: the connection ended, or the time, before Telegram had answered."""


class Refused(Undeliverable):
    """Telegram does not take it in this form."""


class Moved(Unavailable):
    """The group has another number now."""

    def __init__(self, to: int) -> None:
        super().__init__("the group has moved")
        self.to = to


class TooFast(Unavailable):
    """429: nothing was sent; ``retry_after_seconds`` is Telegram's word."""


class PollingRefused(NotReady):
    """409: another process polls, or a webhook is set."""


class Api:
    """One bot."""

    def __init__(self, token: str, url: str) -> None:
        address = url.rstrip("/")
        self._request = _request()
        self._bot = Bot(
            token, f"{address}/bot", f"{address}/file/bot", request=self._request, get_updates_request=self._request
        )
        self.id = int(token.partition(":")[0]) if token.partition(":")[0].isdigit() else 0
        self._me: Me | None = None
        self._asked = asyncio.Lock()

    async def close(self) -> None:
        await self._request.shutdown()

    async def me(self) -> Me:
        """Who the bot is. Raises NotReady while Telegram cannot be asked."""
        async with self._asked:
            if self._me is None:
                try:
                    user = await _told(self._bot.get_me())
                except (Unavailable, Undeliverable) as error:
                    raise NotReady(f"Telegram does not say who the bot is ({error.what})") from error
                self._me = Me(user.id, user.username or "")
        return self._me

    async def send(self, target: Target, part: Part, *, silent: bool, answers: bool) -> int:
        """Send one message and give its number. Raises Moved, Refused, TooFast, Unreachable, LostAnswer, Unavailable.

        answers: show it as an answer to what the member of the group wrote.
        """
        common: dict[str, Any] = {
            "chat_id": target.chat_id,
            "message_thread_id": target.topic,
            "disable_notification": silent or None,
        }
        if answers and target.reply_to is not None:
            common["reply_parameters"] = ReplyParameters(target.reply_to, allow_sending_without_reply=True)
        sent = await _told(self._sent(part, common))
        return sent.message_id

    async def _sent(self, part: Part, common: dict[str, Any]) -> Message:
        if part.kind == "photo":
            return await self._bot.send_photo(photo=_file(part), **common)
        if part.kind == "document":
            return await self._bot.send_document(document=_file(part), **common)
        return await self._bot.send_message(
            text=part.words.text,
            entities=_entities(part.words) or None,
            reply_markup=_keyboard(part.keys),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            **common,
        )

    async def type(self, target: Target) -> None:
        """The bot "is typing", for five seconds or until it says something. Raises Unavailable or Undeliverable."""
        await _told(self._bot.send_chat_action(target.chat_id, "typing", message_thread_id=target.topic))

    async def answer_press(self, callback_id: str, text: str | None = None) -> None:
        """The button stops spinning. Raises Unavailable or Undeliverable, as when it was too late."""
        await _told(self._bot.answer_callback_query(callback_id, text=text))

    async def remove_buttons(self, chat_id: int, message_id: int) -> None:
        await _told(self._bot.edit_message_reply_markup(chat_id=chat_id, message_id=message_id, reply_markup=None))

    async def file(self, file_id: str) -> bytes:
        """What somebody sent, at most 20 MB. Raises Undeliverable when Telegram does not hand it out."""
        return bytes(await _told(self._fetched(file_id)))

    async def _fetched(self, file_id: str) -> bytearray:
        return await (await self._bot.get_file(file_id)).download_as_bytearray()

    async def webhook_is_set(self) -> bool:
        return bool((await _told(self._bot.get_webhook_info())).url)

    async def updates(self, offset: int | None) -> list[Any]:
        """The updates from ``offset`` on, unread; asking for them confirms those before. Waits for the first one."""
        given = {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": KINDS}
        asked = {name: value for name, value in given.items() if value is not None}
        # Raw: the SDK's get_updates fails for all when it cannot read one. Telegram knows methods in any case.
        call = self._bot.do_api_request("getupdates", asked, read_timeout=POLL_SECONDS + 10)
        raw: list[Any] = await _told(call)
        return raw


def _file(part: Part) -> str | InputFile:
    """An address, which Telegram fetches, or the content."""
    return part.url if part.content is None else InputFile(part.content, filename=part.name)


def _request() -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=64,
        read_timeout=20.0,
        pool_timeout=10.0,
        # No proxy that happens to stand in the environment sees the token.
        httpx_kwargs={"trust_env": False},
    )


def _entities(words: Formatted) -> list[MessageEntity]:
    text, spans = words.text, words.spans
    if len(spans) > MAX_SPANS:
        # Bold words may be lost, but no address.
        spans = tuple(sorted(spans, key=lambda span: span.url is None)[:MAX_SPANS])
    return [
        MessageEntity(
            span.kind,
            units(text[: span.start]),
            units(text[span.start : span.end]),
            url=span.url,
            language=span.language,
        )
        for span in spans
    ]


def _keyboard(keys: tuple[Key, ...]) -> InlineKeyboardMarkup | None:
    if not keys:
        return None
    rows = [[InlineKeyboardButton(k.title, callback_data=k.data, url=k.url) for k in row] for row in rows_of(keys)]
    return InlineKeyboardMarkup(rows)


async def _told(call: Awaitable[T]) -> T:
    """What Telegram says, or an error of ours."""
    try:
        return await call
    except TelegramError as error:
        raise _ours(error) from error


def _ours(error: TelegramError) -> Unavailable | Undeliverable | NotReady:
    match error:
        case RetryAfter():
            wait = error.retry_after
            seconds = float(wait) if isinstance(wait, int | float) else wait.total_seconds()
            return TooFast("Telegram asks to slow down", retry_after_seconds=seconds)
        case ChatMigrated():
            return Moved(error.new_chat_id)
        case Forbidden():
            return Unreachable(f"Telegram: {error.message}")
        case InvalidToken():
            return Unavailable("Telegram does not know the bot's token", "Look at FRONTDESK_TELEGRAM_TOKEN", 60.0)
        case Conflict():
            return PollingRefused(f"Telegram: {error.message}")
        case BadRequest():
            gone = any(words in error.message.lower() for words in _GONE)
            return (Unreachable if gone else Refused)(f"Telegram: {error.message}")
        case NetworkError():
            return _network(error)
        case _:
            return LostAnswer(f"Telegram answered something else ({type(error).__name__})")


def _network(error: NetworkError) -> Unavailable:
    cause = type(error.__cause__).__name__ if error.__cause__ is not None else ""
    if cause in _NOT_SENT:
        return Unavailable(f"Telegram cannot be reached ({cause})")
    if cause.startswith(("Read", "Write", "RemoteProtocol", "LocalProtocol", "Close", "Network")):
        return LostAnswer(f"Telegram did not answer ({cause})")
    return Unavailable(f"Telegram: {error.message}")
