"""F2: kill -9 at random moments, again and again, under load: nothing is lost, nothing happens twice."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.faults.crowds import Stream
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import hold

MIX = {"chat": 15, "order": 8, "charge": 1, "slow": 2, "flaky": 2, "later": 2}
MOST_UNCERTAIN = 0.001
"""Part of the messages whose effect may be uncertain, or that may be set aside as three crashes in a row hit them."""

pytestmark = pytest.mark.faults


async def killed_again_and_again(site: Site, workers: int, cycles: int, messages: int, chance: random.Random) -> Stream:
    desks = [site.desk() for _ in range(workers)]
    for desk in desks:
        desk.start()
    for desk in desks:
        await desk.until_ready()
    stream = Stream(site, desks, chance, "killed", 60, messages / cycles / 3, MIX)
    async with stream.flowing():
        for _ in range(cycles):
            await asyncio.sleep(chance.uniform(0.2, 3.5))
            victim = chance.choice(desks)
            victim.kill()
            victim.start()
            if workers == 1:
                await victim.until_ready()
                # A turn that three kills in a row hit is set aside; let a slow machine get to its work between them.
                await stream.until_said(5)
        await stream.until_said(max(0, messages - stream.answered), 600)
    for desk in desks:
        await desk.until_ready()
    return stream


async def check(site: Site, desk: Desk, stream: Stream, most_uncertain: int) -> None:
    dead = await site.ask(desk, "/dead-letters", limit=200)
    dead_ids = {message["instance_id"] for message in dead["messages"]}
    set_aside = [one for one in stream.everybody if one.conversation in dead_ids]
    uncertain = await hold(site, desk, [one for one in stream.everybody if one not in set_aside], set_aside)
    assert dead["instances"] == dead["replies"] == []
    assert uncertain + len(dead["messages"]) <= most_uncertain, f"{uncertain} uncertain, {dead['messages']}"


@pytest.mark.timeout(7200)
async def test_one_process_on_sqlite(tmp_path: Path, sqlite_url: str, full_faults: bool, fault_seed: int) -> None:
    cycles, messages = (200, 10_000) if full_faults else (3, 60)
    async with a_site(tmp_path, sqlite_url) as site:
        stream = await killed_again_and_again(site, 1, cycles, messages, random.Random(fault_seed))
        await check(site, site.desks[0], stream, max(3, int(messages * MOST_UNCERTAIN)))
        await site.desks[0].stop()
        site.check_files()


@pytest.mark.postgres
@pytest.mark.timeout(7200)
async def test_four_processes_on_postgres(
    tmp_path: Path, postgres_url: str, full_faults: bool, fault_seed: int
) -> None:
    workers, cycles, messages = (4, 200, 10_000) if full_faults else (2, 4, 100)
    async with a_site(tmp_path, postgres_url) as site:
        stream = await killed_again_and_again(site, workers, cycles, messages, random.Random(fault_seed))
        await check(site, site.desks[0], stream, max(3, int(messages * MOST_UNCERTAIN)))
