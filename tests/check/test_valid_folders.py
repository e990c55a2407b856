"""Folders that are in order get no error, whatever they use of the language."""

from pathlib import Path

import pytest

from bot.edges.desk_loader import load_desk
from bot.model.flow import STEP_TYPES
from bot.rules.bundles import all_steps
from bot.rules.check.desk import check_desk
from tests.check.desks import ACTIONS, CORE

FOLDERS = sorted((Path(__file__).parent / "valid").iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_in_order_has_no_errors(folder: Path) -> None:
    loaded = load_desk(folder, CORE)
    found = check_desk(loaded.authored, ACTIONS, loaded.findings)
    assert [str(finding) for finding in found if finding.level == "error"] == []


def test_the_folder_of_dangerous_looking_paths_has_no_warnings_either() -> None:
    loaded = load_desk(FOLDERS[0].parent / "talk", CORE)
    assert [str(finding) for finding in check_desk(loaded.authored, ACTIONS, loaded.findings)] == []


def test_the_folders_use_every_kind_of_step() -> None:
    used = {
        step.kind
        for folder in FOLDERS
        for flow in load_desk(folder, None).desk.flows.values()
        for step in all_steps(flow.steps)
    }
    assert used == set(STEP_TYPES)
