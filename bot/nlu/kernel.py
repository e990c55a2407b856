"""How alike texts are, as a kernel, and ridge regression on it.

Least-squares classification (Rifkin, Yeo and Poggio, "Regularized least-squares classification", 2003): one
target of +1 or -1 for each intent. Few examples cannot show a difference to a support vector machine, it
needs no iterations, and what each example would score had it been left out follows in closed form, so that
everything that is tuned later is tuned on scores of unseen examples.
"""

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
        by_words = np.asarray(np.exp(WORD_SHARPNESS * (self.words - 1)))
        if self.meaning is None or mix == 0:
            return by_words
        return np.asarray(mix * np.exp(MEANING_SHARPNESS * (self.meaning - 1)) + (1 - mix) * by_words, np.float32)

    def cosines(self, mix: float) -> Floats:
        """The same mixture of the plain cosines."""
        if self.meaning is None or mix == 0:
            return self.words
        return np.asarray(mix * self.meaning + (1 - mix) * self.words, np.float32)


def targets(truth: Numbers, intents: int) -> Floats:
    """+1 for the true intent, -1 for all others. Shape: (examples, intents)."""
    wanted = np.full((len(truth), intents), -1, np.float32)
    wanted[np.arange(len(truth)), truth] = 1
    return wanted


def fit(kernel: Floats, landmarks: Numbers, wanted: Floats) -> tuple[Floats, Floats]:
    """The weights (landmarks, intents), and the score of each example by a regression without it (examples, intents).

    kernel: (examples, landmarks); landmarks: which examples these are, in order.
    """
    if len(landmarks) == len(kernel):
        return _fit_exactly(kernel, wanted)
    return _fit_by_landmarks(kernel, landmarks, wanted)


def _fit_exactly(kernel: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    inverse = np.linalg.inv(kernel + RIDGE * np.eye(len(kernel), dtype=np.float32))
    weights = inverse @ wanted
    left_out = wanted - weights / np.diag(inverse)[:, None]
    return weights, left_out


def _fit_by_landmarks(kernel: Floats, landmarks: Numbers, wanted: Floats) -> tuple[Floats, Floats]:
    # A little more on the diagonal: equal landmarks make the matrix singular.
    among = kernel[landmarks] + 1e-3 * np.eye(len(landmarks), dtype=np.float32)
    inverse = np.linalg.inv(kernel.T @ kernel + RIDGE * among)
    weights = inverse @ (kernel.T @ wanted)
    leverage = np.einsum("ij,ij->i", kernel @ inverse, kernel)
    left_out = wanted - (wanted - kernel @ weights) / (1 - np.minimum(leverage, 0.99))[:, None]
    return weights.astype(np.float32), left_out.astype(np.float32)
