"""The documents say what is: every command runs, every setting stands in the table, every link leads somewhere."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bot.settings import ROOT, Settings
from tests.servers import a_server

README = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
MAKE = {"make run", "make test"}


def commands(text: str) -> list[str]:
    """Every command of the console blocks: behind `$`, lines that end in a backslash joined, remarks left out."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    joined = "\n".join(blocks).replace("\\\n", " ")
    found = re.findall(r"^\$ (.+)$", joined, re.MULTILINE)
    return [re.sub(r"\s+#.*$", "", command).strip() for command in found]


def test_the_readme_begins_with_two_commands_that_the_makefile_has() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert [command for command in commands(README) if command in MAKE] == ["make run", "make test"]
    assert {command.split()[1] for command in MAKE} <= targets


def test_the_curl_of_the_readme_gets_the_answer_of_the_demo_desk(tmp_path: Path) -> None:
    (curl,) = [command for command in commands(README) if command.startswith("curl")]
    with a_server(tmp_path) as server:
        words = [word.replace("http://127.0.0.1:8000", server.url) for word in shlex.split(curl)]
        answer = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout
        assert '"recipient_id":"ada"' in answer
        page = httpx.get(server.url + "/")
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]


OURS = {c for d in DOCUMENTS for c in commands(d.read_text()) if c.startswith(".venv/bin/frontdesk")}
ENDING = sorted(c for c in OURS if c.split()[1] != "serve")
"""A server does not end by itself: the curl of the README drives one."""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all commands, as for whoever reads the documents: what was learned once is kept there."""
    return tmp_path_factory.mktemp("data")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("command", ENDING)
def test_every_frontdesk_command_of_the_documents_runs(command: str, data_dir: Path) -> None:
    words = [sys.executable, "-m", "bot.cli", *shlex.split(command)[1:]]
    ended = subprocess.run(
        words,
        cwd=ROOT,
        env=os.environ | {"FRONTDESK_ENCODER": "true", "FRONTDESK_DATA_DIR": str(data_dir), "PYTHONWARNINGS": "ignore"},
        input="hello\n\n",
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_table_of_settings_is_complete_and_says_what_the_code_says() -> None:
    text = (ROOT / "docs" / "operating.md").read_text()
    table = text.partition("<!-- settings")[2]
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \|[^|]*\| (.*) \|$", table, re.MULTILINE))
    fields = Settings.model_fields.items()
    assert rows == {field.validation_alias or f"FRONTDESK_{name.upper()}": field.description for name, field in fields}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text())
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []
