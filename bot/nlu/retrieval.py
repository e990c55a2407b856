"""Finding the passages that answer a question: by meaning, by words, and by parts of words, together.

Meaning: the cosine of the encoder's vectors (all-MiniLM-L6-v2), of the question and of each sentence of an article
and each question that its front matter lists. Words: BM25 over whole articles (Robertson and Zaragoza, "The
Probabilistic Relevance Framework: BM25 and Beyond", 2009, in Lucene's form, by bm25s), as the part of what an article
with every word of the question could reach. Parts of words: the cosine of TF-IDF, which forgives mistyping and joined
words. How these become one score is in relevance.py.
"""

import logging
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bm25s
import numpy as np

from bot.model.article import Article, FoundPassage, Knowledge, Passage, Search
from bot.nlu.encoder import Encoder
from bot.nlu.features import Block, Floats, parts_of, words_of
from bot.nlu.glossing import in_english
from bot.nlu.minilm import WIDTH
from bot.nlu.passages import passages_of
from bot.nlu.relevance import Relevance, Trial, solve
from bot.nlu.small_words import ALL_SMALL_WORDS
from bot.nlu.spelling import Speller
from bot.nlu.vectors import vectors_of

# It would tell everybody of each index that it builds.
logging.getLogger("bm25s").setLevel(logging.WARNING)
BY_MEANING: Final = Relevance((5.0, 8.0, 3.0, 5.0, -9.0), 0.2)
"""Where too few questions say better; what the demo's articles came to, rounded. Signals: the question lists, the
articles' sentences, words, parts of words."""
BY_WORDS: Final = Relevance((6.0, 8.0, -5.0), 0.25)
"""The same without an encoder: words, parts of words."""
FURTHER: Final = 0.9
"""What another passage of an article counts beside the one before it."""
FIRST: Final = 0.1
"""What the first passage of an article is nearer by: most articles begin with what most people ask."""
ALL_OF_IT: Final = 1.0
"""The same where a question says no more than the title: "trial?", "which payment methods are there"."""
ALMOST: Final = 0.75
"""The part of another score from which one is nearly as good: the best of five tried on follow-up questions."""
SURE: Final = 0.9
"""The score from which another passage is better than the same one once more."""
TELLING: Final = 4
"""Letters from which a word tells one matter from another: not "per" in "and per invoice?"."""
LONGEST_QUESTION: Final = 500
ENCODED: Final = "en"
"""The language that the encoder has learned. Only of it so many words are known that mistyped ones can be told."""
_SENTENCE_END: Final = re.compile(r"(?<=[.!?:])\s+|\s*\n\s*")
_NO_WORDS: Final = re.compile(r"[\s|:-]*")


Found = tuple[Passage, float, str | None]
"""A passage, its score, and the prepared answer of its article."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A text that is searched: a sentence or heading of a passage, or a question of the front matter (passage -1).

    article, passage: their places in the corpus.
    """

    article: int
    passage: int
    text: str


