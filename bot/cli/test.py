"""``frontdesk test [DIR]``: the twin tests of a folder of flows, in memory and with a clock of their own."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bot.errors import FlowBroken
from bot.testing import case_report
from bot.testing.case_files import FoundCase, find_cases
from bot.testing.case_player import Played, play
from bot.testing.case_report import Report, in_words, unvisited_steps
from bot.testing.desk import Rehearsal

AT_ONCE = 8
"""Cases that are played side by side; it pays where actions really wait."""


def run_tests(
    directory: Path,
    *,
    only: str | None = None,
    as_json: bool = False,
    junit: Path | None = None,
    packages: Sequence[str] = ("actions",),
) -> int:
    """Play all cases below a folder and write how they went to standard output; the exit code: 1 with failures, else 0.

    only:     play cases whose name or file holds this text, in any case.
    as_json:  one JSON object in place of text. junit: also write JUnit XML to this file.
    packages: where the actions are loaded from.
    """
    try:
        report = asyncio.run(report_on(directory, only, packages))
    except FlowBroken as broken:
        _write(*map(str, broken.findings), "No case was played: mend the flows first.")
        return 1
    if junit is not None:
        junit.write_text(case_report.as_junit(report), encoding="utf-8")
    _write(*([json.dumps(case_report.as_json(report), ensure_ascii=False, indent=2)] if as_json else in_words(report)))
    return 0 if report.ok else 1


async def report_on(directory: Path, only: str | None = None, packages: Sequence[str] = ("actions",)) -> Report:
    """Play the cases of a folder. Raises FlowBroken when its flows have errors."""
    began = time.perf_counter()
    rehearsal = Rehearsal.of(directory, packages=packages)
    assert rehearsal.loaded is not None
    found = find_cases(rehearsal.loaded)
    wanted = [case for case in found.cases if only is None or _fits(case, only)]
    played = await _play_all(wanted, rehearsal)
    visited = frozenset(visit for one in played for visit in one.visited)
    # With a selection of cases it is no news that the others' steps did not run.
    unvisited, steps = unvisited_steps(rehearsal.loaded.authored, visited) if only is None else ([], 0)
    return Report(played, found.findings, unvisited, steps, time.perf_counter() - began)


async def _play_all(cases: Sequence[FoundCase], rehearsal: Rehearsal) -> list[Played]:
    turnstile = asyncio.Semaphore(AT_ONCE)

    async def one(case: FoundCase) -> Played:
        async with turnstile:
            return await play(case, rehearsal)

    return list(await asyncio.gather(*map(one, cases)))


def _fits(found: FoundCase, only: str) -> bool:
    return only.casefold() in f"{found.case.test_case}\n{found.source.name}".casefold()


def _write(*lines: str) -> None:
    """Lines to standard output, in whatever encoding that has."""
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
