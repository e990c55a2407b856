"""The figures as a table for people, as JSON for machines, and as the marked block of docs/benchmarks.md."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from benchmarks.figures import Bar, Figure

BEGIN = "<!-- figures: begin (written by python -m benchmarks --write) -->"
END = "<!-- figures: end -->"


@dataclass(frozen=True, slots=True)
class Setting:
    """Under which circumstances it was measured. load: the 1-minute load average before the run."""

    command: str
    database: str
    machine: str
    measured_at: datetime
    load: float

    @property
    def lines(self) -> list[str]:
        return [
            f"Command: `{self.command}`",
            f"Machine: {self.machine}",
            f"Database: {self.database}",
            f"Measured: {self.measured_at:%Y-%m-%d %H:%M} UTC; load average before the run {self.load:.2f}",
        ]


def setting(command: str, database: str) -> Setting:
    return Setting(command, database, machine(), datetime.now(UTC), os.getloadavg()[0])


def machine() -> str:
    """Processor, cores, memory, kernel and Python; no names."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in info if line.startswith("model name")), platform.machine())
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    return f"{model}, {os.cpu_count()} cores, {gigabytes:.0f} GB, {system}, Python {platform.python_version()}"


def as_text(where: Setting, figures: Sequence[Figure]) -> str:
    rows = [_cells(figure) for figure in figures]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(5)]
    lines = [line.replace("`", "") for line in where.lines]
    for part, members in groupby(zip(figures, rows, strict=True), key=lambda pair: pair[0].part):
        lines += ["", part]
        lines += [
            "  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for _, row in members
        ]
    return "\n".join([*lines, "", verdict(figures)])


def as_markdown(where: Setting, figures: Sequence[Figure]) -> str:
    lines = [f"- {line}" for line in where.lines]
    lines += [
        "",
        "| | measure | desk | beside it | ratio | bar |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    for part, members in groupby(figures, key=lambda figure: figure.part):
        for n, figure in enumerate(members):
            lines.append(f"| {part if n == 0 else ''} | {' | '.join(_cells(figure))} |")
    return "\n".join([*lines, "", verdict(figures)])


def as_json(where: Setting, figures: Sequence[Figure]) -> str:
    document = {
        "command": where.command,
        "database": where.database,
        "machine": where.machine,
        "measured_at": where.measured_at.isoformat(),
        "load": where.load,
        "figures": [figure.as_json() for figure in figures],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def write_block(file: Path, block: str) -> None:
    """Put the block between the two marks of a file. Raises ValueError when they are missing."""
    before, begin, rest = file.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{file} has no block to write to. Put these two lines into it: {BEGIN} {END}")
    file.write_text(f"{before}{BEGIN}\n{block}\n{END}{after}")


def verdict(figures: Sequence[Figure]) -> str:
    held = [figure for figure in figures if figure.met is not None]
    missed = [f"{figure.part}: {figure.name}" for figure in held if not figure.met]
    if not missed:
        return f"All {len(held)} bars were met in this run."
    return f"{len(missed)} of {len(held)} bars were missed in this run: {'; '.join(missed)}."


def _cells(figure: Figure) -> tuple[str, str, str, str, str]:
    """Name, value, the value beside it, their ratio, and the bar."""
    other = "" if figure.other is None else f"{amount(figure.other, figure.unit)} ({figure.beside})"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return figure.name, amount(figure.value, figure.unit), other, ratio, _bar(figure.bar, figure)


def _bar(bar: Bar | None, figure: Figure) -> str:
    if bar is None:
        return ""
    bound = f"{bar.bound:g} of it" if bar.of == "ratio" else amount(bar.bound, figure.unit)
    return f"{bar.wanted} {bound}: {'met' if figure.met else 'MISSED'}"


def amount(value: float, unit: str) -> str:
    """Three significant digits are all that such figures hold: ``1,234/s``, ``12.3 ms``."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    number = f"{value:,.{digits}f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return f"{number}{unit}" if unit.startswith("/") else f"{number} {unit}"
