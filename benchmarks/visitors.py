"""Web visitors by the thousand on one process: how soon a reply begins after a message, and what each one costs.

Each visitor holds a stream of server-sent events over raw HTTP/1.1; messages go out at a fixed rate whatever comes
back (an open loop), each from another visitor. The time runs from writing the request until the event is read.
"""

import asyncio
import itertools
import json
import resource
import time
from collections import deque
from dataclasses import dataclass, field
from typing import cast

from benchmarks.client import PATIENCE_SECONDS, post_once
from benchmarks.figures import Bar, Effort, Figure, percentile
from benchmarks.loads import Failed
from benchmarks.processes import HttpProgram

RATE = 50.0
"""Messages a second, over all visitors."""
AT_ONCE = 40
"""Visitors that connect side by side."""
WORDS = ("when are you open", "could you tell me until when I can call", "where is my order", "has it been shipped")


@dataclass
class Visitors:
    """What was seen: how many streams came about, the latencies in seconds, and what went wrong."""

    streams: list["Stream"] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Stream(asyncio.Protocol):
    """One visitor's open stream. ``heard`` is done with the next reply; ``opened`` when the first frame is there."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard: asyncio.Future[float] | None = None
        self.is_lost = False
        self._last = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        lines = (
            "GET /webchat/events HTTP/1.1",
            "Host: desk",
            f"Authorization: Bearer {self.token}",
        )
        self.transport.write("\r\n".join((*lines, "", "")).encode())

    def data_received(self, data: bytes) -> None:
        # An event may be cut anywhere; its first line is short.
        seen = self._last + data
        self._last = seen[-16:]
        if not self.opened.done() and b"retry: " in seen:
            self.opened.set_result(None)
        if self.heard is not None and not self.heard.done() and b"event: reply" in seen:
            self.heard.set_result(time.perf_counter())
            self._last = b""

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        if not self.opened.done():
            self.opened.set_exception(Failed(f"a stream was refused: {self._last!r} {exc or ''}"))


async def visitors(desk: HttpProgram, effort: Effort) -> list[Figure]:
    """The figures for as many visitors as the effort says."""
    _raise_open_files(effort.visitors)
    before = desk.memory_mb()
    found = Visitors()
    began = time.perf_counter()
    async with asyncio.timeout(60 + effort.visitors / 20):
        await _connect(desk, effort.visitors, found)
    connecting = time.perf_counter() - began
    idle = desk.memory_mb()
    cpu, waited = desk.cpu_seconds, desk.waited_seconds
    await _talk(desk, effort.visitor_seconds, found)
    cpu, waited = desk.cpu_seconds - cpu, desk.waited_seconds - waited
    lost = sum(stream.is_lost for stream in found.streams)
    busy = desk.memory_mb()
    for stream in found.streams:
        stream.transport.close()
    if found.errors or not found.latencies:
        raise Failed(f"visitors: {len(found.errors)} went wrong, the first: {(found.errors or ['none spoke'])[0]}")
    part = f"{effort.visitors:,} web visitors, {RATE:.0f} messages/s"
    per_visitor = 1000 * (idle - before) / effort.visitors
    return [
        Figure(part, "message to reply, p50", 1000 * percentile(found.latencies, 0.5), "ms"),
        Figure(part, "message to reply, p95", 1000 * percentile(found.latencies, 0.95), "ms", bar=Bar("at most", 500)),
        Figure(part, "message to reply, p99", 1000 * percentile(found.latencies, 0.99), "ms"),
        Figure(part, "CPU a message", 1000 * cpu / len(found.latencies), "ms"),
        Figure(part, "waiting for a processor, a message", 1000 * waited / len(found.latencies), "ms"),
        Figure(part, "streams opened a second", len(found.streams) / connecting, "/s"),
        Figure(part, "streams lost", float(lost), " streams", bar=Bar("at most", 0)),
        Figure(part, "memory of a connected visitor", per_visitor, "kB"),
        Figure(part, "memory with all, after talking", busy, "MB", bar=Bar("at most", 1_500)),
    ]


def _raise_open_files(count: int) -> None:
    """As many sockets as there are visitors, where the machine lets this process have them."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 1_000
    if most != resource.RLIM_INFINITY and most < wanted:
        raise Failed(f"visitors: this machine lets a process open {most} files, and {wanted} are needed (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


async def _connect(desk: HttpProgram, count: int, found: Visitors) -> None:
    numbers = iter(range(count))

    async def some() -> None:
        for _ in numbers:
            token = json.loads(await _post(desk.port, "/webchat/visitors", {}))["token"]
            create = asyncio.get_running_loop().create_connection
            _, stream = await create(lambda token=token: Stream(token), "127.0.0.1", desk.port)  # type: ignore[misc]
            await stream.opened
            found.streams.append(stream)

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))


async def _talk(desk: HttpProgram, seconds: float, found: Visitors) -> None:
    """At the rate, until the time is over; then the last replies are waited for. Nobody writes who still waits."""
    began = time.perf_counter()
    talking: set[asyncio.Task[None]] = set()
    free = deque(found.streams)
    for n in itertools.count():
        due = began + n / RATE
        if due > began + seconds:
            break
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if not free:
            found.errors.append(f"all visitors wait for a reply {time.perf_counter() - began:.0f} s after the first")
            break
        talking.add(asyncio.create_task(_say(desk, free, n, found)))
    await asyncio.gather(*talking)


async def _say(desk: HttpProgram, free: "deque[Stream]", n: int, found: Visitors) -> None:
    stream = free.popleft()
    stream.heard = asyncio.get_running_loop().create_future()
    sent = time.perf_counter()
    body = {"text": f"{WORDS[n % len(WORDS)]} ({n})", "client_msg_id": f"bench-{n:08}"}
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _post(desk.port, "/webchat/messages", body, stream.token)
            found.latencies.append(await stream.heard - sent)
        free.append(stream)
    except (OSError, TimeoutError, ValueError) as error:
        found.errors.append(f"{type(error).__name__} {error}")


async def _post(port: int, path: str, body: object, token: str = "") -> bytes:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return await post_once(port, path, json.dumps(body).encode(), headers)
