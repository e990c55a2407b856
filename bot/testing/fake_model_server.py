"""A model server on loopback that speaks the HTTP protocols of Anthropic and OpenAI, and misbehaves as it is told.

In process: ``async with FakeModelServer() as server``; its addresses are ``server.anthropic_url`` and
``server.openai_url``. As a process of its own:

    python -m bot.testing.fake_model_server --port 8090

It answers ``POST /v1/messages`` and ``POST /v1/chat/completions``, streamed where the request asks for it. A good
answer fills the schema of the request, or is what ``replies`` has for words in it. ``POST /behave`` with
``{"mode": ..., "times": n, "seconds": s}`` tells it how to treat the next ``n`` requests; a model called ``fake-hang``
always hangs, and so with every mode; ``GET /log`` gives the log.
"""

import argparse
import asyncio
import gzip
import json
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, get_args

from bot.model.base import Json, JsonObject
from bot.testing.loopback import Asked, LoopbackServer, answer
from bot.testing.model_protocols import Speech, anthropic_answer, openai_answer

Mode = Literal[
    "good",         # fills the schema
    "wrong_enum",   # a value that no enum has
    "invented_id",  # texts that nobody has sent
    "wrong_type",   # valid JSON, but texts in place of everything
    "broken_json",  # the arguments end early
    "cut",          # the body itself ends early
    "html",         # 200, but a web page
    "wrong_shape",  # 200 and JSON, but of no provider
    "wrong_tool",   # calls a tool that nobody offered
    "calls",        # calls the first of the tools, and never answers
    "twice",        # two answers at once, which differ
    "too_long",     # stops in the middle, as max_tokens are over
    "empty",        # an answer without content
    "huge",         # 100 KB of text
    "refusal",      # declines
    "hang",         # says nothing for `seconds`
    "drip",         # a byte in each `seconds`
    "slow",         # answers well, and takes `seconds` for it
    "drop",         # breaks the connection in the middle of the answer
    "bomb",         # 20 KB that unpack to 20 MB
    "redirect",     # to another address
    "400", "401", "404", "413", "429", "500", "503", "529",
]  # fmt: skip
MODES: tuple[str, ...] = get_args(Mode)
_DEEPEST = 20
_PIECES = 20
ANSWER = "answer"
"""The tool that takes an answer with a schema."""


@dataclass
class Behaviour:
    """How the next ``times`` requests are treated. seconds: of a hang or drip, and Retry-After of a 429 (None: not
    said)."""

    mode: Mode
    times: int = 1
    seconds: float | None = None


