"""What may come in at all: bodies of bounded size, and JSON that every part of the desk can keep.

Stored JSON is read again by other parsers and by databases, so what one of them refuses is refused here, before
anything is stored: deep nesting, NUL, broken UTF-8, half surrogate pairs, NaN and infinity, numbers beyond a double.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.api.problems import Problem, Refused

MAX_DEPTH: Final = 64
"""Objects and lists inside each other. Our own need 10; the strictest reader behind us stops at 128."""
MAX_DIGITS: Final = 300

_SUSPECT = re.compile(rb"NaN|Infinity|\\u0000|\\u[dD][89a-fA-F]|[0-9][eE]\+?[0-9]{3}|[0-9]{%d}" % MAX_DIGITS)
# A text that is never closed ends with the body: so the scan passes every byte once, whatever stands there.
_BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


class BodyGuard:
    """Reads the body, answers 413 or 400 where it must, and else hands it on in one piece. A plain ASGI middleware.

    limit: bytes of a body; by_path: of bodies for single paths.
    A body that is too large is not kept; the server reads past what is left of it.
    """

    def __init__(self, app: ASGIApp, limit: int, by_path: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._limit = limit
        self._by_path = by_path or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            check_address(scope)
            body = await self._body(scope, receive)
        except Refused as refused:
            await refused.problem.response()(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _given(body, receive) if body else receive, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body, empty when there is none; None when the caller has gone."""
        length, chunked, is_json = _about(scope)
        limit = self._by_path.get(scope["path"], self._limit)
        if length > limit:
            raise too_large(limit)
        if not length and not chunked:
            return b""
        body = await _read(receive, limit)
        if body and is_json:
            check_json(body)
        return body


def _about(scope: Scope) -> tuple[int, bool, bool]:
    """(Content-Length, whether it comes in chunks of unknown length, whether it says that it is JSON)."""
    length, chunked, is_json = 0, False, False
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = int(value) if value.isdigit() else 0
        elif name == b"transfer-encoding":
            chunked = True
        elif name == b"content-type":
            is_json = b"json" in value.lower()
    return length, chunked, is_json


async def _read(receive: Receive, limit: int) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _given(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body again, and then whatever comes behind it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def check_address(scope: Scope) -> None:
    """No path or query may hold NUL, which no database keeps. Raises Refused."""
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        raise Refused(Problem(400, "the address holds a NUL character", "Leave it out.", "unreadable"))


def too_large(limit: int) -> Refused:
    return Refused(Problem(413, f"the body is larger than {limit} bytes", "Send less, or in parts.", "too-large"))


def check_json(body: bytes) -> None:
    """Refuse what not every reader can keep. Raises Refused; that it is JSON at all is checked where it is parsed.

    Ordinary bodies cost four scans at the speed of C; only suspicious ones are parsed here.
    """
    if b"\0" in body:
        raise _unreadable("the body holds NUL bytes", "Send JSON in UTF-8.")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise _unreadable(f"the body is not UTF-8 from byte {error.start} on", "Send JSON in UTF-8.") from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and depth_of(body) > MAX_DEPTH:
        raise _unreadable(f"the body is nested deeper than {MAX_DEPTH} levels", "Send a flatter one.")
    if _SUSPECT.search(body):
        _check_values(body)


def depth_of(body: bytes) -> int:
    """How deep JSON is nested; of what is no JSON, a number all the same. Stops counting just behind MAX_DEPTH."""
    depth = deepest = 0
    for match in _BRACKETS.finditer(body):
        first = match.group()[0]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        elif first in b"]}":
            depth -= 1
    return deepest


def _check_values(body: bytes) -> None:
    try:
        value = json.loads(body, parse_constant=_no_constant, parse_float=_float, parse_int=_int)
    except json.JSONDecodeError:
        return  # said, with its place, by whoever parses it
    _check_texts(value)


def _no_constant(name: str) -> Any:
    raise _unreadable(f"{name} is no JSON value", "Send null or leave it out.")


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _too_large_number()
    return number


def _int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _too_large_number()
    return int(digits)


def _too_large_number() -> Refused:
    return _unreadable("a number is too large", "Send it as text if it is an id.")


def _check_texts(value: Any) -> None:
    """No NUL and no half surrogate pair in any text or key."""
    match value:
        case str():
            _check_text(value)
        case list():
            for item in value:
                _check_texts(item)
        case dict():
            for key, item in value.items():
                _check_text(key)
                _check_texts(item)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise _unreadable("a text holds a NUL character", "Leave it out.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _unreadable("a text holds half a surrogate pair", "Send whole characters.") from None


def _unreadable(what: str, fix: str) -> Refused:
    return Refused(Problem(400, what, fix, "unreadable"))
