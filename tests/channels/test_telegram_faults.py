"""Telegram in trouble: away, slow, answering something else, and a desk that dies between a message and its note."""

import asyncio
from pathlib import Path

import pytest

from bot.model.message import Reply
from bot.testing.fake_telegram import FakeTelegram, Trouble
from bot.testing.telegram_rules import Limits
from tests.api.desks import FLOWS, until
from tests.channels.telegram_desks import HOURS, SECRET, SUNDAYS, OnTelegram, a_person
from tests.channels.test_telegram_pace import most_within
from tests.channels.test_telegram_polling import environment
from tests.faults.harness import Desk, Site, a_site
from tests.houses import write_flows

AWAY_SECONDS = 2.5
WEBHOOK = {"FRONTDESK_TELEGRAM_WEBHOOK_SECRET": SECRET}


@pytest.mark.parametrize("trouble", ["away", "500", "garbage"])
async def test_f18_after_an_outage_everything_arrives_once_in_order_and_without_a_flood(
    there: OnTelegram, trouble: str
) -> None:
    telegram, people = there.telegram, [a_person() for _ in range(12)]
    for person in people:
        telegram.writes(person, "/hours")
    await asyncio.gather(*(telegram.shows(person, 1) for person in people))
    before = len(telegram.calls)
    await begin(telegram, trouble)
    for person in people:
        telegram.writes(person, "/sundays")
    await telegram.delivered()
    for person in people:
        telegram.writes(person, "/hours")
    await telegram.delivered()
    await asyncio.sleep(AWAY_SECONDS)
    assert all(telegram.shown_in(person) == [HOURS] for person in people)
    await end(telegram, trouble)
    await telegram.until(lambda: all(len(telegram.heard_in(person)) >= 3 for person in people), 40)
    assert all(telegram.heard_in(person) == [HOURS, SUNDAYS, HOURS] for person in people)
    sends = [call["at"] for call in telegram.calls[before:] if call["method"] == "sendMessage" and "error" not in call]
    assert most_within(sends, 1.0) <= 30
    refused = [call for call in telegram.calls[before:] if call.get("error") == 429]
    assert len(refused) <= 10, (
        "what left evenly may arrive unevenly on a busy machine; a flood would be refused by dozens"
    )


async def begin(telegram: FakeTelegram, trouble: str) -> None:
    if trouble == "away":
        await telegram.leave()
    else:
        telegram.trouble = "500" if trouble == "500" else "garbage"


async def end(telegram: FakeTelegram, trouble: str) -> None:
    telegram.trouble = None
    if trouble == "away":
        await telegram.come_back()


