"""Files of replies on Telegram: by their address where Telegram fetches them, else uploaded, else named."""

import contextlib
from collections.abc import AsyncIterator

import pytest

import channels.telegram
from bot.edges.egress import GuardedEgress
from bot.model.message import Address, Reply
from bot.plugins.channels import Host
from bot.ports import Channel
from bot.settings import Settings
from bot.testing.action_database import SqliteActionDatabase
from bot.testing.channel_contract import SECRET, paced
from bot.testing.fake_telegram import FakeTelegram
from bot.testing.loopback import Asked, LoopbackServer, answer
from bot.testing.recording_intake import RecordingIntake
from bot.testing.telegram_rules import Limits

pytestmark = pytest.mark.anyio
SHEET = b"PK" + b"x" * 3_000
ADA = 1_001


async def shop(asked: Asked) -> AsyncIterator[bytes]:
    """A host with files."""
    yield answer(200, SHEET) if asked.path.startswith("/files/") else answer(404)


@contextlib.asynccontextmanager
async def on_telegram(telegram: FakeTelegram, host: str) -> AsyncIterator[Channel]:
    """The channel alone, which may ask this host."""
    settings = Settings(
        _env_file=None,
        telegram_token=telegram.token,
        telegram_api_url=telegram.url,
        telegram_webhook_secret="secret",
    )
    async with SqliteActionDatabase() as database:
        intake, egress = RecordingIntake(), GuardedEgress([host])
        opened = channels.telegram.open_channel(Host(intake, intake, database, settings, SECRET, fetch=egress))
        assert opened is not None
        assert opened.close is not None
        try:
            yield opened.channel
        finally:
            await opened.close()
            await egress.close()


async def test_a_file_goes_by_its_address_or_as_a_whole_or_is_named() -> None:
    async with LoopbackServer(shop, 0) as server, FakeTelegram(limits=Limits.none()) as telegram:
        host = f"127.0.0.1:{server.port}"
        pdf, sheet, gone = (f"http://{host}{path}" for path in ("/files/a.pdf", "/files/plan.xlsx", "/gone.xlsx"))
        async with on_telegram(telegram, host) as channel:
            reply = Reply(text="Look:", files=(pdf, sheet, gone))
            address = Address(channel="telegram", account=str(telegram.id), sender=str(ADA))
            await paced(lambda: channel.send(address, reply, "key/1"))
        sent = telegram.messages[ADA]
        assert sent[0]["document"]["file_id"] == pdf, "Telegram fetches it"
        assert sent[1]["document"]["file_name"] == "plan.xlsx"
        assert telegram.files[sent[1]["document"]["file_id"]] == SHEET
        assert [one["text"] for one in sent[2:]] == [gone, "Look:"]


async def test_what_telegram_cannot_reach_is_fetched_by_the_desk() -> None:
    """A host inside the company's network, a picture too."""
    async with LoopbackServer(shop, 0) as server, FakeTelegram(limits=Limits.none()) as telegram:
        host = f"127.0.0.1:{server.port}"
        telegram.reaches_no_host = True
        async with on_telegram(telegram, host) as channel:
            reply = Reply(image=f"http://{host}/files/a.png", files=(f"http://{host}/files/a.pdf",))
            address = Address(channel="telegram", account=str(telegram.id), sender=str(ADA))
            await paced(lambda: channel.send(address, reply, "key/1"))
        photo, document = telegram.messages[ADA]
        assert telegram.files[photo["photo"][0]["file_id"]] == SHEET
        assert document["document"]["file_name"] == "a.pdf"
