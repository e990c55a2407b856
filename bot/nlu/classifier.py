"""Which intent a text means, with a probability that also allows for "none of these".

Kernel logistic regression (Zhu and Hastie, "Kernel logistic regression and the import vector machine", 2005)
on the closeness of texts, trained by accelerated gradient descent (Nesterov, 1983). It matches scikit-learn's
logistic regression on the same features, learns in a tenth of the time, and its one matrix of closeness
between examples serves training, calibration and prediction alike. Beside the intents stands "none":
a constant that every text starts from and that an intent must beat, so one intent alone can still be doubted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.nlu.features import Examples, Floats, words_of

Numbers = npt.NDArray[np.intp]

RIDGE = 0.02
ROUNDS = 80
NONE_IN_TRAINING = 1.0
MOST_EXAMPLES = 2_000
"""More are thinned evenly over the intents: time and memory of training grow with their square."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores into probabilities: softmax over ``(score - none) / temperature``, with a zero for "none"."""

    none: float = 1.3
    temperature: float = 0.35

    def probabilities(self, scores: Floats) -> Floats:
        """A probability for each intent; what they lack to 1 is that of "none". Same shape as scores."""
        scaled = (scores - self.none) / self.temperature
        highest = np.maximum(scaled.max(axis=-1, keepdims=True, initial=0.0), 0.0)
        raised = np.exp(scaled - highest)
        shares: Floats = raised / (raised.sum(axis=-1, keepdims=True) + np.exp(-highest))
        return shares


class Classifier:
    """Learned once, then only read: any number of threads may ask it at once.

    examples: pairs of text and intent; none at all is allowed, and then nothing is ever recognised.
    """

    def __init__(self, examples: Sequence[tuple[str, str]]) -> None:
        kept = _thinned(examples)
        self.intents = sorted({intent for _, intent in kept})
        self.calibration = Calibration()
        if not kept:
            return
        numbers = {intent: number for number, intent in enumerate(self.intents)}
        truth = np.array([numbers[intent] for _, intent in kept])
        self._examples = Examples([text for text, _ in kept])
        close = self._examples.among_themselves()
        self._weights = _learn(close, truth, len(self.intents))
        self.calibration = _calibrate(close, truth, len(self.intents))

    def guesses(self, text: str) -> list[tuple[str, float]]:
        """Every intent with its probability, the likeliest first. They add up to 1 less that of "none"."""
        if not self.intents:
            return []
        close = self._examples.closeness(text)
        # einsum, not @: for a matrix this small BLAS would wake its threads, which costs more than the sum.
        scores = np.einsum("e,ei->i", close, self._weights)
        chances = self.calibration.probabilities(scores)
        return [(self.intents[i], float(chances[i])) for i in np.argsort(-chances, kind="stable")]


