"""Mistyped words put right before a message is understood, as far as the desk's own words tell what was meant.

A noisy channel (Kernighan, Church and Gale, "A spelling correction program based on a noisy channel model",
1990): of the readings of a message, the one is taken that is likeliest as the desk's language and needs the
fewest slips of the finger. A message whose words are all known is never touched, and the fewer unknown words
it has, the more a change must explain.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_ADDRESS = re.compile(r"@|/|\bwww\.|\w\.(?:com|org|net|io|de|eu|uk)\b")
LONGEST = 400
"""Characters of a message that may be mended. Whoever writes more says it more than once."""
OF_SLIP_WHEN_CLEAN, OF_SLIP_WHEN_NOISY = 7.0, 3.6
"""What a slip costs, as the logarithm of its rarity: in a message with one unknown word, and in one full of them."""
NOISY_FROM = 0.35
"""The share of unknown words from which a message counts as full of them."""
_MOST_CANDIDATES = 6
_UNKNOWN = 26.0
"""The same for a word that nobody knows. It is nearly always a mistyped one: there are few others left."""
_DESK_SHARE, _PAIR_SHARE = 0.8, 0.6
_SHORT = 3
_LONGEST_WORD = 24
_FREQUENT = 1_500

Reading = tuple[float, tuple[str, ...]]


class Speller:
    """Knows the desk's words, how often they stand together, and the words of a language by their frequency."""

    def __init__(self, texts: Iterable[str], language: Mapping[str, int]) -> None:
        """texts: the desk's examples; language: word -> its rank, the most frequent from 0."""
        self._counts: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        for text in texts:
            words = [match[0].casefold() for match in _TOKEN.finditer(text)]
            self._counts.update(words)
            self._pairs.update(pairwise(words))
        self._total = max(1, self._counts.total())
        self._language = language
        self._desk_words = [word for word in self._counts if len(word) > 1]
        self._by_start: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in language:
            self._by_start[word[0], len(word)].append(word)
        self._near = lru_cache(4_096)(self._found_near)

    def mended(self, text: str) -> str:
        """The text with what was mistyped put right; the very same text where nothing was."""
        if len(text) > LONGEST or _ADDRESS.search(text):
            return text
        places = [match.span() for match in _TOKEN.finditer(text)]
        words = [text[start:end].casefold() for start, end in places]
        unknown = sum(not self.knows(word) for word in words)
        if not unknown:
            return text
        noise = 0.0 if unknown == 1 else min(1.0, unknown / len(words) / NOISY_FROM)
        gaps = [text[end:start] for (_, end), (start, _) in pairwise(places)]
        return " ".join(self._best(words, [gap.isspace() for gap in gaps], noise))

    def knows(self, word: str) -> bool:
        """A word of the desk, or of the language; of very short ones only the frequent: most are parts of words."""
        if word in self._counts:
            return True
        rank = self._language.get(word.replace("\u2019", "'").split("'")[0])
        return rank is not None and (len(word) > _SHORT or rank < _FREQUENT)

    def _best(self, words: list[str], joined: list[bool], noise: float) -> tuple[str, ...]:
        """The cheapest way through the message: word by word, and where only a space lies between, two at a time.

        Known words are doubted only where more than one word is unknown.
        """
        slip = OF_SLIP_WHEN_CLEAN + (OF_SLIP_WHEN_NOISY - OF_SLIP_WHEN_CLEAN) * noise
        # best[place] holds the cheapest reading up to there for each last word.
        best: list[dict[str, Reading]] = [{} for _ in range(len(words) + 1)]
        best[0][""] = (0.0, ())
        for place, word in enumerate(words):
            single = self._single(word) if noise or not self.knows(word) else ((0, (word,)),)
            self._extend(best, place, place + 1, single, slip)
            if place + 1 < len(words) and joined[place] and not self._both_known(word, words[place + 1]):
                self._extend(best, place, place + 2, self._double(word, words[place + 1]), slip)
        return min(best[-1].values())[1]

    def _both_known(self, first: str, second: str) -> bool:
        return self.knows(first) and self.knows(second)

    def _extend(
        self,
        best: list[dict[str, Reading]],
        start: int,
        end: int,
        candidates: Iterable[tuple[int, tuple[str, ...]]],
        slip: float,
    ) -> None:
        options = list(candidates)
        for last, (cost, said) in best[start].items():
            for slips, new in options:
                total, before = cost + slips * slip, last
                for word in new:
                    total += self._rarity(before, word)
                    before = word
                if before not in best[end] or total < best[end][before][0]:
                    best[end][before] = (total, said + new)

    def _rarity(self, before: str, word: str) -> float:
        """Minus the logarithm of the chance of a word after another: the desk's pairs, its words, the language."""
        count = self._counts.get(word, 0)
        rank = self._language.get(word)
        alone = _DESK_SHARE * count / self._total + (1 - _DESK_SHARE) * (0.1 / (rank + 10) if rank is not None else 0)
        pairs = self._pairs.get((before, word), 0)
        chance = _PAIR_SHARE * (pairs / self._counts[before] if pairs else 0) + (1 - _PAIR_SHARE) * alone
        return -math.log(chance) if chance > 0 else _UNKNOWN

    def _single(self, word: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        yield 0, (word,)
        yield from ((slips, (near,)) for near, slips in self._near(word))
        if self.knows(word) or len(word) > _LONGEST_WORD:
            return
        for cut in range(1, len(word)):
            yield from self._pair(word[:cut], word[cut:])

    def _double(self, first: str, second: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        """A space too many, or one that changed places with the letter before or behind it."""
        if self.knows(first + second):
            yield 1, (first + second,)
        for left, right in ((first + second[0], second[1:]), (first[:-1], first[-1] + second)):
            yield from self._pair(left, right)

    def _pair(self, left: str, right: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Two words of which the desk knows at least one, the other mistyped at most."""
        if left in self._counts and right in self._counts:
            yield 1, (left, right)
        elif left in self._counts and len(right) > _SHORT:
            yield from ((1 + slips, (left, near)) for near, slips in self._near(right)[:2])
        elif right in self._counts and len(left) > _SHORT:
            yield from ((1 + slips, (near, right)) for near, slips in self._near(left)[:2])

    def _found_near(self, word: str) -> tuple[tuple[str, int], ...]:
        """Words that few slips away are this one, with their number."""
        if not 1 < len(word) <= _LONGEST_WORD:
            return ()
        allowed = 1 if len(word) < 5 else 2
        near = {
            str(found): int(slips)
            for found, slips, _ in process.extract(
                word, self._desk_words, scorer=OSA.distance, score_cutoff=allowed, limit=_MOST_CANDIDATES
            )
        }
        if not self.knows(word):
            others = [
                other
                for start in {word[0], word[1]}
                for length in range(len(word) - 1, len(word) + 2)
                for other in self._by_start.get((start, length), ())
            ]
            close = process.extract(word, others, scorer=OSA.distance, score_cutoff=allowed, limit=_MOST_CANDIDATES)
            near |= {str(found): int(slips) for found, slips, _ in close}
        near.pop(word, None)
        return tuple(near.items())
