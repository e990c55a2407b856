"""What holds for every channel. One subclass per adapter is its exam, for ours and for those of others:

class TestCarrierPigeon(ChannelContract):
    module = channels.pigeon
    settings = {"pigeon_token": "..."}

    def delivery(self, stage, contact, text, id_): ...   # the HTTP request by which the platform brings a message
    async def seen(self, stage, contact, reply): ...     # lets a reply reach the contact; all that they see of it

The rest has defaults, which say in their docstrings what they stand for. The adapter runs as it is, behind the desk's
own HTTP borders; only what stands behind the port is recorded instead of worked on.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

import httpx
from fastapi import FastAPI

from bot.api.body import BodyGuard
from bot.api.problems import CatchAll, add_handlers
from bot.errors import FrontdeskError, NotReady, NotYet, Unavailable, Undeliverable
from bot.model.form import Form, FormField, Option
from bot.model.message import Address, Message, Reply
from bot.model.response import Button
from bot.plugins.channels import Host
from bot.ports import Capabilities, Channel, ChannelModule
from bot.rules.shown import lost
from bot.settings import Settings
from bot.testing.action_database import SqliteActionDatabase
from bot.testing.recording_intake import CoreNotices, RecordingForms, RecordingIntake

SECRET: Final = "the contract's secret"  # noqa: S105  protects nothing
WRITTEN: Final = (
    "hello",
    "two\nlines",
    "_*[]()~`>#+-=|{}.! & <b>5 > 3</b> <@U1>",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u05e9\u05dc\u05d5\u05dd e\u0301",
    "x" * 3_900,
)
FORM: Final = Form(
    id="f_1",
    title="Where to",
    fields=(
        FormField(slot="town", label="Which town?", type="text", hint="Where you live."),
        FormField(
            slot="size",
            label="Which size?",
            type="choice",
            choices=(Option(value="s", title="Small"), Option(value="l", title="Large")),
        ),
    ),
    open="Fill in",
    send="Send",
    cancel="Cancel",
)
GARBAGE: Final = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"7",
    b'"text"',
    b"\xff\xfe",
    b"[" * 2_000,
    b"{}",
    b'{"event": 1}',
    b"a=b&c",
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request of the platform."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, path: str, body: Any, **headers: str) -> "Delivery":
        """Underscores of header names stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(path, json.dumps(body).encode(), {"content-type": "application/json", **named})


@dataclass
class Stage:
    """An opened channel behind the desk's HTTP borders."""

    intake: RecordingIntake
    channel: Channel
    client: httpx.AsyncClient
    forms: RecordingForms
    platform: Any = None

    async def bring(self, delivery: Delivery) -> httpx.Response:
        return await self.client.post(delivery.path, content=delivery.body, headers=dict(delivery.headers))


