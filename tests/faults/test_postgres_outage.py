"""F4: PostgreSQL goes away, and comes back. Whoever writes meanwhile is told at once to come again; what was
acknowledged is not
lost; the desk lives through it without a restart."""

import asyncio
import random
import statistics
import time
from collections import Counter
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.faults.contacts import Contact, PushContact, insist
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import hold, no_dead_messages
from tests.postgres import Cluster, fresh_database

pytestmark = [pytest.mark.faults, pytest.mark.postgres, pytest.mark.timeout(900)]

OUTAGE_SHORT, OUTAGE_FULL = 4.0, 30.0
REFUSED_SECONDS = 1.0
SLACK_SECONDS = 0.7
"""What the processor, which others share, may add."""
READY_SECONDS = 5.0


async def talk(desk: Desk, contacts: list[Contact], over: asyncio.Event, chance: random.Random) -> None:
    """Everybody goes on until it is over, and then hears the rest."""

    async def one(client: httpx.AsyncClient, contact: Contact) -> None:
        pushes = isinstance(contact, PushContact)
        path, good = ("/webhooks/push", 202) if pushes else ("/webhooks/rest/webhook", 200)
        while not over.is_set():
            wish = "order" if len(contact.said) % 4 == 3 else "chat"
            await insist(client, [desk], contact.line(wish), chance, path=path, good=good)
            await asyncio.sleep(0.1)
        await contact.listen(client, chance, 60)

    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        await asyncio.gather(*(one(client, contact) for contact in contacts))


def crowd(site: Site, desk: Desk) -> list[Contact]:
    people: list[Contact] = [Contact(f"writer-{number}", [desk], []) for number in range(6)]
    return people + [PushContact(f"pushed-{number}", [desk], [], platform=site.platform) for number in range(2)]


async def refusals(desk: Desk, seconds: float) -> list[float]:
    """During an outage: how long each 503 took. Everything else that is said is asserted here."""
    taken = []
    ends = time.monotonic() + seconds
    async with httpx.AsyncClient(base_url=desk.url, timeout=30, trust_env=False) as client:
        while time.monotonic() < ends:
            began = time.monotonic()
            body = {"sender": "late", "message": '/chat{"n": "no9"}', "message_id": "outage"}
            said = await client.post("/webhooks/rest/webhook", json=body)
            taken.append(time.monotonic() - began)
            assert said.status_code == 503, said.text
            assert said.headers["content-type"] == "application/problem+json"
            assert int(said.headers["retry-after"]) >= 1
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/readyz")).status_code == 503
            await asyncio.sleep(0.1)
    return taken


async def ready_again(desk: Desk) -> float:
    """Seconds from now until the desk says that it is ready."""
    began = time.monotonic()
    async with httpx.AsyncClient(base_url=desk.url, timeout=30, trust_env=False) as client:
        while (await client.get("/readyz")).status_code != 200:
            assert time.monotonic() - began < 60, f"not ready after a minute:\n{desk.tail()}"
            await asyncio.sleep(0.05)
    return time.monotonic() - began


@pytest.mark.parametrize("mode", ["immediate", "fast"])
async def test_an_outage_refuses_at_once_loses_nothing_and_is_over_soon(
    tmp_path: Path, postgres_cluster: Cluster, full_faults: bool, fault_seed: int, mode: str
) -> None:
    with fresh_database(postgres_cluster.url) as url:
        async with a_site(tmp_path, url) as site:
            desk = site.desk()
            desk.start()
            await desk.until_ready()
            people, over = crowd(site, desk), asyncio.Event()
            talking = asyncio.create_task(talk(desk, people, over, random.Random(fault_seed)))
            await asyncio.sleep(1.5)
            await asyncio.to_thread(postgres_cluster.stop, "immediate" if mode == "immediate" else "fast")
            try:
                taken = await refusals(desk, OUTAGE_FULL if full_faults else OUTAGE_SHORT)
            finally:
                await asyncio.to_thread(postgres_cluster.start)
            ready = await ready_again(desk)
            await asyncio.sleep(1.5)
            over.set()
            await talking
            p95 = statistics.quantiles(taken, n=20)[-1]
            print(  # noqa: T201  # for -s
                f"{mode}: {len(taken)} refused, p95 {p95:.2f} s, longest {max(taken):.2f} s; ready after {ready:.1f} s"
            )
            assert max(taken) < REFUSED_SECONDS + SLACK_SECONDS
            assert ready < READY_SECONDS
            assert {status for one in people for line in one.said for status in line.statuses} <= {200, 202, 503}
            await hold(site, desk, people)
            await no_dead_messages(site, desk)
            assert desk.alive
            await desk.stop()


async def test_connections_that_are_cut_at_random_lose_nothing(
    tmp_path: Path, postgres_url: str, full_faults: bool, fault_seed: int
) -> None:
    """pg_terminate_backend on one of the desk's connections at a time, whatever it is doing: also in a commit."""
    chance = random.Random(fault_seed)
    async with a_site(tmp_path, postgres_url) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        people, over = crowd(site, desk), asyncio.Event()
        talking = asyncio.create_task(talk(desk, people, over, chance))
        cut = 0
        while cut < (100 if full_faults else 20):
            await asyncio.sleep(0.1 + 0.2 * chance.random())
            cut += await asyncio.to_thread(cut_one, postgres_url, chance)
            assert not talking.done(), talking
        over.set()
        await talking
        statuses = Counter(status for one in people for line in one.said for status in line.statuses)
        print(f"{cut} connections cut, {dict(statuses)}")  # noqa: T201  # for -s
        assert set(statuses) <= {200, 202, 503}, statuses
        unsure = await hold(site, desk, people)
        assert unsure == 0
        await no_dead_messages(site, desk)
        assert desk.alive
        await desk.stop()


def cut_one(url: str, chance: random.Random) -> int:
    """Cut one connection of the desk, or of its DBOS: rather one that is at work. Returns how many that were."""
    name = url.rsplit("/", 1)[1]
    with psycopg.connect(url, autocommit=True) as admin:
        rows = admin.execute(
            "SELECT pid, state <> 'idle' FROM pg_stat_activity WHERE starts_with(datname, %s) AND pid <> pg_backend_pid()",
            [name],
        ).fetchall()
        busy = [pid for pid, works in rows if works] or [pid for pid, _ in rows]
        if not busy:
            return 0
        admin.execute("SELECT pg_terminate_backend(%s)", [chance.choice(busy)])
    return 1
