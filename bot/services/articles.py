"""Searching a desk's articles: each state of them is made ready once, beside everything else, and kept by its hash.

Words alone are ready in a moment, meaning takes some milliseconds a sentence: who asks meanwhile is answered by words.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import structlog

from bot.errors import ActionFailed
from bot.model.action import Failure
from bot.model.article import ArticleQuery, Knowledge, Search
from bot.nlu.encoder import Encoder, shared_encoder
from bot.nlu.retrieval import Retriever

log = structlog.get_logger(__name__)
KEPT = 4
"""States of the articles that are kept ready: the current one, and those of conversations that began before."""
_searching = ThreadPoolExecutor(1, thread_name_prefix="articles")
_making = ThreadPoolExecutor(1, thread_name_prefix="articles-making")

Find = Callable[[str], Awaitable[Knowledge | None]]


class ArticleSearch:
    """Implements the Articles port."""

    def __init__(
        self,
        find: Find,
        folder: Path | None = None,
        encoder: Callable[[], Encoder | None] = shared_encoder,
        patient: bool = False,
    ) -> None:
        """find: the articles of a hash, and the current ones for an empty hash. folder: where vectors are kept.

        patient: wait for the meaning in place of searching by words until it is there: the same answers each time.
        """
        self._find = find
        self._folder = folder
        self._encoder = encoder
        self._patient = patient
        self._ready: OrderedDict[str, Retriever] = OrderedDict()
        self._by_words: dict[str, Retriever] = {}
        self._lock = Lock()
        self._under_way: dict[str, asyncio.Future[None]] = {}

    def prepare(self, knowledge: Knowledge) -> None:
        """Begin to make the articles ready, in the background."""
        if knowledge.articles and knowledge.hash not in self._ready and knowledge.hash not in self._under_way:
            making = asyncio.get_running_loop().run_in_executor(_making, self._make, knowledge)
            self._under_way[knowledge.hash] = making
            making.add_done_callback(lambda done: self._made(knowledge.hash, done))

    def _made(self, hash_: str, done: "asyncio.Future[None]") -> None:
        del self._under_way[hash_]
        if not done.cancelled() and (error := done.exception()) is not None:
            log.error("articles are searched by words alone", problem=str(error))

    async def search(self, query: ArticleQuery) -> Search:
        """See `bot.ports.Articles`."""
        found = await self._find(query.knowledge)
        if found is None or not found.articles:
            raise ActionFailed(Failure(kind="unavailable", message="this desk has no articles"))
        if not self._patient:
            self.prepare(found)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            _searching,
            lambda: self._retriever(found).search(
                query.question, query.language, query.articles, query.most, query.before, query.said
            ),
        )

    def _retriever(self, knowledge: Knowledge) -> Retriever:
        """The best that there is by now."""
        if self._patient and knowledge.hash not in self._ready:
            self._make(knowledge)
        if (ready := self._ready.get(knowledge.hash)) is not None:
            return ready
        return self._words_of(knowledge)

    def _words_of(self, knowledge: Knowledge) -> Retriever:
        with self._lock:  # both threads may come for them at once
            if knowledge.hash not in self._by_words:
                self._by_words = {knowledge.hash: Retriever(knowledge)}
            return self._by_words[knowledge.hash]

    def _make(self, knowledge: Knowledge) -> None:
        if not self._patient:
            self._words_of(knowledge)
        self._ready[knowledge.hash] = Retriever(knowledge, self._encoder(), self._folder)
        self._by_words.pop(knowledge.hash, None)
        while len(self._ready) > KEPT:
            self._ready.popitem(last=False)
