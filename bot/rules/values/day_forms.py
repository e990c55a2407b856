"""The ways to write a day in English and German, each with what it means on the calendar."""

import re
from calendar import monthrange
from datetime import date, timedelta

from bot.rules.values.calendar_words import (
    DAY_NUMBERS,
    MONTHS,
    SHIFTS,
    SHORT_WEEKDAYS,
    WEEKDAYS,
    Calendar,
    any_of,
    months_on,
    nearest_year,
)
from bot.rules.values.form import BACK, FORWARD, HERE, form
from bot.rules.values.holidays import HOLIDAYS
from bot.rules.values.number_words import NUMBER_WORDS
from bot.rules.values.period_forms import PERIODS

_UNIT_DAYS = {"day": 1, "tag": 1, "week": 7, "woche": 7, "fortnight": 14}
_LONG_MONTHS = {word: number for word, number in MONTHS.items() if len(word) > 3 or word == "mai"} | {"may": 5}
_COUNTS = {word: number for word, number in NUMBER_WORDS.items() if number <= 31} | {"a": 1, "an": 1}


def _iso(match: re.Match[str], _: Calendar) -> date:
    return date(int(match["year"]), int(match["month"]), int(match["day"]))


def _in_figures(match: re.Match[str], calendar: Calendar) -> date:
    """``12.03.2026`` is day first; ``03/04/2026`` as the language has it, unless only the other exists."""
    first, second, year = int(match["first"]), int(match["second"]), _century(match["year"])
    day, month = (second, first) if calendar.month_first and match["mark"] != "." else (first, second)
    if month > 12 >= day and match["mark"] != ".":
        day, month = month, day
    return date(year, month, day)


def _century(year: str) -> int:
    """Two figures are 2000 to 2049 or 1950 to 1999: birthdays must stay possible."""
    year = year.lstrip("'\u2019")
    number = int(year)
    return number if len(year) == 4 else number + (2000 if number < 50 else 1900)


def _yearless(match: re.Match[str], calendar: Calendar) -> date:
    if match[0] == "24/7":
        raise ValueError("that is always, not the 24th of July")
    first, second = int(match["first"]), int(match["second"])
    day, month = (second, first) if calendar.month_first and match["mark"] == "/" else (first, second)
    if month > 12 >= day and match["mark"] == "/":
        day, month = month, day
    return nearest_year(day, month, calendar)


def _month_named(match: re.Match[str], calendar: Calendar) -> date:
    day, month = _day_said(match["day"]), MONTHS[match["month"].casefold()]
    return date(_century(match["year"]), month, day) if match["year"] else nearest_year(day, month, calendar)


def _day_said(words: str) -> int:
    """A day of the month in figures or as a word: "5", "fifth", "fünften"."""
    said = words.casefold().replace(" ", "-")
    return int(said) if said.isdigit() else DAY_NUMBERS[said if said in DAY_NUMBERS else said.rstrip("rn")]


def _shifted(match: re.Match[str], calendar: Calendar) -> date:
    return calendar.today + timedelta(days=SHIFTS[" ".join(match["day"].casefold().split())])


def _weekday(match: re.Match[str], calendar: Calendar) -> date:
    """The next such day after today; the last one before it after "last" or where the past is meant.

    Only "this" may be today itself.
    """
    name = match["weekday"].casefold()
    wanted = WEEKDAYS[name] if name in WEEKDAYS else SHORT_WEEKDAYS[name]
    ahead = (wanted - calendar.today.weekday()) % 7
    parts = match.groupdict()
    if parts.get("back") or (calendar.past and not parts.get("forward")):
        return calendar.today - timedelta(days=7 - ahead)
    if parts.get("here"):
        return calendar.today + timedelta(days=ahead)
    return calendar.today + timedelta(days=ahead or 7)


def _counted(match: re.Match[str], calendar: Calendar) -> date:
    parts = match.groupdict()
    count = parts.get("ahead") or parts.get("ago") or parts["vor"]
    unit = next(part for part in ("unit_ahead", "unit_ago", "unit_vor") if parts.get(part))
    number = int(count) if count.isdigit() else _COUNTS[count.casefold()]
    if not parts.get("ahead"):
        number = -number
    word = parts[unit].casefold()
    days = next((days for start, days in _UNIT_DAYS.items() if word.startswith(start)), None)
    return calendar.today + timedelta(days=number * days) if days else months_on(calendar.today, number)


