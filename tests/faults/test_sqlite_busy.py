"""F5: others write to the same SQLite file, and one of them holds its lock for five seconds: nobody is told of it."""

import asyncio
import contextlib
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.crowds import Stream, percentile
from tests.faults.harness import a_site
from tests.faults.invariants import hold, no_dead_messages

LOCK_SECONDS = 5.0
P99_SECONDS, SHORT_P99_SECONDS = 1.0, 5.0
"""In full, on a machine of its own; in short, where other tests run beside it, only that nobody is left waiting."""

OUTSIDER = """
import random, sqlite3, sys, time
file, seconds, seed = sys.argv[1], float(sys.argv[2]), sys.argv[3]
chance = random.Random(seed)
connection = sqlite3.connect(file, timeout=30, isolation_level=None)
ends = time.monotonic() + seconds
while time.monotonic() < ends:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO outsider (words) VALUES (?)", ("x" * 200,))
    connection.execute("COMMIT")
    time.sleep(chance.uniform(0.0, 0.02))
"""
HOLDER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("INSERT INTO outsider (words) VALUES ('held')")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("COMMIT")
"""

pytestmark = pytest.mark.faults


@contextlib.contextmanager
def processes(program: str, *arguments: list[str]) -> Iterator[list[subprocess.Popen[str]]]:
    """One for each list of arguments; killed at the end if they still run."""
    started = [
        subprocess.Popen([sys.executable, "-c", program, *words], stdout=subprocess.PIPE, text=True)
        for words in arguments
    ]
    try:
        yield started
    finally:
        for one in started:
            one.kill()
            one.communicate()


@pytest.mark.timeout(600)
async def test_other_writers_and_a_long_lock_are_waited_for(
    tmp_path: Path, sqlite_url: str, full_faults: bool, fault_seed: int
) -> None:
    seconds, writers = (60.0, 8) if full_faults else (6.0, 8)
    file = sqlite_url.removeprefix("sqlite:///")
    async with a_site(tmp_path, sqlite_url) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        await asyncio.to_thread(_make_room, file)
        stream = Stream(site, [desk], random.Random(fault_seed), "busy", 20, 10.0, {"chat": 4, "order": 1})
        async with stream.flowing():
            await stream.until_said(10)
            began = time.monotonic()
            with processes(OUTSIDER, *([file, str(seconds), str(n)] for n in range(writers))):
                await asyncio.sleep(seconds)
            crowded = (began, time.monotonic())
            with processes(HOLDER, [file, str(LOCK_SECONDS)]) as (holder,):
                assert holder.stdout is not None
                assert (await asyncio.to_thread(holder.stdout.readline)).strip() == "held"
                locked_at = time.monotonic()
                await asyncio.to_thread(holder.wait)
            await stream.until_said(10)
        assert {status for line in stream.lines for status in line.statuses} == {200}
        waits = [
            line.answered_at - line.first_sent_at
            for line in stream.lines
            if crowded[0] < line.first_sent_at < crowded[1] and line.wish == "chat"
        ]
        p99 = percentile(waits, 0.99)
        assert p99 < (P99_SECONDS if full_faults else SHORT_P99_SECONDS), (
            f"with {writers} other writers: p99 {p99:.2f} s"
        )
        locked = [
            line.answered_at - line.first_sent_at
            for line in stream.lines
            if locked_at < line.first_sent_at < locked_at + LOCK_SECONDS
        ]
        assert locked, "nobody wrote while the file was locked"
        assert max(locked) < LOCK_SECONDS + 5, f"{max(locked):.1f} s"
        await hold(site, desk, stream.everybody)
        await no_dead_messages(site, desk)
        await desk.stop()
        assert "is locked" not in desk.tail(1_000_000)
        site.check_files()


def _make_room(file: str) -> None:
    with contextlib.closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE outsider (number INTEGER PRIMARY KEY, words TEXT)")
