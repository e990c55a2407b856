"""The rules of the Bot API that a fake enforces: sizes, entities, buttons and speed.

Source: core.telegram.org/bots/api (limits of each method) and core.telegram.org/bots/faq ("My bot is hitting limits").
"""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.model.base import JsonObject

MAX_TEXT = 4_096


class RefusedCall(Exception):
    """Ends a call with this error, in the API's own form."""

    def __init__(self, code: int, description: str, parameters: JsonObject | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.body: JsonObject = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.body["parameters"] = parameters


@dataclass
class Limits:
    """Messages over all and in a chat within a second, and in a group within a minute; now: seconds, rising."""

    over_all: int = 30
    in_chat: int = 1
    in_group: int = 20
    now: Callable[[], float] = time.monotonic
    _all: deque[float] = field(default_factory=deque)
    _chats: dict[int, deque[float]] = field(default_factory=dict)
    _held: dict[int, float] = field(default_factory=dict)

    @classmethod
    def none(cls) -> "Limits":
        return cls(1_000_000, 1_000_000, 1_000_000)

    def hold(self, chat: int, seconds: float) -> None:
        """Refuse everything to this chat for so long."""
        self._held[chat] = self.now() + seconds

    def count(self, chat: int) -> None:
        """Raises RefusedCall 429 with retry_after when one of the limits is reached."""
        now = self.now()
        sent = self._chats.setdefault(chat, deque())
        wait = max(
            self._held.get(chat, now) - now,
            _wait(self._all, self.over_all, 1.0, now),
            _wait(sent, self.in_chat, 1.0, now),
            _wait(sent, self.in_group, 60.0, now) if chat < 0 else 0.0,
        )
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            raise RefusedCall(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
        self._all.append(now)
        sent.append(now)


def _wait(sent: deque[float], most: int, window: float, now: float) -> float:
    if len(sent) < most:
        return 0.0
    return sent[-most] + window - now


def checked_message(params: JsonObject, content: JsonObject, *, refuse_entities: bool = False) -> None:
    """Raises RefusedCall 400 for what Telegram does not send."""
    if "text" in content:
        _check_text(str(content["text"]), params.get("entities") or [], refuse_entities)
    rows = (params.get("reply_markup") or {}).get("inline_keyboard", [])
    keys = [key for row in rows for key in row]
    if len(keys) > 100 or any(len(row) > 8 for row in rows):
        raise RefusedCall(400, "Bad Request: reply markup is too long")
    for key in keys:
        _check_key(key)


def _check_text(text: str, entities: list[JsonObject], refuse_entities: bool) -> None:
    size = len(text.encode("utf-16-le")) // 2
    if not text.strip():
        raise RefusedCall(400, "Bad Request: message text is empty")
    if size > MAX_TEXT:
        raise RefusedCall(400, "Bad Request: message is too long")
    for entity in entities:
        if refuse_entities or not 0 <= entity["offset"] < entity["offset"] + entity["length"] <= size:
            raise RefusedCall(400, "Bad Request: can't parse entities: an entity lies outside of the text")


def _check_key(key: JsonObject) -> None:
    if not key.get("text"):
        raise RefusedCall(400, "Bad Request: can't parse inline keyboard button: text must be non-empty")
    data = key.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= 64:
        raise RefusedCall(400, "Bad Request: BUTTON_DATA_INVALID")
    if data is None and not str(key.get("url", "")).startswith(("http://", "https://", "tg://")):
        raise RefusedCall(400, "Bad Request: BUTTON_URL_INVALID")
