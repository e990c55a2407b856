"""YAML's own traps, said so that an admin can mend them: what the parser stumbled over, and the line as it
should be.

Each explanation may carry the lines as they would be after mending, so that the rest of the file can be read
as well.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.edges.yaml_lines import (
    ITEM,
    LineValue,
    key_of,
    line_above,
    pieces,
    quoted,
    quoted_in,
    replaced,
    shown_line,
    template_from,
    value_of,
)


@dataclass(frozen=True, slots=True)
class Trap:
    """Where (from 1), what, how to mend it.

    mended: all lines as they would be then, where that can be told. ways: several guesses at them; the first
            that can be
    read is taken.
    """

    line: int
    column: int
    what: str
    fix: str
    mended: list[str] | None = None
    code: str = "yaml-trap"
    ways: tuple[list[str], ...] = ()


def explain(lines: Sequence[str], error: Any) -> Trap:
    """What a yaml.YAMLError of the parser means for the person who wrote these lines."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None or not lines:
        return Trap(1, 1, "this is not YAML", "Check quotes, brackets and indentation.", code="yaml")
    problem, context = str(error.problem or ""), str(error.context or "")
    trouble = _Trouble(list(lines), problem, context, mark, error.context_mark or mark)
    for reader in _READERS:
        if trap := reader(trouble):
            return trap
    line = min(mark.line, len(lines) - 1)
    what = f"this is not YAML ({problem or context})"
    return Trap(
        line + 1,
        mark.column + 1,
        what,
        "Check quotes, brackets and indentation here and in the line above.",
        code="yaml",
    )


@dataclass(frozen=True, slots=True)
class _Trouble:
    """The parser's complaint: its words, where it noticed, and where the thing it was reading began."""

    lines: list[str]
    problem: str
    context: str
    at: Any
    since: Any

    @property
    def row(self) -> int:
        return min(int(self.at.line), len(self.lines) - 1)

    @property
    def text(self) -> str:
        return self.lines[self.row]

    @property
    def column(self) -> int:
        return int(self.at.column)


def _tab(t: _Trouble) -> Trap | None:
    for row in range(t.row, max(t.row - 2, -1), -1):
        indent = re.match(r"[ \t]*", t.lines[row])
        if indent and "\t" in indent[0] and ("token" in t.problem or "tab" in t.problem):
            ways = tuple([_untabbed(line, width) for line in t.lines] for width in (8, 4, 2))
            what = "a tab stands in the indentation, where YAML takes only spaces"
            return Trap(row + 1, indent[0].index("\t") + 1, what, "Put spaces in its place.", ways=ways)
    return None


def _untabbed(line: str, width: int) -> str:
    text = line.lstrip(" \t")
    return line[: len(line) - len(text)].expandtabs(width) + text


def _open_quote(t: _Trouble) -> Trap | None:
    """A quote that is never closed, or that was closed by the first quote of a later line."""
    row, column = t.row, t.column
    if "quoted scalar" in t.context and "end of stream" in t.problem:
        row, column = int(t.since.line), int(t.since.column)
    elif column > 0 and t.text[column - 1 : column] in ("'", '"') and value_of(t.text).start == column - 1:
        quote = t.text[column - 1]
        opened = (r for r in range(row - 1, -1, -1) if value_of(t.lines[r]).text.count(quote) % 2)
        row = next(opened, -1)
        column = value_of(t.lines[row]).text.find(quote) + value_of(t.lines[row]).start if row >= 0 else 0
    elif (opened_in := _opened_above(t)) is not None:
        row, column = opened_in, value_of(t.lines[opened_in]).start
    else:
        return None
    if row < 0:
        return None
    quote = t.lines[row][column]
    mended = [*t.lines[:row], f"{t.lines[row]}{quote}", *t.lines[row + 1 :]]
    return Trap(
        row + 1,
        column + 1,
        f"the quote {quote} is never closed",
        f"Write {quote} at the end of the text.",
        mended,
    )


