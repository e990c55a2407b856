"""The desk that ships with the repository: it is in order, its tests pass, and they come to every step."""

from pathlib import Path

import pytest

from bot.cli.test import report_on
from bot.edges.action_local import spec_of
from bot.edges.desk_loader import load_core, load_desk
from bot.model.desk import IntentExamples
from bot.model.flow import STEP_TYPES
from bot.plugins.actions import load_actions
from bot.rules.bundles import all_steps
from bot.rules.check.desk import check_desk

FLOWS = Path(__file__).resolve().parents[2] / "flows"
LOADED = load_desk(FLOWS, load_core())


def test_the_checker_has_no_errors() -> None:
    catalogue = {spec.name: spec for spec in map(spec_of, load_actions(("actions",)).actions)}
    findings = check_desk(LOADED.authored, catalogue, LOADED.findings)
    assert [str(finding) for finding in findings if finding.level == "error"] == []


async def test_every_case_passes_and_together_they_come_to_every_step_and_take_every_way() -> None:
    report = await report_on(FLOWS)
    assert [f"{one.place}: {one.problem}" for one in report.failed] == []
    assert report.findings == []
    assert report.coverage is not None
    missing = (*report.coverage.unvisited, *report.coverage.untaken)
    assert [f"{one.place}: {one.flow}.{one.step} ({one.kind})" for one in missing] == []


def test_every_kind_of_step_is_shown() -> None:
    used = {step.kind for flow in LOADED.authored.flows.values() for step in all_steps(flow.value.steps)}
    assert used == STEP_TYPES.keys()


def test_every_flow_that_people_begin_has_its_twin() -> None:
    files = {path.stem for path in FLOWS.glob("*.yml")}
    twins = {path.stem.removeprefix("test_") for path in (FLOWS / "tests").glob("*.yml")}
    assert files - twins == {"settings", "find_customer"}, "find_customer is called by the flows that have one"


@pytest.mark.parametrize(("language", "least"), [(None, 12), ("de", 8)])
def test_intents_have_enough_examples_in_both_languages(language: str | None, least: int) -> None:
    examples = {
        part.name: len(part.value.examples)
        for part in LOADED.authored.of_kind("intent")
        if isinstance(part.value, IntentExamples) and part.value.language == language
    }
    assert {intent: count for intent, count in examples.items() if count < least} == {}
    small_talk = {"greet", "thanks", "goodbye"}
    assert len(set(examples) - small_talk) >= 16
    assert set(examples) >= small_talk


def test_everything_that_is_said_is_said_in_german_too() -> None:
    missing = [
        name
        for name, part in LOADED.authored.responses.items()
        for say in part.value
        if say.text is not None and "de" not in say.translation
    ]
    assert missing == []
