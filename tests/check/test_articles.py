"""What the checker says of articles, of questions that try them, and of steps that answer from them."""

import pytest

from bot.edges.desk_loader import load_core, load_texts
from bot.model.desk import Finding
from bot.rules.check.desk import check_desk

ARTICLE = "---\ntitle: Parking\n---\nBehind the house.\n"
FLOW = """
flows:
  ask:
    description: A question.
    triggers: [{intent: ask}]
    steps:
      - id: found_it
        answer: {articles: [parking]}
      - say: Nothing.
        if: not steps.found_it.found
nlu: [{intent: ask, examples: [where do I park]}]
"""
CORE = load_core()


def findings(**files: str) -> list[Finding]:
    given = {"flows.yml": FLOW, "knowledge/parking.md": ARTICLE}
    named = {name.replace("__", "/"): text for name, text in files.items()}
    loaded = load_texts({name: text.encode() for name, text in (given | named).items() if text}, CORE)
    return list(check_desk(loaded.authored, {}, loaded.findings))


def test_a_desk_with_an_article_and_a_step_that_looks_whether_it_was_found_has_no_findings() -> None:
    questions = "questions: [{articles: [parking], questions: [is there a car park]}, {questions: [who are you]}]"
    assert findings(**{"knowledge/questions.yml": questions}) == []


@pytest.mark.parametrize(
    ("file", "text", "line", "column", "words"),
    [
        ("knowledge/parking.md", "", 8, 9, "this desk has no articles"),
        ("flows.yml", FLOW.replace("[parking]", "[parkng]"), 8, 29, "no article 'parkng'. Did you mean 'parking'?"),
        ("flows.yml", FLOW.replace("if: not steps.found_it.found", "if: 1 == 2"), 8, 9, "nothing happens when"),
        ("knowledge/wifi.fr.md", ARTICLE, 2, 1, "in 'fr', which the desk does not speak"),
        ("knowledge/wifi.md", "---\ntitle: x\nlanguage: english\n---\nText.", 3, 1, "no language code"),
        ("knowledge/wifi.md", "---\ntitle: x\n---\n" + "Much text. " * 2_000, 2, 1, "has 21,999 characters"),
        ("knowledge/q.yml", "questions:\n  - articles: [wify]\n    questions: [x]\n", 2, 16, "no article 'wify'"),
        ("knowledge/q.yml", "evaluation:\n  - articles: [parkin]\n    questions: [x]\n", 2, 16, "'parking'?"),
        ("knowledge/q.yml", "questions:\n  - articles: [parking]\n", 2, 5, "needs `questions`"),
        ("knowledge/q.yml", "question: []\n", 1, 1, "Did you mean"),
        ("knowledge/q.yml", "questions: {a: b}\n", 1, 12, "takes a list"),
        ("knowledge/q.yml", "questions: [{language: fr, questions: [x]}]\n", 1, 24, "does not speak 'fr'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(file: str, text: str, line: int, column: int, words: str) -> None:
    found = findings(**{file: text})
    said = [(one.line, one.column) for one in found if words in str(one)]
    assert said == [(line, column)], "\n".join(map(str, found))


def test_two_articles_of_one_name_and_language_are_told_at_the_second() -> None:
    (finding,) = findings(
        **{"knowledge/parking.en.md": ARTICLE, "knowledge/parking.md": ARTICLE.replace("title", "language: en\ntitle")}
    )
    assert finding.code == "duplicate-name"
    assert "the article 'parking' is declared twice" in finding.what


def test_a_broken_article_is_one_finding_and_its_name_is_still_known() -> None:
    (finding,) = findings(**{"knowledge/parking.md": "No front matter."})
    assert (finding.file, finding.line, finding.code) == ("knowledge/parking.md", 1, "article")
