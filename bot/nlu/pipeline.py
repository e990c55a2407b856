"""Understanding one message: intent, entities, urgency, sentiment and language as one typed value.

``train`` learns from a desk's examples; the pipeline that it returns is only read afterwards, so threads may
share it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from bot.model.desk import Desk
from bot.model.parse import Doubt, Guess, Parse
from bot.nlu.classifier import Classifier, encoded_text, learn
from bot.nlu.encoder import LANGUAGE, Encoder, shared_encoder
from bot.nlu.entities import EntityFinder
from bot.nlu.examples import Example, exact_key, intent_examples
from bot.nlu.features import words_of
from bot.nlu.keeping import learned_or_kept
from bot.nlu.language import LanguageGuesser
from bot.nlu.measures import Guessed
from bot.nlu.sentiment import sentiment_of
from bot.nlu.spelling import Reading, Speller
from bot.nlu.thresholds import Evidence, Expected, Judged, expect, solve, with_judged
from bot.nlu.urgency import urgency_of
from bot.rules.human import wants_person
from bot.rules.values.legible import legible

HUMAN_REQUEST = "human_request"
LONGEST_LOOKED_AT = 1_000
"""Characters of a message that are understood. People say what they want in the first lines."""
SURE_OF_EXAMPLE = 0.99
SURE_OF_RULE = 0.97
FEW = 6
"""Intents below which it is hardly told what is foreign to all of them."""
AMBIGUOUS_FROM = 0.5
"""The second intent makes the first one ambiguous when it is this share as likely."""
AMBIGUOUS_BELOW_FROM = 0.2
"""The same for a first intent below its threshold."""
_MOST_ALTERNATIVES = 5
_LEAST_LIKELY = 0.01
_REMEMBERED = 1_024
_SURROGATES = re.compile("[\ud800-\udfff]")

Guesses = list[tuple[str, float]]


class Pipeline:
    """A trained understanding of one desk. Implements :class:`bot.ports.Classifier`."""

    def __init__(self, desk: Desk, encoder: Encoder | None = None, cache: Path | None = None) -> None:
        examples = intent_examples(desk.nlu)
        home = desk.settings.languages[0] if desk.settings.languages else "en"
        self._exact = _by_exact_words(examples)
        self._words = frozenset(word for one in examples for word in words_of(one.text))
        self._encoder = encoder
        self._speller = Speller((one.text for one in examples), encoder.words if encoder else {})
        self._spelled = lru_cache(_REMEMBERED)(self._speller.readings)
        basis = (examples, _names(examples), encoder, home)
        self._classifier = Classifier(learn(*basis) if cache is None else learned_or_kept(*basis, cache), encoder)
        self._entities = EntityFinder(desk)
        samples = ((one.text, one.language or home) for one in examples)
        self._language = LanguageGuesser(desk.settings.languages, samples, encoder.words if encoder else None)
        self._precision = desk.settings.precision
        # Changed in place: menus that were made of it see what agents' corrections change.
        self.thresholds: dict[str, float] = {}
        self._evidence: Evidence | None = None
        self.judge(())

    def judge(self, judged: Sequence[Judged]) -> None:
        """Solve the thresholds anew, with what people have said of real messages."""
        learned = self._classifier.learned
        if learned is not None:
            self._evidence = with_judged(learned.evidence, learned.intents, judged)
            solved = solve(self._evidence, len(learned.intents), self._precision)
            self.thresholds.update(zip(learned.intents, map(float, solved), strict=True))
        self._understood = lru_cache(_REMEMBERED)(self._understand)

    @property
    def promised_precision(self) -> float:
        """The wished share of right beginnings, or what can be had where the examples do not reach it."""
        return min(self._precision, self.expected(self._precision).precision)

    def expected(self, precision: float) -> Expected:
        """What thresholds solved for a precision are expected to do."""
        if self._evidence is None:
            return Expected(1.0, 0.0, 0.0)
        return expect(self._evidence, solve(self._evidence, len(self.intents), precision))

    def meaning_share(self, language: str) -> float:
        """How much of the likeness of messages in a language is by meaning; the rest is by words."""
        return self._classifier.meaning_share(language)

    def guessed_unseen(self) -> list[Guessed]:
        """The desk's examples, each as it is guessed without having been seen."""
        found, names = self._evidence, self.intents
        if found is None:
            return []
        rows = zip(found.guessed, found.confidence, found.truth, strict=True)
        return [
            Guessed(names[guess], float(sure), names[truth] if truth >= 0 else None, self.thresholds[names[guess]])
            for guess, sure, truth in rows
        ]

    async def prepare(self, text: str, language: str | None = None) -> None:
        """Do what takes long of a later ``parse`` off the event loop."""
        text = legible(_looked_at(text)).text
        if self._encoder is None or exact_key(text) in self._exact:
            return
        spoken = self._language.guess(text, language)
        if not self._classifier.meaning_share(spoken):
            return
        if self._speller.is_plain(text):
            readings = self._readings(text, spoken)
        else:
            readings = await self._encoder.beside(lambda: self._readings(text, spoken))
        await self._encoder.soon([encoded_text(one.text, spoken, self._encoder) for one in readings])

    def _readings(self, text: str, language: str) -> tuple[Reading, ...]:
        """Mended only in the encoder's language: of others too few words are known to tell which are mistyped."""
        mends = language == LANGUAGE and self._classifier.meaning_share(language)
        return self._spelled(text) if mends else (Reading(text),)

    @property
    def intents(self) -> tuple[str, ...]:
        """The closed set that ``parse`` chooses from, sorted."""
        return tuple(self._classifier.intents)

    def parse(self, text: str, language: str | None = None) -> Parse:
        """What the text means. Never raises for any text.

        language: what was spoken so far; it stays where the text does not tell another of the desk's.
        ``alternatives`` are the likeliest intents, best first, the chosen one among them. ``intent`` is None,
        with the reason ``unfamiliar``, where "none of these" is likelier than each.
        """
        return self._understood(_looked_at(text), language)

    def _understand(self, written: str, language: str | None) -> Parse:
        text = legible(written).text
        spoken = self._language.guess(text, language)
        sentiment = sentiment_of(text)
        guesses = self._guesses(text, spoken)
        intent, confidence, reasons = self._decided(guesses)
        if intent is not None and self._is_strange(intent, confidence, text, spoken):
            intent, confidence, reasons = None, 0.0, ("unfamiliar",)
        return Parse(
            intent=intent,
            confidence=confidence,
            alternatives=tuple(
                Guess(intent=name, confidence=min(chance, 1.0))
                for name, chance in guesses[:_MOST_ALTERNATIVES]
                if chance >= _LEAST_LIKELY or name == guesses[0][0]
            ),
            reasons=reasons,
            entities=self._entities.find(written, spoken),
            urgency=urgency_of(text, sentiment),
            sentiment=sentiment,
            language=spoken,
        )

    def _is_strange(self, intent: str, confidence: float, text: str, language: str) -> bool:
        """Whether the words are of none of these intents, although one is likely.

        Beside few intents the one that comes with the core has most examples, and what is foreign to all is nearest to
        it: then only its rule and its examples count. And where words alone are understood, one has to be known.
        """
        if intent == HUMAN_REQUEST and len(self.intents) < FEW:
            return confidence < SURE_OF_RULE
        if confidence >= self.thresholds.get(intent, 0.0):
            return False
        return not self._classifier.meaning_share(language) and self._words.isdisjoint(words_of(text))

    def _guesses(self, text: str, language: str) -> Guesses:
        """The desk's own words come before the rule for a person, and that before the classifier."""
        if (known := self._exact.get(exact_key(text))) is not None:
            return [(known, SURE_OF_EXAMPLE)]
        if not any(word.strip("0") for word in words_of(text)):
            return []  # an address or a number alone: an answer to some question, and no wish
        guesses = self._classifier.guesses(self._readings(text, language), language)
        if HUMAN_REQUEST in self._classifier.intents and wants_person(text):
            rest = [(name, chance * (1 - SURE_OF_RULE)) for name, chance in guesses if name != HUMAN_REQUEST]
            return [(HUMAN_REQUEST, SURE_OF_RULE), *rest]
        return guesses

    def _decided(self, guesses: Guesses) -> tuple[str | None, float, tuple[Doubt, ...]]:
        """Ambiguous: the second intent is about as likely, or the first is unsure and the second no stranger."""
        none = 1 - sum(chance for _, chance in guesses)
        if not guesses or none > guesses[0][1]:
            return None, 0.0, ("unfamiliar",)
        (intent, best), second = guesses[0], guesses[1][1] if len(guesses) > 1 else 0.0
        share = AMBIGUOUS_FROM if best >= self.thresholds.get(intent, 0.0) else AMBIGUOUS_BELOW_FROM
        return intent, min(best, 1.0), ("ambiguous",) if second >= share * best else ()


def _looked_at(text: str) -> str:
    return _SURROGATES.sub("\ufffd", text[:LONGEST_LOOKED_AT])


def _by_exact_words(examples: list[Example]) -> dict[str, str]:
    """Example -> intent. Words that are an example of two intents decide nothing."""
    intents_of: dict[str, set[str]] = {}
    for one in examples:
        intents_of.setdefault(exact_key(one.text), set()).add(one.intent)
    return {key: intents.pop() for key, intents in intents_of.items() if len(intents) == 1 and key}


def _names(examples: list[Example]) -> list[Example]:
    """Each intent's name as one more example: whoever named it said what it is about."""
    return [
        Example(intent.replace("_", " ").replace("-", " "), intent)
        for intent in dict.fromkeys(one.intent for one in examples)
    ]


def train(desk: Desk, encoder: Encoder | None = None, cache: Path | None = None) -> Pipeline:
    """Learn a desk's nlu entries, slots and languages. Deterministic; no entry at all is allowed.

    encoder: the one of this process, where none is given and one is installed.
    cache: the folder where what was learned is kept and looked for.
    """
    return Pipeline(desk, encoder or shared_encoder(), cache)
