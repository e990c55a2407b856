"""Replies on their way to Slack, when Slack is slow, strict, silent or away."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.model.message import Address, Reply
from bot.store import instances, outbox
from bot.store.types import to_micros
from bot.testing.fake_slack import FakeSlack
from tests.channels.slack_desks import OnSlack, on_slack

OPEN = "We are open from 9 to 5."


def person(user: str, thread: str = "") -> Address:
    return Address(channel="slack", account="T1", sender=user, thread=thread)


async def write(desk: OnSlack, address: Address, *texts: str) -> None:
    """Put replies into the outbox, as a flow does that writes to somebody."""
    now = datetime.now(UTC)

    def work(c: object) -> None:
        epoch = instances.ensure_conversation(c, address, now)  # type: ignore[arg-type]
        replies = [Reply(text=text) for text in texts]
        outbox.add(
            c,
            address.conversation_id,
            "slack",
            0,
            replies,
            epoch=epoch,
            turn=None,
            delivered=False,
            now=now,  # type: ignore[arg-type]
        )

    await desk.house.database.write(work)
    desk.house.signals.outbox.set()


async def test_one_message_a_second_in_a_channel_and_no_waiting_for_others(tmp_path: Path, sqlite_url: str) -> None:
    """Slack's limit is kept beforehand: not a single call is refused."""
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        for number in range(3):
            await write(desk, person(f"U{number}", "C1:1.1"), f"in the channel {number}")
        await write(desk, person("U9"), "directly")
        await desk.said(1, "D9")
        assert len(slack.in_channel("C1")) < 3, "the direct message waited for the channel's"
        await desk.said(3, "C1")
        at = [posted.at for posted in slack.in_channel("C1")]
        assert all(later - earlier > 0.95 for earlier, later in itertools.pairwise(at))
        assert {outcome for _, _, outcome in slack.calls} == {"ok"}


async def test_sl13_retry_after_is_honoured_and_order_is_kept(tmp_path: Path, database_url: str) -> None:
    """A channel that Slack wants to be left alone waits; others do not. A restart changes nothing."""
    async with FakeSlack() as slack:
        async with on_slack(tmp_path, database_url, slack) as desk:
            slack.behave("429", seconds=30, channel="C1")
            began = datetime.now(UTC)
            await write(desk, person("U1", "C1:1.1"), "first", "second")
            await desk.until(lambda: ("chat.postMessage", "429") in [(m, e) for m, _, e in slack.calls])
            await write(desk, person("U2", "C1:1.1"), "third")
            await write(desk, person("U3"), "elsewhere")
            assert await desk.said(1, "D3") == ["elsewhere"]
            await desk.until_rows("SELECT count(*) FROM outbox WHERE not_before IS NOT NULL", 2)
            (until,) = await desk.column("SELECT min(not_before) FROM outbox WHERE not_before IS NOT NULL")
            assert until >= to_micros(began + timedelta(seconds=30))
            assert slack.told("C1") == []
        async with on_slack(tmp_path, database_url, slack) as desk:
            await asyncio.sleep(1.5)
            assert slack.told("C1") == []
            # As if the time had passed.
            await desk.house.database.write(
                lambda c: c.exec_driver_sql("UPDATE outbox SET not_before = not_before - 29500000")
            )
            told = await desk.said(3, "C1")
            assert told.index("first") < told.index("second")
            assert ("chat.postMessage", "429") in [(m, e) for m, _, e in slack.calls]
            assert len([e for _, _, e in slack.calls if e != "ok"]) == 1


