"""F1: kill -9 at every named point, during conversations with actions: nothing is lost, nothing happens twice."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.failpoints import POINTS
from tests.faults.contacts import Agent, Contact, PushContact
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import hold, no_dead_messages

AT_START = ("migration.before", "migration.after", "flows.import.before", "flows.import.after")
"""Reached once, before the desk serves."""
ON_TAKEOVER = ("heartbeat.takeover.before", "heartbeat.takeover.after")
"""Reached by the process that comes after a dead one."""
RARE = {
    "drive.release.before": 1, "drive.release.after": 1, "handoff.claim.before": 2, "handoff.claim.after": 2,
    "handoff.return.after": 2, "review.decide.before": 2, "review.decide.after": 2,
}  # fmt: skip
"""How often a point is certain to be reached; the others, four times at least."""
DURING = tuple(point for point in POINTS if point not in (*AT_START, *ON_TAKEOVER))
SHORT = 7
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


@dataclass
class Crowd:
    """25 conversations, the agent, and the one desk that they all talk to."""

    site: Site
    desk: Desk
    chance: random.Random
    label: str

    def __post_init__(self) -> None:
        desks = [self.desk]
        self.contacts: list[Contact] = [
            Contact(f"{self.label}-{number}", desks, list(wishes)) for number, wishes in enumerate(CONVERSATIONS)
        ]
        self.pushed = [
            PushContact(f"{self.label}-push-{number}", desks, list(wishes), platform=self.site.platform)
            for number, wishes in enumerate(PUSHED)
        ]

    @property
    def everybody(self) -> list[Contact]:
        return [*self.contacts, *self.pushed]

    async def talk(self) -> None:
        """All of it, to the end: every message answered, every promise kept."""
        over = asyncio.Event()
        headers = {"authorization": f"Bearer {self.site.token}"}
        limits = httpx.Limits(max_connections=60)
        async with (
            httpx.AsyncClient(timeout=30, trust_env=False, headers=headers, limits=limits) as client,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(Agent(self.site, [self.desk]).work(over.is_set))
            async with asyncio.TaskGroup() as talking:
                for contact in self.everybody:
                    talking.create_task(self._one(client, contact))
            over.set()

    async def _one(self, client: httpx.AsyncClient, contact: Contact) -> None:
        await contact.speak(client, self.chance)
        await contact.listen(client, self.chance, 40)


async def killed_at(site: Site, desk: Desk, point: str, chance: random.Random) -> float:
    """One cycle. Returns the seconds from the new start until everything interrupted was answered."""
    site.shop.log.clear()
    site.shop.behave("503", times=6, action="shop.flaky")
    nth = chance.randint(1, RARE.get(point, 4))
    desk.start(FRONTDESK_KILL_AT=f"{point}:{nth}")
    await desk.until_ready()
    crowd = Crowd(site, desk, chance, f"{point}")
    talk = asyncio.create_task(crowd.talk())
    died = asyncio.create_task(desk.until_dead(45))
    await asyncio.wait({talk, died}, return_when=asyncio.FIRST_COMPLETED)
    if talk.done():
        talk.result()
    reached = not desk.alive
    if reached:
        desk.start()
        await desk.until_ready()
    await talk
    if not reached:
        died.cancel()
        raise AssertionError(f"{point} was not reached {nth} times")
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
            assert seconds <= 10, f"{point}: the last answer came {seconds:.1f} s after the new start"
            await no_dead_messages(site, desk)
            await desk.stop()
        site.check_files()