@dataclass
class FakeModelServer:
    """replies: words of a request -> what a good answer to it is. log: each request, as it came.

    calls: what the next requests that offer tools are answered with, each a list of a tool and its arguments (a text
    that is not JSON may stand for these); when they are used up, requests are answered.
    """

    port: int = 0
    calls: list[list[tuple[str, Json]]] = field(default_factory=list)
    replies: dict[str, Json] = field(default_factory=dict)
    log: list[JsonObject] = field(default_factory=list)
    plans: list[Behaviour] = field(default_factory=list)
    always: Behaviour = field(default_factory=lambda: Behaviour("good"))
    _server: LoopbackServer | None = None

    @property
    def anthropic_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def behave(self, mode: Mode, times: int = 1, seconds: float | None = None) -> None:
        """Treat the next ``times`` requests so; then as before."""
        self.plans.append(Behaviour(mode, times, seconds))

    async def __aenter__(self) -> Self:
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
            case "POST", "/v1/messages" | "/v1/chat/completions":
                async for piece in self._model(asked):
                    yield piece
            case "POST", "/behave":
                self.behave(**asked.json())
                yield answer(200, {"plans": len(self.plans)})
            case "GET", "/log":
                yield answer(200, self.log)
            case _:
                yield answer(404, {"error": {"type": "not_found_error", "message": f"nothing is at {asked.path}"}})

    def _plan(self, model: str) -> Behaviour:
        if model.startswith("fake-") and model.removeprefix("fake-") in MODES:
            return Behaviour(model.removeprefix("fake-"), seconds=self.always.seconds)  # type: ignore[arg-type]
        for plan in self.plans:
            if plan.times > 0:
                plan.times -= 1
                return plan
        return self.always

    async def _model(self, asked: Asked) -> AsyncIterator[bytes]:
        body: JsonObject = asked.json()
        plan = self._plan(str(body.get("model")))
        key = asked.headers.get("x-api-key") or asked.headers.get("authorization", "").removeprefix("Bearer ")
        provider = "anthropic" if asked.path == "/v1/messages" else "openai"
        self.log.append(
            {"provider": provider, "model": body.get("model"), "key": key, "mode": plan.mode, "body": body,
             "at": time.time()}
        )  # fmt: skip
        if plan.mode == "hang":
            await asyncio.sleep(60 if plan.seconds is None else plan.seconds)
        if plan.mode.isdigit():
            yield _refused(int(plan.mode), plan.seconds)
            return
        if plan.mode == "html":
            yield answer(200, "<html><body>Welcome to the proxy</body></html>", {"content-type": "text/html"})
            return
        if plan.mode == "redirect":
            yield answer(302, "", {"location": f"http://127.0.0.1:{self.port}/log"})
            return
        if plan.mode == "bomb":
            yield answer(200, _bomb(), {"content-encoding": "gzip"})
            return
        if plan.mode == "wrong_shape":
            yield answer(200, {"result": {"text": 7}, "choices": None, "content": None})
            return
        speech = self._speech(body, plan.mode)
        raw = (anthropic_answer if provider == "anthropic" else openai_answer)(body, speech)
        async for piece in _sent(raw, plan):
            yield piece

    def _calls(self, body: JsonObject, mode: Mode) -> tuple[tuple[str, str], ...]:
        offered = _offered(body)
        if mode == "good" and offered and self.calls:
            return tuple((name, _raw(given)) for name, given in self.calls.pop(0))
        return ((offered[0]["name"], _raw(filled(_schema_of(offered[0])))),) if mode == "calls" and offered else ()

    def _speech(self, body: JsonObject, mode: Mode) -> Speech:
        schema, tool = _wanted(body)
        if calls := self._calls(body, mode):
            return Speech(calls=calls)
        words = json.dumps(body.get("messages"), ensure_ascii=False)
        good = next((reply for part, reply in self.replies.items() if part in words), None)
        value = good if good is not None else filled(schema) if schema else "All is well."
        if mode == "refusal":
            return Speech(refusal="I cannot help with that.")
        if mode == "empty":
            return Speech()
        raw = _raw(_mangled(value, schema, mode))
        if mode == "too_long" or (mode == "broken_json" and schema):
            raw = raw[: max(1, len(raw) - 2)]
        again = [_raw(_spoilt(value, schema, "no_such_value"))] if mode == "twice" else []
        is_cut = mode == "too_long"
        if tool is None:
            return Speech(text="".join([raw, *again]), is_cut=is_cut)
        name = "launch_missiles" if mode == "wrong_tool" else tool
        return Speech(calls=tuple((name, words) for words in (raw, *again)), is_cut=is_cut)


def _mangled(value: Json, schema: JsonObject | None, mode: Mode) -> Json:
    """A good value as this mode has it."""
    if mode == "huge":
        return _spoilt(value, schema, "x" * 100_000)
    if mode == "wrong_enum":
        return _spoilt(value, schema, "no_such_value")
    if mode == "invented_id":
        return _spoilt(value, schema, "INV-000-made-up", only_free=True)
    if mode == "wrong_type" and schema:
        return {name: [str(inner)] for name, inner in value.items()} if isinstance(value, dict) else [value]
    return value


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * 20_000_000)


def _schema_of(tool: JsonObject) -> Any:
    return tool.get("parameters", tool.get("input_schema"))


