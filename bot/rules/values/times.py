"""Times of day and moments, as people write them in English and German."""

import re
from datetime import datetime, time, timedelta

from bot.rules.values.answer import Answer, Context, Filled, Found, Refused, only_one, without_overlaps
from bot.rules.values.dates import find_dates, find_foreign_date
from bot.rules.values.numbers import NUMBER_WORDS

_HOURS = {word: number for word, number in NUMBER_WORDS.items() if 1 <= number <= 12 and word.isalpha()}
_HOUR = "|".join((r"\d{1,2}", *sorted(_HOURS, key=len, reverse=True)))
_HALF_DAY = r"(?P<half>[ap]\.?\s?m\b\.?)"
_CLOCK = re.compile(
    rf"(?<![\w.,:/])(?P<hour>\d{{1,2}})[:h](?P<minute>\d{{2}})(?::(?P<second>\d{{2}}))?(?:\s?{_HALF_DAY}|\s?uhr\b|(?![\w:/]))",
    re.IGNORECASE,
)
_HALF_DAY_CLOCK = re.compile(
    rf"(?<![\w.,:/])(?P<hour>\d{{1,2}})(?:\.(?P<minute>\d{{2}}))?\s?{_HALF_DAY}", re.IGNORECASE
)
_UHR = re.compile(
    rf"\b(?P<hour>{_HOUR})(?:[.:](?P<minute>\d{{2}}))?\s?uhr\b(?:\s(?P<after>\d{{1,2}})(?![\d.:/]))?",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:(?P<noon>noon|midday|mittags?|12 noon)|(?P<midnight>midnight|mitternachts?))\b", re.IGNORECASE
)
_PAST = re.compile(
    rf"\b(?:(?P<shift>half past|quarter past|quarter to|halb|viertel nach|viertel vor))\s(?P<hour>{_HOUR})\b",
    re.IGNORECASE,
)
_SHIFTS = {
    "half past": 30,
    "quarter past": 15,
    "quarter to": -15,
    "halb": -30,
    "viertel nach": 15,
    "viertel vor": -15,
}
_AT = re.compile(rf"\b(?:at|by|around|about|um|gegen|ab)\s(?P<hour>{_HOUR})(?![\w:/%€$£]|[.,]\d)", re.IGNORECASE)
_BARE = re.compile(rf"\s*(?P<hour>{_HOUR})\s*(?:o'?clock|oclock)?\s*[.!]?\s*", re.IGNORECASE)


def find_times(text: str, bare: bool = False) -> list[Found]:
    """Times of day as ``HH:MM`` (``HH:MM:SS`` where seconds were given).

    bare: the text answers a question for a time, so a lone hour counts too: ``5``, ``five o'clock``.
    An hour from 1 to 6 without minutes, am or pm, or Uhr is taken for the afternoon: people mean the day.
    """
    found = [
        Found(moment, match.start(), match.end())
        for form, read in _FORMS
        for match in form.finditer(text)
        if (moment := _written(*read(match))) is not None
    ]
    loose = list(_AT.finditer(text)) if bare else []
    if bare and (lone := _BARE.fullmatch(text)) is not None:
        loose.append(lone)
    found += [
        Found(moment, match.start(), match.end())
        for match in loose
        if (moment := _written(_by_day(_hour(match["hour"])), 0)) is not None
    ]
    return without_overlaps(found)


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


def _clock(match: re.Match[str]) -> tuple[int, int, int | None]:
    parts = match.groupdict()
    hour, half = int(parts["hour"]), parts.get("half")
    if half:
        # 12 am is midnight and 12 pm noon; 13 pm is no time at all.
        hour = hour % 12 + (12 if half[0] in "pP" else 0) if 1 <= hour <= 12 else 99
    second = parts.get("second")
    return hour, int(parts.get("minute") or 0), int(second) if second else None


def _uhr(match: re.Match[str]) -> tuple[int, int]:
    return _hour(match["hour"]), int(match["minute"] or match["after"] or 0)


def _named(match: re.Match[str]) -> tuple[int, int]:
    return (12, 0) if match["noon"] else (0, 0)


def _past(match: re.Match[str]) -> tuple[int, int]:
    minutes = _by_day(_hour(match["hour"])) * 60 + _SHIFTS[match["shift"].casefold()]
    return minutes // 60 % 24, minutes % 60


_FORMS = ((_CLOCK, _clock), (_HALF_DAY_CLOCK, _clock), (_UHR, _uhr), (_NAMED, _named), (_PAST, _past))


def read_time(text: str) -> Answer:
    """``HH:MM``."""
    return only_one(find_times(text, bare=True), "not_a_time")


_DAY = timedelta(days=1)
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})(?!\w)")


def read_moment(text: str, context: Context, past: bool) -> Answer:
    """ISO 8601 with seconds and offset, as in ``2026-03-12T15:00:00+01:00``, in the zone of the context.

    A time alone is the next one to come (the last one gone by, when ``past``); a day alone is refused.
    """
    if (exact := _MOMENT.search(text)) is not None:
        return _exact(exact, context)
    days = find_dates(text, context, past=past)
    # What is taken for the day cannot be the hour as well.
    rest = _blanked(text, days)
    times = find_times(rest, bare=True)
    if not times:
        return Refused("needs_a_time" if days else "not_a_datetime")
    days = days or find_foreign_date(_blanked(rest, times), context, past)
    hour, day = only_one(times, "not_a_time"), only_one(days, "not_a_date")
    if isinstance(hour, Refused):
        return hour
    if isinstance(day, Filled):
        return Filled(_join(day.value, hour.value, context))
    return day if days else Filled(_nearest(hour.value, context, past))


def _blanked(text: str, found: list[Found]) -> str:
    for one in found:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
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
