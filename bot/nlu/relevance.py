"""How well an article answers a question, as one number from 0 to 1, and from which number on it is an answer.

Several signals (closeness by meaning, by words, by parts of words) become one score by logistic regression with an
L2 penalty, fitted by Newton's method (Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning", 2009,
section 4.4). Its data are pairs of a question and an article, and whether the one answers the other. The threshold is
the one with the largest Youden index (Youden, "Index for rating diagnostic tests", 1950): the share of questions that
get a right answer plus the share of unanswerable ones that get none, on scores from tenfold cross-validation, so that
no question is scored by what was learned from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.nlu.features import Floats

Bools = npt.NDArray[np.bool_]
PENALTY = 0.05
FOLDS = 10
ROUNDS = 2
"""Cross-validations with different folds, whose scores are averaged: one alone hangs on where its folds fall."""
FEWEST = 12
"""Questions with an answer, and likewise without one, below which nothing is solved."""
SAMPLES = 200
_STEPS = 40


@dataclass(frozen=True, slots=True)
class Relevance:
    """weights: one of each signal, then the constant. threshold: the score from which an article answers."""

    weights: tuple[float, ...]
    threshold: float

    def scores(self, signals: Floats) -> Floats:
        """From (..., signals) to (...)."""
        return _chance(signals, np.array(self.weights))


@dataclass(frozen=True, slots=True)
class Trial:
    """One question: its signals for every article (articles, signals), and which of these answer it."""

    signals: Floats
    right: tuple[int, ...]


def solve(trials: Sequence[Trial], otherwise: Relevance) -> Relevance:
    """Fit on all trials, the threshold on held-out scores. ``otherwise``: where there are too few of either kind."""
    answerable = sum(bool(one.right) for one in trials)
    if min(answerable, len(trials) - answerable) < FEWEST:
        return otherwise
    rows, truth = _pairs(trials)
    weights = _fit(rows, truth, np.zeros(rows.shape[1] + 1))
    held_out = _held_out(trials, rows, truth, weights)
    return Relevance(tuple(map(float, weights)), _threshold(held_out, trials))


def _held_out(trials: Sequence[Trial], rows: Floats, truth: Floats, start: Floats) -> Floats:
    """Scores of shape (questions, articles), each question's from fits that have not seen it.

    start: weights near which those of the fits lie. The optimum is one, so where a fit begins changes its time alone.
    """
    articles = len(trials[0].signals)
    scores = np.zeros((len(trials), articles))
    for number in range(ROUNDS):
        order = np.random.default_rng(number).permutation(len(trials))
        for fold in range(FOLDS):
            asked = set(order[fold::FOLDS].tolist())
            rest = np.repeat([place not in asked for place in range(len(trials))], articles)
            weights = _fit(rows[rest], truth[rest], start)
            for place in asked:
                scores[place] += _chance(trials[place].signals, weights) / ROUNDS
    return scores


def _pairs(trials: Sequence[Trial]) -> tuple[Floats, Floats]:
    """The signals of all pairs of a question and an article, and whether the one answers the other."""
    truth = np.zeros((len(trials), len(trials[0].signals)))
    for place, one in enumerate(trials):
        truth[place, list(one.right)] = 1
    return np.concatenate([one.signals for one in trials]), truth.ravel()


def _fit(rows: Floats, truth: Floats, start: Floats) -> Floats:
    known = np.c_[rows, np.ones(len(rows))]
    penalty = np.diag([PENALTY] * rows.shape[1] + [1e-6])
    weights = start.copy()
    for _ in range(_STEPS):
        chance = _chance(rows, weights)
        slope = known.T @ (chance - truth) + penalty @ weights
        bend = (known * (chance * (1 - chance))[:, None]).T @ known + penalty
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def _chance(signals: Floats, weights: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(signals @ weights[:-1] + weights[-1], -30, 30))))


def _threshold(scores: Floats, trials: Sequence[Trial]) -> float:
    """The median over bootstrap samples of the questions (Efron, 1979): the best place of one small set is an accident
    of a few questions."""
    best = scores.max(axis=1)
    right = np.array([int(row.argmax()) in one.right for row, one in zip(scores, trials, strict=True)])
    answerable = np.array([bool(one.right) for one in trials])
    draws = np.random.default_rng(0)
    asked, foreign = np.flatnonzero(answerable), np.flatnonzero(~answerable)
    found = []
    for _ in range(SAMPLES):
        some = np.concatenate([draws.choice(kind, len(kind)) for kind in (asked, foreign)])
        found.append(_best_place(best[some], right[some], answerable[some]))
    return float(np.median(found))


def _best_place(best: Floats, right: Bools, answerable: Bools) -> float:
    """Between two neighbouring scores, so that neither is decided by rounding."""
    places = np.unique(best)
    if len(places) < 2:
        return float(places[0])
    between = (places[1:] + places[:-1]) / 2
    answered = (best[right][None, :] >= between[:, None]).sum(axis=1) / answerable.sum()
    refused = (best[~answerable][None, :] < between[:, None]).mean(axis=1)
    return float(between[int(np.argmax(answered + refused))])
