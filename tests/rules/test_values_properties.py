"""Reading is total: any text gives a value or a refusal, soon, and a value that was read fits its slot."""

import time
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.model.slot import SlotSpec, SlotType
from bot.rules.values import REFUSALS, Filled, check_literal, read_value, refusal_text
from tests.rules.asking import NOW

SLOTS: dict[str, dict[str, Any]] = {kind: {"type": kind} for kind in get_args(SlotType)}
SLOTS["choice"]["values"] = ["small", "large", {"value": "xl", "title": "Extra large"}]
SLOTS["pattern"]["pattern"] = "[A-Z]{2}-[0-9]{4}"
SPECS = [SlotSpec.model_validate(slot) for slot in SLOTS.values()]

CRUMBS = st.sampled_from([
    *"1 2 31 12 2026 99999999999999999999 . , - / : + @ € $ % k h m am pm uhr um at in ago vor next".split(),
    *"last letzte monday dienstag march märz the 5th 1st tomorrow morgen noon half past viertel vor".split(),
    *"halb and und yes no ja nein not a example.com https:// www. ( ) [ ] { } \" ' \\ # ٣ ² Ⅷ 😀".split(),
    "AB-1234", "small", "\0", "\ud800", "\n", "\t",
])  # fmt: skip
TEXTS = st.text(max_size=200) | st.lists(CRUMBS, max_size=25).map(" ".join) | st.lists(CRUMBS, max_size=25).map("".join)


@given(st.sampled_from(SPECS), TEXTS, st.sampled_from(["en", "de", "fr", "xx", ""]))
@example(SlotSpec(type="date"), "\ud800 tomorrow", "en")
@example(SlotSpec(type="number"), "٣", "en")
def test_any_text_is_read_or_refused(spec: SlotSpec, text: str, language: str) -> None:
    read = read_value(spec, text, now=NOW, timezone="Europe/Berlin", language=language)
    if isinstance(read, Filled):
        assert check_literal(spec, read.value) == read.value
    else:
        assert read.code in REFUSALS
        assert refusal_text(read, language)


@given(st.sampled_from(SPECS), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
))  # fmt: skip
def test_any_json_value_is_kept_or_refused(spec: SlotSpec, value: Any) -> None:
    try:
        kept = check_literal(spec, value)
    except ValueError:
        return
    assert check_literal(spec, kept) == kept


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_an_integer_is_read_back(number: int) -> None:
    assert read_value(SlotSpec(type="integer"), str(number), now=NOW) == Filled(number)
    assert read_value(SlotSpec(type="integer"), f"{number:,}", now=NOW) == Filled(number)


@given(st.dates())
def test_a_date_in_iso_form_is_read_back(day: Any) -> None:
    assert read_value(SlotSpec(type="date"), f"it is {day.isoformat()}.", now=NOW) == Filled(day.isoformat())


@given(st.times())
def test_a_time_on_the_clock_is_read_back(hour: Any) -> None:
    written = hour.isoformat("minutes")
    assert read_value(SlotSpec(type="time"), written, now=NOW) == Filled(written)


LONG = [
    unit * (16_000 // len(unit))
    for unit in (
        "1 ", "1,1", "a", "@", "a@a.", "3.3.", "in 3 ", "half past ", "+49 30 ", "not yes ", "www.", "[",
        "one hour ", "€1", "small ", "İ",
    )
]  # fmt: skip
LONG.append("x" * 15_999 + "@")


@pytest.mark.parametrize("text", LONG, ids=lambda text: repr(text[:8]))
def test_a_long_text_is_read_soon_by_every_type(text: str) -> None:
    """Only the first 2,000 characters are searched; a second for all types is far beyond what it takes."""
    begun = time.perf_counter()
    codes = {type(read_value(spec, text, now=NOW, timezone="Europe/Berlin")).__name__ for spec in SPECS}
    assert codes <= {"Filled", "Refused"}
    assert time.perf_counter() - begun < 1.0
