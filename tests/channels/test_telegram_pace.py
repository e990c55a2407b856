"""TG8: thirty messages a second over all, one a second in a chat, twenty a minute in a group; Telegram's own word."""

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from bot.model.message import Reply
from bot.testing.telegram_rules import Limits, RefusedCall
from channels.telegram.pace import Pacer
from tests.channels.telegram_desks import HOURS, OnTelegram, a_person


@dataclass
class Seconds:
    """A clock that is moved."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def sent_by(clock: Seconds, pacer: Pacer, chats: list[str], *, is_group: bool = False) -> list[tuple[float, str]]:
    """Each chat's message as soon as it may go, in order: when, and to whom."""
    waiting, sent = list(chats), []
    while waiting:
        waits = [pacer.seconds_to_wait(chat, is_group) for chat in waiting]
        gone = [chat for chat, wait in zip(waiting, waits, strict=True) if wait == 0.0]
        for chat in gone:
            pacer.answered(chat)
        sent += [(clock.now, chat) for chat in gone]
        waiting = [chat for chat, wait in zip(waiting, waits, strict=True) if wait > 0.0]
        clock.now += min((wait for wait in waits if wait > 0), default=0.0)
    return sent


def most_within(times: list[float], window: float) -> int:
    return max(sum(1 for other in times if start <= other < start + window) for start in times)


def test_tg8_thirty_five_chats_at_once_get_thirty_messages_in_the_first_second() -> None:
    clock = Seconds()
    sent = sent_by(clock, Pacer(clock), [f"chat-{n}" for n in range(35)])
    assert most_within([at for at, _ in sent], 1.0) == 30
    assert clock.now - 1_000.0 < 1.2


def test_tg8_a_chat_gets_one_message_a_second_and_the_others_do_not_wait_for_it() -> None:
    clock = Seconds()
    sent = sent_by(clock, Pacer(clock), ["busy"] * 5 + ["other"])
    busy = [at for at, chat in sent if chat == "busy"]
    assert most_within(busy, 1.0) == 1
    assert [at for at, chat in sent if chat == "other"] == [1_000.0]
    assert busy[-1] - busy[0] < 4.5


def test_tg8_a_group_gets_twenty_messages_a_minute() -> None:
    clock = Seconds()
    sent = [at for at, _ in sent_by(clock, Pacer(clock), ["group"] * 45, is_group=True)]
    assert most_within(sent, 60.0) == 20
    assert 120.0 < sent[-1] - sent[0] < 145.0


def test_tg8_what_is_paced_here_is_never_refused_there() -> None:
    clock = Seconds()
    pacer, limits = Pacer(clock), Limits(now=clock)
    for _, chat in sent_by_counted(clock, pacer, limits, [str(n % 50) for n in range(400)]):
        assert int(chat) >= 0


def sent_by_counted(clock: Seconds, pacer: Pacer, limits: Limits, chats: list[str]) -> list[tuple[float, str]]:
    sent = []
    for chat in chats:
        while (wait := pacer.seconds_to_wait(chat, is_group=False)) > 0:
            clock.now += wait
        limits.count(int(chat))
        pacer.answered(chat)
        sent.append((clock.now, chat))
    return sent


def test_the_fake_refuses_what_telegram_refuses() -> None:
    clock = Seconds()
    limits = Limits(now=clock)
    limits.count(1)
    with pytest.raises(RefusedCall, match="retry after 1"):
        limits.count(1)
    for chat in range(2, 31):
        limits.count(chat)
    with pytest.raises(RefusedCall):
        limits.count(31)


async def test_tg8_retry_after_is_honoured_and_nobody_else_waits(there: OnTelegram) -> None:
    """A second or two here; seventeen are the same, and are tried without waiting for them below."""
    ada, ben = a_person(), a_person()
    there.telegram.limits.hold(ada, 1.5)
    there.telegram.writes(ada, "/hours")
    there.telegram.writes(ben, "/hours")
    await there.telegram.shows(ben, 1)
    assert there.telegram.shown_in(ada) == []
    await there.telegram.shows(ada, 1)
    calls = [call for call in there.telegram.calls if str(call["params"].get("chat_id")) == str(ada)]
    assert [call.get("error") for call in calls] == [429, None], "asked once, and not again before its time"
    assert calls[1]["at"] - calls[0]["at"] >= calls[0]["retry_after"]


async def test_tg8_seventeen_seconds_wait_in_the_outbox(there: OnTelegram) -> None:
    """As a time in a row, not as a sleeping task: it outlasts a restart."""
    ada = a_person()
    there.telegram.limits.hold(ada, 17.0)
    there.telegram.writes(ada, "/hours")
    calls = there.telegram.calls
    await there.telegram.until(lambda: any(call["params"].get("chat_id") == ada for call in calls))
    (attempts, waits) = await _waiting(there, ada)
    assert attempts == 0, "a refusal for speed is no attempt"
    assert 15.0 < waits <= 18.0
    there.telegram.limits._held.clear()


async def _waiting(there: OnTelegram, person: int) -> tuple[int, float]:
    """How often the reply was tried, and in how many seconds it is due."""
    house = there.desk.house
    query = text("SELECT attempts, not_before FROM outbox WHERE instance_id = :id AND status = 'pending'")
    async with asyncio.timeout(5):
        while True:
            row = await house.database.read(lambda c: c.execute(query, {"id": there.conversation(person)}).first())
            if row is not None and row[1] is not None:
                return row[0], row[1] / 1e6 - house.clock.now().timestamp()
            await asyncio.sleep(0.02)


async def test_tg8_thirty_five_chats_at_once_are_all_served_without_a_refusal(there: OnTelegram) -> None:
    people = [a_person() for _ in range(35)]
    before = len(there.telegram.calls)
    for person in people:
        there.telegram.writes(person, "/hours")
    await asyncio.gather(*(there.telegram.shows(person, 1, seconds=20) for person in people))
    sends = [call for call in there.telegram.calls[before:] if call["method"] == "sendMessage"]
    assert [call for call in sends if call.get("error")] == []
    assert most_within([call["at"] for call in sends], 1.0) <= 30
    assert all(there.telegram.shown_in(person) == [HOURS] for person in people)


async def test_an_agents_many_lines_come_in_their_order_a_second_apart(there: OnTelegram) -> None:
    ada = a_person()
    there.telegram.writes(ada, "/hours")
    await there.telegram.shows(ada, 1)
    for number in range(4):
        await there.desk.house.people.reply(there.conversation(ada), "Anna", Reply(text=f"line {number}"))
    await there.telegram.shows(ada, 5)
    assert there.telegram.shown_in(ada) == [HOURS, *(f"line {number}" for number in range(4))]
    sends = [call for call in there.telegram.calls if str(call["params"].get("chat_id")) == str(ada)]
    assert [call for call in sends if call.get("error")] == []
