"""Regular expressions that admins write: run by RE2, whose time grows with the text and never explodes."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Any

import re2

from bot.rules.values.answer import Found

_QUIET = re2.Options()
_QUIET.log_errors = False
_ANY_CASE = re2.Options()
_ANY_CASE.log_errors = False
_ANY_CASE.case_sensitive = False


class BadPattern(ValueError):
    """The text is not a regular expression that RE2 can run."""


@lru_cache(maxsize=1_024)
def compile_pattern(pattern: str, any_case: bool = False) -> Any:
    """A compiled RE2 expression, small enough to run at once. Raises BadPattern with RE2's reason."""
    try:
        return re2.compile(pattern, _ANY_CASE if any_case else _QUIET)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0] if error.args else ""
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise BadPattern(f"{pattern[:60]!r} is not a regular expression that RE2 can run ({said})") from None


def find_pattern(pattern: str, text: str, any_case: bool = False) -> Iterator[tuple[int, int]]:
    """Where a pattern stands as a word of its own: not in the middle of a longer run of letters and digits.

    Anchors at both ends, written for a whole answer, are left out of the search. A broken pattern is found
    nowhere.
    """
    try:
        compiled = compile_pattern(_without_anchors(pattern), any_case)
    except BadPattern:
        return
    for match in compiled.finditer(text):
        start, end = match.span()
        if start < end and not _joined(text, start) and not _joined(text, end):
            yield start, end


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text has the form. A broken pattern fits nothing."""
    try:
        return compile_pattern(pattern).fullmatch(text) is not None
    except BadPattern:
        return False


def case_that_fits(pattern: str, text: str) -> str | None:
    """The text as it stands, in capitals or in small letters: the first that has the form."""
    return next((written for written in (text, text.upper(), text.lower()) if fits(pattern, written)), None)


_PARTS = re.compile(r"(?<![^\W_])[^\W_]{1,12}(?:\s?[\s_/.\u2010-\u2015-]\s?[^\W_]{1,12}){0,3}(?![^\W_])")
_TOGETHER = re.compile(r"(?<![^\W_])[^\W\d_]{1,5}[_\u2010-\u2015]?\d{2,10}(?![^\W_])")
_PART = re.compile(r"[^\W\d_]+|\d+")
_BETWEEN = ("-", "", " ", "/", ".", "_")
_MOST_PARTS = 3


def joined_otherwise(pattern: str, text: str, spaced: bool = True) -> list[Found]:
    """What has the form once the signs between its letters and figures are put otherwise: "a 2004", "A2004".

    spaced: parts with blanks between them count as well.
    """
    found: list[Found] = []
    for match in (_PARTS if spaced else _TOGETHER).finditer(text):
        parts = list(_PART.finditer(match[0]))
        for count, first in product(range(min(_MOST_PARTS, len(parts)), 1, -1), range(len(parts))):
            run = parts[first : first + count]
            value = _joined_with_any(pattern, [part[0] for part in run]) if len(run) == count else None
            if value is not None:
                found.append(Found(value, match.start() + run[0].start(), match.start() + run[-1].end()))
                break
    return found


def _joined_with_any(pattern: str, parts: list[str]) -> str | None:
    if not any(part.isdigit() for part in parts):
        return None
    return next((fit for sign in _BETWEEN if (fit := case_that_fits(pattern, sign.join(parts))) is not None), None)


_SIMPLE = re.compile(
    r"(?P<set>\[0-9\]|\\d|\[A-Z\]|\[a-z\]|\[A-Za-z\])(?:\{(?P<count>\d{1,2})(?:,\d*)?\}|(?P<more>\+))?"
    r"|(?P<plain>[\w -])"
)
_EXAMPLES = {
    "[0-9]": "2468013579",
    "\\d": "2468013579",
    "[A-Z]": "ABCDEFGH",
    "[a-z]": "abcdefgh",
    "[A-Za-z]": "ABCDEFGH",
}


def example_of(pattern: str) -> str | None:
    """A text of this form, where the pattern is made of plain signs, letters and figures alone: ``A-1234``."""
    simple = _without_anchors(pattern)
    parts: list[str] = []
    place = 0
    for match in _SIMPLE.finditer(simple):
        if match.start() != place:
            return None
        signs = _EXAMPLES.get(match["set"] or "", match["plain"] or "")
        count = int(match["count"] or (3 if match["more"] else 1)) if match["set"] else 1
        parts.append((signs * count)[:count])
        place = match.end()
    example = "".join(parts)
    return example if place == len(simple) and fits(pattern, example) else None


def _without_anchors(pattern: str) -> str:
    if pattern.startswith("^") and pattern.endswith("$") and not pattern.endswith(r"\$"):
        return pattern[1:-1]
    return pattern


def _joined(text: str, place: int) -> bool:
    """Whether the characters on both sides of a place belong to one word."""
    return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()
