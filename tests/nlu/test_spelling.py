"""Mistyped messages: what is put right, and what is left as it is."""

import pytest

from bot.nlu.pipeline import Pipeline
from bot.nlu.spelling import LONGEST, Speller
from tests.nlu.desks import shop, train

WORDS = ["the", "of", "is", "weather", "nice", "today", "it"]
EXAMPLES = ["where is my order", "I was charged twice", "my payment was cancelled", "please help me with my order"]


def speller() -> Speller:
    return Speller(EXAMPLES, {word: rank for rank, word in enumerate(WORDS)})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hwere is my odrer", "where is my order"),  # letters that changed places
        ("whre is my ordr", "where is my order"),  # letters that were dropped
        ("where ismy order", "where is my order"),  # a space that was dropped
        ("wher eis myorder", "where is my order"),  # a space that changed places with a letter
        ("plesae hel pm ewith my order", "please help me with my order"),  # slips one after the other
        ("my pyament was cancelle.d", "my payment was cancelled"),  # a full stop in the midst of a word
        ("where is my odrer 1234?", "where is my order 1234?"),  # figures and the end stay
        ("hwere\u2019s my odrer", "where is my order"),
    ],
)
def test_slips_of_the_finger_are_put_right(typed: str, meant: str) -> None:
    assert speller().readings(typed)[0].text == meant


@pytest.mark.parametrize("text", ["the weather is nice", "The  weather: is it NICE?!", "orders, ordered, ordering"])
def test_a_message_of_known_words_stays_to_the_letter(text: str) -> None:
    (reading,) = speller().readings(text)
    assert (reading.text, reading.share) == (text, 1.0)


@pytest.mark.parametrize("text", ["", "write to bob@exmaple.com", "a" * 5_000, "🍕", "x y z " * 100])
def test_a_text_that_cannot_be_mended_stays(text: str) -> None:
    assert [one.text for one in speller().readings(text)] == [text]


@pytest.mark.parametrize(
    "text", ["q" * LONGEST, "qx " * (LONGEST // 3), "'" * LONGEST, "ordr" * (LONGEST // 4), "ẞß ÀÉ"]
)
def test_any_text_has_readings_whose_shares_add_up_to_one(text: str) -> None:
    found = speller().readings(text)
    assert 1 <= len(found) <= 3
    assert sum(one.share for one in found) == pytest.approx(1.0)


def test_words_that_may_mean_two_things_have_two_readings() -> None:
    found = Speller(["my card please", "my cart please"], {}).readings("my carx pleas")
    assert {one.text for one in found} == {"my card please", "my cart please"}


def test_a_mistyped_message_is_understood() -> None:
    pipeline: Pipeline = train(shop())
    assert pipeline.parse("my acount is loked, i cnat log in").intent == "account_access"
