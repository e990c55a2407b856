"""A desk that is killed between its acknowledgement and its answer."""

import os
from pathlib import Path

import httpx
import pytest

from bot.testing.fake_slack import FakeSlack
from bot.testing.ports import free_port
from tests.api.desks import until
from tests.faults.harness import Desk
from tests.houses import write_flows

FLOWS = """
    flows:
      hours:
        description: When we are open.
        triggers: [{intent: hours}]
        steps: [{say: "We are open from 9 to 5."}]
    nlu: [{intent: hours, examples: "- when are you open"}]
"""
POINTS = ("intake.insert.before", "intake.ack.before", "parse.before", "outbox.send.before", "outbox.send.after")


@pytest.mark.faults
@pytest.mark.parametrize("point", POINTS)
async def test_sl8_a_message_is_answered_once_whenever_the_desk_is_killed(tmp_path: Path, point: str) -> None:
    """Before and after it was stored, after the acknowledgement, before and after the reply went out."""
    environment = os.environ | {
        "FRONTDESK_DATA_DIR": str(tmp_path / "data"),
        "FRONTDESK_FLOWS_DIR": str(write_flows(tmp_path / "flows", FLOWS)),
        "FRONTDESK_RELOAD": "false",
        "FRONTDESK_LEASE_SECONDS": "1",
        "FRONTDESK_SLACK_BOT_TOKEN": "xoxb-desk",
        "FRONTDESK_SLACK_SIGNING_SECRET": "signing-secret",
    }
    async with FakeSlack(pauses=(0.2, 12.0, 12.0)) as slack:
        desk = Desk(free_port(), environment | {"FRONTDESK_SLACK_API_URL": slack.api_url}, tmp_path / "desk.log")
        try:
            desk.start(FRONTDESK_KILL_AT=point)
            await desk.until_ready()
            async with httpx.AsyncClient(base_url=desk.url, trust_env=False) as slack.desk:
                event = {"type": "message", "user": "U1", "text": "when are you open", "ts": "1.1", "channel": "D1"}
                body = slack.wrapped(event, "Ev1")
                first = await slack.deliver(body, attempts=1)
                assert await desk.until_dead(20)
                desk.start()
                await desk.until_ready()
                if first != 200:
                    assert await slack.deliver(body) == 200

                async def answered() -> bool:
                    return bool(slack.told("D1"))

                await until(answered, 20)
                # Whatever Slack repeats now is known.
                assert await slack.deliver(body) == 200
        finally:
            desk.kill()
        assert slack.told("D1") == ["We are open from 9 to 5."]
