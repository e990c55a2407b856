"""A desk on Telegram: the real SDK, the real HTTP side, and Telegram on loopback."""

import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from bot.model.base import JsonObject
from bot.model.message import Address
from bot.store import events, instances, outbox
from bot.store.instances import Instance
from bot.testing.fake_telegram import SECRET_HEADER, FakeTelegram
from tests.api.desks import FLOWS, Desk, a_desk, served, until
from tests.houses import write_flows

SECRET = "the-secret-of-the-webhook"
HOURS, SUNDAYS, BUTTON = "We are open from 9 to 5.", "Closed on Sundays.", "And on Sundays?"
LONG_PAYLOAD = '/order{"order_number": "1234"' + " " * 300 + "}"
MORE = f"""
    flows:
      choice:
        description: A button with a long payload.
        triggers: [{{intent: choice}}]
        steps:
          - say: {{text: "Which?", buttons: [{{title: The last one, payload: '{LONG_PAYLOAD}'}}]}}
    nlu:
      - {{intent: choice, examples: "- show me the choice"}}
"""
_people = itertools.count(1_000)
_groups = itertools.count(-1_000_000, -1)


def a_person() -> int:
    """The number of somebody whom no other test knows."""
    return next(_people)


def a_group() -> int:
    return next(_groups)


@dataclass
class OnTelegram:
    """A served desk and its platform."""

    desk: Desk
    url: str
    telegram: FakeTelegram

    @property
    def webhook(self) -> str:
        return f"{self.url}/telegram/webhook"

    async def post(self, update: Any, secret: str | None = SECRET, **more: Any) -> httpx.Response:
        """As Telegram would, but once."""
        headers = {} if secret is None else {SECRET_HEADER: secret}
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            return await client.post(self.webhook, headers=headers, **(more or {"json": update}))

    def conversation(self, person: int, group: int | None = None, topic: int | None = None) -> str:
        thread = "" if group is None else f"{group}:{topic}" if topic else f"{group}"
        address = Address(channel="telegram", account=str(self.telegram.id), sender=str(person), thread=thread)
        return address.conversation_id

    async def instance(self, person: int, group: int | None = None) -> Instance:
        conversation = self.conversation(person, group)
        return await self.desk.house.database.read(lambda c: instances.get(c, conversation))

    async def turns(self, person: int, group: int | None = None) -> int:
        return (await self.instance(person, group)).state.turn

    async def facts(self, person: int, group: int | None = None) -> list[tuple[str, JsonObject]]:
        conversation = self.conversation(person, group)
        found = await self.desk.house.database.read(lambda c: events.of(c, conversation))
        return [(one.type, one.data) for one in found]

    async def sent(self, person: int, group: int | None = None) -> list[outbox.Delivered]:
        conversation = self.conversation(person, group)
        return await self.desk.house.database.read(lambda c: outbox.latest(c, conversation, 100))

    async def quiet_rows(self) -> dict[str, int]:
        """How many rows each table has, once everything that came has been handled and sent."""
        await self.telegram.delivered()
        waiting = text(
            "SELECT (SELECT count(*) FROM inbox WHERE segment IS NULL)"
            " + (SELECT count(*) FROM outbox WHERE status IN ('pending', 'sending') AND not_before IS NULL)"
        )

        async def handled() -> bool:
            return await self.desk.house.database.read(lambda c: c.execute(waiting).scalar_one()) == 0

        await until(handled, 20)
        return await self.desk.rows()

    async def count(self, result: str) -> float:
        """How many updates came to this end so far."""
        wanted = f"frontdesk_inbound_events_total{{channel=telegram,result={result}}}"
        found = [value for name, value in (await self.desk.samples()).items() if name == wanted]
        return found[0] if found else 0.0


@contextlib.asynccontextmanager
async def on_telegram(
    folder: Path, database_url: str = "", flows: str = FLOWS, telegram: FakeTelegram | None = None, **settings: Any
) -> AsyncIterator[OnTelegram]:
    """A desk with a webhook that Telegram knows."""
    given = {"telegram_webhook_secret": SECRET, "messages_per_minute": 600, **settings}
    async with contextlib.AsyncExitStack() as stack:
        if telegram is None:
            telegram = await stack.enter_async_context(FakeTelegram())
        given = {"telegram_token": telegram.token, "telegram_api_url": telegram.url, **given}
        write_flows(folder / "flows", MORE, "more.yml")
        desk = await stack.enter_async_context(a_desk(folder, database_url, flows, **given))
        url = await stack.enter_async_context(served(desk.app))
        if given.get("telegram_mode") != "polling":
            telegram.webhook = {"url": f"{url}/telegram/webhook", "secret_token": SECRET}
        yield OnTelegram(desk, url, telegram)
        telegram.webhook = None
