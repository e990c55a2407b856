"""Contacts and agents who never give up: what they said, how often, and every answer they got."""

import asyncio
import contextlib
import itertools
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.testing.fake_platform import FakePlatform
from tests.faults.harness import Desk, Site, conversation_of

STILL_WORKING = "This is taking a moment. I'll write as soon as it is done."
HAND_BACK = "You are talking to the assistant again. What else can I do?"
TEXTS: dict[str, tuple[str, ...]] = {
    "chat": ("Hi {n}",),
    "order": ("Order {n} begins", "Order {n} done"),
    "charge": ("Charge {n} done",),
    "slow": ("Slow {n} done",),
    "flaky": ("Flaky {n} done",),
    "later": ("Later {n} begins", "Later {n} done"),
    "approved": ("Approval {n} asked", "Approval {n} given"),
    "person": ("Person {n} fetched", "Agent {n}"),
}
"""What each wish is answered with, now or later, each text exactly once and in this order."""
AT_ONCE = {"chat": 1, "order": 2, "charge": 1, "slow": 0, "flaky": 0, "later": 1, "approved": 1, "person": 1}
"""How many of them may come with the answer itself at the earliest; the others come later."""

_numbers = itertools.count(1)


@dataclass
class Line:
    """One message of a contact, with everything that was heard of it."""

    sender: str
    wish: str
    n: str
    message_id: str
    statuses: list[int] = field(default_factory=list)
    answers: list[list[str]] = field(default_factory=list)
    first_sent_at: float = 0.0
    answered_at: float = 0.0

    @property
    def body(self) -> dict[str, Any]:
        return {
            "sender": self.sender,
            "message": f'/{self.wish}{{"n": "{self.n}"}}',
            "message_id": self.message_id,
        }


