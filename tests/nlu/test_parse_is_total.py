import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.parse import Parse
from bot.nlu.pipeline import LONGEST_LOOKED_AT, Pipeline
from tests.nlu.desks import shop, train
from tests.rules.test_values_properties import LONG, TEXTS

PIPELINE = train(
    shop(
        {"lookup": "product", "examples": "- kettle\n- toaster deluxe"},
        slots={"order_number": {"type": "pattern", "pattern": "[A-Z]{2}-[0-9]{4}"}},
    )
)


@given(TEXTS, st.sampled_from([None, "en", "de", "xx", ""]))
def test_any_text_has_a_parse(text: str, language: str | None) -> None:
    parse = PIPELINE.parse(text, language)
    assert parse.intent in {None, *PIPELINE.intents}
    assert parse == Parse.model_validate_json(parse.model_dump_json())
    for entity in parse.entities:
        assert 0 <= entity.start < entity.end <= len(text)


@settings(max_examples=25)
@given(st.lists(TEXTS, max_size=8))
def test_any_examples_can_be_learned(examples: list[str]) -> None:
    half = len(examples) // 2
    learned = train(
        shop({"intent": "odd", "examples": examples[:half]}, {"lookup": "odd", "examples": examples[half:]})
    )
    assert isinstance(learned.parse("odd"), Parse)


@pytest.mark.parametrize("text", LONG, ids=lambda text: repr(text[:8]))
def test_a_long_text_is_parsed_soon(text: str) -> None:
    """Only the first thousand characters are understood: a second of processor time is far more than it takes."""
    begun = time.thread_time()
    parse = PIPELINE.parse(text)
    assert time.thread_time() - begun < 1
    assert all(entity.end <= LONGEST_LOOKED_AT for entity in parse.entities)


def test_threads_may_share_a_pipeline() -> None:
    texts = [f"{words} {number}" for number in range(100) for words in ("where is my order", "I was billed twice")]
    alone: Pipeline = train(shop())
    shared: Pipeline = train(shop())
    expected = [alone.parse(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shared.parse, texts)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "where is my pack\u00adage",
        "whe\u200bre is my par\u200bcel",
        "\u200fwhere is my parcel",
        "\uff57\uff48\uff45\uff52\uff45 \uff49\uff53 \uff4d\uff59 \uff50\uff41\uff52\uff43\uff45\uff4c",
        "".join(chr(0x1D41A + ord(one) - 97) if one.isalpha() else one for one in "where is my parcel"),
        "wo ist meine Lieferung, sie ist u\u0308berfa\u0308llig",
    ],
    ids=["soft hyphens", "no width", "direction", "full width", "mathematical", "accents apart"],
)
def test_text_is_read_as_it_looks(text: str) -> None:
    assert PIPELINE.parse(text).alternatives[0].intent == "order_status"


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("by \u200bu\u0308bermorgen\u200b, please", "u\u0308bermorgen", "\u00fcbermorgen"),
        ("for 20\u00a0\u20ac", "20\u00a0\u20ac", {"amount": 20, "currency": "EUR"}),
        ("to bob\u00ad@exam\u00adple.com", "bob\u00ad@exam\u00adple.com", "bob@example.com"),
        ("\U0001f600 wi\u0301th \ufb01ve e\u0301clairs", "\ufb01ve", 5),
    ],
)
def test_places_are_those_of_what_was_written(text: str, words: str, value: Any) -> None:
    (entity,) = PIPELINE.parse(text).entities
    assert (entity.text, entity.value) == (words, value)
    assert text[entity.start : entity.end] == words
