"""F3: a new version is put in the old one's place under load: SIGTERM, and a new process. Nobody loses anything, and
whoever is
cut off repeats once."""

import asyncio
import random
import signal
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.faults.contacts import Contact, PushContact, insist
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import hold, no_dead_messages

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

SHORT, FULL = 2, 20
"""Deploys."""
DRAIN_SECONDS = 30.0
WISHES = ("chat", "chat", "order", "slow", "chat", "charge", "later")


async def talk(desks: list[Desk], contact: Contact, over: asyncio.Event, chance: random.Random) -> None:
    """Goes on over every deploy: what is not answered is sent again, with its id, to whichever process is there."""
    pushes = isinstance(contact, PushContact)
    path, good = ("/webhooks/push", 202) if pushes else ("/webhooks/rest/webhook", 200)
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        while not over.is_set():
            wish = WISHES[len(contact.said) % len(WISHES)]
            await insist(client, desks, contact.line(wish), chance, path=path, good=good)
            await asyncio.sleep(0.1 + 0.2 * chance.random())
        await contact.listen(client, chance, 60)


def crowd(site: Site, desks: list[Desk]) -> list[Contact]:
    people: list[Contact] = [Contact(f"writer-{number}", desks, []) for number in range(8)]
    return people + [PushContact(f"pushed-{number}", desks, [], platform=site.platform) for number in range(3)]


async def test_a_deploy_under_load_loses_nothing_and_ends_in_time(
    tmp_path: Path, database_url: str, full_faults: bool, fault_seed: int
) -> None:
    """One process: between its end and the start of the next nobody listens, as on a machine of one's own."""
    chance = random.Random(fault_seed)
    async with a_site(tmp_path, database_url) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        people, over = crowd(site, [desk]), asyncio.Event()
        talking = asyncio.gather(*(talk([desk], one, over, chance) for one in people))
        drains = []
        for _ in range(FULL if full_faults else SHORT):
            await asyncio.sleep(1.0 + chance.random())
            drains.append(await desk.stop())
            assert desk.process is not None
            assert desk.process.returncode in (0, -signal.SIGTERM), desk.tail()
            desk.start()
            await desk.until_ready()
        over.set()
        await talking
        statuses = Counter(status for one in people for line in one.said for status in line.statuses)
        print(f"drains {[round(one, 1) for one in drains]} s, {dict(statuses)}")  # noqa: T201  # for -s
        assert max(drains) < DRAIN_SECONDS
        assert set(statuses) <= {0, 200, 202, 503}, statuses
        assert await hold(site, desk, people) == 0, "an ordered end leaves no effect unsure"
        await no_dead_messages(site, desk)
        assert "Traceback" not in desk.log.read_text(), desk.tail()
        await desk.stop()
        site.check_files()


@pytest.mark.postgres
async def test_a_rolling_deploy_costs_nobody_more_than_one_repeat(
    tmp_path: Path, postgres_url: str, full_faults: bool, fault_seed: int
) -> None:
    """Two processes, one replaced after the other: whoever is refused by one finds the other."""
    chance = random.Random(fault_seed)
    async with a_site(tmp_path, postgres_url) as site:
        desks = [site.desk(), site.desk()]
        for desk in desks:
            desk.start()
        for desk in desks:
            await desk.until_ready()
        serving = list(desks)
        people, over = crowd(site, serving), asyncio.Event()
        talking = asyncio.gather(*(talk(serving, one, over, chance) for one in people))
        for round_ in range(FULL if full_faults else SHORT):
            old = desks[round_ % 2]
            await asyncio.sleep(1.0 + chance.random())
            began = time.monotonic()
            # The balancer takes it out when it is told to end; requests that are under way there are seen through or
            # repeated.
            serving.remove(old)
            assert await old.stop() < DRAIN_SECONDS, f"{time.monotonic() - began:.0f} s"
            old.start()
            await old.until_ready()
            serving.append(old)
        over.set()
        await talking
        statuses = [
            [status for status in line.statuses if status not in (200, 202)] for one in people for line in one.said
        ]
        print(f"{len(statuses)} messages, {sum(map(bool, statuses))} repeated")  # noqa: T201  # for -s
        assert max(map(len, statuses)) <= 1, [line for line in statuses if len(line) > 1]
        assert await hold(site, desks[0], people) == 0
        await no_dead_messages(site, desks[0])
        for desk in desks:
            await desk.stop()
