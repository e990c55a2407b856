"""A desk as its own process, as an operator runs it."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.settings import ROOT
from bot.testing.ports import free_port

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    process: "subprocess.Popen[bytes]"
    data: Path


@contextlib.contextmanager
def a_server(data: Path, **settings: str) -> Iterator[Server]:
    """`frontdesk serve` on a free port, ready to accept; stopped (and, if it must be, killed) at the end."""
    port = int(settings.get("port", free_port()))
    named = {f"FRONTDESK_{name.upper()}": value for name, value in settings.items()}
    environment = os.environ | {"FRONTDESK_DATA_DIR": str(data), "FRONTDESK_PORT": str(port)} | named
    log = data / "server.log"
    data.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "serve"], cwd=ROOT, env=environment, stdout=sink, stderr=sink
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _await_ready(process, url, log)
        yield Server(url, process, data)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        process.wait()


def _await_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"the server ended: {log.read_text()}")
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url + "/readyz", timeout=2).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"the server was not ready in time: {log.read_text()}")
