"""``frontdesk nlu`` tells how well a desk understands."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import ROOT

GERMAN = ROOT / "benchmarks" / "data" / "german_questions.csv"
FIGURES = {
    "accuracy", "macro_f1", "ece", "coverage_at_95_precision", "oos_auroc", "oos_recall_at_95_in_scope",
    "promised_precision", "achieved_precision", "train_seconds", "predict_ms_p50", "predict_ms_p99",
}  # fmt: skip


@pytest.fixture(autouse=True)
def with_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_ENCODER", "true")


@pytest.fixture
def halves(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Fifteen intents to learn and to ask about, and the other five as messages that mean none of them."""
    head, *lines = GERMAN.read_text(encoding="utf-8").splitlines()
    ours, foreign = lines[: 15 * 12], lines[15 * 12 :]
    files = []
    for name, rows in (("train", ours[::2]), ("test", ours[1::2]), ("oos", foreign)):
        files.append(tmp_path / f"{name}.csv")
        files[-1].write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return files[0], files[1], files[2]


def test_evaluate_prints_its_figures_as_json(halves: tuple[Path, Path, Path]) -> None:
    train, test, oos = map(str, halves)
    ran = CliRunner().invoke(app, ["nlu", "evaluate", "--train", train, "--test", test, "--oos", oos, "--json"])
    assert ran.exit_code == 0, ran.output
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert set(figures) == FIGURES
    assert all(0 <= figures[name] <= 1 for name in FIGURES - {"train_seconds", "predict_ms_p50", "predict_ms_p99"})
    assert figures["accuracy"] > 0.4


def test_without_foreign_messages_their_figures_are_null(halves: tuple[Path, Path, Path]) -> None:
    train, test, _ = map(str, halves)
    ran = CliRunner().invoke(app, ["nlu", "evaluate", "--train", train, "--test", test, "--json"])
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert set(figures) == FIGURES
    assert figures["oos_auroc"] is figures["oos_recall_at_95_in_scope"] is None


def test_a_file_without_the_columns_is_refused(tmp_path: Path, halves: tuple[Path, Path, Path]) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("question\nhello\n")
    ran = CliRunner().invoke(app, ["nlu", "evaluate", "--train", str(wrong), "--test", str(halves[1])])
    assert ran.exit_code == 2
    assert "columns text and intent" in ran.output


def test_report_shows_thresholds_mistakes_and_what_is_left_to_people(tmp_path: Path) -> None:
    picture = tmp_path / "curve.svg"
    ran = CliRunner().invoke(app, ["nlu", "report", str(ROOT / "flows"), "--picture", str(picture), "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout.splitlines()[-1])
    assert {"account_access", "human_request"} <= set(told["thresholds"])
    assert [one["precision"] for one in told["settings"]] == [0.8, 0.9, 0.95, 0.98]
    handoffs = [one["handoffs_per_day"] for one in told["settings"]]
    assert handoffs == sorted(handoffs)
    assert picture.read_text().startswith("<svg")


def test_report_is_readable(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["nlu", "report", str(ROOT / "flows")])
    assert ran.exit_code == 0
    assert all(word in ran.output for word in ("Thresholds", "Reliability", "Most frequent mistakes", "messages a day"))
