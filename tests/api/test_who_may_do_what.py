"""Every route of the API says what it needs; without it there is 401 or 403, for every route and every role."""

import re
from itertools import pairwise

import pytest
from fastapi import APIRouter

from bot.api.auth import require_permissions
from bot.api.describing import operations
from bot.model.flow import Flow
from bot.rules.access import ROLES, Permission, allows, lowest_role, may_start_by_hand, permissions_of
from bot.store import tokens
from tests.api.desks import Desk, client_of

PREFIX = "/api/v1/"


def routes_of(desk: Desk) -> list[tuple[str, str, str]]:
    """(method, path with ids filled in, permission) of every route that the OpenAPI shows under the API's prefix."""
    return [
        (method.upper(), re.sub(r"{[^}]*}", "nobody", path), operation.get("x-permission", ""))
        for path, methods in desk.app.openapi()["paths"].items()
        for method, operation in methods.items()
        if path.startswith(PREFIX)
    ]


async def test_every_route_of_the_api_says_what_it_needs(shared_desk: Desk) -> None:
    routes = routes_of(shared_desk)
    assert len(routes) >= 30
    assert [route for route in routes if not route[2]] == []


async def test_every_route_refuses_a_caller_without_a_token(shared_desk: Desk) -> None:
    for method, path, _ in routes_of(shared_desk):
        answer = await shared_desk.anybody.request(method, path)
        assert (answer.status_code, path) == (401, path)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic YTpi",
        "Bearer fd_live_" + "x" * 43,
        "Bearer fd_live_" + "y" * 5000,
        "bearer é",
    ],
)
async def test_every_route_refuses_a_token_that_is_not_one(shared_desk: Desk, header: str) -> None:
    caller = client_of(shared_desk.app, {})
    for method, path, _ in routes_of(shared_desk):
        answer = await caller.request(method, path, headers=[(b"authorization", header.encode())])
        assert (answer.status_code, path) == (401, path)
    await caller.aclose()


async def test_every_route_refuses_every_role_that_is_too_low_and_no_other(shared_desk: Desk) -> None:
    for role in ROLES:
        caller = await shared_desk.as_role(role)
        for method, path, permission in routes_of(shared_desk):
            answer = await caller.request(method, path)
            refused = answer.status_code == 403
            assert (refused, role, path) == (not allows(role, permission), role, path), answer.text
            assert answer.status_code != 401
            assert answer.status_code < 500, answer.text


async def test_a_refusal_names_the_role_that_may(shared_desk: Desk) -> None:
    answer = await (await shared_desk.as_role("agent")).get("/api/v1/dead-letters")
    assert answer.status_code == 403
    assert "lead" in answer.json()["fix"]


async def test_a_revoked_token_is_no_token(shared_desk: Desk) -> None:
    caller = await shared_desk.as_role("lead", "leaving")
    me = (await caller.get("/api/v1/me")).json()
    await shared_desk.house.database.write(lambda c: tokens.revoke(c, me["token_id"], shared_desk.house.clock.now()))
    assert (await caller.get("/api/v1/me")).status_code == 401


async def test_me_says_who_i_am_and_what_i_may(shared_desk: Desk) -> None:
    me = (await (await shared_desk.as_role("author", "Zoe")).get("/api/v1/me")).json()
    assert (me["name"], me["role"]) == ("Zoe", "author")
    assert set(me["permissions"]) == permissions_of("author")


def test_a_route_that_says_nothing_cannot_be_built() -> None:
    router = APIRouter()

    @router.get("/open")
    async def open_to_all() -> str:
        return "no"

    with pytest.raises(LookupError, match="/open"):
        require_permissions(router.routes)


def test_each_role_may_all_that_the_one_below_it_may() -> None:
    for lower, higher in pairwise(ROLES):
        assert permissions_of(lower) <= permissions_of(higher)
    assert permissions_of("nobody") == frozenset()
    assert not allows("nobody", "me.read")


def test_every_permission_is_somebodys() -> None:
    for permission in Permission.__args__:  # type: ignore[attr-defined]
        assert lowest_role(permission) in ROLES


@pytest.mark.parametrize(
    ("triggers", "lowest"),
    [
        ([], "author"),
        ([{"intent": "x"}], "author"),
        ([{"manual": {}}], "agent"),
        ([{"manual": {"roles": ["lead"]}}], "lead"),
        ([{"manual": {"roles": ["owner", "lead"]}}], "lead"),
        ([{"manual": {"roles": ["owner"]}}], "author"),
    ],
)
def test_a_flow_is_started_by_hand_by_whom_its_trigger_names_or_by_an_author(
    triggers: list[object], lowest: str
) -> None:
    flow = Flow.model_validate({"description": "d", "triggers": triggers, "steps": [{"say": "hello"}]})
    assert [role for role in ROLES if may_start_by_hand(role, flow)] == list(ROLES[ROLES.index(lowest) :])  # type: ignore[arg-type]
    assert not may_start_by_hand("nobody", flow)


async def test_every_route_describes_its_refusals(shared_desk: Desk) -> None:
    document = shared_desk.app.openapi()
    for operation in operations(document):
        if "x-permission" not in operation:
            continue
        assert {"401", "403"} <= set(operation["responses"])
        assert list(operation["responses"]["401"]["content"]) == ["application/problem+json"]
        assert operation["summary"]
