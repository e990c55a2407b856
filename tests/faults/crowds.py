"""Many contacts at once: those that say what they have to say, and those that go on until they are told to stop."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import httpx

from tests.faults.contacts import Agent, Contact, Line, insist
from tests.faults.harness import Desk, Site

MIX = {"chat": 6, "order": 3, "charge": 1, "slow": 1, "flaky": 1, "later": 1}
"""What a stream of contacts wishes for, by weight."""


@contextlib.asynccontextmanager
async def a_client(site: Site, connections: int = 100) -> AsyncIterator[httpx.AsyncClient]:
    """One for all contacts of a test; it may ask the API, too."""
    headers = {"authorization": f"Bearer {site.token}"}
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with httpx.AsyncClient(timeout=30, trust_env=False, headers=headers, limits=limits) as client:
        yield client


async def talk(site: Site, desks: Sequence[Desk], contacts: Sequence[Contact], chance: random.Random) -> None:
    """All of it, to the end: every message answered, every promise kept, with an agent at work."""
    over = asyncio.Event()
    async with a_client(site) as client, asyncio.TaskGroup() as group:
        group.create_task(Agent(site, desks).work(over.is_set))
        async with asyncio.TaskGroup() as talking:
            for contact in contacts:
                talking.create_task(_one(client, contact, chance))
        over.set()


async def _one(client: httpx.AsyncClient, contact: Contact, chance: random.Random) -> None:
    await contact.speak(client, chance)
    await contact.listen(client, chance, 60)


@dataclass
class Stream:
    """Contacts that write one after the other's pause, ``per_second`` messages all together, until they are stopped."""

    site: Site
    desks: Sequence[Desk]
    chance: random.Random
    label: str
    contacts: int = 40
    per_second: float = 20.0
    mix: dict[str, int] = field(default_factory=lambda: dict(MIX))
    everybody: list[Contact] = field(default_factory=list)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.everybody = [Contact(f"{self.label}-{n}", self.desks, []) for n in range(self.contacts)]

    @contextlib.asynccontextmanager
    async def flowing(self, *, to_the_end: bool = True) -> AsyncIterator["Stream"]:
        """Messages come in as long as the block runs; then everybody hears the rest of what was promised."""
        async with a_client(self.site) as client, asyncio.TaskGroup() as group:
            for contact in self.everybody:
                group.create_task(self._speak(client, contact, to_the_end))
            try:
                yield self
            finally:
                self._stop.set()

    async def _speak(self, client: httpx.AsyncClient, contact: Contact, to_the_end: bool) -> None:
        pause = self.contacts / self.per_second
        await asyncio.sleep(self.chance.uniform(0, pause))
        while not self._stop.is_set():
            began = time.monotonic()
            wish = self.chance.choices(list(self.mix), list(self.mix.values()))[0]
            await insist(client, self.desks, contact.line(wish), self.chance, seconds=150)
            rest = pause * self.chance.uniform(0.5, 1.5) - (time.monotonic() - began)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), max(rest, 0.001))
        if to_the_end:
            await contact.listen(client, self.chance, 60)

    async def until_said(self, messages: int, seconds: float = 120.0) -> None:
        """Returns when so many more messages have been answered."""
        wanted = self.answered + messages
        ends = time.monotonic() + seconds
        while self.answered < wanted:
            assert time.monotonic() < ends, f"only {self.answered} of {wanted} messages were answered in {seconds} s"
            await asyncio.sleep(0.1)

    @property
    def answered(self) -> int:
        return sum(bool(line.answered_at) for line in self.lines)

    @property
    def lines(self) -> list[Line]:
        return [line for contact in self.everybody for line in contact.said]


def percentile(values: Sequence[float], part: float) -> float:
    """The value that this part of them does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(part * len(ordered)) - 1))]
