from typing import Any

import pytest

from bot.model.message import FileRef
from bot.model.parse import Entity
from bot.model.slot import SlotSpec
from bot.rules.values import (
    REFUSALS,
    Filled,
    Refused,
    bound_problem,
    read_entity,
    refusal_responses,
    refusal_text,
)
from tests.rules.asking import NOW, answer


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        ("text", "  my screen is broken \n", "my screen is broken"),
        ("text", " \n ", "refused: empty"),
        ({"type": "text", "min": 3}, "ab", "refused: too_short"),
        ({"type": "text", "max": 5}, "abcdef", "refused: too_long"),
        ("text", "x" * 10_000, "x" * 10_000),
        ("list", "milk, bread and eggs", ["milk", "bread", "eggs"]),
        ("list", "- milk\n- bread", ["milk", "bread"]),
        ("list", "Milch, Brot und Eier", ["Milch", "Brot", "Eier"]),
        ("list", '["milk", 2]', ["milk", 2]),
        ("list", ", ;", "refused: not_a_list"),
        ("list", "[1,", "refused: not_a_list"),
        ({"type": "list", "min": 2}, "milk", "refused: too_few"),
        ({"type": "list", "max": 1}, "milk, bread", "refused: too_many"),
        ("object", '{"a": [1, null]}', {"a": [1, None]}),
        ("object", "[1]", "refused: not_an_object"),
        ("object", '{"a": NaN}', "refused: not_an_object"),
        ("object", "{" * 50_000, "refused: not_an_object"),
        ({"type": "integer", "min": 1, "max": 10}, "0", "refused: too_small"),
        ({"type": "integer", "min": 1, "max": 10}, "11", "refused: too_large"),
        ({"type": "money", "max": 100}, "€100.50", "refused: too_large"),
        ({"type": "number", "min": "nonsense"}, "5", 5),
    ],
)
def test_texts_lists_objects_and_bounds(slot: Any, text: str, value: Any) -> None:
    assert answer(slot, text) == value


def test_a_file_comes_with_the_message_not_in_its_words() -> None:
    bill = FileRef(name="bill.pdf", url="https://example.com/bill.pdf", media_type="application/pdf", size=9)
    assert answer("file", "", files=(bill,)) == {
        "name": "bill.pdf",
        "url": "https://example.com/bill.pdf",
        "media_type": "application/pdf",
        "size": 9,
    }
    assert answer("file", "here it is") == "refused: no_file"


def entity(kind: str, value: Any, text: str) -> Entity:
    return Entity(entity=kind, value=value, text=text, start=0, end=len(text))


def test_an_entity_helps_where_the_words_alone_give_nothing() -> None:
    """A better understanding may know what a sentence means: its entity of the slot's type is taken."""
    found = (entity("number", 1, "a single one"),)
    assert answer("integer", "just a single, lonely item", entities=found) == 1
    assert answer({"type": "integer", "min": 2}, "just a single item", entities=found) == "refused: not_a_number"


def test_an_entity_whose_day_is_open_is_read_by_the_clock() -> None:
    read = read_entity(SlotSpec(type="date"), entity("date", "tomorrow", "tomorrow"), now=NOW)
    assert read == Filled("2026-03-12")
    kept = read_entity(SlotSpec(type="email"), entity("email", "bob@example.com", "Bob"), now=NOW)
    assert kept == Filled("bob@example.com")


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_every_refusal_has_words_in_english_and_german(code: str) -> None:
    variables = {"min": 3, "max": 7, "choices": "red, blue"}
    for language in ("en", "de"):
        words = refusal_text(Refused(code, variables), language)
        assert words
        assert "{" not in words
    assert refusal_text(Refused(code), "xx") == refusal_text(Refused(code), "en")


def test_a_refusal_names_its_bound_or_its_choices() -> None:
    assert refusal_text(Refused("too_small", {"min": 3})) == "That is too little. It has to be at least 3."
    chosen = Refused("not_a_choice", {"choices": "red, blue"})
    assert refusal_text(chosen, "de") == "Bitte wähle eins davon: red, blue."


def test_the_words_are_responses_that_a_desk_can_override() -> None:
    (response,) = refusal_responses()["utter_refused_too_large"]
    assert response.text == REFUSALS["too_large"]["en"]
    assert response.translation["de"].text == REFUSALS["too_large"]["de"]


@pytest.mark.parametrize(
    ("slot", "problem"),
    [
        (SlotSpec(type="integer", min=1), None),
        (SlotSpec(type="duration", min="2h"), None),
        (SlotSpec(type="date", min="today + 30d"), None),
        (SlotSpec(type="datetime", min="2026-03-31"), None),
        (SlotSpec(type="time", min="09:00"), None),
        (SlotSpec(type="boolean", min=1), "a slot of type boolean has no min"),
        (SlotSpec(type="integer", min="few"), "`min: few` does not suit a slot of type integer"),
        (SlotSpec(type="date", min="sometime"), "`min: sometime` does not suit a slot of type date"),
        (SlotSpec(type="duration", min="2 moons"), "`min: 2 moons` does not suit a slot of type duration"),
    ],
)
def test_a_bound_that_cannot_be_read_is_told_to_the_checker(slot: SlotSpec, problem: str | None) -> None:
    found = bound_problem(slot, "min")
    assert found is None if problem is None else (found or "").startswith(problem)