def _same_month(match: re.Match[str], calendar: Calendar) -> date:
    """The second day of "March 1-5"."""
    before = _DAY_OF_MONTH_BEFORE.search(match.string, max(0, match.start() - 16), match.start())
    if before is None:
        raise ValueError("no month stands before it")
    return nearest_year(int(match["day"]), MONTHS[before["month"].casefold()], calendar)


def _away_from(match: re.Match[str], calendar: Calendar) -> date:
    """ "Two weeks from Monday", "heute in 14 Tagen". Eight days are a week to Germans who count the first."""
    start = match["start"].casefold()
    today = calendar.today
    if start in WEEKDAYS:
        today += timedelta(days=(WEEKDAYS[start] - today.weekday()) % 7 or 7)
    else:
        today += timedelta(days=SHIFTS.get(start, 0))
    count, unit = match["count"].casefold(), match["unit"].casefold()
    number = int(count) if count.isdigit() else _COUNTS[count]
    if (number, unit) == (8, "tagen"):
        number = 7
    days = next((days for word, days in _UNIT_DAYS.items() if unit.startswith(word)), None)
    return today + timedelta(days=number * days) if days else months_on(today, number)


def _day_of_month(match: re.Match[str], calendar: Calendar) -> date:
    day = _day_said(match["day"] or match["tag"] or match["named"])
    for months in range(13):
        first = months_on(calendar.today.replace(day=1), -months if calendar.past else months)
        if 1 <= day <= monthrange(first.year, first.month)[1]:
            found = first.replace(day=day)
            if (found <= calendar.today) if calendar.past else (found >= calendar.today):
                return found
    raise ValueError("no month has this day")


_COUNT = rf"\d{{1,4}}|{any_of(_COUNTS)}"
_UNIT = r"days?|weeks?|fortnights?|months?|tage?n?|wochen?|monate?n?"
_ORDINAL = r"(?:st|nd|rd|th)\b"
_YEAR = r"(?:,?\s(?P<year>\d{4}\b|['\u2019]?\d{2}(?=[\s.!?]*$)))?"
_SAID = rf"(?=(?:[^\W\d_]+[\s-])?[^\W\d_]+(?:st|nd|rd|th|te[rn]?)\b)(?:{any_of(DAY_NUMBERS)})[rn]?".replace(
    r"\-", r"[\s-]"
).replace("ss", "(?:ss|ß)")
_NO_NOUN = (
    r"(?!\s(?!(?:at|of|or|and|to|until|till|is|was|were|would|will|works?|please|pls|in|around|before|after|this|next|if"
    r"|suits|i|we|you|it|he|she|they|for|could|can|should|have|has|had|then|instead|morning|afternoon|evening|between|from"
    r"|by|with|without|not|but|because|as|on|about|via|so|that|my|your|our|the|a|an|some|any|no|do|does|did|there|when|what"
    r"|where|how|who|why|which|just|only|also|already|still|again|thanks|thank|ok|okay|need|want|via|through)\b)[^\W\d_])"
)
"""Behind "the 2nd": not a noun, as in "the 2nd time"."""
_HOW_FAR = (
    rf"(?=[^\W_]+(?:[\s-][^\W_]+)?\s(?:day|week|fort|month|tag|woch|monat))(?P<count>{_COUNT})\s(?P<unit>{_UNIT})"
)
_START_DAY = rf"(?P<start>today|tomorrow|now|heute|morgen|{any_of(WEEKDAYS)})"
_TO_ANOTHER = (
    r"(?=\s?(?:-|\u2013|to|until|till|and|or|bis|und|oder)\s?(?:the\s|zum\s|dem\s|den\s)?"
    r"\d{1,2}(?:st|nd|rd|th|\.)?\s?(?:of\s)?"
)


_DAY_OF_MONTH_BEFORE = re.compile(rf"\b(?P<month>{any_of(MONTHS)})\s\d{{1,2}}[-\u2013]$", re.IGNORECASE)


