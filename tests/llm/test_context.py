"""Context on purpose: a model sees what its step declares of the conversation, and nothing more."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import House
from bot.model.base import JsonObject
from bot.store import events, instances
from bot.testing.fake_model_server import FakeModelServer
from tests.houses import a_house, say
from tests.llm.houses import conversation_of

# Providers ignore this warning when they are connected; here that was in another test.
pytestmark = pytest.mark.filterwarnings("ignore:Sampling parameters:UserWarning")

PARTS = {
    "none": "[]",
    "message": "[message]",
    "turns": "[{last_turns: 2}]",
    "slots": "[slots]",
    "contact": "[contact]",
    "summary": "[summary]",
    "both": "[message, slots]",
}
FLOWS = """
slots:
  plan: {type: choice, values: [free, pro]}
  pin: {type: pattern, pattern: '[0-9]{4}', sensitive: true}
flows:
  begin:
    description: Collects what the tests ask about.
    persisted_slots: [plan, pin]
    triggers: [{intent: begin}]
    steps:
      - {collect: plan, ask: Which plan?}
      - {collect: pin, ask: Which PIN?}
      - say: Noted.
""" + "".join(
    f"""
  ask_{name}:
    description: Asks with {name} for context.
    triggers: [{{intent: ask_{name}}}]
    steps:
      - id: word
        ai: {{prompt: "Say a word.", system: "Be brief.", context: {context}, offline: {{value: ok}}}}
      - say: "{{{{ steps.word.content }}}}"
"""
    for name, context in PARTS.items()
)
BEGIN = ("/begin", "pro", "1234")


@pytest.fixture(scope="module")
async def model() -> AsyncIterator[FakeModelServer]:
    async with FakeModelServer(replies={"Say a word.": "fine", "The last lines": {"summary": "Wants pro."}}) as server:
        yield server


@pytest.fixture(scope="module")
async def house(model: FakeModelServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("context")
    key = {"anthropic_api_key": "k", "anthropic_base_url": model.anthropic_url, "model_parse": "never"}
    async with a_house(folder, f"sqlite:///{folder / 'desk.db'}", FLOWS, turn_wait_seconds=10.0, **key) as opened:
        yield opened


async def sent_by(house: House, model: FakeModelServer, sender: str, *lines: str) -> list[JsonObject]:
    """The whole body of every request that these lines led to."""
    before = len(model.log)
    for line in lines:
        await say(house, line, sender=sender)
    return [entry["body"] for entry in model.log[before:]]


def plain(body: Any) -> str:
    """All texts of a request, with the fences' names, which are drawn, in one form."""
    return re.sub(r"data-[0-9a-f]+", "data", json.dumps([body.get("system"), body["messages"]], ensure_ascii=False))


EXPECTED = {
    "none": "Say a word.",
    "message": "Say a word.\n\nTheir last message:\n{/ask_message}",
    "turns": "Say a word.\n\nThe conversation so far:\n{contact: •••\nbot: Noted.\ncontact: /ask_turns}",
    "slots": 'Say a word.\n\nWhat is known:\n{{"plan": "pro", "pin": "•••"}}',
    "contact": 'Say a word.\n\nWho it is:\n{{"channel": "rest", "sender": "contact"}}',
    "both": 'Say a word.\n\nTheir last message:\n{/ask_both}\n\nWhat is known:\n{{"plan": "pro", "pin": "•••"}}',
}


@pytest.mark.parametrize("name", EXPECTED)
async def test_a_request_holds_the_prompt_and_what_its_step_declares(
    house: House, model: FakeModelServer, name: str
) -> None:
    (body,) = await sent_by(house, model, name, *BEGIN, f"/ask_{name}")
    (message,) = body["messages"]
    (content,) = message["content"]
    text = re.sub(r"</?data-[0-9a-f]+>\n?|\n?</data-[0-9a-f]+>", "", content["text"])
    wanted = re.sub(r"\{((?:[^{}]|\{[^{}]*\})*)\}", r"\1", EXPECTED[name])
    assert text.replace("\n\n\n", "\n\n").strip() == wanted.strip()
    assert set(body) <= {"model", "max_tokens", "messages", "system", "stream", "temperature"}
    assert "Be brief." in json.dumps(body["system"])


async def test_nobody_sends_anything_where_no_step_asks_a_model(house: House, model: FakeModelServer) -> None:
    assert await sent_by(house, model, "quiet", *BEGIN, "what?", "thanks") == []


async def test_the_summary_tells_what_happened_and_no_secret(house: House, model: FakeModelServer) -> None:
    (body,) = await sent_by(house, model, "sum", *BEGIN, "/ask_summary")
    sent = plain(body)
    assert "Begun: Collects what the tests ask about" in sent
    assert "Ended (completed): Collects what the tests ask about" in sent
    assert "1234" not in sent


async def test_a_model_keeps_the_summary_of_a_long_conversation(house: House, model: FakeModelServer) -> None:
    """It is asked as rarely as the lines that are remembered allow, and its words are kept with the conversation."""
    bodies = await sent_by(house, model, "long", *BEGIN, *["thanks"] * 4, "/ask_summary")
    summing, asking = bodies
    assert "The last lines:" in plain(summing)
    assert "1234" not in plain(summing)
    assert "Wants pro." in plain(asking)
    state = (await house.database.read(lambda c: instances.get(c, conversation_of("long")))).state
    assert state.summary == "Wants pro."
    facts = await house.database.read(lambda c: events.of(c, conversation_of("long")))
    assert next(fact.data["prompt"] for fact in facts if fact.type == "ModelAsked") == "frontdesk.summary"
