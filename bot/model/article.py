"""Knowledge: articles that admins write in Markdown, the passages that answers are made of, and questions to try it."""

import hashlib
import re
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from bot.model.base import Word

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


def _language(code: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise ValueError(f"{code!r} is no language code. Write two letters, as in en or de")
    return code


def _address(url: str) -> str:
    if not re.fullmatch(r"https?://\S{1,2000}", url):
        raise ValueError(f"{url[:80]!r} is no address. Write it whole, as in https://help.example.com/plans")
    return url


Language = Annotated[str, AfterValidator(_language)]
LONGEST_ANSWER = 1_500
"""Characters of a prepared answer: what people read in a chat."""


class ArticleHead(Word):
    """The front matter of an article.

    language:  of the article; else the ending of the file's name (``plans.de.md``), else the desk's first.
    url:       where people can read it, for the citation.
    answer:    what is said in strict mode, in place of the passage that was found.
    questions: that it answers, in people's words; they help to find it.
    """

    title: Line
    language: Language | None = None
    url: Annotated[str, AfterValidator(_address)] | None = None
    answer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_ANSWER)] | None = (
        None
    )
    questions: tuple[Line, ...] = Field(default=(), max_length=200)


class Article(ArticleHead):
    """One file of ``knowledge/``. ``body`` is Markdown.

    name: its path there without ``.md`` and language. Articles of one name are one article in several languages.
    """

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

    @property
    def key(self) -> str:
        """How it is cited: ``plans#2``."""
        return f"{self.article}#{self.number}"


class Asked(Word):
    """Questions of one language that some articles answer; or that none does."""

    articles: tuple[str, ...] = ()
    language: Language | None = None
    questions: tuple[Line, ...] = Field(min_length=1, max_length=2_000)

    @field_validator("questions", mode="before")
    @classmethod
    def _lines(cls, value: object) -> object:
        """A block as of ``nlu``: one a line, each behind ``- ``."""
        if not isinstance(value, str):
            return value
        lines = (line.strip().removeprefix("-").strip() for line in value.splitlines())
        return tuple(line for line in lines if line)


class Knowledge(Word):
    """All articles of a desk, and the questions on which it is solved from which score on a passage is an answer.

    languages: of the desk; the first is that of articles and questions that name none.
    """

    articles: tuple[Article, ...] = ()
    questions: tuple[Asked, ...] = ()
    languages: tuple[str, ...] = ("en",)

    @cached_property
    def written(self) -> str:
        """The stored text. Equal knowledge gives equal texts."""
        return self.model_dump_json(exclude_defaults=True)

    @cached_property
    def hash(self) -> str:
        """The name of this state of the articles: the first 32 hex digits of its text's SHA-256."""
        return hashlib.sha256(self.written.encode()).hexdigest()[:32]


class ArticleQuery(Word):
    """What is looked for in the articles.

    before:    the question before, which this one may lean on ("and how long?"); empty: it stands alone.
    said:      the key of the passage that answered that one.
    language:  of the question; the desk's first where it is not given.
    articles:  names of those that may answer; all of them where there are none.
    most:      passages that are given back.
    knowledge: the hash of a state of the articles; empty: as they are now.
    """

    question: str = Field(max_length=20_000)
    before: str = Field("", max_length=20_000)
    said: str = ""
    language: str | None = None
    articles: list[str] = Field(default_factory=list)
    most: int = Field(3, ge=1, le=20)
    knowledge: str = ""


class FoundPassage(Word):
    """A passage that was found.

    id:     how it is cited, ``plans#2``.
    answer: the prepared answer of its article, where that has one.
    score:  how well it answers, 0 to 1.
    """

    id: str = ""
    article: str
    title: str
    heading: str | None = None
    text: str
    language: str | None = None
    url: str | None = None
    answer: str | None = None
    score: float = Field(1.0, ge=0, le=1)


class Search(Word):
    """What a search in the articles gave.

    found:     whether any passage answers; if not, there is no good article.
    leaned:    the question was understood together with the one before.
    threshold: the score from which a passage answers.
    passages:  the best ones, the best first, whether they answer or not.
    """

    found: bool
    leaned: bool = False
    threshold: float = 0.0
    passages: tuple[FoundPassage, ...] = ()

    @property
    def answering(self) -> tuple[FoundPassage, ...]:
        return tuple(one for one in self.passages if one.score >= self.threshold) if self.found else ()
