"""A flow is begun by itself from the confidence at which so many of these beginnings are right."""

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.calibration import Calibration
from bot.nlu.kernel import RIDGE, fit, targets
from bot.nlu.measures import Guessed, auroc, calibration_error, coverage_at, macro_f1, reliability
from bot.nlu.thresholds import HIGHEST, Evidence, Judged, expect, solve, with_judged
from tests.nlu.desks import shop, train


def evidence(right_from: float, seed: int = 0) -> Evidence:
    """Two intents of 200 messages; below ``right_from`` every second guess is wrong. No foreign messages."""
    chance = np.random.default_rng(seed)
    confidence = chance.random(400)
    guessed = np.arange(400) % 2
    right = (confidence >= right_from) | (np.arange(400) // 2 % 2 == 0)
    return Evidence(
        guessed, confidence, right, np.where(right, guessed, 1 - guessed), np.empty(0), np.zeros(len(right), bool)
    )


def test_a_higher_precision_needs_a_higher_threshold() -> None:
    solved = [solve(evidence(0.6), 2, precision).mean() for precision in (0.7, 0.9, 0.99)]
    assert solved == sorted(solved)
    assert solved[0] < solved[-1]


def test_the_wished_precision_is_reached_on_messages_that_were_not_seen() -> None:
    thresholds = solve(evidence(0.6), 2, 0.95)
    assert expect(evidence(0.6, seed=1), thresholds).precision >= 0.93


def test_where_all_guesses_are_right_the_lowest_twentieth_is_still_left_out() -> None:
    """A rule of precision alone would accept everything here, and with it whatever the desk has never seen."""
    thresholds = solve(evidence(0.0), 2, 0.95)
    assert np.all(thresholds > 0.02)
    assert expect(evidence(0.0), thresholds).coverage == pytest.approx(0.95, abs=0.03)


def test_foreign_messages_that_look_familiar_raise_the_thresholds() -> None:
    plain = evidence(0.0)
    foreign = Evidence(plain.guessed, plain.confidence, plain.right, plain.truth, np.full(100, 0.5), plain.told)
    assert np.all(solve(foreign, 2, 0.95) > solve(plain, 2, 0.95))


def test_what_agents_correct_raises_the_threshold_of_that_intent() -> None:
    pipeline = train(shop())
    before = dict(pipeline.thresholds)
    pipeline.judge([Judged("order_status", 0.9, "charged_twice")] * 30)
    assert before["order_status"] < pipeline.thresholds["order_status"] <= HIGHEST


def test_corrections_to_intents_of_the_past_are_passed_over() -> None:
    plain = evidence(0.6)
    assert with_judged(plain, ["a", "b"], [Judged("gone", 0.9, "a"), Judged("a", 0.9, "gone")]) is plain


def test_what_was_learned_is_kept_and_read_again(tmp_path: Path) -> None:
    first = train(shop(), cache=tmp_path)
    (file,) = tmp_path.glob("intents-*.npz")
    written = file.stat().st_mtime_ns
    second = train(shop(), cache=tmp_path)
    assert file.stat().st_mtime_ns == written
    assert second.thresholds == first.thresholds
    for text in ("my parcel is late", "wo ist mein Paket", "tell me a joke"):
        assert second.parse(text) == first.parse(text)


@pytest.mark.parametrize("damage", ["cut", "empty", "no header", "unknown compression"])
def test_a_kept_file_that_is_broken_is_learned_again(tmp_path: Path, damage: str) -> None:
    train(shop(), cache=tmp_path)
    (file,) = tmp_path.glob("intents-*.npz")
    whole = file.read_bytes()
    header, central = whole.index(b"\x93NUMPY"), whole.index(b"PK\x01\x02")
    broken = {
        "cut": whole[:100],
        "empty": b"",
        "no header": whole[: header + 20] + b"(" * 60 + whole[header + 80 :],
        "unknown compression": whole[: central + 10] + b"\x63" + whole[central + 11 :],
    }
    file.write_bytes(broken[damage])
    assert train(shop(), cache=tmp_path).parse("where is my order").intent == "order_status"


def test_the_measures_are_those_of_their_definitions() -> None:
    rows = [Guessed("a", 0.9, "a"), Guessed("a", 0.8, "b"), Guessed("b", 0.7, "b"), Guessed("b", 0.1, "b")]
    assert macro_f1(rows) == pytest.approx((2 / 3 + 0.8) / 2)
    assert coverage_at(0.75, rows) == 1.0
    assert auroc(np.array([0.9, 0.5]), np.array([0.1, 0.5])) == pytest.approx(0.875)
    assert calibration_error(reliability(rows[:1])) == pytest.approx(0.1)


def test_what_an_example_would_score_without_its_intent_is_what_a_desk_without_it_gives() -> None:
    """The closed form, against regressions that are really learned without; by landmarks it comes near."""
    chance = np.random.default_rng(3)
    points = chance.normal(size=(60, 8)).astype(np.float32)
    kernel = np.exp(-((points[:, None] - points[None]) ** 2).sum(axis=2) / 16).astype(np.float32)
    truth = np.arange(60) % 4
    fitted = fit(kernel, np.arange(60), truth, 4)
    for intent in range(4):
        rest = truth != intent
        ridge = kernel[np.ix_(rest, rest)] + RIDGE * np.eye(int(rest.sum()))
        scores = kernel[np.ix_(~rest, rest)] @ np.linalg.solve(ridge, targets(truth, 4)[rest])
        others = np.arange(4) != intent
        assert np.allclose(fitted.without_intent[~rest][:, others], scores[:, others], atol=1e-3)


def test_the_confidences_of_all_intents_and_of_none_add_up_to_one() -> None:
    calibration = Calibration(0.05, 0.3, 0.1, slope=0.7, shift=0.5)
    spread = calibration.chances(np.array([0.5, 0.3, 0.2]), 0.6)
    assert 0 < spread.sum() < 1
    assert spread.argmax() == 0
    assert np.isclose(spread[0], calibration.straight(np.array(0.3)))


@pytest.mark.parametrize("right", ["charged_twice", None], ids=["another intent", "none of them"])
def test_what_is_wrong_though_very_sure_is_stopped_too(right: str | None) -> None:
    """Else corrections above the usual highest threshold would change nothing."""
    pipeline = train(shop())
    pipeline.judge([Judged("order_status", 0.97, right)] * 30)
    assert pipeline.thresholds["order_status"] > 0.97
    others = [threshold for intent, threshold in pipeline.thresholds.items() if intent != "order_status"]
    assert max(others) <= HIGHEST + 0.001
