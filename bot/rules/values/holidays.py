"""Days that are named by what is kept on them: "Christmas eve", "Ostermontag"."""

import re
from datetime import date, timedelta

from bot.rules.values.calendar_words import Calendar, nearest_year
from bot.rules.values.form import form

_FIXED = {
    "christmas eve": (24, 12), "christmas day": (25, 12), "christmas": (25, 12), "xmas": (25, 12),
    "boxing day": (26, 12), "new year's eve": (31, 12), "new years eve": (31, 12), "new year's day": (1, 1),
    "new years day": (1, 1), "halloween": (31, 10), "valentine's day": (14, 2), "valentines day": (14, 2),
    "heiligabend": (24, 12), "heiliger abend": (24, 12), "heiligen abend": (24, 12),
    "1. weihnachtstag": (25, 12), "1. weihnachtsfeiertag": (25, 12),
    "2. weihnachtstag": (26, 12), "2. weihnachtsfeiertag": (26, 12),
    "silvester": (31, 12), "sylvester": (31, 12), "neujahr": (1, 1), "neujahrstag": (1, 1), "valentinstag": (14, 2),
}  # fmt: skip
_FROM_EASTER = {
    "good friday": -2, "easter sunday": 0, "easter monday": 1, "whit monday": 50, "ascension day": 39,
    "rosenmontag": -48, "aschermittwoch": -46, "gründonnerstag": -3, "karfreitag": -2, "ostersamstag": -1,
    "ostersonntag": 0, "ostermontag": 1, "christi himmelfahrt": 39, "himmelfahrt": 39, "pfingstsonntag": 49,
    "pfingstmontag": 50, "fronleichnam": 60,
}  # fmt: skip
"""Days after Easter Sunday. "Easter", "Ostern" and "Weihnachten" alone are several days, and so none."""

_COUNTED_FROM = re.compile(
    r"\b(?:days?|weeks?|months?|tage?|wochen?|monate?)\s(?:before|after|vor|nach)\s$", re.IGNORECASE
)


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (the anonymous algorithm in J. Meeus, "Astronomical Algorithms")."""
    golden, century, rest = year % 19, year // 100, year % 100
    leap_centuries, late = century // 4, (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - leap_centuries - late + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def _holiday(match: re.Match[str], calendar: Calendar) -> date:
    """Of the year that is named; else the next such day from today on, the last one where the past is meant."""
    if _COUNTED_FROM.search(match.string, 0, match.start()):
        raise ValueError("so many days before or after it is another day")
    name = " ".join(match["holiday"].casefold().replace("\u2019", "'").split())
    year = int(match["year"]) if match["year"] else None
    if name in _FIXED:
        day, month = _FIXED[name]
        return nearest_year(day, month, calendar) if year is None else date(year, month, day)
    shift = timedelta(days=_FROM_EASTER[name])
    if year is not None:
        return easter(year) + shift
    this = easter(calendar.today.year) + shift
    if calendar.past:
        return this if this <= calendar.today else easter(calendar.today.year - 1) + shift
    return this if this >= calendar.today else easter(calendar.today.year + 1) + shift


_NAMES = "|".join(
    re.escape(name).replace("'", "['\u2019]").replace(r"\ ", r"\s")
    for name in sorted((*_FIXED, *_FROM_EASTER), key=len, reverse=True)
)
HOLIDAYS = form(
    rf"(?<!merry\s)(?<!happy\s)(?<!\w)(?P<holiday>{_NAMES})(?![\w-]|\s(?:gift|present|card|shopping|tree|party|dinner|break|season|sale))(?:,?\s(?P<year>\d{{4}})\b)?",
    _holiday,
    "with year",
)
