"""Starting: time until the desk accepts messages, memory, and what the imports cost."""

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Bar, Effort, Figure, median
from benchmarks.places import Places
from benchmarks.processes import DEMO_FLOWS, FLOWS, ROOT, HttpProgram, running, start_desk

READY = Bar("at most", 8)
MEMORY = Bar("at most", 450)
SHOWN = 20

_WEIGH = """
import importlib, sys
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
for name in sys.argv[1:]:
    before = resident()
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    print(name, resident() - before)
"""


async def starting(places: Places, effort: Effort) -> list[Figure]:
    """From the start of the process until /readyz says so: with a new database, and again with it."""
    figures = []
    for name, flows in (("demo desk", DEMO_FLOWS), ("measured desk", FLOWS)):
        if not flows.is_dir():
            continue
        first, again, idle = await _starts(places, effort.starts, flows)
        part = f"Start, {name}"
        figures += [
            Figure(part, "ready, new database", median(first), "s", bar=READY),
            Figure(part, "ready, database in use", median(again), "s", bar=READY),
            Figure(part, "memory when ready", median(idle), "MB", bar=MEMORY),
        ]
    return figures


async def _starts(places: Places, times: int, flows: Path) -> tuple[list[float], list[float], list[float]]:
    first: list[float] = []
    again: list[float] = []
    idle: list[float] = []
    for _ in range(times):
        folder = places.new_folder("start")
        url = places.new_database(folder)
        for took in (first, again):
            desk = start_desk(folder, url, flows)
            with running(desk):
                await desk.until_ready()
                took.append(desk.started_in)
                idle.append(desk.memory_mb())
    return first, again, idle


def memory_after(desk: HttpProgram, by: str = "", most: float = MEMORY.bound) -> list[Figure]:
    """What the desk holds after everything that was asked of it. ``by``: how it understands; ``most``: MB."""
    part = f"Memory of the measured desk{by}"
    bar = Bar("at most", most)
    return [
        Figure(part, "after all loads", desk.memory_mb(), "MB", bar=bar),
        Figure(part, "at most", desk.memory_mb("VmHWM"), "MB", bar=bar),
    ]


@dataclass(slots=True)
class Package:
    """A package imported at start: its own modules' time, and what memory grew when it was first imported."""

    name: str
    ms: float = 0.0
    mb: float = 0.0


def imports() -> list[Figure]:
    """Time and memory of the packages that ``bot.app`` imports, the dearest first."""
    packages = _timed(_run("-X", "importtime", "-c", "import bot.app").stderr.splitlines())
    for line in _run("-c", _WEIGH, *packages).stdout.splitlines():
        name, kilobytes = line.split()
        packages[name].mb = int(kilobytes) * 1024 / 1e6
    dearest = sorted(packages.values(), key=lambda package: -package.ms)[:SHOWN]
    return [
        figure
        for package in dearest
        for figure in (
            Figure(f"Import of {package.name}", "time", package.ms, "ms"),
            Figure(f"Import of {package.name}", "memory", package.mb, "MB"),
        )
    ]


def _timed(lines: Iterable[str]) -> dict[str, Package]:
    """``import time: self | cumulative | name`` summed by top-level package, in the order of import."""
    packages: dict[str, Package] = {}
    for line in lines:
        parts = line.removeprefix("import time:").split("|")
        if len(parts) != 3 or not parts[0].strip().isdigit():
            continue
        name = parts[2].strip().partition(".")[0]
        packages.setdefault(name, Package(name)).ms += int(parts[0]) / 1000
    return packages


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
