"""Actions are found by package name; a broken one is reported with its place, and the rest is loaded."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.edges.action_local import LocalActions
from bot.edges.action_runner import DeskActionRunner, Host
from bot.plugins.actions import load_actions

GOOD = """
from rasa_sdk import Action

class Good(Action):
    def name(self):
        return "{name}"
    async def run(self, dispatcher, tracker, domain):
        return []
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An importable package ``frontdesk_extra`` with one good action; a test adds files to it."""
    folder = tmp_path / "frontdesk_extra"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "good.py").write_text(GOOD.format(name="action_good"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "frontdesk_extra"]:
        del sys.modules[name]


def names(*packages: str) -> list[str]:
    return [action.name() for action in load_actions(packages).actions]


def test_the_desk_s_own_actions_are_all_there() -> None:
    loaded = load_actions(["actions"])
    assert loaded.problems == ()
    assert {action.name() for action in loaded.actions} == {
        "billing.change_address",
        "billing.find_charges",
        "billing.find_invoices",
        "billing.payment_link",
        "billing.refund",
        "billing.send_invoice",
        "calls.book",
        "calls.slots",
        "conversation.label",
        "conversation.note",
        "crm.find_account",
        "crm.update_account",
        "desk.opening_hours",
        "http.request",
        "knowledge.search",
        "orders.find",
        "plans.cancel",
        "plans.change",
        "plans.discount",
        "plans.find",
        "plans.quote",
        "privacy.copy",
        "privacy.erase",
        "privacy.open_request",
        "security.reset_two_factor",
        "status.current",
        "team.invite",
        "tickets.comment",
        "tickets.create",
        "tickets.find",
    }


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "import nothing_of_the_kind",
            "frontdesk_extra/bad.py:1: ModuleNotFoundError: No module named 'nothing_of_the_kind'",
        ),
        ("\ndef broken(:\n", "frontdesk_extra/bad.py:2: SyntaxError"),
        ("raise SystemExit(4)", "frontdesk_extra/bad.py:1: SystemExit: 4"),
        ("x = 1\ny = x / 0", "frontdesk_extra/bad.py:2: ZeroDivisionError"),
        (
            GOOD.format(name="action_bad").replace("name(self)", "other(self)"),
            "frontdesk_extra.bad.Good: NotImplementedError",
        ),
        (GOOD.format(name=""), "its name() gives '', not a text"),
        (
            GOOD.format(name="action_good"),
            "action_good is taken by frontdesk_extra.bad.Good. Rename one of them",
        ),
        (
            GOOD.format(name="action_bad") + "    def __init__(self):\n        raise OSError('no key')",
            "OSError: no key",
        ),
    ],
)
def test_a_broken_module_is_reported_with_its_place_and_the_others_are_loaded(
    package: Path, source: str, words: str
) -> None:
    (package / "bad.py").write_text(source)
    loaded = load_actions(["frontdesk_extra", "actions"])
    assert len(loaded.problems) == 1
    assert words in loaded.problems[0]
    assert {"action_good", "crm.find_account"} <= {action.name() for action in loaded.actions}


def test_a_package_that_does_not_exist_is_a_problem_not_an_end(package: Path) -> None:
    loaded = load_actions(["no_such_package", "frontdesk_extra"])
    assert "no_such_package" in loaded.problems[0]
    assert len(loaded.actions) == 1


def test_imported_and_abstract_classes_are_not_registered(package: Path) -> None:
    (package / "more.py").write_text(
        "from abc import ABC, abstractmethod\nfrom rasa_sdk import Action\n"
        "from frontdesk_extra.good import Good\n"
        "class Base(Action, ABC):\n    @abstractmethod\n    def name(self): ...\n"
        "class Concrete(Base):\n    def name(self):\n        return 'action_concrete'\n"
    )
    loaded = load_actions(["frontdesk_extra"])
    assert loaded.problems == ()
    assert sorted(action.name() for action in loaded.actions) == ["action_concrete", "action_good"]


def test_packages_inside_packages_are_loaded_and_one_named_twice_only_once(package: Path) -> None:
    (package / "inner").mkdir()
    (package / "inner" / "__init__.py").write_text("")
    (package / "inner" / "deep.py").write_text(GOOD.format(name="action_deep"))
    assert names("frontdesk_extra", "frontdesk_extra") == ["action_good", "action_deep"]


def test_an_installed_package_offers_actions_by_an_entry_point(package: Path) -> None:
    installed = package.parent / "frontdesk_extra-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: frontdesk-extra\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[frontdesk.actions]\nextra = frontdesk_extra\n")
    assert "action_good" in names()


async def test_an_action_that_cannot_be_called_is_left_out_and_reported(package: Path, host: Host) -> None:
    (package / "half.py").write_text(
        GOOD.format(name="action_half").replace("dispatcher, tracker, domain", "dispatcher").replace("async ", "")
        + "\nfrom actions.base import DeskAction\nclass Untyped(DeskAction):\n    action_name = 'x.untyped'\n"
        + "    async def act(self, params, call):\n        return params\n"
    )
    runner = DeskActionRunner(LocalActions(load_actions(["frontdesk_extra"]).actions, host))
    assert list(runner.catalogue()) == ["action_good"]
    assert len(runner.problems()) == 2
    assert "frontdesk_extra.half.Good: TypeError its run() must take" in runner.problems()[0]
    assert "frontdesk_extra.half.Untyped: AttributeError" in runner.problems()[1]


async def test_a_package_prepares_what_it_needs_and_one_that_cannot_is_reported(package: Path, host: Host) -> None:
    (package / "__init__.py").write_text("async def prepare(host):\n    raise RuntimeError('no disk')\n")
    loaded = load_actions(["frontdesk_extra", "actions"])
    problems = await loaded.prepare(host)
    assert len(problems) == 1
    assert problems[0].startswith("frontdesk_extra/__init__.py:2: RuntimeError: no disk")
    assert await host.database.read("SELECT id FROM demo_account LIMIT 1")
