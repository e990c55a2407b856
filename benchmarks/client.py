"""A closed loop of senders over raw HTTP/1.1: each waits for its answer before it writes again.

The load shares the machine with what it loads, so there is no HTTP library here: a request is bytes, and an
answer is read as far as its status and its length say.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

WEBHOOK = "/webhooks/rest/webhook"
PATIENCE_SECONDS = 60.0
"""How long the last answers of a round may take before the run is given up."""


@dataclass
class Load:
    """What one round brought: each answer's latency in seconds, how long it took, and what went wrong."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0


def request(body: object, path: str = WEBHOOK) -> bytes:
    content = json.dumps(body).encode()
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: desk",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + content


class Sender(asyncio.Protocol):
    """One keep-alive connection, working through its requests until they or the time are over."""

    def __init__(self, requests: Iterator[bytes], expected: bytes, until: float, load: Load) -> None:
        self._requests = requests
        self._expected = expected
        self._until = until
        self._load = load
        self._buffer = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so
        self._next()

    def _next(self) -> None:
        content = next(self._requests, None) if time.perf_counter() < self._until else None
        if content is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(content)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < head_end + 4 + length:
            return
        self._answered(head, self._buffer[head_end + 4 :])
        self._buffer = b""
        self._next()

    def _answered(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"http/1.1 200") and self._expected in body:
            self._load.latencies.append(time.perf_counter() - self._sent_at)
        else:
            self._load.errors.append(f"{head[9:12].decode()}: {body[:200].decode(errors='replace')}")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._buffer or exc is not None:
            self._load.errors.append(f"connection lost: {exc}")
        if not self.done.done():
            self.done.set_result(None)


async def run_load(
    port: int, streams: Iterable[Iterator[bytes]], seconds: float = 600.0, expected: bytes = b'"text"'
) -> Load:
    """Send each stream over a connection of its own, side by side, until all are through or the time is over.

    expected: bytes that every good answer holds.
    """
    load = Load()
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    senders = [
        (await loop.create_connection(_sender(stream, expected, began + seconds, load), "127.0.0.1", port))[1]
        for stream in streams
    ]
    async with asyncio.timeout(seconds + PATIENCE_SECONDS):
        await asyncio.gather(*(sender.done for sender in senders))
    load.seconds = time.perf_counter() - began
    return load


def _sender(stream: Iterator[bytes], expected: bytes, until: float, load: Load) -> Callable[[], Sender]:
    return lambda: Sender(stream, expected, until, load)


async def is_ready(url: str) -> bool:
    """Whether a GET of this address is answered with 200."""
    parts = urlsplit(url)
    try:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except OSError:
        return False
    try:
        writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n".encode())
        return (await reader.readline()).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
    finally:
        writer.close()


async def post_once(port: int, path: str, content: bytes, headers: Mapping[str, str]) -> bytes:
    """The body of the answer, over a connection of its own. Raises ValueError when it is not 2xx."""
    lines = [f"POST {path} HTTP/1.1", "Host: desk", "Content-Type: application/json", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write("\r\n".join((*lines, f"Content-Length: {len(content)}", "", "")).encode() + content)
        head, _, answer = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    if not head.startswith(b"HTTP/1.1 2"):
        raise ValueError(f"{head[9:12].decode()}: {answer[:200].decode(errors='replace')}")
    return answer