def _raw(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _tools(body: JsonObject) -> list[JsonObject]:
    return [tool.get("function", tool) for tool in body.get("tools") or ()]


def _offered(body: JsonObject) -> list[JsonObject]:
    """The tools of a request but the one that takes the answer."""
    return [tool for tool in _tools(body) if tool["name"] != ANSWER]


def _wanted(body: JsonObject) -> tuple[JsonObject | None, str | None]:
    """The schema that a request asks for, and the tool that takes it (None: it is asked for as text)."""
    for tool in _tools(body):
        if tool["name"] == ANSWER:
            return _schema_of(tool), ANSWER
    shape: Any = body.get("response_format") or (body.get("output_config") or {}).get("format") or {}
    return shape.get("schema") or (shape.get("json_schema") or {}).get("schema"), None


def filled(schema: Any) -> Json:
    """A value that fits a schema: the first of an enum, the least of a number, short texts."""
    return _Filler(schema).value(schema, 0)


@dataclass
class _Filler:
    root: Any

    def value(self, schema: Any, depth: int) -> Json:
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return "text"
        if isinstance(ref := schema.get("$ref"), str):
            return self.value(_referred(ref, self.root), depth + 1)
        if "enum" in schema or "const" in schema:
            return schema["enum"][0] if "enum" in schema else schema["const"]
        arms = next((schema[key] for key in ("anyOf", "oneOf", "allOf") if schema.get(key)), None)
        return self.value(arms[0], depth + 1) if arms else self._of_type(schema, depth + 1)

    def _of_type(self, schema: JsonObject, depth: int) -> Json:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        match kind[0] if isinstance(kind, list) else kind:
            case "object":
                return {name: self.value(inner, depth) for name, inner in schema.get("properties", {}).items()}
            case "array":
                return [self.value(schema.get("items"), depth)] * int(schema.get("minItems", 0))
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean" | "null" as which:
                return True if which == "boolean" else None
        return "text".ljust(int(schema.get("minLength", 0)), "t")


def _referred(ref: str, root: Any) -> Any:
    for key in ref.removeprefix("#").strip("/").split("/"):
        root = root.get(key) if key and isinstance(root, dict) else root
    return root


def _spoilt(value: Json, schema: Any, text: str, only_free: bool = False) -> Json:
    """The value with its texts exchanged; only_free: those that no enum binds."""
    if isinstance(value, dict):
        inner = schema.get("properties", {}) if isinstance(schema, dict) else {}
        return {name: _spoilt(one, inner.get(name), text, only_free) for name, one in value.items()}
    if isinstance(value, list):
        items = schema.get("items") if isinstance(schema, dict) else None
        return [_spoilt(one, items, text, only_free) for one in value]
    is_closed = isinstance(schema, dict) and "enum" in schema
    return text if isinstance(value, str) and not (only_free and is_closed) else value


def _refused(status: int, retry_after: float | None) -> bytes:
    kinds = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error",
             429: "rate_limit_error", 529: "overloaded_error"}  # fmt: skip
    error = {"type": kinds.get(status, "api_error"), "message": "not now"}
    headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
    return answer(status, {"type": "error", "error": error}, headers)


async def _sent(raw: bytes, plan: Behaviour) -> AsyncIterator[bytes]:
    if plan.mode == "drop":
        yield raw[: len(raw) // 2]
        raise ConnectionResetError
    if plan.mode == "cut":
        top, _, body = raw.partition(b"\r\n\r\n")
        lines = [line for line in top.split(b"\r\n") if not line.lower().startswith(b"content-length")]
        yield b"\r\n".join(lines) + b"\r\n\r\n" + body[: len(body) // 2]
        return
    if plan.mode == "slow":
        for place in range(0, len(raw), len(raw) // _PIECES):
            yield raw[place : place + len(raw) // _PIECES]
            await asyncio.sleep((2.0 if plan.seconds is None else plan.seconds) / _PIECES)
        return
    if plan.mode != "drip":
        yield raw
        return
    for place in range(len(raw)):
        yield raw[place : place + 1]
        await asyncio.sleep(0.2 if plan.seconds is None else plan.seconds)


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with FakeModelServer(arguments.port) as server:
        server.always = Behaviour(arguments.mode, seconds=arguments.seconds)
        if arguments.port_file:
            arguments.port_file.write_text(str(server.port))
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8090, help="0: any that is free")
    parser.add_argument("--port-file", type=Path, help="write the port to this file as soon as it listens")
    parser.add_argument("--mode", choices=MODES, default="good", help="how requests are treated")
    parser.add_argument("--seconds", type=float, help="for hang, drip, slow and 429")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
