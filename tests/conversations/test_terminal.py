"""`frontdesk chat`: a conversation in the terminal, over a pipe as well."""

import os
import subprocess
import sys
from pathlib import Path

from tests.houses import write_flows

FLOWS = """
    flows:
      greet:
        description: Says hello.
        triggers: [{intent: greet}]
        steps: [{say: {text: Hello. What now?, buttons: [{title: A person, payload: /person}]}}]
      person:
        description: Fetches a person.
        triggers: [{intent: person}]
        steps: [{say: I am asking somebody.}, {handoff: {team: support}}]
    nlu:
      - {intent: greet, examples: "- hello"}
      - {intent: person, examples: "- a person please"}
"""


def chat(folder: Path, lines: str, *options: str) -> str:
    """What the terminal shows when these lines are written into it."""
    flows = write_flows(folder / "flows", FLOWS)
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "chat", *options],
        input=lines,
        env=os.environ | {"FRONTDESK_FLOWS_DIR": str(flows), "FRONTDESK_DATA_DIR": str(folder / "data")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_a_number_presses_a_button_and_who_waits_for_a_person_is_told_so(tmp_path: Path) -> None:
    shown = chat(tmp_path, "/greet\n1\nare you there?\n")
    assert "desk> Hello. What now?\n      1. A person\n" in shown
    assert "desk> I am asking somebody." in shown
    assert shown.count("a person is to answer here now") == 1
    assert "--sender NAME" in shown


def test_the_decision_is_shown_on_request(tmp_path: Path) -> None:
    shown = chat(tmp_path, "/greet\n", "-v")
    assert "[FlowStarted: flow=greet" in shown
