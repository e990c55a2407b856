"""Text with marks (``**bold**``, ``_italic_``, ``` `code` ```, fences, ``[label](https://...)``) as text and spans.

Spans travel as entities, so nothing has to be escaped and nothing can break: a mark without its partner is a character
like any other. Telegram counts offsets in UTF-16 units (core.telegram.org/api/entities); here they are characters until
the text has been cut.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

MAX_UNITS: Final = 4_096
"""Of one message, after its entities were taken out. Source: core.telegram.org/bots/api#sendmessage."""
MAX_SPANS: Final = 100
"""Entities of one message; Telegram leaves out what is beyond."""

_MARKS = re.compile(
    r"```(?P<language>[A-Za-z0-9_+-]*)\n(?P<pre>.*?)\n?```"
    r"|(?P<tick>(?<!`)`{1,2}(?!`))(?P<code>[^`\n]+?)(?P=tick)(?!`)"
    # Code within bold is taken whole; atomic, so that no text takes more than one pass from each mark.
    r"|\*\*(?=\S)(?P<bold>(?>`[^`\n]+`|[^*\n]|\*(?!\*))+?)(?<=\S)\*\*"
    r"|(?<![\w_])_(?=[^\s_])(?P<italic>[^_\n]+?)(?<=\S)_(?![\w_])"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<url>https?://[^\s()]+)\)",
    re.DOTALL,
)
_JOINS = {"\u200d", "\ufe0e", "\ufe0f", "\u20e3"}


@dataclass(frozen=True, slots=True)
class Span:
    """``start`` to ``end`` in characters of its text. kind: a type of Telegram's MessageEntity."""

    kind: str
    start: int
    end: int
    url: str | None = None
    language: str | None = None

    def moved(self, by: int) -> "Span":
        return replace(self, start=self.start + by, end=self.end + by)


@dataclass(frozen=True, slots=True)
class Formatted:
    text: str
    spans: tuple[Span, ...] = ()


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def parse_marks(text: str) -> Formatted:
    """Every character that is no mark stays as it is."""
    out: list[str] = []
    spans: list[Span] = []
    length = at = 0
    for match in _MARKS.finditer(text):
        before = text[at : match.start()]
        inner = _inner(match)
        start = length + len(before)
        out += [before, inner.text]
        length = start + len(inner.text)
        at = match.end()
        if inner.text:
            spans.append(_span(match, start, length))
            spans += [one.moved(start) for one in inner.spans]
    out.append(text[at:])
    return Formatted("".join(out), tuple(spans))


def _inner(match: re.Match[str]) -> Formatted:
    """Code holds no marks; bold, italic and labels may."""
    if (code := match["pre"] if match["pre"] is not None else match["code"]) is not None:
        return Formatted(code)
    return parse_marks(match["bold"] or match["italic"] or match["label"])


def _span(match: re.Match[str], start: int, end: int) -> Span:
    if match["pre"] is not None:
        return Span("pre", start, end, language=match["language"] or None)
    if match["url"] is not None:
        return Span("text_link", start, end, url=match["url"])
    kind = next(kind for kind in ("code", "bold", "italic") if match[kind] is not None)
    return Span(kind, start, end)


def split(formatted: Formatted, limit: int = MAX_UNITS) -> Iterator[Formatted]:
    """Pieces of at most ``limit`` UTF-16 units: cut between paragraphs, lines, sentences or words, where there is such
    a place in the second half, and never within what is seen as one character."""
    text, start = formatted.text, 0
    while start < len(text):
        end = _end(text, start, limit)
        piece = text[start:end]
        kept = piece.strip("\n ") if end < len(text) or start else piece
        if kept.strip():
            left = start + (len(piece) - len(piece.lstrip("\n ")) if kept != piece else 0)
            yield Formatted(kept, tuple(_within(formatted.spans, left, left + len(kept))))
        start = end


def _within(spans: tuple[Span, ...], start: int, end: int) -> Iterator[Span]:
    for span in spans:
        first, last = max(span.start, start), min(span.end, end)
        if first < last:
            yield replace(span, start=first - start, end=last - start)


def _end(text: str, start: int, limit: int) -> int:
    """Where the piece that begins at ``start`` ends."""
    end = _fitting(text, start, limit)
    if end == len(text):
        return end
    for mark in ("\n\n", "\n", ". ", " "):
        at = text.rfind(mark, start + (end - start) // 2, end)
        if at > start:
            return at + len(mark)
    whole = end
    while whole > start + 1 and _is_joined(text, whole):
        whole -= 1
    return whole if whole > start + 1 else end


def _fitting(text: str, start: int, limit: int) -> int:
    end = min(len(text), start + limit)
    while units(text[start:end]) > limit:
        # Each step takes out at least half of what is too much, as no character has more than two units.
        end -= max(1, (units(text[start:end]) - limit) // 2)
    return end


def _is_joined(text: str, at: int) -> bool:
    """Whether the characters around this place are seen as one."""
    after, before = text[at], text[at - 1]
    return (
        after in _JOINS
        or before == "\u200d"
        or unicodedata.combining(after) > 0
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or ("\U0001f1e6" <= after <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff")
    )
