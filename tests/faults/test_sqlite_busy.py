"""F5: somebody else holds the lock of the SQLite file while messages arrive. They wait; nobody is told of a locked
database."""

import asyncio
import contextlib
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.faults.contacts import Contact, insist
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import hold, no_dead_messages

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

SHORT_SECONDS, FULL_SECONDS = 2.0, 5.0
"""How long the lock is held."""
CHANCE = random.Random(5)
HOLDER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""


@contextlib.asynccontextmanager
async def held(file: Path, seconds: float) -> AsyncIterator["asyncio.subprocess.Process"]:
    """Another program has the write lock of this file, from now on, for so long."""
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, str(file), str(seconds), stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert await asyncio.wait_for(holder.stdout.readline(), 40) == b"held\n"
        yield holder
    finally:
        with contextlib.suppress(ProcessLookupError):
            holder.kill()
        await holder.wait()


@dataclass
class Talk:
    """People who talk while the lock is held."""

    desk: Desk
    contacts: list[Contact]
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def go_on(self) -> None:
        async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
            await asyncio.gather(*(self._one(client, contact) for contact in self.contacts))

    async def _one(self, client: httpx.AsyncClient, contact: Contact) -> None:
        while not self.over.is_set():
            wish = "order" if len(contact.said) % 4 == 3 else "chat"
            await insist(client, [self.desk], contact.line(wish), CHANCE)
        await contact.listen(client, CHANCE)

    @property
    def statuses(self) -> Counter[int]:
        return Counter(status for contact in self.contacts for line in contact.said for status in line.statuses)

    @property
    def waits(self) -> list[float]:
        return [line.answered_at - line.first_sent_at for contact in self.contacts for line in contact.said]


async def never_locked(site: Site, talk: Talk) -> None:
    """No error at all reached anybody, and none is in the log."""
    assert set(talk.statuses) == {200}, talk.statuses
    log = talk.desk.log.read_text()
    assert "database is locked" not in log, talk.desk.tail()
    assert "Traceback" not in log, talk.desk.tail()
    assert await hold(site, talk.desk, talk.contacts) == 0
    await no_dead_messages(site, talk.desk)


@pytest.mark.parametrize("which", ["desk", "dbos"])
async def test_whoever_writes_while_another_program_holds_the_lock_waits_and_is_answered(
    tmp_path: Path, sqlite_url: str, full_faults: bool, which: str
) -> None:
    seconds = FULL_SECONDS if full_faults else SHORT_SECONDS
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    locked = file if which == "desk" else file.with_name(file.stem + ".dbos.db")
    async with a_site(tmp_path, sqlite_url, FRONTDESK_TURN_WAIT_SECONDS="15") as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        talk = Talk(desk, [Contact(f"writer-{number}", [desk], []) for number in range(8)])
        going = asyncio.create_task(talk.go_on())
        for _ in range(3 if full_faults else 1):
            await asyncio.sleep(0.7)
            async with held(locked, seconds) as holder:
                began = time.monotonic()
                await holder.wait()
                assert time.monotonic() - began > seconds / 2
        await asyncio.sleep(0.5)
        talk.over.set()
        await going
        p99 = statistics.quantiles(talk.waits, n=100)[-1]
        print(f"{len(talk.waits)} messages, p99 {p99:.2f} s, longest {max(talk.waits):.2f} s")  # noqa: T201  # for -s
        assert max(talk.waits) < seconds + 10
        await never_locked(site, talk)
        await desk.stop()
        site.check_files()
