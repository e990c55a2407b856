"""From a message to its replies: what intake, driver and commit promise together."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import TooMany
from bot.model.message import Address, Message
from bot.services import intake
from bot.store import claims, events, inbox, instances
from tests.houses import a_house, say

FLOWS = """
    flows:
      greeting:
        description: Says hello.
        triggers: [{intent: greet}]
        steps:
          - say: "Hello."
      name:
        description: Asks for a name.
        triggers: [{intent: introduce}]
        steps:
          - collect: name
          - say: "Nice to meet you, {{ slots.name }}."
    slots:
      name: {type: text}
    responses:
      utter_ask_name: [{text: "What is your name?"}]
    nlu:
      - intent: greet
        examples: |
          - hello
          - good morning
          - hi there
      - intent: introduce
        examples: |
          - let me introduce myself
          - I want to tell you my name
          - may I introduce myself
"""


async def test_a_message_becomes_replies(tmp_path: Path, database_url: str) -> None:
    async with a_house(tmp_path, database_url, FLOWS) as house:
        assert await say(house, "good morning") == ["Hello."]
        assert await say(house, "let me introduce myself") == ["What is your name?"]
        assert await say(house, "Ada Lovelace") == ["Nice to meet you, Ada Lovelace."]


async def test_a_message_delivered_eight_times_at_once_is_one_turn_with_eight_equal_answers(
    tmp_path: Path, database_url: str
) -> None:
    async with a_house(tmp_path, database_url, FLOWS) as house:
        answers = await asyncio.gather(*(say(house, "hello", message_id="the-same") for _ in range(8)))
        instance = await house.database.read(lambda c: instances.get(c, _conversation("ada")))
    assert answers == [["Hello."]] * 8
    assert instance.state.turn == 1


async def test_a_repeat_gets_the_same_answer_later_too(tmp_path: Path, database_url: str) -> None:
    async with a_house(tmp_path, database_url, FLOWS) as house:
        first = await say(house, "hello", message_id="m1")
        await say(house, "let me introduce myself")
        assert await say(house, "hello", message_id="m1") == first == ["Hello."]


async def test_the_same_message_id_of_another_sender_is_another_message(tmp_path: Path, sqlite_url: str) -> None:
    async with a_house(tmp_path, sqlite_url, FLOWS) as house:
        assert await say(house, "hello", sender="ada", message_id="1") == ["Hello."]
        assert await say(house, "hello", sender="bob", message_id="1") == ["Hello."]


async def test_messages_of_one_conversation_keep_their_order(tmp_path: Path, database_url: str) -> None:
    """Ten messages are accepted before the first is answered; every one has its turn, in the order of arrival."""
    async with a_house(tmp_path, database_url, FLOWS) as house:
        accepted = [await house.intake.accept(_message("hello", f"m{i}")) for i in range(10)]
        for one in accepted:
            assert [r.text for r in await house.intake.replies_to(one, 20)] == ["Hello."]
        happened = await house.database.read(lambda c: events.of(c, _conversation("ada")))
    received = [event.data["ids"][0] for event in happened if event.type == "MessageReceived"]
    assert received == [f"m{i}" for i in range(10)]


async def test_several_short_messages_in_a_row_are_one_turn_where_people_write_in_bursts(
    tmp_path: Path, database_url: str
) -> None:
    flows = FLOWS + "    settings: {burst_pause: {terminal: 0.3}}\n"
    async with a_house(tmp_path, database_url, flows) as house:
        for text in ("good", "morning", "desk"):
            accepted = await house.intake.accept(_message(text, text, channel="terminal"))
        await house.intake.replies_to(accepted, 20)
        happened = await house.database.read(lambda c: events.of(c, _conversation("ada", "terminal")))
    received = [event.data for event in happened if event.type == "MessageReceived"]
    assert [(one["text"], one["ids"]) for one in received] == [("good\nmorning\ndesk", ["good", "morning", "desk"])]


async def test_an_edit_of_a_message_that_waits_changes_it_and_is_no_turn(tmp_path: Path, sqlite_url: str) -> None:
    flows = FLOWS + "    settings: {burst_pause: {terminal: 0.5}}\n"
    async with a_house(tmp_path, sqlite_url, flows) as house:
        first = await house.intake.accept(_message("let me introdcue", "m1", channel="terminal"))
        edit = _message("let me introduce myself", "e1", channel="terminal", kind="edit", refers_to="m1")
        await house.intake.accept(edit)
        replies = await house.intake.replies_to(first, 20)
        instance = await house.database.read(lambda c: instances.get(c, _conversation("ada", "terminal")))
    assert [reply.text for reply in replies] == ["What is your name?"]
    assert instance.state.turn == 1


async def test_an_edit_of_an_answered_message_is_noted_and_is_no_turn(tmp_path: Path, sqlite_url: str) -> None:
    async with a_house(tmp_path, sqlite_url, FLOWS) as house:
        await say(house, "hello", message_id="m1")
        assert await say(house, "hallo", kind="edit", refers_to="m1") == []
        happened = await house.database.read(lambda c: events.of(c, _conversation("ada")))
        instance = await house.database.read(lambda c: instances.get(c, _conversation("ada")))
    assert [event.data["text"] for event in happened if event.type == "MessageEdited"] == ["hallo"]
    assert instance.state.turn == 1


async def test_a_crowd_of_waiting_messages_is_refused_and_nothing_of_it_is_stored(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process holds the conversation and handles nothing, so what comes in waits."""
    monkeypatch.setattr(intake, "MAX_BACKLOG", 3)
    ada, address = _conversation("ada"), Address(channel="rest", sender="ada")
    async with a_house(tmp_path, sqlite_url, FLOWS) as house:
        now, lease = house.clock.now(), timedelta(minutes=5)
        await house.database.write(
            lambda c: claims.arrive(c, ada, "conversation", address, "another process", now, lease)
        )
        for i in range(3):
            await house.intake.accept(_message("hello", f"m{i}"))
        with pytest.raises(TooMany, match="wait already"):
            await house.intake.accept(_message("hello", "one too many"))
        waiting = await house.database.read(lambda c: inbox.waiting(c, ada))
    assert len(waiting) == 3


async def test_a_person_can_be_asked_for_in_the_middle_of_a_question(tmp_path: Path, database_url: str) -> None:
    async with a_house(tmp_path, database_url, FLOWS) as house:
        await say(house, "let me introduce myself")
        assert await say(house, "I want to talk to a human") == [
            "I've asked a colleague to take over. They will write to you here."
        ]
        assert await say(house, "hello?") == []


def _message(text: str, id_: str, channel: str = "rest", **more: object) -> Message:
    address = Address(channel=channel, sender="ada")
    return Message.model_validate({"event_id": id_, "address": address, "text": text, **more})


def _conversation(sender: str, channel: str = "rest") -> str:
    return Address(channel=channel, sender=sender).conversation_id
