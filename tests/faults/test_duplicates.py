"""F12: the same message again and again, at once or out of order: one turn, and the same answer to everybody who
asks."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from tests.faults.contacts import Contact, Line
from tests.faults.crowds import a_client
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import all_events, charges_once_or_flagged, effects_once, equal_answers, nothing_stuck

TIMES, WINDOW = 4, 20


async def sent_at_once(client: httpx.AsyncClient, desks: Sequence[Desk], line: Line, times: int = 8) -> None:
    """The same message, so many times at the same moment, to one process or to several."""
    posts = [client.post(f"{desks[n % len(desks)].url}/webhooks/rest/webhook", json=line.body) for n in range(times)]
    for said in await asyncio.gather(*posts):
        assert said.status_code == 200, said.text
        line.answers.append([reply.get("text", "") for reply in said.json()])


async def eight_times(site: Site, desks: Sequence[Desk], label: str) -> None:
    contacts = [Contact(f"{label}-{wish}-{n}", desks, []) for wish in ("chat", "order", "charge") for n in range(5)]
    async with a_client(site) as client:
        for contact in contacts:
            await sent_at_once(client, desks, contact.line(contact.name.split("-")[1]))
    equal_answers(contacts)
    effects_once(site, contacts)
    assert await charges_once_or_flagged(site, desks[0], contacts) == 0
    for contact in contacts:
        assert len(contact.said[0].answers) == 8
        assert contact.missing == [], f"{contact.name}: {contact.said[0].answers[0]}"
        await one_turn_in_order(site, desks[0], contact)


async def one_turn_in_order(site: Site, desk: Desk, contact: Contact) -> None:
    """I1, and I3 for messages that were written side by side: the replies stand in the order of the turns."""
    async with site.api(desk) as api:
        events = await all_events(api, contact.conversation)
    turns = [id_ for event in events if event["type"] == "MessageReceived" for id_ in event["data"]["ids"]]
    assert sorted(turns) == sorted(line.message_id for line in contact.said), contact.name
    by_id = {line.message_id: line for line in contact.said}
    firsts = [by_id[id_].answers[0][0] for id_ in turns]
    replies = await site.ask(desk, f"/conversations/{contact.conversation}/replies", limit=200)
    written = [one["reply"]["text"] for one in replies]
    places = [written.index(text) for text in firsts]
    assert places == sorted(places), f"{contact.name}: turns {turns}, replies {written}"


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_a_message_delivered_eight_times_at_once_is_one_turn_with_eight_equal_answers(
    tmp_path: Path, database_url: str
) -> None:
    async with a_site(tmp_path, database_url, FRONTDESK_TURN_WAIT_SECONDS="15") as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        await eight_times(site, [desk], "eight")
        await desk.stop()
        site.check_files()


@pytest.mark.faults
@pytest.mark.postgres
@pytest.mark.timeout(300)
async def test_eight_times_at_once_to_two_processes_is_one_turn_with_eight_equal_answers(
    tmp_path: Path, postgres_url: str
) -> None:
    async with a_site(tmp_path, postgres_url, FRONTDESK_TURN_WAIT_SECONDS="15") as site:
        desks = [site.desk(), site.desk()]
        for desk in desks:
            desk.start()
        for desk in desks:
            await desk.until_ready()
        await eight_times(site, desks, "two")


@pytest.mark.faults
@pytest.mark.timeout(3600)
async def test_duplicates_out_of_order_are_answered_like_the_first(
    tmp_path: Path, database_url: str, full_faults: bool, fault_seed: int
) -> None:
    """Each message four times, shuffled within a window of twenty, many at a time."""
    chance = random.Random(fault_seed)
    conversations, messages = (50, 50) if full_faults else (6, 10)
    async with a_site(tmp_path, database_url, FRONTDESK_TURN_WAIT_SECONDS="15") as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        contacts = [Contact(f"shuffled-{n}", [desk], []) for n in range(conversations)]
        async with a_client(site) as client:
            await asyncio.gather(*(shuffled(client, contact, messages, chance) for contact in contacts))
        equal_answers(contacts)
        for contact in contacts:
            assert [len(line.answers) for line in contact.said] == [TIMES] * messages
            assert contact.missing == []
            await one_turn_in_order(site, desk, contact)
        effects_once(site, contacts)
        await nothing_stuck(desk)
        await desk.stop()
        site.check_files()


async def shuffled(client: httpx.AsyncClient, contact: Contact, messages: int, chance: random.Random) -> None:
    lines = [contact.line(chance.choice(("chat", "chat", "order"))) for _ in range(messages)]
    deliveries = [(number + chance.uniform(0, WINDOW), line) for number, line in enumerate(lines) for _ in range(TIMES)]
    ordered = [line for _, line in sorted(deliveries, key=lambda one: one[0])]
    for start in range(0, len(ordered), WINDOW):
        window = ordered[start : start + WINDOW]
        await asyncio.gather(*(_deliver(client, contact.desks[0], line) for line in window))


async def _deliver(client: httpx.AsyncClient, desk: Desk, line: Line) -> None:
    said = await client.post(f"{desk.url}/webhooks/rest/webhook", json=line.body)
    assert said.status_code == 200, said.text
    line.answers.append([reply.get("text", "") for reply in said.json()])
