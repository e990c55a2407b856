"""Lines of YAML as their writers see them: key or dash, the value behind it, and the line with quotes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_KEY: Final = re.compile(
    r"""(?P<lead>\s*(?:-\s+)*)(?P<key>"[^"]*"|'[^']*'|[^\s:#'"\[\]{},&*!|>%@`-][^:#]*?)\s*:(?=\s|$)\s*"""
)
ITEM: Final = re.compile(r"\s*(?:-\s+)+")
_COMMENT: Final = re.compile(r"\s+#(?:\s.*)?$")
_WIDEST: Final = 100
"""A mended line longer than this is not shown."""
_LONGEST: Final = 4_000
"""In a line longer than this nothing is looked for: the patterns would go over it too often."""


@dataclass(frozen=True, slots=True)
class LineValue:
    """What a line holds behind its key or dash, without a trailing comment. ``start`` counts from 0."""

    start: int
    text: str
    comment: str


def template_from(line: str, start: int) -> str:
    end = line.find("}}", start)
    return line[start : end + 2] if end >= 0 else ""


def key_of(line: str) -> re.Match[str] | None:
    return _KEY.match(line) if len(line) <= _LONGEST else None


def value_of(line: str) -> LineValue:
    if len(line) > _LONGEST:
        return LineValue(len(line), "", "")
    match = key_of(line) or ITEM.match(line)
    start = match.end() if match else len(line) - len(line.lstrip())
    rest = line[start:]
    comment = _COMMENT.search(rest)
    text = rest[: comment.start()] if comment else rest.rstrip()
    return LineValue(start, text, rest[len(text) :])


def quoted_in(line: str, value: LineValue) -> str:
    return line[: value.start] + quoted(value.text) + value.comment


def quoted(text: str) -> str:
    """The text as one quoted value; quotes that were meant to be around it are exchanged."""
    if _is_wrapped(text):
        other = "'" if text[0] == '"' else '"'
        if other not in text and "\\" not in text:
            return other + text[1:-1] + other
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _is_wrapped(text: str) -> bool:
    """`"a == "x""` and `'I can't'`, not `'x' in 'xyz'`: the first inner quote opens, or is an apostrophe."""
    if len(text) < 3 or text[0] not in "'\"" or text[-1] != text[0]:
        return False
    inner = text[1:-1]
    at = inner.find(text[0])
    if at < 0:
        return False
    before, behind = inner[at - 1 : at], inner[at + 1 : at + 2]
    return at > 0 and (before in " ([{,=" or (before.isalnum() and behind.isalnum()))


def shown_line(line: str) -> str:
    line = line.strip().removeprefix("- ")
    return f": `{line}`" if len(line) <= _WIDEST else ""


def replaced(lines: list[str], row: int, line: str) -> list[str]:
    return [*lines[:row], line, *lines[row + 1 :]]


def line_above(lines: Sequence[str], row: int) -> int | None:
    """The nearest line above that holds something."""
    return next(
        (r for r in range(row - 1, -1, -1) if lines[r].strip() and not lines[r].lstrip().startswith("#")),
        None,
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """One value inside `{...}` or `[...]` on a line, from ``start`` up to ``end``, counted from 0."""

    start: int
    end: int
    text: str


_FLOW_KEY: Final = re.compile(r"""("[^"]*"|'[^']*'|[\w.$-]+):(?=[\s\[{])\s*""")


def pieces(line: str, start: int) -> list[Piece]:
    """The values inside the brackets that open at ``start``, as their writer sees them: `{{ }}` is text."""
    found: list[Piece] = []
    at = start
    fresh = False  # behind a bracket or a comma, where a key may stand
    while at < min(len(line), _LONGEST):
        if line[at] in " ,]}" or (line[at] in "[{" and not line.startswith("{{", at)):
            fresh = fresh or line[at] != " "
            at += 1
        elif fresh and (key := _FLOW_KEY.match(line, at)):
            at, fresh = key.end(), False
        else:
            end = _end_of_piece(line, at)
            if text := line[at:end].rstrip():
                found.append(Piece(at, end, text))
            at, fresh = max(end, at + 1), False
    return found


def _end_of_piece(line: str, start: int) -> int:
    """Where a value ends: at a comma or closing bracket that is neither in quotes nor in a template."""
    at = start
    while at < len(line) and line[at] not in ",]}":
        close = -1
        if line.startswith("{{", at):
            close = line.find("}}", at) + 1
        elif line[at] in "'\"" and (at == start or line[at - 1] in " (="):
            close = line.find(line[at], at + 1)
        at = close + 1 if close > at else at + 1
    return at
