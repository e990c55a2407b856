"""What every test may ask for: the loop, a database of either kind, a browser, how long faults last."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import pytest
import structlog

from tests import network, postgres, ready

_RUN_FOLDER = pytest.StashKey[Path]()
_IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

network.allow_only_loopback()

# A developer's own settings must not reach the desks under test.
for _name in [name for name in os.environ if name.startswith(("FRONTDESK_", "ANTHROPIC_", "OPENAI_"))]:
    if not _name.startswith("FRONTDESK_TEST_"):
        del os.environ[_name]

# Most tests are not about understanding, and start quicker by words alone; tests/nlu and tests/docs have the encoder.
os.environ["FRONTDESK_ENCODER"] = "false"

# Plain tracebacks: the usual ones print every local variable, which takes seconds where the desk is one of them.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

# No deadlines: other work shares the processor, and a slow example is no wrong one. CI repeats its examples.
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if _IN_CI else "desk")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--faults",
        choices=("short", "full"),
        default="short",
        help="the fault tests in their seeded short form (default), or with all their cycles",
    )
    parser.addoption("--fault-seed", type=int, default=1, help="where the chance of the fault tests begins")


def pytest_configure(config: pytest.Config) -> None:
    worker: dict[str, str] | None = getattr(config, "workerinput", None)
    config.stash[_RUN_FOLDER] = Path(worker["run_folder"]) if worker else postgres.run_folder()


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A command that was called in this process may have set up its log."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.close_run(config.stash[_RUN_FOLDER])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Called by pytest-xdist in the run's own process, for each worker it starts."""
    node.workerinput["run_folder"] = str(node.config.stash[_RUN_FOLDER])


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """asyncio's own loop: the network guard does not see through uvloop."""
    return "asyncio"


@pytest.fixture(scope="session")
def full_faults(pytestconfig: pytest.Config) -> bool:
    """Whether the fault tests run with all their cycles (make faults), or in the short seeded form."""
    return bool(pytestconfig.getoption("--faults") == "full")


@pytest.fixture
def fault_seed(pytestconfig: pytest.Config) -> int:
    """Where the chance of a fault test begins; printed, and given again by --fault-seed."""
    seed: int = pytestconfig.getoption("--fault-seed")
    print(f"--fault-seed={seed}")  # noqa: T201  # pytest shows it with a failure
    return seed


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ready.sqlite_template(tmp_path_factory.mktemp("ready"))


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A SQLite file with every table and no row."""
    return ready.sqlite_copy(sqlite_template, tmp_path / "desk.db")


@pytest.fixture
def new_sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'new.db'}"


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config, full_faults: bool) -> str:
    """The run's server, as a URL whose user may create databases. Only the full fault tests have fsync on."""
    try:
        return postgres.shared_server(pytestconfig.stash[_RUN_FOLDER], durable=full_faults)
    except postgres.NoPostgres as reason:
        _unavailable(str(reason))


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    return ready.postgres_template(postgres_server)


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """A PostgreSQL database of the test's own, with every table and no row."""
    with postgres.fresh_database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture
def new_postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database of the test's own."""
    with postgres.fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def postgres_cluster(pytestconfig: pytest.Config) -> Iterator[postgres.Cluster]:
    """A server of the test's own, with fsync on, which it may stop, crash and start again."""
    try:
        cluster = postgres.new_cluster(pytestconfig.stash[_RUN_FOLDER], durable=True)
    except postgres.NoPostgres as reason:
        _unavailable(str(reason))
    yield cluster
    postgres.end(cluster.folder)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with every table and no row, once of either kind: the guarantees hold on both."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_database_url(request: pytest.FixtureRequest) -> str:
    """A database without any table, once of either kind."""
    url: str = request.getfixturevalue(f"new_{request.param}_url")
    return url


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The installed Chromium, for playwright's `executable_path`."""
    names = (os.environ.get("FRONTDESK_TEST_CHROMIUM", "chromium"), "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    return found or _unavailable(
        "no Chromium is installed (apt install chromium), and FRONTDESK_TEST_CHROMIUM names none"
    )


@pytest.fixture(scope="session")
def chromium_arguments() -> list[str]:
    """For playwright's `args`: no sandbox, which root cannot have, and no calls home of the browser's own."""
    return [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]


def _unavailable(reason: str) -> NoReturn:
    """Skips the tests that need it; in CI, where everything is installed, fails them."""
    if _IN_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
