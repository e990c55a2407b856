"""Which words a desk and a language have, how likely each is after another, and which are a slip of the finger away."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice, pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

START = "^"
"""Stands before the first word of a text."""
ODD = 2.5
"""A letter dropped, or swapped with the next, is one slip. One too many, or a wrong one, counts as this many: people
who hurry do that less."""
_OF_DESK_PAIR, _OF_DESK_WORD, _OF_LANGUAGE = 0.5, 0.3, 0.2
"""How much the chance of a word comes from the desk's pairs of words, from its words, and from the language's."""
_UNKNOWN, _OF_LETTER = 12.0, 2.0
"""Minus the logarithm of the chance of a word that nobody knows, and what each of its letters adds: nearly always it is
a mistyped one, and a long one is two that lost the space between them."""
_FREQUENT = 1_500
"""Very short words of the language count only up to this rank: most are parts of words."""
_SHORT = 3
LONGEST_WORD = 24
_INDEXED = 1_000
_ALONE = "aio"
_MOST_NEAR = 8
_ENDINGS = ("s", "ed", "ing", "ly")
"""With one of these a known word of the language is another one."""

Near = tuple[tuple[str, float], ...]
"""Words with the slips that lie between them and what was typed."""


class Vocabulary:
    """The words of a desk's examples and of a language."""

    def __init__(self, texts: Iterable[Sequence[str]], language: Mapping[str, int]) -> None:
        """texts: the desk's examples as words in lower case; language: word -> its rank, the most frequent from 0."""
        self._counts: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        for words in texts:
            self._counts.update(words)
            self._pairs.update(pairwise([START, *words]))
            self._counts[START] += 1
        self._total = max(1, self._counts.total() - self._counts[START])
        self._language = language
        self._desk_words = [word for word in self._counts if len(word) > 1]
        self._by_start: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in language:
            self._by_start[word[0], len(word)].append(word)
        self._index = _index([*self._desk_words, *islice(language, _INDEXED)])
        self.one_slip_off = lru_cache(16_384)(self._one_slip_off)
        self.near = lru_cache(4_096)(self._near)
        self.rarity = lru_cache(16_384)(self._rarity)

    def knows(self, word: str) -> bool:
        """A word of the desk or of the language. Of single letters only those that are words."""
        if len(word) == 1:
            return word in _ALONE
        if word in self._counts:
            return True
        word = word.split("'", maxsplit=1)[0]
        rank = self._language.get(word)
        if rank is None:
            return any(self._is_stem(word.removesuffix(ending)) for ending in _ENDINGS if word.endswith(ending))
        return len(word) > _SHORT or rank < _FREQUENT

    def _is_stem(self, word: str) -> bool:
        return len(word) > _SHORT and (word in self._counts or word in self._language)

    def _rarity(self, before: str, word: str) -> float:
        """Minus the logarithm of the chance of a word after another."""
        rank = self._language.get(word)
        chance = _OF_DESK_WORD * self._counts.get(word, 0) / self._total
        chance += _OF_LANGUAGE * 0.1 / (rank + 10) if rank is not None else 0.0
        if pairs := self._pairs.get((before, word)):
            chance += _OF_DESK_PAIR * pairs / self._counts[before]
        return -math.log(chance) if chance > 0 else _UNKNOWN + _OF_LETTER * len(word)

    def _one_slip_off(self, typed: str) -> Near:
        """The word itself where it is known, and the more usual words at a distance of one."""
        near: dict[str, float] = {typed: 0.0} if self.knows(typed) else {}
        if len(typed) > LONGEST_WORD:
            return tuple(near.items())
        candidates = {word for key in _shortened(typed) for word in self._index.get(key, ())}
        for word in sorted(candidates - {typed}):
            if OSA.distance(typed, word, score_cutoff=1) == 1:
                near[word] = _slips(typed, word, 1)
        return tuple(near.items())

    def _near(self, typed: str) -> Near:
        """The word as it was typed, and what is some slips away; farther for longer ones that nobody knows."""
        near = {typed: 0.0, **dict(self.one_slip_off(typed))}
        if self.knows(typed) or not _SHORT < len(typed) <= LONGEST_WORD:
            return tuple(near.items())
        others = [
            other
            for start in sorted({typed[0], typed[1]})
            for length in range(len(typed) - 1, len(typed) + 3)
            for other in self._by_start.get((start, length), ())
        ]
        for words, allowed in ((self._desk_words, 2 if len(typed) < 9 else 3), (others, 2)):
            close = process.extract(typed, words, scorer=OSA.distance, score_cutoff=allowed, limit=_MOST_NEAR)
            for word, distance, _ in close:
                near.setdefault(str(word), _slips(typed, str(word), int(distance)))
        return tuple(near.items())


def _shortened(word: str) -> set[str]:
    """The word, and the word without each one of its letters: two words one slip apart share one of these."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _index(words: Iterable[str]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = defaultdict(list)
    for word in dict.fromkeys(words):
        if 1 < len(word) <= LONGEST_WORD:
            for key in _shortened(word):
                index[key].append(word)
    return dict(index)


def _slips(typed: str, word: str, distance: int) -> float:
    dropped_or_swapped = len(word) > len(typed) or (len(word) == len(typed) and sorted(word) == sorted(typed))
    return distance if dropped_or_swapped else distance * ODD
