"""F12: every message comes four times, and not in the order in which it was written: one turn each, the same answer each time,
replies in the order in which the messages were taken in."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.faults.harness import Desk, Site, a_site, conversation_of
from tests.faults.invariants import all_events, effects_once, message_turns, nothing_stuck
from tests.faults.contacts import Contact, Line

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

COPIES = 4
WINDOW = 20
"""How many places a copy may be off its own."""
PER_CONVERSATION = 10
SHORT, FULL = 12, 250
"""Conversations. 250 of 10 messages, four times each: 10,000 deliveries."""
AT_ONCE = 16
TEXTS = {"chat": ["Hi {n}"], "order": ["Order {n} begins", "Order {n} done"]}


@dataclass
class Copies:
    """One message with all that was heard of it. ``places``: where each of its deliveries ended, counted over all of them."""

    sender: str
    wish: str
    n: str
    answers: list[list[str]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{self.sender}-{self.n}"

    @property
    def wanted(self) -> list[str]:
        return [text.format(n=self.n) for text in TEXTS[self.wish]]


def written(conversations: int) -> list[Copies]:
    """Everybody's messages, as they were written: in turns."""
    return [
        Copies(f"writer-{who}", "order" if (who + number) % 5 == 0 else "chat", f"no{who}0{number}")
        for number in range(1, PER_CONVERSATION + 1)
        for who in range(1, conversations + 1)
    ]


def delivered(messages: Sequence[Copies], copies: int, window: int, chance: random.Random) -> list[Copies]:
    """What a platform makes of them: each delivery moved by up to ``window`` places of its own conversation's messages."""
    by_sender: dict[str, int] = defaultdict(int)
    placed = []
    for message in messages:
        place = by_sender[message.sender] = by_sender[message.sender] + 1
        placed += [(place + chance.uniform(0, window), chance.random(), message) for _ in range(copies)]
    return [message for *_, message in sorted(placed, key=lambda one: one[:2])]


async def deliver(desk: Desk, deliveries: Sequence[Copies]) -> None:
    left = iter(deliveries)

    async def one(client: httpx.AsyncClient) -> None:
        for message in left:
            body = {
                "sender": message.sender,
                "message": f'/{message.wish}{{"n": "{message.n}"}}',
                "message_id": message.id,
            }
            said = await client.post(f"{desk.url}/webhooks/rest/webhook", json=body)
            assert said.status_code == 200, said.text
            message.answers.append([reply.get("text", "") for reply in said.json()])

    async with httpx.AsyncClient(timeout=60, trust_env=False, limits=httpx.Limits(max_connections=AT_ONCE)) as client:
        await asyncio.gather(*(one(client) for _ in range(AT_ONCE)))


async def taken_once_and_in_order(site: Site, desk: Desk, messages: Sequence[Copies]) -> None:
    by_sender: dict[str, list[Copies]] = defaultdict(list)
    for message in messages:
        by_sender[message.sender].append(message)
    async with site.api(desk) as api:
        for sender, own in by_sender.items():
            conversation = conversation_of("rest", sender)
            turns = await message_turns(api, conversation)
            assert {id_: len(of) for id_, of in turns.items()} == {message.id: 1 for message in own}, sender
            events = await all_events(api, conversation)
            order = [id_ for event in events if event["type"] == "MessageReceived" for id_ in event["data"]["ids"]]
            wanted = {message.id: message.wanted for message in own}
            said = await api.get(f"/conversations/{conversation}/replies", params={"limit": 200})
            texts = [one["reply"]["text"] for one in said.json()]
            assert texts == [text for id_ in order for text in wanted[id_]], sender


def no_other_effects(site: Site, messages: Sequence[Copies]) -> None:
    """Each order's three effects once, and no other."""
    contacts: list[Contact] = []
    for message in messages:
        contacts.append(Contact(message.sender, [], [], said=[Line(message.sender, message.wish, message.n, message.id)]))
    effects_once(site, contacts)


@pytest.mark.parametrize(("copies", "window"), [(COPIES, 0), (1, WINDOW), (COPIES, WINDOW)], ids=["copies", "order", "both"])
async def test_every_message_has_one_turn_and_all_its_copies_the_same_answer(
    tmp_path: Path, database_url: str, full_faults: bool, fault_seed: int, copies: int, window: int
) -> None:
    messages = written(FULL if full_faults else SHORT)
    async with a_site(tmp_path, database_url, FRONTDESK_TURN_WAIT_SECONDS="20") as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        await deliver(desk, delivered(messages, copies, window, random.Random(fault_seed)))
        for message in messages:
            assert message.answers == [message.wanted] * copies, message.id
        await nothing_stuck(desk)
        await taken_once_and_in_order(site, desk, messages)
        no_other_effects(site, messages)
        await desk.stop()
        site.check_files()


async def test_a_message_delivered_eight_times_at_once_has_one_turn_and_eight_equal_answers(
    tmp_path: Path, database_url: str
) -> None:
    async with a_site(tmp_path, database_url, FRONTDESK_TURN_WAIT_SECONDS="20") as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        for wish in ("chat", "order"):
            messages = [Copies(f"eager-{wish}-{number}", wish, f"no{number}") for number in range(20)]
            for message in messages:
                await deliver(desk, [message] * 8)
                assert message.answers == [message.wanted] * 8, message.id
            await taken_once_and_in_order(site, desk, messages)
            no_other_effects(site, messages)
            site.shop.log.clear()
        await desk.stop()
