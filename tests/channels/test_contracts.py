"""Every channel passes the one exam."""

import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar

import channels.rest
import channels.telegram
import channels.webchat
from bot.model.base import JsonObject
from bot.model.form import Form
from bot.model.message import Address, Reply
from bot.model.response import Button
from bot.testing.channel_contract import SECRET, ChannelContract, Delivery, Stage, pushed
from bot.testing.fake_telegram import FakeTelegram, shown
from bot.testing.telegram_rules import Limits
from channels.webchat.visitors import Visitors

_numbers = itertools.count(1)


class TestRest(ChannelContract):
    module = channels.rest

    def delivery(self, stage: Stage, contact: str, text: str, id_: str) -> Delivery:
        body = {"sender": contact, "message": text, "message_id": id_}
        return Delivery.of_json("/webhooks/rest/webhook", body)

    async def seen(self, stage: Stage, contact: str, reply: Reply) -> list[str]:
        stage.intake.replies = [reply]
        answer = await stage.bring(self.delivery(stage, contact, "and?", f"seen-{next(_numbers)}"))
        return [text for one in answer.json() for text in texts_of(one)]

    def press(self, stage: Stage, contact: str, button: Button) -> Delivery | None:
        return self.delivery(stage, contact, button.payload or "", "pressed")


class TestWebchat(ChannelContract):
    module = channels.webchat
    _tokens: ClassVar[dict[str, str]] = {}

    def authorization(self, contact: str) -> str:
        visitors = Visitors(SECRET)
        return f"Bearer {self._tokens.setdefault(contact, visitors.token_of(visitors.new())[0])}"

    def delivery(self, stage: Stage, contact: str, text: str, id_: str) -> Delivery:
        body = {"text": text, "client_msg_id": id_}
        return Delivery.of_json("/webchat/messages", body, authorization=self.authorization(contact))

    def forged(self, delivery: Delivery) -> Delivery | None:
        return Delivery(delivery.path, delivery.body, {"content-type": "application/json"})

    async def seen(self, stage: Stage, contact: str, reply: Reply) -> list[str]:
        stage.intake.replies = [reply]
        headers = {"authorization": self.authorization(contact)}
        answer = await stage.client.get("/webchat/replies", headers=headers)
        return [text for one in answer.json() for text in texts_of(one)]

    def press(self, stage: Stage, contact: str, button: Button) -> Delivery | None:
        body = {"text": button.title, "payload": button.payload, "client_msg_id": "pressed-1"}
        return Delivery.of_json("/webchat/messages", body, authorization=self.authorization(contact))

    async def fill(self, stage: Stage, contact: str, form: Form, fields: Mapping[str, str]) -> Delivery | None:
        body = {"form": {"id": form.id, "fields": fields}, "client_msg_id": "filled-in-1"}
        return Delivery.of_json("/webchat/messages", body, authorization=self.authorization(contact))


class TestTelegram(ChannelContract):
    module = channels.telegram
    settings: ClassVar[Mapping[str, Any]] = {"telegram_webhook_secret": "secret"}

    @contextlib.asynccontextmanager
    async def platform(self) -> AsyncIterator[tuple[FakeTelegram, Mapping[str, Any]]]:
        async with FakeTelegram(limits=Limits.none()) as telegram:
            yield telegram, {"telegram_token": telegram.token, "telegram_api_url": telegram.url}

    def person(self, contact: str) -> int:
        return int.from_bytes(contact.encode())

    def update(self, body: JsonObject) -> Delivery:
        return Delivery.of_json("/telegram/webhook", body, x_telegram_bot_api_secret_token="secret")

    def delivery(self, stage: Stage, contact: str, text: str, id_: str) -> Delivery:
        message = stage.platform.message(self.person(contact), text)
        return self.update(stage.platform.update(message=message | {"entities": []}))

    def forged(self, delivery: Delivery) -> Delivery | None:
        return Delivery(delivery.path, delivery.body, {"content-type": "application/json"})

    async def seen(self, stage: Stage, contact: str, reply: Reply) -> list[str]:
        person = self.person(contact)
        before = len(stage.platform.messages.get(person, []))
        address = Address(channel="telegram", account=str(stage.platform.id), sender=str(person))
        await pushed(stage, address, reply, f"seen/{next(_numbers)}")
        return [text for one in stage.platform.messages[person][before:] for text in (shown(one), *keys_of(one))]

    def press(self, stage: Stage, contact: str, button: Button) -> Delivery | None:
        message = stage.platform.messages[self.person(contact)][-1]
        stage.platform.pending.clear()
        return self.update(stage.platform.presses(message, button.title))

    @contextlib.asynccontextmanager
    async def away(self, stage: Stage) -> AsyncIterator[None]:
        await stage.platform.leave()
        yield
        await stage.platform.come_back()

    def lose(self, stage: Stage, contact: str) -> bool:
        stage.platform.blocked_by.add(self.person(contact))
        return True


def texts_of(value: Any) -> list[str]:
    """Every text in some JSON."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts_of(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts_of(one)]
    return [value] if isinstance(value, str) else [json.dumps(value)]


def keys_of(message: JsonObject) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [text for row in rows for key in row for text in (key["text"], key.get("url", ""))]
