"""F17: one sender writes far more than anybody should, over many connections at once. Their order is kept, each is
answered or
politely put off, and others are still served."""

import asyncio
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.faults.harness import Desk, Site, a_site, conversation_of
from tests.faults.invariants import all_events, message_turns

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

SHORT, FULL = 300, 1_000
"""Messages of the hot sender."""
CONNECTIONS = 32
POLITE = (429, 503)


@dataclass
class Sent:
    """One message, and how it fared. ``stored_after``: when its sender heard of it, seconds of the monotonic clock."""

    n: str
    statuses: list[int] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    sent_at: float = 0.0
    answered_at: float = 0.0

    @property
    def id(self) -> str:
        return f"hot-{self.n}"


async def insist(client: httpx.AsyncClient, desk: Desk, sender: str, sent: Sent) -> None:
    """As often as it is put off, with the same id; each answer is right or polite, and says when to come back."""
    body = {"sender": sender, "message": f'/chat{{"n": "{sent.n}"}}', "message_id": sent.id}
    sent.sent_at = time.monotonic()
    while True:
        said = await client.post(f"{desk.url}/webhooks/rest/webhook", json=body)
        sent.statuses.append(said.status_code)
        if said.status_code == 200:
            sent.answered_at = time.monotonic()
            sent.replies = [reply.get("text", "") for reply in said.json()]
            return
        assert said.status_code in POLITE, f"{said.status_code}: {said.text}"
        assert said.headers["content-type"] == "application/problem+json"
        assert int(said.headers["retry-after"]) >= 1, "it says when to come back"
        await asyncio.sleep(0.2)


async def flood(desk: Desk, messages: list[Sent]) -> float:
    """All of them over 32 connections. Returns the seconds it took."""
    began = time.monotonic()
    left = iter(messages)

    async def one(client: httpx.AsyncClient) -> None:
        for sent in left:
            await insist(client, desk, "hot", sent)

    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(timeout=60, trust_env=False, limits=limits) as client:
        await asyncio.gather(*(one(client) for _ in range(CONNECTIONS)))
    return time.monotonic() - began


async def chat(desk: Desk, sender: str, until: asyncio.Event) -> list[float]:
    """Somebody else's turns meanwhile, in seconds each."""
    taken: list[float] = []
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        while not until.is_set():
            sent = Sent(f"no{len(taken) + 1}{sender[-1]}0000"[:9])
            body = {"sender": sender, "message": f'/chat{{"n": "{sent.n}"}}', "message_id": f"{sender}-{len(taken)}"}
            began = time.monotonic()
            said = await client.post(f"{desk.url}/webhooks/rest/webhook", json=body)
            taken.append(time.monotonic() - began)
            assert said.status_code == 200, said.text
            assert [reply["text"] for reply in said.json()] == [f"Hi {sent.n}"]
            await asyncio.sleep(0.05)
    return taken


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]


async def in_order(site: Site, desk: Desk, messages: list[Sent]) -> None:
    """One turn each, taken in as they were stored; whoever was answered before another was sent has the earlier
    turn; and the
    replies stand in the order of their turns."""
    async with site.api(desk) as api:
        conversation = conversation_of("rest", "hot")
        turns = await message_turns(api, conversation)
        assert Counter({id_: len(of) for id_, of in turns.items()}) == Counter({sent.id: 1 for sent in messages})
        events = await all_events(api, conversation)
        shown: list[tuple[int, str]] = []
        while page := await replies_after(api, conversation, shown[-1][0] if shown else 0):
            shown.extend(page)
    segments = [event["segment"] for event in events if event["type"] == "MessageReceived"]
    assert segments == sorted(segments)
    number = {id_: of[0] for id_, of in turns.items()}
    earliest_first = sorted(messages, key=lambda sent: sent.answered_at)
    latest, answered = -1, iter(earliest_first)
    done = next(answered)
    for sent in sorted(messages, key=lambda sent: sent.sent_at):
        while done.answered_at < sent.sent_at:
            latest = max(latest, number[done.id])
            done = next(answered)
        assert number[sent.id] > latest, (
            f"{sent.id} was sent after an answer of turn {latest}, and has turn {number[sent.id]}"
        )
    by_turn = sorted(messages, key=lambda sent: number[sent.id])
    assert [text for _, text in shown] == [f"Hi {sent.n}" for sent in by_turn]


