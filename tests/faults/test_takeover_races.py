"""A person takes a conversation over, at any moment of a turn: from then on the bot says nothing and begins nothing
there.

The desk lives in this process, with a real database and DBOS, so that the order of a takeover's return and a
delivery's or an action's beginning can be told.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.app import House
from bot.errors import Conflict
from bot.model.message import Address, Message, Reply
from bot.store import events, handoffs, instances, ledger
from tests.faults import hidden_actions, memory_channel
from tests.houses import a_house

SHORT, FULL = 150, 5_000
"""Races on each database."""
AT_ONCE = 24
GRACE_SECONDS = 0.05
"""What the sender has checked for the last time when the takeover commits, it sends: so long after at most."""
MOST_LATE = 0.005
"""Part of the races in which that may be seen at all."""

FLOWS = """
flows:
  talk:
    description: Says one thing.
    triggers: [{intent: talk}]
    steps:
      - say: "bot talks"
  work:
    description: Says something between effects.
    triggers: [{intent: work}]
    steps:
      - say: "bot begins"
      - do: race.step
        with: {seconds: 0.004}
      - do: race.step
        with: {seconds: 0.004}
      - say: "bot goes on"
      - do: race.step
        with: {seconds: 0.004}
      - say: "bot is done"
  slow:
    description: Works on when its turn is over.
    triggers: [{intent: slow}]
    steps:
      - do: race.step
        with: {seconds: 0.35}
      - do: race.step
        with: {seconds: 0.004}
      - say: "bot was slow"
  fetch:
    description: Fetches a person by itself.
    triggers: [{intent: fetch}]
    steps:
      - say: "bot fetches somebody"
      - handoff: {team: desk}
nlu:
  - intent: talk
    examples: [say something, talk to me]
  - intent: work
    examples: [do some work, work for me]
  - intent: slow
    examples: [be slow, slow work]
  - intent: fetch
    examples: [fetch the boss, bring a manager]
