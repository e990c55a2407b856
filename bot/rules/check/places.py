"""Where things stand in authored files: marks beside the data, and the way from a path to a line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.model.desk import Finding

Path = tuple[str | int, ...]


class Mark(NamedTuple):
    """Where one value stands; line and column count from 1.

    style: ``'``, ``"``, ``|``, ``>`` as the scalar was written, else empty.
    keys:  of a mapping, the line and column of each key.
    inner: of a mapping or list, the marks of what it holds.
    """

    line: int
    column: int
    end_line: int
    style: str = ""
    keys: dict[str, tuple[int, int]] | None = None
    inner: "dict[str, Mark] | list[Mark] | None" = None


class Unread:
    """Stands where a value could not be read. Nothing is said of it again: it has had its finding."""

    def __repr__(self) -> str:
        return "<unread>"


UNREAD = Unread()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One authored file after reading.

    name:     as findings print it.
    data:     plain JSON with UNREAD in the gaps; UNREAD as a whole when nothing could be read.
    findings: what was wrong with its YAML.
    """

    name: str
    sha256: str
    text: str
    data: Any
    mark: Mark
    findings: tuple[Finding, ...] = ()
    lines: Sequence[str] = field(default=(), repr=False)

    @property
    def whole(self) -> bool:
        """Whether its data are all that was meant: nothing is missing because of broken YAML."""
        return not any(finding.level == "error" for finding in self.findings)

    def mark_at(self, path: Path) -> tuple[Mark, bool]:
        """The mark at a path, or the deepest on the way there; and whether the path went all the way."""
        mark = self.mark
        for part in path:
            deeper = _inside(mark, part)
            if deeper is None:
                return mark, False
            mark = deeper
        return mark, True

    def value_place(self, path: Path) -> tuple[int, int]:
        """Line and column of the value at a path."""
        mark, _ = self.mark_at(path)
        return mark.line, mark.column

    def key_place(self, path: Path) -> tuple[int, int]:
        """Line and column of the key that a path ends in; of the value where it is no key."""
        if path and isinstance(path[-1], str):
            mark, found = self.mark_at(path[:-1])
            if found and mark.keys is not None and path[-1] in mark.keys:
                return mark.keys[path[-1]]
        return self.value_place(path)

    def text_place(self, path: Path, value: str, offset: int) -> tuple[int, int]:
        """Line and column of one character of the text at a path. ``offset``: from 0, in the text as read."""
        mark, _ = self.mark_at(path)  # of a short form (`say: text`) the path ends one step earlier, at the text
        if mark.inner is not None:
            return mark.line, mark.column
        if mark.style == "|":
            return _in_literal(self.lines, mark, value, offset)
        if mark.style == ">" or mark.end_line != mark.line:
            return _by_looking(self.lines, mark, value, offset)
        return mark.line, mark.column + _raw_length(self.lines[mark.line - 1][mark.column - 1 :], mark.style, offset)


def _inside(mark: Mark, part: str | int) -> Mark | None:
    if isinstance(mark.inner, dict):
        found: Mark | None = mark.inner.get(part) if isinstance(part, str) else None
    else:
        within = mark.inner is not None and isinstance(part, int) and 0 <= part < len(mark.inner)
        found = mark.inner[part] if within else None  # type: ignore[index]  # both were just looked at
    return found


def _in_literal(lines: Sequence[str], mark: Mark, value: str, offset: int) -> tuple[int, int]:
    line = mark.line + 1 + value.count("\n", 0, offset)
    column = offset - (value.rfind("\n", 0, offset) + 1)
    first = next((text for text in lines[mark.line :] if text.strip()), "")
    indent = len(first) - len(first.lstrip(" ")) - (len(value.lstrip("\n")) - len(value.lstrip("\n ")))
    return line, max(indent, 0) + column + 1


def _by_looking(lines: Sequence[str], mark: Mark, value: str, offset: int) -> tuple[int, int]:
    """Folding loses where lines ended, so the word at the offset is looked for, as often as it came."""
    word = value[offset:].split(maxsplit=1)[0] if value[offset:].strip() else ""
    before = value.count(word, 0, offset) if word else 0
    for number in range(mark.line, min(mark.end_line, len(lines)) + 1):
        start = mark.column - 1 if number == mark.line else 0
        while word and (start := lines[number - 1].find(word, start)) >= 0:
            if before == 0:
                return number, start + 1
            before, start = before - 1, start + len(word)
    return mark.line, mark.column


_ESCAPES = {"x": 4, "u": 6, "U": 10}


def _raw_length(raw: str, style: str, offset: int) -> int:
    """How many characters of the line stand for the first ``offset`` of a scalar written on one line."""
    if style not in ("'", '"'):
        return offset
    at = 1
    for _ in range(offset):
        if style == "'" and raw[at : at + 2] == "''":
            at += 2
        elif style == '"' and raw[at : at + 1] == "\\":
            at += _ESCAPES.get(raw[at + 1 : at + 2], 2)
        else:
            at += 1
    return at