class Corpus:
    """The articles as one language searches them: each in that language where it is written in it."""

    def __init__(self, articles: Sequence[Article], language: str, home: str, encoder: Encoder | None) -> None:
        self.names = [article.name for article in articles]
        self.answers = [article.answer for article in articles]
        self.passages: list[Passage] = []
        self.owner: list[int] = []
        self.entries: list[Entry] = []
        for place, article in enumerate(articles):
            self._take(place, article, home)
        self._encoder, self._language = encoder, language
        self._rows: Floats | None = None
        self._words = _Words([_whole(article) for article in articles])
        self._local = _Words([" ".join(filter(None, (one.title, one.heading, one.text))) for one in self.passages])
        self._parts = Block([_parts(entry.text) for entry in self.entries] or [Counter()])
        self._of_article = np.array([entry.article for entry in self.entries], np.intp)
        self._is_question = np.array([entry.passage < 0 for entry in self.entries])
        mends = encoder is not None and language == ENCODED
        self._speller = Speller((one.text for one in self.entries), encoder.words) if encoder and mends else None
        self.relevance = BY_WORDS if encoder is None else BY_MEANING

    def _take(self, place: int, article: Article, home: str) -> None:
        for passage in passages_of(article, home):
            number = len(self.passages)
            self.passages.append(passage)
            self.owner.append(place)
            heading = f"{passage.title}: {passage.heading}" if passage.heading else passage.title
            self.entries += [Entry(place, number, text) for text in (heading, *_sentences(passage.text))]
        self.entries += [Entry(place, -1, question) for question in article.questions]

    def encode(self, questions: Sequence[str], folder: Path | None) -> None:
        """Make the vectors; without them the articles are searched by words alone. ``questions``: for ``learn``."""
        if self._encoder is None:
            return
        read = [self._read(question) for question in questions]
        asked = [self._encoded(question) for question in read]
        rows = vectors_of([*(self._encoded(entry.text) for entry in self.entries), *asked], self._encoder, folder)
        self._rows = np.ascontiguousarray(rows[: len(self.entries), :WIDTH])
        for text, row in zip(asked, rows[len(self.entries) :], strict=True):
            self._encoder.remember(text, row)

    def learn(self, asked: Sequence[tuple[str, Collection[str]]]) -> None:
        """Solve weights and threshold on questions, each with the names of the articles that answer it."""
        known = {name: place for place, name in enumerate(self.names)}
        trials = [
            Trial(self.signals(question), tuple(known[name] for name in articles if name in known))
            for question, articles in asked
            if self.names
        ]
        self.relevance = solve(trials, self.relevance)

    def signals(self, question: str) -> Floats:
        """Of every article, shape (articles, signals)."""
        return self._signals(self._read(question))[0]

    def _read(self, question: str) -> str:
        text = question[:LONGEST_QUESTION]
        return text if self._speller is None else self._speller.readings(text)[0].text

    def _encoded(self, text: str) -> str:
        """What the encoder, which knows English, is asked of a text."""
        return text if self._encoder is None else in_english(text, self._language, self._encoder.words)

    def _signals(self, question: str) -> tuple[Floats, Floats, Floats]:
        """Of every article; then the meaning and the parts of words of every entry."""
        parts = self._parts.closeness(_parts(question))
        found = [self._words.scores(question), self._best(parts)]
        if self._rows is None or self._encoder is None:
            return np.stack(found, axis=-1), np.zeros(len(self.entries)), parts
        meaning = np.clip(self._rows @ self._encoder.rows([self._encoded(question)])[0][:WIDTH], 0, 1)
        asked = self._best(np.where(self._is_question, meaning, 0))
        said = self._best(np.where(self._is_question, 0, meaning))
        return np.stack([asked, said, *found], axis=-1), meaning, parts

    def _best(self, of_entries: Floats) -> Floats:
        best = np.zeros(len(self.names))
        np.maximum.at(best, self._of_article, of_entries)
        return best

    def find_leaning(
        self, question: str, before: str, said: str, among: Collection[str], alone: list[Found]
    ) -> tuple[list[Found], bool]:
        """A question that may lean on the one before, and whether it was understood together with it.

        Together they choose the article, and the question alone its passage. What the question finds alone counts where
        nothing answers both; else, unless the passage that was said has all its words, where its article stays nearly
        as good for both, as it names a matter of its own ("and do you have an app?"), and where it is sure and the same
        passage would only be said again.

        said: the key of that passage.
        """
        both = f"{before} {question}"
        (first, score, _), (other, together, _) = alone[0], self.find(both, among, 1)[0]
        if together < self.relevance.threshold or (first.article == other.article and score >= together * ALMOST):
            return alone, False
        near = self.find(question, (other.article,), len(alone))
        if first.article != other.article and not self._has_words(said, other.article, question):
            own = self.find(both, (first.article,), 1)[0][1]
            again = near[0][0].key == said and score >= SURE
            if again or (score >= self.relevance.threshold and own >= together * ALMOST):
                return alone, False
        return [(passage, together * FURTHER**rank, answer) for rank, (passage, _, answer) in enumerate(near)], True

    def _has_words(self, key: str, article: str, question: str) -> bool:
        """Whether this passage, of this article, has every word of a question that tells one matter from another."""
        words = {word for word in _terms(question) if len(word) >= TELLING}
        texts = (one.text for one in self.passages if one.key == key and one.article == article)
        return bool(words) and any(words <= set(_terms(text)) for text in texts)

    def find(self, question: str, among: Collection[str], most: int) -> list[Found]:
        """The best passages, their scores, and the prepared answers of their articles."""
        if not self.names:
            return []
        read = self._read(question)
        signals, meaning, parts = self._signals(read)
        scores = self.relevance.scores(signals)
        near = self._near(read, meaning, parts)
        found: list[Found] = []
        for place in np.argsort(-scores, kind="stable"):
            if among and self.names[place] not in among:
                continue
            mine = sorted((n for n, owner in enumerate(self.owner) if owner == place), key=lambda n: -near[n])
            found += [
                (self.passages[n], float(scores[place]) * FURTHER**rank, self.answers[place])
                for rank, n in enumerate(mine[:most])
            ]
            if len(found) > 2 * most:
                break
        return sorted(found, key=lambda one: -one[1])[:most]

    def _near(self, question: str, meaning: Floats, parts: Floats) -> Floats:
        """How near each passage is, to choose between those of one article."""
        near = np.zeros(len(self.passages))
        of_passage = np.array([entry.passage for entry in self.entries], np.intp)
        said = of_passage >= 0
        np.maximum.at(near, of_passage[said], (meaning + parts / 2)[said])
        asked = set(_terms(question))
        first = np.array([self._beginning(passage, asked) for passage in self.passages])
        return np.asarray(near + self._local.scores(question) / 2 + first)

    def _beginning(self, passage: Passage, asked: set[str]) -> float:
        """Who says no more than the title is told what the article begins with."""
        if passage.number != 0:
            return 0.0
        return ALL_OF_IT if asked <= set(_terms(passage.title)) else FIRST


