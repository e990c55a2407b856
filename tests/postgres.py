"""PostgreSQL for the tests: one server for a run, a fresh database for each test, and servers to be crashed.

The run's server is the one that FRONTDESK_TEST_POSTGRES names (a URL whose user may create databases), or our
own: started from what is installed by the first test that asks, shared by all workers, stopped at the end.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from bot.testing.ports import free_port

_PLACES = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/local/pgsql/bin",
    "opt/homebrew/opt/postgresql*/bin",
)

# Ends what a run leaves behind that was killed before it could: $0 is the run's process, $1 its folder.
_KEEPER = """
while kill -0 "$0"; do sleep 1; done
for pid in "$1"/*/data/postmaster.pid; do kill -QUIT "$(head -n 1 "$pid")"; done
sleep 1; rm -rf "$1"
"""


class NoPostgres(Exception):
    """There is no server and none can be started; the text says why and what to do."""


@dataclass(frozen=True)
class Cluster:
    """A server of our own that can be stopped and started again at the same address."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://desk@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Returns when the server takes connections. Raises NoPostgres with the end of its log if not."""
        _run(self.folder, "pg_ctl", "start", "-w", "-D", "data", "-l", "data/log")

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Returns when the server has gone. "immediate" is a crash: the next start recovers from the log."""
        _run(self.folder, "pg_ctl", "stop", "-w", "-m", mode, "-D", "data")


def run_folder() -> Path:
    """A folder for the servers of this run, open to the user they run as; close_run() ends all of it."""
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-tests-"))
    folder.chmod(0o711)
    (folder / "owner").write_text(str(os.getpid()))
    return folder


def close_run(folder: Path) -> None:
    """Ends every server of the run that is still there."""
    for data in folder.glob("*/data"):
        end(data.parent)
    keeper = folder / "keeper"
    if keeper.exists():
        os.kill(int(keeper.read_text()), signal.SIGTERM)
    shutil.rmtree(folder)


def end(home: Path) -> None:
    """Removes a server and its data, whether it runs or not."""
    # One that a test has stopped already refuses to be stopped again.
    with contextlib.suppress(NoPostgres):
        _run(home, "pg_ctl", "stop", "-w", "-m", "immediate", "-D", "data")
    shutil.rmtree(home)


def shared_server(folder: Path, *, durable: bool) -> str:
    """The URL of the run's server, started now unless another worker has done so.

    durable: True keeps fsync on, as a real server does; False trades it for speed.
    Raises NoPostgres when no server is installed or it does not start.
    """
    if given := os.environ.get("FRONTDESK_TEST_POSTGRES"):
        return given
    known = folder / "url"
    with _locked(folder / "lock.server"):
        if not known.exists():
            known.write_text(new_cluster(folder, durable=durable).url)
    return known.read_text()


def new_cluster(folder: Path, *, durable: bool) -> Cluster:
    """A server in the run's folder, initialised and started at a free loopback port. Raises NoPostgres."""
    _binaries()
    home = Path(tempfile.mkdtemp(dir=folder))
    if os.geteuid() == 0:
        shutil.chown(home, _server_user())
    _run(home, "initdb", "--no-sync", "-U", "desk", "-A", "trust", "-E", "UTF8", "--locale=C", "-D", "data")
    _keep(folder)
    plain_settings = (home / "data/postgresql.conf").read_text()
    for tries_left in (2, 1, 0):
        cluster = Cluster(home, free_port())
        (home / "data/postgresql.conf").write_text(plain_settings + _settings(cluster, durable=durable))
        try:
            cluster.start()
        except NoPostgres:
            # Another process may have taken the port between our look and the start.
            if not tries_left:
                raise
        else:
            break
    return cluster


@contextlib.contextmanager
def fresh_database(server: str, template: str = "template1") -> Iterator[str]:
    """The URL of a copy of the template, by default an empty database; dropped afterwards."""
    name = f"desk_{uuid.uuid4().hex[:16]}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(create)
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            rows = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name])
            for (found,) in rows.fetchall():
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(found)))


def _settings(cluster: Cluster, *, durable: bool) -> str:
    lines = [
        "listen_addresses = '127.0.0.1'",
        f"port = {cluster.port}",
        f"unix_socket_directories = '{cluster.folder}'",
        "max_connections = 300",
    ]
    if not durable:
        lines += ["fsync = off", "full_page_writes = off", "synchronous_commit = off"]
    return "\n".join(["", *lines, ""])


def _keep(folder: Path) -> None:
    with _locked(folder / "lock.keeper"):
        if (folder / "keeper").exists():
            return
        # The double fork of a daemon, by the shell: the keeper outlives the worker that starts it.
        started = subprocess.run(
            [
                "sh",
                "-c",
                'sh -c "$0" "$1" "$2" >/dev/null 2>&1 </dev/null & echo $!',
                _KEEPER,
                _owner(folder),
                folder,
            ],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        (folder / "keeper").write_text(started.stdout.strip())


def _owner(folder: Path) -> str:
    return (folder / "owner").read_text()


def _run(home: Path, program: str, *arguments: str) -> None:
    """One of the server's own programs, not as root: PostgreSQL refuses that.

    Its output goes to a file: a server started by pg_ctl holds on to it, and a pipe would never end.
    """
    said = home / "said"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
    with said.open("w") as output:
        done = subprocess.run(
            [_binaries() / program, *arguments],
            check=False,
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=60,
            **_as_server_user(),
        )
    if done.returncode:
        log = home / "data/log"
        raise NoPostgres(
            f"{program} {arguments[0]}: {said.read_text()}{log.read_text()[-2000:] if log.exists() else ''}"
        )


def _as_server_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(_server_user())
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _server_user() -> str:
    """Debian's package makes the first one; the second is everywhere."""
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


@cache
def _binaries() -> Path:
    """The folder of the newest server installed."""
    found = [path.parent for place in _PLACES for path in Path("/").glob(f"{place}/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).parent)
    if not found:
        raise NoPostgres("no PostgreSQL is installed (apt install postgresql), and FRONTDESK_TEST_POSTGRES names none")
    return max(found, key=_major_version)


def _major_version(binaries: Path) -> int:
    printed = subprocess.run([binaries / "initdb", "--version"], check=True, capture_output=True, text=True).stdout
    return int(re.findall(r"\d+", printed)[0])


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
