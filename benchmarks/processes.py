"""The programs under test, each a process of its own, and what the kernel says they use (Linux: /proc)."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from benchmarks.client import is_ready
from bot.testing.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
FLOWS = ROOT / "benchmarks" / "flows"
DEMO_FLOWS = ROOT / "flows"
READY_WITHIN_SECONDS = 120
TICKS = os.sysconf("SC_CLK_TCK")


class NotStarted(Exception):
    """A program did not come up; holds the end of what it wrote."""


class Program:
    """A running program. ``log`` is where its output goes; ``started_in``: seconds until it was ready."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        folder: Path,
        env: Mapping[str, str],
        *,
        talks: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = folder / f"{name}.log"
        self.started_in = 0.0
        self._began = time.perf_counter()
        pipe = subprocess.PIPE if talks else None
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=folder,
                env=_environment(env),
                stdin=pipe or subprocess.DEVNULL,
                stdout=pipe or log,
                stderr=log,
                text=True,
            )

    @property
    def cpu_seconds(self) -> float:
        """User and system time of all its threads so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def waited_seconds(self) -> float:
        """How long its threads were ready to run so far and had no processor (Linux: sched-stats)."""
        threads = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[1]) for thread in threads) / 1e9

    def memory_mb(self, which: str = "VmRSS") -> float:
        """Resident memory in MB (10^6 bytes): now, or with ``VmHWM`` the most it ever was."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith(f"{which}:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise LookupError(which)

    async def ready(self, url: str) -> None:
        """Wait until it answers. Raises NotStarted with the end of its log when it does not."""
        while time.perf_counter() - self._began < READY_WITHIN_SECONDS and self._process.poll() is None:
            if await is_ready(url):
                self.started_in = time.perf_counter() - self._began
                return
            await asyncio.sleep(0.01)
        self.stop()
        raise NotStarted(f"{self.name} did not get ready:\n{self.log.read_text(errors='replace')[-2000:]}")

    def ask(self, line: str = "") -> dict[str, float]:
        """Say a line to a program that talks, and read its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if line:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise NotStarted(f"{self.name} ended:\n{self.log.read_text(errors='replace')[-2000:]}")
        return dict(json.loads(answer))

    def stop(self) -> None:
        """End it in good order, or after a while at all."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class HttpProgram(Program):
    """A program that serves on a port of this machine."""

    def __init__(self, name: str, arguments: Sequence[str], folder: Path, env: Mapping[str, str], port: int) -> None:
        super().__init__(name, arguments, folder, env)
        self.port = port

    async def until_ready(self) -> None:
        await self.ready(f"http://127.0.0.1:{self.port}/readyz")


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Without what this shell has set for a desk of its own. (A .env file is not in the working folder.)"""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def start_desk(
    folder: Path,
    database_url: str,
    flows: Path = FLOWS,
    *,
    encoder: bool = True,
    more: Mapping[str, str] = MappingProxyType({}),
) -> HttpProgram:
    """The desk as ``frontdesk serve`` runs it; only the bound on messages a minute is out of the way.

    encoder: False for one that understands by words alone. more: further environment variables.
    """
    port = free_port()
    env = {
        "FRONTDESK_DATA_DIR": str(folder / "data"),
        "FRONTDESK_DATABASE_URL": database_url,
        "FRONTDESK_FLOWS_DIR": str(flows),
        "FRONTDESK_ACTIONS": "actions,benchmarks.actions",
        "FRONTDESK_MESSAGES_PER_MINUTE": "1000000",
        "FRONTDESK_WEBCHAT_PER_MINUTE": "1000000",
        "FRONTDESK_PORT": str(port),
        "FRONTDESK_ENCODER": str(encoder).lower(),
        **more,
    }
    return HttpProgram("desk", ["-m", "bot.cli", "serve"], folder, env, port)


def upgrade(folder: Path, database_url: str) -> None:
    """``frontdesk db upgrade``, which a desk on Postgres wants before its first start."""
    folder.mkdir(parents=True, exist_ok=True)
    env = _environment({"FRONTDESK_DATABASE_URL": database_url, "FRONTDESK_DATA_DIR": str(folder / "data")})
    subprocess.run([sys.executable, "-m", "bot.cli", "db", "upgrade"], cwd=folder, env=env, check=True)


def start_http_floor(folder: Path) -> HttpProgram:
    port = free_port()
    return HttpProgram("http-floor", ["-m", "benchmarks.floors", "http", str(folder), str(port)], folder, {}, port)


def start_dbos_floor(folder: Path, url: str) -> Program:
    floor = Program("dbos-floor", ["-m", "benchmarks.floors", "dbos", url], folder, {}, talks=True)
    floor.ask()
    return floor


@contextlib.contextmanager
def running(*programs: Program) -> Iterator[None]:
    """Whatever happens, they are ended."""
    try:
        yield
    finally:
        for program in programs:
            program.stop()
