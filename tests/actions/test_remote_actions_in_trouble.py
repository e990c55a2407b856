"""An action server that is down, slow or talks nonsense (fault F9), and what its log says was done."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actions.base import Call, DeskAction
from bot.edges.action_local import LocalActions
from bot.edges.action_remote import RemoteActions
from bot.edges.action_runner import DeskActionRunner, Host
from bot.edges.egress import GuardedEgress
from bot.errors import ActionFailed, BadInput
from bot.model.action import ActionCall, ActionResult, Failure
from bot.model.base import Json, Word
from bot.testing.fake_action_server import FakeActionServer, Mode


@pytest.fixture
async def server() -> AsyncIterator[FakeActionServer]:
    async with FakeActionServer() as running:
        yield running


@pytest.fixture
async def runner(server: FakeActionServer, host: Host) -> AsyncIterator[DeskActionRunner]:
    runner = DeskActionRunner(LocalActions([], host), RemoteActions(server.url))
    await runner.refresh()
    yield runner
    await runner.close()


async def run(
    runner: DeskActionRunner, action: str = "fake.write", key: str = "k-1", seconds: float = 5.0, **args: Json
) -> ActionResult:
    return await runner.run(
        ActionCall(action=action, key=key, args=args, timeout_seconds=seconds, tracker={"sender_id": "hunter2"})
    )


async def failure(runner: DeskActionRunner, action: str = "fake.write", seconds: float = 5.0) -> Failure:
    with pytest.raises(ActionFailed) as error:
        await run(runner, action, seconds=seconds)
    assert "hunter2" not in error.value.failure.message, "the server's echo of the tracker is not passed on"
    return error.value.failure


async def test_a_call_carries_its_key_so_that_a_repeat_shows_once(
    runner: DeskActionRunner, server: FakeActionServer
) -> None:
    first = await run(runner, a=1)
    await run(runner, a=1)
    await run(runner, key="k-2", a=2)
    assert first.output == {"number": 1, "echo": {"a": 1}}
    assert [(entry["key"], entry["args"]) for entry in server.effects] == [
        ("k-1", {"a": 1}),
        ("k-2", {"a": 2}),
    ]
    assert len(server.log) == 3


@pytest.mark.parametrize(
    ("mode", "kind", "uncertain"),
    [
        ("400", "rejected", False),
        ("404", "not_found", False),
        ("429", "rate_limit", False),
        ("500", "unavailable", True),
        ("502", "unavailable", True),
        ("503", "unavailable", True),
        ("html", "invalid", True),
        ("cut", "invalid", True),
        ("null", "invalid", True),
        ("shape", "invalid", True),
        ("deep", "invalid", True),
        ("huge", "invalid", True),
        ("lost", "unavailable", True),
        ("reset", "unavailable", True),
    ],
)
async def test_each_trouble_has_its_kind_and_the_next_call_is_none_the_worse(
    runner: DeskActionRunner, server: FakeActionServer, mode: Mode, kind: str, uncertain: bool
) -> None:
    server.behave(mode)
    told = await failure(runner)
    assert (told.kind, told.uncertain) == (kind, uncertain)
    assert (await run(runner, key="k-2")).output["number"] == 2


@pytest.mark.parametrize("mode", ["slow", "hang", "drip"])
async def test_a_slow_server_is_left_at_the_deadline(
    runner: DeskActionRunner, server: FakeActionServer, mode: Mode
) -> None:
    server.behave(mode, seconds=30 if mode != "drip" else 0.05)
    started = time.monotonic()
    told = await failure(runner, seconds=0.3)
    assert (told.kind, told.uncertain) == ("timeout", True)
    assert time.monotonic() - started < 1.5


async def test_a_read_that_breaks_off_is_never_uncertain(runner: DeskActionRunner, server: FakeActionServer) -> None:
    """The server said of fake.read that it only reads."""
    for mode in ("500", "lost", "html"):
        server.behave(mode)
        assert not (await failure(runner, "fake.read")).uncertain


async def test_a_wait_that_the_server_asks_for_is_passed_on(runner: DeskActionRunner, server: FakeActionServer) -> None:
    server.behave("503")
    assert (await failure(runner)).retry_after_seconds == 7


async def test_a_server_that_misses_the_domain_gets_it_once_and_not_for_ever(
    runner: DeskActionRunner, server: FakeActionServer
) -> None:
    server.behave("449", times=2)
    assert (await run(runner)).output is not None
    assert [entry["mode"] for entry in server.log] == ["449", "449"]


async def test_a_slow_server_does_not_hold_up_other_calls(runner: DeskActionRunner, server: FakeActionServer) -> None:
    server.behave("hang", times=50, seconds=30, action="fake.slow")
    waiting = [asyncio.ensure_future(run(runner, "fake.slow", seconds=20)) for _ in range(50)]
    await server.until(calls=50)
    started = time.monotonic()
    await run(runner)
    assert time.monotonic() - started < 1.0
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_server_that_is_down_is_a_problem_to_show_and_a_failure_when_called(host: Host) -> None:
    async with FakeActionServer() as gone:
        pass
    runner = DeskActionRunner(LocalActions([], host), RemoteActions(gone.url))
    await runner.refresh()
    told = await failure(runner)
    assert (told.kind, told.uncertain) == ("unavailable", False)
    assert not runner.knows_all()
    assert "not to be had" in runner.problems()[0]
    await runner.close()


async def test_a_server_that_comes_back_is_used_and_listed(host: Host) -> None:
    async with FakeActionServer() as server:
        port = server.port
    runner = DeskActionRunner(LocalActions([], host), RemoteActions(server.url))
    await runner.refresh()
    async with FakeActionServer(port=port):
        await runner.refresh()
        assert "fake.read" in runner.catalogue()
        assert (await run(runner)).output is not None
    await runner.close()


async def test_a_server_cannot_take_over_an_action_of_the_desk(server: FakeActionServer, host: Host) -> None:
    class Nothing(Word):
        pass

    class Mine(DeskAction[Nothing, Nothing]):
        action_name = "fake.write"

        async def act(self, params: Nothing, call: Call) -> Nothing:
            return Nothing()

    runner = DeskActionRunner(LocalActions([Mine()], host), RemoteActions(server.url))
    await runner.refresh()
    await run(runner)
    assert server.log == []
    assert "fake.write" in runner.problems()[0]
    assert runner.catalogue()["fake.write"].params is not None
    await runner.close()


@pytest.mark.parametrize("url", ["", "5055", "localhost:5055", "ftp://localhost/webhook", "http:///webhook"])
def test_an_address_that_is_none_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(BadInput, match=r"FRONTDESK_ACTION_SERVER.*http://127\.0\.0\.1:5055/webhook"):
        RemoteActions(url)


async def test_the_fake_server_runs_as_a_process_whose_log_outlives_it(tmp_path: Path, host: Host) -> None:
    log = tmp_path / "effects.jsonl"
    module = "bot.testing.fake_action_server"
    command = [
        sys.executable,
        "-m",
        module,
        "--port",
        "0",
        "--log",
        str(log),
        "--port-file",
        str(tmp_path / "port"),
    ]
    for key in ("k-1", "k-1", "k-2"):
        process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(Path.cwd())})  # noqa: ASYNC220
        try:
            port = await asyncio.to_thread(port_of, tmp_path / "port")
            runner = DeskActionRunner(LocalActions([], host), RemoteActions(f"http://127.0.0.1:{port}/webhook"))
            await run(runner, key=key)
            await runner.close()
            egress = GuardedEgress([f"127.0.0.1:{port}"])
            told = await egress.request("GET", f"http://127.0.0.1:{port}/log")
            await egress.close()
        finally:
            process.kill()
            process.wait()
            (tmp_path / "port").unlink()
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(entry["key"], entry["applied"]) for entry in entries] == [
        ("k-1", True),
        ("k-1", False),
        ("k-2", True),
    ]
    assert told.json_ == entries


def port_of(path: Path) -> int:
    until = time.monotonic() + 30
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < until, "the fake action server did not start in time"
        time.sleep(0.02)
    return int(path.read_text())
