"""Two processes on one Postgres: when one dies or sleeps in the middle of a segment, the other finishes its work."""

import asyncio
import random
import time
from pathlib import Path

import pytest

from tests.faults.contacts import Contact
from tests.faults.crowds import talk
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import hold, no_dead_messages

LIMIT_SECONDS = 30
WISHES = (["order", "chat"], ["chat", "order"], ["charge", "chat"], ["slow", "chat"], ["later", "chat"], ["approved"])

pytestmark = [pytest.mark.faults, pytest.mark.postgres]


async def two_desks(site: Site) -> list[Desk]:
    desks = [site.desk(), site.desk()]
    for desk in desks:
        desk.start()
    for desk in desks:
        await desk.until_ready()
    return desks


def contacts_of(label: str, desks: list[Desk], rounds: int) -> list[Contact]:
    return [Contact(f"{label}-{n}-{k}", desks, list(wishes)) for n in range(rounds) for k, wishes in enumerate(WISHES)]


def slowest(contacts: list[Contact], since: float) -> float:
    """Of the messages that were under way then: seconds until the answer."""
    waits = [
        line.answered_at - since
        for contact in contacts
        for line in contact.said
        if line.first_sent_at < since < line.answered_at
    ]
    return max(waits, default=0.0)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("point", ["effect.call.after", "segment.durable.commit.before", "segment.plain.commit.before"])
async def test_the_other_process_finishes_what_a_killed_one_had_under_way(
    tmp_path: Path, postgres_url: str, fault_seed: int, point: str
) -> None:
    chance = random.Random(fault_seed)
    async with a_site(tmp_path, postgres_url) as site:
        living, dying = site.desk(), site.desk()
        living.start()
        dying.start(FRONTDESK_KILL_AT=f"{point}:3")
        await living.until_ready()
        await dying.until_ready()
        contacts = contacts_of("killed", [living, dying], 3)
        talking = asyncio.create_task(talk(site, [living, dying], contacts, chance))
        assert await dying.until_dead(60), f"{point} was not reached"
        died_at = time.monotonic()
        await talking
        assert slowest(contacts, died_at) <= LIMIT_SECONDS
        await hold(site, living, contacts)
        await no_dead_messages(site, living)


@pytest.mark.timeout(900)
async def test_a_process_that_slept_through_its_lease_writes_nothing_stale(
    tmp_path: Path, postgres_url: str, full_faults: bool, fault_seed: int
) -> None:
    """SIGSTOP in the middle of segments, longer than the lease; then SIGCONT: what it still writes is refused or the
    same."""
    chance = random.Random(fault_seed)
    async with a_site(tmp_path, postgres_url) as site:
        awake, sleeper = await two_desks(site)
        for cycle in range(20 if full_faults else 2):
            contacts = contacts_of(f"slept-{cycle}", [awake, sleeper], 3)
            talking = asyncio.create_task(talk(site, [awake], contacts, chance))
            await asyncio.sleep(chance.uniform(0.1, 0.8))
            sleeper.pause()
            slept_at = time.monotonic()
            await asyncio.sleep(chance.uniform(3, 7))
            sleeper.go_on()
            await talking
            finished = slowest(contacts, slept_at)
            assert finished <= LIMIT_SECONDS, f"{finished:.1f} s"
            await hold(site, awake, contacts)
            await no_dead_messages(site, awake)
            site.shop.log.clear()
        assert sleeper.alive
        await sleeper.until_ready()
