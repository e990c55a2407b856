"""Each small mistake gives one finding, at its place, with words that help; nothing else is said of the folder."""

import pytest

from tests.check import cases_names, cases_shape, cases_yaml
from tests.check.desks import GOOD, Case, check, errors

CASES = (*cases_yaml.CASES, *cases_shape.CASES, *cases_names.CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_found_once_where_it_stands(case: Case) -> None:
    found = [finding for finding in check(case.files) if finding.level == case.level or finding.level == "error"]
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
