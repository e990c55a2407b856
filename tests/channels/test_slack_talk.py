"""Talking with the desk on Slack: what comes in, and what goes out."""

from pathlib import Path

from bot.testing.fake_slack import FakeSlack
from tests.channels.slack_desks import on_slack


async def test_a_direct_message_is_answered(tmp_path: Path, database_url: str) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, database_url, slack) as desk:
        await slack.says("U1", "when are you open")
        assert await desk.said(1, "D1") == ["We are open from 9 to 5."]