def _opened_above(t: _Trouble) -> int | None:
    """The line whose value begins with a quote that only the first quote of the line of the trouble closed."""
    quote = t.text[t.column - 1 : t.column]
    if quote not in ("'", '"') or t.text[: t.column - 1].count(quote):
        return None
    above = (r for r in range(t.row - 1, -1, -1) if quote in t.lines[r])
    row = next(above, None)
    value = value_of(t.lines[row]).text if row is not None else ""
    return row if value.startswith(quote) and value.count(quote) == 1 else None


def _escape(t: _Trouble) -> Trap | None:
    if "escape character" not in t.problem and "hexdecimal" not in t.problem:
        return None
    what = f"`{t.text[t.column : t.column + 2]}` means nothing inside double quotes"
    line = t.text[: t.column] + "\\" + t.text[t.column :]
    fix = "Use single quotes, in which a backslash is a backslash, or write it twice."
    return Trap(t.row + 1, t.column + 1, what, fix, replaced(t.lines, t.row, line))


def _value_trap(t: _Trouble) -> Trap | None:
    """A value that begins with, or holds, what YAML keeps for itself."""
    row = int(t.since.line) if "alias" in t.context or "anchor" in t.context or "tag" in t.context else t.row
    value = value_of(t.lines[row])
    column = int(t.since.column) if row != t.row else t.column
    if not value.text or column < value.start:
        return None
    what = _reason(value.text, t)
    if what is None:
        return None
    line = quoted_in(t.lines[row], value)
    return Trap(
        row + 1,
        value.start + 1,
        what,
        f"Put quotes around it{shown_line(line)}.",
        replaced(t.lines, row, line),
    )


_TEMPLATE: Final = "`{{` begins a mapping in YAML, so this template is not read as text"
_BEGINNINGS: Final = {
    "*": "`*` begins an alias in YAML",
    "&": "`&` begins an anchor in YAML",
    "!": "`!` begins a tag in YAML",
    "@": "no text may begin with `@` in YAML",
    "`": "no text may begin with a backtick in YAML",
    "%": "no text may begin with `%` in YAML",
    "|": "`|` begins a text block in YAML, whose text stands in the lines below",
    ">": "`>` begins a text block in YAML, whose text stands in the lines below",
    "?": "`? ` begins a key in YAML",
    "-": "`- ` begins a list item in YAML",
    ",": "no text may begin with `,` in YAML",
    "}": "no text may begin with `}` in YAML",
    "]": "no text may begin with `]` in YAML",
}


def _reason(text: str, t: _Trouble) -> str | None:
    """Why a whole value is not read as the text it was meant to be."""
    first = text[0]
    if text.startswith("{{"):
        return _TEMPLATE
    if first in "'\"" and "expected key" in t.problem + t.context + "block mapping":
        return _behind_quote(text)
    if first in "[{":
        close = {"[": "]", "{": "}"}[first]
        balanced = text.count(first) == text.count(close)
        return f"text stands behind the `{close}` that ends the list" if balanced and not text.endswith(close) else None
    if first in _BEGINNINGS:
        return _BEGINNINGS[first]
    if "mapping values" in t.problem and ": " in f"{text} ":
        return "a colon with a space behind it begins a value in YAML"
    return None


def _behind_quote(text: str) -> str | None:
    closing = text.find(text[0], 1)
    if 0 < closing < len(text) - 1:
        behind = text[closing + 1 :].strip()[:20]
        return f"the text in quotes ends before {behind!r}, and YAML takes nothing behind it"
    return None


_BRACKET: Final = re.compile(r"[\[{](?!\{)")


def _in_brackets(t: _Trouble) -> Trap | None:
    """Trouble inside `{...}` or `[...]`: a value that needs quotes, a missing comma, or a missing bracket."""
    inside = "flow " in t.context
    begun = min(int(t.since.line), len(t.lines) - 1)
    row = begun if inside or "alias" in t.context or "anchor" in t.context else t.row
    # A comment in brackets is noticed only in the line behind it.
    for here in (row, line_above(t.lines, row) if inside else None):
        if here is not None and (trap := _bracket_value(t, here)):
            return trap
    return _unclosed(t) or _stray(t)


