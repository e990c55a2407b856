"""F17: one contact writes a thousand messages in ten seconds: its order is kept, it is slowed down politely, and the
others hardly notice."""

import asyncio
import random
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.faults.contacts import Contact, PushContact
from tests.faults.crowds import Stream, a_client, percentile
from tests.faults.harness import Desk, Site, a_site
from tests.faults.invariants import all_events, hold, no_dead_messages, nothing_stuck

WITHIN_SECONDS = 10.0

pytestmark = pytest.mark.faults


async def pour(client: httpx.AsyncClient, desk: Desk, contact: Contact, messages: int, path: str) -> list[int]:
    """So many messages in ten seconds, whether they are answered or not. Returns the statuses."""
    statuses: list[int] = []
    pause = WITHIN_SECONDS / messages
    began = time.monotonic()

    async def one() -> None:
        line = contact.line("chat")
        said = await client.post(desk.url + path, json=line.body, timeout=120)
        statuses.append(said.status_code)
        line.statuses.append(said.status_code)
        if said.status_code == 429:
            assert said.headers["content-type"] == "application/problem+json"
            assert int(said.headers["retry-after"]) >= 1
        elif said.status_code == 200:
            line.answers.append([reply.get("text", "") for reply in said.json()])

    async with asyncio.TaskGroup() as group:
        for number in range(messages):
            group.create_task(one())
            await asyncio.sleep(max(0.0, began + (number + 1) * pause - time.monotonic()))
    return statuses


async def turns_of(site: Site, desk: Desk, contact: Contact) -> list[str]:
    """The message ids in the order of their turns."""
    async with site.api(desk) as api:
        events = await all_events(api, contact.conversation)
    return [id_ for event in events if event["type"] == "MessageReceived" for id_ in event["data"]["ids"]]


async def chat_times(site: Site, desk: Desk, chance: random.Random, label: str, seconds: float) -> list[float]:
    stream = Stream(site, [desk], chance, label, 10, 10.0, {"chat": 1})
    async with stream.flowing():
        await asyncio.sleep(seconds)
    assert {status for line in stream.lines for status in line.statuses} == {200}
    await hold(site, desk, stream.everybody)
    return [line.answered_at - line.first_sent_at for line in stream.lines]


@pytest.mark.timeout(600)
async def test_a_flood_of_one_contact_is_slowed_down_and_the_others_are_not(
    tmp_path: Path, database_url: str, full_faults: bool, fault_seed: int
) -> None:
    """On a channel of visitors: two messages a second in the long run, 429 with Retry-After for the rest."""
    messages, allowance = (1_000, 0.02) if full_faults else (400, 1.0)
    chance = random.Random(fault_seed)
    async with a_site(tmp_path, database_url) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        before = await chat_times(site, desk, chance, "before", WITHIN_SECONDS if full_faults else 4)
        hot = PushContact("hot", [desk], [], platform=site.platform)
        async with a_client(site, 200) as client, asyncio.TaskGroup() as group:
            pouring = group.create_task(pour(client, desk, hot, messages, "/webhooks/push"))
            during = await chat_times(site, desk, chance, "during", WITHIN_SECONDS)
        counts = Counter(pouring.result())
        assert set(counts) == {202, 429}
        assert 120 <= counts[202] <= 120 + 2 * WITHIN_SECONDS + 40
        assert percentile(during, 0.95) <= 1.2 * percentile(before, 0.95) + allowance
        await nothing_stuck(desk)
        await kept_in_order(site, desk, hot, 202)
        await no_dead_messages(site, desk)
        await desk.stop()
        site.check_files()


async def kept_in_order(site: Site, desk: Desk, hot: Contact, good: int) -> None:
    """I1 for what was accepted, and I3: what was heard stands in the order of the turns."""
    accepted = {line.message_id: line for line in hot.said if line.statuses == [good]}
    turns = await turns_of(site, desk, hot)
    assert sorted(turns) == sorted(accepted)
    heard = [f"Hi {accepted[id_].n}" for id_ in turns]
    if isinstance(hot, PushContact):
        assert hot.heard == heard
    else:
        assert [accepted[id_].answers[0] for id_ in turns] == [[text] for text in heard]


@pytest.mark.timeout(600)
async def test_a_flood_through_a_companys_own_server_is_bounded_by_the_backlog(
    tmp_path: Path, sqlite_url: str, full_faults: bool
) -> None:
    """On REST the callers are the company's own: they are slowed down when too much of one conversation waits."""
    messages = 1_000 if full_faults else 400
    async with a_site(tmp_path, sqlite_url, FRONTDESK_ANSWER_TIMEOUT_SECONDS="100") as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        hot = Contact("hot", [desk], [])
        async with a_client(site, 1_000) as client:
            counts = Counter(await pour(client, desk, hot, messages, "/webhooks/rest/webhook"))
        assert set(counts) <= {200, 429}
        assert counts[200] >= 200
        await nothing_stuck(desk)
        await kept_in_order(site, desk, hot, 200)
        await desk.stop()
        site.check_files()
