"""The lock files: what a desk loads stands in them, and they say nothing of where packages come from."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PINNED = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)
BEFORE = "import sys\nfirst = set(sys.modules)\n"
AFTER = """
import importlib.metadata
files = {getattr(module, "__file__", None) for name, module in list(sys.modules.items()) if name not in first}
for found in importlib.metadata.distributions():
    if any(str(found.locate_file(file)) in files for file in found.files or ()):
        print(found.name)
"""


def names(*locks: str) -> set[str]:
    return {name for lock in locks for name in PINNED.findall((ROOT / lock).read_text())}


def test_everything_that_a_desk_loads_is_locked_for_it() -> None:
    """The tests' environment holds more than a desk's: what only the action server of rasa-sdk needs, for one."""
    loading = re.search(r"^define LOADED\n(.+?)^endef", (ROOT / "Makefile").read_text(), re.MULTILINE | re.DOTALL)
    assert loading is not None
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BEFORE + loading[1] + AFTER],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    loaded = {re.sub(r"[-_.]+", "-", name).lower() for name in done.stdout.split()}
    assert {"dbos", "fastapi", "onnxruntime", "rasa-sdk"} <= loaded
    assert loaded - names("requirements.lock", "requirements-model.lock") == set()


def test_the_action_server_s_packages_are_locked_for_the_tests_alone() -> None:
    server = {"grpcio", "grpcio-tools", "protobuf", "coloredlogs", "opentelemetry-sdk"}
    assert names("requirements.lock") & server == set()
    assert server <= names("requirements-dev.lock")


def test_the_tests_use_the_versions_that_a_desk_uses() -> None:
    pins = re.compile(r"^([a-z0-9-]+==\S+)", re.MULTILINE)
    assert set(pins.findall((ROOT / "requirements.lock").read_text())) <= set(
        pins.findall((ROOT / "requirements-dev.lock").read_text())
    )


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-model.lock"])
def test_a_lock_names_no_registry(lock: str) -> None:
    assert (
        re.findall(r"^ *--(?:index|extra-index|find-links|trusted-host).*|.*[a-z]+://.*", (ROOT / lock).read_text())
        == []
    )