def _bracket_value(t: _Trouble, row: int) -> Trap | None:
    text = t.lines[row]
    opening = _BRACKET.search(text)
    column = t.column if row == t.row else len(text)
    for piece in pieces(text, opening.start()) if opening else ():
        what = _bracket_reason(piece.text) if piece.start <= column else None
        if what is not None:
            line = text[: piece.start] + quoted(piece.text) + text[piece.start + len(piece.text) :]
            fix = f"Put quotes around it{shown_line(line)}."
            return Trap(row + 1, piece.start + 1, what, fix, replaced(t.lines, row, line))
    return None


def _bracket_reason(text: str) -> str | None:
    """Why a value inside brackets is not read as the text it was meant to be."""
    if text[0] == "#":
        return "`#` begins a comment in YAML, so the rest of this line is not read"
    if text[0] in "'\"":
        return _behind_quote(text)
    if text.startswith("{{") and text.find("}}") < len(text) - 2:
        return _TEMPLATE
    if text[0] in "*&!@`%|>":
        return _BEGINNINGS[text[0]]
    if ": " in f"{text} ":
        return "a colon with a space behind it begins a value in YAML"
    return None


def _stray(t: _Trouble) -> Trap | None:
    """A closing bracket that nothing opened."""
    bracket = t.text[t.column : t.column + 1]
    if bracket not in ("]", "}"):
        return None
    line = t.text[: t.column] + t.text[t.column + 1 :]
    what = f"nothing opened the bracket `{bracket}`"
    return Trap(t.row + 1, t.column + 1, what, "Delete it.", replaced(t.lines, t.row, line), code="yaml")


def _unclosed(t: _Trouble) -> Trap | None:
    row, column = int(t.since.line), int(t.since.column)
    if "flow " not in t.context or row >= len(t.lines):
        return None
    bracket = t.lines[row][column : column + 1]
    close = {"[": "]", "{": "}"}.get(bracket)
    if close is None:
        return None
    if row == t.row and close in t.lines[row][column:]:
        at = t.column
        what = (
            f"a comma is missing before {t.text[at : at + 20].strip()!r}"
            if t.text[at:].strip()
            else "a comma is missing"
        )
        return Trap(row + 1, at + 1, what, "Put a comma between the two.", code="yaml")
    line = t.lines[row].rstrip() + close
    what = f"the bracket `{bracket}` is never closed"
    return Trap(row + 1, column + 1, what, f"Close it with `{close}`.", replaced(t.lines, row, line), code="yaml")


def _no_colon(t: _Trouble) -> Trap | None:
    """A line without its colon, or without the space behind it; YAML notices it one line later."""
    if "expected ':'" in t.problem:
        row = int(t.since.line)
    elif (
        "mapping values" in t.problem
        and (above := line_above(t.lines, t.row)) is not None
        and not key_of(t.lines[above])
    ):
        row = above
    else:
        return None
    if (block := _text_block(t.lines, row)) is not None:
        return block
    line = t.lines[row]
    lead = ITEM.match(line) or re.match(r"\s*", line)
    start = lead.end() if lead else 0
    words = line[start:].rstrip()
    if glued := re.match(r"([\w.$-]+):(\S.*)", words):
        mended = f"{line[:start]}{glued[1]}: {glued[2]}"
        what = f"there is no space behind the colon of {glued[1]!r}"
        fix = f"Write `{mended.strip()}`."
    else:
        key, _, rest = words.partition(" ")
        mended = f"{line[:start]}{key.rstrip(';=')}: {rest.strip()}".rstrip()
        what, fix = f"there is no colon behind {key!r}", f"Write `{mended.strip()}`."
    column = start + 1
    return Trap(row + 1, column, what, fix, replaced(t.lines, row, mended), code="yaml")