class ChannelContract:
    """module: the adapter. settings: what turns it on, beside what ``platform`` gives."""

    module: ClassVar[ChannelModule]
    settings: ClassVar[Mapping[str, Any]] = {}

    # --- what an adapter's exam says ---------------------------------------------------------------------------------

    def delivery(self, stage: Stage, contact: str, text: str, id_: str) -> Delivery:
        """How the platform brings what a contact (any name) writes; the same id is the same message."""
        raise LookupError("the exam of a channel says how a message is delivered")

    def forged(self, delivery: Delivery) -> Delivery | None:
        """The same from somebody who is not the platform; None for a channel that knows no such thing."""
        return None

    async def seen(self, stage: Stage, contact: str, reply: Reply) -> list[str]:
        """Let the reply reach this contact, who has written before. All that they see of it: texts, titles of buttons,
        addresses of images and files."""
        raise LookupError("the exam of a channel says what a contact sees")

    def press(self, stage: Stage, contact: str, button: Button) -> Delivery | None:
        """The contact presses this button of the last reply that was ``seen``; None where nothing can be pressed."""
        return None

    async def fill(self, stage: Stage, contact: str, form: Form, fields: Mapping[str, str]) -> Delivery | None:
        """The contact fills in the form of the last reply that was ``seen``; None for a channel without forms. Channels
        that look a form up again find it at the desk (``stage.forms``)."""
        return None

    def platform(self) -> contextlib.AbstractAsyncContextManager[tuple[Any, Mapping[str, Any]]]:
        """The platform that the channel talks to, while it is examined, and the settings that say where it is."""
        return contextlib.nullcontext((None, {}))

    def away(self, stage: Stage) -> contextlib.AbstractAsyncContextManager[None] | None:
        """A time in which the platform does not answer (channels that push)."""
        return None

    def lose(self, stage: Stage, contact: str) -> bool:
        """From now on the platform delivers nothing to this contact. False where that does not happen."""
        return False

    # --- the stage ---------------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def staged(self) -> AsyncIterator[Stage]:
        async with self.platform() as (platform, where), SqliteActionDatabase() as database:
            intake = RecordingIntake()
            settings = Settings(_env_file=None, **{**self.settings, **where})
            forms = RecordingForms()
            opened = self.module.open_channel(Host(intake, intake, database, settings, SECRET, CoreNotices(), forms))
            assert opened is not None, "these settings do not turn the channel on"
            app = FastAPI()
            if opened.router is not None:
                app.include_router(opened.router)
            add_handlers(app)
            app.add_middleware(BodyGuard, limit=settings.max_body_bytes, by_path=opened.body_limits)
            app.add_middleware(CatchAll)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://desk", timeout=20) as client:
                try:
                    yield Stage(intake, opened.channel, client, forms, platform)
                finally:
                    if opened.close is not None:
                        await opened.close()

    async def heard(self, stage: Stage, contact: str, text: str = "hello", id_: str = "id-00001") -> Message:
        """The contact writes this; what came of it. Fails when it did not come through."""
        answer = await stage.bring(self.delivery(stage, contact, text, id_))
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return stage.intake.accepted[-1]

    # --- the exam ----------------------------------------------------------------------------------------------------

    def test_it_has_a_name_and_says_what_it_can(self) -> None:
        assert self.module.NAME.isidentifier()
        assert isinstance(self.module.CAPABILITIES, Capabilities)
        assert self.module.CAPABILITIES.max_text > 0

    async def test_it_is_opened_under_its_name(self) -> None:
        async with self.staged() as stage:
            assert stage.channel.name == self.module.NAME
            assert stage.channel.capabilities == self.module.CAPABILITIES

    async def test_what_a_contact_writes_arrives_as_it_was_written(self) -> None:
        async with self.staged() as stage:
            for number, text in enumerate(WRITTEN):
                message = await self.heard(stage, "ada", text, f"id-0000{number}")
                assert (message.text, message.kind, message.address.channel) == (text, "text", self.module.NAME)
            assert len(stage.intake.accepted) == len(WRITTEN)

    async def test_a_delivery_that_is_repeated_is_the_same_message(self) -> None:
        async with self.staged() as stage:
            delivery = self.delivery(stage, "ada", "hello", "id-00001")
            answers = [await stage.bring(delivery) for _ in range(3)]
            assert all(answer.is_success for answer in answers)
            assert (len(stage.intake.accepted), stage.intake.repeated) == (1, 2)

    async def test_each_contact_has_one_conversation_and_shares_it_with_nobody(self) -> None:
        async with self.staged() as stage:
            ada = await self.heard(stage, "ada", "hello", "id-00001")
            again = await self.heard(stage, "ada", "hello", "id-00002")
            ben = await self.heard(stage, "ben", "hello", "id-00003")
        assert ada.address == again.address
        assert ada.address.conversation_id != ben.address.conversation_id

    async def test_what_could_not_be_stored_is_not_acknowledged(self) -> None:
        """So that the platform, or the caller, brings it again."""
        async with self.staged() as stage:
            stage.intake.refuse = NotReady("the database is away", "Come back in a moment")
            delivery = self.delivery(stage, "ada", "hello", "id-00001")
            assert (await stage.bring(delivery)).status_code == 503
            assert stage.intake.accepted == []
            assert (await stage.bring(delivery)).is_success
            assert len(stage.intake.accepted) == 1

    async def test_who_is_not_the_platform_is_refused(self) -> None:
        async with self.staged() as stage:
            forged = self.forged(self.delivery(stage, "ada", "hello", "id-00001"))
            if forged is not None:
                assert (await stage.bring(forged)).status_code in (401, 403)
            assert stage.intake.accepted == []

    async def test_whatever_is_posted_is_never_an_error_of_the_desk(self) -> None:
        async with self.staged() as stage:
            real = self.delivery(stage, "ada", "hello", "id-00001")
            for body in GARBAGE:
                for headers in (real.headers, {}):
                    answer = await stage.bring(replace(real, body=body, headers=headers))
                    assert answer.status_code < 500, (body[:20], answer.status_code)
            assert stage.intake.accepted == []

    async def test_a_reply_arrives_whole(self) -> None:
        """What has no place of its own on the channel is written out: nothing is lost."""
        long = " ".join(f"word{number}" for number in range(900))
        reply = Reply(
            text=f"5 > 3 & <b>{WRITTEN[3]}</b> [x] snake_case_name",
            buttons=(Button(title="Yes", payload="/yes"), Button(title="A page", url="https://example.com/page")),
            image="https://example.com/a.png",
            files=("https://example.com/b.pdf",),
        )
        async with self.staged() as stage:
            await self.heard(stage, "ada")
            seen = "\n".join(await self.seen(stage, "ada", reply))
            for part in (reply.text or "", "Yes", "A page", "https://example.com/a.png", "https://example.com/b.pdf"):
                assert part in seen, f"{part!r} is missing in {seen!r}"
            seen = " ".join(await self.seen(stage, "ada", Reply(text=long)))
            assert [word for word in seen.split() if word.startswith("word")] == long.split()

    def test_its_preview_shows_all_of_a_reply(self) -> None:
        """`frontdesk preview` and `check` go by it."""
        buttons = (Button(title="Yes", payload="/yes"), Button(title="A page", url="https://example.com/page"))
        reply = Reply(text="5 > 3 & **all**", buttons=buttons, files=("https://example.com/b.pdf",))
        assert lost(reply, self.module.preview(reply)) == []

    async def test_a_button_brings_back_its_payload(self) -> None:
        button = Button(title="My last order", payload='/order{"number": "1234"}' + " " * 200)
        async with self.staged() as stage:
            await self.heard(stage, "ada")
            await self.seen(stage, "ada", Reply(text="Which?", buttons=(button,)))
            pressed = self.press(stage, "ada", button)
            if pressed is not None:
                assert (await stage.bring(pressed)).is_success
                message = stage.intake.accepted[-1]
                assert message.kind == "button"
                assert (message.payload or "").strip() == (button.payload or "").strip()
                assert message.address == stage.intake.accepted[0].address

    async def test_a_form_brings_back_its_fields(self) -> None:
        """Once, whole, from whom it was for, and as the answer to this form."""
        async with self.staged() as stage:
            address = (await self.heard(stage, "ada")).address
            if self.module.CAPABILITIES.forms is None:
                return
            stage.forms.open = FORM
            await self.seen(stage, "ada", Reply(text="Fill it in, or write: which town?", form=FORM))
            filled = {"town": "5 > 3 & <b> \U0001f468", "size": "l"}
            delivery = await self.fill(stage, "ada", FORM, filled)
            assert delivery is not None, "a channel that has forms says in its exam how one is filled in"
            for _ in range(2):
                assert (await stage.bring(delivery)).is_success
            message = stage.intake.accepted[-1]
            assert (message.kind, message.address, stage.intake.repeated) == ("form", address, 1)
            assert message.form is not None
            assert (message.form.id, message.form.fields, message.form.told) == (FORM.id, filled, False)

    def test_the_preview_of_a_form_shows_every_field(self) -> None:
        if self.module.CAPABILITIES.forms is not None:
            reply = Reply(text="Fill it in", form=FORM)
            assert lost(reply, self.module.preview(reply)) == []

    async def test_a_platform_that_is_away_is_told_from_a_reply_that_cannot_be_delivered(self) -> None:
        """The one is tried again, the other is not; and a channel that does not push sends nothing by itself."""
        async with self.staged() as stage:
            address = (await self.heard(stage, "ada")).address
            if self.module.CAPABILITIES.delivery != "push":
                assert await self._failure(stage, address, "key/1") is Undeliverable
                return
            if (away := self.away(stage)) is not None:
                async with away:
                    assert await self._failure(stage, address, "key/1") is Unavailable
                assert await self._failure(stage, address, "key/1") is None
            if self.lose(stage, "ada"):
                assert await self._failure(stage, address, "key/2") is Undeliverable

    async def _failure(self, stage: Stage, address: Address, key: str) -> type[FrontdeskError] | None:
        try:
            await pushed(stage, address, Reply(text="hello"), key)
        except Undeliverable:
            return Undeliverable
        except Unavailable:
            return Unavailable
        return None


async def pushed(stage: Stage, address: Address, reply: Reply, key: str) -> None:
    """Send as the outbox does, at the pace that the channel asks for."""
    await paced(lambda: stage.channel.send(address, reply, key))


async def paced(send: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Again and again while the channel asks to wait for its turn."""
    while True:
        try:
            await send()
            return
        except NotYet as wait:
            await asyncio.sleep(wait.retry_after_seconds or 0.0)
