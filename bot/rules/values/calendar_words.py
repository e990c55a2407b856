"""The words for days, weekdays and months in English and German, and a little arithmetic with days."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date


def numbered(lines: str, start: int) -> dict[str, int]:
    """Each word of a line with the number of the line."""
    return {word: number for number, line in enumerate(lines.split(","), start) for word in line.split()}


MONTHS = numbered(
    "january januar jan jänner, february februar feb, march märz maerz mar mrz, april apr, may mai,"
    "june juni jun, july juli jul, august aug, september sep sept, october oktober oct okt, november nov,"
    "december dezember dec dez",
    start=1,
)
WEEKDAYS = numbered(
    "monday montag, tuesday dienstag, wednesday mittwoch, thursday donnerstag, friday freitag,"
    "saturday samstag sonnabend, sunday sonntag",
    start=0,
)
SHORT_WEEKDAYS = numbered("mon mo, tue tues di, wed mi, thu thur thurs do, fri fr, sat sa, sun so", start=0)
SHIFTS = {
    "the day after tomorrow": 2, "day after tomorrow": 2, "übermorgen": 2, "uebermorgen": 2,
    "tomorrow": 1, "tmrw": 1, "morgen": 1,
    "today": 0, "tonight": 0, "this morning": 0, "this afternoon": 0, "this evening": 0, "heute": 0,
    "heute morgen": 0, "heute früh": 0, "heute mittag": 0, "heute nachmittag": 0, "heute abend": 0,
    "yesterday": -1, "last night": -1, "gestern": -1,
    "the day before yesterday": -2, "day before yesterday": -2, "vorgestern": -2,
}  # fmt: skip

DAY_NUMBERS = {
    word: day
    for words in (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
        " fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third"
        " twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first",
        "erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte elfte zwölfte dreizehnte vierzehnte"
        " fünfzehnte sechzehnte siebzehnte achtzehnte neunzehnte zwanzigste einundzwanzigste zweiundzwanzigste"
        " dreiundzwanzigste vierundzwanzigste fünfundzwanzigste sechsundzwanzigste siebenundzwanzigste"
        " achtundzwanzigste neunundzwanzigste dreissigste einunddreissigste",
    )
    for day, word in enumerate(words.split(), 1)
}
"""Days of a month by their words (casefold); German ones without the n or r that follows "am" and "ein"."""


def any_of(words: dict[str, int]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the reading of a day depends on."""

    today: date
    past: bool
    month_first: bool


def nearest_year(day: int, month: int, calendar: Calendar) -> date:
    """The next such day from today on, or the last one when the past is meant. Leap days wait their turn."""
    step = -1 if calendar.past else 1
    for year in range(calendar.today.year, calendar.today.year + 9 * step, step):
        if day <= 28 or (1 <= month <= 12 and day <= monthrange(year, month)[1]):
            found = date(year, month, day)
            if (found <= calendar.today) if calendar.past else (found >= calendar.today):
                return found
    raise ValueError("no year has this day")


def months_on(day: date, months: int) -> date:
    """The same day some months on, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
