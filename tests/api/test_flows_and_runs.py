"""Flows, the check of files, runs started by hand, and the operator's view of what went wrong."""

import asyncio

import httpx
import pytest

from bot.model.message import Reply
from bot.store import ledger, outbox
from tests.api.desks import Desk, until

BROKEN = "flows:\n  a:\n    description: d\n    steps:\n      - utter: utter_nothing\n"


@pytest.fixture
async def author(desk: Desk) -> httpx.AsyncClient:
    return await desk.as_role("author", "Zoe")


async def ended(caller: httpx.AsyncClient, run: str) -> dict[str, object]:
    """The run, once it is active no more."""
    shown: dict[str, object] = {}

    async def is_over() -> bool:
        nonlocal shown
        shown = (await caller.get(f"/api/v1/instances/{run}")).json()
        return shown["status"] != "active"

    await until(is_over)
    return shown


async def test_flows_are_listed_with_their_current_version(desk: Desk, author: httpx.AsyncClient) -> None:
    flows = {flow["name"]: flow for flow in (await author.get("/api/v1/flows")).json()}
    assert flows["hours"]["title"] == "Opening hours"
    assert flows["hours"]["triggers"] == ["intent: hours"]
    assert flows["digest"]["triggers"] == ["manual"]
    versions = (await author.get("/api/v1/flows/hours/versions")).json()
    assert [(one["hash"], one["current"]) for one in versions] == [(flows["hours"]["version"], True)]


async def test_the_check_of_the_desks_own_files_says_that_they_hold(desk: Desk, author: httpx.AsyncClient) -> None:
    checked = (await author.get("/api/v1/flows/check")).json()
    assert (checked["ok"], checked["errors"]) == (True, 0), checked["findings"]


async def test_the_check_of_posted_files_says_where_and_what_and_how_to_mend_it(
    desk: Desk, author: httpx.AsyncClient
) -> None:
    checked = (await author.post("/api/v1/flows/check", json={"files": {"new/a.yml": BROKEN}})).json()
    assert not checked["ok"]
    finding = next(one for one in checked["findings"] if "utter_nothing" in one["what"])
    assert (finding["file"], finding["line"], finding["level"]) == ("new/a.yml", 5, "error")
    assert finding["fix"]
    assert "a" not in [flow["name"] for flow in (await author.get("/api/v1/flows")).json()], "nothing is stored"


async def test_files_to_be_checked_may_be_larger_than_a_message(desk: Desk, author: httpx.AsyncClient) -> None:
    large = "\n".join(f"# {'x' * 200}" for _ in range(1_000))
    answer = await author.post("/api/v1/flows/check", json={"files": {"a.yml": large, "b.yml": large}})
    assert answer.status_code == 200, answer.text
    too_large = await author.post("/api/v1/flows/check", json={"files": {"a.yml": "x" * 1_100_000}})
    assert too_large.status_code == 413


async def test_a_run_is_started_by_hand_and_ends(desk: Desk) -> None:
    lead = await desk.as_role("lead")
    answer = await lead.post("/api/v1/flows/digest/runs", json={"input": {"day": "monday"}})
    assert (answer.status_code, answer.json()["created"]) == (202, True)
    run = answer.json()["id"]
    assert answer.headers["location"] == f"/api/v1/instances/{run}"
    shown = await ended(lead, run)
    assert (shown["kind"], shown["status"]) == ("run", "finished")
    assert (await lead.get(f"/api/v1/conversations/{run}")).status_code == 404, "a run is no conversation"


