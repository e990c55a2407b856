"""The articles of the desk, searched."""

from actions.base import Call, DeskAction
from bot.model.article import ArticleQuery, Search


class SearchArticles(DeskAction[ArticleQuery, Search]):
    """Searches the articles for passages that answer a question."""

    action_name = "knowledge.search"
    effect = "read"
    idempotent = True
    timeout_seconds = 30.0
    """The first search in a test desk makes the articles ready."""

    async def act(self, params: ArticleQuery, call: Call) -> Search:
        return await call.articles.search(params)
