"""Reads the body of an answer within bounds: its size counts after decompression, as it arrives."""

import zlib
from collections.abc import AsyncIterable

from httpx import Headers
from pydantic_core import from_json

from bot.edges.failing import failed
from bot.edges.plain_json import DEEPEST, NotPlain, plain
from bot.model.base import Json

MOST_PIECES = 20_000
"""Chunks that one answer may come in; parsing each costs time whatever its size."""
_CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
_WINDOW = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


async def read_body(pieces: AsyncIterable[bytes], headers: Headers, limit: int) -> bytes:
    """The decompressed body. Raises ActionFailed ``rejected`` above ``limit`` bytes or in unknown codings."""
    if headers.get("content-length", "0").isdigit() and int(headers.get("content-length", "0")) > limit:
        raise _too_large(limit)
    body = _Body(headers.get("content-encoding", "").strip().lower(), limit)
    count = 0
    async for piece in pieces:
        body.add(piece)
        count += 1
        if count > MOST_PIECES:
            raise failed("rejected", f"the answer came in more than {MOST_PIECES} pieces")
    return b"".join(body.parts)


class _Body:
    def __init__(self, encoding: str, limit: int) -> None:
        if encoding not in ("", "identity", *_WINDOW):
            raise failed("rejected", f"the answer is encoded as {encoding[:40]!r}, which was not asked for")
        self.parts: list[bytes] = []
        self._encoding = encoding
        self._limit = limit
        self._size = self._taken = 0
        self._inflate = zlib.decompressobj(_WINDOW[encoding]) if encoding in _WINDOW else None

    def add(self, piece: bytes) -> None:
        self._taken += len(piece)
        if self._taken > self._limit:
            raise _too_large(self._limit)
        while piece and self._inflate is not None:
            self._keep(self._inflated(piece))
            piece = self._inflate.unused_data
            if piece:
                self._inflate = zlib.decompressobj(_WINDOW[self._encoding])
        self._keep(piece)

    def _inflated(self, piece: bytes) -> bytes:
        assert self._inflate is not None
        room = self._limit - self._size + 1
        try:
            return self._inflate.decompress(piece, room)
        except zlib.error:
            if self._encoding != "deflate" or self._size:
                raise failed("rejected", f"the answer is not valid {self._encoding}") from None
        # Many servers mean by "deflate" the bare stream without zlib's header.
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            return self._inflate.decompress(piece, room)
        except zlib.error:
            raise failed("rejected", "the answer is not valid deflate") from None

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            raise _too_large(self._limit)
        if part:
            self.parts.append(part)


def _too_large(limit: int) -> Exception:
    return failed("rejected", f"the answer is larger than {limit} bytes")


def as_json_or_text(body: bytes, headers: Headers) -> tuple[Json, str | None]:
    """(JSON, None) where the body is JSON and says so or says nothing, else (None, text).

    Raises ActionFailed ``rejected`` for JSON that is nested deeper than we go.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and (kind in ("", "application/json", "text/json") or kind.endswith("+json")):
        try:
            return plain(from_json(body, allow_inf_nan=False)), None
        except NotPlain as error:
            raise failed("rejected", f"the answer's JSON is refused: {error}") from None
        except ValueError as error:
            if "recursion limit" in str(error):
                raise failed("rejected", f"the answer's JSON goes deeper than {DEEPEST} levels") from None
    return None, str(plain(body.decode(_charset(headers), "replace")))


def _charset(headers: Headers) -> str:
    for part in headers.get("content-type", "").split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip("\"'").lower()
            return charset if charset in _CHARSETS else "utf-8"
    return "utf-8"
