"""Text as it looks: without what cannot be seen, and letters in their usual form."""

import re
import unicodedata

from bot.rules.values.rewriting import Rewritten, rewritten

_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_ODD = re.compile(
    rf"[{_INVISIBLE}]+"
    r"|[^\W\d_][\u0300-\u036f]+"  # a letter and its accent apart
    r"|[\ufb00-\ufb06\uff01-\uff5e\U0001d400-\U0001d7ff]+"  # ligatures, full width, mathematical letters
)
_ONLY_INVISIBLE = re.compile(rf"[{_INVISIBLE}]+")


def legible(text: str) -> Rewritten:
    """The text without soft hyphens, marks of direction and spaces of no width, which come with what is copied, with
    accents on their letters (NFC), and with plain letters for those that only look different (NFKC).

    What stands in it is looked for in this text, and has its place in what was written.
    """
    return Rewritten(text) if text.isascii() else rewritten(text, _ODD, _plain)


def _plain(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", _ONLY_INVISIBLE.sub("", match[0]))


def place_in(written: str, said: Rewritten, start: int, end: int) -> tuple[int, int]:
    """Where in what was written stands what is found in ``said.text[start:end]``, invisible characters around it left
    out."""
    start, end = said.place(start), said.place(end, behind=True)
    begun = _ONLY_INVISIBLE.match(written, start, end)
    return (begun.end() if begun else start), end
