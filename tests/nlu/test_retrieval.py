"""Articles: read from Markdown, cut into passages, and found by what people ask."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edges.desk_loader import Loaded, load_desk, load_texts
from bot.model.article import Article, Asked, Knowledge, Search
from bot.nlu.passages import LONGEST, passages_of
from bot.nlu.relevance import FEWEST, Relevance, Trial, solve
from bot.nlu.retrieval import BY_WORDS, Retriever

REFUNDS = Article(
    name="refunds",
    title="Refunds",
    questions=("how do I get my money back", "can I return what I bought"),
    body="You can ask for a refund within 30 days.\n\n## How long it takes\n\nFive working days.",
)
INVOICES = Article(
    name="billing/invoices", title="Invoices", body="Invoices are under *Settings > Billing*. Download each as a PDF."
)
REFUNDS_IN_GERMAN = Article(
    name="refunds", title="Erstattungen", language="de", body="Eine Erstattung dauert fünf Werktage."
)
HEAD = "---\ntitle: Refunds\nquestions: [can I get my money back]\n---\n"


def retriever(*articles: Article, languages: tuple[str, ...] = ("en",), questions: tuple[Asked, ...] = ()) -> Retriever:
    return Retriever(Knowledge(articles=articles, languages=languages, questions=questions))


def found(search: Search) -> list[str]:
    return [one.article for one in search.answering]


def test_a_question_finds_the_passage_that_answers_it() -> None:
    searched = retriever(REFUNDS, INVOICES)
    best = searched.search("how long does a refund take").passages[0]
    assert (best.id, best.heading, best.text) == ("refunds#1", "How long it takes", "Five working days.")
    assert found(searched.search("where are my invoices"))[0] == "billing/invoices"


def test_a_question_that_an_article_lists_finds_it() -> None:
    assert found(retriever(REFUNDS, INVOICES).search("can I get my money back?"))[0] == "refunds"


def test_a_mistyped_word_finds_its_article() -> None:
    assert found(retriever(REFUNDS, INVOICES).search("where are my invoicess"))[0] == "billing/invoices"


@pytest.mark.parametrize("question", ["do you sell bananas", "", "   ", "?!", "\ud800", "x" * 50_000])
def test_a_question_that_nothing_answers_finds_nothing(question: str) -> None:
    assert found(retriever(REFUNDS, INVOICES).search(question)) == []
    assert not retriever().search(question).found


def test_only_the_articles_that_are_named_are_looked_in() -> None:
    searched = retriever(REFUNDS, INVOICES).search("refund", among=["billing/invoices"])
    assert {one.article for one in searched.passages} == {"billing/invoices"}


def test_a_question_finds_the_article_in_its_own_language_where_it_is_written_in_it() -> None:
    searched = retriever(REFUNDS, REFUNDS_IN_GERMAN, INVOICES, languages=("en", "de"))
    assert searched.search("wie lange dauert eine Erstattung", "de").passages[0].title == "Erstattungen"
    assert searched.search("how long does a refund take", "en").passages[0].title == "Refunds"
    assert searched.search("Invoices als PDF", "de").passages[0].title == "Invoices"
    assert searched.search("how long does a refund take", "fr").passages[0].title == "Refunds"


def test_with_few_questions_weights_and_threshold_are_the_usual_ones() -> None:
    few = (Asked(articles=("refunds",), questions=("money back please",)),)
    assert retriever(REFUNDS, INVOICES, questions=few).corpus("en").relevance == BY_WORDS


def trials(right: Sequence[float], foreign: Sequence[float]) -> list[Trial]:
    """Questions with one signal: its value for the right article (0.1 for the other), or at most for a foreign one."""
    asked = [Trial(np.array([[high], [0.1]]), (0,)) for high in right]
    return asked + [Trial(np.array([[high], [0.1]]), ()) for high in foreign]


def test_weights_and_threshold_part_right_answers_from_foreign_questions() -> None:
    solved = solve(trials([0.6 + n / 100 for n in range(30)], [0.2 + n / 100 for n in range(30)]), BY_WORDS)
    assert solved.weights[0] > 0
    at = solved.scores(np.array([[0.49], [0.6]]))
    assert at[0] < solved.threshold < at[1]


@pytest.mark.parametrize(("right", "foreign"), [(FEWEST - 1, FEWEST), (FEWEST, FEWEST - 1), (0, 0)])
def test_nothing_is_solved_on_too_few_questions(right: int, foreign: int) -> None:
    otherwise = Relevance((1.0, 0.0), 0.5)
    assert solve(trials([0.9] * right, [0.2] * foreign), otherwise) is otherwise


@given(
    blocks=st.lists(
        st.sampled_from(["# Head", "## Below", "A sentence. " * 20, "- one\n- two", "```\ncode\n```", ""]), max_size=12
    )
)
def test_passages_hold_every_block_of_an_article_in_order(blocks: list[str]) -> None:
    article = Article(name="a", title="A", body="\n\n".join(blocks))
    passages = passages_of(article, "en")
    kept = [line for one in passages for line in one.text.split("\n") if line.strip()]
    written = [line for line in article.body.split("\n") if line.strip() and not line.startswith("#")]
    assert [line.strip() for line in kept] == [line.strip() for line in written]
    assert all(len(one.text) <= LONGEST for one in passages)


def test_lines_that_only_go_on_in_the_file_are_one_line_in_a_chat() -> None:
    body = "One sentence\nover two lines.\n\n- an item\n  that goes on\n- another\n\n| a | b |\n| - | - |\n| 1 | 2 |"
    (passage,) = passages_of(Article(name="a", title="A", body=body), "en")
    assert passage.text == (
        "One sentence over two lines.\n\n- an item that goes on\n- another\n\n| a | b |\n| - | - |\n| 1 | 2 |"
    )


def loaded(**files: str) -> Loaded:
    return load_texts({f"knowledge/{name}": text.encode() for name, text in files.items()}, None)


def test_an_article_is_read_with_its_front_matter() -> None:
    (article,) = loaded(**{"refunds.md": HEAD + "\nWithin 30 days.\n"}).desk.knowledge.articles
    assert (article.name, article.title, article.questions) == ("refunds", "Refunds", ("can I get my money back",))
    assert (article.body, article.language) == ("Within 30 days.", None)


def test_the_ending_of_a_files_name_is_its_language() -> None:
    read = loaded(**{"billing/refunds.de.md": HEAD + "Text.", "v1.2.md": HEAD + "Text."}).desk.knowledge.articles
    assert [(one.name, one.language) for one in read] == [("billing/refunds", "de"), ("v1.2", None)]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("Only words.", (1, 1), "no front matter"),
        ("---\ntitle: x\nno end", (1, 1), "no front matter"),
        ("---\nlanguage: en\n---\nWords.", (2, 1), "`title`"),
        ("---\ntitle: x\ncolour: red\n---\nWords.", (3, 1), "`colour`"),
        ("---\ntitle: x\nurl: not an address\n---\nWords.", (3, 1), "is no address"),
        ("---\ntitle: {{ x }}\n---\nWords.", (2, 8), "{{"),
        ("---\ntitle: x\nquestions: 3\n---\nWords.", (3, 12), "`questions`"),
        (HEAD, (4, 1), "is empty"),
        (HEAD + "word " * 10_000, (4, 1), "at most 40,000"),
    ],
)
def test_what_is_wrong_with_an_article_is_said_with_its_place(text: str, place: tuple[int, int], words: str) -> None:
    read = loaded(**{"a.md": text, "b.md": HEAD + "Text."})
    finding = read.findings[0]
    assert (finding.file, finding.line, finding.column, finding.level) == ("knowledge/a.md", *place, "error")
    assert words in f"{finding.what} {finding.fix}"
    assert "b" in [article.name for article in read.desk.knowledge.articles]


def test_a_folder_is_read_with_what_holds(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge" / "billing"
    folder.mkdir(parents=True)
    (folder / "refunds.md").write_text(HEAD + "Within 30 days.")
    (folder / "broken.md").write_bytes(b"\xff\xfe")
    (folder / "note.txt").write_text("no article")
    (tmp_path / "README.md").write_text("no article either")
    read = load_desk(tmp_path, None)
    assert [article.name for article in read.desk.knowledge.articles] == ["billing/refunds"]
    assert [finding.what for finding in read.findings] == ["this article is no UTF-8 text"]


PRINTERS = Article(
    name="printers",
    title="Printers",
    body="Brother and Epson printers work.\n\n## Setting up\n\nConnect the printer by Bluetooth under Devices.",
)
SLACK = Article(name="slack", title="Slack", body="Connect Slack under Integrations and choose a channel.")


@pytest.mark.parametrize(
    ("question", "article", "leaned"),
    [("how do I connect one", "printers", True), ("and slack?", "slack", False), ("also epson?", "printers", True)],
)
def test_a_question_may_lean_on_the_one_before(question: str, article: str, leaned: bool) -> None:
    """It is understood together with that one, unless it names a matter of its own."""
    search = retriever(PRINTERS, SLACK, REFUNDS).search(question, before="which printers work")
    assert (found(search)[0], search.leaned) == (article, leaned)


def test_a_question_that_says_no_more_than_the_title_gets_the_beginning() -> None:
    search = retriever(PRINTERS, SLACK, REFUNDS).search("what about the printers?")
    assert search.passages[0].id == "printers#0"
