"""The bounded agent step: a model may call what the flow has declared, until it answers or a bound is reached."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app import House
from bot.errors import Superseded
from bot.model.action import ActionResult, ActionSpec
from bot.model.base import Json, JsonObject
from bot.model.effect import Act, Think
from bot.model.incoming import EffectDone
from bot.model.llm import ToolCall
from bot.rules.tools import Refused, accepted, offered
from bot.services.agent_steps import AgentSteps
from bot.store import events, ledger
from bot.testing.fake_model_server import FakeModelServer
from tests.houses import a_house, say, write_flows
from tests.llm.houses import asked_of, conversation_of

FLOWS = """
flows:
  track:
    description: Where an order is.
    triggers: [{intent: track}]
    steps:
      - id: work
        ai:
          prompt: "Answer the contact: {{ input.text }}"
          schema: {type: object, properties: {words: {type: string}}, required: [words]}
          tools: [desk.opening_hours, orders.find]
          max_steps: 4
        default: {words: no answer}
        on_error: [{say: "It failed as {{ error.kind }}."}]
      - say: "{{ steps.work.words }}"
  money:
    description: The contact wants money back.
    triggers: [{intent: money}]
    steps:
      - id: work
        ai:
          prompt: "Settle this: {{ input.text }}"
          tools:
            - action: billing.find_charges
              with: {email: ben@example.com}
            - action: billing.refund
              writes: true
              with: {charge_id: CH-3004}
          budget_usd: 0.05
          offline: {value: A colleague will look at it.}
        default: {content: no answer}
        on_error: [{say: "It failed as {{ error.kind }}."}]
      - say: "{{ steps.work.content }}"
  charges:
    description: What somebody was charged.
    triggers: [{intent: charges}]
    steps:
      - id: work
        ai: look_up
        with: {question: "{{ input.text }}", whose: ben@example.com}
      - say: "{{ steps.work.words }}"
nlu:
  - intent: charges
    examples: |
      - what have I been charged
      - show my charges
  - intent: track
    examples: |
      - where is my order
      - track my parcel
  - intent: money
    examples: |
      - I want my money back
      - refund me
"""
PROMPT = """
name: look_up
inputs: {question: text, whose: {type: email, default: nobody@example.com}}
prompt: "Answer the contact: {{ question }}"
output: {type: object, properties: {words: {type: string}}, required: [words]}
tools:
  - {action: billing.find_charges, with: {email: "{{ whose }}"}}
max_steps: 3
offline: {value: {words: later}}
"""
ASKED = "where is my order"
FOUND: list[tuple[str, Json]] = [("orders_find", {"order_id": "A-2001"})]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WORDS = {"words": "It is on its way."}


@pytest.fixture
async def model() -> AsyncIterator[FakeModelServer]:
    async with FakeModelServer(replies={ASKED: WORDS, "money back": "All settled."}) as server:
        yield server


def desk(folder: Path, url: str, model: FakeModelServer, provider: str = "anthropic", **settings: Any) -> Any:
    key = {f"{provider}_api_key": "desk-key", f"{provider}_base_url": getattr(model, f"{provider}_url")}
    flows = write_flows(folder / "flows", FLOWS)
    write_flows(flows / "prompts", PROMPT, "look_up.yml")
    return a_house(folder, url, flows, **{"turn_wait_seconds": 20.0, **key, **settings})


async def called(house: House) -> list[tuple[str, str]]:
    """Each call in the conversation's events: the tool and what came of it."""
    found = await house.database.read(lambda c: events.of(c, conversation_of("ada")))
    return [(event.data["tool"], event.data["status"]) for event in found if event.type == "ToolCalled"]


async def entries(house: House) -> list[tuple[str, str]]:
    """The ledger: what was begun, and how it ended."""
    found = await house.database.read(lambda c: ledger.of(c, conversation_of("ada")))
    return [(one.action, one.status) for one in found]


def sent(entry: JsonObject) -> str:
    return json.dumps(entry["body"], ensure_ascii=False)


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
async def test_the_model_looks_something_up_and_answers(
    tmp_path: Path, database_url: str, model: FakeModelServer, provider: str
) -> None:
    model.calls = [FOUND]
    async with desk(tmp_path, database_url, model, provider) as house:
        assert await say(house, ASKED) == ["It is on its way."]
        assert await called(house) == [("orders.find", "done")]
        assert [event["tries"] for event in await asked_of(house)] == [1, 1]
        done = await entries(house)
    assert sorted(done) == [("ai:track.work", "done")] * 3 + [("orders.find", "done")]
    offered = [tool.get("function", tool)["name"] for tool in model.log[0]["body"]["tools"]]
    assert {"orders_find", "desk_opening_hours"} <= set(offered)
    assert "A-2001" in sent(model.log[1])


