"""An answer of a model fills the schema, and nothing but the schema."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.base import Json, JsonObject
from bot.rules.check.schemas import VERBATIM
from bot.rules.conform import conform

TICKET: JsonObject = {
    "type": "object",
    "properties": {
        "urgency": {"enum": ["low", "high"]},
        "orders": {"type": "array", "maxItems": 2, "items": {"type": "string", VERBATIM: True}},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "note": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}]},
    },
    "required": ["urgency"],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def test_what_fits_is_kept_and_what_nobody_declared_is_dropped() -> None:
    given_ = {"urgency": "high", "orders": ["A-1"], "score": 0.5, "note": None, "refund": True}
    kept, problems = conform(given_, TICKET, "order A-1 is late")
    assert problems == ()
    assert kept == {"urgency": "high", "orders": ["A-1"], "score": 0.5, "note": None}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("high", "the answer must be object"),
        ({}, "the answer lacks 'urgency'"),
        ({"urgency": "medium"}, "the answer.urgency must be one of 'low', 'high'"),
        ({"urgency": "{{ slots.urgency }}"}, "the answer.urgency must be one of 'low', 'high'"),
        ({"urgency": ["high"]}, "the answer.urgency must be one of 'low', 'high'"),
        ({"urgency": "low", "orders": ["A-2"]}, "the answer.orders[0] must be quoted word for word from the material"),
        ({"urgency": "low", "orders": ["A-1"] * 3}, "the answer.orders must have at most 2 items"),
        ({"urgency": "low", "score": 7}, "the answer.score must be at most 1"),
        ({"urgency": "low", "score": True}, "the answer.score must be number"),
        ({"urgency": "low", "score": float("nan")}, "the answer.score must be a finite number"),
        ({"urgency": "low", "note": "too long"}, "the answer.note must have at most 5 characters"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(value: Json, problem: str) -> None:
    assert conform(value, TICKET, "order A-1 is late")[1] == (problem,)


@pytest.mark.parametrize(
    ("words", "is_quoted"),
    [("A-1001", True), ("1001", True), ("100", False), ("A-10", False), ("is lat", False), ("late", True), ("", True)],
)
def test_a_quotation_cuts_no_word_or_number_in_two(words: str, is_quoted: bool) -> None:
    problems = conform(words, {"type": "string", VERBATIM: True}, "order A-1001 is late")[1]
    assert (problems == ()) is is_quoted


def test_writing_without_spaces_may_be_quoted_from_anywhere() -> None:
    assert conform("取引", {VERBATIM: True}, "昨日の取引番号は")[1] == ()


def test_a_text_matches_its_pattern() -> None:
    schema = {"type": "string", "pattern": "^A-[0-9]+$"}
    assert conform("A-1001", schema)[1] == ()
    assert "must match the pattern" in conform("B-1", schema)[1][0]


def test_true_is_no_one_and_one_is_one() -> None:
    assert conform(True, {"enum": [1, 2]})[1]
    assert conform(1.0, {"enum": [1, 2]})[1] == ()


def test_references_and_depth_end() -> None:
    tree = {"$ref": "#/$defs/node", "$defs": {"node": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}
    deep: list[Any] = []
    for _ in range(200):
        deep = [deep]
    assert conform([[], [[]]], tree)[1] == ()
    assert conform(deep, tree)[1]


@given(JSON)
def test_any_answer_is_judged(value: Json) -> None:
    """Never an error; and what is accepted has an urgency of the two and no other fields than the declared."""
    kept, problems = conform(value, TICKET, "")
    if not problems:
        assert kept["urgency"] in ("low", "high")
        assert set(kept) <= set(TICKET["properties"])
