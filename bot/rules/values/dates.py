"""Days, as people write them.

English and German have rules of their own here: dateparser 1.5 drops the hour of "morgen um 15 Uhr", takes
"at 5" for a month and a lone "a" for a day, and does not know "nächsten Dienstag". For other languages, and
for what these rules do not know, a short answer is given to dateparser.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import dateparser

from bot.rules.values.answer import Answer, Context, Found, only_one
from bot.rules.values.numbers import NUMBER_WORDS


def _numbered(lines: str, start: int) -> dict[str, int]:
    """Each word of a line with the number of the line."""
    return {word: number for number, line in enumerate(lines.split(","), start) for word in line.split()}


_MONTHS = _numbered(
    "january januar jan jänner, february februar feb, march märz maerz mar mrz, april apr, may mai,"
    "june juni jun, july juli jul, august aug, september sep sept, october oktober oct okt, november nov,"
    "december dezember dec dez",
    start=1,
)
_WEEKDAYS = _numbered(
    "monday montag, tuesday dienstag, wednesday mittwoch, thursday donnerstag, friday freitag,"
    "saturday samstag sonnabend, sunday sonntag",
    start=0,
)
_SHORT_WEEKDAYS = _numbered("mon mo, tue tues di, wed mi, thu thur thurs do, fri fr, sat sa, sun so", start=0)
_SHIFTS = {
    "the day after tomorrow": 2, "day after tomorrow": 2, "übermorgen": 2, "uebermorgen": 2,
    "tomorrow": 1, "tmrw": 1, "morgen": 1,
    "today": 0, "tonight": 0, "this morning": 0, "this afternoon": 0, "this evening": 0, "heute": 0,
    "heute morgen": 0, "heute früh": 0, "heute mittag": 0, "heute nachmittag": 0, "heute abend": 0,
    "yesterday": -1, "last night": -1, "gestern": -1,
    "the day before yesterday": -2, "day before yesterday": -2, "vorgestern": -2,
}  # fmt: skip
_FORWARD = "next|coming|this coming|nächste[nrsm]?|kommende[nrsm]?"
_BACK = "last|past|previous|letzte[nrsm]?|vergangene[nrsm]?|vorige[nrsm]?"
_HERE = "this|diese[nrsm]?"
_UNIT_DAYS = {"day": 1, "tag": 1, "week": 7, "woche": 7}
_COUNTS = {word: number for word, number in NUMBER_WORDS.items() if number <= 31} | {"a": 1, "an": 1}


def _any(words: dict[str, int]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@dataclass(frozen=True, slots=True)
class _Calendar:
    """What the reading of a day depends on."""

    today: date
    past: bool
    month_first: bool


_Read = Callable[[re.Match[str], _Calendar], date]


def _iso(match: re.Match[str], _: _Calendar) -> date:
    return date(int(match["year"]), int(match["month"]), int(match["day"]))


def _in_figures(match: re.Match[str], calendar: _Calendar) -> date:
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


def _yearless(match: re.Match[str], calendar: _Calendar) -> date:
    if match[0] == "24/7":
        raise ValueError("that is always, not the 24th of July")
    first, second = int(match["first"]), int(match["second"])
    day, month = (second, first) if calendar.month_first and match["mark"] == "/" else (first, second)
    if month > 12 >= day and match["mark"] == "/":
        day, month = month, day
    return _nearest_year(day, month, calendar)


def _month_named(match: re.Match[str], calendar: _Calendar) -> date:
    day, month = int(match["day"]), _MONTHS[match["month"].casefold()]
    return date(int(match["year"]), month, day) if match["year"] else _nearest_year(day, month, calendar)


def _nearest_year(day: int, month: int, calendar: _Calendar) -> date:
    """The next such day from today on, or the last one when the past is meant. Leap days wait their turn."""
    step = -1 if calendar.past else 1
    for year in range(calendar.today.year, calendar.today.year + 9 * step, step):
        if day <= 28 or (1 <= month <= 12 and day <= monthrange(year, month)[1]):
            found = date(year, month, day)
            if (found <= calendar.today) if calendar.past else (found >= calendar.today):
                return found
    raise ValueError("no year has this day")


def _shifted(match: re.Match[str], calendar: _Calendar) -> date:
    return calendar.today + timedelta(days=_SHIFTS[" ".join(match["day"].casefold().split())])


def _weekday(match: re.Match[str], calendar: _Calendar) -> date:
    """The next such day after today; the last one before it after "last" or where the past is meant.

    Only "this" may be today itself.
    """
    name = match["weekday"].casefold()
    wanted = _WEEKDAYS[name] if name in _WEEKDAYS else _SHORT_WEEKDAYS[name]
    ahead = (wanted - calendar.today.weekday()) % 7
    parts = match.groupdict()
    if parts.get("back") or (calendar.past and not parts.get("forward")):
        return calendar.today - timedelta(days=7 - ahead)
    if parts.get("here"):
        return calendar.today + timedelta(days=ahead)
    return calendar.today + timedelta(days=ahead or 7)


def _counted(match: re.Match[str], calendar: _Calendar) -> date:
    parts = match.groupdict()
    count = parts.get("ahead") or parts.get("ago") or parts["vor"]
    unit = next(part for part in ("unit_ahead", "unit_ago", "unit_vor") if parts.get(part))
    number = int(count) if count.isdigit() else _COUNTS[count.casefold()]
    if not parts.get("ahead"):
        number = -number
    word = parts[unit].casefold()
    days = next((days for start, days in _UNIT_DAYS.items() if word.startswith(start)), None)
    return calendar.today + timedelta(days=number * days) if days else _months_on(calendar.today, number)


def _months_on(day: date, months: int) -> date:
    """The same day some months on, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _day_of_month(match: re.Match[str], calendar: _Calendar) -> date:
    day = int(match["day"] or match["tag"])
    for months in range(13):
        first = _months_on(calendar.today.replace(day=1), -months if calendar.past else months)
        if 1 <= day <= monthrange(first.year, first.month)[1]:
            found = first.replace(day=day)
            if (found <= calendar.today) if calendar.past else (found >= calendar.today):
                return found
    raise ValueError("no month has this day")


