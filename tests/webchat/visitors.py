"""A visitor as a program: posts messages and reads the stream."""

import asyncio
import base64
import contextlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from bot.app import secret_of
from bot.model.message import Address
from channels.webchat.visitors import Visitors
from tests.api.desks import Desk

_numbers = itertools.count(1)
ORIGINS = ("https://shop.example.com", "https://*.example.org")
IDENTITY_SECRET = "of a site that knows its visitors and nobody else"


@dataclass
class Visitor:
    http: httpx.AsyncClient
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    async def say(self, text: str, client_msg_id: str = "", **more: Any) -> httpx.Response:
        body = {"text": text, "client_msg_id": client_msg_id or f"message-{next(_numbers)}"} | more
        return await self.http.post("/webchat/messages", json=body, headers=self.headers)

    async def replies(self, after: int = 0) -> list[dict[str, Any]]:
        answer = await self.http.get("/webchat/replies", params={"after": after}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    @contextlib.asynccontextmanager
    async def stream(self, after: str = "", last_event_id: str = "") -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """The replies as they come."""
        headers = self.headers | ({"last-event-id": last_event_id} if last_event_id else {})
        params = {"after": after} if after else {}
        async with self.http.stream("GET", "/webchat/events", params=params, headers=headers) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["x-accel-buffering"] == "no"
            assert "no-transform" in answer.headers["cache-control"]
            frames = _frames(answer.aiter_lines())
            try:
                yield frames
            finally:
                await frames.aclose()


async def _frames(lines: AsyncIterator[str]) -> Any:
    """The replies among the events."""
    number = event = ""
    async for line in lines:
        if line.startswith("id: "):
            number = line.removeprefix("id: ")
        elif line.startswith("event: "):
            event = line.removeprefix("event: ")
        elif line.startswith("data: ") and event == "reply":
            reply = json.loads(line.removeprefix("data: "))
            assert number == str(reply["number"]), "the id of an event is its number"
            yield reply


def identity(sub: str = "u-1", secret: str = IDENTITY_SECRET, **claims: Any) -> str:
    """As a site's server makes it: a JSON Web Token, HS256. A claim that is None is left out."""
    header = {"alg": claims.pop("alg", "HS256"), "typ": "JWT"}
    all_claims = {"sub": sub, "exp": int(time.time()) + 300, "name": "Ada Ortiz", "email": "ada@example.com"} | claims
    kept = {name: value for name, value in all_claims.items() if value is not None}
    signed = ".".join(_base64(json.dumps(part).encode()) for part in (header, kept))
    return f"{signed}.{_base64(hmac.digest(secret.encode(), signed.encode(), 'sha256'))}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@contextlib.asynccontextmanager
async def a_visitor(url: str) -> AsyncIterator[Visitor]:
    async with httpx.AsyncClient(base_url=url, timeout=20) as http:
        answer = await http.post("/webchat/visitors")
        assert answer.status_code == 201
        yield Visitor(http, answer.json()["token"])


@contextlib.asynccontextmanager
async def many_visitors(url: str, count: int) -> AsyncIterator[list[Visitor]]:
    """So many visitors behind one client, each with connections of its own."""
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=httpx.Limits(max_connections=4 * count)) as http:
        yield [Visitor(http, (await http.post("/webchat/visitors")).json()["token"]) for _ in range(count)]


@dataclass
class Served:
    """A desk behind a real HTTP server."""

    desk: Desk
    url: str


def conversation_of(web: Served, visitor: Visitor) -> str:
    """The id of a visitor's conversation."""
    name = Visitors(secret_of(web.desk.house.settings)).visitor_of(visitor.headers["authorization"]).name
    return web.desk.house.intake.conversation_of(Address(channel="webchat", sender=name))


def token_of(visitors: Visitors, site: str = "", **contact: Any) -> str:
    return visitors.token_of(visitors.new(site, contact or None))[0]


async def first(frames: AsyncIterator[dict[str, Any]], count: int = 1) -> list[dict[str, Any]]:
    """The next so many replies of a stream."""
    async with asyncio.timeout(15):
        return [await anext(frames) for _ in range(count)]


async def standing(visitor: Visitor, owner: str) -> dict[str, object]:
    """Who has the floor, as soon as it is this one."""
    async with asyncio.timeout(15):
        while True:
            answer = await visitor.http.get("/webchat/poll", headers=visitor.headers)
            found: dict[str, object] = answer.json()["standing"]
            if found["owner"] == owner:
                return found
            await asyncio.sleep(0.02)
