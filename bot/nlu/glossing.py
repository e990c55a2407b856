"""German word by word into English, for the encoder, which has learned no other language.

A list of frequent words and their usual meaning is enough to tell what is asked for, though no sentence: queries were
translated so between languages (Ballesteros and Croft, "Phrasal translation and query expansion techniques for
cross-language information retrieval", 1997). A word that is not in the list is looked for without its ending, its
prefix or its umlaut, as the parts of a compound, and as a mistyped one; what stays unknown stands as it is: most
names are the same in both languages.
"""

import re
from collections.abc import Container, Mapping
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

FOLDER = Path(__file__).parent / "glossaries"
LONGEST_WORD = 30
LONGEST_MENDED = 400
"""Characters of a text in which slips are looked for, which takes longest. Who writes more says it more than once."""
_WORD = re.compile(r"[^\W\d_]+")
_ENDINGS = frozenset(
    "e n s t en er es em et te st ts tet ten test ern est end ende enden ung ungen bar nen in innen lich".split()
)
_OF_SHORT = frozenset("e n s t en st".split())
"""Endings of a stem of three letters; with others it would be a stem of many words."""
_SHORTEST = 3
_PREFIXES = tuple(
    "ab an auf aus bei durch ein fest frei her hin hoch los mit nach rück runter um vor weg wieder zu zurück".split()
)
_BETWEEN = ("ge", "zu")
"""What stands between the prefix of a verb and its stem: ab-ge-bucht, ab-zu-buchen."""
_JOINTS = "sne"
"""Letters that join the parts of a compound: Lieferung-s-adresse."""
_PARTS = 3
_SHORTEST_COMPOUND, _SHORTEST_MISTYPED = 8, 6
_ENDINGS_OF_MISTYPED = ("en", "er", "es", "em", "e", "n", "s", "t")
_PLAIN = str.maketrans("äöü", "aou")


class Glossary:
    """What the words of one language mean in English."""

    def __init__(self, english: Mapping[str, str]) -> None:
        """english: word or stem in lower case -> its meaning."""
        self._english = english
        self._listed = list(english)
        self._form = lru_cache(16_384)(lambda word: self._formed(word, _PARTS))
        self._mended = lru_cache(4_096)(self._mistyped)

    def in_english(self, text: str, known: Container[str] = ()) -> str:
        """The text with every word of the list in English, in the order in which they stood.

        known: English words, which stay, unless the very same word is in the list.
        """
        slips = len(text) <= LONGEST_MENDED
        return _WORD.sub(lambda match: self._said(match[0], known, slips), text)

    def has(self, word: str) -> bool:
        """Whether a word in lower case is in the list, in some form and without a slip."""
        return word in self._english or (len(word) <= LONGEST_WORD and self._form(word) is not None)

    def _said(self, written: str, known: Container[str], slips: bool) -> str:
        word = written.casefold()
        listed = self._english.get(word)
        if listed is not None or word in known or len(word) > LONGEST_WORD:
            return listed or written
        return self._form(word) or (self._mended(word) if slips else None) or written

    def _formed(self, word: str, parts: int) -> str | None:
        return self._stem(word) or self._verb(word) or self._stem(word.translate(_PLAIN)) or self._joined(word, parts)

    def _stem(self, word: str) -> str | None:
        """The word itself, or the longest known one that it is a form of."""
        for cut in range(len(word), _SHORTEST - 1, -1):
            ending = word[cut:]
            fits = not ending or ending in (_ENDINGS if cut > _SHORTEST else _OF_SHORT)
            if fits and (meaning := self._english.get(word[:cut])) is not None:
                return meaning
        return None

    def _verb(self, word: str) -> str | None:
        """A participle or an infinitive: gebucht, abgebucht, abzubuchen."""
        for prefix in ("", *_PREFIXES):
            for between in _BETWEEN:
                rest = word.removeprefix(prefix + between)
                if len(rest) > _SHORTEST and rest != word and (meaning := self._stem(prefix + rest)) is not None:
                    return meaning
        return None

    def _joined(self, word: str, parts: int) -> str | None:
        """A compound: the longest first part with which the rest is known, too."""
        if parts < 2 or len(word) < _SHORTEST_COMPOUND:
            return None
        for cut in range(len(word) - _SHORTEST, _SHORTEST - 1, -1):
            first, rest = word[:cut], word[cut:]
            meaning = self._part(first) or (self._part(first[:-1]) if first[-1] in _JOINTS else None)
            if meaning is not None and (other := self._formed(rest, parts - 1)) is not None:
                return f"{meaning} {other}"
        return None

    def _part(self, word: str) -> str | None:
        return self._stem(word) or self._stem(word.translate(_PLAIN))

    def _mistyped(self, word: str) -> str | None:
        """One letter dropped, added, changed, or swapped with the next, in the word or before its ending."""
        for ending in ("", *_ENDINGS_OF_MISTYPED):
            stem = word.removesuffix(ending)
            if len(stem) >= _SHORTEST_MISTYPED and (stem != word or not ending):
                found = process.extractOne(stem, self._listed, scorer=OSA.distance, score_cutoff=1)
                if found:
                    return self._english[found[0]]
        return None


@cache
def glossary_of(language: str) -> Glossary | None:
    """The glossary of a language; None where there is none, English among them."""
    file = FOLDER / f"{language.partition('-')[0]}.txt"
    if not language.isascii() or not language.replace("-", "").isalpha() or not file.is_file():
        return None
    lines = (line.partition(" ") for line in file.read_text(encoding="utf-8").splitlines())
    return Glossary({word: meaning for word, _, meaning in lines if meaning})


def in_english(text: str, language: str, known: Container[str] = ()) -> str:
    """The text as far as it can be said in English; the very same text where the language has no glossary.

    known: see ``Glossary.in_english``.
    """
    glossary = glossary_of(language)
    return text if glossary is None else glossary.in_english(text, known)
