"""Silence on the real desk: the patience with a question is kept in the tables, and outlives the process."""

from pathlib import Path

from bot.model.message import Address
from tests.houses import a_house, say

FLOWS = """
    settings: {silence: {remind_after: 300ms, close_after: 300ms}}
    flows:
      book:
        description: Books a table.
        triggers: [{intent: book}]
        steps:
          - {collect: day, ask: Which day?}
          - say: Booked.
    slots: {day: {type: date}}
    nlu: [{intent: book, examples: "- book a table"}]
"""
REMINDED = ["Which day?", "Are you still there?", "Which day?"]
CLOSED = "I haven't heard from you, so I've put this aside. Just write again when you want to go on."


async def test_a_reminder_comes_after_a_restart_and_then_the_end(tmp_path: Path, database_url: str) -> None:
    ada = Address(channel="webchat", sender="ada").conversation_id
    async with a_house(tmp_path, database_url, FLOWS) as house:
        assert await say(house, "/book", channel="webchat") == ["Which day?"]
    async with a_house(tmp_path, database_url, FLOWS) as house:
        said: list[str | None] = []
        while CLOSED not in said:
            await house.intake.wait_for_more(ada, 5)
            said = [one.reply.text for one in await house.intake.replies_after(ada, 0)]
        assert said == [*REMINDED, CLOSED]


async def test_a_channel_that_can_only_answer_is_not_written_to(tmp_path: Path, sqlite_url: str) -> None:
    async with a_house(tmp_path, sqlite_url, FLOWS) as house:
        assert await say(house, "/book") == ["Which day?"]
        assert await say(house, "tomorrow") == ["Booked."]
        waiting = await house.intake.replies_after(Address(channel="rest", sender="ada").conversation_id, 0)
        assert [one.reply.text for one in waiting] == ["Which day?", "Booked."]
