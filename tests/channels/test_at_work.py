"""Where a reply takes longer than a moment, the contact sees that the desk is at work."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Unavailable
from bot.model.message import Reply
from bot.ports import Standing
from bot.testing.clock import StandingClock
from bot.testing.fake_slack import BOT, FakeSlack
from bot.testing.recording_intake import RecordingIntake
from channels import at_work
from channels.at_work import MOST_TIMES, AtWork
from tests.channels.slack_desks import on_slack
from tests.channels.telegram_desks import OnTelegram, a_person

pytestmark = pytest.mark.anyio


class Floor(RecordingIntake):
    """A transcript in which somebody has the floor."""

    def __init__(self, owner: Any) -> None:
        super().__init__()
        self.owner = owner

    async def look(self, conversation_id: str, number: int, most: int = 500) -> tuple[list[Any], Standing]:
        return [], Standing(owner=self.owner)


class Signs:
    """What the contact sees."""

    def __init__(self, fails: bool = False) -> None:
        self.count, self.fails = 0, fails

    async def __call__(self) -> None:
        self.count += 1
        if self.fails:
            raise Unavailable("the platform is away")


def watching(owner: str = "bot") -> AtWork:
    return AtWork(Floor(owner), StandingClock(), after_seconds=0.0, again_seconds=0.0)


async def passes() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


async def test_the_sign_is_shown_again_until_it_is_no_use_any_more() -> None:
    signs, watch = Signs(), watching()
    watch.began("ada", signs)
    watch.began("ada", signs)
    await passes()
    assert signs.count == MOST_TIMES
    watch.began("ada", signs)
    await passes()
    assert signs.count == 2 * MOST_TIMES


async def test_a_reply_ends_it_and_the_next_message_begins_it_anew() -> None:
    signs, watch = Signs(), watching()
    watch.began("ada", signs)
    watch.ended("ada")
    watch.began("ada", signs)
    watch.ended("ada")
    await passes()
    assert signs.count == 0
    watch.ended("nobody")


async def test_a_reply_of_another_process_ends_it_too() -> None:
    """It stands in the tables; this process has sent nothing."""
    floor, signs = Floor("bot"), Signs()
    floor.replies.append(Reply(text="Here you are."))
    AtWork(floor, StandingClock(), after_seconds=0.0, again_seconds=0.0).began("ada", signs)
    await passes()
    assert signs.count == 0


async def test_what_was_said_before_the_message_is_no_reply_to_it(there: OnTelegram) -> None:
    ada = a_person()
    before = datetime.now(UTC)
    there.telegram.writes(ada, "/hours")
    await there.telegram.shows(ada, 1)
    intake, conversation = there.desk.house.intake, there.conversation(ada)
    assert await intake.said_since(conversation, before)
    assert not await intake.said_since(conversation, datetime.now(UTC))
    assert not await intake.said_since("c_nobody", before)


@pytest.mark.parametrize("owner", ["queue", "agent"])
async def test_nothing_is_shown_while_a_person_has_the_floor(owner: str) -> None:
    signs, watch = Signs(), watching(owner)
    watch.began("ada", signs)
    await passes()
    assert signs.count == 0


async def test_a_platform_that_fails_is_left_alone() -> None:
    signs, watch = Signs(fails=True), watching()
    watch.began("ada", signs)
    await passes()
    assert signs.count == 1


async def test_so_many_are_watched_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_work, "MOST_WATCHED", 2)
    several: Sequence[Signs] = [Signs(), Signs(), Signs()]
    watch = watching()
    for number, signs in enumerate(several):
        watch.began(f"contact {number}", signs)
    await passes()
    assert [signs.count > 0 for signs in several] == [True, True, False]
    await watch.close()


async def test_telegram_types(there: OnTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(there.desk.house.driver, "start", lambda held: None)  # as if the turn took for ever
    ada = a_person()
    there.telegram.writes(ada, "/hours")
    await there.telegram.until(lambda: ada in there.telegram.typing)


async def test_slack_shows_a_status_in_the_thread(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeSlack() as slack, on_slack(tmp_path, sqlite_url, slack) as desk:
        monkeypatch.setattr(desk.house.driver, "start", lambda held: None)
        await slack.says("U1", "/hours")
        ts = await slack.says("U1", f"<@{BOT}> /hours", "C1")
        await desk.until(lambda: bool(slack.statuses))
        assert slack.statuses == [("C1", ts, "is typing...")]
