"""Words of the desk's own entities in a text: exactly, or but for typing mistakes."""

import re
from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz.distance import OSA

from bot.model.parse import Entity
from bot.nlu.examples import LookupWord
from bot.rules.values.wording import allowed_mistakes

_TOKEN = re.compile(r"[\w']+")
_LONGEST_PHRASE = 5
_LEAST_JOINED = 5
"""Letters and figures from which a word may be written with a space more or less: "iphone 15", "New York"."""

Token = tuple[str, int, int]


class Lookups:
    """Finds lookup words. ``ordinary`` are words of the examples: they are never taken for a mistyped one."""

    def __init__(self, words: Iterable[LookupWord], ordinary: frozenset[str]) -> None:
        self._meanings: dict[str, dict[str, LookupWord]] = defaultdict(dict)
        self._near: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._joined: dict[str, str] = {}
        self._ordinary = ordinary
        self._longest = 0
        for word in words:
            self._learn(word)

    def _learn(self, word: LookupWord) -> None:
        tokens = [token for token, _, _ in _tokens(word.word)]
        phrase = " ".join(tokens)
        if not tokens or len(tokens) > _LONGEST_PHRASE:
            return
        if phrase not in self._meanings and allowed_mistakes(phrase):
            # By length and first letter: hardly anyone mistypes the first letter, and it spares most
            # comparisons.
            self._near[len(tokens), phrase[0]].append(phrase)
        if len(joined := "".join(tokens)) >= _LEAST_JOINED:
            self._joined.setdefault(joined, phrase)
        self._meanings[phrase].setdefault(word.entity, word)
        self._longest = max(self._longest, len(tokens))

    def find(self, text: str) -> list[Entity]:
        """Every word that is found, the longest first in line where two share characters."""
        tokens = _tokens(text)
        taken = [False] * len(tokens)
        found: list[Entity] = []
        for length in range(min(self._longest + 1, len(tokens)) if self._longest else 0, 0, -1):
            for first in range(len(tokens) - length + 1):
                window = tokens[first : first + length]
                if not any(taken[first : first + length]) and (phrase := self._phrase(window)) is not None:
                    taken[first : first + length] = [True] * length
                    found += self._entities(text, phrase, window)
        return found

    def _phrase(self, window: list[Token]) -> str | None:
        words = " ".join(word for word, _, _ in window)
        if words in self._meanings:
            return words
        if (otherwise := self._joined.get(words.replace(" ", ""))) is not None and words not in self._ordinary:
            return otherwise
        mistakes = allowed_mistakes(words)
        if not mistakes or all(word in self._ordinary for word, _, _ in window):
            return None
        return self._nearest(words, self._near.get((len(window), words[0]), []))

    @staticmethod
    def _nearest(words: str, phrases: list[str]) -> str | None:
        """The phrase with the fewest typing mistakes; None when none is near, or two are equally near."""
        best, least, tied = None, 99, False
        for phrase in phrases:
            allowed = min(allowed_mistakes(phrase), allowed_mistakes(words))
            if abs(len(phrase) - len(words)) > allowed:
                continue
            mistakes = OSA.distance(words, phrase, score_cutoff=min(allowed, least))
            if mistakes <= allowed and mistakes <= least:
                best, least, tied = phrase, mistakes, mistakes == least
        return None if tied else best

    def _entities(self, text: str, phrase: str, window: list[Token]) -> list[Entity]:
        start, end = window[0][1], window[-1][2]
        return [
            Entity(entity=entity, value=word.value, text=text[start:end], start=start, end=end)
            for entity, word in self._meanings[phrase].items()
        ]


def _tokens(text: str) -> list[Token]:
    return [(match[0].casefold(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
