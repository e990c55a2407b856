"""``frontdesk nlu`` tells how well a desk understands."""

import json
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from bot.cli import app
from bot.cli.message_files import read_rows, remarks
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
    assert {one["intent"] for one in told["intents"]} == set(told["thresholds"])
    assert all(0 <= one["begun"] <= 1 and one["examples"] > 0 for one in told["intents"])
    assert 0.5 < sum(one["begun"] for one in told["intents"]) / len(told["intents"]) < 1


def test_logs_go_beside_the_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A program reads what is printed; a warning among it would be no JSON."""
    CliRunner().invoke(app, ["nlu", "report", str(tmp_path / "nowhere"), "--json"])
    structlog.get_logger("a test").warning("something is odd")
    shown = capsys.readouterr()
    assert ("something is odd" in shown.err, shown.out) == (True, "")


def test_report_says_what_stands_in_its_way(tmp_path: Path) -> None:
    nowhere = CliRunner().invoke(app, ["nlu", "report", str(tmp_path / "nowhere")])
    assert (nowhere.exit_code, "there is no such folder" in nowhere.stderr) == (2, True)
    (tmp_path / "flows.yml").write_text("nlu:\n  - intent: a\n    examples: |\n      - x\n     - y\n")
    broken = CliRunner().invoke(app, ["nlu", "report", str(tmp_path)])
    assert (broken.exit_code, "flows.yml:" in broken.stderr) == (2, True)


def test_report_is_readable(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["nlu", "report", str(ROOT / "flows")])
    assert ran.exit_code == 0
    assert all(word in ran.output for word in ("Thresholds", "Reliability", "Most frequent mistakes", "messages a day"))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "holds no messages"),
        (b"text,intent\n", "holds no messages"),
        (b"question,label\nhi,greet\n", ":1: there is no column 'text'"),
        (b"text,intent\nhi,greet\nbye,\n", ":3: this line has no intent"),
        (b"text,intent\n ,greet\nbye,end\n", ":2: this line has no text"),
        (b"text,intent\nhi, there,greet\nbye,end\n", ":2: there are 3 cells, and 2 columns"),
        (b"text,intent\nh\xe9llo,greet\nbye,end\n", ":2: this is not UTF-8"),
        (b'text,intent\nhi,greet\n"bye,end\nhello,greet\n', ":3: "),
        (b'text,intent\nhi,greet\n"two\nlines",\n', ":3: this line has no intent"),
        ("text,intent\nhi,greet\n".encode("utf-16"), "iconv -f utf-16"),
        (b"text,intent\nhi,greet\nhello,greet\n", "one intent alone (greet)"),
    ],
    ids=[
        "empty",
        "no lines",
        "columns",
        "no intent",
        "no text",
        "a comma",
        "encoding",
        "a quote",
        "two lines",
        "utf-16",
        "one intent",
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "examples.csv"
    file.write_bytes(content)
    ran = CliRunner().invoke(app, ["nlu", "evaluate", "--train", str(file), "--test", str(file), "--json"])
    assert ran.exit_code == 2
    assert problem in ran.stderr


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_may_stand_in_any_case_and_order(tmp_path: Path, delimiter: str) -> None:
    file = tmp_path / "examples.csv"
    file.write_text(f"Intent{delimiter} TEXT\r\ngreet{delimiter}hi\r\n\r\nend{delimiter}bye\r\n", encoding="utf-8-sig")
    assert read_rows(file) == [("hi", "greet"), ("bye", "end")]


def test_foreign_messages_need_no_intent(tmp_path: Path) -> None:
    file = tmp_path / "foreign.csv"
    file.write_text("text\nwhat is love\n")
    assert read_rows(file, with_intents=False) == [("what is love", "")]


def test_examples_that_teach_little_are_named() -> None:
    learned = [("hi", "greet"), ("hi", "greet"), ("hi!", "end"), ("bye", "end"), ("where is it", "order")]
    said = "\n".join(remarks(learned, [("Bye", "end"), ("why", "other")]))
    assert "1 lines stand in the examples more than once" in said
    assert "'hi' (end, greet)" in said
    assert "order" in said
    assert "1 of 2 questions are examples" in said
    assert "other" in said
