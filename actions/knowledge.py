"""The articles of the desk, searched."""

from pydantic import Field

from actions.base import Call, DeskAction
from bot.model.article import Search
from bot.model.base import Word


class Query(Word):
    """What is looked for.

    language:  of the question; the desk's first where it is not given.
    articles:  names of those that may answer; all of them where there are none.
    knowledge: the hash of a state of the articles; empty: as they are now.
    """

    question: str = Field(max_length=20_000)
    language: str | None = None
    articles: list[str] = Field(default_factory=list)
    most: int = Field(3, ge=1, le=20)
    knowledge: str = ""


class SearchArticles(DeskAction[Query, Search]):
    """Searches the articles for passages that answer a question."""

    action_name = "knowledge.search"
    effect = "read"
    idempotent = True
    timeout_seconds = 30.0
    """The first search in a test desk makes the articles ready."""

    async def act(self, params: Query, call: Call) -> Search:
        return await call.articles.search(
            params.question,
            language=params.language,
            articles=params.articles,
            most=params.most,
            knowledge=params.knowledge,
        )
