"""Telegram, in groups: who is heard, who each one is, and a group that moves."""

import pytest

from bot.model.base import JsonObject
from bot.model.message import Reply
from tests.api.desks import until
from tests.channels.telegram_desks import BUTTON, HOURS, SUNDAYS, OnTelegram, a_group, a_person


async def test_a_group_is_heard_when_it_speaks_to_the_bot(there: OnTelegram) -> None:
    """A mention, an answer to what the bot said, a command; nothing else."""
    group, ada = a_group(), a_person()
    before = await there.quiet_rows()
    there.telegram.writes(group, "when are you open?", who=ada)
    there.telegram.writes(group, "ask @somebody_else", who=ada)
    there.telegram.writes(group, "/hours@other_bot", who=ada)
    await there.telegram.delivered()
    assert await there.quiet_rows() == before

    there.telegram.writes(group, "/hours@DESK_bot", who=ada)
    (first,) = await there.telegram.shows(group, 1)
    there.telegram.writes(group, "are you open on sundays", who=ada, reply_to_message=first)
    await there.telegram.shows(group, 2)
    there.telegram.writes(group, "@desk_bot are you open on sundays", who=ada)
    await there.telegram.shows(group, 3)
    assert there.telegram.shown_in(group) == [HOURS, SUNDAYS, SUNDAYS]
    said = [data["text"] for kind, data in await there.facts(ada, group) if kind == "MessageReceived"]
    assert said == ["/hours", "are you open on sundays", "are you open on sundays"]


async def test_each_member_of_a_group_is_a_contact_of_its_own_and_is_answered_by_name(there: OnTelegram) -> None:
    group, ada, ben = a_group(), a_person(), a_person()
    asked = {}
    for person in (ada, ben):
        asked[person] = there.telegram.writes(group, "/order", who=person)["message"]["message_id"]
    shown = await there.telegram.shows(group, 2)
    assert {one["reply_parameters"]["message_id"] for one in shown} == set(asked.values())
    answered = there.telegram.writes(group, "@desk_bot 1234", who=ben)["message"]["message_id"]
    last = (await there.telegram.shows(group, 3))[2]
    assert (last["text"], last["reply_parameters"]["message_id"]) == ("Order 1234 is on its way.", answered)
    assert (await there.turns(ada, group), await there.turns(ben, group)) == (1, 2)


async def test_the_same_person_in_private_and_in_a_group_speaks_in_two_conversations(there: OnTelegram) -> None:
    group, ada = a_group(), a_person()
    there.telegram.writes(ada, "/order")
    there.telegram.writes(group, "/hours", who=ada)
    await there.telegram.shows(ada, 1)
    await there.telegram.shows(group, 1)
    assert (await there.turns(ada), await there.turns(ada, group)) == (1, 1)
    assert there.telegram.shown_in(group) == [HOURS]


async def test_a_button_in_a_group_is_of_use_to_the_member_alone_that_it_was_shown_to(there: OnTelegram) -> None:
    group, ada, eve = a_group(), a_person(), a_person()
    there.telegram.writes(group, "/hours", who=ada)
    (shown,) = await there.telegram.shows(group, 1)
    told = len(there.telegram.answered)
    there.telegram.presses(shown, BUTTON, who=eve)
    await there.telegram.delivered()
    await there.telegram.until(lambda: len(there.telegram.answered) > told)
    assert there.telegram.answered[-1]["text"].startswith("These buttons are for somebody else.")
    there.telegram.presses(shown, BUTTON, who=ada)
    await there.telegram.shows(group, 2)
    assert there.telegram.shown_in(group) == [HOURS, SUNDAYS]


async def test_tg15_an_anonymous_administrator_is_the_group_and_a_topic_is_a_place(there: OnTelegram) -> None:
    group = a_group()
    admin = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
    itself = {"id": group, "type": "supergroup", "title": "Group"}
    more: JsonObject = {"from": admin, "sender_chat": itself, "message_thread_id": 77, "is_topic_message": True}
    there.telegram.writes(group, "/hours", **more)
    (shown,) = await there.telegram.shows(group, 1)
    assert (shown["text"], shown["message_thread_id"]) == (HOURS, 77)
    conversation = there.conversation(group, group, topic=77)
    await there.desk.house.people.reply(conversation, "Anna", Reply(text="Hello, admins."))
    assert (await there.telegram.shows(group, 2))[1]["message_thread_id"] == 77


async def test_tg15_an_edit_in_a_group_that_does_not_speak_to_the_bot_is_left_aside(there: OnTelegram) -> None:
    group, ada = a_group(), a_person()
    before = await there.quiet_rows()
    update = there.telegram.writes(group, "lunch?", who=ada)
    there.telegram.edits(update["message"], "lunch at one?")
    await there.telegram.delivered()
    assert await there.quiet_rows() == before


@pytest.mark.parametrize("told_by", ["the old group", "the new group", "a refused message"])
async def test_tg13_a_group_that_becomes_a_supergroup_keeps_its_conversations(there: OnTelegram, told_by: str) -> None:
    """Telegram tells it from both sides, or only when the bot writes to the old number."""
    old, new, ada = a_group(), a_group(), a_person()
    if told_by == "a refused message":
        there.telegram.moved[old] = new
        there.telegram.writes(old, "/order", who=ada)
        await there.telegram.shows(new, 1)
    else:
        there.telegram.writes(old, "/order", who=ada)
        await there.telegram.shows(old, 1)
        there.telegram.moved[old] = new
        if told_by == "the old group":
            there.telegram.writes(old, who=ada, migrate_to_chat_id=new)
        else:
            there.telegram.writes(new, who=ada, migrate_from_chat_id=old)
    await there.telegram.delivered()
    there.telegram.writes(new, "@desk_bot 1234", who=ada)
    await there.telegram.until(lambda: "Order 1234 is on its way." in there.telegram.shown_in(new))
    assert there.telegram.shown_in(old) + there.telegram.shown_in(new) == ["Which order?", "Order 1234 is on its way."]
    assert await there.turns(ada, old) == 2, "one conversation, under the number it began with"


async def test_who_removed_the_bot_from_a_group_is_left_alone(there: OnTelegram) -> None:
    group, ada = a_group(), a_person()
    there.telegram.writes(group, "/hours", who=ada)
    await there.telegram.shows(group, 1)
    there.telegram.blocked_by.add(group)
    await there.desk.house.people.reply(there.conversation(ada, group), "Anna", Reply(text="Still there?"))

    async def given_up() -> bool:
        return (await there.sent(ada, group))[-1].status == "failed"

    await until(given_up)
    assert [one.status for one in await there.sent(ada, group)] == ["sent", "failed"]
