"""What a run of test cases is told as: text for people, JSON and JUnit XML for machines, and which steps never ran."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree  # writes only; nothing is parsed

from bot.model.desk import Finding
from bot.rules.advance.machine import Visit
from bot.rules.check.authored import Authored, typed_flow
from bot.rules.program import lay_out
from bot.testing.case_player import Played


@dataclass(frozen=True, slots=True)
class Unvisited:
    """A step that no case came to: its flow, its place in the flow and in the files, its kind."""

    flow: str
    step: str
    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class Report:
    """A run of all cases. ``steps``: how many steps the flows have. ``findings``: cases that could not be read."""

    played: Sequence[Played]
    findings: Sequence[Finding]
    unvisited: Sequence[Unvisited]
    steps: int
    seconds: float

    @property
    def failed(self) -> list[Played]:
        return [one for one in self.played if one.problem is not None]

    @property
    def ok(self) -> bool:
        return not self.failed and not self.findings


def unvisited_steps(authored: Authored, visited: frozenset[Visit]) -> tuple[list[Unvisited], int]:
    """The steps of the folder's own flows that ran in no case, and how many steps there are that could."""
    missing: list[tuple[str, int, Unvisited]] = []
    count = 0
    for name, part in authored.flows.items():
        if not part.whole:
            continue
        program = lay_out(typed_flow(part))
        for node in program.nodes.values():
            if not all(around.step.enabled for around in program.around(node)):
                continue  # switched off on purpose
            count += 1
            if (name, node.name) not in visited:
                line, _ = part.source.value_place(part.file_path(node.path))
                step = node.step.id or node.name
                one = Unvisited(name, step, node.step.kind, f"{part.source.name}:{line}")
                missing.append((part.source.name, line, one))
    return [one for _, _, one in sorted(missing, key=lambda place: place[:2])], count


def in_words(report: Report) -> Iterable[str]:
    """The lines that a person reads."""
    for finding in report.findings:
        yield str(finding)
    for one in report.failed:
        yield f"FAILED {one.place}: {one.name}"
        yield from one.transcript
        yield f"    {one.step}: {one.problem}"
        yield ""
    if report.unvisited:
        yield f"Steps that no case came to ({report.steps - len(report.unvisited)} of {report.steps} were):"
        for step in report.unvisited:
            yield f"  {step.place}: {step.flow}.{step.step} ({step.kind})"
    yield summary(report)


def summary(report: Report) -> str:
    """``12 cases passed, 1 failed in 0.4 s``"""
    failed = len(report.failed) + len(report.findings)
    passed = len(report.played) - len(report.failed)
    counts = f"{passed} case{'' if passed == 1 else 's'} passed" + (f", {failed} failed" if failed else "")
    covered = report.steps - len(report.unvisited)
    coverage = f"; {covered} of {report.steps} steps visited" if report.steps else ""
    return f"{counts} in {report.seconds:.1f} s{coverage}"


def as_json(report: Report) -> dict[str, Any]:
    """Plain data: counts, each case, what was not visited."""
    return {
        "passed": len(report.played) - len(report.failed),
        "failed": len(report.failed) + len(report.findings),
        "seconds": round(report.seconds, 3),
        "steps": report.steps,
        "unvisited": [
            {"flow": one.flow, "step": one.step, "kind": one.kind, "place": one.place} for one in report.unvisited
        ],
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
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c if c >= " " or c in "\n\t" else "\ufffd" for c in text)
