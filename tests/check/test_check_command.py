"""`frontdesk check`: what it prints, and how it ends."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.cli.check import run_check
from bot.cli.known_actions import known_actions
from bot.settings import Settings
from tests.check.desks import ACTIONS, GOOD, steps


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `desk` in the current directory."""
    monkeypatch.chdir(tmp_path)
    for name, text in GOOD.items():
        path = tmp_path / "desk" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "desk"


def test_a_folder_in_order_is_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "flows.yml").write_text(
        steps("- collect: [email, city, plan, amount, agreed]\n  ask: Which?\n- utter: utter_done")
    )
    (folder / "use.yml").write_text(
        "flows:\n  u:\n    description: d\n    triggers: [{intent: hello2}]\n"
        "    steps: [{collect: email}, {collect: city}, {say: hi}]\n"
        "nlu: [{intent: hello2, examples: [hey]}]\n"
    )
    assert run_check(Path("desk"), ACTIONS) == 0
    assert capsys.readouterr().out == "No findings in 4 files (3 flows, 5 examples)\n"


def test_errors_are_printed_with_the_path_as_it_was_given(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "flows.yml").write_text(steps("- do: crm.find_acount\n- say: {{ x }}"))
    assert run_check(Path("desk"), ACTIONS) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "desk/flows.yml:6:13: no action is called 'crm.find_acount'. Did you mean 'crm.find_account'?" in lines
    assert any(line.startswith("desk/flows.yml:7:14: ") for line in lines)
    assert lines[-1].startswith("3 errors, ")
    assert lines[-1].endswith(" in 3 files")


def test_in_the_current_directory_paths_are_bare(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "flows.yml").write_text(steps("- do: nothing.like.it"))
    assert run_check(Path(), ACTIONS) == 1
    assert "\nflows.yml:6:13: " in capsys.readouterr().out


def test_warnings_alone_end_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "more.yml").write_text("slots: {never: {type: text}}\n")
    assert run_check(folder, ACTIONS) == 0
    out = capsys.readouterr().out
    assert "more.yml:1:9: warning: nothing uses the slot 'never'." in out
    assert "error" not in out


def test_nothing_is_coloured_where_no_person_looks_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "flows.yml").write_text("flow: {}\n")
    run_check(folder, ACTIONS)
    assert "\033" not in capsys.readouterr().out


def test_findings_can_be_had_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "flows.yml").write_text(steps("- do: crm.find_acount"))
    assert run_check(Path("desk"), ACTIONS, json_output=True) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["files"], report["errors"]) == (3, 1)
    (error,) = [finding for finding in report["findings"] if finding["level"] == "error"]
    assert error == {
        "file": "desk/flows.yml",
        "line": 6,
        "column": 13,
        "what": "no action is called 'crm.find_acount'",
        "fix": "Did you mean 'crm.find_account'?",
        "level": "error",
        "code": "unknown-action",
        "example": [],
    }


def test_a_folder_that_is_not_there_is_said_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check(tmp_path / "nowhere", ACTIONS) == 1
    assert capsys.readouterr().out.splitlines()[0].endswith("nowhere:1:1: there is no such folder. Check the path.")


def test_an_action_server_that_has_not_answered_may_know_the_action(folder: Path) -> None:
    (folder / "flows.yml").write_text(steps("- do: action_of_the_server\n- say: hi"))
    assert run_check(folder, ACTIONS, all_actions=False) == 0


def test_test_cases_are_checked_as_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A case that cannot be read would else be found only when the cases are played."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_greet.yml").write_text(
        "test_cases:\n"
        "  - test_case: a greeting\n"
        "    stub_actions: {crm.find_acount: {output: {}}}\n"
        "    steps:\n"
        "      - user: hello there\n"
        "      - bott: Hello\n"
        "      - handoff: {taem: support}\n"
        "      - clock: 2 hours\n"
        "  - {test_case: a greeting, steps: [{user: hello there}, {fault: {action: crm.find_account, kind: broken}}]}\n"
        "  - {testcase: another, steps: [{user: hello there}]}\n"
        "  - {test_case: the last, fixtures: nobody, steps: [{user: hello there}]}\n"
    )
    assert run_check(Path("desk"), ACTIONS) == 1
    found = [line for line in capsys.readouterr().out.splitlines() if "test_greet.yml" in line]
    assert [line.split(": ", 1)[0].removeprefix("desk/tests/test_greet.yml:") for line in found] == [
        "3:20", "6:9", "7:19", "8:16", "9:17", "9:99", "10:6", "11:37",
    ]  # fmt: skip
    words = (
        "crm.find_account",
        "'bot'",
        "'team'",
        "a length of time",
        "warning: ",
        "`kind` takes",
        "'test_case'",
        "nobody",
    )
    assert [word for word, line in zip(words, found, strict=True) if word not in line] == []


class _Catalogue(BaseHTTPRequestHandler):
    """An action server as far as its list of actions goes."""

    def do_GET(self) -> None:
        body = json.dumps([{"name": "far.away"}]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of an action server that has the action `far.away`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Catalogue) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/webhook"
        listening.shutdown()
        thread.join()


def _checked(folder: Path, url: str) -> int:
    known = known_actions(Settings(action_server=url))
    return run_check(folder, known.specs, all_actions=known.all_of_them)


def test_actions_of_an_action_server_are_known(folder: Path, server: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "flows.yml").write_text(steps("- do: far.away\n- do: far.awya"))
    assert _checked(folder, server) == 1
    out = capsys.readouterr().out
    assert "flows.yml:7:13: no action is called 'far.awya'. Did you mean 'far.away'?" in out
    assert "1 error" in out


def test_while_an_action_server_is_silent_a_strange_action_may_be_its_own(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "flows.yml").write_text(steps("- do: far.away"))
    known = known_actions(Settings(action_server="http://127.0.0.1:9/webhook"))
    assert not known.all_of_them
    assert "action server" in known.problems[-1]
    assert _checked(folder, "http://127.0.0.1:9/webhook") == 0
    assert "far.away" not in capsys.readouterr().out
