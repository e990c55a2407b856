"""F3: SIGTERM under load. What runs ends, nothing is lost, and nobody is refused more than once."""

import random
from pathlib import Path

import pytest

from tests.faults.crowds import Stream
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import hold, no_dead_messages

DRAIN_SECONDS = 30

pytestmark = pytest.mark.faults


def refusals(stream: Stream) -> int:
    """The most often that one message met a server's error."""
    return max(sum(status >= 500 for status in line.statuses) for line in stream.lines)


async def deploy(desk: Desk) -> None:
    """Stop it and start it again, as a deploy does."""
    took = await desk.stop()
    assert took <= DRAIN_SECONDS, f"the end took {took:.1f} s"
    desk.start()
    await desk.until_ready()


async def check(site: Site, desk: Desk, stream: Stream) -> None:
    assert refusals(stream) <= 1
    assert await hold(site, desk, stream.everybody) == 0
    await no_dead_messages(site, desk)


@pytest.mark.timeout(1800)
async def test_a_desk_that_is_stopped_under_load_loses_nothing(
    tmp_path: Path, database_url: str, full_faults: bool, fault_seed: int
) -> None:
    """One process: while it is away nobody answers, and what was accepted before is answered in full."""
    deploys, per_second, people = (20, 50.0, 100) if full_faults else (2, 15.0, 30)
    async with a_site(tmp_path, database_url) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        stream = Stream(site, [desk], random.Random(fault_seed), "deploy", people, per_second)
        async with stream.flowing():
            for _ in range(deploys):
                await stream.until_said(int(2 * per_second))
                await deploy(desk)
            await stream.until_said(int(per_second))
        await check(site, desk, stream)
        await desk.stop()
        site.check_files()


@pytest.mark.postgres
@pytest.mark.timeout(1800)
async def test_a_rolling_deploy_of_two_processes_is_not_noticed(
    tmp_path: Path, postgres_url: str, full_faults: bool, fault_seed: int
) -> None:
    """One after the other: a message that meets the one that leaves is taken by the other."""
    rounds, per_second, people = (10, 50.0, 100) if full_faults else (1, 15.0, 30)
    async with a_site(tmp_path, postgres_url) as site:
        desks = [site.desk(), site.desk()]
        for desk in desks:
            desk.start()
        for desk in desks:
            await desk.until_ready()
        stream = Stream(site, desks, random.Random(fault_seed), "rolling", people, per_second)
        async with stream.flowing():
            for _ in range(rounds):
                for desk in desks:
                    await stream.until_said(int(2 * per_second))
                    await deploy(desk)
            await stream.until_said(int(per_second))
        await check(site, desks[0], stream)
