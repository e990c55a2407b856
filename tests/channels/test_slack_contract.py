"""Slack passes the exam that all channels pass."""

import asyncio
import contextlib
import html
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar

import channels.slack
from bot.errors import NotReady
from bot.model.base import JsonObject
from bot.model.form import Form
from bot.model.message import Address, Reply
from bot.model.response import Button
from bot.testing.channel_contract import FORM, ChannelContract, Delivery, Stage, pushed
from bot.testing.fake_slack import FakeSlack, Posted

_numbers = itertools.count(1)


class TestSlack(ChannelContract):
    module = channels.slack
    settings: ClassVar[Mapping[str, Any]] = {"slack_bot_token": "xoxb-desk", "slack_signing_secret": "signing-secret"}

    @contextlib.asynccontextmanager
    async def platform(self) -> AsyncIterator[tuple[FakeSlack, Mapping[str, Any]]]:
        async with FakeSlack(strict=False) as slack:
            yield slack, {"slack_api_url": slack.api_url}

    def signed(self, stage: Stage, body: JsonObject) -> Delivery:
        raw = json.dumps(body).encode()
        return Delivery("/slack/events", raw, {"content-type": "application/json", **stage.platform.signed(raw)})

    def delivery(self, stage: Stage, contact: str, text: str, id_: str) -> Delivery:
        event = {"type": "message", "user": f"U{contact}", "channel": f"D{contact}", "channel_type": "im", "ts": id_}
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return self.signed(stage, stage.platform.wrapped({**event, "text": escaped}, f"Ev{id_}"))

    def forged(self, delivery: Delivery) -> Delivery | None:
        return Delivery(delivery.path, delivery.body, {**delivery.headers, "x-slack-signature": "v0=" + "0" * 64})

    async def seen(self, stage: Stage, contact: str, reply: Reply) -> list[str]:
        before = len(stage.platform.messages)
        address = Address(channel="slack", account="T1", sender=f"U{contact}")
        await pushed(stage, address, reply, f"seen/{next(_numbers)}")
        return [html.unescape(text) for one in stage.platform.messages[before:] for text in seen_of(one)]

    def press(self, stage: Stage, contact: str, button: Button) -> Delivery | None:
        return self.signed(stage, stage.platform.press(f"U{contact}", stage.platform.messages[-1]))

    async def fill(self, stage: Stage, contact: str, form: Form, fields: Mapping[str, str]) -> Delivery | None:
        slack: FakeSlack = stage.platform
        before = len(slack.views)
        pressed = self.signed(stage, slack.press(f"U{contact}", slack.messages[-1]))
        assert (await stage.bring(pressed)).is_success
        async with asyncio.timeout(10):
            while len(slack.views) == before:
                await asyncio.sleep(0.01)
        return self.signed(stage, slack.filled(f"U{contact}", slack.views[-1], fields))

    async def test_a_form_that_could_not_be_stored_stays_open_and_says_so(self) -> None:
        """Slack does not repeat it: only the person can."""
        async with self.staged() as stage:
            await self.heard(stage, "ada")
            stage.forms.open = FORM
            await self.seen(stage, "ada", Reply(text="Fill it in", form=FORM))
            delivery = await self.fill(stage, "ada", FORM, {"town": "Bonn", "size": "l"})
            assert delivery is not None
            stage.intake.refuse = NotReady("the database is away", "Come back in a moment")
            answer = (await stage.bring(delivery)).json()
            assert answer["response_action"] == "errors"
            assert "try it again" in answer["errors"]["town"]
            assert [message.kind for message in stage.intake.accepted] == ["text"]
            assert (await stage.bring(delivery)).text == ""
            assert [message.kind for message in stage.intake.accepted] == ["text", "form"]

    async def test_what_is_wrong_with_a_form_is_stored_before_it_is_shown(self) -> None:
        async with self.staged() as stage:
            await self.heard(stage, "ada")
            stage.forms.open, stage.forms.wrong = FORM, {"town": "There is no such town."}
            await self.seen(stage, "ada", Reply(text="Fill it in", form=FORM))
            delivery = await self.fill(stage, "ada", FORM, {"town": "Bnn", "size": "l"})
            assert delivery is not None
            for _ in range(2):
                answer = (await stage.bring(delivery)).json()
                assert answer == {"response_action": "errors", "errors": {"town": "There is no such town."}}
            (_, form) = stage.intake.accepted
            assert form.form is not None
            assert form.form.told, "so the desk counts it, and says nothing"

    @contextlib.asynccontextmanager
    async def away(self, stage: Stage) -> AsyncIterator[None]:
        stage.platform.down = True
        yield
        stage.platform.down = False

    def lose(self, stage: Stage, contact: str) -> bool:
        stage.platform.unknown_channels.add(f"U{contact}")
        return True


def seen_of(posted: Posted) -> list[str]:
    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [text for one in value.values() for text in texts(one)]
        if isinstance(value, list):
            return [text for one in value for text in texts(one)]
        return [value] if isinstance(value, str) else []

    return texts(posted.blocks) or [posted.text]
