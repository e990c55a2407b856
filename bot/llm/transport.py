"""The HTTP client under the SDKs: it reads so much of an answer and no more, and goes nowhere else with a key."""

import zlib
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any, Final

import httpx2

LARGEST_BODY: Final = 1_000_000
"""Bytes of one answer that are read, decompressed."""
CONNECT_SECONDS: Final = 5.0
_WINDOW: Final = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


_SENT: ContextVar[list[str]] = ContextVar("sent")


def begin_sending() -> list[str]:
    """From now on this task's requests leave their method here, as soon as they go out."""
    sent: list[str] = []
    _SENT.set(sent)
    return sent


class Refused(httpx2.HTTPError):
    """An answer is not taken, whatever it says; and the next one would be like it."""


class BoundedClient(httpx2.AsyncClient):
    """Reads LARGEST_BODY bytes of an answer and no more; follows no redirect, which would carry the key elsewhere.

    Nothing is asked to be compressed, and what is nevertheless is unpacked within the bound: a small answer may hold
    any amount. Raises Refused.
    """

    def __init__(self) -> None:
        super().__init__(
            headers={"accept-encoding": "identity"},
            timeout=httpx2.Timeout(60.0, connect=CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=200, max_keepalive_connections=20),
        )

    async def send(self, request: httpx2.Request, *, stream: bool = False, **how: Any) -> httpx2.Response:
        _SENT.get([]).append(request.method)
        response = await super().send(request, stream=True, **{**how, "follow_redirects": False})
        try:
            if 300 <= response.status_code < 400:
                raise Refused(f"redirects elsewhere (HTTP {response.status_code}), which is not followed")
            coding = response.headers.pop("content-encoding", "identity").strip().lower()
            response.stream = _Bounded(response.stream, coding)
            if not stream:
                await response.aread()
        except BaseException:
            await response.aclose()
            raise
        return response


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: Any, coding: str) -> None:
        if coding not in ("", "identity", *_WINDOW):
            raise Refused("packs its answers in a way that was not asked for")
        self._stream = stream
        self._inflate = zlib.decompressobj(_WINDOW[coding]) if coding in _WINDOW else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = given = 0
        async for packed in self._stream:
            taken += len(packed)
            piece = packed if self._inflate is None else self._inflated(self._inflate, packed, LARGEST_BODY - given + 1)
            given += len(piece)
            if max(taken, given) > LARGEST_BODY:
                raise Refused(f"gave an answer of more than {LARGEST_BODY} bytes")
            yield piece

    def _inflated(self, inflate: "zlib._Decompress", packed: bytes, room: int) -> bytes:
        try:
            return inflate.decompress(packed, room)
        except zlib.error:
            raise Refused("gave an answer that cannot be unpacked") from None

    async def aclose(self) -> None:
        await self._stream.aclose()
