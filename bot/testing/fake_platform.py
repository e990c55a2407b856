"""A chat platform that takes deliveries and logs them: ``async with FakePlatform() as platform``.

``POST /send`` with ``{"to": ..., "text": ...}`` and the header ``Idempotency-Key`` delivers once a key, as platforms do
that know keys. ``behave`` makes the next calls fail, break off or dawdle.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

from bot.model.base import JsonObject
from bot.testing.loopback import Asked, LoopbackServer, answer

PlatformMode = Literal[
    "ok",
    "lost",   # delivers, then breaks the connection instead of answering
    "reset",  # breaks the connection without having delivered
    "slow",   # delivers, answers `seconds` later
    "429",    # refuses, with Retry-After: `seconds`
    "500",    # refuses
    "400",    # refuses for good
]  # fmt: skip
_DELIVERS = frozenset({"ok", "lost", "slow"})


@dataclass
class _Plan:
    mode: PlatformMode
    times: int
    seconds: float


@dataclass
class FakePlatform:
    """log: every call in the order of its arrival; ``applied`` says whether it showed to the contact."""

    port: int = 0
    log: list[JsonObject] = field(default_factory=list)
    _plans: list[_Plan] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)
    _server: LoopbackServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/send"

    def behave(self, mode: PlatformMode, times: int = 1, seconds: float = 1.0) -> None:
        """Treat the next ``times`` calls so; then as before."""
        self._plans.append(_Plan(mode, times, seconds))

    def shown_to(self, contact: str) -> list[str]:
        """What this contact has seen, in order."""
        return [str(entry["text"]) for entry in self.log if entry["applied"] and entry["to"] == contact]

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
        plan = next((one for one in self._plans if one.times > 0), _Plan("ok", 1, 0.0))
        plan.times -= 1
        entry = self._record(asked, plan.mode)
        if plan.mode == "slow":
            await asyncio.sleep(plan.seconds)
        if plan.mode in ("lost", "reset"):
            raise ConnectionResetError
        if plan.mode in _DELIVERS:
            yield answer(200, {"id": f"sent-{entry['number']}"})
        else:
            yield answer(int(plan.mode), {"error": "no"}, {"retry-after": f"{plan.seconds:g}"})

    def _record(self, asked: Asked, mode: PlatformMode) -> JsonObject:
        body = asked.json()
        key = asked.headers.get("idempotency-key", "")
        applied = mode in _DELIVERS and (not key or key not in self._keys)
        if applied:
            self._keys.add(key)
        entry: JsonObject = {
            "number": len(self.log) + 1,
            "to": body["to"],
            "text": body["text"],
            "key": key,
            "mode": mode,
            "applied": applied,
            "at": time.time(),
        }
        self.log.append(entry)
        return entry
