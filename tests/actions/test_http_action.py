"""``http.request``: the action through which flows call other systems."""

from collections.abc import AsyncIterator, Callable

import pytest

from actions.http import RequestOverHttp
from bot.edges.action_local import LocalActions
from bot.edges.action_runner import DeskActionRunner, Host
from bot.edges.egress import GuardedEgress
from bot.errors import ActionFailed
from bot.model.action import ActionCall, Failure
from bot.model.base import Json, JsonObject
from bot.testing.action_database import SqliteActionDatabase
from bot.testing.loopback import Asked, LoopbackServer, answer
from tests.actions.conftest import StandingClock

Answer = Callable[[Asked], bytes]


class Calls:
    """``await calls(server_answer, url_path, **args)`` runs the action against a server that answers so."""

    def __init__(self, database: SqliteActionDatabase, clock: StandingClock) -> None:
        self.database = database
        self.clock = clock
        self.asked: list[Asked] = []

    async def __call__(
        self, said: Answer | bytes, path: str = "/", seconds: float | None = None, **args: Json
    ) -> JsonObject:
        async def handler(asked: Asked) -> AsyncIterator[bytes]:
            self.asked.append(asked)
            yield said if isinstance(said, bytes) else said(asked)

        async with LoopbackServer(handler) as server:
            egress = GuardedEgress([f"127.0.0.1:{server.port}"])
            runner = DeskActionRunner(LocalActions([RequestOverHttp()], Host(egress, self.database, self.clock)))
            call = ActionCall(
                action="http.request",
                key="i/1/f/s/1",
                args={"url": server.url + path, **args},
                timeout_seconds=seconds,
            )
            try:
                output: JsonObject = (await runner.run(call)).output
                return output
            finally:
                await egress.close()

    async def failing(self, said: bytes, **args: Json) -> Failure:
        with pytest.raises(ActionFailed) as error:
            await self(said, **args)
        return error.value.failure


@pytest.fixture
def calls(database: SqliteActionDatabase, clock: StandingClock) -> Calls:
    return Calls(database, clock)


async def test_a_json_answer_becomes_the_output(calls: Calls) -> None:
    said = answer(201, {"id": 7}, {"Location": "/things/7", "Set-Cookie": "session=1"})
    output = await calls(
        said, method="post", json={"name": "x"}, headers={"X-Count": 3, "X-None": None}, query={"dry": True}
    )
    assert (output["status"], output["json"], output["text"]) == (201, {"id": 7}, None)
    assert output["headers"]["location"] == "/things/7"
    assert "set-cookie" not in output["headers"], "a cookie is a credential, and outputs are stored"
    sent = calls.asked[0]
    assert (sent.method, sent.json(), sent.query) == ("POST", {"name": "x"}, {"dry": "true"})
    assert (sent.headers["x-count"], sent.headers["idempotency-key"]) == ("3", "i/1/f/s/1")
    assert "x-none" not in sent.headers


async def test_a_text_answer_and_an_error_status_are_outputs_too(calls: Calls) -> None:
    output = await calls(answer(404, "no such thing"))
    assert (output["status"], output["json"], output["text"]) == (404, None, "no such thing")


@pytest.mark.parametrize(
    ("status", "wait", "kind", "seconds"),
    [
        (429, "12", "rate_limit", 12.0),
        (429, "Wed, 04 Mar 2026 11:00:30 GMT", "rate_limit", 30.0),
        (429, "Wed, 04 Mar 2026 10:00:00 GMT", "rate_limit", 0.0),
        (429, "soon", "rate_limit", None),
        (502, "", "unavailable", None),
        (503, "3", "unavailable", 3.0),
        (504, "", "unavailable", None),
    ],
)
async def test_what_may_pass_by_itself_is_a_failure_that_says_when(
    calls: Calls, status: int, wait: str, kind: str, seconds: float | None
) -> None:
    told = await calls.failing(answer(status, "", {"retry-after": wait}))
    assert (told.kind, told.retry_after_seconds, told.uncertain) == (kind, seconds, False)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"method": "BREW"}, "method"),
        ({"json": {}, "body": "x"}, "give either json or body"),
        ({"timeout": "2h"}, "timeout"),
        ({"timeout": "soon"}, "timeout"),
        ({"header": {}}, "header"),
    ],
)
async def test_arguments_that_do_not_fit_are_refused(calls: Calls, args: dict[str, Json], words: str) -> None:
    told = await calls.failing(answer(), **args)
    assert told.kind == "invalid"
    assert words in told.message
    assert calls.asked == []


async def test_its_time_is_the_step_s_or_its_own_whichever_is_shorter(calls: Calls) -> None:
    assert (await calls(answer(200, "ok"), timeout="5s"))["text"] == "ok"
    assert (await calls(answer(200, "ok"), timeout=5, seconds=2.0))["text"] == "ok"


async def test_a_private_host_that_is_not_listed_is_refused(host: Host) -> None:
    runner = DeskActionRunner(LocalActions([RequestOverHttp()], host))
    with pytest.raises(ActionFailed, match="FRONTDESK_HTTP_ALLOW") as error:
        await runner.run(ActionCall(action="http.request", key="k", args={"url": "http://127.0.0.1:8000/"}))
    assert error.value.failure.kind == "rejected"