@dataclass
class Contact:
    """Says its lines one after the other, each until it is answered. ``desks``: whom it may ask, any of them."""

    name: str
    desks: Sequence[Desk]
    wishes: list[str]
    said: list[Line] = field(default_factory=list)

    @property
    def conversation(self) -> str:
        return conversation_of("rest", self.name)

    def line(self, wish: str) -> Line:
        n = f"no{next(_numbers)}"
        made = Line(self.name, wish, n, f"id-{self.name}-{n}")
        self.said.append(made)
        return made

    async def speak(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        for wish in self.wishes:
            await insist(client, self.desks, self.line(wish), chance)
            if wish == "person":
                await self._until_the_bot_is_back(client, chance)

    async def _until_the_bot_is_back(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        """While a person has the floor the bot would not answer."""
        path = f"/api/v1/conversations/{self.conversation}"
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            with contextlib.suppress(httpx.HTTPError):
                said = await client.get(chance.choice(self.desks).url + path)
                if said.status_code == 200 and said.json()["owner"] == "bot":
                    return
            await asyncio.sleep(0.2)
        raise AssertionError(f"nobody gave the conversation of {self.name} back")

    @property
    def heard(self) -> list[str]:
        """All replies in the order in which they came, each turn's once."""
        return [text for line in self.said for text in (line.answers[0] if line.answers else [])]

    @property
    def missing(self) -> list[str]:
        heard = set(self.heard)
        return [text for line in self.said for text in _expected(line, heard) if text not in heard]

    async def listen(self, client: httpx.AsyncClient, chance: random.Random, seconds: float = 30.0) -> None:
        """Ask on until everything that was promised for later has come: on REST it travels with the next answers."""
        ends = time.monotonic() + seconds
        while self.missing and time.monotonic() < ends:
            await asyncio.sleep(0.25)
            await insist(client, self.desks, self.line("chat"), chance)


async def insist(
    client: httpx.AsyncClient,
    desks: Sequence[Desk],
    line: Line,
    chance: random.Random,
    *,
    path: str = "/webhooks/rest/webhook",
    good: int = 200,
    seconds: float = 90.0,
) -> None:
    """Send it until it is answered, as platforms do. Raises AssertionError when that takes too long."""
    line.first_sent_at = line.first_sent_at or time.monotonic()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        desk = chance.choice(desks)
        try:
            said = await client.post(desk.url + path, json=line.body)
        except httpx.HTTPError:
            line.statuses.append(0)
        else:
            line.statuses.append(said.status_code)
            if said.status_code == good:
                line.answered_at = time.monotonic()
                if good == 200:
                    line.answers.append([reply.get("text", "") for reply in said.json()])
                return
        await asyncio.sleep(0.1 + 0.1 * chance.random())
    raise AssertionError(f"{line.message_id} ({line.wish}) was not answered in {seconds} s: {line.statuses[-20:]}")


@dataclass
class PushContact(Contact):
    """Writes on the channel that pushes; does not wait for replies, which the platform shows."""

    platform: FakePlatform | None = None

    @property
    def conversation(self) -> str:
        return conversation_of("push", self.name)

    async def speak(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        for wish in self.wishes:
            await insist(client, self.desks, self.line(wish), chance, path="/webhooks/push", good=202)

    @property
    def heard(self) -> list[str]:
        assert self.platform is not None
        return self.platform.shown_to(self.name)

    async def listen(self, client: httpx.AsyncClient, chance: random.Random, seconds: float = 30.0) -> None:
        ends = time.monotonic() + seconds
        while self.missing and time.monotonic() < ends:
            await asyncio.sleep(0.1)


def _expected(line: Line, heard: set[str]) -> list[str]:
    """The texts of a line. A charge may be unsure instead of done: that it is flagged is looked at elsewhere."""
    texts = [text.format(n=line.n) for text in TEXTS[line.wish]]
    unsure = f"Charge {line.n} unsure"
    return [unsure] if line.wish == "charge" and unsure in heard else texts


def check_order(name: str, lines: Sequence[Line], heard: Sequence[str]) -> None:
    """I3: every promised text once, nothing else, and what came at once in the order of the messages."""
    assert heard.count(HAND_BACK) == [line.wish for line in lines].count("person"), f"{name}: {list(heard)}"
    plain = [text for text in heard if text not in (STILL_WORKING, HAND_BACK)]
    known = set(plain)
    expected = [text for line in lines for text in _expected(line, known)]
    assert sorted(plain) == sorted(expected), f"{name}: {_difference(plain, expected)}"
    place = {text: number for number, text in enumerate(plain)}
    for line in lines:
        texts = _expected(line, known)
        assert [place[text] for text in texts] == sorted(place[text] for text in texts), f"{name}: {plain}"
    firsts = [place[_expected(line, known)[0]] for line in lines if AT_ONCE[line.wish] and line.wish != "charge"]
    assert firsts == sorted(firsts), f"{name}: replies out of order: {plain}"


def _difference(got: Sequence[str], wanted: Sequence[str]) -> str:
    doubled = sorted({text for text in got if got.count(text) > 1})
    missing = sorted(set(wanted) - set(got))
    foreign = sorted(set(got) - set(wanted))
    return f"doubled {doubled}, missing {missing}, not expected {foreign}, in {list(got)}"


@dataclass
class Agent:
    """Approves every review; claims every handoff, writes one line and gives it back. Begins anew after every crash."""

    site: Site
    desks: Sequence[Desk]
    done: int = 0

    async def work(self, until: Callable[[], bool]) -> None:
        while not until():
            for desk in self.desks:
                try:
                    async with self.site.api(desk) as api:
                        await self._reviews(api)
                        await self._handoffs(api)
                except httpx.HTTPError:
                    continue
            await asyncio.sleep(0.15)

    async def _reviews(self, api: httpx.AsyncClient) -> None:
        for review in await _items(api, "/reviews", status="waiting"):
            said = await api.post(f"/reviews/{review['id']}/approve")
            self.done += said.status_code == 200

    async def _handoffs(self, api: httpx.AsyncClient) -> None:
        for status in ("waiting", "claimed"):
            for handoff in await _items(api, "/handoffs", status=status):
                await self._one(api, handoff)

    async def _one(self, api: httpx.AsyncClient, handoff: dict[str, Any]) -> None:
        claimed = await api.post(f"/handoffs/{handoff['id']}/claim")
        if claimed.status_code != 200:
            return
        await asyncio.sleep(0.7)  # an agent reads before writing; meanwhile the desk finds that it has nothing to do
        words = f"Agent {handoff['packet']['note']}"
        said = await api.get(f"/conversations/{handoff['conversation_id']}/replies", params={"limit": 200})
        said.raise_for_status()
        # A crash may have come between the reply and its answer: an agent looks before writing again.
        if words not in [one["reply"]["text"] for one in said.json()]:
            written = await api.post(f"/handoffs/{handoff['id']}/replies", json={"text": words})
            if written.status_code != 201:
                return
        returned = await api.post(f"/handoffs/{handoff['id']}/return")
        self.done += returned.status_code == 200


async def _items(api: httpx.AsyncClient, path: str, **query: str) -> list[dict[str, Any]]:
    said = await api.get(path, params={"limit": 200, **query})
    said.raise_for_status()
    items: list[dict[str, Any]] = said.json()["items"]
    return items
