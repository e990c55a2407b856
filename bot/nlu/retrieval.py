"""Finding the passages that answer a question: by words (BM25) and by meaning (an encoder), together.

Words: BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, in Lucene's form,
by bm25s), as the part of what a passage with every word of the question could reach. Meaning: the cosine of the
encoder's vectors. The score is between 0 and 1; below the threshold there is no good article.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import bm25s
import numpy as np

from bot.model.article import Article, Passage
from bot.nlu.features import Floats, words_of
from bot.nlu.passages import passages_of
from bot.nlu.small_words import ALL_SMALL_WORDS

Encode = Callable[[Sequence[str]], Floats]
MEANING = 0.65
"""How much of the score comes from the encoder, where there is one."""
FEWEST_QUESTIONS = 12
"""Questions below which the threshold is the default: too few to solve it."""
DEFAULT_THRESHOLD = 0.45


@dataclass(frozen=True, slots=True)
class Found:
    """A passage and how well it answers, from 0 to 1."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class _Entry:
    """A text that is searched: a passage, or a question that its article answers."""

    article: str
    text: str
    passage: Passage | None


class Retriever:
    """The articles of a desk, ready to be searched. ``threshold``: the score from which a passage is an answer."""

    def __init__(self, articles: Sequence[Article], language: str, encode: Encode | None = None) -> None:
        """language: of articles that name none. encode: texts to rows of unit length; None to search by words alone."""
        self._entries = [entry for article in articles for entry in _entries(article, language)]
        self._encode = encode
        self._words = [_terms(entry.text) for entry in self._entries]
        self._index = _index_of(self._words)
        texts = [entry.text for entry in self._entries]
        self._rows = encode(texts) if encode is not None and texts else None
        self.articles: Mapping[str, Article] = {article.name: article for article in articles}
        self.threshold = self._solved()

    def find(self, question: str, among: Collection[str] = (), most: int = 3) -> list[Found]:
        """The best passages for a question, the best first, whatever their score.

        among: names of the articles to look in; all of them when there are none.
        """
        scores = self._scores(question)
        best: dict[str, float] = {}
        for entry, score in zip(self._entries, scores, strict=True):
            if not among or entry.article in among:
                best[entry.article] = max(best.get(entry.article, 0.0), float(score))
        passages = [
            Found(entry.passage, (2 * best[entry.article] + float(score)) / 3)
            for entry, score in zip(self._entries, scores, strict=True)
            if entry.passage is not None and entry.article in best
        ]
        return sorted(passages, key=lambda found: -found.score)[:most]

    def answers(self, question: str, among: Collection[str] = (), most: int = 3) -> list[Found]:
        """The passages that answer; none when no article does."""
        return [found for found in self.find(question, among, most) if found.score >= self.threshold]

    def _scores(self, question: str) -> Floats:
        """Of every entry, from 0 to 1."""
        if not self._entries:
            return np.zeros(0, np.float32)
        by_words = self._by_words(_terms(question))
        if self._encode is None or self._rows is None:
            return by_words
        meaning = np.clip(self._rows @ self._encode([question])[0], 0, 1)
        return np.asarray(MEANING * meaning + (1 - MEANING) * by_words, np.float32)

    def _by_words(self, terms: list[str]) -> Floats:
        """BM25 over what an entry with all these words would have; a word that nothing holds is missed by all."""
        known = [term for term in dict.fromkeys(terms) if term in self._index.vocab_dict]
        if not known:
            return np.zeros(len(self._entries), np.float32)
        each = np.stack([self._index.get_scores([term]) for term in known])
        reach = each.max(axis=1)
        missed = (len(set(terms)) - len(known)) * float(reach.max())
        return np.asarray(each.sum(axis=0) / (reach.sum() + missed), np.float32)

    def _solved(self) -> float:
        """The threshold that best parts right answers from wrong ones, on the articles' own questions held out.

        Each question is asked without its own entry: the best of its article is a right answer, and the best of
        all others is what would be said if that article did not exist.
        """
        asked = [place for place, entry in enumerate(self._entries) if entry.passage is None]
        if len(asked) < FEWEST_QUESTIONS or len(self.articles) < 2:
            return DEFAULT_THRESHOLD
        right, wrong = zip(*(self._held_out(place) for place in asked), strict=True)
        places = np.unique(np.round(np.array([*right, *wrong]), 3))
        gains = [float(np.mean(np.array(right) >= at) - np.mean(np.array(wrong) >= at)) for at in places]
        return float(places[int(np.argmax(gains))])

    def _held_out(self, place: int) -> tuple[float, float]:
        scores = self._scores(self._entries[place].text)
        scores[place] = 0
        mine = np.array([entry.article == self._entries[place].article for entry in self._entries])
        return _best(scores, mine, self._entries), _best(scores, ~mine, self._entries)


def _best(scores: Floats, among: np.ndarray, entries: Sequence[_Entry]) -> float:
    """The score that :meth:`Retriever.find` would give to the best passage among these entries."""
    best: dict[str, float] = {}
    passage: dict[str, float] = {}
    for entry, score, counts in zip(entries, scores, among, strict=True):
        if counts:
            best[entry.article] = max(best.get(entry.article, 0.0), float(score))
            if entry.passage is not None:
                passage[entry.article] = max(passage.get(entry.article, 0.0), float(score))
    return max(((2 * best[name] + score) / 3 for name, score in passage.items()), default=0.0)


def _entries(article: Article, language: str) -> list[_Entry]:
    passages = passages_of(article, language)
    return [
        *(_Entry(article.name, " ".join(filter(None, (one.title, one.heading, one.text))), one) for one in passages),
        *(_Entry(article.name, question, None) for question in article.questions),
    ]


def _terms(text: str) -> list[str]:
    """The words that say something, without their plainest endings."""
    return [_stem(word) for word in words_of(text) if word not in ALL_SMALL_WORDS] or words_of(text)


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "es", "ed", "en", "er", "s", "n", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _index_of(words: Sequence[list[str]]) -> bm25s.BM25:
    index = bm25s.BM25(method="lucene")
    if words:
        index.index(list(words), show_progress=False)
    return index
