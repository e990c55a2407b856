"""Real desks in real processes, to be killed, stopped and flooded; whatever a test starts here ends with it."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from bot.model.message import Address
from bot.testing.fake_action_server import FakeActionServer
from bot.testing.fake_platform import FakePlatform
from bot.testing.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
FLOWS = Path(__file__).parent / "desk"
SHOP = (
    {"name": "shop.once", "effect": "write", "idempotent": True},
    {"name": "shop.charge", "effect": "write"},
    {"name": "shop.slow", "effect": "write", "idempotent": True},
    {"name": "shop.flaky", "effect": "write", "idempotent": True},
    {"name": "shop.asked", "effect": "write", "idempotent": True},
)
READY_SECONDS = 90.0
_PR_SET_PDEATHSIG = 1


def conversation_of(channel: str, sender: str) -> str:
    return Address(channel=channel, sender=sender).conversation_id


def _die_with_parent() -> None:
    """However the tests end, no desk outlives them (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class Desk:
    """One serving process at a fixed port; it may be started again there after it has ended."""

    port: int
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self, **more: str) -> None:
        """Begin to serve; does not wait."""
        assert not self.alive, "the desk runs already"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "serve"],
                cwd=ROOT,
                env={**self.environment, "FRONTDESK_PORT": str(self.port), **more},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_die_with_parent,
            )
        self.started_at = time.monotonic()

    async def until_ready(self, seconds: float = READY_SECONDS) -> float:
        """Seconds from the start until /readyz says 200. Raises AssertionError with the log when that does not come."""
        async with httpx.AsyncClient(base_url=self.url, timeout=2, trust_env=False) as client:
            ends = time.monotonic() + seconds
            while time.monotonic() < ends:
                assert self.alive, f"the desk ended by itself:\n{self.tail()}"
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get("/readyz")).status_code == 200:
                        return time.monotonic() - self.started_at
                await asyncio.sleep(0.05)
        raise AssertionError(f"the desk was not ready after {seconds} s:\n{self.tail()}")

    async def until_dead(self, seconds: float) -> bool:
        """Whether it has ended by itself within the time."""
        ends = time.monotonic() + seconds
        while self.alive and time.monotonic() < ends:
            await asyncio.sleep(0.02)
        return not self.alive

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def stop(self, seconds: float = 60.0) -> float:
        """SIGTERM. Returns how long the end took, in seconds."""
        began = time.monotonic()
        self._signal(signal.SIGTERM)
        assert await self.until_dead(seconds), f"the desk did not end within {seconds} s:\n{self.tail()}"
        return time.monotonic() - began

    def tail(self, characters: int = 6000) -> str:
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""


@dataclass
class Site:
    """All that a test's desks share: a folder, a database, flows, and the services outside, which outlive every
    desk."""

    folder: Path
    database_url: str
    shop: FakeActionServer
    platform: FakePlatform
    flows: Path = FLOWS
    settings: dict[str, str] = field(default_factory=dict)
    desks: list[Desk] = field(default_factory=list)
    token: str = ""

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
        inherited["FRONTDESK_ENCODER"] = "false"  # what is killed again and again should start quickly
        return inherited | {
            "FRONTDESK_DATABASE_URL": self.database_url,
            "FRONTDESK_DATA_DIR": str(self.folder / "data"),
            "FRONTDESK_FLOWS_DIR": str(self.flows),
            "FRONTDESK_ACTION_SERVER": self.shop.url,
            "FRONTDESK_ACTIONS": "actions,tests.faults.hidden_actions",
            "FRONTDESK_CHANNELS": "channels.rest,tests.faults.push_channel",
            "FRONTDESK_LEASE_SECONDS": "2",
            "FRONTDESK_TURN_WAIT_SECONDS": "1",
            "FRONTDESK_RELOAD": "false",
            "FRONTDESK_LOG_LEVEL": "INFO",
            "FAKE_PLATFORM": self.platform.url,
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    def desk(self, **settings: str) -> Desk:
        """Another process of this desk, not yet started."""
        number = len(self.desks) + 1
        desk = Desk(free_port(), self.environment() | settings, self.folder / f"desk{number}.log")
        self.desks.append(desk)
        return desk

    async def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """``frontdesk WORDS`` for this desk's database."""
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "bot.cli", *words],
            cwd=ROOT,
            env=self.environment() | more,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    async def prepare(self) -> Self:
        """The newest schema, and a token for the API."""
        if not self.is_sqlite:
            done = await self.run("db", "upgrade")
            assert done.returncode == 0, done.stderr
        made = await self.run("token", "create", "--role", "owner", "--name", "tester")
        assert made.returncode == 0, made.stderr
        self.token = made.stdout.strip()
        return self

    def api(self, desk: Desk) -> httpx.AsyncClient:
        """A client of the HTTP API of this process."""
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.AsyncClient(base_url=f"{desk.url}/api/v1", headers=headers, timeout=30, trust_env=False)

    async def ask(self, desk: Desk, path: str, **query: Any) -> Any:
        """GET from the API, as JSON."""
        async with self.api(desk) as api:
            said = await api.get(path, params=query)
            said.raise_for_status()
            return said.json()

    def check_files(self) -> None:
        """I5: SQLite's own integrity check of both files. The desks must have ended."""
        if not self.is_sqlite:
            return
        file = Path(self.database_url.removeprefix("sqlite:///"))
        for one in (file, file.with_name(file.stem + ".dbos.db")):
            with contextlib.closing(sqlite3.connect(one)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert connection.execute("PRAGMA foreign_key_check").fetchall() == []

    def end(self) -> None:
        """Nothing of this site goes on running."""
        for desk in self.desks:
            if desk.alive:
                desk.go_on()
                desk.kill()


@contextlib.asynccontextmanager
async def a_site(
    folder: Path, database_url: str, flows: Path = FLOWS, *, prepared: bool = True, **settings: str
) -> AsyncIterator[Site]:
    """A site whose desks all end with the block. ``settings``: environment variables of its desks.

    prepared: with the newest schema and a token.
    """
    async with FakeActionServer(actions=SHOP) as shop, FakePlatform() as platform:
        shop.behave("slow", times=1_000_000, seconds=1.6, action="shop.slow")
        site = Site(folder, database_url, shop, platform, flows, settings)
        try:
            yield await site.prepare() if prepared else site
        finally:
            site.end()
