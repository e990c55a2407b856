"""F1: kill -9 at every named point, during conversations with actions: nothing is lost, nothing happens twice."""

import asyncio
import random
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.failpoints import POINTS
from tests.faults.contacts import Contact, PushContact
from tests.faults.crowds import a_client, talk
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import hold, no_dead_messages

AT_START = ("migration.before", "migration.after", "flows.import.before", "flows.import.after")
"""Reached once, before the desk serves."""
ON_TAKEOVER = ("heartbeat.takeover.before", "heartbeat.takeover.after")
"""Reached by the process that comes after a dead one."""
RARE = {
    "drive.release.before": 1, "drive.release.after": 1, "handoff.claim.before": 2, "handoff.claim.after": 2,
    "handoff.return.after": 2, "review.decide.before": 2, "review.decide.after": 2, "wake.due": 2,
}  # fmt: skip
"""How often a point is certain to be reached; the others, four times at least."""
EARLY = {"heartbeat.beat": 8}
"""How often a point may be reached before the desk is ready."""
DURING = tuple(point for point in POINTS if point not in (*AT_START, *ON_TAKEOVER))
SHORT = 2
"""Points of the short form, drawn by the seed."""
CONVERSATIONS = (
    ["chat", "order", "chat"], ["order", "order"], ["charge", "chat"], ["slow", "chat"], ["flaky", "chat"],
    ["later", "order"], ["approved", "chat"], ["chat", "person"], ["order", "charge"], ["chat", "chat", "chat"],
    ["slow", "order"], ["charge", "charge"], ["person", "chat"], ["approved", "order"], ["later", "chat"],
    ["flaky", "order"], ["order", "chat"], ["slow", "charge"], ["chat", "order", "later"], ["order", "order"],
)  # fmt: skip
PUSHED = (["chat", "order", "chat"], ["order", "chat"], ["slow", "chat"], ["later", "chat"], ["chat", "chat", "order"])


def points_of(full: bool, seed: int) -> Sequence[str]:
    return DURING if full else random.Random(seed).sample(DURING, SHORT)


class Crowd:
    """25 conversations, and the one desk that they all talk to."""

    def __init__(self, site: Site, desk: Desk, chance: random.Random, label: str) -> None:
        self.site, self.desk, self.chance = site, desk, chance
        self.everybody: list[Contact] = [
            *(Contact(f"{label}-{n}", [desk], list(wishes)) for n, wishes in enumerate(CONVERSATIONS)),
            *(
                PushContact(f"{label}-push-{n}", [desk], list(wishes), platform=site.platform)
                for n, wishes in enumerate(PUSHED)
            ),
        ]

    async def talk(self) -> None:
        await talk(self.site, [self.desk], self.everybody, self.chance)


async def seen_through(talking: asyncio.Task[None], desk: Desk, by_itself: bool = False) -> bool:
    """Start the desk again when it has been killed, and let everybody talk to the end. Whether it was.

    by_itself: time alone brings the desk to the point, also when nobody talks any more.
    """
    died = asyncio.create_task(desk.until_dead(45))
    await asyncio.wait({talking, died}, return_when=asyncio.FIRST_COMPLETED)
    if talking.done():
        talking.result()
        if by_itself:
            await died
    died.cancel()
    killed = not desk.alive
    if killed:
        desk.start()
        await desk.until_ready()
    await talking
    return killed


async def killed_at(site: Site, desk: Desk, point: str, chance: random.Random) -> float:
    """One cycle. Returns the seconds from the new start until everything interrupted was answered."""
    site.shop.log.clear()
    site.shop.behave("reset", times=6, action="shop.flaky")
    nth = chance.randint(1, RARE.get(point, 4)) + EARLY.get(point, 0)
    desk.start(FRONTDESK_KILL_AT=f"{point}:{nth}")
    await desk.until_ready()
    crowd = Crowd(site, desk, chance, f"{point}")
    talking = asyncio.create_task(crowd.talk())
    assert await seen_through(talking, desk, by_itself=point in EARLY), f"{point} was not reached {nth} times"
    await hold(site, desk, crowd.everybody)
    return slowest_answer(crowd, desk)


def slowest_answer(crowd: Crowd, desk: Desk) -> float:
    """Of the messages that were sent before the crash and answered after it."""
    waits = [
        line.answered_at - desk.started_at
        for contact in crowd.everybody
        for line in contact.said
        if line.first_sent_at < desk.started_at < line.answered_at
    ]
    return max(waits, default=0.0)


def test_every_named_point_is_killed_at_somewhere() -> None:
    assert len(POINTS) >= 40
    assert sorted((*DURING, *AT_START, *ON_TAKEOVER)) == sorted(POINTS)


@pytest.mark.faults
@pytest.mark.timeout(7200)
async def test_a_kill_at_any_point_loses_nothing_and_does_nothing_twice(
    tmp_path: Path, database_url: str, full_faults: bool, fault_seed: int
) -> None:
    chance = random.Random(fault_seed)
    async with a_site(tmp_path, database_url) as site:
        desk = site.desk()
        for point in points_of(full_faults, fault_seed):
            seconds = await killed_at(site, desk, point, chance)
            print(f"{point}: {seconds:.1f} s")  # noqa: T201  # shown with a failure, and by -s
            assert seconds <= (10 if full_faults else 30), (
                f"{point}: the last answer came {seconds:.1f} s after the new start"
            )
            await no_dead_messages(site, desk)
            await desk.stop()
        site.check_files()


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_kill_while_a_desk_starts_leaves_one_that_starts(tmp_path: Path, database_url: str) -> None:
    """A migration is taken back whole; flows that were half imported are imported by the next start."""
    async with a_site(tmp_path, database_url, prepared=False) as site:
        desk = site.desk()
        for point in AT_START:
            assert await dies_at(site, desk, point), f"{point} was not reached"
        await site.prepare()
        desk.start()
        await desk.until_ready()
        contact = Contact("first", [desk], ["chat", "order"])
        async with a_client(site) as client:
            await contact.speak(client, random.Random(0))
        await hold(site, desk, [contact])
        await desk.stop()
        site.check_files()


async def dies_at(site: Site, desk: Desk, point: str) -> bool:
    """Whether the process that does it, which on Postgres is not the desk itself for migrations, is killed there."""
    if point.startswith("migration") and not site.is_sqlite:
        done = await site.run("db", "upgrade", FRONTDESK_KILL_AT=point)
        return done.returncode == -signal.SIGKILL
    if not site.is_sqlite:
        await site.run("db", "upgrade")
    desk.start(FRONTDESK_KILL_AT=point)
    return await desk.until_dead(30)


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_kill_while_taking_over_leaves_the_work_to_the_next(
    tmp_path: Path, database_url: str, full_faults: bool, fault_seed: int
) -> None:
    async with a_site(tmp_path, database_url) as site:
        desk = site.desk()
        for point in ON_TAKEOVER if full_faults else (ON_TAKEOVER[fault_seed % 2],):
            site.shop.log.clear()
            desk.start()
            await desk.until_ready()
            crowd = Crowd(site, desk, random.Random(fault_seed), point)
            talking = asyncio.create_task(crowd.talk())
            await asyncio.sleep(0.8)
            desk.kill()
            desk.start(FRONTDESK_KILL_AT=point)
            assert await desk.until_dead(30), f"{point} was not reached"
            assert await seen_through(talking, desk)
            await hold(site, desk, crowd.everybody)
            await no_dead_messages(site, desk)
            await desk.stop()
        site.check_files()