FORMS = (
    form(
        rf"\b(?P<day>{_SAID})\s(?:of\s|im\s)?(?P<month>{any_of(_LONG_MONTHS)})\b{_YEAR}",
        _month_named,
        "with year",
    ),
    *PERIODS,
    HOLIDAYS,
    form(rf"\b{_HOW_FAR}\s(?:from|after)\s{_START_DAY}\b", _away_from),
    form(rf"\b{_START_DAY}\sin\s{_HOW_FAR}\b", _away_from),
    form(
        r"(?<![\w/-])(?P<year>\d{4})(?P<mark>[-/])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?![\d/-])", _iso, "always"
    ),
    form(
        r"(?<![\w./])(?:(?<!-)|(?<=\d{4}-)|(?<=\d\.-))(?P<first>\d{1,2})\s?(?P<mark>[./-])\s?(?P<second>\d{1,2})\s?(?P=mark)\s?"
        r"(?P<year>\d{4}|\d{2})(?![\w/]|-(?!\d{1,2}\.\d)|\.\d)",
        _in_figures,
        "always",
    ),
    form(
        rf"(?<![\w.,])(?P<day>\d{{1,2}})(?:{_ORDINAL}|\.)?\s?(?:of\s)?(?P<month>{any_of(MONTHS)})\b\.?{_YEAR}",
        _month_named,
        "with year",
    ),
    form(
        rf"(?<![\w.,:/-])(?P<day>\d{{1,2}})(?:{_ORDINAL}|\.)?{_TO_ANOTHER}(?P<month>{any_of(MONTHS)})\b\.?{_YEAR})",
        _month_named,
        "with year",
    ),
    form(
        rf"\b(?P<month>{any_of(MONTHS)})\b\.?\s(?:the\s)?(?P<day>\d{{1,2}})(?:{_ORDINAL}|(?![\d:.%])){_YEAR}",
        _month_named,
        "with year",
    ),
    form(r"(?<![\w./-])(?P<first>\d{1,2})(?P<mark>\.)\s?(?P<second>\d{1,2})\.(?![\w])", _yearless),
    # "Guten Morgen" greets, it does not mean tomorrow.
    form(rf"(?<!guten )(?<!schönen )\b(?P<day>{any_of(SHIFTS)})\b", _shifted),
    form(
        rf"\b(?:(?:(?P<forward>{FORWARD})|(?P<back>{BACK})|(?P<here>{HERE}))\s)?"
        rf"(?P<weekday>{any_of(WEEKDAYS)})s?\b",
        _weekday,
    ),
    form(
        rf"\b(?:in\s(?:about\s|like\s|around\s|ca\.?\s|etwa\s|ungefähr\s)?(?P<ahead>{_COUNT})\s(?P<unit_ahead>{_UNIT})|vor\s(?P<vor>{_COUNT})\s(?P<unit_vor>{_UNIT})"
        rf"|(?P<ago>{_COUNT})\s(?P<unit_ago>{_UNIT})\sago)\b",
        _counted,
    ),
    form(r"(?:(?<=[a-z]\s\d[-\u2013])|(?<=[a-z]\s\d\d[-\u2013]))(?P<day>\d{1,2})(?![\w:/-]|[.,]\d)", _same_month),
    form(
        rf"\b(?:the\s(?P<day>\d{{1,2}}){_ORDINAL}{_NO_NOUN}|am\s(?:(?P<tag>\d{{1,2}})\.(?!\d)|(?P<named>{_SAID})(?!\s?[^\W\d_])))",
        _day_of_month,
    ),
    form(r"(?<=\bon\s)(?P<first>\d{1,2})(?P<mark>/)(?P<second>\d{1,2})(?![\w/.-])", _yearless),
)
ORDINAL = form(rf"(?<![\w./-])(?P<day>\d{{1,2}}){_ORDINAL}(?P<tag>)(?P<named>)", _day_of_month)
"""Only in an answer to a question for a day: "20th at 2pm"."""
SLASHED = form(r"(?<![\w./-])(?P<first>\d{1,2})(?P<mark>/)(?P<second>\d{1,2})(?![\w/.-])", _yearless)
SHORT_DAY = form(
    rf"[\s,]*(?:(?:on|am|vom|der|den)\s)?(?:(?:(?P<forward>{FORWARD})|(?P<back>{BACK})|(?P<here>{HERE}))\s)?"
    rf"(?P<weekday>{any_of(SHORT_WEEKDAYS)})\b[\s.,!?]*(?:please|pls|bitte)?[\s.!]*",
    _weekday,
)
DOTTED = form(
    r"[\s\w]{0,8}?(?<![\w./-])(?P<first>\d{1,2})(?P<mark>\.)(?P<second>\d{1,2})[\s!,]*(?:bitte|please|pls)?\s*",
    _yearless,
)
"""A whole answer: figures with a point between them are a day, not a number."""
