"""How alike texts are, as a kernel, and ridge regression on it.

Least-squares classification (Rifkin, Yeo and Poggio, "Regularized least-squares classification", 2003): one
target of 1 or 0 for each intent. Few examples cannot show a difference to a support vector machine, it
needs no iterations, and what each example would score had it been left out, or its whole intent, follows in closed
form (blocks of the inverse), so that everything that is tuned later is tuned on scores of unseen examples.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.nlu.features import Floats

Numbers = npt.NDArray[np.intp]

MEANING_SHARPNESS = 4.0
WORD_SHARPNESS = 2.0
RIDGE = 0.1
MOST_LANDMARKS = 4_000
"""Examples that new texts are compared with. All others only shape the weights (Nystroem's method)."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike texts are to landmarks by words, and by meaning where there is an encoder: cosines.

    Shape of each: (texts, landmarks).
    """

    words: Floats
    meaning: Floats | None = None

    def kernel(self, mix: float) -> Floats:
        """``mix`` of meaning, the rest of words; the farther, the flatter, so that what is unlike everything scores
        for nothing."""
        # From 0, not from exp(-2): most texts share no word, and that is no likeness at all. Still a power series
        # without negative coefficients, so a kernel.
        by_words = np.asarray(np.expm1(WORD_SHARPNESS * self.words) / np.expm1(WORD_SHARPNESS), np.float32)
        if self.meaning is None or mix == 0:
            return by_words
        return np.asarray(mix * np.exp(MEANING_SHARPNESS * (self.meaning - 1)) + (1 - mix) * by_words, np.float32)

    def cosines(self, mix: float) -> Floats:
        """The same mixture of the plain cosines."""
        if self.meaning is None or mix == 0:
            return self.words
        return np.asarray(mix * self.meaning + (1 - mix) * self.words, np.float32)


def targets(truth: Numbers, intents: int) -> Floats:
    """1 for the true intent, 0 for all others, so that what is like nothing scores 0. Shape: (examples, intents)."""
    wanted = np.zeros((len(truth), intents), np.float32)
    wanted[np.arange(len(truth)), truth] = 1
    return wanted


@dataclass(frozen=True, slots=True)
class Fit:
    """What a regression comes to, and what it would say of its own examples had it not seen them. Scores: (examples,
    intents).

    weights: (landmarks, intents). without_it: the regression lacks the example; without_intent: it lacks all
    examples of the example's intent, as if the desk did not have that.
    """

    weights: Floats
    without_it: Floats
    without_intent: Floats


def fit(kernel: Floats, landmarks: Numbers, truth: Numbers, intents: int) -> Fit:
    """kernel: (examples, landmarks); landmarks: which examples these are, in order; truth: (examples,)."""
    wanted = targets(truth, intents)
    if len(landmarks) == len(kernel):
        return _fit_exactly(kernel, wanted, truth)
    return _fit_by_landmarks(kernel, landmarks, wanted, truth)


def _fit_exactly(kernel: Floats, wanted: Floats, truth: Numbers) -> Fit:
    inverse = np.linalg.inv(kernel + RIDGE * np.eye(len(kernel), dtype=np.float32))
    weights = inverse @ wanted
    without_it = wanted - weights / np.diag(inverse)[:, None]
    without_intent = np.empty_like(without_it)
    for mine in _by_intent(truth, wanted.shape[1]):
        without_intent[mine] = wanted[mine] - np.linalg.solve(inverse[np.ix_(mine, mine)], weights[mine])
    return Fit(weights, without_it, without_intent)


def _fit_by_landmarks(kernel: Floats, landmarks: Numbers, wanted: Floats, truth: Numbers) -> Fit:
    # A little more on the diagonal: equal landmarks make the matrix singular.
    among = kernel[landmarks] + 1e-3 * np.eye(len(landmarks), dtype=np.float32)
    inverse = np.linalg.inv(kernel.T @ kernel + RIDGE * among)
    weights = inverse @ (kernel.T @ wanted)
    residue, reach = wanted - kernel @ weights, kernel @ inverse
    leverage = np.einsum("ij,ij->i", reach, kernel)
    without_it = wanted - residue / (1 - np.minimum(leverage, 0.99))[:, None]
    without_intent = np.empty_like(without_it)
    for mine in _by_intent(truth, wanted.shape[1]):
        own = np.eye(len(mine), dtype=np.float32) * 1.01 - reach[mine] @ kernel[mine].T
        without_intent[mine] = wanted[mine] - np.linalg.solve(own, residue[mine])
    return Fit(*(scores.astype(np.float32) for scores in (weights, without_it, without_intent)))


def _by_intent(truth: Numbers, intents: int) -> Iterator[Numbers]:
    yield from (np.flatnonzero(truth == intent) for intent in range(intents) if (truth == intent).any())