def _text_block(lines: list[str], row: int) -> Trap | None:
    """Lines that were meant for the text block above them, and are not indented."""
    above = line_above(lines, row)
    if above is None or not re.search(r":\s*[|>][+-]?\s*$", lines[above]):
        return None
    end = row
    while end < len(lines) and lines[end].strip() and not key_of(lines[end]):
        end += 1
    indent = len(lines[row]) - len(lines[row].lstrip(" "))
    mended = [*lines[:row], *(f"  {line}" for line in lines[row:end]), *lines[end:]]
    what = "this line belongs to the text block above it, and is not indented"
    fix = "Indent the text deeper than the key that it belongs to."
    return Trap(row + 1, indent + 1, what, fix, mended, code="yaml")


def _indentation(t: _Trouble) -> Trap | None:
    """A line that stands deeper or shallower than its neighbours allow."""
    text = t.text
    indent = len(text) - len(text.lstrip(" "))
    dash = text.lstrip().startswith("- ")
    if "mapping values" in t.problem and (above := line_above(t.lines, t.row)) is not None:
        outer = len(t.lines[above]) - len(re.sub(r"^\s*(?:-\s+)*", "", t.lines[above]))
        if indent > outer and key_of(text):
            what = "this line is indented deeper than the one above, which already has its value"
            line = " " * outer + text.lstrip()
            fix = f"Begin it in column {outer + 1}, as the line above does."
            return Trap(t.row + 1, indent + 1, what, fix, replaced(t.lines, t.row, line), code="yaml")
    if t.column != indent:
        return None
    if "'-' indicator" in t.problem:
        what = "inside this list a line stands where only a list item can, without `- `"
        fix = "Put `- ` before it, or indent it like the keys of the item that it belongs to."
        return Trap(t.row + 1, indent + 1, what, fix, code="yaml")
    if "expected key" in t.problem and dash:
        what = "a list item stands here among keys"
        return Trap(t.row + 1, indent + 1, what, "Indent it like the other items of its list.", code="yaml")
    if "expected key" in t.problem or "document start" in t.problem:
        what = "the indentation of this line fits none of the lines above"
        return Trap(
            t.row + 1,
            indent + 1,
            what,
            "Begin it in the same column as the line that it belongs beside.",
            code="yaml",
        )
    return None


_READERS: Final[Sequence[Callable[[_Trouble], Trap | None]]] = (
    _tab, _open_quote, _escape, _value_trap, _in_brackets, _no_colon, _indentation,
)  # fmt: skip
"""In this order: the first that recognises the trouble explains it."""


def comment_trap(lines: Sequence[str], key_end: Any) -> Trap | None:
    """`channel: #eng`: the value was taken for a comment. ``key_end``: the parser's mark behind the key."""
    row = int(key_end.line)
    rest = lines[row][int(key_end.column) :]
    if not (match := re.match(r"\s*:\s+(#[^\s#].*)", rest)):
        return None
    start = int(key_end.column) + match.start(1)
    line = quoted_in(lines[row], LineValue(start, match[1].rstrip(), ""))
    what = "`#` begins a comment in YAML, so nothing is left of this value"
    return Trap(row + 1, start + 1, what, f"Put quotes around it{shown_line(line)}.")


def quoted_line(lines: Sequence[str], start: Any) -> str:
    """`: ` and the line with quotes, for a value that begins at the mark; empty if that is unclear."""
    value = value_of(lines[start.line])
    if value.start == start.column:
        return shown_line(quoted_in(lines[start.line], value))
    piece = template_from(lines[start.line], int(start.column))
    return f": `{quoted(piece)}`" if piece else ""


def raw_value(lines: Sequence[str], start: Any, end: Any) -> str:
    """What stands between two of the parser's marks, if that is one line; else nothing."""
    return lines[start.line][start.column : end.column] if start.line == end.line else ""
