"""An action server that does as it is told: fails, dawdles, talks nonsense, and logs every effect.

In process: ``async with FakeActionServer() as server``. As a process of its own, so it outlives the desk:

    python -m bot.testing.fake_action_server --port 5055 --log effects.jsonl

It speaks rasa's action server protocol (``POST /webhook``, ``GET /actions``, ``GET /health``). ``GET /log``
gives the log; ``POST /behave`` with ``{"mode": ..., "times": n, "seconds": s, "action": name}`` tells it how
to treat the next ``n`` calls (of that action).
"""

import argparse
import asyncio
import json
import os
import signal
import time
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, get_args

from bot.model.action import CALL_METADATA, OUTPUT_SLOT
from bot.model.base import Json, JsonObject
from bot.testing.loopback import Asked, LoopbackServer, answer, head

Mode = Literal[
    "ok",       # does it and answers
    "slow",     # does it, answers `seconds` later
    "hang",     # answers `seconds` later without having done it
    "lost",     # does it, then breaks the connection instead of answering
    "reset",    # breaks the connection without having done it
    "400", "404", "429", "449", "500", "502", "503",
    "html",     # 200, but a web page
    "cut",      # 200, but the JSON ends early
    "null",     # 200 and null
    "shape",    # 200, but events and responses are not what they should be
    "deep",     # 200, JSON nested 100,000 deep
    "huge",     # 200, three megabytes
    "drip",     # 200, one byte in each `seconds`
]  # fmt: skip
MODES: tuple[str, ...] = get_args(Mode)
_DOES_IT = frozenset({"ok", "slow", "lost", "html", "cut", "null", "shape", "deep", "huge", "drip"})


@dataclass
class Behaviour:
    """How the next ``times`` calls of ``action`` (None: of any) are treated."""

    mode: Mode
    times: int = 1
    seconds: float = 1.0
    action: str | None = None


@dataclass
class FakeActionServer:
    """actions: what ``GET /actions`` lists; every other name works too.
    log_file: each call is appended to it as one JSON line, before it is answered.
    """

    port: int = 0
    log_file: Path | None = None
    actions: tuple[JsonObject, ...] = ({"name": "fake.write"}, {"name": "fake.read", "effect": "read"})
    log: list[JsonObject] = field(default_factory=list)
    plans: list[Behaviour] = field(default_factory=list)
    _called: asyncio.Condition = field(default_factory=asyncio.Condition)
    _keys: set[str] = field(default_factory=set)
    _server: LoopbackServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhook"

    @property
    def effects(self) -> list[JsonObject]:
        """The calls that showed: each key once."""
        return [entry for entry in self.log if entry["applied"]]

    def behave(self, mode: Mode, times: int = 1, seconds: float = 1.0, action: str | None = None) -> None:
        """Treat the next ``times`` calls so; then as before."""
        self.plans.append(Behaviour(mode, times, seconds, action))

    async def until(self, calls: int) -> None:
        """Returns as soon as so many calls have come in, all told."""
        async with self._called:
            await self._called.wait_for(lambda: len(self.log) >= calls)

    async def __aenter__(self) -> Self:
        if self.log_file and self.log_file.exists():
            self.log = [json.loads(line) for line in self.log_file.read_text().splitlines()]
            self._keys = {entry["key"] for entry in self.effects}
        self._server = await LoopbackServer(self._answer, self.port).__aenter__()
        self.port = self._server.port
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        await self._server.__aexit__(kind, error, trace)

    async def _answer(self, asked: Asked) -> AsyncIterator[bytes]:
        match asked.method, asked.path:
            case "POST", "/webhook":
                async for piece in self._webhook(asked):
                    yield piece
            case "GET", "/actions":
                yield answer(200, list(self.actions))
            case "GET", "/health":
                yield answer(200, {"status": "ok"})
            case "GET", "/log":
                yield answer(200, self.log)
            case "POST", "/behave":
                self.behave(**asked.json())
                yield answer(200, {"plans": len(self.plans)})
            case _:
                yield answer(404, {"error": f"nothing is at {asked.path}"})

    async def _webhook(self, asked: Asked) -> AsyncIterator[bytes]:
        body = zlib.decompress(asked.body) if asked.headers.get("content-encoding") == "deflate" else asked.body
        call: JsonObject = json.loads(body)
        plan = self._plan(str(call.get("next_action")))
        entry = self._record(asked, call, plan.mode)
        async with self._called:
            self._called.notify_all()
        if plan.mode in ("slow", "hang"):
            await asyncio.sleep(plan.seconds)
        if plan.mode in ("lost", "reset"):
            raise ConnectionResetError
        async for piece in _said(plan, call, entry):
            yield piece

    def _plan(self, action: str) -> Behaviour:
        for plan in self.plans:
            if plan.times > 0 and plan.action in (None, action):
                plan.times -= 1
                return plan
        return Behaviour("ok")

    def _record(self, asked: Asked, call: JsonObject, mode: Mode) -> JsonObject:
        key = asked.headers.get("idempotency-key", "")
        applied = mode in _DOES_IT and (not key or key not in self._keys)
        entry: JsonObject = {
            "number": len(self.log) + 1,
            "action": call.get("next_action"),
            "key": key,
            "sender": call.get("sender_id"),
            "args": _args(call),
            "mode": mode,
            "applied": applied,
            "at": time.time(),
        }
        if applied:
            self._keys.add(key)
        self.log.append(entry)
        if self.log_file:
            _append(self.log_file, entry)
        return entry


