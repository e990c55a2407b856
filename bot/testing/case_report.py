"""What a run of test cases is told as: text for people, JSON and JUnit XML for machines, and which steps never ran."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from xml.etree import ElementTree  # writes only; nothing is parsed

from bot.model.desk import Finding
from bot.testing.case_player import Played
from bot.testing.coverage import Coverage, Covered, table


@dataclass(frozen=True, slots=True)
class Report:
    """A run of all cases.

    findings: cases that could not be read. coverage: None where only some cases were played.
    least:    the coverage that is asked for, in percent.
    """

    played: Sequence[Played]
    findings: Sequence[Finding]
    seconds: float
    coverage: Coverage | None = None
    least: float = 0.0

    @property
    def failed(self) -> list[Played]:
        return [one for one in self.played if one.problem is not None]

    @property
    def covered(self) -> bool:
        """Whether as much of the flows ran as is asked for."""
        return self.coverage is None or self.coverage.percent >= self.least

    @property
    def ok(self) -> bool:
        return not self.failed and not self.findings and self.covered


def in_words(report: Report) -> Iterable[str]:
    """The lines that a person reads."""
    for finding in report.findings:
        yield str(finding)
    for one in report.failed:
        yield f"FAILED {one.place}: {one.name}"
        yield from one.transcript
        yield from f"    {one.step}: {one.problem}".splitlines()
        yield ""
    if report.coverage is not None:
        yield from _of_coverage(report, report.coverage)
    yield summary(report)


def _of_coverage(report: Report, coverage: Coverage) -> Iterable[str]:
    if coverage.unvisited:
        visited = coverage.total.steps_visited
        yield f"Steps that no case came to ({visited} of {coverage.total.steps} were):"
        yield from (f"  {step.place}: {step.flow}.{step.step} ({step.kind})" for step in coverage.unvisited)
    if coverage.untaken:
        yield f"Ways that no case took ({coverage.total.branches_taken} of {coverage.total.branches} were):"
        yield from (f"  {way.place}: {way.flow}.{way.step} ({way.kind})" for way in coverage.untaken)
    yield from table(coverage)
    if not report.covered:
        yield f"FAILED: {coverage.percent:.1f} % of the steps or ways ran, and {report.least:g} % is asked for."


def summary(report: Report) -> str:
    """``12 cases passed, 1 failed in 0.4 s``"""
    failed = len(report.failed) + len(report.findings)
    passed = len(report.played) - len(report.failed)
    counts = f"{passed} case{'' if passed == 1 else 's'} passed" + (f", {failed} failed" if failed else "")
    total = report.coverage.total if report.coverage is not None else Covered("")
    ways = f", {total.branches_taken} of {total.branches} ways taken" if total.branches else ""
    coverage = f"; {total.steps_visited} of {total.steps} steps visited{ways}" if total.steps else ""
    return f"{counts} in {report.seconds:.1f} s{coverage}"


def as_json(report: Report) -> dict[str, Any]:
    """Plain data: counts, each case, what was not visited."""
    return {
        "passed": len(report.played) - len(report.failed),
        "failed": len(report.failed) + len(report.findings),
        "seconds": round(report.seconds, 3),
        "coverage": _coverage_as_json(report),
        "cases": [
            {
                "name": one.name,
                "place": one.place,
                "passed": one.problem is None,
                "seconds": round(one.seconds, 4),
                "problem": one.problem,
                "step": one.step,
                "transcript": list(one.transcript) if one.problem is not None else [],
            }
            for one in report.played
        ],
        "findings": [finding.model_dump(mode="json") for finding in report.findings],
    }


def _coverage_as_json(report: Report) -> dict[str, Any] | None:
    """Null where only some cases were played."""
    coverage = report.coverage
    if coverage is None:
        return None
    return {
        "percent": round(coverage.percent, 2),
        "least": report.least,
        "total": asdict(coverage.total),
        "flows": [asdict(flow) for flow in coverage.flows],
        "unvisited": [asdict(one) for one in coverage.unvisited],
        "untaken": [asdict(one) for one in coverage.untaken],
    }


def as_junit(report: Report) -> str:
    """JUnit XML, one suite for each file."""
    root = ElementTree.Element("testsuites", name="frontdesk test", time=f"{report.seconds:.3f}")
    files = list(dict.fromkeys([one.place.rpartition(":")[0] for one in report.played]))
    for file in files:
        cases = [one for one in report.played if one.place.rpartition(":")[0] == file]
        failures = sum(one.problem is not None for one in cases)
        suite = ElementTree.SubElement(root, "testsuite", name=file, tests=str(len(cases)), failures=str(failures))
        for one in cases:
            case = ElementTree.SubElement(suite, "testcase", name=one.name, classname=file, time=f"{one.seconds:.4f}")
            if one.problem is not None:
                failure = ElementTree.SubElement(case, "failure", message=_printable(f"{one.step}: {one.problem}"))
                failure.text = _printable("\n".join(one.transcript))
    for finding in report.findings:
        suite = ElementTree.SubElement(root, "testsuite", name=finding.file, tests="1", failures="0", errors="1")
        case = ElementTree.SubElement(suite, "testcase", name=f"line {finding.line}", classname=finding.file)
        ElementTree.SubElement(case, "error", message=_printable(str(finding)))
    if report.coverage is not None and not report.covered:
        suite = ElementTree.SubElement(root, "testsuite", name="coverage", tests="1", failures="1")
        case = ElementTree.SubElement(suite, "testcase", name=f"at least {report.least:g} %", classname="coverage")
        missing = [*report.coverage.unvisited, *report.coverage.untaken]
        failure = ElementTree.SubElement(case, "failure", message=f"{report.coverage.percent:.1f} % ran")
        failure.text = _printable("\n".join(f"{one.place}: {one.flow}.{one.step} ({one.kind})" for one in missing))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c if c >= " " or c in "\n\t" else "\ufffd" for c in text)
