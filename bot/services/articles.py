"""Searching a desk's articles: each state of them is made ready once, beside everything else, and kept by its hash."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from bot.errors import ActionFailed
from bot.model.action import Failure
from bot.model.article import Knowledge, Search
from bot.nlu.encoder import Encoder, shared_encoder
from bot.nlu.retrieval import Retriever

log = structlog.get_logger(__name__)
KEPT = 4
"""States of the articles that are kept ready: the current one, and those of conversations that began before."""
_thread = ThreadPoolExecutor(1, thread_name_prefix="articles")

Find = Callable[[str], Awaitable[Knowledge | None]]


class ArticleSearch:
    """Implements the Articles port."""

    def __init__(
        self, find: Find, folder: Path | None = None, encoder: Callable[[], Encoder | None] = shared_encoder
    ) -> None:
        """find: the articles of a hash, and the current ones for an empty hash. folder: where vectors are kept."""
        self._find = find
        self._folder = folder
        self._encoder = encoder
        self._ready: OrderedDict[str, Retriever] = OrderedDict()
        self._preparing: set[asyncio.Future[Retriever]] = set()

    def prepare(self, knowledge: Knowledge) -> None:
        """Begin to make the articles ready, in the background: who asks meanwhile waits for it."""
        if not knowledge.articles:
            return
        preparing = asyncio.get_running_loop().run_in_executor(_thread, self._retriever, knowledge)
        self._preparing.add(preparing)
        preparing.add_done_callback(self._prepared)

    def _prepared(self, done: "asyncio.Future[Retriever]") -> None:
        self._preparing.discard(done)
        if done.cancelled():
            return
        if (error := done.exception()) is not None:
            log.error("articles not ready: they are made ready again when somebody asks", problem=str(error))
        else:
            log.info("articles ready")

    async def search(
        self,
        question: str,
        *,
        language: str | None = None,
        articles: Sequence[str] = (),
        most: int = 3,
        knowledge: str = "",
    ) -> Search:
        """See `bot.ports.Articles`."""
        found = await self._find(knowledge)
        if found is None or not found.articles:
            raise ActionFailed(Failure(kind="unavailable", message="this desk has no articles"))
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            _thread, lambda: self._retriever(found).search(question, language, articles, most)
        )

    def _retriever(self, knowledge: Knowledge) -> Retriever:
        """Called on the one thread, so that nothing is made twice."""
        known = self._ready.get(knowledge.hash)
        if known is None:
            known = self._ready[knowledge.hash] = Retriever(knowledge, self._encoder(), self._folder)
        self._ready.move_to_end(knowledge.hash)
        while len(self._ready) > KEPT:
            self._ready.popitem(last=False)
        return known
