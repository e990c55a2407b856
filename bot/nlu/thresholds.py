"""From which confidence an intent's flow is begun by itself, so that a stated share of these beginnings is right.

Solved on examples as they look to a desk that has not seen them, on the same examples as messages that mean
none of the desk's intents, and on what agents have corrected since. A precision rule alone accepts everything
where the classifier is good, and then real traffic brings what it has never seen; so no threshold lies below
what all but one in twenty messages of the desk reach.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.nlu.calibration import FOREIGN_SHARE, Calibration, LeftOut
from bot.nlu.features import Floats
from bot.nlu.kernel import Numbers

LOWEST_SHARE = 0.05
"""The share of the desk's own messages that may stay below a threshold because of the floor."""
TRUST_IN_DESK = 30
"""How many examples of all intents together count with those of one intent."""
HIGHEST = 0.95
"""A threshold is above it only where people have said that the intent was wrongly guessed from there on."""
HIGHEST_OF_ALL = 0.98
"""The desk's own example words are known with more."""
_TRIED = np.arange(0.02, HIGHEST_OF_ALL + 0.001, 0.01)
_UP_TO_HIGHEST = int((_TRIED <= HIGHEST + 0.001).sum())


@dataclass(frozen=True, slots=True)
class Judged:
    """One message whose true intent a person has said. right is None for "none of the desk's intents"."""

    guessed: str
    confidence: float
    right: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Guesses with their confidence, and whether each was right. Of messages of the desk, and of foreign ones.

    told: whether a person has said it. truth: -1 where a person has said that a message means none of the intents.
    """

    guessed: Numbers
    confidence: Floats
    right: npt.NDArray[np.bool_]
    truth: Numbers
    foreign: Floats
    told: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Expected:
    """What to expect of messages at some thresholds: shares, 0 to 1, with FOREIGN_SHARE of them foreign.

    precision: of the flows begun, the right ones. coverage: of the desk's own messages, those that begin a flow.
    """

    precision: float
    coverage: float
    foreign_accepted: float


def evidence_of(known: LeftOut, calibration: Calibration) -> Evidence:
    """What a head that is so calibrated makes of examples that were left out."""
    # The one intent of a desk that has no other: nothing is left to be guessed without it.
    alone = known.scores.shape[1] < 2
    foreign = np.empty(0) if alone else _confidence(known.without_their_intents(), calibration)
    told = np.zeros(len(known.truth), np.bool_)
    return Evidence(known.guessed, _confidence(known, calibration), known.right, known.truth, foreign, told)


def _confidence(known: LeftOut, calibration: Calibration) -> Floats:
    return calibration.confidence(known.scores, known.closeness())


def together(parts: Sequence[Evidence]) -> Evidence:
    """All parts as one."""
    return Evidence(
        np.concatenate([one.guessed for one in parts]),
        np.concatenate([one.confidence for one in parts]),
        np.concatenate([one.right for one in parts]),
        np.concatenate([one.truth for one in parts]),
        np.concatenate([one.foreign for one in parts]),
        np.concatenate([one.told for one in parts]),
    )


def with_judged(evidence: Evidence, intents: Sequence[str], judged: Sequence[Judged]) -> Evidence:
    """The evidence with what people said of real messages. What names an intent of the past is passed over."""
    number = {intent: place for place, intent in enumerate(intents)}
    known = [one for one in judged if one.guessed in number and (one.right is None or one.right in number)]
    if not known:
        return evidence
    guessed = np.array([number[one.guessed] for one in known], np.intp)
    truth = np.array([-1 if one.right is None else number[one.right] for one in known], np.intp)
    confidence = np.array([one.confidence for one in known])
    told = np.ones(len(known), np.bool_)
    said = Evidence(guessed, confidence, guessed == truth, truth, confidence[truth < 0], told)
    return together([evidence, said])


def solve(evidence: Evidence, intents: int, precision: float) -> Floats:
    """The threshold of each intent. Shape: (intents,)."""
    everywhere = _kept(evidence.confidence, evidence.right)
    foreign = _share_above(evidence.foreign) * FOREIGN_SHARE / (1 - FOREIGN_SHARE)
    floor = _floor(evidence.confidence)
    solved = np.empty(intents)
    for intent in range(intents):
        mine, meant = evidence.guessed == intent, evidence.truth == intent
        right, wrong = _kept(evidence.confidence[mine], evidence.right[mine]) + everywhere * (
            TRUST_IN_DESK / max(1, len(evidence.right))
        )
        taken_in = foreign * (mine.sum() + TRUST_IN_DESK)
        wrongly = bool((evidence.confidence[mine & evidence.told & ~evidence.right] >= HIGHEST).any())
        tried = slice(None if wrongly else _UP_TO_HIGHEST)
        by_rule = _lowest_that_reaches(precision, (right / np.maximum(right + wrong + taken_in, 1e-9))[tried])
        own = int(meant.sum())
        low = (
            floor
            if not own
            else (own * _floor(evidence.confidence[meant]) + TRUST_IN_DESK * floor) / (own + TRUST_IN_DESK)
        )
        solved[intent] = min(max(by_rule, low), HIGHEST_OF_ALL if wrongly else HIGHEST)
    return solved


def _kept(confidence: Floats, right: npt.NDArray[np.bool_]) -> Floats:
    """How many right and how many wrong guesses reach each confidence that is tried. Shape: (2, tried)."""
    reached = confidence[:, None] >= _TRIED
    return np.stack([(reached & right[:, None]).sum(axis=0), (reached & ~right[:, None]).sum(axis=0)]).astype(float)


def _share_above(confidence: Floats) -> Floats:
    return np.asarray((confidence[:, None] >= _TRIED).mean(axis=0)) if len(confidence) else np.zeros(len(_TRIED))


def _floor(confidence: Floats) -> float:
    return float(np.quantile(confidence, LOWEST_SHARE)) if len(confidence) else 0.0


def _lowest_that_reaches(wanted: float, precision: Floats) -> float:
    """The lowest confidence that reaches the precision; where none does, the one that comes nearest."""
    enough = np.flatnonzero(precision >= wanted)
    return float(_TRIED[enough[0] if len(enough) else int(precision.argmax())])


def expect(evidence: Evidence, thresholds: Floats) -> Expected:
    """What these thresholds are expected to do, at the assumed share of foreign messages."""
    begun = evidence.confidence >= thresholds[evidence.guessed]
    accepted = float((evidence.foreign >= np.median(thresholds)).mean()) if len(evidence.foreign) else 0.0
    right = float((begun & evidence.right).mean()) * (1 - FOREIGN_SHARE)
    all_begun = float(begun.mean()) * (1 - FOREIGN_SHARE) + accepted * FOREIGN_SHARE
    return Expected(right / all_begun if all_begun else 1.0, float(begun.mean()), accepted)
