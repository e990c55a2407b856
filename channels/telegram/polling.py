"""Polling: the desk asks Telegram for updates. One process at a time does, and the offset moves on only behind what is
stored."""

import asyncio
import itertools
import uuid
from collections.abc import Sequence
from typing import Any, Final

import structlog

from bot.errors import NotReady, TooMany, Unavailable, Undeliverable
from channels.telegram.api import Api
from channels.telegram.memory import Memory
from channels.telegram.updates import Updates

log = structlog.get_logger(__name__)
CLAIM: Final = "polling"
PAUSE_SECONDS: Final = 2.0
PURGE_SECONDS: Final = 3_600.0


class Housekeeping:
    """Forgets what is no longer needed, once an hour."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def run(self) -> None:
        while True:
            await self._memory.purge()
            await asyncio.sleep(PURGE_SECONDS)


class Polling:
    """lease_seconds: how long a process that fell silent keeps the others from polling."""

    def __init__(self, api: Api, updates: Updates, memory: Memory, lease_seconds: float) -> None:
        self._api = api
        self._updates = updates
        self._memory = memory
        self._lease = lease_seconds
        self._me = uuid.uuid4().hex

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if await self._memory.claim(CLAIM, self._me, self._lease):
                await self._while_claimed()
            await asyncio.sleep(min(self._lease / 2, PAUSE_SECONDS))

    async def _while_claimed(self) -> None:
        polling = asyncio.create_task(self._poll())
        renewing = asyncio.create_task(self._renew())
        try:
            done, _ = await asyncio.wait({polling, renewing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            polling.cancel()
            renewing.cancel()
            await asyncio.gather(polling, renewing, return_exceptions=True)
            await self._memory.release(CLAIM, self._me)
        for task in done:
            task.result()

    async def _renew(self) -> None:
        """Ends when another process has taken over."""
        while await self._memory.claim(CLAIM, self._me, self._lease):  # noqa: ASYNC110  a row tells, not this process
            await asyncio.sleep(self._lease / 3)

    async def _poll(self) -> None:
        offset: int | None = None
        while True:
            try:
                await self._no_webhook()
                while True:
                    updates = await self._api.updates(offset)
                    await self.store(updates)
                    offset = _behind(updates, offset)
            except (NotReady, Unavailable, Undeliverable) as error:
                log.warning("polling waits", problem=error.what)
                wait = error.retry_after_seconds if isinstance(error, Unavailable) else None
                await asyncio.sleep(max(PAUSE_SECONDS, wait or 0.0))

    async def _no_webhook(self) -> None:
        """Raises NotReady where Telegram still calls a webhook: the two exclude each other."""
        if await self._api.webhook_is_set():
            raise NotReady("Telegram calls a webhook", "Run `frontdesk telegram delete-webhook`, or set the mode to it")

    async def store(self, updates: Sequence[Any]) -> None:
        """Returns when all are stored: those of a chat in their order, chats beside each other."""
        by_chat = sorted(enumerate(updates), key=lambda pair: (_chat_of(pair[1]), pair[0]))
        chats = [[raw for _, raw in group] for _, group in itertools.groupby(by_chat, lambda pair: _chat_of(pair[1]))]
        await asyncio.gather(*(self._in_order(chat) for chat in chats))

    async def _in_order(self, updates: Sequence[Any]) -> None:
        for raw in updates:
            while not await self._stored(raw):
                continue

    async def _stored(self, raw: Any) -> bool:
        try:
            await self._updates.take(raw)
        except TooMany as error:
            await asyncio.sleep(error.retry_after_seconds)
            return False
        except NotReady:
            await asyncio.sleep(PAUSE_SECONDS)
            return False
        return True


def _chat_of(raw: Any) -> str:
    """What an update belongs to; empty where it does not tell."""
    if not isinstance(raw, dict):
        return ""
    body = raw.get("message") or raw.get("edited_message") or (raw.get("callback_query") or {}).get("message") or {}
    chat = body.get("chat") if isinstance(body, dict) else None
    return str(chat.get("id", "")) if isinstance(chat, dict) else ""


def _behind(updates: Sequence[Any], offset: int | None) -> int | None:
    """The next offset: behind the last of these, in the order in which Telegram gave them."""
    last = next((raw["update_id"] for raw in reversed(updates) if isinstance(raw, dict) and "update_id" in raw), None)
    return offset if last is None else last + 1
