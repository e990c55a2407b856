"""A platform that is away for ten minutes: nothing is lost, order is kept, no flood afterwards. Time is an argument, so
this takes seconds."""

import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

import channels.slack.pace
from bot.model.message import Address, Reply
from bot.plugins.channels import Host
from bot.ports import Channel
from bot.services.sender import Sender
from bot.services.signals import Signals
from bot.settings import Settings
from bot.store import instances, outbox
from bot.store.database import Database
from bot.testing.action_database import SqliteActionDatabase
from bot.testing.channel_contract import SECRET
from bot.testing.clock import StandingClock
from bot.testing.fake_slack import FakeSlack
from bot.testing.fake_telegram import FakeTelegram
from bot.testing.recording_intake import RecordingIntake
from bot.testing.telegram_rules import Limits
from channels.at_work import AtWork
from channels.slack import CAPABILITIES as SLACK
from channels.slack.sending import SlackChannel
from channels.slack.workspaces import Workspaces
from channels.telegram import CAPABILITIES as TELEGRAM
from channels.telegram.adapter import TelegramChannel
from channels.telegram.api import Api
from channels.telegram.memory import Memory
from channels.telegram.pace import Pacer
from channels.telegram.places import Places

pytestmark = pytest.mark.anyio
TEN_MINUTES = timedelta(minutes=10)
STEP = timedelta(seconds=1)


@dataclass
class Platform:
    """A platform, what is said on it, and a sender whose time is moved by hand."""

    database: Database
    clock: StandingClock
    sender: Sender
    channel: Channel
    written: dict[str, list[str]] = field(default_factory=dict)
    attempts: int = 0

    async def away(self) -> None: ...

    async def back(self) -> None: ...

    def shown(self, address: Address) -> list[str]:
        raise NotImplementedError

    async def write(self, address: Address, words: str) -> None:
        self.written.setdefault(address.conversation_id, []).append(words)
        now = self.clock.now()

        def work(c: Connection) -> None:
            epoch = instances.ensure_conversation(c, address, now)
            outbox.add(
                c, address.conversation_id, address.channel, 0, [Reply(text=words)], epoch=epoch, turn=None, now=now,
                delivered=False,
            )  # fmt: skip

        await self.database.write(work)

    async def pass_time(self, length: timedelta) -> None:
        until = self.clock.now() + length
        while self.clock.now() < until:
            self.attempts += await self.sender.send_due()
            self.clock.advance(STEP)

    async def left(self) -> int:
        query = text("SELECT count(*) FROM outbox WHERE status <> 'sent'")
        return await self.database.read(lambda c: int(c.execute(query).scalar_one()))

    async def sent_at(self) -> list[tuple[str, float]]:
        """Every reply that was sent: its conversation, and when by the clock, in seconds."""
        query = text("SELECT instance_id, sent_at FROM outbox WHERE status = 'sent' ORDER BY sent_at")
        return await self.database.read(lambda c: [(row[0], row[1] / 1e6) for row in c.execute(query)])


@dataclass
class OnSlack(Platform):
    slack: FakeSlack = field(default_factory=FakeSlack)

    async def away(self) -> None:
        self.slack.down = True

    async def back(self) -> None:
        self.slack.down = False

    def shown(self, address: Address) -> list[str]:
        channel = address.thread.partition(":")[0] or f"D{address.sender[1:]}"
        mine = self.written[address.conversation_id]
        return [said for said in self.slack.told(channel) if said in mine]


@dataclass
class OnTelegram(Platform):
    telegram: FakeTelegram = field(default_factory=FakeTelegram)

    async def away(self) -> None:
        await self.telegram.leave()

    async def back(self) -> None:
        await self.telegram.come_back()

    def shown(self, address: Address) -> list[str]:
        return self.telegram.shown_in(int(address.sender))


async def never(conversation: str, why: str) -> None:
    raise AssertionError(f"{conversation} was closed: {why}")


def sender_of(channel: Channel, database: Database, clock: StandingClock) -> Sender:
    return Sender(database, clock, {channel.name: channel}, Signals(), "this process", never)


