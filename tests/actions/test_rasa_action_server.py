"""Actions on a real rasa_sdk server, a process of its own, over its HTTP protocol."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.edges.action_local import LocalActions
from bot.edges.action_remote import RemoteActions
from bot.edges.action_runner import DeskActionRunner, Host
from bot.errors import ActionFailed
from bot.model.action import ActionCall, ActionResult, Failure
from bot.model.base import Json
from bot.testing.ports import free_port

pytestmark = pytest.mark.slow
START_SECONDS = 60.0


def is_healthy(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b" 200 " in connection.recv(100)
    except OSError:
        return False


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "tests.actions.served", "--port", str(port)]
    environment = {**os.environ, "SANIC_HOST": "127.0.0.1", "PYTHONPATH": str(Path.cwd())}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        until = time.monotonic() + START_SECONDS
        while not is_healthy(port):
            assert process.poll() is None, "the action server ended while it started"
            assert time.monotonic() < until, "the action server did not start in time"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
async def runner(server_url: str, host: Host) -> AsyncIterator[DeskActionRunner]:
    runner = DeskActionRunner(LocalActions([], host), RemoteActions(server_url, domain=lambda: {"slots": {"name": {}}}))
    await runner.refresh()
    yield runner
    await runner.close()


async def run(runner: DeskActionRunner, action: str, seconds: float = 10.0, **args: Json) -> ActionResult:
    tracker = {"sender_id": "ada", "slots": {"secret": "hunter2"}}
    call = ActionCall(action=action, key="i/1/f/s/1", args=args, timeout_seconds=seconds, tracker=tracker)
    return await runner.run(call)


async def failure(runner: DeskActionRunner, action: str, seconds: float = 10.0, **args: Json) -> Failure:
    with pytest.raises(ActionFailed) as error:
        await run(runner, action, seconds, **args)
    return error.value.failure


async def test_the_server_s_actions_are_in_the_catalogue(runner: DeskActionRunner) -> None:
    assert {"action_hello", "action_rejects", "remote.double"} <= runner.catalogue().keys()
    assert runner.knows_all()
    assert runner.problems() == ()


async def test_an_action_runs_in_the_other_process_with_slots_and_the_domain(
    runner: DeskActionRunner,
) -> None:
    """The server asks for the domain with 449 where it has none; the second request brings it."""
    result = await run(runner, "action_hello", name="Ada")
    text = result.replies[0].text or ""
    assert text.startswith("Hello Ada")
    assert text != f"Hello Ada, says {os.getpid()}"
    assert result.slots == {"greeted": ["slots"]}


async def test_one_of_our_actions_takes_and_gives_the_same_there(runner: DeskActionRunner) -> None:
    result = await run(runner, "remote.double", number=21)
    assert (result.output, result.slots) == ({"double": 42, "key": "i/1/f/s/1"}, {})


async def test_a_failure_of_one_of_our_actions_keeps_its_kind_on_the_way(runner: DeskActionRunner) -> None:
    assert await failure(runner, "remote.double", number=13) == Failure(
        kind="rate_limit", message="not this number", retry_after_seconds=4
    )
    assert (await failure(runner, "remote.double", number="many")).kind == "invalid"


async def test_an_action_that_needs_the_desk_says_so_there(runner: DeskActionRunner) -> None:
    told = await failure(runner, "remote.needs_the_desk", number=1)
    assert (told.kind, "needs the desk" in told.message) == ("internal", True)


async def test_a_rejection_is_a_rejection(runner: DeskActionRunner) -> None:
    told = await failure(runner, "action_rejects")
    assert (told.kind, told.uncertain) == ("rejected", False)
    assert "not while it rains" in told.message


async def test_an_unknown_action_is_not_found(runner: DeskActionRunner) -> None:
    assert (await failure(runner, "action_nope")).kind == "not_found"


async def test_an_error_there_is_an_outage_whose_body_is_not_passed_on(runner: DeskActionRunner) -> None:
    told = await failure(runner, "action_breaks")
    assert (told.kind, told.uncertain) == ("unavailable", True)
    assert "answered 500" in told.message
    assert not [word for word in ("hunter2", "a secret of the server", "ada") if word in told.message]


async def test_a_slow_action_is_left_at_the_deadline(runner: DeskActionRunner) -> None:
    started = time.monotonic()
    told = await failure(runner, "action_dawdles", seconds=0.3)
    assert (told.kind, told.uncertain) == ("timeout", True)
    assert time.monotonic() - started < 1.5
