"""F13: what ends the process, or raises, each time is set aside after three attempts; the conversation goes to a
person, and
everybody else's goes on."""

import asyncio
import contextlib
import json
import random
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.services.quarantine import APOLOGY
from tests.faults.contacts import Contact, check_order, insist
from tests.faults.crowds import Stream, a_client
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import effects_once, nothing_stuck, one_turn_each

pytestmark = pytest.mark.faults


class Keeper:
    """Starts the desk again whenever it has ended, as systemd or Docker would, and counts."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.crashes = 0

    @contextlib.asynccontextmanager
    async def keeping(self) -> AsyncIterator["Keeper"]:
        self.desk.start()
        await self.desk.until_ready()
        task = asyncio.create_task(self._keep())
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _keep(self) -> None:
        while True:
            await self.desk.until_dead(3600)
            self.crashes += 1
            self.desk.start()

    async def until_quiet(self, seconds: float = 5.0) -> None:
        """Returns when it has been ready for so long without a crash."""
        while True:
            before = self.crashes
            await asyncio.sleep(0.1)  # for the one who starts it again
            with contextlib.suppress(AssertionError):
                await self.desk.until_ready()
                await asyncio.sleep(seconds)
            if self.crashes == before and self.desk.alive:
                return


async def dead_letters(site: Site, desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = await site.ask(desk, "/dead-letters", limit=200)
    return found


async def goes_to_a_person(site: Site, desk: Desk, contact: Contact) -> None:
    """A handoff waits, and what is said from now on is written down for whoever takes it."""
    waiting = (await site.ask(desk, "/handoffs", status="waiting", limit=200))["items"]
    assert contact.conversation in [handoff["conversation_id"] for handoff in waiting]
    async with a_client(site) as client:
        later = contact.line("chat")
        await insist(client, [desk], later, random.Random(0))
    events = await site.ask(desk, f"/conversations/{contact.conversation}/events", limit=200)
    received = [event["data"]["ids"] for event in events if event["type"] == "MessageReceived"]
    assert [later.message_id] in received


POISONS = (("poisoned", 3, "messages"), ("poisoned_late", 3, "effects"), ("poisoned_charge", 1, "effects"))
"""The flow, how often it may end the process, and where it then stands among the dead letters: three times where it is
safe to repeat, in a turn or behind it, and once where it is not."""
OWNER = {"messages": "instance_id", "effects": "instance"}


@pytest.mark.timeout(900)
async def test_an_action_that_ends_the_process_is_set_aside(tmp_path: Path, database_url: str, fault_seed: int) -> None:
    async with a_site(tmp_path, database_url) as site:
        desk = site.desk()
        others = Stream(site, [desk], random.Random(fault_seed), "others", 10, 8.0, {"chat": 3, "order": 1})
        victims = [Contact(wish, [desk], []) for wish, _, _ in POISONS]
        async with Keeper(desk).keeping() as keeper, others.flowing(), a_client(site) as client:
            for victim, (wish, crashes, flagged) in zip(victims, POISONS, strict=True):
                before, line = keeper.crashes, victim.line(wish)
                await insist(client, [desk], line, random.Random(0), seconds=120)
                await keeper.until_quiet()
                assert keeper.crashes - before == crashes, wish
                dead = await dead_letters(site, desk)
                assert victim.conversation in [one[OWNER[flagged]] for one in dead[flagged]], wish
                if flagged == "messages":
                    assert line.answers == [[APOLOGY]]
                await goes_to_a_person(site, desk, victim)
        await others_went_on(site, desk, others, victims[0])
        await desk.stop()
        site.check_files()


async def others_went_on(site: Site, desk: Desk, others: Stream, victim: Contact) -> None:
    dead = await dead_letters(site, desk)
    assert [one["instance_id"] for one in dead["messages"]] == [victim.conversation]
    for contact in others.everybody:
        check_order(contact.name, contact.said, contact.heard)
    effects_once(site, others.everybody)
    await nothing_stuck(desk)
    await one_turn_each(site, desk, others.everybody)


@pytest.mark.timeout(300)
async def test_a_message_that_nobody_can_read_is_set_aside_and_the_next_goes_to_a_person(
    tmp_path: Path, database_url: str
) -> None:
    """A stored message that raises each time, as after a fault in a program: no crash, three tries, a person."""
    async with a_site(tmp_path, database_url) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        victim = Contact("victim", [desk], ["chat"])
        async with a_client(site) as client:
            await victim.speak(client, random.Random(0))
        await asyncio.to_thread(store_unreadable, site, victim.conversation)
        ends = time.monotonic() + 30
        while not (dead := await dead_letters(site, desk))["messages"]:
            assert time.monotonic() < ends, "it was not set aside"
            await asyncio.sleep(0.2)
        assert [one["instance_id"] for one in dead["messages"]] == [victim.conversation]
        assert "ValidationError" in dead["messages"][0]["problem"]
        await goes_to_a_person(site, desk, victim)
        await nothing_stuck(desk)
        assert desk.alive
        await desk.stop()


def store_unreadable(site: Site, conversation: str) -> None:
    """A message as no channel would store it, due at once."""
    now = int(time.time() * 1_000_000)
    arrival = (conversation, "unreadable", "message", json.dumps({"text": ["no", "text"]}), now)
    if site.is_sqlite:
        with contextlib.closing(sqlite3.connect(site.database_url.removeprefix("sqlite:///"), timeout=10)) as file:
            file.execute(
                "INSERT INTO inbox (instance_id, key, kind, payload, received_at) VALUES (?, ?, ?, ?, ?)", arrival
            )
            file.execute("UPDATE instance SET wake_at = ? WHERE id = ?", (now, conversation))
            file.commit()
        return
    with psycopg.connect(site.database_url) as server:
        server.execute(
            "INSERT INTO inbox (instance_id, key, kind, payload, received_at) VALUES (%s, %s, %s, %s, %s)", arrival
        )
        server.execute("UPDATE instance SET wake_at = %s WHERE id = %s", (now, conversation))
