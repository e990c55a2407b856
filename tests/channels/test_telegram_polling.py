"""Polling: the desk asks for updates, and Telegram forgets only what is stored."""

import asyncio
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings
from bot.testing.fake_telegram import FakeTelegram
from bot.testing.telegram_rules import Limits
from tests.api.desks import FLOWS
from tests.channels.telegram_desks import HOURS, SUNDAYS, on_telegram
from tests.faults.harness import a_site
from tests.faults.invariants import nothing_stuck
from tests.houses import write_flows

POLLING = {"telegram_mode": "polling", "telegram_webhook_secret": ""}


async def test_messages_are_asked_for_and_answered_in_their_order(tmp_path: Path) -> None:
    async with FakeTelegram(limits=Limits.none()) as telegram:
        telegram.writes(1, "/hours")
        telegram.writes(2, "/sundays")
        async with on_telegram(tmp_path, telegram=telegram, **POLLING) as there:
            await telegram.shows(1, 1)
            await telegram.shows(2, 1)
            telegram.writes(1, "/sundays")
            await telegram.shows(1, 2)
            assert telegram.shown_in(1) == [HOURS, SUNDAYS]
            assert telegram.shown_in(2) == [SUNDAYS]
            assert await there.turns(1) == 2
            assert (await there.post({"update_id": 1})).status_code == 404, "there is no other way in"


async def test_tg7_while_telegram_calls_a_webhook_the_desk_does_not_poll(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with FakeTelegram(limits=Limits.none()) as telegram:
        telegram.webhook = {"url": "http://127.0.0.1:9/another-desk"}
        async with on_telegram(tmp_path, telegram=telegram, **POLLING):
            await telegram.until(lambda: any(call["method"] == "getWebhookInfo" for call in telegram.calls))
            telegram.webhook = None
            telegram.writes(1, "/hours")
            await telegram.shows(1, 1)
        assert "Telegram calls a webhook" in "".join(capfd.readouterr())
        assert all("error" not in call for call in telegram.calls)


BOTH = {
    "both ways": {"telegram_mode": "polling", "telegram_webhook_secret": "secret"},
    "a webhook without a secret": {"telegram_mode": "webhook"},
    "a secret that Telegram does not take": {"telegram_mode": "webhook", "telegram_webhook_secret": "with spaces"},
    "another mode": {"telegram_mode": "both"},
}


@pytest.mark.parametrize("name", BOTH)
def test_tg7_settings_that_contradict_each_other_keep_the_desk_from_starting(name: str) -> None:
    with pytest.raises(ValidationError, match=r"(?i)telegram"):
        Settings(_env_file=None, telegram_token="1:x", **BOTH[name])  # type: ignore[arg-type]


def test_without_a_token_the_other_settings_of_telegram_do_not_matter() -> None:
    assert Settings(_env_file=None, telegram_mode="webhook").telegram_token.get_secret_value() == ""


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", ["intake.begin", "intake.insert.before", "intake.insert.after", "outbox.send.before"])
async def test_tg6_a_kill_while_updates_are_stored_loses_none_and_answers_none_twice(
    tmp_path: Path, sqlite_url: str, point: str
) -> None:
    """Ten people have written; the desk dies while it takes them in. What it had not stored Telegram still has."""
    flows = write_flows(tmp_path / "flows", FLOWS)
    async with (
        FakeTelegram(limits=Limits.none()) as telegram,
        a_site(tmp_path, sqlite_url, flows, **environment(telegram), FRONTDESK_TELEGRAM_MODE="polling") as site,
    ):
        for person in range(1, 11):
            telegram.writes(person, "/hours")
        desk = site.desk()
        desk.start(FRONTDESK_KILL_AT=f"{point}:4")
        assert await desk.until_dead(30), f"{point} was not reached"
        desk.start()
        await desk.until_ready()
        await asyncio.gather(*(telegram.shows(person, 1, seconds=30) for person in range(1, 11)))
        telegram.writes(1, "/sundays")
        await telegram.until(lambda: SUNDAYS in telegram.shown_in(1))
        assert [telegram.heard_in(person) for person in range(1, 11)] == [[HOURS, SUNDAYS], *([[HOURS]] * 9)]
        await desk.stop()
        site.check_files()


@pytest.mark.faults
@pytest.mark.postgres
@pytest.mark.timeout(300)
async def test_one_process_at_a_time_polls_and_another_goes_on_when_it_dies(tmp_path: Path, postgres_url: str) -> None:
    flows = write_flows(tmp_path / "flows", FLOWS)
    async with (
        FakeTelegram(limits=Limits.none()) as telegram,
        a_site(tmp_path, postgres_url, flows, **environment(telegram), FRONTDESK_TELEGRAM_MODE="polling") as site,
    ):
        desks = [site.desk(), site.desk()]
        for desk in desks:
            desk.start()
        for desk in desks:
            await desk.until_ready()
        telegram.writes(1, "/hours")
        await telegram.shows(1, 1)
        assert telegram.asking == 1
        for desk in desks:
            await nothing_stuck(desk)  # what is on its way when the process dies may come once more
            desk.kill()
            telegram.writes(1, "/sundays")
            await telegram.shows(1, len(telegram.messages[1]) + 1, seconds=30)
            if desk is desks[0]:
                desk.start()
                await desk.until_ready()
        assert telegram.shown_in(1) == [HOURS, SUNDAYS, SUNDAYS]


def environment(telegram: FakeTelegram) -> dict[str, str]:
    return {
        "FRONTDESK_TELEGRAM_TOKEN": telegram.token,
        "FRONTDESK_TELEGRAM_API_URL": telegram.url,
        "FRONTDESK_CHANNELS": "channels.rest,channels.telegram",
    }
