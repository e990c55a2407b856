"""Times of day and moments, as people write them in English and German."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

from bot.rules.values.answer import Answer, Context, Filled, Found, Refused, only_one, without_overlaps
from bot.rules.values.dates import find_dates, find_foreign_date
from bot.rules.values.durations import find_durations
from bot.rules.values.number_words import NUMBER_WORDS, in_digits
from bot.rules.values.period_forms import names_a_month

_HOURS = {word: number for word, number in NUMBER_WORDS.items() if 1 <= number <= 12 and word.isalpha()}
_HOUR = "|".join((r"\d{1,2}", *sorted(_HOURS, key=len, reverse=True)))
# In German "4 am Montag" is no time: "am" stands before a day.
_HALF_DAY = (
    r"(?P<half>[ap]\.?\s?m\b\.?)(?!\s+(?:\d|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend|nächst|kommend|letzt|"
    r"ersten|vormittag|nachmittag|abend|morgen|anfang|ende))"
)
_PART_OF_DAY = (
    r"(?:in\sthe\s(?:morning|afternoon|evening)|at\snight|this\s(?:morning|afternoon|evening)|tonight|am\s(?:morgen|vormittag|"
    r"nachmittag|abend)|in\sder\sfrüh|morgens|früh|vormittags|nachmittags|abends|nachts)"
)
_PARTS: Final[dict[str, re.Pattern[str]]] = {
    "morning": re.compile(r"\b(?:mornings?|morgens|vormittags?|früh|am\smorgen|heute\smorgen)\b", re.IGNORECASE),
    "afternoon": re.compile(r"\b(?:afternoon|nachmittags?)\b", re.IGNORECASE),
    "evening": re.compile(r"\b(?:evening|tonight|abends?)\b", re.IGNORECASE),
    "night": re.compile(r"\b(?:at\snight|nachts)\b", re.IGNORECASE),
}
_CLOCK = re.compile(
    rf"(?<![\w.,:/])(?P<hour>\d{{1,2}})[:h](?P<minute>\d{{2}})(?::(?P<second>\d{{2}}))?(?:\s?{_HALF_DAY}|\s?uhr\b|(?![\w:/]))",
    re.IGNORECASE,
)
_HALF_DAY_CLOCK = re.compile(
    rf"(?<![\w.,:/])(?P<hour>\d{{1,2}})(?:\.?(?P<minute>[0-5]\d))?\s?{_HALF_DAY}", re.IGNORECASE
)
_BEFORE_ANOTHER = r"\s?(?:-|\u2013|to|until|till|and|or|bis|und|oder)\s?"
_UHR_RANGE = re.compile(
    rf"(?<![\w.,:/-])(?P<hour>{_HOUR})(?:[.:](?P<minute>\d{{2}}))?(?P<after>)"
    rf"(?={_BEFORE_ANOTHER}(?:{_HOUR})(?:[.:]\d{{2}})?\s?uhr\b)",
    re.IGNORECASE,
)
_HALF_DAY_RANGE = re.compile(
    rf"(?<![\w.,:/-])(?P<hour>\d{{1,2}})(?:[.:](?P<minute>\d{{2}}))?(?={_BEFORE_ANOTHER}(?P<until>\d{{1,2}})(?:[.:]\d{{2}})?\s?{_HALF_DAY})",
    re.IGNORECASE,
)
_LENGTH = re.compile(r"\dh\d{2}", re.IGNORECASE)
"""Where no time was asked for, "1h30" is how long something takes."""
_O_CLOCK = re.compile(rf"\b(?P<hour>{_HOUR})\s?o\s?['\u2019]?\s?clock\b", re.IGNORECASE)
_MINUTES = {"five": 5, "ten": 10, "twenty": 20, "twenty-five": 25, "fünf": 5, "fuenf": 5, "zehn": 10, "zwanzig": 20}
_MINUTE = "|".join((r"[1-9]|[1-5]\d", *sorted(_MINUTES, key=len, reverse=True)))
_OF_HOUR = rf"(?P<halb>halb\s)?(?P<hour>{_HOUR})(?:\s?{_HALF_DAY}|\b(?![.:]\d))"
_MINUTES_PAST = re.compile(
    rf"(?<![\w.,:/-])(?P<minutes>{_MINUTE})\s(?:min(?:ute)?[sn]?\s)?(?:(?P<later>past|nach)|vor)\s{_OF_HOUR}",
    re.IGNORECASE,
)
# "Ten to six" may be all hours from ten on: it is a time behind "at" alone.
_MINUTES_TO = re.compile(
    r"(?:(?<=\bat\s)|(?<=\bby\s)|(?<=around\s)|(?<=about\s)|(?<=until\s)|^\s*(?=\S+\sto\s\S+\s*$))"
    rf"(?P<minutes>5|10|20|25|{'|'.join(_MINUTES)})\s(?:minutes\s)?to\s{_OF_HOUR}",
    re.IGNORECASE,
)
_UHR = re.compile(
    rf"(?<![\w.,:])(?P<hour>{_HOUR})(?:[.:](?P<minute>\d{{2}}))?\s?uhr\b(?:\s(?P<after>\d{{1,2}})(?![\d.:/]))?",
    re.IGNORECASE,
)
_AT_H = re.compile(
    r"(?:(?<=\bum\s)|(?<=\bab\s)|(?<=\bat\s)|(?<=\bbis\s))(?P<hour>\d{1,2})(?P<minute>)(?P<after>)\s?h\b", re.IGNORECASE
)
_NAMED = re.compile(
    r"\b(?:(?P<noon>noon|midday|mittags?|12 noon)|(?P<midnight>midnight|mitternachts?))\b", re.IGNORECASE
)
_PAST = re.compile(
    r"(?:\b(?P<shift>half past|quar?ter past|quar?ter to|halb|viertel nach|viertel vor|dreiviertel)|(?<=\bat\s)half)\s"
    rf"(?P<hour>{_HOUR})(?:\s?{_HALF_DAY}|\b)",
    re.IGNORECASE,
)
_SHIFTS = {
    "half past": 30,
    "quarter past": 15,
    "quater past": 15,
    "quarter to": -15,
    "quater to": -15,
    "halb": -30,
    "viertel nach": 15,
    "viertel vor": -15,
    "dreiviertel": -15,
}
_NO_MORE = r"(?![\w:/%€$£]|[.,]\d)"
_AT = re.compile(rf"(?:\b(?:at|by|around|about|um|gegen|ab)\s|@\s?)(?P<hour>{_HOUR}){_NO_MORE}", re.IGNORECASE)
_POLITE = r"(?:please|pls|bitte|or\sso|would\sbe\s(?:good|great|fine)|wäre\sgut)"
_BARE = re.compile(
    rf"\s*(?:at\s|um\s|so\s|say\s)*(?P<hour>{_HOUR})(?:\s?h|\s?ish)?\s*(?:o\s?'?\s?clock)?\s*(?:{_PART_OF_DAY})?\s*"
    rf"(?:{_POLITE})?\s*[.!?]*\s*",
    re.IGNORECASE,
)
_FIGURES = re.compile(
    rf"\s*(?:at\s|um\s)?(?:(?P<hour>\d{{1,2}})[\s.](?P<minute>[0-5]\d)|(?P<hh>\d{{2}})(?P<mm>[0-5]\d))\s*"
    rf"(?:{_PART_OF_DAY})?\s*(?:{_POLITE})?\s*[.!?]*\s*",
    re.IGNORECASE,
)
_EITHER = re.compile(
    rf"\b(?:(?:or|oder)\s(?:at\s|um\s)?(?P<then>{_HOUR}){_NO_MORE}|(?P<first>{_HOUR})(?=\s(?:or|oder)\b))",
    re.IGNORECASE,
)


def find_times(text: str, bare: bool = False) -> list[Found]:
    """Times of day as ``HH:MM`` (``HH:MM:SS`` where seconds were given).

    bare: the text answers a question for a time, so a lone hour counts too: ``5``, ``five o'clock``, ``15.30``.
    An hour from 1 to 6 without minutes, am or pm, Uhr or a part of the day is in the afternoon: people mean the day.
    """
    part = part_of_day(text)
    found = [
        Found(moment, match.start(), match.end())
        for form, read in _FORMS
        for match in form.finditer(text)
        if (bare or not _LENGTH.fullmatch(match[0])) and (moment := _written(*read(match, part))) is not None
    ]
    return without_overlaps([*found, *(_loose(text, part, bool(found)) if bare else ())])


def part_of_day(text: str) -> str | None:
    """Morning, afternoon, evening or night, where exactly one of them is named."""
    named = [name for name, words in _PARTS.items() if words.search(text)]
    return named[0] if len(named) == 1 else None


def _loose(text: str, part: str | None, others: bool) -> Iterator[Found]:
    """Hours that are times only because a time was asked for. others: a proper one stands in the text as well."""
    loose = [(match, match["hour"]) for match in _AT.finditer(text)]
    if (lone := _BARE.fullmatch(text)) is not None:
        loose.append((lone, lone["hour"]))
    if others or loose:
        loose += [(match, match["then"] or match["first"]) for match in _EITHER.finditer(text)]
    for match, hour in loose:
        if (moment := _written(_in_part(_hour(hour), part, by_day=True), 0)) is not None:
            yield Found(moment, match.start(), match.end())
    if (figures := _FIGURES.fullmatch(text)) is not None:
        hour = int(figures["hh"] or figures["hour"])
        minute = int(figures["mm"] or figures["minute"])
        moment = _written(_in_part(hour, part, by_day=figures["hh"] is None), minute)
        if moment is not None:
            yield Found(moment, figures.start(), figures.end())


def _in_part(hour: int, part: str | None, *, by_day: bool) -> int:
    """The hour of 24 that an hour of 12 is in this part of the day. by_day: in none, the desk's day is meant."""
    if part is None:
        return _by_day(hour) if by_day else hour
    later = (part in ("afternoon", "evening") and 1 <= hour <= 11) or (part == "night" and 6 <= hour <= 11)
    return hour + 12 if later else 0 if part == "night" and hour == 12 else hour


