"""Days that are named by a month, a week or a year: "end of the month", "Anfang April", "friday next week"."""

import re
from calendar import monthrange
from datetime import date, timedelta

from bot.rules.values.calendar_words import (
    DAY_NUMBERS,
    MONTHS,
    WEEKDAYS,
    Calendar,
    any_of,
    month_end,
    months_on,
)
from bot.rules.values.form import BACK, FORWARD, HERE, form

_LONG_MONTHS = {word: number for word, number in MONTHS.items() if len(word) > 3 or word in ("mai", "may")}
_MONTH = rf"(?P<month>{any_of(_LONG_MONTHS)})\b(?:\s(?P<year>\d{{4}})\b)?"
_WHICH = rf"(?:(?P<forward>{FORWARD})\s|(?P<back>{BACK})\s|(?:{HERE}|the|des|der|dem)\s)?"
_OF = r"(?:\s(?:of|in|des|der|vom|von|im))?\s"
_END = r"(?:the\s)?(?:very\s)?(?:end|last\sday|ende|letzte[rn]?\stag)"
_START = r"(?:the\s)?(?:very\s)?(?:beginning|start|anfang|beginn|first\sday|first|1st|erste[rn]?\stag|1\.|ersten?)"
_MONTH_WORD = r"(?:month|monate?s?)\b"
_WEEKDAY = rf"(?P<weekday>{any_of(WEEKDAYS)})"
_WEEK = r"(?:week|woche)\b"
_ONE_WEEK = r"(?:a|one|1|einer)\s(?:week|woche)"


def _month(match: re.Match[str], calendar: Calendar) -> date:
    """The first day of the month that is meant: by name the one under way or the next such, else from this one."""
    this = calendar.today.replace(day=1)
    parts = match.groupdict()
    if not parts.get("month"):
        return months_on(this, 1 if parts.get("forward") else -1 if parts.get("back") else 0)
    number = MONTHS[parts["month"].casefold()]
    if parts.get("year"):
        return date(int(parts["year"]), number, 1)
    away = (number - this.month) % 12
    return months_on(this, away - 12 if calendar.past and away else away)


def _end_of_month(match: re.Match[str], calendar: Calendar) -> date:
    return month_end(_month(match, calendar))


def _start_of_month(match: re.Match[str], calendar: Calendar) -> date:
    """The next one: who asks for the first of a month that is under way means the one to come."""
    first = _month(match, calendar)
    if first < calendar.today and not calendar.past and not match.groupdict().get("year"):
        return months_on(first, 12 if match.groupdict().get("month") else 1)
    return first


def _end_of_year(match: re.Match[str], calendar: Calendar) -> date:
    parts = match.groupdict()
    away = 1 if parts.get("forward") else -1 if parts.get("back") else 0
    return date(calendar.today.year + away, 12, 31)


def _end_of_week(match: re.Match[str], calendar: Calendar) -> date:
    """A week of work ends on Friday."""
    monday = _monday(match, calendar)
    friday = monday + timedelta(days=4)
    return friday if friday >= calendar.today or match.groupdict().get("back") else friday + timedelta(days=7)


def _monday(match: re.Match[str], calendar: Calendar) -> date:
    parts = match.groupdict()
    weeks = 1 if parts.get("forward") else -1 if parts.get("back") else 0
    return calendar.today - timedelta(days=calendar.today.weekday()) + timedelta(weeks=weeks)


def _day_of_week(match: re.Match[str], calendar: Calendar) -> date:
    """ "Friday next week", by the calendar and not from today on."""
    return _monday(match, calendar) + timedelta(days=WEEKDAYS[match["weekday"].casefold()])


def _week_after(match: re.Match[str], calendar: Calendar) -> date:
    """ "Monday week": a week after the next one."""
    ahead = (WEEKDAYS[match["weekday"].casefold()] - calendar.today.weekday()) % 7 or 7
    return calendar.today + timedelta(days=ahead + 7)


def _today_week(match: re.Match[str], calendar: Calendar) -> date:
    return calendar.today + timedelta(days=8 if match["day"].casefold() in ("tomorrow", "morgen") else 7)


def _weekday_of_month(match: re.Match[str], calendar: Calendar) -> date:
    """ "The first Monday in April", "letzter Freitag im März": this year's, or the next one's where it is past."""
    wanted = WEEKDAYS[match["weekday"].casefold()]
    which = None if match["last"] else DAY_NUMBERS[match["which"].casefold().rstrip("rnsm")]
    first = _month(match, calendar)
    for months in (0, 12 if match["month"] else 1):
        start = months_on(first, months)
        if which is None:
            end = month_end(start)
            found = end - timedelta(days=(end.weekday() - wanted) % 7)
        else:
            found = start + timedelta(days=(wanted - start.weekday()) % 7 + 7 * (which - 1))
        if found >= calendar.today or calendar.past or match["year"] or match["back"]:
            break
    if found.day > monthrange(start.year, start.month)[1] or found.month != start.month:
        raise ValueError("this month has no fifth such day")
    return found


