"""Days, as people write them.

English and German have rules of their own here: dateparser 1.5 drops the hour of "morgen um 15 Uhr", takes
"at 5" for a month and a lone "a" for a day, and does not know "nächsten Dienstag". For other languages, and
for what these rules do not know, a short answer is given to dateparser.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

import dateparser

from bot.rules.values.answer import Answer, Context, Found, Refused, only_one
from bot.rules.values.calendar_words import WEEKDAYS, Calendar
from bot.rules.values.contacts import month_first
from bot.rules.values.day_forms import DOTTED, FORMS, ORDINAL, SHORT_DAY, SLASHED
from bot.rules.values.day_spelling import respelled
from bot.rules.values.form import BACK, FORWARD, HERE, Form
from bot.rules.values.period_forms import names_a_month
from bot.rules.values.wording import holds_any

_FIGURE = re.compile(r"\d")
_OF_DAYS = (
    *(
        "day tag mittwoch sonnabend week woche month monat fortnight year jahr morgen gestern heute tomorrow tmrw night"
        " morning evening afternoon christmas xmas halloween heilig silvester sylvester neujahr karfreitag himmelfahrt"
        " fronleich valentin januar jänner februar march märz maerz april june juni july juli august septem octo okto"
        " novem decem dezem ersten zweiten dritten vierten fünften fuenften sechsten siebten achten neunten zehnten"
        " elften zwölften zwoelften igsten"
    ).split(),
    " may",
    "en mai",
    "er mai",
)
"""Every way to write a day has a figure or one of these in it."""
_OF_PERIODS = ("week", "month", "year", "woche", "monat", "jahr")
_WHOLE_PERIOD = re.compile(
    rf"\b(?:(?:{FORWARD}|{BACK}|{HERE})\s(?:weekend|week|month|year|wochenende|woche|monats?|jahre?s?)|am\swochenende)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DayWords:
    """Where a day is written. ``day`` is None where the words alone do not say which one."""

    start: int
    end: int
    day: date | None


def find_day_words(text: str, language: str, region: str | None = None) -> list[DayWords]:
    """Days in a text, read without a clock: "tomorrow" is found, but which day it is stays open. So do weeks, weekends
    and months that only a clock can tell: "next week", "am Wochenende"."""
    calendar = Calendar(date(2000, 1, 1), past=False, month_first=month_first(language, region))
    said = respelled(text, sure=True)
    found = []
    for form, match, day in _matches(said.text, calendar, FORMS):
        fixed = form.fixed == "always" or (form.fixed == "with year" and match["year"])
        start, end = said.place(match.start()), said.place(match.end(), behind=True)
        found.append(DayWords(start, end, day if fixed else None))
    periods = _WHOLE_PERIOD.finditer(text) if holds_any(text.casefold(), _OF_PERIODS) else ()
    whole = [DayWords(*match.span(), None) for match in periods]
    return [*found, *(one for one in whole if all(one.end <= day.start or day.end <= one.start for day in found))]


def find_dates(text: str, context: Context, past: bool = False) -> list[Found]:
    """Days in an answer, as ``YYYY-MM-DD``.

    past: what leaves the year or week open means the last such day, not the next one.
    """
    calendar = Calendar(context.today, past, month_first(context.language, context.region))
    said = respelled(text)
    matches = _matches(said.text, calendar, (*FORMS, SLASHED, ORDINAL))
    if matches:
        days = [Found(day.isoformat(), *match.span()) for _, match, day in matches if not _only_says_so(match, matches)]
        return said.back(days)
    short = SHORT_DAY.words.fullmatch(text)
    return [] if short is None else [Found(SHORT_DAY.read(short, calendar).isoformat(), *short.span())]


def _only_says_so(match: re.Match[str], matches: list[tuple[Form, re.Match[str], date]]) -> bool:
    """Whether this is the weekday of a day that is named beside it: "monday, 23 march"."""
    weekday = match.groupdict().get("weekday")
    others = {day.weekday() for _, other, day in matches if other is not match and not other.groupdict().get("weekday")}
    return weekday is not None and WEEKDAYS[weekday.casefold()] in others


def _matches(text: str, calendar: Calendar, forms: tuple[Form, ...]) -> list[tuple[Form, re.Match[str], date]]:
    """Every form that fits and names a day that exists. Earlier forms come first for the characters."""
    taken: list[tuple[Form, re.Match[str], date]] = []
    no_days: list[re.Match[str]] = []  # "the 31st of February" is not "the 31st" either
    if not _FIGURE.search(text) and not holds_any(text.casefold(), _OF_DAYS):
        return taken
    for form in forms:
        for match in form.words.finditer(text):
            others = (*(other for _, other, _ in taken), *no_days)
            if any(match.start() < other.end() and other.start() < match.end() for other in others):
                continue
            try:
                taken.append((form, match, form.read(match, calendar)))
            except (ValueError, OverflowError):
                no_days.append(match)
    return sorted(taken, key=lambda one: one[1].start())


def read_date(text: str, context: Context, past: bool) -> Answer:
    """``YYYY-MM-DD``. A month alone is refused: it is no day."""
    found = find_dates(text, context, past) or _dotted(text, context, past)
    if not found and names_a_month(respelled(text).text):
        return Refused("needs_a_day")
    return only_one(found or find_foreign_date(text, context, past), "not_a_date")


def _dotted(text: str, context: Context, past: bool) -> list[Found]:
    match = DOTTED.words.fullmatch(text)
    try:
        calendar = Calendar(context.today, past, month_first=False)
        return [] if match is None else [Found(DOTTED.read(match, calendar).isoformat(), *match.span())]
    except ValueError:
        return []


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