def _written(hour: int, minute: int, second: int | None = None) -> str | None:
    if (hour, minute) == (24, 0):
        hour = 0
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= (second or 0) < 60):
        return None
    return time(hour, minute, second or 0).isoformat("auto" if second is not None else "minutes")


def _hour(written: str) -> int:
    return _HOURS[written.casefold()] if written.casefold() in _HOURS else int(written)


def _by_day(hour: int) -> int:
    return hour + 12 if 1 <= hour <= 6 else hour


def _clock(match: re.Match[str], part: str | None) -> tuple[int, int, int | None]:
    parts = match.groupdict()
    hour, half = int(parts["hour"]), parts.get("half")
    if half:
        # 12 am is midnight and 12 pm noon; 13 pm is no time at all.
        hour = hour % 12 + (12 if half[0] in "pP" else 0) if 1 <= hour <= 12 else 99
    else:
        hour = _in_part(hour, part, by_day=False)
    second = parts.get("second")
    return hour, int(parts.get("minute") or 0), int(second) if second else None


def _uhr(match: re.Match[str], part: str | None) -> tuple[int, int]:
    return _in_part(_hour(match["hour"]), part, by_day=False), int(match["minute"] or match["after"] or 0)


def _named(match: re.Match[str], _: str | None) -> tuple[int, int]:
    return (12, 0) if match["noon"] else (0, 0)


