"""``frontdesk knowledge``: how well a desk's articles are found."""

import json
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from bot.edges.desk_loader import load_core, load_desk
from bot.nlu.article_measures import Figures, Outcome, figures, outcomes
from bot.nlu.encoder import shared_encoder
from bot.nlu.retrieval import Retriever
from bot.settings import Settings


def evaluate(directory: Path, as_json: bool) -> int:
    """Ask the questions under `evaluation` and print how well they were answered; the exit code."""
    desk = load_desk(directory, load_core()).desk
    if not desk.knowledge.articles or not desk.evaluation:
        lacking = "no articles" if not desk.knowledge.articles else "no questions under `evaluation`"
        typer.echo(f"error: {directory} has {lacking}. See docs/knowledge.md.", err=True)
        return 1
    encoder = shared_encoder()
    retriever = Retriever(desk.knowledge, encoder, Settings().data_dir / "cache")
    home = desk.settings.languages[0]
    asked = list(outcomes(retriever, desk.evaluation, home))
    by_language = {name: figures([one for one in asked if one.language == name]) for name in _languages(asked)}
    thresholds = {name: round(retriever.corpus(name).relevance.threshold, 3) for name in by_language}
    if as_json:
        missed = [asdict(one) for one in asked if not one.right]
        report = {
            "by_meaning": encoder is not None, "all": asdict(figures(asked)),
            "languages": {name: asdict(one) for name, one in by_language.items()},
            "thresholds": thresholds, "missed": missed,
        }  # fmt: skip
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        _show({"all": figures(asked), **by_language}, thresholds, asked)
    return 0


def _languages(asked: list[Outcome]) -> list[str]:
    return list(dict.fromkeys(one.language for one in asked))


def _show(rows: dict[str, Figures], thresholds: dict[str, float], asked: list[Outcome]) -> None:
    console = Console(width=110, soft_wrap=True)
    table = Table("", *rows, title="Questions with known answers")
    for name in Figures.__dataclass_fields__:
        values = [getattr(one, name) for one in rows.values()]
        table.add_row(name.replace("_", " "), *(f"{one:.3f}" if isinstance(one, float) else str(one) for one in values))
    console.print(table)
    console.print("An answer from the score " + ", ".join(f"{value} ({name})" for name, value in thresholds.items()))
    for one in (one for one in asked if not one.right):
        said = f"answered from {one.first}" if one.found else "no answer"
        console.print(f"  {one.question}: {said}", highlight=False, markup=False)
