"""Updates that Telegram sends in earnest, and that look unlike those of its examples."""

from typing import Any

import pytest

from bot.model.message import Message
from bot.testing.fake_telegram import FakeTelegram
from channels.telegram.api import _entities
from channels.telegram.formatting import parse_marks
from channels.telegram.inbound import Me, address_of, edit_of, is_for_me, message_of, sender_of
from channels.telegram.shapes import TelegramMessage
from tests.api.desks import until
from tests.channels.telegram_desks import BUTTON, HOURS, SUNDAYS, OnTelegram, a_group, a_person

ME = Me(4242, "desk_bot")
TELEGRAM = FakeTelegram()


def heard(text: str | None = None, chat: int = 7, who: int = 7, **more: Any) -> Message | None:
    """What the desk hears of a message; None where it is not for the desk."""
    message = TelegramMessage.model_validate(TELEGRAM.message(chat, text, who=who) | more)
    person = sender_of(message)
    if person is None or not is_for_me(message, ME):
        return None
    return message_of(message, address_of(message, person, ME, "telegram", chat), ME, person)


@pytest.mark.parametrize(
    ("written", "payload", "start"),
    [
        ("/start", "/session_start", None),
        ("/start ref_12", "/session_start", "ref_12"),
        ("/help", "/help", None),
        ("/order_status@desk_bot", "/order_status", None),
        ("/order_status 1234", None, None),
    ],
)
def test_commands_and_deep_links(written: str, payload: str | None, start: str | None) -> None:
    message = heard(written)
    assert message is not None
    assert (message.payload, message.metadata.get("start")) == (payload, start)
    assert message.text == written.replace("@desk_bot", "")


def test_people_are_called_as_they_call_themselves() -> None:
    ada = {"id": 7, "is_bot": False, "first_name": "Ada", "last_name": "Ortiz"}
    message = heard("hello", **{"from": ada})
    assert message is not None
    assert message.contact == {"name": "Ada Ortiz"}


def test_a_mention_alone_opens_the_chat_and_is_kept_as_it_was_written() -> None:
    message = heard("@desk_bot", chat=-5)
    assert message is not None
    assert (message.kind, message.text, message.payload) == ("button", "@desk_bot", "/session_start")
    assert heard("   ", chat=-5) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"dice": {"emoji": "\U0001f3b2", "value": 3}}, "\U0001f3b2"),
        ({"poll": {"id": "1", "question": "Where is my order?", "options": []}}, "Where is my order?"),
        ({"venue": {"title": "Shop", "address": "Main St 1"}}, "Shop, Main St 1"),
    ],
)
def test_what_has_no_words_is_heard_by_what_stands_for_it(content: dict[str, Any], words: str) -> None:
    message = heard(**content)
    assert message is not None
    assert message.text == words


def test_whoever_writes_as_a_channel_is_that_channel() -> None:
    as_channel = {"from": {"id": 136_817_688, "is_bot": True, "first_name": "Channel"}}
    as_channel["sender_chat"] = {"id": -1_009, "type": "channel"}  # type: ignore[dict-item]
    message = heard("@desk_bot hello", chat=-5, **as_channel)
    assert message is not None
    assert message.address.sender == "-1009"
    assert heard("@desk_bot hello", chat=-5, **as_channel, is_automatic_forward=True) is None


def test_talk_in_a_topic_that_the_bot_has_opened_is_no_answer_to_it() -> None:
    bot = {"id": 4242, "is_bot": True, "first_name": "Desk"}
    opened = {"message_id": 56, "date": 1, "chat": {"id": -5, "type": "supergroup"}, "from": bot}
    topic = {"is_topic_message": True, "message_thread_id": 56}
    assert heard("just talking", chat=-5, **topic, reply_to_message=opened) is None
    assert heard("and on sundays", chat=-5, **topic, reply_to_message=opened | {"message_id": 57}) is not None


def test_somebody_who_shares_where_they_are_and_moves_edits_nothing() -> None:
    """Telegram tells of each step as of an edit."""
    place = {"latitude": 1.0, "longitude": 2.0}
    for more, is_edit in (({}, True), ({"live_period": 900}, False)):
        message = TelegramMessage.model_validate(TELEGRAM.message(7) | {"location": place | more})
        who = sender_of(message)
        assert who is not None
        edit = edit_of(message, 1, address_of(message, who, ME, "telegram", 7), ME)
        assert (edit is not None) == is_edit


