"""Errors are problem details (RFC 9457): what happened and what to do about it, never more than the caller sent."""

import pytest
import structlog
from fastapi import FastAPI

from bot.api.metrics import Metrics, Watch
from bot.api.problems import CatchAll, add_handlers, field_path, problem_of
from bot.errors import (
    ActionFailed,
    BadInput,
    Conflict,
    FlowBroken,
    Forbidden,
    FrontdeskError,
    NotFound,
    NotReady,
    Superseded,
    TooMany,
    Unavailable,
    Undeliverable,
)
from bot.model.action import Failure
from bot.model.desk import Finding
from tests.api.desks import Desk, client_of

FINDING = Finding(file="a.yml", line=1, column=2, what="no such step", fix="Name another.")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadInput("it does not fit", "Mend it"), 422),
        (NotFound("it is not there", "Look it up"), 404),
        (Conflict("it has moved on", "Look again"), 409),
        (Superseded("somebody else has it", "Stop"), 409),
        (Forbidden("you may not", "Ask"), 403),
        (TooMany("too fast", "Wait", 2.2), 429),
        (NotReady("not now", "Later"), 503),
        (Unavailable("not now", "Later"), 503),
        (Undeliverable("never", "Give up"), 409),
        (FlowBroken((FINDING,)), 422),
        (ActionFailed(Failure(kind="internal", message="secret detail")), 500),
        (FrontdeskError("secret detail"), 500),
    ],
)
def test_every_error_of_ours_has_a_status(error: FrontdeskError, status: int) -> None:
    problem = problem_of(error)
    body = problem.body()
    assert (problem.status, body["status"]) == (status, status)
    assert {"type", "title", "detail", "instance"} <= set(body)
    assert body["type"].startswith("urn:frontdesk:problem:")
    assert "secret detail" not in str(body)


def test_slower_please_says_how_much_slower_in_whole_seconds() -> None:
    assert problem_of(TooMany("too fast", "Wait", 2.2)).headers == {"retry-after": "3"}
    assert problem_of(TooMany("too fast", "Wait", 0.0)).headers == {"retry-after": "1"}
    assert problem_of(NotReady("not now")).headers == {"retry-after": "1"}


def test_broken_flows_come_with_their_findings() -> None:
    assert problem_of(FlowBroken((FINDING,))).body()["findings"][0]["fix"] == "Name another."


def test_a_fields_place_is_readable_and_short() -> None:
    assert field_path(("body", "buttons", 0, "title")) == "body.buttons[0].title"
    assert len(field_path(("body", "x" * 10_000, "y" * 10_000, "z" * 10_000, "w" * 10_000))) < 250


async def test_what_nobody_handled_is_a_500_with_an_id_that_stands_in_the_log() -> None:
    app = FastAPI()

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the password is hunter2")

    add_handlers(app)
    app.add_middleware(CatchAll)
    app.add_middleware(Watch, metrics=(metrics := Metrics()))
    with structlog.testing.capture_logs() as logged:
        async with client_of(app, {}) as caller:
            answer = await caller.get("/broken")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "hunter2" not in answer.text
    assert [line["error_id"] for line in logged] == [answer.json()["instance"]]
    assert 'route="/broken",status="500"} 1.0' in metrics.text().decode()


async def test_unknown_addresses_and_methods_are_problems_too(shared_desk: Desk) -> None:
    for method, path, status in (
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("DELETE", "/healthz", 405),
    ):
        answer = await shared_desk.anybody.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["fix"]
    assert "GET" in answer.headers["allow"]


async def test_fields_that_do_not_fit_are_named_one_by_one(shared_desk: Desk) -> None:
    body = {"text": "", "buttons": [{"title": "x" * 300}], "color": "red"}
    agent = await shared_desk.as_role("agent")
    answer = await agent.post("/api/v1/handoffs/h/replies", json=body)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"body.text", "body.buttons[0].title", "body.color"}


async def test_an_error_repeats_no_more_than_a_reader_needs(shared_desk: Desk) -> None:
    agent = await shared_desk.as_role("agent")
    body = {f"unknown-{number}-{'x' * 500}": "secret" for number in range(200)} | {"text": "hello"}
    answer = await agent.post("/api/v1/handoffs/h/replies", json=body)
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 20)
    assert len(answer.content) < 10_000
    assert "secret" not in answer.text
    long = await agent.get("/api/v1/flows/" + "x" * 100 + "/versions")
    assert long.status_code == 404
    assert (await agent.get("/api/v1/conversations/" + "x" * 20_000)).status_code == 422


@pytest.mark.parametrize("text", ["", "   ", "\n"])
async def test_an_agent_cannot_send_nothing(shared_desk: Desk, text: str) -> None:
    agent = await shared_desk.as_role("agent")
    answer = await agent.post("/api/v1/conversations/c/replies", json={"text": text})
    assert answer.status_code == 422


async def test_a_button_opens_addresses_of_the_web_only(shared_desk: Desk) -> None:
    agent = await shared_desk.as_role("agent")
    button = {"title": "Press", "url": "javascript:alert(1)"}
    answer = await agent.post("/api/v1/conversations/c/replies", json={"text": "hi", "buttons": [button]})
    assert answer.status_code == 422
