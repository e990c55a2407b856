"""Probes and counters: the process lives, the desk can accept, and what has happened is counted."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.api import health
from bot.api.metrics import MOST_VALUES, Metrics
from bot.store import ledger
from tests import postgres
from tests.api.desks import Desk, a_desk


async def samples(desk: Desk) -> dict[str, float]:
    """Every sample of /metrics, as ``name{label=value,...}``."""
    answer = await desk.anybody.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        f"{sample.name}{{{','.join(f'{k}={v}' for k, v in sorted(sample.labels.items()))}}}": sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_a_desk_that_can_accept_is_ready(desk: Desk) -> None:
    assert (await desk.anybody.get("/healthz")).json() == {"status": "ok"}
    ready = await desk.anybody.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


@contextlib.contextmanager
def changed(thing: object, name: str, value: object) -> Iterator[None]:
    before = getattr(thing, name)
    setattr(thing, name, value)
    try:
        yield
    finally:
        setattr(thing, name, before)


async def test_a_desk_that_is_not_open_lives_but_is_not_ready(shared_desk: Desk) -> None:
    with changed(shared_desk.house, "is_open", False):
        answer = await shared_desk.anybody.get("/readyz")
        assert (await shared_desk.anybody.get("/healthz")).status_code == 200
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "starting or shutting down" in answer.json()["detail"]


async def test_a_desk_whose_heartbeat_failed_is_not_ready(shared_desk: Desk) -> None:
    with changed(shared_desk.house.heartbeat, "last_beat_ok", False):
        answer = await shared_desk.anybody.get("/readyz")
    assert (answer.status_code, "heartbeat" in answer.json()["detail"]) == (503, True)


async def test_a_desk_without_flows_is_not_ready(shared_desk: Desk) -> None:
    with changed(shared_desk.house.library, "_shelf", None):
        assert (await shared_desk.anybody.get("/readyz")).status_code == 503


async def test_a_desk_with_an_old_schema_is_not_ready(tmp_path: Path) -> None:
    async with a_desk(tmp_path, "") as desk:
        await desk.house.database.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'"))
        answer = await desk.anybody.get("/readyz")
        assert (answer.status_code, "frontdesk db upgrade" in answer.json()["fix"]) == (503, True)


@pytest.mark.postgres
async def test_without_its_database_a_desk_says_so_within_two_seconds_and_comes_back(
    tmp_path: Path, postgres_cluster: postgres.Cluster
) -> None:
    async with a_desk(tmp_path, postgres_cluster.url) as desk:
        assert await desk.say("/hours")
        await asyncio.to_thread(postgres_cluster.stop, "immediate")
        async with asyncio.timeout(2.5):
            answer = await desk.anybody.get("/readyz")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert (await desk.anybody.get("/healthz")).status_code == 200
        assert (await samples(desk))["frontdesk_database_up{}"] == 0
        refused = await desk.anybody.post("/webhooks/rest/webhook", json={"sender": "ada", "message": "/hours"})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        token = await desk.anybody.get("/api/v1/me", headers={"authorization": "Bearer fd_live_x"})
        assert token.status_code == 503
        await asyncio.to_thread(postgres_cluster.start)
        async with asyncio.timeout(20):
            while (await desk.anybody.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.1)
        assert await desk.say("/hours") == ["We are open from 9 to 5."]


async def test_a_hanging_database_is_asked_once_and_not_by_every_probe(shared_desk: Desk) -> None:
    """Both reading threads of SQLite are held; ten probes answer in time and leave one question behind them."""
    asked = asyncio.Event()
    database = shared_desk.house.database
    loop = asyncio.get_running_loop()

    def hold(_: object) -> None:
        asyncio.run_coroutine_threadsafe(asked.wait(), loop).result()

    held = [asyncio.create_task(database.read(hold)) for _ in range(2)]
    await asyncio.sleep(0)
    answers = await asyncio.gather(*(shared_desk.anybody.get("/readyz") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {503}
    assert len(health.PROBES._asked) == 1
    asked.set()
    await asyncio.gather(*held)
    async with asyncio.timeout(5):
        while (await shared_desk.anybody.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.01)


async def test_what_happens_is_counted(desk: Desk) -> None:
    before = await samples(desk)
    await desk.say("/hours")
    body = {"sender": desk.contact, "message": "/hours", "message_id": "the-same"}
    for _ in range(2):
        await desk.anybody.post("/webhooks/rest/webhook", json=body)
    await desk.say("/human_request")
    after = await samples(desk)

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert grown("frontdesk_inbound_events_total{channel=rest,result=accepted}") == 3
    assert grown("frontdesk_inbound_events_total{channel=rest,result=duplicate}") == 1
    assert grown("frontdesk_turn_duration_seconds_count{channel=rest,route=start_flow}") == 3
    assert grown("frontdesk_handoffs_total{reason=asked_for_person}") == 1
    name = "http_request_duration_seconds_count{method=POST,route=/webhooks/rest/webhook,status=200}"
    assert grown(name) == 4
    assert after["frontdesk_database_up{}"] == 1
    assert after["frontdesk_outbox_pending{}"] == 0
    assert after["frontdesk_build_info{version=0.1.0}"] == 1


async def test_actions_are_counted_by_integration_and_outcome(desk: Desk) -> None:
    author = await desk.as_role("author")
    before = await samples(desk)
    run = (await author.post("/api/v1/flows/stuck/runs")).json()["id"]
    async with asyncio.timeout(10):
        while (await author.get(f"/api/v1/instances/{run}")).json()["status"] != "failed":
            await asyncio.sleep(0.02)
    after = await samples(desk)
    name = "frontdesk_steps_total{integration=tickets,status=not_found}"
    assert after[name] - before.get(name, 0) == 1
    assert after["frontdesk_dead_letters{kind=instance}"] >= 1


async def test_dead_letters_are_counted_by_kind(tmp_path: Path, database_url: str) -> None:
    async with a_desk(tmp_path, database_url) as desk:
        await desk.say("/hours")
        now = desk.house.clock.now()

        def begin(c: ledger.Connection) -> None:
            ledger.begin(
                c, key=f"{desk.conversation()}/1/1/x/1", instance=desk.conversation(), segment=1, epoch=1, action="x.y",
                args={}, attempt=1, now=now,
            )  # fmt: skip
            ledger.finish(c, f"{desk.conversation()}/1/1/x/1", "uncertain", None, now)

        await desk.house.database.write(begin)
        found = await samples(desk)
        kinds = ("message", "effect", "instance", "reply")
        assert [found[f"frontdesk_dead_letters{{kind={kind}}}"] for kind in kinds] == [0, 1, 0, 0]


async def test_an_address_that_nobody_serves_is_no_label_of_its_own(shared_desk: Desk) -> None:
    for number in range(5):
        await shared_desk.anybody.request("BREW", f"/nowhere/{number}")
    names = [name for name in await samples(shared_desk) if "method=other" in name and name.startswith("http")]
    assert {name.partition("route=")[2].partition(",")[0] for name in names} == {"unmatched"}


async def test_ids_are_no_labels(shared_desk: Desk) -> None:
    owner = await shared_desk.as_role("owner")
    await owner.get("/api/v1/conversations/c_12345")
    found = "\n".join(await samples(shared_desk))
    assert "c_12345" not in found
    assert "route=/api/v1/conversations/{id}" in found


def test_a_label_never_has_more_values_than_are_bounded() -> None:
    metrics = Metrics("1")
    for number in range(MOST_VALUES * 3):
        metrics.handoff(f"reason {number}")
    lines = [line for line in metrics.text().decode().splitlines() if line.startswith("frontdesk_handoffs_total{")]
    assert len(lines) == MOST_VALUES + 1
    assert f'frontdesk_handoffs_total{{reason="other"}} {MOST_VALUES * 2:.1f}' in lines


@pytest.fixture
async def answers(shared_desk: Desk) -> AsyncIterator[dict[str, dict[str, str]]]:
    paths = ("/", "/healthz", "/nowhere", "/api/v1/me", "/webchat/chat.js")
    yield {path: dict((await shared_desk.anybody.get(path)).headers) for path in paths}


async def test_every_answer_has_the_headers_that_keep_browsers_safe(answers: dict[str, dict[str, str]]) -> None:
    for path, headers in answers.items():
        assert (headers["x-content-type-options"], headers["referrer-policy"], path) == ("nosniff", "no-referrer", path)
    assert answers["/api/v1/me"]["cache-control"] == "no-store"
