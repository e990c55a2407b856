from typing import Any

import pytest

from bot.model.slot import SlotSpec
from bot.rules.values import check_literal
from tests.rules.asking import NOW

COLOUR = {
    "type": "choice",
    "values": [{"value": "red", "title": "Bright red", "synonyms": ["crimson"]}, "blue"],
}


def slot(declared: Any) -> SlotSpec:
    return SlotSpec.model_validate({"type": declared} if isinstance(declared, str) else declared)


@pytest.mark.parametrize(
    ("declared", "value", "kept"),
    [
        ("text", "hello", "hello"),
        ("text", 4711, "4711"),
        ("email", "Bob@Example.com", "Bob@example.com"),
        ("phone", "+49 30 901820", "+4930901820"),
        ("url", "https://Example.com/a", "https://example.com/a"),
        ("integer", 3, 3),
        ("integer", "3", 3),
        ("integer", 3.0, 3),
        ("number", 2.5, 2.5),
        ("number", "2.5", 2.5),
        ("money", 5, {"amount": 5, "currency": None}),
        ("money", {"amount": 5.5, "currency": "eur"}, {"amount": 5.5, "currency": "EUR"}),
        ("date", "2026-03-31", "2026-03-31"),
        ("date", "2026-03-31T10:00:00Z", "2026-03-31"),
        ("time", "14:30", "14:30"),
        ("datetime", "2026-03-31T14:30:00+02:00", "2026-03-31T14:30:00+02:00"),
        ("datetime", "2026-03-31T14:30", "2026-03-31T14:30:00+00:00"),
        ("duration", 90, 90),
        ("duration", "1h 30m", 5400),
        ("boolean", False, False),
        ("boolean", "true", True),
        (COLOUR, "red", "red"),
        (COLOUR, "bright RED", "red"),
        (COLOUR, "crimson", "red"),
        ({"type": "pattern", "pattern": "[0-9]{4}"}, 4711, "4711"),
        ("list", [1, "a"], [1, "a"]),
        ("object", {"a": 1}, {"a": 1}),
        ("file", {"name": "a.pdf"}, {"name": "a.pdf", "url": None, "media_type": None, "size": None}),
        ("integer", None, None),
    ],
    ids=repr,
)
def test_a_typed_value_is_kept_in_the_form_of_its_slot(declared: Any, value: Any, kept: Any) -> None:
    """As ``read_value`` keeps it; null empties a slot of any type."""
    assert check_literal(slot(declared), value) == kept


@pytest.mark.parametrize(
    ("declared", "value", "why"),
    [
        ("text", "", '"" is not a text'),
        ("text", ["a"], '["a"] is not a text'),
        ("email", "write to bob@example.com", '"write to bob@example.com" is not an e-mail address'),
        ("phone", "030 901820", "is not a telephone number with its country code"),
        ("url", "example", "is not a web address"),
        ("integer", 3.5, "3.5 is not a whole number"),
        ("integer", True, "true is not a whole number"),
        ("number", float("nan"), "NaN is not a number"),
        ("number", "many", '"many" is not a number'),
        ("money", {"amount": 5, "tip": 1}, "is not an amount"),
        ("money", {"amount": 5, "currency": "moon"}, "is not an amount"),
        ("date", "tomorrow", '"tomorrow" is not a date, as in 2026-03-31'),
        ("date", "2026-02-30", "is not a date"),
        ("time", "25:00", "is not a time"),
        ("datetime", "2026-03-31", "is not a date and time"),
        ("duration", "long", "is not a length of time"),
        ("duration", -1, "is not a length of time"),
        ("boolean", 1, "1 is not true or false"),
        (COLOUR, "green", '"green" is not one of red, blue'),
        ({"type": "pattern", "pattern": "[0-9]{4}"}, "12", "is not a text of the form [0-9]{4}"),
        ("list", "a, b", "is not a list"),
        ("object", [], "is not an object"),
        ("file", {"size": 1}, "is not a file"),
        ({"type": "integer", "min": 4}, 3, "3 is too small. The minimum is 4"),
        ({"type": "text", "max": 2}, "abc", '"abc" is too long. The maximum is 2'),
    ],
    ids=repr,
)
def test_a_value_that_does_not_fit_says_what_would(declared: Any, value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=r"is (not|too)") as refused:
        check_literal(slot(declared), value)
    assert why in str(refused.value)


def test_bounds_that_move_with_the_clock_hold_when_the_time_is_told() -> None:
    past = slot({"type": "date", "max": "today"})
    assert check_literal(past, "2026-03-12") == "2026-03-12"
    with pytest.raises(ValueError, match="too late"):
        check_literal(past, "2026-03-12", now=NOW)