"""


@dataclass
class Race:
    """One conversation, from its first message to the end."""

    house: House
    name: str
    chance: random.Random
    sent: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    taken_at: float = 0.0
    returned_at: float = 0.0
    begun: dict[str, int] = field(default_factory=dict)

    @property
    def conversation(self) -> str:
        return Address(channel="memory", sender=self.name).conversation_id

    async def run(self) -> None:
        wishes = self.chance.choices(("talk", "work", "slow", "fetch"), (3, 5, 2, 1), k=self.chance.randint(1, 3))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._say(wishes))
            await asyncio.sleep(self.chance.uniform(0, 0.12))
            await self._take()
            self.taken_at = time.monotonic()
            self.begun = await self._effects()
            await self._write("agent 1")
            await self._message("talk")
            await asyncio.sleep(self.chance.uniform(0, 0.05))
            await self._write("agent 2")
        await self._give_back()
        await self._message("talk")

    async def _say(self, wishes: list[str]) -> None:
        for wish in wishes:
            await self._message(wish)
            await asyncio.sleep(self.chance.uniform(0, 0.03))

    async def _message(self, wish: str) -> None:
        id_ = f"{self.name}-{len(self.sent)}"
        self.sent.append(id_)
        address = Address(channel="memory", sender=self.name)
        words = f"/{wish}"
        await self.house.intake.accept(Message(event_id=id_, address=address, kind="button", text=words, payload=words))

    async def _take(self) -> None:
        """Two people at once: by taking over, by claiming what waits, or by simply writing. One of them has it."""
        while True:
            results = await asyncio.gather(self._try("ann"), self._try("bob"), return_exceptions=True)
            for error in results:
                if isinstance(error, BaseException) and not isinstance(error, Conflict | LookupError):
                    raise error
            if any(not isinstance(result, BaseException) for result in results):
                return
            await asyncio.sleep(0.002)

    async def _try(self, who: str) -> None:
        people = self.house.people
        waiting = await self.house.database.read(lambda c: handoffs.open_of(c, self.conversation))
        known = await self.house.database.read(lambda c: instances.find(c, self.conversation))
        if known is None:
            raise LookupError("nothing has come in yet")
        if waiting is not None and self.chance.random() < 0.5:
            await people.claim(waiting.id, who)
        elif self.chance.random() < 0.3:
            words = f"agent 0 by {who}"
            await people.reply(self.conversation, who, Reply(text=words))
            self.written.append(words)
        else:
            await people.take_over(self.conversation, who)

    async def _effects(self) -> dict[str, int]:
        """How often each effect has begun by now."""
        entries = await self.house.database.read(lambda c: ledger.of(c, self.conversation))
        return {entry.key: entry.begun + 100 * entry.attempt for entry in entries}

    async def _write(self, words: str) -> None:
        owner = (await self.house.database.read(lambda c: instances.get(c, self.conversation))).agent
        assert owner is not None, "a person has the floor"
        await self.house.people.reply(self.conversation, owner, Reply(text=words))
        self.written.append(words)

    async def _give_back(self) -> None:
        """Nothing has begun meanwhile; then the bot has the floor again."""
        assert await self._effects() == self.begun, f"{self.name}: an effect began after the takeover"
        self.returned_at = time.monotonic()
        held = await self.house.database.read(lambda c: handoffs.open_of(c, self.conversation))
        assert held is not None
        assert held.claimed_by is not None
        give = self.chance.choice((self.house.people.hand_back, self.house.people.resolve))
        await give(held.id, held.claimed_by)

    # --- afterwards --------------------------------------------------------------------------------------------------

    def check_deliveries(self) -> int:
        """Returns how many replies of the bot were under way when the person took over."""
        mine = [one for one in memory_channel.DELIVERIES if one.sender == self.name]
        assert len({one.key for one in mine}) == len(mine), f"{self.name}: delivered twice"
        while_taken = [one for one in mine if one.author == "bot" and self.taken_at < one.at < self.returned_at]
        late = [one for one in while_taken if one.at > self.taken_at + GRACE_SECONDS]
        assert not late, f"{self.name}: the bot spoke {late[0].at - self.taken_at:.3f} s after the takeover: {late}"
        by_people = [one.text for one in mine if one.author == "agent"]
        assert by_people == self.written, f"{self.name}: {by_people} instead of {self.written}"
        begun = [call.key for call in hidden_actions.CALLS if call.conversation == self.conversation]
        begun_while_taken = {
            call.key
            for call in hidden_actions.CALLS
            if call.conversation == self.conversation and self.taken_at < call.at < self.returned_at
        }
        assert begun_while_taken <= set(self.begun), f"{self.name}: {begun_while_taken} of {begun}"
        return len(while_taken)

    async def check_turns(self) -> None:
        received = await self.house.database.read(self._received)
        assert received == Counter(self.sent), f"{self.name}: {received}"

    def _received(self, c: Connection) -> Counter[str]:
        facts = events.of(c, self.conversation, 0, 500)
        return Counter(id_ for fact in facts if fact.type == "MessageReceived" for id_ in fact.data["ids"])


@pytest.mark.faults
@pytest.mark.timeout(3600)
async def test_who_takes_over_has_the_floor_alone(
    tmp_path: Path, database_url: str, full_faults: bool, fault_seed: int
) -> None:
    races = FULL if full_faults else SHORT
    memory_channel.DELIVERIES.clear()
    hidden_actions.CALLS.clear()
    async with a_house(
        tmp_path,
        database_url,
        FLOWS,
        channels=("tests.faults.memory_channel",),
        actions=("tests.faults.hidden_actions",),
        turn_wait_seconds=0.15,
        lease_seconds=4.0,
    ) as house:
        assert not [finding for finding in house.flow_files.findings if finding.level == "error"]
        all_races = [Race(house, f"racer-{n}", random.Random(f"{fault_seed}/{n}")) for n in range(races)]
        await at_most(AT_ONCE, [race.run() for race in all_races])
        await until_at_rest(house)
        in_flight = sum([race.check_deliveries() for race in all_races])
        assert in_flight <= max(2, races * MOST_LATE), f"{in_flight} replies went out at the moment of a takeover"
        for race in all_races:
            await race.check_turns()


async def at_most(number: int, jobs: list[Awaitable[None]]) -> None:
    """All of them, so many at a time."""
    room = asyncio.Semaphore(number)

    async def one(job: Awaitable[None]) -> None:
        async with room:
            await job

    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(one(job))


async def until_at_rest(house: House, seconds: float = 60.0) -> None:
    """Nothing is stuck: no claim is held, nothing waits to be taken in or sent, no effect is under way."""
    ends = time.monotonic() + seconds
    while left := await house.database.read(_unfinished):
        assert time.monotonic() < ends, f"still under way after {seconds} s: {left}"
        await asyncio.sleep(0.1)


def _unfinished(c: Connection) -> dict[str, int]:
    questions = {
        "claims": "SELECT count(*) FROM instance WHERE claim_owner IS NOT NULL",
        "arrivals": "SELECT count(*) FROM inbox WHERE segment IS NULL",
        "replies": "SELECT count(*) FROM outbox WHERE status IN ('pending', 'sending')",
        "effects": "SELECT count(*) FROM effect WHERE status = 'started'",
        "dead letters": "SELECT count(*) FROM inbox WHERE problem IS NOT NULL",
    }
    found = {name: int(c.execute(text(question)).scalar_one()) for name, question in questions.items()}
    return {name: count for name, count in found.items() if count}
