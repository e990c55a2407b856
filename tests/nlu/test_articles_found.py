"""The demo's articles are found: floors a little below the figures in docs/benchmarks.md, on questions that nothing was
learned from."""

from functools import cache

import pytest

from bot.edges.desk_loader import load_core, load_desk
from bot.nlu.article_measures import Figures, figures, outcomes
from bot.nlu.retrieval import Retriever
from bot.settings import ROOT, Settings
from tests.nlu.desks import encoder

DESK = load_desk(ROOT / "flows", load_core()).desk


@cache
def measured(by_meaning: bool) -> dict[str, Figures]:
    used = encoder() if by_meaning else None
    retriever = Retriever(DESK.knowledge, used, Settings().data_dir / "cache")
    asked = list(outcomes(retriever, DESK.evaluation, "en"))
    return {name: figures([one for one in asked if one.language == name]) for name in ("en", "de")}


def test_the_evaluation_is_large_enough_and_apart_from_what_was_learned_from() -> None:
    asked = [(one, question) for one in DESK.evaluation for question in one.questions]
    assert len(asked) >= 60
    assert sum(not one.articles for one, _ in asked) >= 20
    assert sum(one.language == "de" for one, _ in asked) >= 15
    learned = {question for one in DESK.knowledge.questions for question in one.questions}
    listed = {question for article in DESK.knowledge.articles for question in article.questions}
    assert not {question for _, question in asked} & (learned | listed)


def test_every_article_is_written_in_both_languages() -> None:
    names = [{one.name for one in DESK.knowledge.articles if one.language == code} for code in (None, "de")]
    assert names[0] == names[1]
    assert len(names[0]) >= 15


@pytest.mark.parametrize(("language", "first", "right", "none"), [("en", 0.9, 0.85, 0.8), ("de", 0.85, 0.65, 0.8)])
def test_questions_find_their_article_by_meaning_and_words(
    language: str, first: float, right: float, none: float
) -> None:
    found = measured(by_meaning=True)[language]
    assert found.recall_at_1 >= first
    assert found.recall_at_3 >= 0.9
    assert found.answered_right >= right
    assert found.answered_wrong <= 0.1
    assert found.no_answer_recall >= none


@pytest.mark.parametrize(("language", "first", "right", "none"), [("en", 0.75, 0.7, 0.75), ("de", 0.8, 0.65, 0.7)])
def test_by_words_alone_most_still_do(language: str, first: float, right: float, none: float) -> None:
    found = measured(by_meaning=False)[language]
    assert found.recall_at_1 >= first
    assert found.answered_right >= right
    assert found.no_answer_recall >= none
