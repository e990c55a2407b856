"""Each small mistake gives one finding, at its place, with words that help; no other error is reported."""

import pytest

from tests.check import (
    cases_flows,
    cases_kinds,
    cases_names,
    cases_outputs,
    cases_prompts,
    cases_reads,
    cases_shape,
    cases_values,
    cases_yaml,
)
from tests.check.desks import GOOD, Case, check, errors, steps

TABLES = (
    cases_yaml,
    cases_shape,
    cases_names,
    cases_reads,
    cases_outputs,
    cases_values,
    cases_flows,
    cases_kinds,
    cases_prompts,
)
CASES = [case for table in TABLES for case in table.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_found_once_where_it_stands(case: Case) -> None:
    """Warnings beside an error are passed over; a case of a warning has that and nothing else in its file."""
    here = [finding for finding in check(case.files) if finding.file == case.file or finding.level == "error"]
    found = [finding for finding in here if finding.level == "error" or case.level == "warning"]
    assert [finding.code for finding in found] == [case.code], "\n".join(map(str, found))
    assert (found[0].file, found[0].line, found[0].column) == case.place
    for word in case.words:
        assert word in str(found[0])


def test_the_base_of_the_cases_is_in_order() -> None:
    assert errors(GOOD) == []


def test_all_mistakes_are_reported_at_once() -> None:
    """In a folder that holds the files of many cases, side by side, no mistake hides another."""
    chosen = [case for case in CASES if case.code in ("yaml-trap", "unknown-key", "wrong-type") and case.base]
    files = {f"{number:03}/{case.file}": case.files[case.file] for number, case in enumerate(chosen)}
    found = {finding.file for finding in errors(GOOD | files)}
    assert found >= files.keys()


def test_each_placeholder_of_a_text_has_its_finding() -> None:
    """One that cannot be compiled hides neither the mistakes of the others nor what they read."""
    text = "{{ slots.nobody }} {{ 'a' | shout }} {{ slots.email }} {{ 1 + }}"
    codes = [finding.code for finding in errors(GOOD | {"flows.yml": steps(f'- say: "{text}"')})]
    assert codes == ["unknown-slot", "bad-expression", "bad-expression"]


def test_a_flow_in_which_filters_fit_has_no_finding() -> None:
    """What is text may be a date, and what a default stands in for is no longer of its old kind."""
    fitting = (
        "{{ slots.plan | default(0) | string | upper }} {{ slots.amount | round(2) | money('EUR') }} "
        "{{ (now() - slots.city) / days(1) }} {{ slots.amount ~ slots.plan }} {{ slots.city | int(0) + 1 }} "
        "{{ slots.amount | int }} {{ slots.agreed | string | length }} {{ slots.amount * -1 }}"
    )
    flow = steps(f'- {{collect: [plan, amount, city, agreed], ask: Which?}}\n- say: "{fitting}"')
    assert [str(finding) for finding in errors(GOOD | {"flows.yml": flow})] == []


def test_steps_behind_a_handoff_are_reached_when_it_is_given_back() -> None:
    """Right behind it, and behind the block that it ends."""
    flow = steps("""
        - {collect: agreed, ask: Which?}
        - {set: {tries: 1}}
        - conditional:
            when: [{condition: slots.agreed, steps: [{set: {tries: 2}}, {handoff: {}}]}]
            else: {steps: [{say: b}, {handoff: {}}, {say: behind}, {stop: b}]}
        - say: "{{ vars.tries }}"
        - handoff: {}
        - say: the end
    """)
    assert [str(finding) for finding in errors(GOOD | {"flows.yml": flow})] == []


def test_case_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
