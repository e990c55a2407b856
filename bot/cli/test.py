"""``frontdesk test [DIR]``: the twin tests of a folder of flows, in memory and with a clock of their own."""

import asyncio
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bot.errors import FlowBroken
from bot.nlu.pipeline import Pipeline
from bot.testing import case_report
from bot.testing.case_files import FoundCase, find_cases
from bot.testing.case_player import Played, play
from bot.testing.case_report import Report, in_words
from bot.testing.coverage import coverage_of
from bot.testing.desk import Rehearsal

AT_ONCE = 8
"""Cases that are played side by side in one process; it pays where actions really wait."""
CASES_FOR_A_PROCESS = 20
"""Fewer are played sooner than another process is there."""
LEAST_COVERAGE = 95.0
"""Percent of the steps and of the ways through the flows that the cases must come to."""


def run_tests(
    directory: Path,
    *,
    only: str | None = None,
    as_json: bool = False,
    junit: Path | None = None,
    packages: Sequence[str] = ("actions",),
    least: float = LEAST_COVERAGE,
    by_meaning: bool = False,
    processes: int | None = None,
) -> int:
    """Play all cases below a folder and write how they went to standard output; the exit code: 1 with failures, else 0.

    only:       play cases whose name or file holds this text, in any case; coverage is not looked at then.
    as_json:    one JSON object in place of text. junit: also write JUnit XML to this file.
    packages:   where the actions are loaded from.
    least:      the coverage in percent below which it fails.
    by_meaning: understand with the encoder too, as a desk that has one does; slower.
    processes:  at most so many; None: one for each processor.
    """
    try:
        report = asyncio.run(report_on(directory, only, packages, least, by_meaning, processes))
    except FlowBroken as broken:
        _write(*map(str, broken.findings), "No case was played: mend the flows first.")
        return 1
    if junit is not None:
        junit.write_text(case_report.as_junit(report), encoding="utf-8")
    _write(*([json.dumps(case_report.as_json(report), ensure_ascii=False, indent=2)] if as_json else in_words(report)))
    return 0 if report.ok else 1


def rehearse(directory: Path, packages: Sequence[str] = ("actions",), by_meaning: bool = False) -> Rehearsal:
    """A desk to be played. By words alone it is ready in a second or two, and the same on every machine.

    Raises FlowBroken when its flows have errors.
    """
    if by_meaning:
        return Rehearsal.of(directory, packages=packages)
    return Rehearsal.of(directory, packages=packages, understanding=Pipeline, encoder=lambda: None)


async def report_on(
    directory: Path,
    only: str | None = None,
    packages: Sequence[str] = ("actions",),
    least: float = 0.0,
    by_meaning: bool = False,
    processes: int | None = 1,
) -> Report:
    """Play the cases of a folder. Raises FlowBroken when its flows have errors."""
    began = time.perf_counter()
    rehearsal = rehearse(directory, packages, by_meaning)
    assert rehearsal.loaded is not None
    found = find_cases(rehearsal.loaded)
    wanted = [case for case in found.cases if only is None or _fits(case, only)]
    most = min(processes or os.cpu_count() or 1, 1 + len(wanted) // CASES_FOR_A_PROCESS)
    played = await _play_all(wanted, rehearsal) if most == 1 else await _in_processes(wanted, rehearsal, most)
    # With a selection of cases it is no news that the others' steps did not run.
    trails = (trail for one in played for trail in one.trails)
    coverage = coverage_of(rehearsal.loaded.authored, trails) if only is None else None
    return Report(played, found.findings, time.perf_counter() - began, coverage, least)


async def _play_all(cases: Sequence[FoundCase], rehearsal: Rehearsal) -> list[Played]:
    turnstile = asyncio.Semaphore(AT_ONCE)

    async def one(case: FoundCase) -> Played:
        async with turnstile:
            return await play(case, rehearsal)

    return list(await asyncio.gather(*map(one, cases)))


async def _in_processes(cases: Sequence[FoundCase], rehearsal: Rehearsal, processes: int) -> list[Played]:
    """Forked, so that what was read and learned is there in each without being made again or sent."""
    if "fork" not in multiprocessing.get_all_start_methods():
        return await _play_all(cases, rehearsal)
    context = multiprocessing.get_context("fork")
    shares = [range(first, len(cases), processes) for first in range(processes)]
    with context.Pool(processes, _Worker.begin, (cases, rehearsal)) as pool:
        parts = await asyncio.to_thread(pool.map, _Worker.play, shares, 1)
    played = {
        place: one for share, part in zip(shares, parts, strict=True) for place, one in zip(share, part, strict=True)
    }
    return [played[place] for place in range(len(cases))]


class _Worker:
    """What a forked process has of its own: the cases and the desk that were there when it began."""

    cases: Sequence[FoundCase] = ()
    rehearsal: Rehearsal

    @classmethod
    def begin(cls, cases: Sequence[FoundCase], rehearsal: Rehearsal) -> None:
        cls.cases, cls.rehearsal = cases, rehearsal

    @classmethod
    def play(cls, share: range) -> list[Played]:
        return asyncio.run(_play_all([cls.cases[place] for place in share], cls.rehearsal))


def _fits(found: FoundCase, only: str) -> bool:
    return only.casefold() in f"{found.case.test_case}\n{found.source.name}".casefold()


def _write(*lines: str) -> None:
    """Lines to standard output, in whatever encoding that has."""
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