@contextlib.asynccontextmanager
async def slack_desk(database: Database, clock: StandingClock, folder: Path) -> AsyncIterator[Platform]:
    async with FakeSlack(strict=False) as slack, SqliteActionDatabase() as own:
        intake, workspaces = RecordingIntake(), Workspaces("xoxb-desk", slack.api_url)
        host = Host(intake, intake, own, Settings(_env_file=None, data_dir=folder), SECRET, clock=clock)
        channel = SlackChannel("slack", SLACK, host, workspaces, AtWork(intake, host.clock))
        yield OnSlack(database, clock, sender_of(channel, database, clock), channel, slack=slack)
        await workspaces.close()


@contextlib.asynccontextmanager
async def telegram_desk(database: Database, clock: StandingClock, folder: Path) -> AsyncIterator[Platform]:
    async with FakeTelegram(limits=Limits.none()) as telegram, SqliteActionDatabase() as own:
        api, memory = Api(telegram.token, telegram.url), Memory(own)
        host = Host(RecordingIntake(), RecordingIntake(), own, Settings(_env_file=None, data_dir=folder), SECRET)
        pacer = Pacer(lambda: clock.now().timestamp())
        at_work = AtWork(RecordingIntake(), clock)
        channel = TelegramChannel("telegram", TELEGRAM, api, memory, Places(memory), pacer, SECRET, host.fetch, at_work)
        yield OnTelegram(database, clock, sender_of(channel, database, clock), channel, telegram=telegram)
        await api.close()


def contacts(platform: Platform) -> list[Address]:
    """Direct messages, and on Slack three people in one channel, who share its second."""
    if isinstance(platform, OnSlack):
        shared = [Address(channel="slack", account="T1", sender=f"U{n}", thread="C1:1.1") for n in (1, 2, 3)]
        return [*shared, *(Address(channel="slack", account="T1", sender=f"U{n}") for n in range(4, 40))]
    return [Address(channel="telegram", account="4242", sender=str(n)) for n in range(1, 40)]


@pytest.mark.parametrize("desk", [slack_desk, telegram_desk])
async def test_f18_after_ten_minutes_without_the_platform_everything_arrives_once_in_order_at_its_pace(
    desk: object, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever has to wait goes back to the outbox, whose time is moved; else it would sleep for real.
    monkeypatch.setattr(channels.slack.pace, "PATIENCE_SECONDS", 0.0)
    database, clock = Database(database_url), StandingClock()
    async with desk(database, clock, tmp_path) as platform:  # type: ignore[operator]
        everybody = contacts(platform)
        for one in everybody:
            await platform.write(one, f"{one.sender} before")
        await platform.pass_time(timedelta(seconds=10))
        assert await platform.left() == 0
        await platform.away()
        platform.attempts, went = 0, clock.now()
        for minute in range(3):
            for one in everybody:
                await platform.write(one, f"{one.sender} minute {minute}")
            await platform.pass_time(TEN_MINUTES / 3)
        assert await platform.left() == 3 * len(everybody), "nothing was given up"
        # Each second would be 600; with pauses that double it is ten, and a few turns at the pace beside them.
        assert platform.attempts < 20 * len(everybody), "it was asked less and less often"
        await platform.back()
        came_back = clock.now()
        assert came_back - went >= TEN_MINUTES
        await platform.pass_time(timedelta(minutes=6))
        assert await platform.left() == 0, "all of it has arrived"
        for one in everybody:
            assert platform.shown(one) == platform.written[one.conversation_id]
        sent = [(id_, at) for id_, at in await platform.sent_at() if at >= came_back.timestamp()]
        assert len(sent) == 3 * len(everybody)
        no_flood(platform, everybody, sent)
    database.close()


def no_flood(platform: Platform, everybody: list[Address], sent: list[tuple[str, float]]) -> None:
    """One a second in each chat or channel; on Telegram thirty a second over all."""
    place = {one.conversation_id: one.thread or one.sender for one in everybody}
    for where in set(place.values()):
        times = sorted(at for id_, at in sent if place[id_] == where)
        assert all(later - earlier >= 1.0 for earlier, later in itertools.pairwise(times)), where
    if isinstance(platform, OnTelegram):
        most = max(sum(1 for _, other in sent if at <= other < at + 1.0) for _, at in sent)
        assert most <= 30
