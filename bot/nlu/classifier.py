"""Which intent a text means, with a probability that also allows for "none of these".

Learned once from the desk's examples, then only read: any number of threads may ask at once. Two kinds of
likeness are mixed, by words (always there) and by meaning (with the encoder). How much of each serves a
language is decided by how many left-out examples of that language each mixture gets right: the encoder
has read English only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.nlu.calibration import (
    NEAREST,
    Calibration,
    LeftOut,
    calibrate,
    closeness,
    nearest,
    usual,
)
from bot.nlu.encoder import WIDTH, Encoder
from bot.nlu.examples import Example
from bot.nlu.features import Examples, Floats, without_figures, words_of
from bot.nlu.glossing import in_english
from bot.nlu.kernel import MOST_LANDMARKS, Likeness, Numbers, fit
from bot.nlu.spelling import Reading
from bot.nlu.thresholds import Evidence, evidence_of, together

MIXES = (0.85, 0.5, 0.2, 0.0)
"""Shares of meaning that are tried, the usual one first: another must be clearly better."""
CLEARLY_BETTER = 0.02
LAST_LAYER_SHARE = 0.6
"""How much of the meaning is the sentence embedding. The layer before it keeps more of the single words."""
Probabilities = list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Head:
    """One mixture, learned. weights: (landmarks, intents)."""

    mix: float
    weights: Floats
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Learned:
    """All that is learned: what ``bot.nlu.keeping`` stores. Landmarks are examples by text and number of intent."""

    intents: list[str]
    landmarks: list[str]
    truth: Numbers
    meaning: Floats | None
    heads: tuple[Head, ...]
    by_language: dict[str, int]
    evidence: Evidence
    """What thresholds are solved from: each example as the head of its language guesses it unseen."""


def learn(examples: Sequence[Example], names: Sequence[Example], encoder: Encoder | None, home: str) -> Learned | None:
    """Learn the examples; the names of the intents are learned with them but judge nothing. None without examples.

    home: the language of examples that name none.
    """
    kept = [one for one in dict.fromkeys(examples) if words_of(one.text)]
    if not kept:
        return None
    all_ = [*kept, *(name for name in dict.fromkeys(names) if words_of(name.text))]
    intents = sorted({one.intent for one in all_})
    number = {intent: place for place, intent in enumerate(intents)}
    truth = np.array([number[one.intent] for one in all_])
    texts = [one.text for one in all_]
    chosen = _evenly(truth, MOST_LANDMARKS)
    meaning = (
        None
        if encoder is None
        else blended(encoder.encode([encoded_text(one.text, one.language or home, encoder) for one in all_]))
    )
    likeness = Likeness(
        Examples([texts[place] for place in chosen]).closeness_of(texts),
        None if meaning is None else meaning @ meaning[chosen].T,
    )
    judged = len(kept)
    languages = [one.language or home for one in kept]
    tried = [_head(likeness, chosen, truth, judged, mix) for mix in _mixes(meaning is not None, len(all_))]
    heads, left_out = [head for head, _ in tried], [unseen for _, unseen in tried]
    by_language = _best_by_language(left_out, languages)
    places = np.array([by_language[language] for language in languages])
    evidence = together(
        [
            evidence_of(unseen.only(places == place), head.calibration)
            for place, (head, unseen) in enumerate(tried)
            if (places == place).any()
        ]
    )
    return Learned(
        intents,
        [texts[place] for place in chosen],
        truth[chosen],
        None if meaning is None else meaning[chosen],
        tuple(heads),
        by_language,
        evidence,
    )


def _mixes(by_meaning: bool, examples: int) -> tuple[float, ...]:
    """With very many examples only the two ends: each mixture costs seconds then, and these differ little."""
    if not by_meaning:
        return (0.0,)
    return MIXES if examples <= MOST_LANDMARKS else (MIXES[0], 0.0)


def encoded_text(text: str, language: str, encoder: Encoder) -> str:
    """What the encoder is asked of a text. Messages that differ in a number alone are one to it."""
    return without_figures(in_english(text, language, encoder.words))


def blended(rows: Floats) -> Floats:
    """The encoder's two embeddings as one vector of length 1, whose product is the weighted sum of the two cosines."""
    last, before = rows[:, :WIDTH], rows[:, WIDTH:]
    return np.concatenate([last * LAST_LAYER_SHARE**0.5, before * (1 - LAST_LAYER_SHARE) ** 0.5], axis=1)