@pytest.mark.parametrize("code", ["channel_not_found", "invalid_auth", "token_revoked"])
async def test_sl14_what_slack_refuses_for_good_is_not_tried_again(tmp_path: Path, sqlite_url: str, code: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        slack.behave(code)
        await slack.says("U1", "when are you open")
        await desk.until_rows("SELECT count(*) FROM outbox WHERE status = 'failed'", 1)
        await slack.says("U2", "when are you open")
        await desk.quiet()
        assert (await desk.desk.samples())[f"frontdesk_channel_troubles_total{{channel=slack,kind={code}}}"] == 1
        calls = [outcome for method, _, outcome in slack.calls if method == "chat.postMessage"]
        # A channel that is missing is missing; a refused token is refused for all.
        assert calls == ([code, "ok"] if code == "channel_not_found" else [code])


async def test_sl14_an_uninstalled_app_sends_nothing_more(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        await slack.event({"type": "app_uninstalled"})
        await write(desk, person("U1"), "anybody there?")
        await desk.until_rows("SELECT count(*) FROM outbox WHERE status = 'failed'", 1)
        assert slack.calls == []


async def test_sl17_blocks_that_slack_refuses_are_sent_as_text(tmp_path: Path, sqlite_url: str) -> None:
    """Slack's rules change; a reply still arrives."""
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        slack.behave("invalid_blocks")
        await slack.says("U1", "when are you open")
        told = await desk.said(2, "D1")
        assert told == [OPEN, "1. And on Sundays?"]


async def test_sl21_a_token_that_changes_in_the_middle(tmp_path: Path, sqlite_url: str) -> None:
    """Whoever rotates tokens writes the new one into the file; nothing is lost and nobody has to restart."""
    file = tmp_path / "token"
    file.write_text("xoxb-old\n")
    slack = FakeSlack(tokens={"xoxb-old": "T1"})
    async with slack, on_slack(tmp_path, sqlite_url, slack, slack_bot_token=str(file)) as desk:
        await slack.says("U1", "when are you open")
        await desk.said(1, "D1")
        slack.tokens = {"xoxb-new": "T1"}
        file.write_text("xoxb-new\n")
        await slack.says("U1", "are you open on sundays")
        assert (await desk.said(2, "D1"))[1] == "Closed on Sundays."
        assert await desk.count("outbox", "status = 'failed'") == 0


async def test_sl21_a_token_that_changes_between_two_messages_of_a_reply(tmp_path: Path, sqlite_url: str) -> None:
    """The first part has gone out with the old one; the rest goes out with the new one, and nothing twice."""
    file = tmp_path / "token"
    file.write_text("xoxb-old\n")
    slack = FakeSlack(tokens={"xoxb-old": "T1"})
    async with slack, on_slack(tmp_path, sqlite_url, slack, slack_bot_token=str(file)) as desk:
        text = " ".join(f"w{number}" for number in range(2_500))
        await write(desk, person("U1"), text)
        await desk.said(1, "D1")
        slack.tokens = {"xoxb-new": "T1"}
        file.write_text("xoxb-new\n")
        await desk.said(4, "D1")
        await desk.quiet()
        assert " ".join(slack.told("D1")) == text
        assert "invalid_auth" in [outcome for _, _, outcome in slack.calls], "it changed in the middle"


async def test_a_long_reply_goes_on_where_it_was_interrupted(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        text = " ".join(f"w{number}" for number in range(2_500))
        await write(desk, person("U1"), text)
        await desk.said(1, "D1")
        slack.behave("500")
        await desk.said(4, "D1")
        await desk.quiet()
        assert " ".join(slack.told("D1")) == text


@pytest.mark.parametrize("kind", ["lost", "reset", "500"])
async def test_an_answer_that_is_lost_is_looked_for_before_it_is_said_again(
    tmp_path: Path, sqlite_url: str, kind: str
) -> None:
    """Whether the message had arrived or not, it is there once."""
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        slack.behave(kind)
        await slack.says("U1", "when are you open")
        await desk.said(1, "D1")
        await desk.quiet()
        assert slack.told("D1") == [OPEN]
        assert "conversations.history" in [method for method, _, _ in slack.calls]
        slack.behave(kind)
        await write(desk, person("U1", "C1:1.1"), "in a thread")
        await desk.said(1, "C1")
        await desk.quiet()
        assert slack.told("C1") == ["in a thread"]


async def test_a_crash_while_sending_repeats_nothing(tmp_path: Path, database_url: str) -> None:
    """The message arrived and the process died before it could note that: the next one asks Slack."""
    async with FakeSlack() as slack:
        async with on_slack(tmp_path, database_url, slack) as desk:
            await slack.says("U1", "when are you open")
            await desk.said(1, "D1")
            await desk.quiet()
        async with on_slack(tmp_path, database_url, slack) as desk:
            died = "UPDATE outbox SET status = 'sending', claim_owner = 'dead', claim_until = 1, sent_id = NULL"
            await desk.house.database.write(lambda c: c.exec_driver_sql(died))
            desk.house.signals.outbox.set()
            await desk.until_rows("SELECT count(*) FROM outbox WHERE status = 'sent'", 1)
            assert slack.told("D1") == [OPEN]


@pytest.mark.faults
async def test_slack_is_away_and_comes_back(tmp_path: Path, database_url: str, full_faults: bool) -> None:
    """Nothing is lost, each conversation keeps its order, and there is no flood: for ten minutes in the full form."""
    away, drained = (600.0, 400.0) if full_faults else (2.5, 40.0)
    async with FakeSlack() as slack, on_slack(tmp_path, database_url, slack) as desk:
        slack.down = True
        for user in ("U1", "U2", "U3"):
            await write(desk, person(user, "C1:1.1"), f"{user} first", f"{user} second")
        await write(desk, person("U4"), "direct first", "direct second")
        await asyncio.sleep(away)
        slack.down = False
        told = await desk.said(6, "C1", seconds=drained)
        await desk.said(2, "D4", seconds=drained)
        await desk.quiet()
        assert slack.told("D4") == ["direct first", "direct second"]
        assert sorted(told) == sorted(f"{user} {which}" for user in ("U1", "U2", "U3") for which in ("first", "second"))
        assert all(told.index(f"{user} first") < told.index(f"{user} second") for user in ("U1", "U2", "U3"))
        assert "ratelimited" not in [outcome for _, _, outcome in slack.calls]
