"""The replies of one conversation as server-sent events (html.spec.whatwg.org, "Server-sent events").

Two kinds of events: ``reply``, whose id is its number, and ``standing`` (who has the floor, the place in the queue),
which has no id, so that it is never what a reconnect goes on from.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.errors import NotReady, TooMany
from bot.ports import Standing, StreamedReply, Transcript

HEARTBEAT_SECONDS: Final = 14.0
"""Proxies and phones drop a connection on which nothing passes for long."""
QUIET_BEATS: Final = 4
"""Heartbeats until the tables are looked at without having been woken; while a person is awaited, at each one."""
RETRY_MILLISECONDS: Final = 2_000
MOST_STREAMS: Final = 8
"""Streams of one visitor at the same time. A browser opens no more than six connections to one host."""
PAGE: Final = 50
"""Replies that are held in memory for one stream: at 16 KB each they stay below 1 MB, however slowly they are read."""
STALLED_SECONDS: Final = 60.0
"""Who takes nothing for so long has gone, or might as well have."""
HEADERS: Final = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
}


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
        found = await self._transcript.replies_after(conversation, number - 1, 1)
        return number if found and found[0].number == number else 0

    def follow(self, conversation: str, after: int) -> "EventStream":
        """Events until the visitor goes or the desk shuts down. Raises TooMany when this visitor has too many."""
        if self._open[conversation] >= MOST_STREAMS:
            raise TooMany("this visitor follows the conversation too often", "Close a window", 5.0)
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        return EventStream(self.frames(conversation, after, gone), gone)

    async def frames(self, conversation: str, after: int, gone: asyncio.Future[None]) -> AsyncIterator[bytes]:
        """gone: done when nobody listens any more."""
        self._open[conversation] += 1
        told: Standing | None = None
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
            while not gone.done():
                # It listens before the tables are read, so that nothing falls in between.
                news = asyncio.ensure_future(self._transcript.wait_for_more(conversation, 10 * HEARTBEAT_SECONDS))
                try:
                    await asyncio.sleep(0)
                    found, standing = await self._transcript.look(conversation, after, PAGE)
                    for reply in found:
                        after = reply.number
                        yield frame(reply)
                    if len(found) == PAGE:
                        continue
                    if standing != told:
                        told = standing
                        yield standing_frame(standing)
                    for _ in range(QUIET_BEATS if standing.owner == "bot" else 1):
                        if await _heard({news, gone}):
                            break
                        yield b": still here\n\n"
                    if news.done():
                        news.result()  # says so when the desk shuts down
                finally:
                    news.cancel()
        except NotReady:
            return  # the page comes back by itself, to this process or the next
        finally:
            self._open[conversation] -= 1
            if not self._open[conversation]:
                del self._open[conversation]

    async def poll(self, conversation: str, after: int, wait_seconds: float) -> dict[str, Any]:
        """What is behind a number, and how things stand; waits for a while when nothing was said.

        A change of who has the floor ends the wait, too.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + wait_seconds
        began: Standing | None = None
        while True:
            news = asyncio.ensure_future(self._transcript.wait_for_more(conversation, max(0.0, until - clock())))
            try:
                await asyncio.sleep(0)
                found, standing = await self._transcript.look(conversation, after, PAGE)
                if found or clock() >= until or standing != (began or standing) or not await news:
                    break
                began = began or standing
            finally:
                news.cancel()
        return {"replies": [rendered(reply) for reply in found], "standing": standing.model_dump(exclude_none=True)}


async def _heard(these: set[asyncio.Future[Any]]) -> bool:
    """False when none of these came within a heartbeat."""
    done, _ = await asyncio.wait(these, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    return bool(done)


class EventStream(Response):
    """Sends frames for as long as somebody takes them. Leaner than StreamingResponse: there are thousands of them."""

    def __init__(self, frames: AsyncIterator[bytes], gone: asyncio.Future[None]) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._frames = frames
        self._gone = gone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        watching = asyncio.ensure_future(self._watch(receive))
        try:
            async for frame in self._frames:
                async with asyncio.timeout(STALLED_SECONDS):
                    await send({"type": "http.response.body", "body": frame, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            return  # the server closes a connection whose answer has no end
        finally:
            watching.cancel()
            await self._frames.aclose()  # type: ignore[attr-defined]  # an async generator

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        if not self._gone.done():
            self._gone.set_result(None)


def frame(reply: StreamedReply) -> bytes:
    """One event; its data is a single line of JSON."""
    return f"id: {reply.number}\nevent: reply\ndata: {_line(rendered(reply))}\n\n".encode()


def standing_frame(standing: Standing) -> bytes:
    return f"event: standing\ndata: {_line(standing.model_dump(exclude_none=True))}\n\n".encode()


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def rendered(stored: StreamedReply) -> dict[str, Any]:
    """A reply as the page gets it; what is empty is left out."""
    reply = stored.reply
    buttons = [button.model_dump(exclude_none=True) for button in reply.buttons]
    parts: dict[str, Any] = {"text": reply.text, "buttons": buttons, "image": reply.image, "files": list(reply.files)}
    if reply.form is not None:
        parts["form"] = reply.form.model_dump(exclude_defaults=True)
    fixed = {"number": stored.number, "author": reply.author, "at": stored.at.isoformat()}
    return fixed | {name: part for name, part in parts.items() if part}