async def test_a_prompt_of_its_own_file_looks_things_up_with_what_it_was_handed(
    tmp_path: Path, sqlite_url: str, model: FakeModelServer
) -> None:
    model.calls = [[("billing_find_charges", {"email": "eve@example.com"})], [("orders_find", {"order_id": "A-2001"})]]
    model.replies["been charged"] = {"words": "Twice."}
    async with desk(tmp_path, sqlite_url, model) as house:
        assert await say(house, "what have I been charged") == ["Twice."]
        assert await called(house) == [("billing.find_charges", "done"), ("orders_find", "refused")]
        found = await house.database.read(lambda c: events.of(c, conversation_of("ada")))
    looked_up = next(event.data for event in found if event.type == "ToolCalled")
    assert json.loads(looked_up["args"]) == {"email": "ben@example.com"}
    assert "ben@example.com" not in sent(model.log[0])


async def test_what_an_action_gave_stands_in_a_fence(tmp_path: Path, sqlite_url: str, model: FakeModelServer) -> None:
    model.calls = [FOUND]
    async with desk(tmp_path, sqlite_url, model) as house:
        await say(house, ASKED)
    result = model.log[1]["body"]["messages"][-1]["content"][0]
    assert result["type"] == "tool_result"
    assert "<data-" in json.dumps(result["content"])


async def test_several_calls_of_one_answer_are_all_made(
    tmp_path: Path, sqlite_url: str, model: FakeModelServer
) -> None:
    model.calls = [[*FOUND, ("desk_opening_hours", {})]]
    async with desk(tmp_path, sqlite_url, model, "openai") as house:
        assert await say(house, ASKED) == ["It is on its way."]
        assert await called(house) == [("orders.find", "done"), ("desk.opening_hours", "done")]


@pytest.mark.parametrize(
    ("calls", "why"),
    [
        ([("launch_missiles", {})], "there is no tool 'launch_missiles'"),
        ([("billing.refund", {"charge_id": "CH-3001", "amount": 1})], "there is no tool 'billing.refund'"),
        ([("orders_find", {"order_id": ["A-2001"]})], "must be"),
        ([("orders_find", '{"order_id": ')], "arguments"),
    ],
    ids=["invented", "not declared", "wrong type", "no JSON"],
)
async def test_a_call_that_was_not_declared_so_is_refused_and_the_model_told(
    tmp_path: Path, sqlite_url: str, model: FakeModelServer, calls: list[tuple[str, Json]], why: str
) -> None:
    model.calls = [calls]
    async with desk(tmp_path, sqlite_url, model, "openai") as house:
        assert await say(house, ASKED) == ["It is on its way."]
        assert [status for _, status in await called(house)] == ["refused"]
        assert all(action.startswith("ai:") for action, _ in await entries(house))
    assert "Refused: " in sent(model.log[1])
    assert why in sent(model.log[1])


async def test_a_model_that_never_answers_is_stopped_after_its_steps(
    tmp_path: Path, sqlite_url: str, model: FakeModelServer
) -> None:
    """The same call again is not made again; on the last step it is told to answer, and then that is that."""
    model.behave("calls", times=50)
    async with desk(tmp_path, sqlite_url, model) as house:
        assert await say(house, ASKED) == ["It failed as invalid.", "no answer"]
        assert len(model.log) == 4
        assert [status for _, status in await called(house)] == ["failed", "repeated", "repeated"]
    assert "This is your last step" in sent(model.log[3])


async def test_the_time_of_the_step_bounds_all_of_its_requests(
    tmp_path: Path, sqlite_url: str, model: FakeModelServer
) -> None:
    model.calls = [FOUND]
    model.behave("good")
    model.behave("hang", times=9, seconds=30)
    async with desk(tmp_path, sqlite_url, model, model_deadline_seconds=1.0) as house:
        assert await say(house, ASKED) == ["It failed as timeout.", "no answer"]
        assert await called(house) == [("orders.find", "done")]


