"""A small HTTP/1.1 server on loopback that answers byte by byte as it is told, well-formed or not."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from bot.model.base import Json

_LARGEST_REQUEST = 8_000_000


@dataclass(frozen=True)
class Asked:
    """One request as it arrived. ``headers`` have lower-case names."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Json:
        return json.loads(self.body)


Handler = Callable[[Asked], AsyncIterator[bytes]]
"""Yields the raw bytes of the answer, status line and headers included; then the connection is closed."""


def answer(status: int = 200, body: bytes | str | Json = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole answer. A body that is neither bytes nor text is sent as JSON."""
    kind = "text/plain; charset=utf-8"
    if not isinstance(body, bytes | str):
        body, kind = json.dumps(body), "application/json"
    raw = body.encode() if isinstance(body, str) else body
    given = {"content-type": kind, "content-length": str(len(raw)), "connection": "close", **(headers or {})}
    return head(status, given) + raw


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """The status line and the headers of an answer."""
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@dataclass
class LoopbackServer:
    """``async with LoopbackServer(handler) as server:`` listens on ``server.port``; ``asked`` is its log."""

    handler: Handler
    port: int = 0
    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _busy: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._busy):
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        try:
            asked = await _read(reader)
            self.asked.append(asked)
            async for piece in self.handler(asked):
                writer.write(piece)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # The other side has left, or the server is being stopped: both are a normal end of a connection.
            writer.transport.abort()
        finally:
            self._busy.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {
        name.strip().lower(): value.strip()
        for name, colon, value in (line.partition(":") for line in lines[1:])
        if colon
    }
    body = await reader.readexactly(min(int(headers.get("content-length", 0)), _LARGEST_REQUEST))
    url = urlsplit(target)
    return Asked(method, url.path, dict(parse_qsl(url.query, keep_blank_values=True)), headers, body)
