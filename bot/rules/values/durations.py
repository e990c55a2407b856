"""Lengths of time, as people write them in English and German."""

import re
from collections.abc import Iterator
from dataclasses import replace

from rapidfuzz.distance import OSA

from bot.rules.values.answer import Found
from bot.rules.values.number_words import in_digits
from bot.rules.values.numbers import low_of_range, plain

_UNIT_SECONDS = {
    "(?-i:s)|secs?|(?<!\\ba\\s)seconds?|sek|sekunden?": 1,
    "(?<=\\d)(?-i:m)|mins?|minutes?|minuten?": 60,
    "viertel\\s?stunden?|quarters?\\s(?:of\\s)?(?:an\\s)?hours?": 900,
    "halbstunden?": 1_800,
    "dreiviertel\\s?stunden?": 2_700,
    "h|hrs?|hours?|std|stunden?": 3_600,
    "(?-i:d)|days?|tage?n?": 86_400,
    "(?-i:w)|wks?|weeks?|wochen?": 604_800,
    "fortnights?": 1_209_600,
    "months?|monate?n?": 2_592_000,
    "years?|yrs?|jahre?n?": 31_536_000,
}
_UNITS = "|".join(f"(?P<u{seconds}>{words})" for words, seconds in _UNIT_SECONDS.items())
_LONG_UNITS = (
    "seconds minutes hours days weeks months years sekunden minuten stunde stunden tage tagen woche wochen monate"
    " monaten jahre jahren"
).split()
_HALVES = {
    "half a": 0.5,
    "half an": 0.5,
    "half": 0.5,
    "halbe": 0.5,
    "halben": 0.5,
    "halbes": 0.5,
    "ein halbes": 0.5,
    "eine halbe": 0.5,
    "einen halben": 0.5,
    "ne halbe": 0.5,
    "1 halbe": 0.5,
    "1 halben": 0.5,
    "1 halbes": 0.5,
}
_COUNTS = _HALVES | {"a": 1, "an": 1, "ne": 1, "nen": 1, "'ne": 1, "a couple of": 2}
_COUNT = "|".join(re.escape(word) for word in sorted(_COUNTS, key=len, reverse=True))
_PART = re.compile(
    rf"(?<![\w.,])(?!0\d)(?:(?P<count>(?:\d{{1,4}}\s?)?[¼½¾]|(?:\d{{1,4}}\s)?[1-9]/[2-9]|\d{{1,9}}(?:[.,]\d{{1,3}})?"
    rf"|(?:{_COUNT})(?=\s))\s?|(?=(?:drei)?viertelstunde))"
    rf"(?:{_UNITS})(?:(?P<half>\sand\sa\shalf)|(?<=[hH])(?P<minutes>[0-5]\d)(?!\d|\s?m)"
    rf"|(?<=our|urs|nde|den)\s(?P<more>[0-5]\d)(?![\d.,:/]|\s?[^\W\d_])|(?![^\W\d_]))",
    re.IGNORECASE,
)
_NEXT_PART = re.compile(r"(?:(?<=std)\.|(?<=min)\.|(?<=sek)\.|(?<=hrs)\.)?\s*(?:,|and|und)?\s*", re.IGNORECASE)
_FRACTIONS = {"¼": 0.25, "½": 0.5, "¾": 0.75}
_MISTYPED = re.compile(r"(?P<count>\d\s?)(?P<unit>[^\W\d_]{4,12})\b")

_AGO = re.compile(r"\s(?:ago|from)\b", re.IGNORECASE)
_LONE_M = re.compile(r"(?<=\d)\sm\b", re.IGNORECASE)


def find_durations(text: str, language: str) -> list[Found]:
    """Lengths of time in seconds: ``90 minutes``, ``1h30m``, ``2 hours and 15 minutes``, ``eine Stunde``.

    A month counts 30 days and a year 365. Of "2-3 days" both are found.
    """
    said = in_digits(text)
    runs: list[Found] = []
    for seconds, count, start, end in _duration_parts(said.text):
        if runs and _NEXT_PART.fullmatch(said.text, runs[-1].end, start):
            runs[-1] = Found(plain(runs[-1].value + seconds), runs[-1].start, end)
            continue
        low = None if _AGO.match(said.text, end) else low_of_range(said.text, start, count, language)
        if low is not None:
            runs.append(replace(low, value=plain(low.value * seconds / count)))
        runs.append(Found(plain(seconds), start, end))
    return said.back(runs)


def with_units_spelt(text: str) -> str:
    """The text with the mistyped units that stand behind a number as they should be: "3 dayz", "zwei Wochn"."""
    spelt = _MISTYPED.sub(lambda match: match["count"] + _unit_near(match["unit"]), in_digits(text).text)
    return _LONE_M.sub("m", spelt)  # metres, in a text that answers no question for a length of time


def _unit_near(word: str) -> str:
    near = min(_LONG_UNITS, key=lambda unit: OSA.distance(word.casefold(), unit))
    return near if OSA.distance(word.casefold(), near) <= 1 else word


def _duration_parts(text: str) -> Iterator[tuple[float, float, int, int]]:
    """Seconds, how many of the unit they are, start and end."""
    place = 0
    # Cut first: in "1h30m" the second part begins right behind a letter, which its look-behind would refuse.
    while match := (place and _PART.match(text[place:])) or _PART.search(text, place):
        offset = place if match.string is not text else 0
        yield *_seconds(match), match.start() + offset, match.end() + offset
        place = match.end() + offset


def _seconds(match: re.Match[str]) -> tuple[float, float]:
    count = (match["count"] or "1").casefold()
    number = _COUNTS[count] if count in _COUNTS else _amount(count)
    unit = next(int(name[1:]) for name, words in match.groupdict().items() if words and name[0] == "u")
    return (number + (0.5 if match["half"] else 0)) * unit + 60 * int(match["minutes"] or match["more"] or 0), number


def _amount(count: str) -> float:
    """A length with a fraction has few digits, so both marks mean the fraction here: 1.5 h and 1,5 h."""
    if count[-1] in _FRACTIONS:
        return float(count[:-1].strip() or 0) + _FRACTIONS[count[-1]]
    whole, _, part = count.rpartition(" ")
    if "/" in part:
        over, under = part.split("/")
        return float(whole or 0) + int(over) / int(under)
    return float(count.replace(",", "."))
