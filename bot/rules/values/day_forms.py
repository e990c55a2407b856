"""The ways to write a day in English and German, each with what it means on the calendar."""

import re
from calendar import monthrange
from datetime import date, timedelta

from bot.rules.values.calendar_words import (
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
from bot.rules.values.number_words import NUMBER_WORDS
from bot.rules.values.period_forms import PERIODS

_UNIT_DAYS = {"day": 1, "tag": 1, "week": 7, "woche": 7}
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
    day, month = int(match["day"]), MONTHS[match["month"].casefold()]
    return date(int(match["year"]), month, day) if match["year"] else nearest_year(day, month, calendar)


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


def _day_of_month(match: re.Match[str], calendar: Calendar) -> date:
    day = int(match["day"] or match["tag"])
    for months in range(13):
        first = months_on(calendar.today.replace(day=1), -months if calendar.past else months)
        if 1 <= day <= monthrange(first.year, first.month)[1]:
            found = first.replace(day=day)
            if (found <= calendar.today) if calendar.past else (found >= calendar.today):
                return found
    raise ValueError("no month has this day")


_COUNT = rf"\d{{1,4}}|{any_of(_COUNTS)}"
_UNIT = r"days?|weeks?|months?|tage?n?|wochen?|monate?n?"
_ORDINAL = r"(?:st|nd|rd|th)\b"
_YEAR = r"(?:,?\s(?P<year>\d{4})\b)?"


FORMS = (
    *PERIODS,
    form(r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?![\d-])", _iso, "always"),
    form(
        r"(?<![\w./-])(?P<first>\d{1,2})\s?(?P<mark>[./-])\s?(?P<second>\d{1,2})\s?(?P=mark)\s?"
        r"(?P<year>\d{4}|\d{2})(?![\w/-]|\.\d)",
        _in_figures,
        "always",
    ),
    form(
        rf"(?<![\w.,])(?P<day>\d{{1,2}})(?:{_ORDINAL}|\.)?\s?(?:of\s)?(?P<month>{any_of(MONTHS)})\b\.?{_YEAR}",
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
    form(rf"\b(?:the\s(?P<day>\d{{1,2}}){_ORDINAL}|am\s(?P<tag>\d{{1,2}})\.(?!\d))", _day_of_month),
)
ORDINAL = form(rf"(?<![\w./-])(?P<day>\d{{1,2}}){_ORDINAL}(?P<tag>)", _day_of_month)
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
