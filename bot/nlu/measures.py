"""How good an understanding is, on messages with known intents."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.nlu.calibration import FOREIGN_SHARE
from bot.nlu.features import Floats

BINS = 15
"""Of the calibration error: equally wide, as in Guo et al. (2017)."""


@dataclass(frozen=True, slots=True)
class Guessed:
    """What was guessed of one message, and what it means; truth is None where it means no intent of the desk."""

    intent: str | None
    confidence: float
    truth: str | None
    needed: float = 0.0

    @property
    def right(self) -> bool:
        return self.intent is not None and self.intent == self.truth

    @property
    def begun(self) -> bool:
        """Whether a flow would be begun by itself."""
        return self.intent is not None and self.confidence >= self.needed


@dataclass(frozen=True, slots=True)
class Bin:
    """Messages of about equal confidence: their mean confidence, and the share that was right."""

    confidence: float
    right: float
    count: int


def accuracy(guessed: Sequence[Guessed]) -> float:
    return sum(one.right for one in guessed) / len(guessed)


@dataclass(frozen=True, slots=True)
class OfIntent:
    """examples: how many messages mean it; begun: the share of them that begin its flow by themselves; right: of all
    that begin it, the share that means it; None where none does."""

    intent: str
    examples: int
    begun: float
    right: float | None


def by_intent(guessed: Sequence[Guessed]) -> list[OfIntent]:
    """Each intent that is meant by a message, in the order of their names."""
    meant, begun, rightly = Counter[str | None](), Counter[str | None](), Counter[str | None]()
    for one in guessed:
        meant[one.truth] += 1
        begun[one.intent] += one.begun
        rightly[one.truth] += one.begun and one.right
    return [
        OfIntent(name, meant[name], rightly[name] / meant[name], rightly[name] / begun[name] if begun[name] else None)
        for name in sorted(one for one in meant if one)
    ]


def macro_f1(guessed: Sequence[Guessed]) -> float:
    """The mean F1 over the intents that are meant at least once."""
    meant, said = Counter(one.truth for one in guessed), Counter(one.intent for one in guessed)
    right = Counter(one.truth for one in guessed if one.right)
    return float(np.mean([2 * right[intent] / (count + said[intent]) for intent, count in meant.items()]))


def reliability(guessed: Sequence[Guessed], bins: int = BINS) -> list[Bin]:
    """The bins that hold any message, from the least confident."""
    held: dict[int, list[Guessed]] = {}
    for one in guessed:
        held.setdefault(min(int(one.confidence * bins), bins - 1), []).append(one)
    return [
        Bin(float(np.mean([one.confidence for one in mine])), accuracy(mine), len(mine))
        for _, mine in sorted(held.items())
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """The mean distance of confidence and share of right ones, weighted by the messages of each bin."""
    return sum(abs(one.confidence - one.right) * one.count for one in bins) / sum(one.count for one in bins)


def coverage_at(precision: float, guessed: Sequence[Guessed]) -> float:
    """The largest share of messages, the most confident first, of which so many are right."""
    ranked = sorted(guessed, key=lambda one: -one.confidence)
    right = np.cumsum([one.right for one in ranked]) / np.arange(1, len(ranked) + 1)
    enough = np.flatnonzero(right >= precision)
    return float(enough[-1] + 1) / len(ranked) if len(enough) else 0.0


def auroc(inside: Floats, outside: Floats) -> float:
    """The chance that a message of the desk has more confidence than a foreign one; ties count half."""
    ranked = np.sort(outside)
    below, at_most = np.searchsorted(ranked, inside, "left"), np.searchsorted(ranked, inside, "right")
    return float((below + at_most).mean() / 2 / len(outside))


def foreign_recall(inside: Floats, outside: Floats, kept: float = 0.95) -> float:
    """The share of foreign messages that are told apart by the confidence that ``kept`` of the desk's own reach."""
    return float((outside < np.quantile(inside, 1 - kept)).mean())


def achieved_precision(guessed: Sequence[Guessed], foreign: Sequence[Guessed]) -> float:
    """The share of right ones among the flows begun, the foreign messages weighted to the assumed share of them."""
    begun = sum(one.begun for one in guessed) / len(guessed)
    right = sum(one.begun and one.right for one in guessed) / len(guessed)
    if foreign:
        begun += sum(one.begun for one in foreign) / len(foreign) * FOREIGN_SHARE / (1 - FOREIGN_SHARE)
    return right / begun if begun else 1.0


def confusions(guessed: Sequence[Guessed], most: int = 15) -> list[tuple[str, str, int]]:
    """Intent meant, intent guessed, how often: the most frequent mistakes first."""
    wrong = Counter((one.truth or "", one.intent or "") for one in guessed if not one.right)
    return [(truth, guess, count) for (truth, guess), count in wrong.most_common(most)]
