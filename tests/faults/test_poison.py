"""F13: what ends the process, or raises, each time. After three tries it is set aside where a person sees it, the
desk lives on,
its conversation goes on or has a person, and the others know nothing of it."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from bot.store.urls import with_driver
from tests.faults.harness import FLOWS, Desk, Site, a_site, conversation_of
from tests.houses import write_flows

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

ATTEMPTS = 3
POISON = """
flows:
  deadly:
    description: An action that ends the process while its turn waits for it.
    triggers: [{intent: deadly}]
    steps:
      - say: "Deadly begins"
      - do: poison.end_process
      - say: "Deadly done"
  late:
    description: An action that ends the process when its turn is over.
    triggers: [{intent: late}]
    steps:
      - do: poison.end_process_late
      - say: "Late done"
  charge_deadly:
    description: An action that ends the process and may not be repeated.
    triggers: [{intent: charge_deadly}]
    steps:
      - do: poison.charge
      - say: "Charged"
  raises:
    description: An action that raises.
    triggers: [{intent: raises}]
    steps:
      - id: failing
        do: poison.raises
      - say: "Raised nothing"
nlu:
  - intent: deadly
    examples: [the deadly one, something deadly]
  - intent: late
    examples: [deadly but late, later than that]
  - intent: charge_deadly
    examples: [charge and die, a deadly charge]
  - intent: raises
    examples: [raise an error, something that raises]
"""


def poisoned(folder: Path) -> Path:
    """The desk of the fault tests, and beside it what harms."""
    write_flows(folder, POISON, "poison.yml")
    return write_flows(folder, (FLOWS / "flows.yml").read_text())


class Keeper:
    """Starts the desk again whenever it has ended, as an init system does, and counts how often that was."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.deaths = 0

    async def __aenter__(self) -> "Keeper":
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _watch(self) -> None:
        while True:
            if not self._desk.alive:
                self.deaths += 1
                self._desk.start()
            await asyncio.sleep(0.05)


async def say(
    client: httpx.AsyncClient, desk: Desk, sender: str, message: str, id_: str, seconds: float = 90
) -> list[str]:
    """The replies, asked for until the desk gives them."""
    body = {"sender": sender, "message": message, "message_id": id_}
    ends = time.monotonic() + seconds
    status = 0
    while time.monotonic() < ends:
        try:
            said = await client.post(f"{desk.url}/webhooks/rest/webhook", json=body)
        except httpx.HTTPError:
            status = 0
        else:
            status = said.status_code
            if status == 200:
                return [reply.get("text", "") for reply in said.json()]
        await asyncio.sleep(0.2)
    raise AssertionError(f"{sender} got no answer to {message} in {seconds} s, last {status}:\n{desk.tail()}")


async def conversation(site: Site, desk: Desk, sender: str) -> Any:
    return await site.ask(desk, f"/conversations/{conversation_of('rest', sender)}")


def marked(dead: Any, sender: str) -> list[str]:
    """How the dead letters speak of this conversation."""
    id_ = conversation_of("rest", sender)
    messages = [one["problem"] for one in dead["messages"] if one["instance_id"] == id_]
    return messages + [one["status"] for one in dead["effects"] if one["instance"] == id_]