async def test_the_same_key_starts_the_same_run_once(desk: Desk) -> None:
    lead = await desk.as_role("lead")
    headers = {"idempotency-key": f"key of {desk.contact}"}
    body = {"input": {"day": "monday"}}
    answers = await asyncio.gather(
        *(lead.post("/api/v1/flows/digest/runs", json=body, headers=headers) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.json()["created"] for answer in answers) == [False] * 7 + [True]


async def test_a_run_is_started_only_by_whom_its_flow_allows_and_with_what_it_takes(desk: Desk) -> None:
    agent, lead = await desk.as_role("agent"), await desk.as_role("lead")
    path = "/api/v1/flows/digest/runs"
    assert (await agent.post(path, json={"input": {"day": "monday"}})).status_code == 403
    assert (await lead.post("/api/v1/flows/hours/runs")).status_code == 403
    missing = await lead.post(path, json={"input": {}})
    assert (missing.status_code, "day" in missing.json()["detail"]) == (422, True)
    assert (await lead.post(path, json={"input": {"day": "monday", "night": 1}})).status_code == 422
    assert (await lead.post("/api/v1/flows/nothing/runs")).status_code == 404


async def test_a_failed_run_shows_its_effects_and_is_tried_again(desk: Desk, author: httpx.AsyncClient) -> None:
    run = (await author.post("/api/v1/flows/stuck/runs")).json()["id"]
    shown = await ended(author, run)
    assert shown["status"] == "failed"
    effects = shown["effects"]
    assert isinstance(effects, list)
    assert [(one["action"], one["status"], one["attempt"]) for one in effects] == [("tickets.comment", "failed", 1)]
    dead = (await author.get("/api/v1/dead-letters")).json()
    assert run in [one["id"] for one in dead["instances"]]
    again = await author.post(f"/api/v1/instances/{run}/retry")
    assert again.status_code == 200
    events = [event["type"] for event in (await author.get(f"/api/v1/instances/{run}")).json()["events"]]
    assert events.count("StepFailed") == 2


async def test_only_what_has_failed_is_tried_again(desk: Desk, author: httpx.AsyncClient) -> None:
    await desk.say("/order")
    answer = await author.post(f"/api/v1/instances/{desk.conversation()}/retry")
    assert (answer.status_code, "not failed" in answer.json()["detail"]) == (409, True)


async def test_what_is_cancelled_is_dropped(desk: Desk, author: httpx.AsyncClient) -> None:
    await desk.say("/order")
    cancelled = (await author.post(f"/api/v1/instances/{desk.conversation()}/cancel")).json()
    assert cancelled["state"]["flows"] == []
    assert "FlowCancelled" in [event["type"] for event in cancelled["events"]]


async def test_dead_letters_hold_uncertain_effects_and_undelivered_replies(
    desk: Desk, author: httpx.AsyncClient
) -> None:
    await desk.say("/hours")
    conversation, now = desk.conversation(), desk.house.clock.now()
    key = f"{conversation}/1/1/pay/1"

    def break_things(c: ledger.Connection) -> None:
        ledger.begin(
            c, key=key, instance=conversation, segment=1, action="billing.refund", args={"amount": 40}, attempt=1,
            now=now,
        )  # fmt: skip
        ledger.finish(c, key, "uncertain", {"failure": {"message": "it may have happened"}}, now)
        outbox.add(c, conversation, "slack", 1, [Reply(text="lost")], epoch=1, turn=None, delivered=False, now=now)
        c.exec_driver_sql("UPDATE outbox SET status = 'failed', problem = 'no such channel' WHERE channel = 'slack'")

    await desk.house.database.write(break_things)
    dead = (await author.get("/api/v1/dead-letters")).json()
    assert (key, "uncertain") in [(one["key"], one["status"]) for one in dead["effects"]]
    assert ("lost", "no such channel") in [(one["reply"]["text"], one["problem"]) for one in dead["replies"]]
    shown = (await author.get(f"/api/v1/instances/{conversation}")).json()
    assert [one["args"] for one in shown["effects"]] == [{"amount": 40}]


async def test_instances_are_listed_by_kind_and_status(desk: Desk, author: httpx.AsyncClient) -> None:
    await desk.say("/hours")
    run = (await author.post("/api/v1/flows/stuck/runs")).json()["id"]
    await ended(author, run)
    failed = (await author.get("/api/v1/instances", params={"kind": "run", "status": "failed"})).json()["items"]
    assert run in [one["id"] for one in failed]
    assert {one["status"] for one in failed} == {"failed"}
    assert (await author.get("/api/v1/instances", params={"kind": "robot"})).status_code == 422


async def test_a_run_waits_for_its_event_and_no_other(desk: Desk, author: httpx.AsyncClient) -> None:
    run = (await author.post("/api/v1/flows/shipping/runs", json={"input": {"order": "A-1"}})).json()["id"]
    path = f"/api/v1/instances/{run}/events"
    another = {"name": "order.shipped", "payload": {"order": "B-2"}, "id": "e1"}
    assert (await author.post(path, json=another)).json()["status"] == "active"
    await author.post(path, json={"name": "order.lost", "payload": {"order": "A-1"}})
    happened = {"name": "order.shipped", "payload": {"order": "A-1", "carrier": "dhl"}, "id": "e2"}
    answers = await asyncio.gather(*(author.post(path, json=happened) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    shown = await ended(author, run)
    assert shown["status"] == "finished"
    events = shown["events"]
    assert isinstance(events, list)
    assert [event["type"] for event in events].count("FlowFinished") == 1
    assert (await author.post("/api/v1/instances/r_nobody/events", json=happened)).status_code == 404
