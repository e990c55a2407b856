"""Generative answers with a model on loopback: what it may say, and what is said when it makes things up."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import House
from bot.model.base import JsonObject
from bot.model.message import Address
from bot.store import events, ledger
from bot.testing.fake_model_server import FakeModelServer
from tests.houses import a_house, say
from tests.knowledge.articles import files

QUESTION = "how long does a refund take"
PREPARED = [
    "A refund takes 5 working days.\n\nMore on this: Refunds (https://help.example.com/refunds)",
    "(strict: refunds)",
]
GOOD = {"answer": "It takes 5 working days.", "citations": ["refunds#1"]}


@pytest.fixture
async def model() -> AsyncIterator[FakeModelServer]:
    async with FakeModelServer() as server:
        yield server


@pytest.fixture
async def house(tmp_path: Path, sqlite_url: str, model: FakeModelServer) -> AsyncIterator[House]:
    for name, text in files("generative").items():
        file = tmp_path / "flows" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    given = {"anthropic_api_key": "k", "anthropic_base_url": model.anthropic_url, "model_parse": "never"}
    async with a_house(tmp_path, sqlite_url, tmp_path / "flows", turn_wait_seconds=20, **given) as opened:
        yield opened


async def facts(house: House, sender: str, kind: str) -> list[JsonObject]:
    id_ = Address(channel="rest", sender=sender).conversation_id
    return [event.data for event in await house.database.read(lambda c: events.of(c, id_)) if event.type == kind]


async def test_a_model_puts_the_passages_into_words_and_names_what_it_used(
    house: House, model: FakeModelServer
) -> None:
    model.replies = {QUESTION: GOOD}
    said = "It takes 5 working days.\n\nMore on this: Refunds (https://help.example.com/refunds)"
    assert await say(house, QUESTION) == [said, "(generative: refunds)"]
    sent = json.dumps(model.log[0]["body"]["messages"])
    assert "A refund takes 5 working days." in sent
    assert "<data-" in sent, "what customers and authors wrote is fenced"
    id_ = Address(channel="rest", sender="ada").conversation_id
    effects = await house.database.read(lambda c: ledger.of(c, id_))
    assert {(one.action, one.status) for one in effects} == {
        ("knowledge.search", "done"),
        ("ai:answer_from_articles", "done"),
    }


@pytest.mark.parametrize(
    ("wrong", "asked"),
    [
        ({"answer": "It takes 5 days.", "citations": ["payments#9"]}, 2),  # an invented citation: one repair
        ({"answer": "It takes 5 days.", "citations": []}, 2),  # none at all
        ({"answer": "It takes 14 working days.", "citations": ["refunds#1"]}, 1),  # a number that nobody gave it
        ({"answer": "  ", "citations": ["refunds#1"]}, 1),
    ],
)
async def test_what_does_not_stand_on_the_passages_is_not_said(
    house: House, model: FakeModelServer, wrong: JsonObject, asked: int
) -> None:
    model.replies = {QUESTION: wrong}
    assert await say(house, QUESTION) == PREPARED
    assert len(model.log) == asked


async def test_a_model_may_find_that_no_passage_answers(house: House, model: FakeModelServer) -> None:
    model.replies = {QUESTION: {"answer": "none", "citations": ["none"]}}
    assert await say(house, QUESTION) == ["Nothing about that."]


async def test_a_model_that_does_not_answer_costs_nothing_but_its_words(house: House, model: FakeModelServer) -> None:
    model.behave("401")
    assert await say(house, QUESTION) == PREPARED


async def test_a_conversation_keeps_the_articles_that_it_began_with(house: House, tmp_path: Path) -> None:
    """And a broken article changes nothing in a desk that runs."""
    assert await say(house, "I have a question", sender="early") == ["What about?"]
    article = tmp_path / "flows" / "knowledge" / "parking.md"
    article.write_text("---\ntitle: Parking\nanswer: There is no car park any more.\n---\nThe car park is closed.")
    assert await house.flow_files.load()
    assert await say(house, "I have a question", sender="late") == ["What about?"]
    article.write_text("---\ntitel: Parking\n---\nThe car park is closed.")
    assert not await house.flow_files.load()
    assert (await say(house, "the car park and its price", sender="early"))[0].startswith("You park behind the house")
    assert (await say(house, "the car park and its price", sender="late"))[0].startswith("There is no car park")