def _past(match: re.Match[str], part: str | None) -> tuple[int, int]:
    return _shifted(match, part, _SHIFTS[match["shift"].casefold()] if match["shift"] else 30)


def _minutes_past(match: re.Match[str], part: str | None) -> tuple[int, int]:
    """ "Ten past six", "fünf vor halb acht"."""
    said = match["minutes"].casefold()
    minutes = int(said) if said.isdigit() else _MINUTES[said]
    return _shifted(
        match, part, (minutes if match.groupdict().get("later") else -minutes) - (30 if match["halb"] else 0)
    )


def _shifted(match: re.Match[str], part: str | None, minutes: int) -> tuple[int, int]:
    hour, half = _hour(match["hour"]), match["half"]
    hour = hour % 12 + (12 if half[0] in "pP" else 0) if half else _in_part(hour, part, by_day=True)
    return (hour * 60 + minutes) // 60 % 24, minutes % 60


def _o_clock(match: re.Match[str], part: str | None) -> tuple[int, int]:
    return _in_part(_hour(match["hour"]), part, by_day=True), 0


def _half_day_range(match: re.Match[str], part: str | None) -> tuple[int, int, None]:
    """The first hour of "2 to 4 pm", or of "10 to 2 pm": in the same half of the day if that is before the last."""
    hour, until = int(match["hour"]) % 12, int(match["until"]) % 12
    later = match["half"][0] in "pP"
    return hour + (12 if later == (hour < until) else 0), int(match["minute"] or 0), None


