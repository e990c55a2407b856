from typing import Any

import pytest

from tests.rules.asking import answer

YES = """
yes | Yes please | yep | YEAH!! | sure | of course | ok thanks | I think so, yes | sounds good | 👍 | k | true
no problem, go ahead | yes, it's not working | I would say yes
ja | Ja klar | natürlich | auf jeden Fall | genau | doch | na klar!! | passt
"""
NO = """
no | No thanks | nope | nah | not really | of course not | never | no no no | 👎 | false | I don't
nein | Nein, danke | nö | auf keinen Fall | lieber nicht | natürlich nicht | nee
"""
NEITHER = """
maybe | I don't know | not sure | yes and no | yes, no | not yes | hello
on monday | 1 week | please help me | right now I can't log in
vielleicht | keine Ahnung | jein | weiß nicht
"""


def answers(table: str) -> list[str]:
    return [text.strip() for line in table.strip().splitlines() for text in line.split("|")]


@pytest.mark.parametrize("text", answers(YES))
def test_agreement_is_true(text: str) -> None:
    assert answer("boolean", text) is True


@pytest.mark.parametrize("text", answers(NO))
def test_refusal_is_false(text: str) -> None:
    assert answer("boolean", text) is False


@pytest.mark.parametrize("text", answers(NEITHER))
def test_doubt_and_other_matters_are_neither(text: str) -> None:
    assert answer("boolean", text) == "refused: not_yes_or_no"


PLAN = {
    "type": "choice",
    "values": [
        "free",
        "pro",
        {"value": "enterprise", "title": "Enterprise plan", "synonyms": ["business", "corporate"]},
        "pro plus",
    ],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("pro", "pro"),
        ("PRO!", "pro"),
        ("I'd like the pro one please", "pro"),
        ("pro plus", "pro plus"),
        ("Pro-Plus", "pro plus"),
        ("the Enterprise Plan", "enterprise"),
        ("business", "enterprise"),
        ("2", "pro"),
        ("#4", "pro plus"),
        ("option 3", "enterprise"),
        ("the second one", "pro"),
        ("das zweite bitte", "pro"),
        ("the last one", "pro plus"),
        ("ent", "enterprise"),
        ("entreprise", "enterprise"),
        ("busines", "enterprise"),
        ("not free, pro", "pro"),
    ],
)
def test_a_choice_is_named_in_many_ways(text: str, value: str) -> None:
    """By value, title, synonym, place in the list, beginning, or with a typing mistake."""
    assert answer(PLAN, text) == value


@pytest.mark.parametrize(
    "text",
    [
        "free or pro",
        "5",
        "0",
        "hello",
        "por",
        "tree",
        "pr",
        "not pro",
        "not enterprise",
        "I want one",
        "3 of them",
        "?!",
    ],
)
def test_what_names_no_value_or_several_is_no_choice(text: str) -> None:
    """Short words are never corrected: "tree" is not a mistyped "free"."""
    assert answer(PLAN, text) == "refused: not_a_choice"


def test_a_value_that_is_a_number_is_not_a_place_in_the_list() -> None:
    assert answer({"type": "choice", "values": ["3", "2", "1"]}, "1") == "1"


def test_values_with_one_beginning_ask_again() -> None:
    assert answer({"type": "choice", "values": ["delivery", "deliberation"]}, "deli") == "refused: not_a_choice"


def test_two_values_equally_near_to_a_typing_mistake_ask_again() -> None:
    assert answer({"type": "choice", "values": ["winter", "minter"]}, "linter") == "refused: not_a_choice"


ORDER = {"type": "pattern", "pattern": "[A-Z]{2}-[0-9]{4}"}


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        (ORDER, "AB-1234", "AB-1234"),
        (ORDER, "ab-1234", "AB-1234"),
        (ORDER, "my order is ab-1234, thanks", "AB-1234"),
        (ORDER, "AB-1234 and again AB-1234", "AB-1234"),
        (ORDER, "AB-1234 and CD-5678", "refused: several"),
        (ORDER, "XAB-12345", "refused: not_in_form"),
        (ORDER, "nothing", "refused: not_in_form"),
        ({"type": "pattern", "pattern": "^[0-9]{4}$"}, "the pin is 1234", "1234"),
        ({"type": "pattern", "pattern": "^[0-9]{4}$"}, "12345", "refused: not_in_form"),
        ({"type": "pattern", "pattern": "(["}, "x", "refused: not_in_form"),
    ],
)
def test_a_pattern_is_found_where_it_stands_alone(slot: Any, text: str, value: str) -> None:
    """In capitals or small letters where only those fit. A pattern that cannot be compiled fits nothing."""
    assert answer(slot, text) == value
