"""The app that an admin pastes into Slack asks for what the adapter uses."""

import json
import subprocess
import sys

from bot.settings import ROOT
from channels.slack.manifest import EVENTS, manifest


def printed(*words: str) -> dict[str, object]:
    ended = subprocess.run(
        [sys.executable, "-m", "bot.cli", "slack", "manifest", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    made: dict[str, object] = json.loads(ended.stdout)
    return made


def test_the_command_prints_a_manifest_for_http() -> None:
    made = printed("--url", "https://desk.example.com/")
    assert made == manifest("https://desk.example.com")
    assert json.dumps(made).count('"https://desk.example.com/slack/events"') == 3
    assert '"socket_mode_enabled": false' in json.dumps(made)


def test_without_an_address_it_is_socket_mode() -> None:
    made = printed()
    assert "/slack/events" not in json.dumps(made)
    assert '"socket_mode_enabled": true' in json.dumps(made)


def test_names_keep_within_slacks_limits() -> None:
    made = manifest("https://desk.example.com")
    shortcuts = made["features"]["shortcuts"]
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in shortcuts)
    assert len(made["display_information"]["description"]) <= 140
    assert len(set(EVENTS)) == len(EVENTS)