_FORMS = (
    (_CLOCK, _clock),
    (_HALF_DAY_CLOCK, _clock),
    (_HALF_DAY_RANGE, _half_day_range),
    (_UHR, _uhr),
    (_UHR_RANGE, _uhr),
    (_AT_H, _uhr),
    (_NAMED, _named),
    (_PAST, _past),
    (_MINUTES_PAST, _minutes_past),
    (_MINUTES_TO, _minutes_past),
    (_O_CLOCK, _o_clock),
)


def read_time(text: str) -> Answer:
    """``HH:MM``."""
    return only_one(find_times(in_digits(text).text, bare=True), "not_a_time")


_DAY = timedelta(days=1)
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})(?!\w)")


def read_moment(text: str, context: Context, past: bool) -> Answer:
    """ISO 8601 with seconds and offset, as in ``2026-03-12T15:00:00+01:00``, in the zone of the context.

    A time alone is the next one to come (the last one gone by, when ``past``); a day alone is refused.
    """
    if (exact := _MOMENT.search(text)) is not None:
        return _exact(exact, context)
    text = in_digits(text).text
    if (away := _time_away(text, context)) is not None:
        return away
    days = find_dates(text, context, past=past)
    # What is taken for the day cannot be the hour as well; a part of the day that it names still counts.
    before = [
        replace(day, start=day.start - 3) if text[: day.start].casefold().endswith("am ") else day for day in days
    ]
    times = find_times(_blanked(text, before, but=_PART_WORDS), bare=True)
    if not days and names_a_month(text):
        return Refused("needs_a_day")
    if not times:
        return Refused("needs_a_time" if days else "not_a_datetime")
    rest = _blanked(text, times)
    days = days or find_dates(rest, context, past=past) or find_foreign_date(rest, context, past)
    hour, day = only_one(times, "not_a_time"), only_one(days, "not_a_date")
    if isinstance(hour, Refused):
        return hour
    if isinstance(day, Filled):
        return Filled(_join(day.value, hour.value, context))
    return day if days else Filled(_nearest(hour.value, context, past))


_PART_WORDS = re.compile(r"tonight|morning|afternoon|evening|nachmittag|abend|früh", re.IGNORECASE)
_AWAY = re.compile(r"\b(?P<way>in|vor)\s(?:about\s|like\s|around\s|ca\.?\s|etwa\s|ungefähr\s)?$", re.IGNORECASE)
_BEHIND = re.compile(r"\s(?P<way>ago|from\snow)\b", re.IGNORECASE)


def _time_away(text: str, context: Context) -> Answer | None:
    """ "In 2 hours", "vor einer Stunde": what is less than a day away has its time with it."""
    for length in find_durations(text, context.language):
        way = _AWAY.search(text, 0, length.start) or _BEHIND.match(text, length.end)
        if way is None or length.value >= _DAY.total_seconds():
            continue
        back = way["way"].casefold() in ("vor", "ago")
        moment = context.now + timedelta(seconds=-length.value if back else length.value)
        return Filled(moment.astimezone(context.zone).replace(second=0, microsecond=0).isoformat(timespec="seconds"))
    return None


def _blanked(text: str, found: list[Found], but: re.Pattern[str] | None = None) -> str:
    """The text with blanks in place of what was found. but: words in it that stay."""
    for one in found:
        kept = [" "] * (one.end - one.start)
        for match in but.finditer(text, one.start, one.end) if but else ():
            kept[match.start() - one.start : match.end() - one.start] = match[0]
        text = text[: one.start] + "".join(kept) + text[one.end :]
    return text


def _exact(match: re.Match[str], context: Context) -> Answer:
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3]}")
        return Filled(moment.astimezone(context.zone).isoformat(timespec="seconds"))
    except (ValueError, OverflowError):
        return Refused("not_a_datetime")


def _join(day: str, hour: str, context: Context) -> str:
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=context.zone).isoformat(timespec="seconds")


def _nearest(hour: str, context: Context, past: bool) -> str:
    today = datetime.combine(context.today, time.fromisoformat(hour), context.zone)
    if past:
        moment = today if today <= context.here else today - _DAY
    else:
        moment = today if today > context.here else today + _DAY
    return moment.isoformat(timespec="seconds")
