"""Telegram, in private chats: what comes in, what goes out, and that each happens once. TG names are those of the
contract's cases."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from bot.errors import NotReady
from bot.model.base import JsonObject
from bot.model.message import Reply
from bot.services.reading import Reader
from bot.store import handoffs
from bot.testing.fake_telegram import SECRET_HEADER
from tests.api.desks import until
from tests.channels.telegram_desks import BUTTON, HOURS, LONG_PAYLOAD, SECRET, SUNDAYS, OnTelegram, a_person


def titles(message: JsonObject) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [key["text"] for row in rows for key in row]


async def test_a_message_comes_in_and_the_reply_goes_out(there: OnTelegram) -> None:
    ada = a_person()
    there.telegram.writes(ada, "/hours")
    (reply,) = await there.telegram.shows(ada, 1)
    assert (reply["text"], titles(reply)) == (HOURS, [BUTTON])


FORGED: dict[str, str | None] = {
    "missing": None,
    "empty": "",
    "wrong, as long": "x" * len(SECRET),
    "shorter": SECRET[:-1],
    "longer": SECRET + "x",
    "another case": SECRET.upper(),
    "beyond ASCII": "\u00e9" * 5,
}


@pytest.mark.parametrize("name", FORGED)
async def test_tg1_without_the_secret_nothing_is_stored(there: OnTelegram, name: str) -> None:
    before = await there.quiet_rows()
    update = there.telegram.update(message=there.telegram.message(a_person(), "/hours"))
    secret = FORGED[name]
    headers = {} if secret is None else {SECRET_HEADER.encode(): secret.encode("latin-1")}
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(there.webhook, json=update, headers=headers)).status_code == 401
    assert await there.quiet_rows() == before


async def test_tg2_an_update_repeated_five_times_side_by_side_is_one_turn(there: OnTelegram) -> None:
    ada = a_person()
    update = there.telegram.update(message=there.telegram.message(ada, "/hours"))
    answers = await asyncio.gather(*(there.post(update) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    await there.telegram.shows(ada, 1)
    for _ in range(3):
        assert (await there.post(update)).status_code == 200
    assert await there.turns(ada) == 1
    assert there.telegram.shown_in(ada) == [HOURS]


async def test_tg3_updates_of_a_chat_that_arrive_out_of_order_are_read_in_the_order_they_were_written(
    there: OnTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """12, 10, 11: within the pause in which a turn is gathered, the numbers of the messages decide."""
    monkeypatch.setattr(Reader, "pause_for", lambda self, channel: 2.0)
    ada = a_person()
    written = [there.telegram.message(ada, text) for text in ("where is", "my", "order please")]
    updates = [there.telegram.update(10 + n, message=message) for n, message in enumerate(written)]
    for number in (2, 0, 1):
        assert (await there.post(updates[number])).status_code == 200
    await there.telegram.shows(ada, 1)
    (turn,) = [data for kind, data in await there.facts(ada) if kind == "MessageReceived"]
    assert turn["text"] == "where is\nmy\norder please"


async def test_tg4_update_ids_that_begin_anew_are_new_messages(there: OnTelegram) -> None:
    ada = a_person()
    await there.post(there.telegram.update(900_000_000, message=there.telegram.message(ada, "/hours")))
    await there.telegram.shows(ada, 1)
    await there.post(there.telegram.update(7, message=there.telegram.message(ada, "/sundays")))
    await there.telegram.shows(ada, 2)
    assert there.telegram.shown_in(ada) == [HOURS, SUNDAYS]
    there.telegram.next_update_id = 900_000_001


async def test_tg5_what_could_not_be_stored_is_not_answered_with_200(
    there: OnTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram then comes again, and finds the desk ready."""
    ada = a_person()
    intake, tries = there.desk.house.intake, 0
    accept = intake.accept

    async def refuses_twice(message: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise NotReady("the database is away", "Come back in a moment")
        return await accept(message)

    monkeypatch.setattr(intake, "accept", refuses_twice)
    update = there.telegram.writes(ada, "/hours")
    await there.telegram.delivered()
    codes = [code for id_, code in there.telegram.deliveries if id_ == update["update_id"]]
    assert codes[-3:] == [503, 503, 200]
    await there.telegram.shows(ada, 1)
    assert await there.turns(ada) == 1


async def test_tg10_a_long_reply_comes_in_pieces_and_whole(there: OnTelegram) -> None:
    ada = a_person()
    there.telegram.writes(ada, "/hours")
    await there.telegram.shows(ada, 1)
    words = " ".join(f"word{number}" for number in range(1_400))
    await there.desk.house.people.reply(there.conversation(ada), "Anna", Reply(text=words))
    pieces = (await there.telegram.shows(ada, 4))[1:]
    assert all(len(piece["text"]) <= 4_096 for piece in pieces)
    assert " ".join(piece["text"] for piece in pieces).split() == words.split()
    assert all("disable_notification" not in piece for piece in pieces), "nothing was in doubt"


async def test_tg11_a_long_payload_travels_as_a_token_and_comes_back_whole(there: OnTelegram) -> None:
    ada = a_person()
    there.telegram.writes(ada, "/choice")
    (shown,) = await there.telegram.shows(ada, 1)
    data = shown["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    assert len(LONG_PAYLOAD.encode()) > 300
    assert len(data.encode()) <= 64
    there.telegram.presses(shown, "The last one")
    assert [one["text"] for one in await there.telegram.shows(ada, 2)][1:] == ["Order 1234 is on its way."]


@pytest.mark.parametrize("data", ["", "/sundays", "AAAAAAAAAAAAAAAAAAAAAA.0", "x" * 64, "\u0660", "A.B.C", "."])
async def test_tg11_what_is_no_token_of_ours_starts_nothing(there: OnTelegram, data: str) -> None:
    ada = a_person()
    there.telegram.writes(ada, "/hours")
    (shown,) = await there.telegram.shows(ada, 1)
    told = len(there.telegram.answered)
    there.telegram.presses_data(shown, data)
    await there.telegram.delivered()
    await there.telegram.until(lambda: len(there.telegram.answered) > told)
    assert there.telegram.answered[-1]["text"] == "This button is no longer in use."
    assert await there.turns(ada) == 1


async def test_tg11_a_token_is_of_use_to_the_contact_alone_that_it_was_shown_to(there: OnTelegram) -> None:
    ada, eve = a_person(), a_person()
    for person in (ada, eve):
        there.telegram.writes(person, "/hours")
    (shown,) = await there.telegram.shows(ada, 1)
    (own,) = await there.telegram.shows(eve, 1)
    stolen = shown["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    told = len(there.telegram.answered)
    there.telegram.presses_data(own, stolen)
    await there.telegram.delivered()
    await there.telegram.until(lambda: len(there.telegram.answered) > told)
    assert there.telegram.answered[-1]["text"].startswith("These buttons are for somebody else.")
    assert (await there.turns(ada), await there.turns(eve)) == (1, 1)


async def test_tg11_a_button_of_long_ago_starts_nothing(there: OnTelegram) -> None:
    ada = a_person()
    there.telegram.writes(ada, "/hours")
    (shown,) = await there.telegram.shows(ada, 1)
    past = text("UPDATE telegram_memory SET expires_at = 1 WHERE name LIKE 'press/%'")
    await there.desk.house.database.write(lambda c: c.execute(past).rowcount)
    told = len(there.telegram.answered)
    there.telegram.presses(shown, BUTTON)
    await there.telegram.until(lambda: len(there.telegram.answered) > told)
    assert there.telegram.answered[-1]["text"] == "This button is no longer in use."
    assert await there.turns(ada) == 1


async def test_a_button_works_once_and_goes_away(there: OnTelegram) -> None:
    ada = a_person()
    there.telegram.writes(ada, "/hours")
    (shown,) = await there.telegram.shows(ada, 1)
    as_it_was = {**shown}
    for _ in range(3):
        there.telegram.presses(as_it_was, BUTTON)
    await there.telegram.delivered()
    await there.telegram.shows(ada, 2)
    await there.telegram.until(lambda: titles(shown) == [])
    there.telegram.presses(as_it_was, BUTTON)
    await there.telegram.delivered()
    assert there.telegram.shown_in(ada) == [HOURS, SUNDAYS]
    assert await there.turns(ada) == 2


async def test_tg12_who_blocked_the_bot_has_a_closed_conversation_and_nothing_is_tried_again(
    there: OnTelegram,
) -> None:
    ada = a_person()
    there.telegram.writes(ada, "/order")
    await there.telegram.shows(ada, 1)
    there.telegram.blocked_by.add(ada)
    calls = len(there.telegram.calls)
    there.telegram.writes(ada, "1234")

    async def closed() -> bool:
        return any(kind == "ConversationClosed" for kind, _ in await there.facts(ada))

    await until(closed)
    (note,) = await there.desk.house.database.read(lambda c: handoffs.notes(c, there.conversation(ada)))
    assert "blocked by the user" in note["text"]
    assert [one.status for one in await there.sent(ada)] == ["sent", "failed"]
    tried = [call for call in there.telegram.calls[calls:] if str(call["params"].get("chat_id")) == str(ada)]
    assert len(tried) == 1

    there.telegram.blocked_by.discard(ada)
    there.telegram.writes(ada, "/sundays")
    assert [one["text"] for one in await there.telegram.shows(ada, 2)][1:] == [SUNDAYS], "and who returns is welcome"


async def test_tg15_an_edit_is_noted_and_is_no_turn(there: OnTelegram) -> None:
    ada = a_person()
    update = there.telegram.writes(ada, "/hours")
    await there.telegram.shows(ada, 1)
    there.telegram.edits(update["message"], "/sundays")
    await there.telegram.delivered()

    async def noted() -> bool:
        return any(kind == "MessageEdited" for kind, _ in await there.facts(ada))

    await until(noted)
    (edit,) = [data for kind, data in await there.facts(ada) if kind == "MessageEdited"]
    assert edit["text"] == "/sundays"
    assert await there.turns(ada) == 1


async def test_tg15_an_edit_of_what_still_waits_changes_it(there: OnTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "pause_for", lambda self, channel: 2.0)
    ada = a_person()
    message = there.telegram.message(ada, "when are you open on sun")
    edited = {**message, "text": "are you open on sundays", "entities": []}
    await there.post(there.telegram.update(message=message))
    await there.post(there.telegram.update(edited_message=edited))
    assert [one["text"] for one in await there.telegram.shows(ada, 1)] == [SUNDAYS]


async def test_tg15_what_nobody_in_particular_wrote_is_left_aside(there: OnTelegram) -> None:
    ada = a_person()
    channel = {"id": -100_500, "type": "channel", "title": "News"}
    nameless = {name: value for name, value in there.telegram.message(ada, "/hours").items() if name != "from"}
    bot = there.telegram.message(ada, "/hours") | {"from": {"id": 5, "is_bot": True, "first_name": "Other"}}
    before, ignored = await there.quiet_rows(), await there.count("ignored")
    for content in (
        {"channel_post": {**nameless, "chat": channel}},
        {"message": nameless},
        {"message": {**nameless, "chat": channel, "sender_chat": channel}},
        {"message": bot},
    ):
        assert (await there.post(there.telegram.update(**content))).status_code == 200
    assert await there.quiet_rows() == before
    assert await there.count("ignored") == ignored + 4


async def test_tg16_a_press_is_answered_within_a_second_however_long_the_desk_takes(
    there: OnTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram hears of it when the press is stored, not when the turn is over."""
    ada = a_person()
    there.telegram.writes(ada, "/hours")
    (shown,) = await there.telegram.shows(ada, 1)
    driver = there.desk.house.driver
    monkeypatch.setattr(driver, "start", lambda held: None)  # as if the turn took for ever
    told, began = len(there.telegram.answered), asyncio.get_running_loop().time()
    there.telegram.presses(shown, BUTTON)
    await there.telegram.until(lambda: len(there.telegram.answered) > told)
    assert there.telegram.answered[-1]["at"] - began < 1.0
    assert "text" not in there.telegram.answered[-1]
    await there.telegram.delivered()
    assert await there.turns(ada) == 1, "the turn has not even begun"


@pytest.mark.parametrize(
    "content",
    [
        {"message_reaction": {"chat": {"id": 1, "type": "private"}, "message_id": 1}},
        {"something_of_next_year": {"id": "1"}},
        {"poll": {"id": "1", "question": "?"}},
        {"inline_query": {"id": "1", "from": {"id": 1, "is_bot": False, "first_name": "A"}, "query": "x"}},
        {"message": {}},
        {"message": []},
        {"callback_query": {"id": "1", "from": {"id": 1, "is_bot": False, "first_name": "A"}, "data": "x"}},
        {},
    ],
)
async def test_tg17_an_update_that_is_unknown_or_unreadable_is_answered_and_counted(
    there: OnTelegram, content: JsonObject
) -> None:
    before, ignored = await there.quiet_rows(), await there.count("ignored")
    assert (await there.post({"update_id": 1, **content})).status_code == 200
    assert await there.count("ignored") == ignored + 1
    assert await there.quiet_rows() == before


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 2_000, b'{"update_id": NaN}', b"null", b"[]", b"7"])
async def test_tg17_whatever_is_posted_is_never_an_error_of_ours(there: OnTelegram, body: bytes) -> None:
    before = await there.quiet_rows()
    for kind in ("application/json", "text/plain", ""):
        headers = {SECRET_HEADER: SECRET, "content-type": kind}
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.post(there.webhook, content=body, headers=headers)).status_code < 500
    assert await there.quiet_rows() == before


@pytest.mark.parametrize(("size", "is_fetched"), [(19_000_000, True), (21_000_000, False)])
async def test_tg14_a_file_of_19_mb_can_be_fetched_and_one_of_21_mb_is_named(
    there: OnTelegram, size: int, is_fetched: bool
) -> None:
    ada, name = a_person(), f"file-{size}"
    there.telegram.files[name] = b"x" * size
    document = {"file_id": name, "file_name": "report.pdf", "mime_type": "application/pdf", "file_size": size}
    there.telegram.writes(ada, document=document, caption="/hours")
    await there.telegram.shows(ada, 1)
    (file,) = [data["files"][0] for kind, data in await there.facts(ada) if kind == "MessageReceived"]
    assert (file["name"], file["size"]) == ("report.pdf", size)
    assert (file.get("url") is not None) == is_fetched
    if is_fetched:
        assert there.telegram.token not in file["url"]
        async with httpx.AsyncClient(base_url=there.url, trust_env=False) as client:
            fetched = await client.get(file["url"])
            assert (len(fetched.content), fetched.headers["content-disposition"]) == (size, "attachment")
            assert (await client.get(file["url"] + "x")).status_code == 404
            del there.telegram.files[name]
            assert (await client.get(file["url"])).status_code == 404


async def test_the_token_stands_in_no_log(there: OnTelegram, capfd: pytest.CaptureFixture[str]) -> None:
    ada = a_person()
    there.telegram.trouble = "500"
    there.telegram.writes(ada, "/hours")
    await there.telegram.until(lambda: any(call["params"].get("chat_id") == ada for call in there.telegram.calls))
    there.telegram.trouble = None
    await there.telegram.shows(ada, 1)
    out, err = capfd.readouterr()
    for secret in (there.telegram.token, SECRET, "/hours"):
        assert secret not in out + err
