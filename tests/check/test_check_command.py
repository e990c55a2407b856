"""`frontdesk check`: what it prints, and how it ends."""

import json
from pathlib import Path

import pytest

from bot.cli.check import run_check
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
    }


def test_a_folder_that_is_not_there_is_said_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check(tmp_path / "nowhere", ACTIONS) == 1
    assert capsys.readouterr().out.splitlines()[0].endswith("nowhere:1:1: there is no such folder. Check the path.")


def test_an_action_server_that_has_not_answered_may_know_the_action(folder: Path) -> None:
    (folder / "flows.yml").write_text(steps("- do: action_of_the_server\n- say: hi"))
    assert run_check(folder, ACTIONS, all_actions=False) == 0