def _after_next(match: re.Match[str], calendar: Calendar) -> date:
    """ "Saturday after next", "übernächsten Montag": a week after the next one."""
    ahead = (WEEKDAYS[match["weekday"].casefold()] - calendar.today.weekday()) % 7 or 7
    return calendar.today + timedelta(days=ahead + 7)


def _day_of_week_after_next(match: re.Match[str], calendar: Calendar) -> date:
    monday = calendar.today - timedelta(days=calendar.today.weekday()) + timedelta(weeks=2)
    return monday + timedelta(days=WEEKDAYS[match["weekday"].casefold()])


_WEEK_AFTER_NEXT = r"(?:(?:the\s)?week\safter\snext|(?:der\s|in\s)*übernächsten?\swoche)"
_WHICH_DAY = (
    r"(?:(?P<last>last|letzte[nrsm]?)"
    r"|(?P<which>first|second|third|fourth|erste[nrsm]?|zweite[nrsm]?|dritte[nrsm]?|vierte[nrsm]?))"
)
_SOME_WEEK = rf"(?:(?P<forward>{FORWARD})|(?P<back>{BACK})|{HERE})\s{_WEEK}"

PERIODS = (
    form(rf"\b{_WHICH_DAY}\s{_WEEKDAY}{_OF}(?:{_WHICH}{_MONTH_WORD}|{_MONTH})", _weekday_of_month, "with year"),
    form(rf"\b{_WEEK_AFTER_NEXT},?\s(?:on\s|am\s)?{_WEEKDAY}\b", _day_of_week_after_next),
    form(rf"\b{_WEEKDAY},?\s(?:of\s|in\s|der\s)?{_WEEK_AFTER_NEXT}\b", _day_of_week_after_next),
    form(rf"\b{_WEEKDAY}\safter\snext\b", _after_next),
    form(rf"\bübernächste[nrsm]?\s{_WEEKDAY}\b", _after_next),
    form(rf"\b{_END}{_OF}{_WHICH}{_MONTH_WORD}", _end_of_month),
    form(r"\b(?:month[\s-]?end|monatsende|end\sof\smonth)\b", _end_of_month),
    form(rf"\b{_END}{_OF}{_MONTH}", _end_of_month, "with year"),
    form(rf"\b{_END}{_OF}{_WHICH}(?:year|jahre?s?)\b", _end_of_year),
    form(r"\b(?:year[\s-]?end|jahresende|end\sof\syear)\b", _end_of_year),
    form(rf"\b{_END}{_OF}{_WHICH}{_WEEK}", _end_of_week),
    form(rf"\b{_START}{_OF}{_WHICH}{_MONTH_WORD}", _start_of_month),
    form(r"\b(?:monatsanfang|zum\sersten(?!\s\w))\b", _start_of_month),
    form(rf"\b{_START}{_OF}{_MONTH}", _start_of_month, "with year"),
    form(rf"\b{_SOME_WEEK},?\s(?:on\s|am\s)?{_WEEKDAY}\b", _day_of_week),
    form(rf"\b{_WEEKDAY},?\s(?:of\s|in\s|der\s)?{_SOME_WEEK}", _day_of_week),
    form(rf"\b{_ONE_WEEK}\s(?:on|after|from)\s{_WEEKDAY}\b", _week_after),
    form(rf"\b{_WEEKDAY}\s(?:week|in\s{_ONE_WEEK})\b", _week_after),
    form(rf"\b(?P<day>today|tomorrow|heute|morgen)\s(?:week|in\s{_ONE_WEEK})\b", _today_week),
)
_NAMED_MONTH = re.compile(
    rf"\b(?:(?:in|im|mid|mitte|since|until|bis|seit)\s(?:{any_of(MONTHS)})"
    rf"|(?:{any_of({word: n for word, n in MONTHS.items() if len(word) > 3})})"
    rf"|(?:the|this|next|last|am|dieses|nächstes|letztes)\s(?:weekend|wochenende)"
    rf"|(?:{FORWARD}|{BACK})\smonat?s?|(?:next|last|this)\smonth|(?:nächste|letzte|diese)[nmr]?\smonate?s?)\b",
    re.IGNORECASE,
)


def names_a_month(text: str) -> bool:
    """Whether a month or a weekend is named: without a day, that is no day yet."""
    return _NAMED_MONTH.search(text) is not None