def _thinned(examples: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The examples that have words, evenly thinned where there are too many."""
    by_intent: dict[str, list[str]] = {}
    for text, intent in dict.fromkeys(examples):
        if not words_of(text):
            continue  # nothing to compare: an emoji is only ever recognised exactly
        by_intent.setdefault(intent, []).append(text)
    share = MOST_EXAMPLES / max(1, sum(map(len, by_intent.values())))
    step = 1.0 if share >= 1 else 1 / share
    return [
        (texts[int(place)], intent) for intent, texts in by_intent.items() for place in np.arange(0, len(texts), step)
    ]


def _learn(close: Floats, truth: Numbers, intents: int) -> Floats:
    """The weight of each example for each intent. Shape: (examples, intents).

    Minimises the logistic loss plus RIDGE/2 times the squared length of the solution in the space of the
    features.
    """
    wanted = np.zeros((len(truth), intents), dtype=np.float32)
    wanted[np.arange(len(truth)), truth] = 1
    plain = Calibration(NONE_IN_TRAINING, 1.0)
    pace = 1 / (0.5 * _largest_eigenvalue(close) + RIDGE)
    weights = ahead = np.zeros_like(wanted)
    momentum = 1.0
    for _ in range(ROUNDS):
        slope = plain.probabilities(close @ ahead) - wanted + RIDGE * ahead
        stepped = ahead - pace * slope
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = (stepped + (momentum - 1) / following * (stepped - weights)).astype(np.float32)
        weights, momentum = stepped.astype(np.float32), following
    return weights


def _largest_eigenvalue(close: Floats) -> float:
    """By power iteration. The entries are positive, so the constant start is never orthogonal to it."""
    vector = np.ones(len(close), dtype=np.float32)
    for _ in range(20):
        vector = close @ vector
        vector /= np.linalg.norm(vector)
    return float(np.linalg.norm(close @ vector)) * 1.05


NONE_SHARE = 0.15
"""The share of messages that are assumed to mean none of the intents."""
TRUST_IN_USUAL = 12
"""How many examples weigh as much as the usual calibration."""
_NONES = np.arange(0.4, 5.0, 0.1)
_TEMPERATURES = np.geomspace(0.15, 1.5, 18)


def _calibrate(close: Floats, truth: Numbers, intents: int) -> Calibration:
    """The calibration under which held-back examples are likeliest; where they are few, near the usual one.

    Examples of known intents are held back in folds. For "none" whole intents are held back: their examples
    are then messages in the desk's own tone that mean nothing it knows.
    """
    known, none = _hold_back_examples(close, truth, intents), _hold_back_intents(close, truth, intents)
    usual = Calibration()

    def loss(tried: Calibration) -> float:
        doubt = (tried.none - usual.none) ** 2 + math.log(tried.temperature / usual.temperature) ** 2
        surprise = (1 - NONE_SHARE) * _surprise_known(tried, *known) + NONE_SHARE * _surprise_none(tried, none)
        return surprise + TRUST_IN_USUAL / len(truth) * doubt

    return min((Calibration(float(n), float(t)) for t in _TEMPERATURES for n in _NONES), key=loss)


def _surprise_known(tried: Calibration, scores: Floats, truth: Numbers) -> float:
    if not len(truth):
        return 0.0
    chances = tried.probabilities(scores)[np.arange(len(truth)), truth]
    return float(-np.log(chances + 1e-6).mean())


def _surprise_none(tried: Calibration, scores: Floats) -> float:
    if not len(scores):
        return 0.0
    return float(-np.log(1 - tried.probabilities(scores).sum(axis=1) + 1e-6).mean())


def _folds(examples: int) -> int:
    """How many times to train once more for the calibration: less often where one training is long."""
    return 10 if examples <= 300 else 5 if examples <= 800 else 2


def _hold_back_examples(close: Floats, truth: Numbers, intents: int) -> tuple[Floats, Numbers]:
    """Scores of examples by classifiers that have not seen them. Intents with one example take no part."""
    place = np.zeros(len(truth), dtype=np.intp)
    for intent in range(intents):
        mine = truth == intent
        # Each intent begins at another fold, so that small intents do not all land in the first ones.
        place[mine] = np.arange(mine.sum()) + intent
    counts = np.bincount(truth, minlength=intents)
    fold = place % _folds(len(truth))
    scores, truths = [np.empty((0, intents), np.float32)], [np.empty(0, np.intp)]
    for number in range(_folds(len(truth))):
        learned, held = fold != number, (fold == number) & (counts[truth] > 1)
        if learned.any() and held.any():
            weights = _learn(close[np.ix_(learned, learned)], truth[learned], intents)
            scores.append(close[np.ix_(held, learned)] @ weights)
            truths.append(truth[held])
    return np.concatenate(scores), np.concatenate(truths)


def _hold_back_intents(close: Floats, truth: Numbers, intents: int) -> Floats:
    """Scores of examples by classifiers that know neither them nor their intents."""
    if intents < 2:
        return np.empty((0, intents), np.float32)
    folds = min(intents, _folds(len(truth)), 5)
    scores = []
    for number in range(folds):
        learned = truth % folds != number
        weights = _learn(close[np.ix_(learned, learned)], truth[learned], intents)
        weights[:, number::folds] = 0
        scores.append(close[np.ix_(~learned, learned)] @ weights)
    return np.concatenate(scores)
