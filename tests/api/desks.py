"""A whole desk with its HTTP side, and callers of every role."""

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select, table

from bot.app import House, create_app
from bot.cli.tokens import add_token
from bot.model.message import Address
from bot.settings import Settings
from bot.store import schema
from tests.houses import write_flows

_numbers = itertools.count(1)

FLOWS = """
    flows:
      hours:
        name: Opening hours
        description: When we are open.
        triggers: [{intent: hours}]
        steps:
          - say: {text: "We are open from 9 to 5.", buttons: [{title: And on Sundays?, payload: /sundays}]}
      sundays:
        description: Whether we are open on Sundays.
        triggers: [{intent: sundays}]
        steps: [{say: "Closed on Sundays."}]
      order:
        description: Where an order is.
        triggers: [{intent: order}]
        steps:
          - id: number
            collect: order_number
            ask: Which order?
          - id: answer
            say: "Order {{ slots.order_number }} is on its way."
      vault:
        description: Asks for something secret and for a person.
        triggers: [{intent: vault}]
        steps:
          - collect: pin
            ask: Your PIN?
          - id: noted
            do: tickets.create
            with: {summary: "The vault, with {{ slots.pin }}", priority: normal}
          - handoff: {team: safe, priority: urgent, reason: pin_given}
      refund:
        description: Money back, after a colleague has agreed.
        triggers: [{intent: refund}]
        steps:
          - id: plan
            set: {amount: 40}
          - id: agreed
            review:
              team: billing
              title: Refund 40?
              show: {amount: 40}
              on_reject: [{say: "No refund."}, {stop: refused}]
          - id: ticket
            do: tickets.create
            with: {summary: "Refund of 40", priority: normal}
          - say: "Done, see {{ steps.ticket.id }}."
      digest:
        description: A run that ends at once.
        triggers: [{manual: {roles: [lead]}}]
        inputs: {day: {type: text}}
        steps: [{set: {seen: "{{ input.day }}"}}]
      shipping:
        description: A run that waits for an event.
        triggers: [{manual: {roles: [author]}}]
        inputs: {order: text}
        steps:
          - id: shipped
            wait: {event: order.shipped, match: event.order == input.order, timeout: 2d}
        outputs: {carrier: "{{ steps.shipped.carrier }}"}
      stuck:
        description: A run that fails.
        steps:
          - id: comment
            do: tickets.comment
            with: {ticket_id: T-1, text: "nobody has this ticket"}
    slots:
      order_number: {type: pattern, pattern: "[0-9]{4}"}
      pin: {type: text, sensitive: true}
    nlu:
      - {intent: hours, examples: "- when are you open"}
      - {intent: sundays, examples: "- are you open on sundays"}
      - {intent: order, examples: "- where is my order"}
      - {intent: vault, examples: "- open the vault"}
      - {intent: refund, examples: "- I want my money back"}
"""


@dataclass
class Desk:
    """An open desk. ``as_role`` gives a caller with a token of that role, ``anybody`` one without."""

    app: FastAPI
    house: House
    anybody: httpx.AsyncClient
    contact: str = "ada"
    _callers: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def as_role(self, role: str, name: str = "") -> httpx.AsyncClient:
        name = name or f"{role}-1"
        if name not in self._callers:
            _, token = await self.house.database.write(lambda c: add_token(c, role, name))
            self._callers[name] = client_of(self.app, {"authorization": f"Bearer {token}"})
        return self._callers[name]

    async def say(self, message: str, sender: str = "") -> list[str]:
        """Over the REST channel; gives the texts of the replies. Without a sender it is the test's own contact."""
        body = {"sender": sender or self.contact, "message": message, "message_id": f"m{next(_numbers)}"}
        answer = await self.anybody.post("/webhooks/rest/webhook", json=body)
        assert answer.status_code == 200, answer.text
        return [reply.get("text", "") for reply in answer.json()]

    async def status(self, path: str) -> int:
        """Of a GET without a token."""
        return (await self.anybody.get(path)).status_code

    def conversation(self, sender: str = "") -> str:
        """The id of a sender's conversation."""
        return self.house.intake.conversation_of(Address(channel="rest", sender=sender or self.contact))

    async def rows(self) -> dict[str, int]:
        """How many rows each table has that a request could write to."""
        tables = ("instance", "inbox", "event", "outbox", "effect", "handoff", "note", "review")
        return await self.house.database.read(
            lambda c: {t: c.execute(select(func.count()).select_from(table(t))).scalar_one() for t in tables}
        )

    async def samples(self) -> dict[str, float]:
        """Every sample of /metrics, as ``name{label=value,...}``."""
        answer = await self.anybody.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        return {
            f"{sample.name}{{{','.join(f'{k}={v}' for k, v in sorted(sample.labels.items()))}}}": sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    async def close(self) -> None:
        for caller in (self.anybody, *self._callers.values()):
            await caller.aclose()


def client_of(app: FastAPI, headers: dict[str, str]) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers, timeout=30)


@contextlib.asynccontextmanager
async def a_desk(folder: Path, database_url: str, flows: str = FLOWS, **settings: Any) -> AsyncIterator[Desk]:
    given = {"reload": False, "lease_seconds": 2.0, **settings}
    app = create_app(
        Settings(
            _env_file=None,
            data_dir=folder / "data",
            database_url=database_url,
            flows_dir=write_flows(folder / "flows", flows),
            **given,
        )
    )
    house: House = app.state.house
    if not house.database.is_sqlite:
        schema.upgrade(house.database.engine)
    async with app.router.lifespan_context(app):
        desk = Desk(app, house, client_of(app, {}))
        try:
            yield desk
        finally:
            await desk.close()


class _Server(uvicorn.Server):
    """Says when it has begun to listen."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@contextlib.asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The app behind a real HTTP server on loopback, whose URL this gives. Its lifespan is the caller's."""
    config = uvicorn.Config(app, port=0, lifespan="off", log_level="critical", timeout_graceful_shutdown=2)
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    await server.listens.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Waits for something that happens in tables or in another process. Raises TimeoutError when it does not."""
    async with asyncio.timeout(seconds):
        while not await holds():  # nobody here sets an event when it happens
            await asyncio.sleep(0.02)
