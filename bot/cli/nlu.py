"""``frontdesk nlu``: how good the understanding of a desk is, and what its thresholds mean for people."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from bot.cli.message_files import Rows, needs_two_intents, read_rows, remarks
from bot.edges.desk_loader import load_core, load_desk
from bot.errors import BadInput
from bot.model.desk import Desk
from bot.nlu import measures
from bot.nlu.calibration import FOREIGN_SHARE
from bot.nlu.encoder import shared_encoder
from bot.nlu.language import LanguageGuesser
from bot.nlu.measures import Bin, Guessed
from bot.nlu.pipeline import Pipeline, train
from bot.nlu.thresholds import Expected

LANGUAGES = ("en", "de")
"""The languages that a file of examples is told to be in: for others the encoder is no help, and none is needed."""
SETTINGS = (0.8, 0.9, 0.95, 0.98)
MESSAGES_A_DAY = 1_000
_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Report:
    """What `report` shows and writes."""

    precision: float
    thresholds: dict[str, float]
    guessed: list[Guessed]
    expected: dict[float, Expected]


def desk_of(rows: Rows, precision: float = 0.95) -> Desk:
    """A desk that knows nothing but these examples, in the language that most of them are in."""
    examples: dict[str, list[str]] = {}
    for text, intent in rows:
        examples.setdefault(intent, []).append(text)
    nlu = [{"intent": intent, "examples": texts} for intent, texts in examples.items()]
    guesser = LanguageGuesser(LANGUAGES)
    (language, _), *_ = Counter(guesser.guess(text, None) for text, _ in rows).most_common(1) or [(LANGUAGES[0], 0)]
    return Desk.model_validate({"nlu": nlu, "settings": {"precision": precision, "languages": [language]}})


def evaluate(train_file: Path, test_file: Path, oos_file: Path | None, as_json: bool) -> int:
    """Learn one file, understand the others, and print the figures."""
    try:
        learned, asked = read_rows(train_file), read_rows(test_file)
        foreign = read_rows(oos_file, with_intents=False) if oos_file else []
        needs_two_intents(train_file, learned)
    except BadInput as error:
        typer.echo(f"error: {error}", err=True)
        return 2
    figures = measured(learned, asked, foreign)
    if as_json:
        typer.echo(json.dumps(figures))
        return 0
    for remark in remarks(learned, asked):
        typer.echo(f"note: {remark}", err=True)
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, "-" if value is None else f"{value:.4g}")
    Console().print(table)
    return 0


def measured(learned: Rows, asked: Rows, foreign: Rows) -> dict[str, float | None]:
    """The figures of `evaluate` by name; those about foreign messages are None where there are none."""
    encoder = shared_encoder()  # opened before the clock starts: it is there once, whatever is learned
    begun = time.perf_counter()
    pipeline = train(desk_of(learned), encoder)
    seconds = time.perf_counter() - begun
    pipeline.parse("a first message, so that nothing is counted that happens once")
    guessed, times = guesses(pipeline, asked)
    outside, _ = guesses(pipeline, [(text, "") for text, _ in foreign])
    inside_sure, outside_sure = (np.array([one.confidence for one in some]) for some in (guessed, outside))
    return {
        "accuracy": measures.accuracy(guessed),
        "macro_f1": measures.macro_f1(guessed),
        "ece": measures.calibration_error(measures.reliability(guessed)),
        "coverage_at_95_precision": measures.coverage_at(0.95, guessed),
        "oos_auroc": measures.auroc(inside_sure, outside_sure) if outside else None,
        "oos_recall_at_95_in_scope": measures.foreign_recall(inside_sure, outside_sure) if outside else None,
        "promised_precision": pipeline.promised_precision,
        "achieved_precision": measures.achieved_precision(guessed, outside),
        "train_seconds": seconds,
        "predict_ms_p50": float(np.quantile(times, 0.5)),
        "predict_ms_p99": float(np.quantile(times, 0.99)),
    }


def guesses(pipeline: Pipeline, rows: Rows) -> tuple[list[Guessed], list[float]]:
    """The likeliest intent of each message, also where the desk would not follow it, and the milliseconds of each
    whole parse."""
    guessed, times = [], []
    for text, intent in rows:
        begun = time.perf_counter()
        parse = pipeline.parse(text)
        times.append((time.perf_counter() - begun) * 1_000)
        best = parse.alternatives[0] if parse.alternatives else None
        name, sure = (best.intent, best.confidence) if best else (None, 0.0)
        # What is unfamiliar begins nothing, however likely its likeliest intent is.
        needed = pipeline.thresholds.get(name or "", 0.0) if parse.intent else 2.0
        guessed.append(Guessed(name, sure, intent or None, needed))
    return guessed, times


def report(folder: Path, precision: float | None, messages: int, picture: Path | None, as_json: bool) -> int:
    """Show what the desk of a folder would do, judged by its own examples as if it had not seen them."""
    loaded = load_desk(folder, load_core())
    if wrong := [one for one in loaded.findings if one.level == "error"]:
        # What cannot be read is missing from the desk, and its figures would be those of another one.
        typer.echo("\n".join(f"error: {one}" for one in wrong), err=True)
        return 2
    desk = loaded.desk
    if precision is not None:
        desk = desk.model_copy(update={"settings": desk.settings.model_copy(update={"precision": precision})})
    pipeline = train(desk)
    if not pipeline.intents:
        typer.echo(f"error: {folder} has no examples. Write some under nlu:", err=True)
        return 2
    wished = sorted({*SETTINGS, desk.settings.precision})
    found = Report(
        desk.settings.precision,
        dict(pipeline.thresholds),
        pipeline.guessed_unseen(),
        {one: pipeline.expected(one) for one in wished},
    )
    bins = measures.reliability(found.guessed, 10)
    if picture is not None:
        try:
            picture.write_text(svg_of(bins), encoding="utf-8")
        except OSError as error:
            typer.echo(f"error: {picture} cannot be written: {error.strerror}. Name another file", err=True)
            return 2
    if as_json:
        typer.echo(json.dumps(_as_json(found, bins, messages)))
    else:
        _show(found, bins, messages, picture)
    return 0


def handoffs_a_day(expected: Expected, messages: int) -> float:
    """Messages that begin no flow by themselves: asked back about, or handed to a person."""
    begun = expected.coverage * (1 - FOREIGN_SHARE) + expected.foreign_accepted * FOREIGN_SHARE
    return messages * (1 - begun)


def _as_json(found: Report, bins: Sequence[Bin], messages: int) -> dict[str, object]:
    return {
        "precision": found.precision,
        "thresholds": found.thresholds,
        "intents": [asdict(one) for one in measures.by_intent(found.guessed)],
        "accuracy": measures.accuracy(found.guessed),
        "ece": measures.calibration_error(bins),
        "reliability": [{"confidence": one.confidence, "right": one.right, "count": one.count} for one in bins],
        "confusions": [
            {"meant": meant, "guessed": guessed, "count": count}
            for meant, guessed, count in measures.confusions(found.guessed)
        ],
        "settings": [
            {
                "precision": wish,
                "expected_precision": one.precision,
                "coverage": one.coverage,
                "handoffs_per_day": handoffs_a_day(one, messages),
            }
            for wish, one in found.expected.items()
        ],
        "messages_per_day": messages,
        "assumed_out_of_scope": FOREIGN_SHARE,
    }


def _show(found: Report, bins: Sequence[Bin], messages: int, picture: Path | None) -> None:
    console = Console()
    console.print(
        f"{len(found.thresholds)} intents, {len(found.guessed)} examples; each judged by a desk that has not seen it: "
        f"{measures.accuracy(found.guessed):.1%} right, calibration error {measures.calibration_error(bins):.3f}\n"
    )
    table = Table("intent", "examples", "begun from", "of its begun", "of begun right")
    table.title = f"Thresholds for a precision of {found.precision:.0%}"
    for each in measures.by_intent(found.guessed):
        right = "-" if each.right is None else f"{each.right:.0%}"
        threshold = f"{found.thresholds[each.intent]:.2f}"
        table.add_row(each.intent, str(each.examples), threshold, f"{each.begun:.0%}", right)
    console.print(table)
    console.print("\nReliability: of messages so sure (left), so many are right (bar); | is where the bar should end")
    for one in bins:
        console.print(_bar(one), highlight=False, markup=False)
    if picture is not None:
        console.print(f"The same as a picture: {picture}")
    _show_confusions(console, found.guessed)
    _show_settings(console, found, messages)


def _bar(one: Bin) -> str:
    bar = list("█" * round(one.right * _WIDTH) + " " * (_WIDTH + 1 - round(one.right * _WIDTH)))
    bar[round(one.confidence * _WIDTH)] = "|"
    return f"  {one.confidence:4.2f} {''.join(bar)} {one.right:4.0%} of {one.count}"


def _show_confusions(console: Console, guessed: Sequence[Guessed]) -> None:
    wrong = Table("meant", "taken for", "times", title="\nMost frequent mistakes")
    for meant, taken, count in measures.confusions(guessed):
        wrong.add_row(meant, taken, str(count))
    console.print(wrong)


def _show_settings(console: Console, found: Report, messages: int) -> None:
    table = Table("precision wished", "expected", "begun by itself", "left to people or asked back, a day")
    table.title = f"\nAt {messages} messages a day, {FOREIGN_SHARE:.0%} of them about something else"
    for wish, one in found.expected.items():
        mark = " *" if wish == found.precision else ""
        handoffs = f"{handoffs_a_day(one, messages):.0f}"
        table.add_row(f"{wish:.0%}{mark}", f"{one.precision:.1%}", f"{one.coverage:.0%}", handoffs)
    console.print(table)


def svg_of(bins: Sequence[Bin]) -> str:
    """The reliability curve as a picture: confidence to the right, the share of right guesses upwards."""
    size, edge = 400, 50
    points = [(edge + one.confidence * size, edge + (1 - one.right) * size, one.count) for one in bins]
    most = max((one.count for one in bins), default=1)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{3 + 9 * (n / most) ** 0.5:.1f}"/>' for x, y, n in points)
    marks = "".join(
        f'<text x="{edge + share * size:.0f}" y="{edge + size + 18}" text-anchor="middle">{share:g}</text>'
        f'<text x="{edge - 8}" y="{edge + (1 - share) * size + 4:.0f}" text-anchor="end">{share:g}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    whole = size + 2 * edge
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" font-family="sans-serif" '
        f'font-size="12"><rect width="{whole}" height="{whole}" fill="#fff"/>'
        f'<rect x="{edge}" y="{edge}" width="{size}" height="{size}" fill="none" stroke="#888"/>'
        f'<path d="M{edge} {edge + size}L{edge + size} {edge}" stroke="#bbb" stroke-dasharray="5"/>'
        f'<polyline points="{line}" fill="none" stroke="#2563eb" stroke-width="2"/>'
        f'<g fill="#2563eb" fill-opacity="0.7">{dots}</g>{marks}'
        f'<text x="{whole / 2:.0f}" y="{whole - 10}" text-anchor="middle">confidence</text>'
        f'<text x="14" y="{whole / 2:.0f}" text-anchor="middle" transform="rotate(-90 14 {whole / 2:.0f})">'
        "share that is right</text></svg>\n"
    )