_COUNT = rf"\d{{1,4}}|{_any(_COUNTS)}"
_UNIT = r"days?|weeks?|months?|tage?n?|wochen?|monate?n?"
_ORDINAL = r"(?:st|nd|rd|th)\b"
_YEAR = r"(?:,?\s(?P<year>\d{4})\b)?"


@dataclass(frozen=True, slots=True)
class _Form:
    """A way to write a day. ``fixed``: it says the same day whenever it is read."""

    words: re.Pattern[str]
    read: _Read
    fixed: Literal["always", "with year", "never"] = "never"


def _form(words: str, read: _Read, fixed: Literal["always", "with year", "never"] = "never") -> _Form:
    return _Form(re.compile(words, re.IGNORECASE), read, fixed)


_FORMS = (
    _form(r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?![\d-])", _iso, "always"),
    _form(
        r"(?<![\w./-])(?P<first>\d{1,2})\s?(?P<mark>[./-])\s?(?P<second>\d{1,2})\s?(?P=mark)\s?"
        r"(?P<year>\d{4}|\d{2})(?![\w/-]|\.\d)",
        _in_figures,
        "always",
    ),
    _form(
        rf"(?<![\w.,])(?P<day>\d{{1,2}})(?:{_ORDINAL}|\.)?\s?(?:of\s)?(?P<month>{_any(_MONTHS)})\b\.?{_YEAR}",
        _month_named,
        "with year",
    ),
    _form(
        rf"\b(?P<month>{_any(_MONTHS)})\b\.?\s(?:the\s)?(?P<day>\d{{1,2}})(?:{_ORDINAL}|(?![\d:.%])){_YEAR}",
        _month_named,
        "with year",
    ),
    _form(r"(?<![\w./-])(?P<first>\d{1,2})(?P<mark>\.)\s?(?P<second>\d{1,2})\.(?![\w])", _yearless),
    # "Guten Morgen" greets, it does not mean tomorrow.
    _form(rf"(?<!guten )(?<!schönen )\b(?P<day>{_any(_SHIFTS)})\b", _shifted),
    _form(
        rf"\b(?:(?:(?P<forward>{_FORWARD})|(?P<back>{_BACK})|(?P<here>{_HERE}))\s)?"
        rf"(?P<weekday>{_any(_WEEKDAYS)})s?\b",
        _weekday,
    ),
    _form(
        rf"\b(?:in\s(?P<ahead>{_COUNT})\s(?P<unit_ahead>{_UNIT})|vor\s(?P<vor>{_COUNT})\s(?P<unit_vor>{_UNIT})"
        rf"|(?P<ago>{_COUNT})\s(?P<unit_ago>{_UNIT})\sago)\b",
        _counted,
    ),
    _form(rf"\b(?:the\s(?P<day>\d{{1,2}}){_ORDINAL}|am\s(?P<tag>\d{{1,2}})\.(?!\d))", _day_of_month),
)
_SLASHED = _form(r"(?<![\w./-])(?P<first>\d{1,2})(?P<mark>/)(?P<second>\d{1,2})(?![\w/.-])", _yearless)
_SHORT_DAY = _form(rf"\s*(?P<weekday>{_any(_SHORT_WEEKDAYS)})\.?\s*", _weekday)
_MAY_HOLD_A_DAY = re.compile(
    r"\d|day|tag\b|mittwoch|sonnabend|morgen|gestern|heute|tomorrow|tmrw|tonight|night|morning|evening"
    r"|afternoon|weeks?|months?|woche|monat",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DayWords:
    """Where a day is written. ``day`` is None where the words alone do not say which one."""

    start: int
    end: int
    day: date | None


def find_day_words(text: str, language: str) -> list[DayWords]:
    """Days in a text, read without a clock: "tomorrow" is found, but which day it is stays open."""
    calendar = _Calendar(date(2000, 1, 1), past=False, month_first=language == "en")
    found = []
    for form, match, day in _matches(text, calendar, _FORMS):
        fixed = form.fixed == "always" or (form.fixed == "with year" and match["year"])
        found.append(DayWords(match.start(), match.end(), day if fixed else None))
    return found


def find_dates(text: str, context: Context, past: bool = False) -> list[Found]:
    """Days in an answer, as ``YYYY-MM-DD``.

    past: what leaves the year or week open means the last such day, not the next one.
    """
    calendar = _Calendar(context.today, past, month_first=context.language == "en")
    forms = (*_FORMS, _SLASHED)
    found = [Found(day.isoformat(), match.start(), match.end()) for _, match, day in _matches(text, calendar, forms)]
    if not found and (short := _SHORT_DAY.words.fullmatch(text)) is not None:
        return [Found(_weekday(short, calendar).isoformat(), short.start(), short.end())]
    return found


def _matches(text: str, calendar: _Calendar, forms: tuple[_Form, ...]) -> list[tuple[_Form, re.Match[str], date]]:
    """Every form that fits and names a day that exists. Earlier forms come first for the characters."""
    taken: list[tuple[_Form, re.Match[str], date]] = []
    if not _MAY_HOLD_A_DAY.search(text):
        return taken
    for form in forms:
        for match in form.words.finditer(text):
            if any(match.start() < other.end() and other.start() < match.end() for _, other, _ in taken):
                continue
            try:
                taken.append((form, match, form.read(match, calendar)))
            except (ValueError, OverflowError):
                continue
    return sorted(taken, key=lambda one: one[1].start())


def read_date(text: str, context: Context, past: bool) -> Answer:
    """``YYYY-MM-DD``."""
    return only_one(find_dates(text, context, past) or find_foreign_date(text, context, past), "not_a_date")


def find_foreign_date(text: str, context: Context, past: bool) -> list[Found]:
    """The day that a short text says in any language that dateparser knows."""
    day = _by_dateparser(text.strip(), context, past)
    return [] if day is None else [Found(day.isoformat(), 0, len(text))]


_LONGEST_FOR_DATEPARSER = 40


def _by_dateparser(text: str, context: Context, past: bool) -> date | None:
    # Words of one or two letters and lone figures are days and months to dateparser, but not to people.
    if len(text) > _LONGEST_FOR_DATEPARSER or not re.search(r"[^\W\d_]{3}", text):
        return None
    try:
        moment = dateparser.parse(
            text,
            languages=[context.language],
            settings={
                "RELATIVE_BASE": context.here.replace(tzinfo=None),
                "PREFER_DATES_FROM": "past" if past else "future",
                "REQUIRE_PARTS": ["day", "month"],
                "RETURN_AS_TIMEZONE_AWARE": False,
            },
        )
    except Exception:  # noqa: BLE001 - a customer's words met a gap in the library: they are not a date
        return None
    return moment.replace(tzinfo=UTC).date() if isinstance(moment, datetime) else None
