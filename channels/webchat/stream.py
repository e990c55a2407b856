"""The replies of one conversation as server-sent events (html.spec.whatwg.org, "Server-sent events")."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Final

from bot.errors import NotReady, TooMany
from bot.ports import StreamedReply, Transcript

HEARTBEAT_SECONDS: Final = 10.0
"""Proxies and phones drop a connection on which nothing passes for long; also how soon a lost wake-up is made good."""
RETRY_MILLISECONDS: Final = 2_000
MOST_STREAMS: Final = 8
"""Streams of one visitor at the same time. A browser opens no more than six connections to one host."""


class Streams:
    """Follows conversations for visitors."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._open: Counter[str] = Counter()

    async def start_of(self, conversation: str, wished: str) -> int:
        """The number to go on from: what was wished if it is a reply of this conversation, else the beginning."""
        number = int(wished) if wished.isascii() and wished.isdigit() and len(wished) < 19 else 0
        if number == 0:
            return 0
        found = await self._transcript.replies_after(conversation, number - 1)
        return number if found and found[0].number == number else 0

    def follow(self, conversation: str, after: int) -> AsyncIterator[bytes]:
        """Frames, until the visitor goes or the desk shuts down. Raises TooMany when this visitor has too many."""
        if self._open[conversation] >= MOST_STREAMS:
            raise TooMany("this visitor follows the conversation too often", "Close a window", 5.0)
        return self._frames(conversation, after)

    async def _frames(self, conversation: str, after: int) -> AsyncIterator[bytes]:
        self._open[conversation] += 1
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
            while True:
                found, moved = await self._next(conversation, after)
                for reply in found:
                    after = reply.number
                    yield frame(reply)
                if not moved:
                    yield b": still here\n\n"
        except NotReady:
            return  # the page comes back by itself, to this process or the next
        finally:
            self._open[conversation] -= 1
            if not self._open[conversation]:
                del self._open[conversation]

    async def _next(self, conversation: str, after: int) -> tuple[list[StreamedReply], bool]:
        """What is new, at once or as soon as there is something; and False when it was quiet for too long."""
        news = asyncio.ensure_future(self._transcript.wait_for_more(conversation, HEARTBEAT_SECONDS))
        try:
            await asyncio.sleep(0)  # it listens before the tables are read, so that nothing falls in between
            found = await self._transcript.replies_after(conversation, after)
            if found:
                return found, True
            return found, await news
        finally:
            news.cancel()


def frame(reply: StreamedReply) -> bytes:
    """One event; its data is a single line of JSON."""
    data = json.dumps(rendered(reply), ensure_ascii=False, separators=(",", ":"))
    return f"id: {reply.number}\nevent: reply\ndata: {data}\n\n".encode()


def rendered(stored: StreamedReply) -> dict[str, Any]:
    """A reply as the page gets it; what is empty is left out."""
    reply = stored.reply
    buttons = [button.model_dump(exclude_none=True) for button in reply.buttons]
    parts = {"text": reply.text, "buttons": buttons, "image": reply.image, "files": list(reply.files)}
    fixed = {"number": stored.number, "author": reply.author, "at": stored.at.isoformat()}
    return fixed | {name: part for name, part in parts.items() if part}
