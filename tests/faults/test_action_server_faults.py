"""F9: the action server is down, slow, broken or mad: the contact is told, the step is tried again and then given to
a person;
a run parks in the dead letters; and nobody else notices."""

import asyncio
import random
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.testing.fake_action_server import Mode
from tests.faults.contacts import Contact, Line
from tests.faults.crowds import Stream, a_client, percentile
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import hold

TOLD_SECONDS = 3.0
TRIED_AGAIN: tuple[Mode, ...] = ("503", "502", "reset", "lost", "hang", "429")
"""What passes: such a step is tried three times."""
GIVEN_UP: tuple[Mode, ...] = ("400", "404", "500", "html", "cut", "null", "shape", "deep", "huge")
"""What does not, or may have happened."""
SHORT: tuple[Mode, ...] = ("hang", "reset", "500", "404", "deep", "huge", "cut")

pytestmark = pytest.mark.faults


async def asked(client: httpx.AsyncClient, contact: Contact) -> tuple[Line, float]:
    """Ask, and hear something within seconds. Returns how many."""
    line = contact.line("asked")
    began = time.monotonic()
    said = await client.post(f"{contact.desks[0].url}/webhooks/rest/webhook", json=line.body)
    assert said.status_code == 200, said.text
    line.answers.append([reply["text"] for reply in said.json()])
    return line, time.monotonic() - began


async def handed_over(site: Site, desk: Desk, contact: Contact, seconds: float = 30.0) -> dict[str, Any]:
    """The handoff of this conversation, as soon as there is one."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        waiting = (await site.ask(desk, "/handoffs", status="waiting", limit=200))["items"]
        for handoff in waiting:
            if handoff["conversation_id"] == contact.conversation:
                found: dict[str, Any] = handoff
                return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"nobody was fetched for {contact.name}")


def calls_for(site: Site, line: Line) -> list[dict[str, Any]]:
    return [entry for entry in site.shop.log if entry["args"].get("n") == line.n]


def check_pauses(calls: list[dict[str, Any]]) -> None:
    """Tried three times under one key, each pause longer than the one before."""
    assert len({call["key"] for call in calls}) == 1
    first, second, third = (call["at"] for call in calls)
    assert second - first >= 0.2
    assert third - second >= 0.4


@pytest.mark.timeout(900)
async def test_every_kind_of_trouble_is_told_tried_again_and_handed_over(
    tmp_path: Path, sqlite_url: str, full_faults: bool, fault_seed: int
) -> None:
    modes = (*TRIED_AGAIN, *GIVEN_UP) if full_faults else SHORT
    async with a_site(tmp_path, sqlite_url, FRONTDESK_TURN_WAIT_SECONDS="2") as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        others = Stream(site, [desk], random.Random(fault_seed), "others", 10, 10.0, {"chat": 1})
        async with others.flowing(), a_client(site) as client:
            await a_missing_domain_is_sent_along(site, client, desk)
            for mode in modes:
                site.shop.behave(mode, times=3, seconds=5.0, action="shop.asked")
                contact = Contact(f"trouble-{mode}", [desk], [])
                line, took = await asked(client, contact)
                assert line.answers[0], f"{mode}: nothing was said"
                assert took <= TOLD_SECONDS, f"{mode}: told after {took:.1f} s"
                handoff = await handed_over(site, desk, contact)
                assert handoff["packet"]["failing_step"] == "asked.answer", f"{mode}: {handoff['packet']}"
                assert handoff["packet"]["failure"], mode
                calls = calls_for(site, line)
                assert sum(call["applied"] for call in calls) <= 1, mode
                if mode in TRIED_AGAIN:
                    check_pauses(calls)
                site.shop.plans = [plan for plan in site.shop.plans if plan.action != "shop.asked"]
        assert {status for one in others.lines for status in one.statuses} == {200}
        await hold_others(site, desk, others)


async def a_missing_domain_is_sent_along(site: Site, client: httpx.AsyncClient, desk: Desk) -> None:
    """449 is no failure: the server wants to be told the domain."""
    site.shop.behave("449", times=2, action="shop.asked")
    line, _ = await asked(client, Contact("trouble-449", [desk], []))
    assert line.answers[0] == [f"Asked {line.n} done"]


async def hold_others(site: Site, desk: Desk, others: Stream) -> None:
    site.shop.log.clear()
    await hold(site, desk, others.everybody)


@pytest.mark.timeout(900)
async def test_a_server_that_is_down_parks_runs_and_slows_nobody_else(
    tmp_path: Path, sqlite_url: str, full_faults: bool, fault_seed: int
) -> None:
    """Slow calls by the dozen, then no server at all: plain turns are as quick as before."""
    seconds, much, allowance = (20.0, 60, 0.02) if full_faults else (3.0, 20, 1.0)
    chance = random.Random(fault_seed)
    async with a_site(tmp_path, sqlite_url, FRONTDESK_TURN_WAIT_SECONDS="2") as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        before = await plain_turns(site, desk, chance, "before", seconds)
        site.shop.behave("slow", times=much, seconds=4.0, action="shop.asked")
        contacts = [Contact(f"slow-{n}", [desk], ["asked"]) for n in range(much)]
        async with a_client(site) as client, asyncio.TaskGroup() as group:
            for contact in contacts:
                group.create_task(contact.speak(client, chance))
            during = await plain_turns(site, desk, chance, "during", seconds)
        assert percentile(during, 0.95) <= 1.2 * percentile(before, 0.95) + allowance
        await site.shop.__aexit__(None, None, None)
        async with site.api(desk) as api:
            started = await api.post("/flows/errand/runs", headers={"idempotency-key": "one"})
            assert started.status_code == 202, started.text
            run = started.json()["id"]
        await parked(site, desk, run)
        away = await plain_turns(site, desk, chance, "away", seconds)
        assert percentile(away, 0.95) <= 1.2 * percentile(before, 0.95) + allowance
        await desk.stop()


async def parked(site: Site, desk: Desk, run: str, seconds: float = 20.0) -> None:
    """The run stands in the dead letters, after its three attempts."""
    ends = time.monotonic() + seconds
    while run not in [one["id"] for one in (await site.ask(desk, "/dead-letters"))["instances"]]:
        assert time.monotonic() < ends, "the run is not in the dead letters"
        await asyncio.sleep(0.2)


async def plain_turns(site: Site, desk: Desk, chance: random.Random, label: str, seconds: float) -> list[float]:
    """How long plain turns take now, in seconds."""
    stream = Stream(site, [desk], chance, label, 10, 10.0, {"chat": 1})
    async with stream.flowing():
        await asyncio.sleep(seconds)
    assert {status for line in stream.lines for status in line.statuses} == {200}
    return [line.answered_at - line.first_sent_at for line in stream.lines]
