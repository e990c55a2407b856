"""Which of the desk's languages a message is in: by small words, by letters, and by the words of the
examples.

A chat message has a handful of words, and a desk a handful of languages. Its most frequent words tell these
apart, so no model is loaded for it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.nlu.glossing import glossary_of
from bot.nlu.small_words import SMALL_WORDS

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")

_LETTERS = {
    "de": "äöüß", "fr": "çèêàùœ", "es": "ñ¿¡áíóú", "it": "òìù", "nl": "ĳ", "pt": "ãõç", "pl": "ąćęłńśźż",
}  # fmt: skip
_OF_SMALL_WORD, _OF_LETTER, _OF_EXAMPLE = 1.0, 1.0, 0.5
_CODE = re.compile(r"\S*[\d@/]\S*")
"""Order numbers and addresses, whose letters are no words."""
_ANYWHERE = frozenset("ok okay no super cool sorry bye hi hey top a an in so".split())
"""Words that people of any language write alone: they do not change the language of a conversation."""
_TELLING_FROM = 4
"""Letters from which a word of a glossary tells its language."""
_USUAL_RANK = 14_000
"""Rarer words of the encoder's English are partly those of other languages."""
_LEAST_LEAD = 0.5
"""How far ahead a language must be of the next; below, the desk's first language is assumed."""


class LanguageGuesser:
    """Tells the desk's languages apart."""

    def __init__(
        self,
        languages: Sequence[str],
        samples: Iterable[tuple[str, str]] = (),
        english: Mapping[str, int] | None = None,
    ) -> None:
        """samples: pairs of an example and its language.

        english: all words of English with their rank by frequency, where they are known: then the glossaries tell
        their languages, too, and a first message of usual English words alone is English.
        """
        self._languages = tuple(languages) or ("en",)
        self._english = english or {}
        self._glossaries = {one: found for one in self._languages if english and (found := glossary_of(one))}
        self._weights: dict[str, dict[str, float]] = defaultdict(dict)
        if len(self._languages) > 1:
            self._learn_examples(samples)
            self._learn_small_words()

    def _learn_examples(self, samples: Iterable[tuple[str, str]]) -> None:
        """A word counts for a language when at least three quarters of its uses are in it.

        It counts more where examples are all that is known of a language.
        """
        uses: dict[str, Counter[str]] = defaultdict(Counter)
        for text, language in samples:
            for word in _WORD.findall(text.casefold()):
                uses[word][language] += 1
        for word, by_language in uses.items():
            language, count = by_language.most_common(1)[0]
            if count >= 0.75 * by_language.total():
                self._weights[word][language] = _OF_EXAMPLE if language in SMALL_WORDS else _OF_SMALL_WORD

    def _learn_small_words(self) -> None:
        for language in self._languages:
            for word in SMALL_WORDS.get(language, "").split():
                self._weights[word][language] = _OF_SMALL_WORD

    def guess(self, text: str, otherwise: str | None = None) -> str:
        """One of the desk's languages; where the text does not tell, ``otherwise`` or the first.

        One word alone does not leave the language that was spoken, unless nothing else is said: "Am Markt 3" and "in
        München" are answers to a question, in whatever language it was put.
        """
        if len(self._languages) == 1:
            return self._languages[0]
        scores = dict.fromkeys(self._languages, 0.0)
        lowered = _CODE.sub(" ", text.casefold())
        words = _WORD.findall(lowered)
        if otherwise is not None and _ANYWHERE.issuperset(words):
            return otherwise
        telling: Counter[str] = Counter()
        for word in words:
            for language, weight in (self._weights.get(word) or self._by_glossary(word)).items():
                scores[language] = scores.get(language, 0.0) + weight
                telling[language] += 1
        for language in self._languages:
            scores[language] += _OF_LETTER * sum(letter in lowered for letter in _LETTERS.get(language, ""))
        first, second, *_ = sorted(((scores[language], language) for language in self._languages), reverse=True)
        if first[0] - second[0] < _LEAST_LEAD:
            return otherwise or ("en" if self._all_english(words) else self._languages[0])
        stays = otherwise in scores and otherwise != first[1] and telling[first[1]] < min(2, len(words))
        return otherwise if stays and otherwise else first[1]

    def _all_english(self, words: list[str]) -> bool:
        """Whether these are usual words of English, and not all of another of the desk's languages as well."""
        usual = [word for word in words if self._english.get(word, _USUAL_RANK) < _USUAL_RANK]
        telling = [word for word in usual if word not in _ANYWHERE and not self._by_glossary(word, shared=True)]
        return "en" in self._languages and len(usual) == len(words) and bool(telling)

    def _by_glossary(self, word: str, shared: bool = False) -> dict[str, float]:
        """The languages that have this word; none for English ones, which some spell alike ("links", "handy"), unless
        shared."""
        if not shared and (len(word) < _TELLING_FROM or word in self._english):
            return {}
        return {language: _OF_EXAMPLE for language, known in self._glossaries.items() if known.has(word)}