async def test_a_declared_write_is_done_once_with_what_the_flow_has_set(
    tmp_path: Path, sqlite_url: str, model: FakeModelServer
) -> None:
    """The model neither sees nor changes the charge; asking twice for the same refund makes one."""
    refund: tuple[str, Json] = ("billing_refund", {"amount": 19, "reason": "twice", "charge_id": "CH-3001"})
    model.calls = [[("billing_find_charges", {"email": "eve@example.com"})], [refund], [refund]]
    async with desk(tmp_path, sqlite_url, model) as house:
        assert await say(house, "I want my money back") == ["All settled."]
        assert [tool for tool, status in await called(house) if status != "repeated"] == [
            "billing.find_charges",
            "billing.refund",
        ]
        made = await house.database.read(lambda c: ledger.of(c, conversation_of("ada")))
    (refunded,) = [one for one in made if one.action == "billing.refund"]
    schema = next(tool for tool in model.log[0]["body"]["tools"] if tool["name"] == "billing_refund")["input_schema"]
    assert "charge_id" not in schema["properties"]
    assert refunded.status == "done"
    assert refunded.outcome["result"]["output"]["charge_id"] == "CH-3004"
    assert "ben@example.com" not in sent(model.log[0])


async def test_the_budget_ends_a_step_before_it_is_passed(
    tmp_path: Path, sqlite_url: str, model: FakeModelServer
) -> None:
    """What the next request could cost at most must fit into what is left; the offline answer stands in."""
    model.calls = [[("billing_find_charges", {})]] * 40
    async with desk(tmp_path, sqlite_url, model, model_quick="anthropic:claude-opus-4-1") as house:
        assert await say(house, "I want my money back") == ["A colleague will look at it."]
    assert len(model.log) < 5


async def test_each_request_and_each_call_has_its_own_key_in_the_ledger(
    tmp_path: Path, sqlite_url: str, model: FakeModelServer
) -> None:
    """So a step that a crash cut off goes the same way again: what has an outcome there is not done again."""
    model.calls = [FOUND]
    async with desk(tmp_path, sqlite_url, model) as house:
        await say(house, ASKED)
        made = await house.database.read(lambda c: ledger.of(c, conversation_of("ada")))
    keys = sorted(one.key for one in made)
    assert [key.removeprefix(keys[0]) for key in keys] == ["", "/1", "/1.1", "/2"]


async def test_a_second_run_of_a_step_repeats_nothing_that_was_done() -> None:
    """The ledger is played by a dictionary here: the second run finds all outcomes in it."""
    outcomes: dict[str, EffectDone] = {}
    done: list[str] = []
    answers: list[JsonObject] = [
        {"calls": [{"id": "1", "tool": "orders.find", "args": {}}]},
        {"answer": {"content": "ok"}},
    ]

    async def do(call: Act | Think) -> EffectDone:
        if call.key not in outcomes:
            done.append(call.key)
            output = answers.pop(0) if isinstance(call, Think) else {"found": True}
            outcomes[call.key] = EffectDone(key=call.key, result=ActionResult(output=output), at=NOW)
        return outcomes[call.key]

    steps = AgentSteps({"orders.find": ActionSpec(name="orders.find", effect="read")}, do, lambda: NOW)
    spec: JsonObject = {"name": "work", "prompt": "", "tools": [{"action": "orders.find"}], "max_steps": 5}
    think = Think(key="i/1/1/work/1", frame=1, node="work", spec=spec, inputs={})
    first, second = await steps.run(think), await steps.run(think)
    assert first == second
    assert done == ["i/1/1/work/1/1", "i/1/1/work/1/1.1", "i/1/1/work/1/2"]


async def test_whoever_takes_over_ends_the_step() -> None:
    async def do(call: Act | Think) -> EffectDone:
        raise Superseded("a person has taken over")

    think = Think(key="i/1/1/work/1", frame=1, node="work", spec={"tools": [], "max_steps": 5}, inputs={})
    ended = await AgentSteps({}, do, lambda: NOW).run(think)
    assert ended.failure is not None
    assert ended.failure.kind == "rejected"


def test_an_action_that_writes_is_offered_only_where_the_flow_says_so() -> None:
    specs = {name: ActionSpec(name=name, effect=effect) for name, effect in (("look", "read"), ("pay", "write"))}
    assert set(offered([{"action": "look"}, {"action": "pay"}, {"action": "gone"}], specs)) == {"look"}
    assert set(offered([{"action": "pay", "writes": True}], specs)) == {"pay"}


def test_what_the_flow_sets_cannot_be_set_by_a_model() -> None:
    params = {"properties": {"to": {"type": "string"}, "words": {"type": "string"}}, "required": ["to", "words"]}
    tools = offered([{"action": "send", "with": {"to": "desk"}}], {"send": ActionSpec(
        name="send", effect="read", params=params)})  # fmt: skip
    call = ToolCall(id="1", tool="send", args={"to": "mallory", "words": "hi"})
    assert accepted(call, tools) == {"to": "desk", "words": "hi"}
    missing = accepted(call.model_copy(update={"args": {}}), tools)
    assert missing == Refused("your call lacks 'words'")
