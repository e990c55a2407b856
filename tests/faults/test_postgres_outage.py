"""F4: Postgres goes away and comes back, or ends connections at any moment: nothing acknowledged is lost."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
import psycopg
import pytest

from tests.faults.crowds import Stream, a_client
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import hold, no_dead_messages
from tests.postgres import Cluster

REFUSAL_SECONDS, READY_SECONDS = 1.0, 5.0

pytestmark = [pytest.mark.faults, pytest.mark.postgres]


async def probe(client: httpx.AsyncClient, desk: Desk, n: int) -> None:
    """While the database is away: a clear 503 within a second, not ready, but alive."""
    body = {"sender": f"probe-{n}", "message": "/chat", "message_id": f"probe-{n}"}
    began = time.monotonic()
    refused = await client.post(f"{desk.url}/webhooks/rest/webhook", json=body)
    took = time.monotonic() - began
    assert refused.status_code == 503, refused.text
    assert took <= REFUSAL_SECONDS, f"the refusal took {took:.2f} s"
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "1"
    assert (await client.get(f"{desk.url}/healthz")).status_code == 200
    assert (await client.get(f"{desk.url}/readyz")).status_code == 503


async def outage(site: Site, desk: Desk, cluster: Cluster, mode: Literal["fast", "immediate"], seconds: float) -> None:
    await asyncio.to_thread(cluster.stop, mode)
    async with a_client(site) as client:
        ends = time.monotonic() + seconds
        n = 0
        while time.monotonic() < ends:
            await probe(client, desk, n)
            n += 1
            await asyncio.sleep(0.3)
        await asyncio.to_thread(cluster.start)
        await until_ready_again(desk)


@pytest.mark.timeout(1800)
async def test_an_outage_is_refused_at_once_and_loses_nothing(
    tmp_path: Path, postgres_cluster: Cluster, full_faults: bool, fault_seed: int
) -> None:
    lengths = (30.0, 2.0, 10.0, 30.0) if full_faults else (4.0, 1.0)
    async with a_site(tmp_path, postgres_cluster.url) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        stream = Stream(site, [desk], random.Random(fault_seed), "outage", 30, 15.0)
        async with stream.flowing():
            for number, seconds in enumerate(lengths):
                await stream.until_said(20)
                await outage(site, desk, postgres_cluster, "immediate" if number % 2 else "fast", seconds)
            await stream.until_said(20)
        await hold(site, desk, stream.everybody)
        await no_dead_messages(site, desk)
        await desk.stop()


@pytest.mark.timeout(600)
async def test_a_server_that_hangs_is_refused_within_a_second_too(
    tmp_path: Path, postgres_cluster: Cluster, full_faults: bool, fault_seed: int
) -> None:
    """A frozen server takes connections and says nothing, as during a failover."""
    async with a_site(tmp_path, postgres_cluster.url) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        stream = Stream(site, [desk], random.Random(fault_seed), "frozen", 30, 15.0)
        async with stream.flowing():
            await stream.until_said(20)
            with frozen(postgres_cluster):
                await asyncio.sleep(1.5)
                async with a_client(site) as client:
                    for n in range(40 if full_faults else 6):
                        await probe(client, desk, n)
                        await asyncio.sleep(0.3)
            await until_ready_again(desk)
            await stream.until_said(20)
        await hold(site, desk, stream.everybody)
        await no_dead_messages(site, desk)
        await desk.stop()


@contextlib.contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    """SIGSTOP to the server and all its children; they go on after the block."""
    postmaster = int((cluster.folder / "data/postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    processes = [postmaster, *map(int, children)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


async def until_ready_again(desk: Desk) -> None:
    back_at = time.monotonic()
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while (await client.get(f"{desk.url}/readyz")).status_code != 200:
            assert time.monotonic() - back_at <= READY_SECONDS, "not ready again in time"
            await asyncio.sleep(0.05)


@pytest.mark.timeout(1800)
async def test_connections_that_end_at_any_moment_lose_nothing(
    tmp_path: Path, postgres_url: str, full_faults: bool, fault_seed: int
) -> None:
    """pg_terminate_backend, the desk's own connections and DBOS's alike, at random moments under load."""
    times = 100 if full_faults else 15
    chance = random.Random(fault_seed)
    async with a_site(tmp_path, postgres_url) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        stream = Stream(site, [desk], chance, "ended", 30, 25.0)
        async with stream.flowing():
            await stream.until_said(10)
            with contextlib.closing(psycopg.connect(postgres_url, autocommit=True)) as admin:
                for _ in range(times):
                    await asyncio.sleep(chance.uniform(0.05, 0.4))
                    await asyncio.to_thread(end_connections, admin, chance)
            await stream.until_said(20)
        await hold(site, desk, stream.everybody)
        await no_dead_messages(site, desk)
        await desk.stop()


def end_connections(admin: psycopg.Connection[tuple[object, ...]], chance: random.Random) -> None:
    """A few of them, or now and then all at once; what is busy comes first."""
    rows = admin.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "ORDER BY state = 'idle', random()"
    ).fetchall()
    for (pid,) in rows[: len(rows) if chance.random() < 0.2 else 3]:
        admin.execute("SELECT pg_terminate_backend(%s)", [pid])
