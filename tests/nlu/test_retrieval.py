"""Articles: read from Markdown, cut into passages, and found by what people ask."""

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edges.article_files import read_article, read_articles
from bot.model.article import Article
from bot.nlu.passages import LONGEST, passages_of
from bot.nlu.retrieval import FEWEST_QUESTIONS, Retriever

REFUNDS = Article(
    name="refunds",
    title="Refunds",
    questions=("how do I get my money back", "can I return what I bought"),
    body="You can ask for a refund within 30 days.\n\n## How long it takes\n\nFive working days.",
)
INVOICES = Article(
    name="billing/invoices", title="Invoices", body="Invoices are under *Settings > Billing*. Download each as a PDF."
)
HEAD = "---\ntitle: Refunds\nquestions: [can I get my money back]\n---\n"


def found(retriever: Retriever, question: str) -> list[str]:
    return [one.passage.article for one in retriever.answers(question)]


def test_a_question_finds_the_passage_that_answers_it() -> None:
    retriever = Retriever([REFUNDS, INVOICES], "en")
    best = retriever.find("how long does a refund take")[0].passage
    assert (best.article, best.heading, best.text) == ("refunds", "How long it takes", "Five working days.")
    assert found(retriever, "where are my invoices")[0] == "billing/invoices"


def test_a_question_that_an_article_lists_finds_it() -> None:
    assert found(Retriever([REFUNDS, INVOICES], "en"), "can I get my money back?")[0] == "refunds"


def test_a_question_that_nothing_answers_finds_nothing() -> None:
    retriever = Retriever([REFUNDS, INVOICES], "en")
    assert found(retriever, "do you sell bananas") == []
    assert found(Retriever([], "en"), "anything") == []


def test_only_the_articles_that_are_named_are_looked_in() -> None:
    retriever = Retriever([REFUNDS, INVOICES], "en")
    assert {one.passage.article for one in retriever.find("refund", among=["billing/invoices"])} == {"billing/invoices"}


def test_the_threshold_is_solved_on_questions_that_were_held_out() -> None:
    """With enough of them: right answers lie above, and what others would have said below."""
    topics = ("parking", "wifi", "breakfast", "checkout", "pets", "pool")
    articles = [
        Article(
            name=topic, title=topic.title(), body=f"All about {topic}: the {topic} is on the ground floor.",
            questions=(f"where is the {topic}", f"tell me about the {topic} please", f"{topic}?"),
        )
        for topic in topics
    ]  # fmt: skip
    assert sum(len(article.questions) for article in articles) >= FEWEST_QUESTIONS
    retriever = Retriever(articles, "en")
    assert found(retriever, "is the pool open")[0] == "pool"
    assert found(retriever, "where is the casino") == []


@given(st.text(max_size=300))
def test_any_question_can_be_asked(question: str) -> None:
    for one in Retriever([REFUNDS, INVOICES], "en").find(question):
        assert 0 <= one.score <= 1


@given(
    st.lists(
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


def test_an_article_is_read_with_its_front_matter() -> None:
    read = read_article("knowledge/refunds.md", "refunds", (HEAD + "\nWithin 30 days.\n").encode())
    assert isinstance(read, Article)
    assert (read.title, read.questions, read.body) == ("Refunds", ("can I get my money back",), "Within 30 days.")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("Only words.", 1, "no front matter"),
        ("---\ntitle: x\nno end", 1, "no front matter"),
        ("---\nlanguage: en\n---\nWords.", 1, "no `title`"),
        ("---\ntitle: x\ncolour: red\n---\nWords.", 3, "no key 'colour'"),
        ("---\ntitle: x\nurl: not an address\n---\nWords.", 3, "`url` does not fit"),
        ("---\ntitle: {{ x }}\n---\nWords.", 2, "{{"),
        (HEAD, 4, "is empty"),
    ],
)
def test_what_is_wrong_with_an_article_is_said_with_its_place(text: str, line: int, words: str) -> None:
    findings = read_article("knowledge/a.md", "a", text.encode())
    assert isinstance(findings, list)
    assert (findings[0].file, findings[0].line) == ("knowledge/a.md", line)
    assert words in f"{findings[0].what} {findings[0].fix}"


def test_a_folder_is_read_with_what_holds(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge" / "billing"
    folder.mkdir(parents=True)
    (folder / "refunds.md").write_text(HEAD + "Within 30 days.")
    (folder / "broken.md").write_bytes(b"\xff\xfe")
    (folder / "note.txt").write_text(dedent("no article"))
    read = read_articles(tmp_path)
    assert [article.name for article in read.articles] == ["billing/refunds"]
    assert [finding.what for finding in read.findings] == ["this article is no UTF-8 text"]
    assert read_articles(tmp_path / "nowhere").articles == ()
