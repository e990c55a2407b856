"""Actions in the desk's own process: rasa_sdk's interface, deadlines, and errors that say what happened."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pydantic import Field
from rasa_sdk.events import ActionExecuted, AllSlotsReset, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, ActionExecutionRejection, Tracker

from actions.base import Call, DeskAction, failed
from bot.edges.action_local import LocalActions
from bot.edges.action_runner import DeskActionRunner, Host
from bot.errors import ActionFailed
from bot.model.action import OUTPUT_SLOT, ActionCall, ActionResult, Failure
from bot.model.base import Json, Word
from bot.model.message import Reply
from bot.model.response import Button

Run = Callable[[CollectingDispatcher, Tracker, Any], Any]


def plain(run: Run, name: str = "action_x") -> Action:
    """A rasa_sdk action as others write them: nothing declared, ``run`` as given, sync or async."""

    class Plain(Action):
        """Does what the test says."""

    Plain.name = lambda self: name  # type: ignore[method-assign]
    if asyncio.iscoroutinefunction(run):

        async def waits(self: Action, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Any:
            return await run(dispatcher, tracker, domain)

        Plain.run = waits  # type: ignore[method-assign]
    else:
        Plain.run = lambda self, dispatcher, tracker, domain: run(dispatcher, tracker, domain)  # type: ignore[method-assign]
    return Plain()


class Number(Word):
    number: int = Field(ge=0)


class Doubled(Word):
    double: int
    key: str


class Double(DeskAction[Number, Doubled]):
    """Doubles a number."""

    action_name = "test.double"
    effect = "read"

    async def act(self, params: Number, call: Call) -> Doubled:
        call.say("done", buttons=[{"title": "Again", "payload": "/again"}])
        call.set_slot("seen", params.number)
        call.emit("noted", text="a note")
        return Doubled(double=params.number * 2, key=call.key)


async def run(host: Host, action: Action, seconds: float | None = 5.0, **args: Json) -> ActionResult:
    runner = DeskActionRunner(LocalActions([action], host))
    return await runner.run(ActionCall(action=action.name(), key="i/1/f/s/1", args=args, timeout_seconds=seconds))


async def failure(host: Host, action: Action, seconds: float | None = 5.0, **args: Json) -> Failure:
    with pytest.raises(ActionFailed) as error:
        await run(host, action, seconds, **args)
    return error.value.failure


async def test_an_action_of_ours_takes_and_gives_what_it_declares(host: Host) -> None:
    result = await run(host, Double(), number=21)
    assert result.output == {"double": 42, "key": "i/1/f/s/1"}
    assert result.slots == {"seen": 21}
    assert result.replies == (Reply(text="done", buttons=(Button(title="Again", payload="/again"),)),)
    assert result.events == ({"event": "noted", "text": "a note"},)


async def test_an_action_of_ours_declares_its_schemas_and_effect(host: Host) -> None:
    spec = LocalActions([Double()], host).specs["test.double"]
    assert spec.params is not None
    assert spec.params["properties"]["number"]["type"] == "integer"
    assert spec.outputs is not None
    assert set(spec.outputs["properties"]) == {"double", "key"}
    assert (spec.effect, spec.idempotent, spec.description) == ("read", False, "Doubles a number.")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({}, "number: Field required"),
        ({"number": "many"}, "number: Input should be a valid integer"),
        ({"number": -1}, "number: Input should be greater than or equal to 0"),
        ({"number": 1, "nmber": 2}, "nmber: Extra inputs are not permitted"),
    ],
)
async def test_arguments_that_do_not_fit_name_the_field(host: Host, args: dict[str, Json], words: str) -> None:
    told = await failure(host, Double(), **args)
    assert told.kind == "invalid"
    assert words in told.message


async def test_an_argument_that_does_not_fit_is_not_repeated_in_the_message(host: Host) -> None:
    told = await failure(host, Double(), number="hunter2")
    assert "hunter2" not in told.message


async def test_an_output_that_was_not_declared_is_invalid(host: Host) -> None:
    class Liar(DeskAction[Number, Doubled]):
        action_name = "test.liar"

        async def act(self, params: Number, call: Call) -> Doubled:
            return Number(number=1)  # type: ignore[return-value]

    told = await failure(host, Liar(), number=1)
    assert told.kind == "invalid"
    assert "an output that it does not declare: the output" in told.message
    assert told.uncertain, "it ran, so it may have had its effect"


async def test_a_failure_that_an_action_raises_arrives_as_it_is(host: Host) -> None:
    class Busy(Double):
        async def act(self, params: Number, call: Call) -> Doubled:
            raise failed("rate_limit", "come back later", retry_after_seconds=9)

    assert await failure(host, Busy(), number=1) == Failure(
        kind="rate_limit", message="come back later", retry_after_seconds=9
    )


async def test_a_plain_rasa_action_reads_its_arguments_as_slots_and_sets_slots(host: Host) -> None:
    def greet(dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Any]:
        dispatcher.utter_message(text=f"Hello {tracker.get_slot('name')}", image="https://example.com/a.png")
        dispatcher.utter_message(response="utter_welcome", city="Bern")
        dispatcher.utter_message(json_message={"kind": "card"}, attachment="https://example.com/a.pdf")
        assert domain["responses"] == {}
        return [SlotSet("greeted", True), AllSlotsReset(), ActionExecuted("action_listen")]

    result = await run(host, plain(greet), name="Ada")
    assert result.output is None
    assert result.slots == {"greeted": True}
    assert result.replies == (
        Reply(text="Hello Ada", image="https://example.com/a.png"),
        Reply(custom={"kind": "card"}, files=("https://example.com/a.pdf",)),
    )
    assert result.utter == (("utter_welcome", {"city": "Bern"}),)
    assert [event["event"] for event in result.events] == ["reset_slots", "action"]


async def test_a_plain_action_may_give_an_output_by_the_reserved_slot(host: Host) -> None:
    result = await run(host, plain(lambda *_: [SlotSet(OUTPUT_SLOT, {"on": date(2026, 3, 4)})]))
    assert (result.output, result.slots) == ({"on": "2026-03-04"}, {})


async def test_a_tracker_has_everything_that_rasa_puts_there(host: Host) -> None:
    seen: list[Tracker] = []

    async def look(dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> None:
        seen.append(tracker)
        tracker.slots["plan"]["name"] = "changed"

    tracker = {
        "sender_id": "ada",
        "slots": {"plan": {"name": "pro"}},
        "latest_message": {"text": "hi", "metadata": None},
    }
    runner = DeskActionRunner(LocalActions([plain(look)], host))
    await runner.run(ActionCall(action="action_x", key="k", args={"a": 1}, tracker=tracker))
    assert seen[0].sender_id == "ada"
    assert seen[0].latest_message["text"] == "hi"
    assert seen[0].latest_message["metadata"]["frontdesk"]["key"] == "k"
    assert seen[0].slots == {"plan": {"name": "changed"}, "a": 1}
    assert seen[0].current_state()["events"] == []
    assert tracker["slots"] == {"plan": {"name": "pro"}}, "an action works on a copy"


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ActionExecutionRejection("action_x", "not now"), "rejected", "not now"),
        (ValueError("no such plan"), "internal", "ValueError no such plan"),
        (TimeoutError("upstream"), "timeout", "upstream"),
        (ConnectionRefusedError("crm"), "unavailable", "crm"),
        (SystemExit(3), "internal", "3"),
        (RecursionError("deep"), "internal", "deep"),
    ],
)
@pytest.mark.parametrize("blocking", [True, False])
async def test_an_error_of_an_action_becomes_a_failure_of_its_kind(
    host: Host, error: BaseException, kind: str, words: str, blocking: bool
) -> None:
    def blocks(*_: Any) -> None:
        raise error

    async def waits(*_: Any) -> None:
        raise error

    told = await failure(host, plain(blocks if blocking else waits))
    assert told.kind == kind
    assert words in told.message
    assert told.uncertain is (kind != "rejected")


async def test_an_error_is_told_briefly_and_without_credentials(host: Host) -> None:
    def leaks(*_: Any) -> None:
        raise ValueError(
            "GET https://bob:hunter2@crm/ Authorization: Bearer abcdef123 api_key=s3cr3tkey " + "x" * 5_000
        )

    told = await failure(host, plain(leaks))
    assert len(told.message) <= 300
    assert not [word for word in ("hunter2", "abcdef123", "s3cr3tkey") if word in told.message]


async def test_a_blocking_action_holds_up_nobody_and_is_left_at_its_deadline(host: Host) -> None:
    release = threading.Event()
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    ticking = asyncio.ensure_future(tick())
    started = time.monotonic()
    told = await failure(host, plain(lambda *_: release.wait(30)), seconds=0.3)
    took = time.monotonic() - started
    ticking.cancel()
    release.set()
    assert (told.kind, told.uncertain) == ("timeout", True)
    assert "longer than 0.3 s" in told.message
    assert took < 2.0
    assert ticks >= 5, "the loop went on"


async def test_when_every_thread_is_stuck_the_next_blocking_action_is_refused_and_async_ones_go_on(
    host: Host,
) -> None:
    release = threading.Event()
    stuck = plain(lambda *_: release.wait(30), "action_stuck")
    local = LocalActions([stuck, Double()], host, most_threads=2)
    runner = DeskActionRunner(local)
    call = ActionCall(action="action_stuck", key="k", timeout_seconds=0.2)
    first = await asyncio.gather(*(runner.run(call) for _ in range(2)), return_exceptions=True)
    with pytest.raises(ActionFailed) as refused:
        await runner.run(ActionCall(action="action_stuck", key="k", timeout_seconds=5))
    doubled = await runner.run(ActionCall(action="test.double", key="k", args={"number": 1}))
    release.set()
    assert [error.failure.kind for error in first if isinstance(error, ActionFailed)] == [
        "timeout",
        "timeout",
    ]
    assert refused.value.failure.kind == "unavailable"
    assert not refused.value.failure.uncertain
    assert doubled.output == {"double": 2, "key": "k"}


async def test_threads_come_free_again_when_their_actions_end(host: Host) -> None:
    local = LocalActions([plain(lambda *_: time.sleep(0.02))], host, most_threads=2)
    runner = DeskActionRunner(local)
    results = await asyncio.gather(*(runner.run(ActionCall(action="action_x", key=str(n))) for n in range(12)))
    assert len(results) == 12


async def test_an_async_action_that_ignores_its_cancellation_is_left_at_its_deadline(host: Host) -> None:
    release = asyncio.Event()

    async def stubborn(*_: Any) -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    started = time.monotonic()
    told = await failure(host, plain(stubborn), seconds=0.1)
    assert told.kind == "timeout"
    assert time.monotonic() - started < 1.0
    release.set()
    await asyncio.sleep(0)


async def test_whoever_stops_waiting_cancels_the_action(host: Host) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def waits(*_: Any) -> None:
        began.set()
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()

    running = asyncio.ensure_future(run(host, plain(waits)))
    await began.wait()
    running.cancel()
    await asyncio.wait_for(ended.wait(), 1)
    assert running.cancelled() or running.cancelling()


@pytest.mark.parametrize(
    "said",
    [
        lambda dispatcher: dispatcher.utter_message(buttons=["no object"]),
        lambda dispatcher: dispatcher.utter_message(text=7),
        lambda dispatcher: dispatcher.utter_message(json_message={"x": object()}),
        lambda dispatcher: dispatcher.messages.extend([{"text": "x"}] * 101),
    ],
    ids=["buttons", "text", "an object", "too many"],
)
async def test_messages_that_make_no_sense_are_invalid(
    host: Host, said: Callable[[CollectingDispatcher], None]
) -> None:
    told = await failure(host, plain(lambda dispatcher, *_: said(dispatcher)))
    assert told.kind == "invalid"


@pytest.mark.parametrize(
    "events",
    [
        [{"event": "slot"}],
        [{"event": "slot", "name": 7}],
        [SlotSet("x", object())],
        [{"event": "x"}] * 1001,
        [{"event": 3}],
    ],
)
async def test_events_that_make_no_sense_are_invalid(host: Host, events: list[Any]) -> None:
    told = await failure(host, plain(lambda *_: events))
    assert told.kind == "invalid"


async def test_an_unknown_name_is_not_found(host: Host) -> None:
    with pytest.raises(ActionFailed, match="no action is called 'nope'") as error:
        await DeskActionRunner(LocalActions([], host)).run(ActionCall(action="nope", key="k"))
    assert error.value.failure.kind == "not_found"
