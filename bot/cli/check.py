"""``frontdesk check [DIR]``: everything that is wrong with a folder of flows, at once."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.edges.desk_loader import Loaded, load_core, load_desk
from bot.model.action import ActionSpec
from bot.model.desk import Finding, IntentExamples
from bot.rules.check.desk import check_desk
from bot.rules.check.report import ordered
from bot.rules.shown import Preview
from bot.testing.case_files import find_cases

_RED, _YELLOW, _PLAIN = "\033[31m", "\033[33m", "\033[0m"


def run_check(
    directory: Path,
    actions: Mapping[str, ActionSpec],
    json_output: bool = False,
    all_actions: bool = True,
    channels: Mapping[str, Preview] | None = None,
) -> int:
    """Load a folder, check it, and write what was found to standard output; the exit code: 1 with errors,
    else 0.

    actions:     the catalogue. all_actions: it is complete; see ActionRunner.
    channels:    what a contact on each channel sees of a reply, see `check_desk`.
    json_output: one JSON object ({files, flows, examples, errors, warnings, findings}) in place of lines.
    """
    loaded = load_desk(directory, load_core())
    found = check_desk(loaded.authored, actions, loaded.findings, all_actions, channels)
    findings = ordered((*found, *_of_cases(loaded)))
    errors = sum(finding.level == "error" for finding in findings)
    if json_output:
        _write(json.dumps(_report(loaded, findings), ensure_ascii=False, indent=2))
    else:
        _write(*(_line(finding) for finding in findings), summary(loaded, findings))
    return 1 if errors else 0


def _of_cases(loaded: Loaded) -> Sequence[Finding]:
    """What is wrong with the shape of test cases. Where YAML could not read a file, that comes first."""
    whole = {file.source.name for file in loaded.authored.files if file.source.whole}
    return [finding for finding in find_cases(loaded).findings if finding.file in whole]


def summary(loaded: Loaded, findings: Sequence[Finding]) -> str:
    """The last line: ``3 errors, 1 warning in 12 files``, or that there is nothing to say."""
    files = _count(len(loaded.files), "file")
    errors = sum(finding.level == "error" for finding in findings)
    told = [_count(errors, "error"), _count(len(findings) - errors, "warning")]
    if findings:
        return f"{', '.join(part for part in told if not part.startswith('0 '))} in {files}"
    flows, examples = _contents(loaded)
    return f"No findings in {files} ({_count(flows, 'flow')}, {_count(examples, 'example')})"


def _contents(loaded: Loaded) -> tuple[int, int]:
    """How many flows and examples the folder itself holds."""
    entries = [part.value for part in loaded.authored.of_kind("intent")]
    examples = sum(len(entry.examples) for entry in entries if isinstance(entry, IntentExamples))
    return len(loaded.authored.flows), examples


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _report(loaded: Loaded, findings: Sequence[Finding]) -> dict[str, object]:
    flows, examples = _contents(loaded)
    errors = sum(finding.level == "error" for finding in findings)
    return {
        "files": len(loaded.files),
        "flows": flows,
        "examples": examples,
        "errors": errors,
        "warnings": len(findings) - errors,
        "findings": [finding.model_dump(mode="json") for finding in findings],
    }


def _line(finding: Finding) -> str:
    """One finding; where a person looks on, its place in colour."""
    text = "\n".join((str(finding), *(f"    {line}" for line in finding.example)))
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    place = f"{finding.file}:{finding.line}:{finding.column}:"
    return f"{_RED if finding.level == 'error' else _YELLOW}{place}{_PLAIN}{text.removeprefix(place)}"


def _write(*lines: str) -> None:
    """Lines to standard output, in whatever encoding that has."""
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