async def replies_after(api: httpx.AsyncClient, conversation: str, number: int) -> list[tuple[int, str]]:
    said = await api.get(f"/conversations/{conversation}/replies", params={"after": number, "limit": 200})
    said.raise_for_status()
    return [(one["number"], one["reply"]["text"]) for one in said.json()]


async def test_a_flood_from_one_sender_is_answered_in_order_while_others_are_served(
    tmp_path: Path, database_url: str, full_faults: bool
) -> None:
    messages = [Sent(f"no{number}") for number in range(1, (FULL if full_faults else SHORT) + 1)]
    async with a_site(tmp_path, database_url) as site:
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(2.0, over.set)
        calm = await chat(desk, "other1", over)
        over.clear()
        other = asyncio.create_task(chat(desk, "other2", over))
        seconds = await flood(desk, messages)
        over.set()
        meanwhile = await other
        statuses = Counter(status for sent in messages for status in sent.statuses)
        print(  # noqa: T201  # for -s
            f"{len(messages)} messages in {seconds:.1f} s, {dict(statuses)}; "
            f"another's p95: calm {p95(calm) * 1000:.0f} ms, meanwhile {p95(meanwhile) * 1000:.0f} ms"
        )
        for sent in messages:
            assert sent.replies == [f"Hi {sent.n}"], f"{sent.id}: {sent.replies}"
        await in_order(site, desk, messages)
        assert max(meanwhile) < 10, "others are shut out"
        await desk.stop()
        site.check_files()


async def test_a_backlog_is_bounded_and_what_is_refused_succeeds_later(tmp_path: Path, sqlite_url: str) -> None:
    """Behind one slow turn a sender may pile up so much and no more: the rest is put off politely and stored
    nowhere; nothing
    that was accepted is lost, and what was put off is taken when it comes again."""
    messages = [Sent(f"no{number}") for number in range(1, 281)]
    async with a_site(
        tmp_path, sqlite_url, FRONTDESK_TURN_WAIT_SECONDS="28", FRONTDESK_ANSWER_TIMEOUT_SECONDS="50"
    ) as site:
        site.shop.behave("slow", times=1, seconds=6.0, action="shop.once")
        desk = site.desk()
        desk.start()
        await desk.until_ready()
        limits = httpx.Limits(max_connections=400)
        async with httpx.AsyncClient(timeout=60, trust_env=False, limits=limits) as client:
            body = {"sender": "hot", "message": '/order{"n": "no9999"}', "message_id": "slow one"}
            slow = asyncio.create_task(client.post(f"{desk.url}/webhooks/rest/webhook", json=body))
            await asyncio.wait_for(site.shop.until(1), 20)
            await asyncio.gather(*(insist(client, desk, "hot", sent) for sent in messages))
            assert [reply["text"] for reply in (await slow).json()] == ["Order no9999 begins", "Order no9999 done"]
        statuses = Counter(status for sent in messages for status in sent.statuses)
        print(dict(statuses))  # noqa: T201  # for -s
        assert statuses[429] > 0, "there was a bound to reach"
        for sent in messages:
            assert sent.replies == [f"Hi {sent.n}"], f"{sent.id}: {sent.replies}"
        async with site.api(desk) as api:
            turns = await message_turns(api, conversation_of("rest", "hot"))
        assert {id_: len(of) for id_, of in turns.items()} == {"slow one": 1} | {sent.id: 1 for sent in messages}
        await desk.stop()
        site.check_files()