def test_of_too_many_marks_the_addresses_are_kept() -> None:
    words = parse_marks("**b** " * 120 + "[the page](https://example.com/1)")
    entities = _entities(words)
    assert len(entities) == 100
    assert [one.url for one in entities if one.type == "text_link"] == ["https://example.com/1"]


async def test_an_album_with_the_bots_name_below_one_picture_comes_whole(there: OnTelegram) -> None:
    """In a group the other pictures have no words, so nothing in them names the bot."""
    group, person, other = a_group(), a_person(), a_person()
    named = {
        "caption": "@desk_bot when are you open",
        "caption_entities": [{"type": "mention", "offset": 0, "length": 9}],
    }
    for number, (who, more) in enumerate(((person, named), (person, {}), (other, {}))):
        photo = [{"file_id": f"p{number}", "file_unique_id": "1", "width": 1, "height": 1, "file_size": 5}]
        update = there.telegram.message(group, who=who, photo=photo, media_group_id="77", **more)
        assert (await there.post(there.telegram.update(message=update))).status_code == 200
    await there.telegram.shows(group, 1)
    await there.quiet_rows()
    facts = [data for type_, data in await there.facts(person, group) if type_ == "MessageReceived"]
    assert sum(len(data.get("files", ())) for data in facts) == 2
    assert there.telegram.shown_in(group)[0] == HOURS


async def test_who_opens_the_chat_is_greeted_and_may_take_it_back(there: OnTelegram) -> None:
    person = a_person()
    greeting, asked = ("/start promo_7", "Hello! What can I do for you?"), ("where is my order", "Which order?")
    for number, (written, said) in enumerate((greeting, asked, ("/cancel", "All right")), 1):
        there.telegram.writes(person, written)
        await there.telegram.shows(person, number)
        assert there.telegram.shown_in(person)[-1].startswith(said)


async def test_a_group_in_which_the_bot_may_not_speak_is_no_dead_letter(there: OnTelegram) -> None:
    """As when it is silenced: the conversation is closed with a note, and who writes again goes on."""
    group, person = a_group(), a_person()
    there.telegram.silenced.add(group)
    there.telegram.writes(group, "@desk_bot when are you open", who=person)

    async def closed() -> bool:
        return any(type_ == "ConversationClosed" for type_, _ in await there.facts(person, group))

    await until(closed)
    assert [one.status for one in await there.sent(person, group)] == ["failed"]


async def test_what_was_asked_in_a_topic_that_is_gone_is_answered_in_the_group(there: OnTelegram) -> None:
    group, person = a_group(), a_person()
    there.telegram.closed_topics.add(99)
    topic = {"is_topic_message": True, "message_thread_id": 99}
    there.telegram.writes(group, "@desk_bot when are you open", who=person, **topic)
    (shown,) = await there.telegram.shows(group, 1)
    assert (shown["text"], shown.get("message_thread_id")) == (HOURS, None)


@pytest.mark.parametrize("topic", [None, 55])
async def test_a_button_below_a_message_that_telegram_no_longer_shows_counts(
    there: OnTelegram, topic: int | None
) -> None:
    """It then says neither who wrote it nor in which topic it stood."""
    group, person, other = a_group(), a_person(), a_person()
    where = {"is_topic_message": True, "message_thread_id": topic} if topic else {}
    there.telegram.writes(group, "@desk_bot when are you open", who=person, **where)
    (shown,) = await there.telegram.shows(group, 1)
    (key,) = shown["reply_markup"]["inline_keyboard"][0]
    assert key["text"] == BUTTON
    gone = {"chat": shown["chat"], "message_id": shown["message_id"], "date": 0}
    for who in (other, person):
        there.telegram.presses_data(gone, key["callback_data"], who=who)
        await there.telegram.delivered()
    *_, answer = await there.telegram.shows(group, 2)
    assert (answer["text"], answer.get("message_thread_id")) == (SUNDAYS, topic)
