"""Whether an answer stands on the passages that a model was given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.article import FoundPassage
from bot.model.base import Json
from bot.rules.grounding import NO_ARTICLE, answer_schema, why_ungrounded, without_marks

PLANS = FoundPassage(id="plans#0", article="plans", title="Plans", text="Pro is 19 € a month, 1.900 € for ten years.")
TRIAL = FoundPassage(id="trial#0", article="trial", title="Trial", text="The trial takes 14 days.")


@pytest.mark.parametrize(
    "output",
    [
        {"answer": "Pro is 19 € a month.", "citations": ["plans#0"]},
        {"answer": "19 € [plans#0], and 14 days to try it [trial#0].", "citations": ["plans#0", "trial#0"]},
        {"answer": "1,900 € for ten years.", "citations": ["plans#0"]},
        {"answer": "For your 12 people: 19 €.", "citations": ["plans#0"]},
        {"answer": "1. Pro\n2. 19 €", "citations": ["plans#0"]},
    ],
)
def test_what_the_cited_passages_hold_may_be_said(output: Json) -> None:
    assert why_ungrounded(output, (PLANS, TRIAL), "what is it for 12 people?") is None


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ({"answer": "Pro is 29 €.", "citations": ["plans#0"]}, "the number 29"),
        ({"answer": "14 days", "citations": ["plans#0"]}, "the number 14"),
        ({"answer": "Pro", "citations": ["plans#1"]}, "'plans#1'"),
        ({"answer": "Pro", "citations": ["plans#0", "made-up"]}, "'made-up'"),
        ({"answer": "Pro", "citations": []}, "cites nothing"),
        ({"answer": "Pro"}, "cites nothing"),
        ({"answer": "Pro", "citations": "plans#0"}, "cites nothing"),
        ({"answer": " ", "citations": ["plans#0"]}, "empty"),
        ("Pro", "empty"),
        (None, "empty"),
    ],
)
def test_what_they_do_not_hold_is_told(output: Json, why: str) -> None:
    assert why in str(why_ungrounded(output, (PLANS, TRIAL), "what is it?"))


@given(st.text(max_size=200), st.lists(st.text(max_size=10), max_size=4))
def test_only_what_was_given_is_ever_grounded(answer: str, citations: list[str]) -> None:
    if why_ungrounded({"answer": answer, "citations": citations}, (PLANS,), "") is None:
        assert set(citations) == {"plans#0"}
        assert answer.strip()


def test_the_schema_lets_a_model_cite_what_it_was_given_and_nothing_else() -> None:
    cited = answer_schema({"type": "object", "properties": {"answer": {"type": "string"}}}, (PLANS,))
    assert cited["properties"]["citations"]["items"]["enum"] == ["plans#0", NO_ARTICLE]
    assert cited["properties"]["answer"] == {"type": "string"}


def test_marks_of_citations_are_not_shown() -> None:
    assert without_marks("It is 19 € [plans#0].") == "It is 19 €."