async def test_a_lost_answer_brings_the_message_once_more_without_a_sound(
    there: OnTelegram, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nobody can tell whether it arrived: Telegram knows no keys and shows no history. A doubled reply harms less than
    a missing one; it does not ring, and the log tells."""
    ada = a_person()
    there.telegram.trouble = "lost"
    there.telegram.writes(ada, "/hours")
    await there.telegram.shows(ada, 1)
    there.telegram.trouble = None
    shown = await there.telegram.shows(ada, 2)
    assert [(one["text"], one.get("disable_notification")) for one in shown] == [(HOURS, None), (HOURS, True)]
    assert "it may have arrived before" in "".join(capfd.readouterr())
    there.telegram.writes(ada, "/sundays")
    await there.telegram.shows(ada, 3)
    assert there.telegram.shown_in(ada)[2:] == [SUNDAYS]


async def test_a_long_reply_that_is_interrupted_goes_on_where_it_stopped(there: OnTelegram) -> None:
    ada = a_person()
    there.telegram.writes(ada, "/hours")
    await there.telegram.shows(ada, 1)
    text = " ".join(f"word{number}" for number in range(1_400))
    await there.desk.house.people.reply(there.conversation(ada), "Anna", Reply(text=text))
    await there.telegram.shows(ada, 2)
    await there.telegram.leave()
    await asyncio.sleep(1.2)
    await there.telegram.come_back()
    pieces = (await there.telegram.shows(ada, 4, seconds=20))[1:]
    assert " ".join(piece["text"] for piece in pieces).split() == text.split()


async def test_entities_that_telegram_refuses_do_not_keep_the_words_back(there: OnTelegram) -> None:
    ada = a_person()
    there.telegram.writes(ada, "/hours")
    await there.telegram.shows(ada, 1)
    there.telegram.refuse_entities = True
    await there.desk.house.people.reply(there.conversation(ada), "Anna", Reply(text="**Important**: `code`"))
    shown = await there.telegram.shows(ada, 2)
    there.telegram.refuse_entities = False
    assert (shown[1]["text"], shown[1]["entities"]) == ("Important: code", [])


async def test_a_telegram_that_does_not_know_the_token_costs_no_reply(there: OnTelegram) -> None:
    """It stays in the outbox until the operator has mended the setting."""
    ada, token = a_person(), there.telegram.token
    there.telegram.token = "4242:another"
    there.telegram.writes(ada, "/hours")
    await there.telegram.until(lambda: any(call.get("error") == 401 for call in there.telegram.calls))

    async def is_stored() -> bool:
        return bool(await there.sent(ada))

    await until(is_stored)
    there.telegram.token = token
    assert [one.status for one in await there.sent(ada)] in (["pending"], ["sending"])


# --- a desk that dies ------------------------------------------------------------------------------------------------


async def a_desk_on(site: Site, telegram: FakeTelegram, **more: str) -> Desk:
    desk = site.desk()
    telegram.webhook = {"url": f"{desk.url}/telegram/webhook", "secret_token": SECRET}
    desk.start(**more)
    await desk.until_ready()
    return desk


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "point", ["intake.insert.before:3", "intake.ack.before:3", "outbox.claim.after:1", "outbox.sent.after:3"]
)
async def test_updates_that_are_repeated_over_a_kill_are_answered_once(
    tmp_path: Path, database_url: str, point: str
) -> None:
    """TG5 with kill -9: before the insert, between it and the 200, and around the sending. What was being sent at that
    moment may come once more, without a sound."""
    flows = write_flows(tmp_path / "flows", FLOWS)
    async with (
        FakeTelegram(limits=Limits.none(), retry_seconds=0.2) as telegram,
        a_site(tmp_path, database_url, flows, **environment(telegram), **WEBHOOK) as site,
    ):
        desk = await a_desk_on(site, telegram, FRONTDESK_KILL_AT=point)
        for person in range(1, 9):
            telegram.writes(person, "/hours")
        assert await desk.until_dead(30), f"{point} was not reached"
        desk.start()
        await desk.until_ready()
        await asyncio.gather(*(telegram.shows(person, 1, seconds=40) for person in range(1, 9)))
        await telegram.delivered()
        telegram.writes(1, "/sundays")
        await telegram.until(lambda: SUNDAYS in telegram.shown_in(1))
        assert [telegram.heard_in(person) for person in range(1, 9)] == [[HOURS, SUNDAYS], *([[HOURS]] * 7)]
        await desk.stop()
        site.check_files()


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_a_kill_right_behind_a_sent_message_is_told_in_the_log_and_repeats_silently(
    tmp_path: Path, sqlite_url: str
) -> None:
    flows = write_flows(tmp_path / "flows", FLOWS)
    async with (
        FakeTelegram(limits=Limits.none(), retry_seconds=0.2) as telegram,
        a_site(tmp_path, sqlite_url, flows, **environment(telegram), **WEBHOOK) as site,
    ):
        desk = await a_desk_on(site, telegram, FRONTDESK_KILL_AT="outbox.send.after")
        telegram.writes(1, "/hours")
        assert await desk.until_dead(30)
        desk.start()
        await desk.until_ready()
        shown = await telegram.shows(1, 2, seconds=40)
        assert [(one["text"], one.get("disable_notification")) for one in shown] == [(HOURS, None), (HOURS, True)]
        telegram.writes(1, "/sundays")
        await telegram.shows(1, 3)
        assert telegram.shown_in(1)[2:] == [SUNDAYS]
        assert "it may have arrived before" in desk.tail()
        await desk.stop()


TROUBLES: tuple[Trouble, ...] = ("down", "lost", "500", "garbage", "hang")


async def test_an_address_of_telegram_that_is_in_any_trouble_never_stops_the_way_in(there: OnTelegram) -> None:
    """A message is stored and answered with 200, whatever becomes of its reply."""
    for trouble in TROUBLES:
        there.telegram.trouble = trouble
        update = there.telegram.update(message=there.telegram.message(a_person(), "/hours"))
        assert (await there.post(update)).status_code == 200
    there.telegram.trouble = None
