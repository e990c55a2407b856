"""Messages that the embedded understanding is not sure of are read by a model: a closed set, checked quotations."""

from pathlib import Path
from typing import Any

import pytest

from bot.model.base import JsonObject
from bot.model.parse import Entity, Guess, Parse
from bot.services.model_reading import reread, together
from bot.testing.fake_model_server import FakeModelServer, Mode
from tests.houses import say
from tests.llm.houses import LOST, a_house_with_a_model, asked_of

STRANGE = "zzq blorf wibble"
"""Words that no example has anything of."""


def meant(intent: str, **more: Any) -> JsonObject:
    """An answer as the model gives it."""
    return {
        "intent": intent, "certainty": "sure", "other": "none_of_these", "urgency": "normal", "sentiment": "neutral",
        **more,
    }  # fmt: skip


async def test_an_unclear_message_is_understood_by_the_model(tmp_path: Path, database_url: str) -> None:
    replies = {STRANGE: meant("visit")}
    async with FakeModelServer(replies=replies) as model, a_house_with_a_model(tmp_path, database_url, model) as house:
        assert await say(house, STRANGE) == ["Which day?"]
        (asked,) = await asked_of(house)
    assert asked["prompt"] == "frontdesk.parse"
    assert asked["cost_usd"] > 0


async def test_a_clear_message_is_read_by_nobody_else(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeModelServer() as model:
        async with a_house_with_a_model(tmp_path, sqlite_url, model) as house:
            await say(house, "I want to come by")
            await say(house, "2026-05-01")
        assert model.log == []


async def test_words_that_answer_an_open_question_as_little_as_anything_are_read(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with FakeModelServer(replies={STRANGE: meant("write_back")}) as model:
        async with a_house_with_a_model(tmp_path, sqlite_url, model) as house:
            await say(house, "I want to come by")
            replies = await say(house, STRANGE)
        assert len(model.log) >= 1
        assert replies


@pytest.mark.parametrize(("when", "requests"), [("never", 0), ("unclear", 1), ("always", 2)])
async def test_the_operator_says_which_messages_are_read(
    tmp_path: Path, sqlite_url: str, when: str, requests: int
) -> None:
    replies = {STRANGE: meant("none_of_these"), "come by": meant("visit")}
    async with FakeModelServer(replies=replies) as model:
        async with a_house_with_a_model(tmp_path, sqlite_url, model, model_parse=when) as house:
            await say(house, STRANGE)
            await say(house, "I want to come by")
        assert len(model.log) == requests


@pytest.mark.parametrize("mode", ["wrong_enum", "broken_json", "html", "refusal", "500", "hang", "wrong_shape"])
async def test_where_the_model_fails_the_embedded_understanding_stands(
    tmp_path: Path, sqlite_url: str, mode: Mode
) -> None:
    async with FakeModelServer() as model:
        async with a_house_with_a_model(
            tmp_path, sqlite_url, model, model_parse="always", model_parse_seconds=1.0
        ) as house:
            model.behave(mode, times=9)
            assert await say(house, "I want to come by") == ["Which day?"]
            (asked,) = await asked_of(house)
        assert asked["failed"] in ("invalid", "unavailable", "rejected", "timeout")


async def test_the_same_message_is_not_paid_for_twice(tmp_path: Path, sqlite_url: str) -> None:
    async with FakeModelServer(replies={STRANGE: meant("visit")}) as model:
        async with a_house_with_a_model(tmp_path, sqlite_url, model) as house:
            for sender in ("ada", "ben", "cleo"):
                assert await say(house, STRANGE, sender=sender) == ["Which day?"]
            (asked,) = await asked_of(house, "cleo")
        assert len(model.log) == 1
    assert asked["remembered"] is True
    assert asked["cost_usd"] == 0


class Words:
    """Finds a product where it is named."""

    def parse(self, text: str, language: str | None = None) -> Parse:
        start = text.find("Widget")
        if start < 0:
            return Parse()
        return Parse(entities=(Entity(entity="product", value="widget", text="Widget", start=start, end=start + 6),))


def test_only_quotations_that_the_desk_itself_reads_so_become_entities() -> None:
    text = "the small Widget and the big one"
    quoted = [
        {"entity": "product", "text": "small Widget"},
        {"entity": "product", "text": "big one"},
        {"entity": "product", "text": "no such words"},
        {"entity": "colour", "text": "Widget"},
    ]
    parse = reread(text, Parse(), meant("buy", entities=quoted), Words())
    assert parse.entities == (Entity(entity="product", value="widget", text="small Widget", start=4, end=16),)


def test_a_quotation_is_found_at_its_own_place() -> None:
    """Not inside of another word, nor where something else was found before."""
    text = "Widgets: one Widget, another Widget"
    quoted = [{"entity": "product", "text": " Widget"}] * 3
    parse = reread(text, Parse(), meant("buy", entities=quoted), Words())
    assert [text[one.start : one.end] for one in parse.entities] == ["Widget", "Widget"]
    assert [one.start for one in parse.entities] == [13, 29]


def test_a_model_that_guesses_makes_the_desk_ask_which() -> None:
    parse = reread("hm", Parse(), meant("buy", certainty="guess", other="sell"), Words())
    assert parse.reasons == ("ambiguous",)
    assert [guess.intent for guess in parse.alternatives] == ["buy", "sell"]


def test_a_guess_without_another_changes_no_intent() -> None:
    known = Parse(intent="sell", confidence=0.4, alternatives=(Guess(intent="sell", confidence=0.4),))
    assert reread("hm", known, meant("buy", certainty="guess"), Words()).intent == "sell"


def test_none_of_these_is_an_answer() -> None:
    parse = reread(LOST, Parse(intent="buy", confidence=0.6), meant("none_of_these"), Words())
    assert (parse.intent, parse.reasons) == (None, ("unfamiliar",))


def test_a_model_is_believed_as_far_as_the_examples_do_not_speak_against_it() -> None:
    """Its word alone, where they have no opinion; more where they agree; below what begins a flow where they do not."""
    assert together(0.95, 0.1) == pytest.approx(0.95)
    assert together(0.8, 0.1) == pytest.approx(0.8)
    assert together(0.95, 0.0) < 0.8
    assert 0.95 < together(0.8, 0.5) < together(0.95, 0.5)
    assert together(0.95, 0.9) == 0.99
