"""Probes and counters: the process lives, the desk can accept, and what has happened is counted."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from types import SimpleNamespace

from bot.api import health
from bot.api.metrics import MOST_VALUES, Metrics
from tests.api.desks import Desk, until


async def is_ready(desk: Desk) -> bool:
    return await desk.status("/readyz") == 200


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


async def test_a_desk_that_is_not_open_lives_but_is_not_ready(desk: Desk) -> None:
    with changed(desk.house, "is_open", False):
        answer = await desk.anybody.get("/readyz")
        assert (await desk.anybody.get("/healthz")).status_code == 200
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "starting or shutting down" in answer.json()["detail"]


async def test_a_desk_whose_heartbeat_failed_is_not_ready(desk: Desk) -> None:
    with changed(desk.house, "heartbeat", SimpleNamespace(last_beat_ok=False)):  # its own would beat again meanwhile
        answer = await desk.anybody.get("/readyz")
    assert (answer.status_code, "heartbeat" in answer.json()["detail"]) == (503, True)


async def test_a_desk_without_flows_is_not_ready(desk: Desk) -> None:
    with changed(desk.house.library, "_shelf", None):
        assert (await desk.anybody.get("/readyz")).status_code == 503


async def test_a_hanging_database_is_asked_once_and_not_by_every_probe(desk: Desk) -> None:
    """All threads of the database are held; ten probes answer all the same and leave one question behind at most."""
    database = desk.house.database
    let_go = threading.Event()
    held = [asyncio.create_task(database.read(lambda _: let_go.wait(60))) for _ in range(database._pool._max_workers)]
    try:
        await asyncio.sleep(0)
        answers = await asyncio.gather(*(desk.anybody.get("/readyz") for _ in range(10)))
        assert {answer.status_code for answer in answers} == {503}
        assert len(health.PROBES._asked) <= 1
    finally:
        let_go.set()
        await asyncio.gather(*held, return_exceptions=True)
    await until(lambda: is_ready(desk))


async def test_what_happens_is_counted(desk: Desk) -> None:
    before = await desk.samples()
    await desk.say("/hours")
    body = {"sender": desk.contact, "message": "/hours", "message_id": "the-same"}
    for _ in range(2):
        await desk.anybody.post("/webhooks/rest/webhook", json=body)
    await desk.say("/human_request")
    after = await desk.samples()

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
    before = await desk.samples()
    run = (await author.post("/api/v1/flows/stuck/runs")).json()["id"]

    async def has_failed() -> bool:
        shown = await author.get(f"/api/v1/instances/{run}")
        return bool(shown.json()["status"] == "failed")

    await until(has_failed)
    after = await desk.samples()
    name = "frontdesk_steps_total{integration=tickets,status=not_found}"
    assert after[name] - before.get(name, 0) == 1
    assert after["frontdesk_dead_letters{kind=instance}"] >= 1


async def test_an_address_that_nobody_serves_is_no_label_of_its_own(desk: Desk) -> None:
    for number in range(5):
        await desk.anybody.request("BREW", f"/nowhere/{number}")
    names = [name for name in await desk.samples() if "method=other" in name and name.startswith("http")]
    assert {name.partition("route=")[2].partition(",")[0] for name in names} == {"unmatched"}


async def test_ids_are_no_labels(desk: Desk) -> None:
    owner = await desk.as_role("owner")
    await owner.get("/api/v1/conversations/c_12345")
    found = "\n".join(await desk.samples())
    assert "c_12345" not in found
    assert "route=/api/v1/conversations/{id}" in found


def test_a_label_never_has_more_values_than_are_bounded() -> None:
    metrics = Metrics("1")
    for number in range(MOST_VALUES * 3):
        metrics.handoff(f"reason {number}")
    lines = [line for line in metrics.text().decode().splitlines() if line.startswith("frontdesk_handoffs_total{")]
    assert len(lines) == MOST_VALUES + 1
    assert f'frontdesk_handoffs_total{{reason="other"}} {MOST_VALUES * 2:.1f}' in lines


async def test_every_answer_has_the_headers_that_keep_browsers_safe(desk: Desk) -> None:
    for path in ("/", "/healthz", "/nowhere", "/api/v1/me", "/webchat/chat.js"):
        headers = (await desk.anybody.get(path)).headers
        assert (headers["x-content-type-options"], headers["referrer-policy"], path) == ("nosniff", "no-referrer", path)
    assert (await desk.anybody.get("/api/v1/me")).headers["cache-control"] == "no-store"
