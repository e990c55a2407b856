"""One log: what libraries say (DBOS, httpx, ...) stands in it in the same form as what the desk says."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.desks import FLOWS
from tests.houses import a_house, write_flows

SPEAKS = """
import logging, structlog
from bot.edges import logs
logs.configure("INFO", {form!r})
structlog.get_logger().info("it is said", flow="hours")
logging.getLogger("dbos").warning("a library %s", "warns")
logging.getLogger("httpx").info("chatter of a library")
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("dbos").exception("it broke")
"""


def said(form: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SPEAKS.format(form=form)], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stderr


def test_for_machines_every_line_is_json() -> None:
    first, second, third = [json.loads(line) for line in said("json").splitlines()]
    assert (first["event"], first["level"], first["flow"]) == ("it is said", "info", "hours")
    assert (second["event"], second["level"], second["logger"]) == ("a library warns", "warning", "dbos")
    assert second["timestamp"].endswith("Z")
    assert third["event"] == "it broke"
    assert "ZeroDivisionError" in third["exception"]


def test_for_people_libraries_stand_in_the_same_form() -> None:
    text = said("text")
    assert "[warning  ] a library warns" in text
    assert "chatter" not in text, "libraries are heard from warnings on"
    assert "ZeroDivisionError" in text


async def test_a_desk_starts_after_another_whose_log_was_closed(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DBOS keeps its own handler for as long as the process lives, and flushes it at every start."""
    flows = write_flows(tmp_path / "flows", FLOWS)
    monkeypatch.setattr(logging.getLogger("dbos"), "handlers", [])
    with monkeypatch.context() as patched, (tmp_path / "stderr").open("w") as closed:
        patched.setattr(sys, "stderr", closed)
        async with a_house(tmp_path, sqlite_url, flows):
            pass
    async with a_house(tmp_path, sqlite_url, flows):
        pass
