"""Knowledge: articles that admins write in Markdown, and the passages that answers are made of."""

from typing import Annotated

from pydantic import Field, StringConstraints

from bot.model.base import Word

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class ArticleHead(Word):
    """The front matter of an article.

    language:  of the article; the desk's first where it does not say.
    url:       where people can read it, for the citation.
    questions: that it answers, in people's words; they help to find it and to know what is no answer.
    """

    title: Line
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = None
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=2_000)] | None = None
    questions: tuple[Line, ...] = Field(default=(), max_length=200)


class Article(ArticleHead):
    """One file of ``knowledge/``. ``name`` is its path there without ``.md``; ``body`` is Markdown."""

    name: str
    body: str


class Passage(Word):
    """A part of an article that can stand as an answer: whole paragraphs under one heading.

    number: its place in the article, from 0.
    """

    article: str
    number: int
    title: str
    heading: str | None
    text: str
    language: str
    url: str | None = None
