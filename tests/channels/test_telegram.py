"""Telegram, in private chats: what comes in, what goes out, and what happens in between only once."""

from tests.channels.telegram_desks import HOURS, OnTelegram, a_person


async def test_a_message_comes_in_and_the_reply_goes_out(there: OnTelegram) -> None:
    ada = a_person()
    there.telegram.writes(ada, "/hours")
    (reply,) = await there.telegram.shows(ada, 1)
    assert reply["text"] == HOURS
    assert [key["text"] for row in reply["reply_markup"]["inline_keyboard"] for key in row] == ["And on Sundays?"]
