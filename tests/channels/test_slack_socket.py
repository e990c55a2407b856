"""Socket Mode: the same desk, without an address that Slack can reach."""

import asyncio
from pathlib import Path

from bot.testing.fake_slack import FakeSlack
from tests.channels.slack_desks import OnSlack, on_slack

OPEN = "We are open from 9 to 5."
SOCKET = {"slack_app_token": "xapp-desk", "slack_signing_secret": ""}


async def connected(desk: OnSlack) -> None:
    await desk.until(lambda: bool(desk.slack.sockets), 15)


async def test_a_message_comes_over_the_socket_and_is_acknowledged_once(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, **SOCKET) as desk:
        await connected(desk)
        await slack.says("U1", "when are you open")
        assert await desk.said(1, "D1") == [OPEN]
        assert len(slack.acked) == len(set(slack.acked)) == 1
        # There is no route that would have to be protected.
        assert (await desk.desk.anybody.post("/slack/events", content=b"{}")).status_code == 404


async def test_a_command_is_answered_with_its_acknowledgement(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, **SOCKET) as desk:
        await connected(desk)
        fields = {"command": "/desk", "text": "", "user_id": "U1", "channel_id": "C1", "team_id": "T1"}
        answer = await slack.envelope("slash_commands", {**fields, "trigger_id": slack.trigger()})
        assert answer is not None
        assert "/desk" in answer["text"]


async def test_sl20_no_envelope_is_lost_while_connections_are_renewed(tmp_path: Path, sqlite_url: str) -> None:
    """1,000 envelopes over connections that Slack renews again and again; each is acknowledged exactly once."""
    async with FakeSlack(strict=False) as slack, on_slack(tmp_path, sqlite_url, slack, **SOCKET) as desk:
        await connected(desk)
        lost: list[int] = []

        async def one(number: int) -> None:
            event = {"type": "message", "user": f"U{number}", "text": "when are you open", "ts": f"1.{number}"}
            event |= {"channel": f"D{number}", "channel_type": "im"}
            if await slack.envelope("events_api", slack.wrapped(event, f"Ev{number}"), attempts=8) is None:
                lost.append(number)

        for start in range(0, 1_000, 100):
            sending = [asyncio.create_task(one(number)) for number in range(start, start + 100)]
            await asyncio.sleep(0.02)
            await slack.refresh_sockets("warning" if start % 200 else "refresh_requested")
            await asyncio.gather(*sending)
        assert lost == []
        assert len(slack.acked) == len(set(slack.acked))
        assert await desk.count("inbox") == 1_000


async def test_what_could_not_be_stored_is_not_acknowledged(tmp_path: Path, sqlite_url: str) -> None:
    """Slack sends it again, and then it is."""
    slack = FakeSlack(ack_seconds=0.5)
    async with slack, on_slack(tmp_path, sqlite_url, slack, messages_per_minute=60, **SOCKET) as desk:
        await connected(desk)
        await asyncio.gather(*(slack.says("U1", f"where is my order {number}") for number in range(61)))
        await desk.quiet()
        assert await desk.count("inbox") == 61


async def test_what_is_wrong_with_a_form_comes_with_the_acknowledgement(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack, **SOCKET) as desk:
        await connected(desk)
        shortcut = {"type": "shortcut", "callback_id": "frontdesk_ask", "team": {"id": "T1"}, "user": {"id": "U1"}}
        assert await slack.envelope("interactive", {**shortcut, "trigger_id": slack.trigger()}) == {}
        await desk.until(lambda: bool(slack.views))
        (block,) = [block["block_id"] for block in slack.views[0]["blocks"]]
        wrong = await slack.envelope("interactive", slack.filled("U1", slack.views[0], {block: " "}))
        assert wrong == {"response_action": "errors", "errors": {block: "Write what you need."}}
        right = await slack.envelope("interactive", slack.filled("U1", slack.views[0], {block: "when are you open"}))
        assert right == {}
        assert await desk.said(1, "D1") == [OPEN]