def _args(call: JsonObject) -> Json:
    metadata: Any = (call.get("tracker", {}).get("latest_message") or {}).get("metadata") or {}
    return metadata.get(CALL_METADATA, {}).get("args", {})


def _append(path: Path, entry: JsonObject) -> None:
    """One write of one line, so that lines of several processes never mix."""
    line = (json.dumps(entry) + "\n").encode()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)


async def _said(plan: Behaviour, call: JsonObject, entry: JsonObject) -> AsyncIterator[bytes]:
    name = call.get("next_action")
    good = {
        "events": [
            {
                "event": "slot",
                "name": OUTPUT_SLOT,
                "value": {"number": entry["number"], "echo": entry["args"]},
            }
        ],
        "responses": [],
    }
    match plan.mode:
        case "ok" | "slow" | "hang":
            yield answer(200, good)
        case "400":
            yield answer(400, {"error": f"{name} does not want to", "action_name": name})
        case "449" if not call.get("domain"):
            yield answer(449, {"error": "Missing domain context", "action_name": name})
        case "449":
            yield answer(200, good)
        case "500":
            yield answer(500, {"error": "boom", "request_body": call})
        case "404" | "429" | "502" | "503":
            yield answer(int(plan.mode), {"error": "no", "action_name": name}, {"retry-after": "7"})
        case "html":
            yield answer(200, b"<html><body>Welcome to the proxy</body></html>", {"content-type": "text/html"})
        case "drip":
            yield head(200, {"content-type": "application/json", "content-length": "100000"})
            while True:
                yield b" "
                await asyncio.sleep(plan.seconds)
        case _:
            yield answer(200, _nonsense(plan.mode, good), {"content-type": "application/json"})


def _nonsense(mode: Mode, good: JsonObject) -> bytes:
    match mode:
        case "cut":
            return json.dumps(good)[:-9].encode()
        case "shape":
            return b'{"events": {"event": "slot"}, "responses": ["hello", 7]}'
        case "deep":
            return b"[" * 100_000 + b"]" * 100_000
        case "huge":
            return json.dumps({**good, "filler": "x" * 3_000_000}).encode()
    return b"null"


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with FakeActionServer(arguments.port, arguments.log) as server:
        server.behave(arguments.mode, arguments.times, arguments.seconds)
        if arguments.port_file:
            arguments.port_file.write_text(str(server.port))
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=5055, help="0: any that is free")
    parser.add_argument("--port-file", type=Path, help="write the port to this file as soon as it listens")
    parser.add_argument("--log", type=Path, help="append every call to this file, as JSON lines")
    parser.add_argument("--mode", choices=MODES, default="ok", help="how the first calls are treated")
    parser.add_argument("--times", type=int, default=0, help="how many calls that are")
    parser.add_argument("--seconds", type=float, default=1.0, help="for slow, hang and drip")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
