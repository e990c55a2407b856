"""Numbers in digits, as people write them."""

import re

from bot.rules.values.answer import Found

Number = int | float

LARGEST = 10**15 - 1
"""Longer runs of digits are identifiers, not quantities."""
_POINT_LANGUAGES = frozenset({"en", "zh", "ja", "ko", "he", "th", "hi", "ar"})
"""Languages that write 1,234.5; the others write 1.234,5."""

SPACED = r"\d{1,3}(?:[ \u00a0\u202f'\u2019]\d{3})+(?:[.,]\d{1,9})?"
PLAIN = r"\d{1,15}(?:[.,]\d{1,15}){0,6}"
_BODY = rf"(?:(?<![\w.,])(?<!\d[/:-])(?<![^\W\d_]-)|(?<=[€$£¥]))[-+\u2212]?(?:{SPACED}|{PLAIN})(?!\d)"
_SCALE_WORDS = {
    "k": 1_000,
    "hundred|hundert": 100,
    "dozen|dutzend": 12,
    "thousand|tausend|tsd": 1_000,
    "millions?|millionen|mio|mn": 1_000_000,
    "billions?|bn|milliarden?|mrd": 1_000_000_000,
}
SCALE = r"(?P<scale>k|\s?(?:" + "|".join(list(_SCALE_WORDS)[1:]) + r"))\b(?:(?<=mio)\.|(?<=mrd)\.|(?<=tsd)\.)?"
"""What multiplies the number before it. Case is of no matter."""
_NUMBER = re.compile(rf"(?P<minus>\bminus\s)?(?P<number>{_BODY})(?:{SCALE})?(?![\w@]|[.,:/-]\d)", re.IGNORECASE)
_NUMBER_AND_UNIT = re.compile(
    rf"(?P<minus>\bminus\s)?(?P<number>{_BODY})(?:{SCALE})?(?=[^\W\d_])(?!e\d)", re.IGNORECASE
)
_RANGE = re.compile(r"(?<![\w.,:/#-])(?P<low>\d{1,4})[-\u2013](?P<high>\d{1,4})(?![\w@%:/-]|[.,]\d|\s?[-\u2013/]\s?\d)")
RANGE_BEFORE = re.compile(r"(?<![\w.,:/-])(?P<low>\d[\d.,]{0,15})\s?(?:or|oder|to|bis|-|\u2013)\s?$", re.IGNORECASE)
"""The lower of two numbers that share what stands behind the higher: "2-3 days", "20 or 30 euros"."""


def find_numbers(text: str, language: str, with_units: bool = False) -> list[Found]:
    """Numbers in digits: ``1,234.5``, ``1.234,5``, ``5 000``, ``2k``, ``1.5 million``, ``-3``, both of ``3-5``.

    with_units: those with letters right behind them instead, as in ``20kg``.
    """
    found = []
    for match in (_NUMBER_AND_UNIT if with_units else _NUMBER).finditer(text):
        value = to_number(match["number"], language)
        if value is not None:
            value = plain(round(value * scale_of(match["scale"]) * (-1 if match["minus"] else 1), 9))
            found.append(Found(value, match.start(), match.end()))
    for match in () if with_units else _RANGE.finditer(text):
        if int(match["low"]) < int(match["high"]):
            found += [Found(int(match[end]), *match.span(end)) for end in ("low", "high")]
    return sorted(found, key=lambda one: one.start)


def scale_of(word: str | None) -> int:
    """By how much a word behind a number multiplies it; 1 where there is none."""
    said = (word or "").strip(" .").casefold()
    return next((scale for words, scale in _SCALE_WORDS.items() if said and re.fullmatch(words, said)), 1)


def low_of_range(text: str, start: int, high: Number, language: str) -> Found | None:
    """The lower number of a range whose higher one begins at ``start``."""
    match = RANGE_BEFORE.search(text, max(0, start - 24), start)
    low = None if match is None else to_number(match["low"], language)
    return Found(low, *match.span("low")) if match and low is not None and low < high else None


def to_number(written: str, language: str) -> Number | None:
    """The number that digits with separators mean in this language; None where it cannot be one.

    A separator that occurs twice, or stands before another kind, groups thousands. One alone is what the
    language makes of it, except that grouping needs three digits behind and a first digit other than 0.
    """
    digits = re.sub(r"[ \u00a0\u202f'\u2019]", "", written).replace("\u2212", "-")
    marks = re.findall(r"[.,]", digits)
    if not marks:
        return _bounded(digits)
    decimal = _decimal_mark(digits, marks, language)
    whole, _, fraction = digits.rpartition(decimal) if decimal else (digits, "", "")
    if not _grouped(whole):
        return None
    return _bounded(re.sub(r"[.,]", "", whole) + ("." + fraction if fraction else ""))


def _decimal_mark(digits: str, marks: list[str], language: str) -> str:
    """The mark before the fraction, or nothing when all marks group thousands."""
    last = marks[-1]
    if len(set(marks)) == 2:
        return last if marks.count(last) == 1 else ""
    if len(marks) > 1:
        return ""
    of_language = "." if language in _POINT_LANGUAGES else ","
    return "" if last != of_language and _grouped(digits) else last


def _grouped(whole: str) -> bool:
    """Digits without marks, or with one kind of mark before every three of them."""
    return re.fullmatch(r"[-+]?(?:\d+|[1-9]\d{0,2}(?:(?:,\d{3})+|(?:\.\d{3})+))", whole) is not None


def _bounded(digits: str) -> Number | None:
    value = plain(float(digits))
    return value if abs(value) <= LARGEST else None


def plain(value: float) -> Number:
    """A whole number where nothing follows the point."""
    return int(value) if float(value).is_integer() else value