async def until_marked(site: Site, desk: Desk, sender: str, seconds: float = 90) -> list[str]:
    """Over the deaths of the desk, until the dead letters speak of this conversation."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            if found := marked(await site.ask(desk, "/dead-letters", limit=200), sender):
                return found
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.2)
    raise AssertionError(f"nothing of {sender} was set aside in {seconds} s:\n{desk.tail()}")


async def goes_on(client: httpx.AsyncClient, site: Site, desk: Desk, sender: str) -> None:
    """What is said later is stored and either answered or shown to the person whom the conversation now has."""
    replies = await say(client, desk, sender, '/chat{"n": "no77"}', f"after-{sender}")
    shown = await conversation(site, desk, sender)
    assert replies == ["Hi no77"] or shown["owner"] == "queue", f"{replies}, {shown['owner']}"
    if shown["owner"] == "queue":
        assert shown["handoff"] is not None


async def others_chat(client: httpx.AsyncClient, desk: Desk, until: asyncio.Event) -> int:
    """Three people talk on over every death, each turn answered once and right. Returns how many turns that were."""

    async def one(number: int) -> int:
        turns = 0
        while not until.is_set():
            turns += 1
            n = f"no{number}000{turns}"
            replies = await say(client, desk, f"other-{number}", f'/chat{{"n": "{n}"}}', f"other-{number}-{turns}")
            assert replies == [f"Hi {n}"]
            await asyncio.sleep(0.1)
        return turns

    return sum(await asyncio.gather(*(one(number) for number in range(3))))


async def lives_on(desk: Desk, keeper: Keeper, sure_seconds: float = 4.0) -> None:
    """It is killed once more from outside, started, and ends no more by itself: what harms is not tried again."""
    desk.kill()
    await asyncio.sleep(0.3)
    await desk.until_ready()
    before = keeper.deaths
    ends = time.monotonic() + sure_seconds
    while time.monotonic() < ends:
        assert desk.alive, "the desk has ended again"
        await asyncio.sleep(0.1)
    assert keeper.deaths == before, "the desk has ended again"


@pytest.mark.parametrize(("wish", "most"), [("deadly", ATTEMPTS), ("late", ATTEMPTS), ("charge_deadly", 1)])
async def test_an_action_that_ends_the_process_is_set_aside_after_three_tries(
    tmp_path: Path, database_url: str, wish: str, most: int
) -> None:
    async with a_site(tmp_path, database_url, poisoned(tmp_path / "flows")) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        over = asyncio.Event()
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client, Keeper(desk) as keeper:
            others = asyncio.create_task(others_chat(client, desk, over))
            await say(client, desk, "victim", f"/{wish}", "poison")
            found = await until_marked(site, desk, "victim")
            assert 1 <= keeper.deaths <= most, f"{keeper.deaths} deaths, then {found}"
            print(f"{wish}: {keeper.deaths} deaths, then {found}")  # noqa: T201  # for -s
            await goes_on(client, site, desk, "victim")
            await lives_on(desk, keeper)
            over.set()
            assert await others > 0
            assert marked(await site.ask(desk, "/dead-letters", limit=200), "other-0") == []
            assert "Deadly done" not in json.dumps(await conversation(site, desk, "victim"))
        desk.kill()
        site.check_files()


async def test_a_message_that_ends_the_process_before_it_is_understood_is_set_aside(
    tmp_path: Path, database_url: str
) -> None:
    """No action is begun, nothing is written: the segment itself ends the process, here between its reading and its
    commit."""
    async with a_site(tmp_path, database_url) as site:
        desk = site.desk()
        deaths = 0
        desk.start(FRONTDESK_KILL_AT="advance.before:1")
        await desk.until_ready()
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            told = asyncio.create_task(say(client, desk, "victim", '/chat{"n": "no1"}', "poison"))
            while await desk.until_dead(15):
                deaths += 1
                assert deaths <= ATTEMPTS, "it is tried for ever"
                # The next start takes the claim over, and meets the poison again as the first thing that it advances.
                desk.start(FRONTDESK_KILL_AT="advance.before:1")
            assert deaths == ATTEMPTS
            assert "sorry" in " ".join(await told).lower()
            desk.kill()
            desk.start()
            await desk.until_ready()
            assert marked(await site.ask(desk, "/dead-letters"), "victim") == [f"failed {ATTEMPTS} times"]
            await goes_on(client, site, desk, "victim")
            assert await say(client, desk, "other", '/chat{"n": "no2"}', "other") == ["Hi no2"]
        await desk.stop()
        site.check_files()


async def test_an_action_that_raises_ends_with_a_person_and_harms_nobody(tmp_path: Path, database_url: str) -> None:
    async with a_site(tmp_path, database_url, poisoned(tmp_path / "flows")) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            replies = await say(client, desk, "victim", "/raises", "poison")
            assert "sorry" in " ".join(replies).lower()
            shown = await conversation(site, desk, "victim")
            assert shown["owner"] == "queue"
            assert shown["handoff"]["packet"]["failing_step"] == "raises.failing"
            await goes_on(client, site, desk, "victim")
            assert await say(client, desk, "other", '/chat{"n": "no2"}', "other") == ["Hi no2"]
        assert desk.alive
        await desk.stop()


SPOILT: Sequence[str] = ("{", "null", '{"frames": 7}', '{"frames": [{"number": 1, "flow": "gone", "bundle": "gone"}]}')


@pytest.mark.parametrize("spoilt", SPOILT)
async def test_a_state_that_nobody_can_read_is_quarantined_after_three_tries(
    tmp_path: Path, database_url: str, spoilt: str
) -> None:
    """Each segment of that conversation raises; its messages go to a person one by one, and others are answered."""
    async with a_site(tmp_path, database_url) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            assert await say(client, desk, "victim", '/chat{"n": "no1"}', "first") == ["Hi no1"]
            await desk.stop()
            spoil(site, conversation_of("rest", "victim"), spoilt)
            desk.start()
            await desk.until_ready()
            replies = await say(client, desk, "victim", '/chat{"n": "no2"}', "second")
            assert "sorry" in " ".join(replies).lower()
            dead = await site.ask(desk, "/dead-letters", limit=200)
            assert len(marked(dead, "victim")) == 1
            await asyncio.sleep(1.5)  # it would be tried again within half a second
            assert desk.log.read_text().count("segment failed") == ATTEMPTS, "it is left alone then"
            waiting = (await site.ask(desk, "/handoffs", status="waiting"))["items"]
            assert [one["conversation_id"] for one in waiting] == [conversation_of("rest", "victim")]
            await say(client, desk, "victim", '/chat{"n": "no3"}', "third")
            assert await say(client, desk, "other", '/chat{"n": "no4"}', "other") == ["Hi no4"]
            await desk.stop()
            desk.start()
            await desk.until_ready()
            assert await say(client, desk, "other", '/chat{"n": "no5"}', "other again") == ["Hi no5"]
        await desk.stop()


def spoil(site: Site, conversation_id: str, state: str) -> None:
    """As a fault of the disk or of an older program might."""
    engine = create_engine(with_driver(site.database_url))
    with engine.begin() as connection:
        changed = connection.execute(
            text("UPDATE instance SET state = :state WHERE id = :id"), {"state": state, "id": conversation_id}
        )
        assert changed.rowcount == 1
    engine.dispose()