def _evenly(truth: Numbers, most: int) -> Numbers:
    """All places, or as many as allowed, from every intent in proportion."""
    if len(truth) <= most:
        return np.arange(len(truth))
    by_intent = np.argsort(truth, kind="stable")
    return np.sort(by_intent[np.linspace(0, len(truth) - 1, most).astype(np.intp)])


def _head(likeness: Likeness, chosen: Numbers, truth: Numbers, judged: int, mix: float) -> tuple[Head, LeftOut]:
    intents = int(truth.max()) + 1
    fitted = fit(likeness.kernel(mix), chosen, truth, intents)
    cosines = likeness.cosines(mix).copy()
    cosines[chosen, np.arange(len(chosen))] = np.nan  # an example is no neighbour of its own
    close = nearest(cosines[:judged], truth[chosen], intents)
    left_out = LeftOut(fitted.without_it[:judged], fitted.without_intent[:judged], close, truth[:judged])
    return Head(mix, fitted.weights, calibrate(left_out, usual(mix / MIXES[0]))), left_out


def _best_by_language(heads: Sequence[LeftOut], languages: Sequence[str]) -> dict[str, int]:
    """For each language of the examples, the head that gets most of them right when they are left out."""
    spoken = np.array(languages)
    best = {}
    for language in sorted(set(languages)):
        mine = spoken == language
        rates = [float(head.right[mine].mean()) for head in heads]
        highest = int(np.argmax(rates))
        best[language] = highest if rates[highest] > rates[0] + CLEARLY_BETTER else 0
    return best


class Classifier:
    """Answers from what was learned. Nothing learned is allowed, and then nothing is ever recognised."""

    def __init__(self, learned: Learned | None, encoder: Encoder | None) -> None:
        self.learned = learned
        self.intents = learned.intents if learned else []
        self._encoder = encoder
        if learned is not None:
            self._examples = Examples(learned.landmarks)
            self._of_intent = [np.flatnonzero(learned.truth == intent) for intent in range(len(self.intents))]

    def head_of(self, language: str) -> int:
        """Which head serves a language; the first one where the desk has no examples in it."""
        return self.learned.by_language.get(language, 0) if self.learned else 0

    def guesses(self, readings: Sequence[Reading], language: str = "") -> Probabilities:
        """Every intent with its probability, the likeliest first. They add up to 1 less that of "none".

        readings: what a message may say; one, unless it is mistyped.
        """
        if self.learned is None:
            return []
        head = self.learned.heads[self.head_of(language)]
        words = self._examples.closeness_of([one.text for one in readings])
        likeness = Likeness(words, self._meaning(readings, language) if head.mix else None)
        return self._chances(head, likeness, np.array([one.share for one in readings], np.float32))

    def meaning_share(self, language: str) -> float:
        """How much of the likeness of texts in a language is by meaning."""
        return self.learned.heads[self.head_of(language)].mix if self.learned else 0.0

    def _chances(self, head: Head, likeness: Likeness, shares: Floats) -> Probabilities:
        # einsum, not @: for a matrix this small BLAS would wake its threads, which costs more than the sum.
        kernel, cosines = (
            np.einsum("r,re->e", shares, of_each) for of_each in (likeness.kernel(head.mix), likeness.cosines(head.mix))
        )
        scores = np.einsum("e,ei->i", kernel, head.weights)
        best = int(scores.argmax())
        close = closeness(scores[best], np.sort(cosines[self._of_intent[best]])[-NEAREST:].mean())
        chances = head.calibration.chances(head.calibration.shares(scores), float(head.calibration.familiar(close)))
        return [(self.intents[i], float(chances[i])) for i in np.argsort(-chances, kind="stable")]

    def _meaning(self, readings: Sequence[Reading], language: str) -> Floats | None:
        assert self.learned is not None
        if self._encoder is None or self.learned.meaning is None:
            return None
        rows = blended(self._encoder.rows([encoded_text(one.text, language, self._encoder) for one in readings]))
        return np.asarray(np.einsum("ef,rf->re", self.learned.meaning, rows))
