"""Each small mistake gives one finding, at its place, with words that help; nothing else is said of the folder."""

import pytest

from tests.check import cases_flows, cases_names, cases_reads, cases_shape, cases_yaml
from tests.check.desks import GOOD, Case, check, errors

CASES = (*cases_yaml.CASES, *cases_shape.CASES, *cases_names.CASES, *cases_reads.CASES, *cases_flows.CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_found_once_where_it_stands(case: Case) -> None:
    """Warnings beside an error are passed over; a case of a warning has that and nothing else in its file."""
    every = check(case.files)
    found = [
        finding
        for finding in every
        if finding.level == "error" or (case.level == "warning" and finding.file == case.file)
    ]
    places = [(finding.file, finding.line, finding.column) for finding in found]
    assert [finding.code for finding in found] == [case.code], "\n".join(map(str, found))
    assert places == [case.place]
    for word in case.words:
        assert word in str(found[0])


def test_the_base_of_the_cases_is_in_order() -> None:
    assert errors(GOOD) == []


def test_case_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
