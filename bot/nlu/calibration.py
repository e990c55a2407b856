"""Scores into confidence that means something, learned from scores of examples that were left out.

``confidence = softmax(scores / temperature) * closeness``. The temperature makes the softmax as sure as it is
right (Guo et al., "On calibration of modern neural networks", 2017). The closeness is the chance that a
message so close to the intent (by its score and its nearest examples) means any intent of the desk at all.
"""

from dataclasses import dataclass, replace

import numpy as np

from bot.nlu.features import Floats
from bot.nlu.kernel import Numbers

NEAREST = 3
"""How many examples of an intent say how close a message is to it."""
SHARE_OF_NEAREST = 0.5
FOREIGN_SHARE = 0.1
"""The share of messages that are assumed to mean none of the intents."""
TRUST_IN_USUAL = 3
"""How many examples weigh as much as the usual calibration."""
TRUST_IN_NO_CHANGE = 10
"""The same for the last step, which only mends the shape of the curve."""
MISFILED, MANY = 0.03, 100
"""The share of examples that are assumed to stand under the wrong intent, where an intent has many: short lists are
written with care, long ones are filed in a hurry, and what is sure of another intent may be right."""
EVENLY = 0.5
"""How far intents count alike, whatever number of examples they have: 0 for each example alike, 1 for each intent. Who
has written two examples of one intent and twenty of another does not expect ten times the messages."""
LEARNING = 0.5
"""Errors fall with about this power of the number of examples."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """temperature: of the scores; middle: the closeness at which a message means some intent with chance 1/2; width:
    how slowly that changes; slope, shift: of the line from the log-odds of that product to those of being right."""

    temperature: float
    middle: float
    width: float
    slope: float = 1.0
    shift: float = 0.0

    def shares(self, scores: Floats) -> Floats:
        """Softmax over the intents. Same shape as scores."""
        scaled = scores / self.temperature
        raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=-1, keepdims=True))

    def familiar(self, closeness: Floats) -> Floats:
        """The chance that a message so close to an intent means some intent of the desk."""
        return np.asarray(1 / (1 + np.exp((self.middle - closeness) / self.width)))

    def straight(self, product: Floats) -> Floats:
        """Confidence of the likeliest intent from the product of its share and its closeness (Platt scaling)."""
        sure = np.clip(product, 1e-6, 1 - 1e-6)
        return np.asarray(1 / (1 + np.exp(-self.shift - self.slope * np.log(sure / (1 - sure)))))

    def chances(self, shares: Floats, familiar: float) -> Floats:
        """Of all intents of one text: the likeliest one's confidence, the others and "none" in proportion, at most as
        much as that."""
        products = shares * familiar
        best = int(products.argmax())
        product, second = float(products[best]), float(np.partition(products, -2)[-2]) if len(products) > 1 else 0.0
        rest = max(1 - product, 1e-9)
        sure = max(float(self.straight(np.asarray(product))), second / (rest + second))
        spread: Floats = products * ((1 - sure) / rest)
        spread[best] = sure
        return spread

    def confidence(self, scores: Floats, closeness: Floats) -> Floats:
        """Of the likeliest intent of each text. Shape: (texts,)."""
        return self.straight(self.shares(scores).max(axis=1) * self.familiar(closeness))


USUAL_BY_MEANING = Calibration(temperature=0.04, middle=0.28, width=0.09)
"""What BANKING77 and CLINC150 come to with a handful of examples an intent, by cross-validation."""
USUAL_BY_WORDS = Calibration(temperature=0.03, middle=0.04, width=0.09)


def usual(by_meaning: float) -> Calibration:
    """The usual calibration of a mixture; by_meaning: 0 for words alone, 1 for as much meaning as there ever is."""
    words, meaning = USUAL_BY_WORDS, USUAL_BY_MEANING
    return Calibration(
        words.temperature + by_meaning * (meaning.temperature - words.temperature),
        words.middle + by_meaning * (meaning.middle - words.middle),
        words.width + by_meaning * (meaning.width - words.width),
    )


def closeness(score: Floats, near: Floats) -> Floats:
    """How close texts are to an intent, by its score and by its nearest examples: both 0 to 1 for most texts.

    The score tells better what is near and yet foreign, the examples what is far from everything.
    """
    return np.asarray((1 - SHARE_OF_NEAREST) * score + SHARE_OF_NEAREST * near)


def nearest(cosines: Floats, truth: Numbers, intents: int) -> Floats:
    """The mean closeness of each text to the nearest examples of each intent. Shape: (texts, intents).

    cosines: (texts, examples), NaN where an example must not count. An intent with no example left is at 0.
    """
    close = np.zeros((len(cosines), intents), np.float32)
    for intent in range(intents):
        mine = cosines[:, truth == intent]
        if mine.shape[1] == 0:
            continue
        # NaN sorts last: negated, the nearest come first and the missing ones at the end.
        best = -np.sort(-mine, axis=1)[:, :NEAREST]
        there = ~np.isnan(best)
        close[:, intent] = np.where(there, best, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return close


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Examples as they look to a desk that has not seen them.

    scores, close: (examples, intents); truth: (examples,). without_intent: the scores of a desk that has not even
    their intent.
    """

    scores: Floats
    without_intent: Floats
    close: Floats
    truth: Numbers

    def only(self, chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "LeftOut":
        """Some of the examples. chosen: (examples,)."""
        return LeftOut(self.scores[chosen], self.without_intent[chosen], self.close[chosen], self.truth[chosen])

    @property
    def guessed(self) -> Numbers:
        return np.asarray(self.scores.argmax(axis=1))

    @property
    def right(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.asarray(self.guessed == self.truth)

    def without_their_intents(self) -> "LeftOut":
        """The same as messages whose intent the desk does not have: foreign, but in its own tone."""
        scores = self.without_intent.copy()
        scores[np.arange(len(scores)), self.truth] = -np.inf
        return LeftOut(scores, scores, self.close, self.truth)

    def closeness(self) -> Floats:
        """To the guessed intent. Shape: (examples,)."""
        places = np.arange(len(self.close)), self.guessed
        return closeness(self.scores[places], self.close[places])


def calibrate(known: LeftOut, expected: Calibration) -> Calibration:
    """The calibration under which examples that were left out are likeliest; where they are few, near the expected
    one."""
    intents = known.scores.shape[1]
    if intents < 2 or len(known.truth) < 2:
        return expected
    trust = TRUST_IN_USUAL / len(known.truth)
    middle, width = _familiarity(known, known.without_their_intents(), expected, trust)
    found = Calibration(expected.temperature, middle, width)
    return _straightened(known, replace(found, temperature=_temperature(known, found, trust)))


def _familiarity(known: LeftOut, foreign: LeftOut, expected: Calibration, trust: float) -> tuple[float, float]:
    inside, outside = _spread(known.closeness()), _spread(foreign.closeness())

    def loss(middle: float, width: float) -> float:
        missed = np.logaddexp(0, (middle - inside) / width).mean()
        taken_in = np.logaddexp(0, (outside - middle) / width).mean()
        doubt = ((middle - expected.middle) / 0.1) ** 2 + np.log(width / expected.width) ** 2
        return float((1 - FOREIGN_SHARE) * missed + FOREIGN_SHARE * taken_in + trust * doubt)

    tried = [(float(m), float(w)) for m in np.arange(-0.1, 0.8, 0.02) for w in np.geomspace(0.02, 0.2, 12)]
    return min(tried, key=lambda pair: loss(*pair))


def _spread(values: Floats) -> Floats:
    """At most a thousand of the values, evenly chosen: more change nothing but the time it takes."""
    return np.sort(values)[:: max(1, len(values) // 1_000)]


def _temperature(known: LeftOut, tried: Calibration, trust: float) -> float:
    """The temperature at which being right is as likely as the confidence says."""
    weights, familiar = _weights(known), tried.familiar(known.closeness())

    def loss(temperature: float) -> float:
        calibration = Calibration(temperature, tried.middle, tried.width)
        sure = calibration.shares(known.scores).max(axis=1) * familiar
        surprise = -np.log(np.where(known.right, sure, 1 - sure) + 1e-6)
        return float((weights * surprise).mean() + trust * np.log(temperature / tried.temperature) ** 2)

    return min((float(t) for t in np.geomspace(0.005, 0.5, 60)), key=loss)


def _straightened(known: LeftOut, found: Calibration) -> Calibration:
    """With the line under which being right is likeliest; where the examples are few, near no change at all."""
    sure, weights = found.confidence(known.scores, known.closeness()), _weights(known)
    odds = np.log(np.clip(sure, 1e-6, 1 - 1e-6)) - np.log(np.clip(1 - sure, 1e-6, 1))
    trust = TRUST_IN_NO_CHANGE / len(odds)
    misfiled = MISFILED * min(1.0, len(odds) / known.scores.shape[1] / MANY)

    def loss(slope: float, shift: float) -> float:
        likely = 1 / (1 + np.exp(np.where(known.right, -1, 1) * (slope * odds + shift)))
        surprise = -np.log((1 - misfiled) * likely + misfiled)
        return float((weights * surprise).mean() + trust * ((slope - 1) ** 2 + shift**2))

    tried = [(float(a), float(b)) for a in np.arange(0.4, 1.45, 0.05) for b in np.arange(-1.0, 1.05, 0.1)]
    slope, shift = min(tried, key=lambda pair: loss(*pair))
    return replace(found, slope=slope, shift=shift)


def _weights(known: LeftOut) -> Floats:
    """Examples of intents that have many count less. And mistakes do a little: each was made by a desk that had one
    example of the intent less than it will."""
    counts = np.bincount(known.truth, minlength=known.scores.shape[1])[known.truth]
    share_before = (np.maximum(counts - 1, 0.5) / counts) ** LEARNING
    even = counts**-EVENLY
    return np.asarray(np.where(known.right, 1.0, share_before) * even / even.mean())
