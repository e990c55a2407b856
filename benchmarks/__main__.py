"""``python -m benchmarks``: measure the desk beside the floors of its machine; say which bars it meets."""

import argparse
import contextlib
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import uvloop

from benchmarks.ageing import long_conversations, stored_conversations
from benchmarks.figures import FULL, QUICK, Effort, Figure
from benchmarks.installing import installing
from benchmarks.loads import Failed, flows, turns
from benchmarks.places import Places, opened_places
from benchmarks.processes import (
    HttpProgram,
    NotStarted,
    Program,
    running,
    start_dbos_floor,
    start_desk,
    start_http_floor,
)
from benchmarks.report import as_json, as_markdown, as_text, setting, write_block
from benchmarks.slack_events import slack_events
from benchmarks.starting import imports, memory_after, starting
from benchmarks.visitors import visitors

PARTS = ("install", "startup", "turns", "flows", "long", "stored", "visitors", "slack")
ON_THE_DESK = {"turns", "flows", "long"}


def main(arguments: Sequence[str]) -> int:
    """0 when everything was measured, whether or not the bars were met; 1 when a program failed."""
    wished = _parser().parse_args(arguments)
    parts = wished.only or PARTS
    effort = QUICK if wished.quick else FULL
    effort = replace(effort, visitors=wished.visitors) if wished.visitors else effort
    where = setting(shlex.join(["python", "-m", "benchmarks", *arguments]), "Postgres" if wished.database else "SQLite")
    try:
        with opened_places(wished.database) as places:
            figures = uvloop.run(measure(places, parts, effort))
    except (NotStarted, Failed) as error:
        print(error, file=sys.stderr)
        return 1
    if parts == ["startup"]:
        figures += imports()
    print(as_text(where, figures))
    if wished.json:
        wished.json.write_text(f"{as_json(where, figures)}\n")
    if wished.write:
        write_block(wished.write, as_markdown(where, figures))
    return 0


async def measure(places: Places, parts: Sequence[str], effort: Effort) -> list[Figure]:
    """The parts that are asked for, one after the other."""
    figures: list[Figure] = installing() if "install" in parts else []
    if "startup" in parts:
        _say("starting")
        figures += await starting(places, effort)
    if ON_THE_DESK & set(parts):
        figures += await _on_the_desk(places, parts, effort)
    if "turns" in parts:
        _say("turns, by words alone")
        figures += await _by_words_alone(places, effort)
    if "stored" in parts:
        _say("stored conversations")
        figures += await stored_conversations(places, effort)
    if "visitors" in parts:
        _say(f"{effort.visitors:,} web visitors")
        figures += await _with_visitors(places, effort)
    if "slack" in parts:
        _say("Slack's events")
        folder = places.new_folder("slack-desk")
        figures += await slack_events(folder, places.new_database(folder), effort)
    return figures


async def _on_the_desk(places: Places, parts: Sequence[str], effort: Effort) -> list[Figure]:
    """Everything that one desk is asked, and what it holds in memory afterwards."""
    folder = places.new_folder("desk")
    desk = start_desk(folder, places.new_database(folder))
    figures: list[Figure] = []
    with running(desk):
        await desk.until_ready()
        if "turns" in parts:
            _say("turns")
            figures += await _beside_commits(places, desk, effort)
        if "flows" in parts:
            _say("flows")
            figures += await _beside_dbos(places, desk, effort)
        if "long" in parts:
            _say("long conversations")
            figures += await long_conversations(desk, effort)
        return figures + memory_after(desk)


async def _by_words_alone(places: Places, effort: Effort) -> list[Figure]:
    """A desk without the encoder: what the engine does where understanding costs little."""
    folder = places.new_folder("words-desk")
    desk, floor = (
        start_desk(folder, places.new_database(folder), encoder=False),
        start_http_floor(places.new_folder("floor")),
    )
    with running(desk, floor):
        await desk.until_ready()
        await floor.until_ready()
        figures = await turns(desk, floor, effort, " by words alone", least=250)
        return [*figures, *memory_after(desk, " by words alone", most=350)]


async def _with_visitors(places: Places, effort: Effort) -> list[Figure]:
    """A desk of its own, so that its memory is the visitors'."""
    folder = places.new_folder("visitors-desk")
    desk = start_desk(folder, places.new_database(folder))
    with running(desk):
        await desk.until_ready()
        return await visitors(desk, effort)


async def _beside_commits(places: Places, desk: HttpProgram, effort: Effort) -> list[Figure]:
    floor = start_http_floor(places.new_folder("http-floor"))
    with running(floor):
        await floor.until_ready()
        return await turns(desk, floor, effort)


async def _beside_dbos(places: Places, desk: HttpProgram, effort: Effort) -> list[Figure]:
    folder = places.new_folder("dbos-floor")
    with _dbos_floor(folder, places.new_database(folder, ready=False)) as floor:
        return await flows(desk, floor, effort)


@contextlib.contextmanager
def _dbos_floor(folder: Path, url: str) -> Iterator[Program]:
    floor = start_dbos_floor(folder, url)
    with running(floor):
        yield floor


def _say(what: str) -> None:
    print(f"measuring: {what} ...", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute instead of six")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this part (may be repeated)")
    parser.add_argument("--visitors", type=int, metavar="N", help="web visitors that are connected (default: 2,000)")
    parser.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="a Postgres database whose user may create others; default: SQLite",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON, too")
    parser.add_argument("--write", type=Path, metavar="FILE", help="replace the marked block of this Markdown file")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