class Retriever:
    """The articles of a desk, ready to be searched."""

    def __init__(self, knowledge: Knowledge, encoder: Encoder | None = None, folder: Path | None = None) -> None:
        """folder: where vectors are kept for the next start. Takes a few milliseconds for each new sentence."""
        self._home = knowledge.languages[0] if knowledge.languages else "en"
        self._corpora: dict[str, Corpus] = {}
        for language in dict.fromkeys((self._home, *knowledge.languages)):
            chosen = list(_in_language(knowledge.articles, language, self._home))
            corpus = self._corpora[language] = Corpus(chosen, language, self._home, encoder)
            asked = list(self._asked(knowledge, language))
            corpus.encode([question for question, _ in asked], folder)
            corpus.learn(asked)

    def _asked(self, knowledge: Knowledge, language: str) -> Iterator[tuple[str, Collection[str]]]:
        for one in knowledge.questions:
            if (one.language or self._home) == language:
                yield from ((question, one.articles) for question in one.questions)

    def corpus(self, language: str | None) -> Corpus:
        """The articles as a language searches them; one that the desk does not speak searches as its first does."""
        return self._corpora.get(language or self._home) or self._corpora[self._home]

    def search(
        self,
        question: str,
        language: str | None = None,
        among: Collection[str] = (),
        most: int = 3,
        before: str = "",
        said: str = "",
    ) -> Search:
        """The best passages for a question, whatever their score, and whether the best one answers it.

        among: names of the articles to look in; all of them when there are none.
        before: the question before, where this one may lean on it; said: the key of the passage that answered it. See
        ``Corpus.find_leaning``.
        """
        corpus = self.corpus(language)
        found, leaned = corpus.find(question, among, most) if question.strip() else [], False
        if found and before.strip():
            found, leaned = corpus.find_leaning(question, before, said, among, found)
        threshold = corpus.relevance.threshold
        return Search(
            found=bool(found) and found[0][1] >= threshold,
            leaned=leaned,
            threshold=threshold,
            passages=tuple(_found(passage, score, answer) for passage, score, answer in found),
        )


def _found(passage: Passage, score: float, answer: str | None) -> FoundPassage:
    return FoundPassage(
        id=passage.key, article=passage.article, title=passage.title, heading=passage.heading, text=passage.text,
        language=passage.language, url=passage.url, answer=answer, score=score,
    )  # fmt: skip


def _in_language(articles: Sequence[Article], language: str, home: str) -> Iterator[Article]:
    """Each article once: in this language, else in the desk's first, else in whichever there is."""
    versions: dict[str, dict[str, Article]] = {}
    for article in articles:
        versions.setdefault(article.name, {})[article.language or home] = article
    for written in versions.values():
        yield written.get(language) or written.get(home) or next(iter(written.values()))


class _Words:
    """BM25 over some texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._count = len(texts)
        self._index = bm25s.BM25(method="lucene")
        if texts:
            # One word more, so that texts without any can be searched, too.
            self._index.index([_terms(text) or ["-"] for text in texts], show_progress=False)

    def scores(self, question: str) -> Floats:
        """The part of what a text with all these words would have; a word that nothing holds is missed by all."""
        terms = list(dict.fromkeys(_terms(question)))
        known = [term for term in terms if self._count and term in self._index.vocab_dict]
        if not known:
            return np.zeros(self._count)
        each = np.stack([self._index.get_scores([term]) for term in known])
        reach = each.max(axis=1)
        missed = (len(terms) - len(known)) * float(reach.max())
        return np.asarray(each.sum(axis=0) / (reach.sum() + missed))


def _whole(article: Article) -> str:
    return "\n".join((article.title, article.body, *article.questions))


def _sentences(text: str) -> list[str]:
    """The sentences, list items and table rows of a passage: what the encoder reads whole."""
    found = (part.strip() for part in _SENTENCE_END.split(text))
    return [part for part in found if not _NO_WORDS.fullmatch(part)]


def _parts(text: str) -> Counter[str]:
    return Counter(part for word in words_of(text) if word not in ALL_SMALL_WORDS for part in parts_of(word))


def _terms(text: str) -> list[str]:
    """The words that say something, without their plainest endings."""
    return [_stem(word) for word in words_of(text) if word not in ALL_SMALL_WORDS] or words_of(text)


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "es", "ed", "en", "er", "s", "n", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
