"""Dates and times, which are ISO 8601 texts, and lengths of time, timedelta inside an expression."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bot.rules.expression.errors import EvaluationError

LONGEST_DAYS: Final = 36_600
"""A length of time is at most a hundred years."""

# Stricter than datetime.fromisoformat, which takes plain digits too: an order number is not a date.
_ISO: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def parse_moment(text: str) -> date | datetime | None:
    """The date, or the date and time, that an ISO 8601 text says; None where it says neither."""
    if len(text) > 40 or not _ISO.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return None


def instant(moment: date | datetime) -> datetime:
    """The point in time: a date is its midnight, and what names no offset is UTC."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), UTC)
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)


def moment_text(moment: date | datetime) -> str:
    """ISO 8601, with Z for UTC: ``2026-05-01`` or ``2026-05-01T09:30:00Z``."""
    text = moment.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def shifted(text: str, by: timedelta) -> str:
    """A date or time moved by a length. A date moved by whole days stays a date; the offset stays."""
    moment = required_moment(text)
    if not isinstance(moment, datetime) and (by.seconds or by.microseconds):
        moment = instant(moment)
    try:
        return moment_text(moment + by)
    except OverflowError:
        raise EvaluationError("the date falls outside the years 1 to 9999", "Check the length that is added.") from None


def between(later: str, earlier: str) -> timedelta:
    """The length from one date or time to another; negative when the first is the earlier one."""
    return instant(required_moment(later)) - instant(required_moment(earlier))


def required_moment(text: str) -> date | datetime:
    """Like :func:`parse_moment`. Raises EvaluationError where the text is no date."""
    moment = parse_moment(text)
    if moment is None:
        raise EvaluationError(
            f"{text[:40]!r} is not a date",
            "Use ISO 8601, as in 2026-05-01 or 2026-05-01T09:30:00Z; join texts with ~.",
        )
    return moment


def length(number: float, unit: timedelta) -> timedelta:
    """So many days or hours. Raises EvaluationError beyond a hundred years."""
    if not abs(number * (unit / timedelta(days=1))) <= LONGEST_DAYS:
        raise EvaluationError("the length of time is longer than a hundred years", "Check the number.")
    return number * unit


def duration_text(span: timedelta) -> str:
    """A length as flow files write it, in whole milliseconds: ``2d``, ``1d 12h``, ``0s``, ``-2h``."""
    sign = "-" if span < timedelta() else ""
    millis = abs(span) // timedelta(milliseconds=1)
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)):
        count, millis = divmod(millis, size)
        if count:
            parts.append(f"{count}{unit}")
    return sign + " ".join(parts) if parts else "0s"


_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIELD: Final = re.compile(r"%(-?)(.?)", re.DOTALL)
_FIELDS: Final = "YymdHIMSpaAbBjz%"
MAX_FORMAT: Final = 200


def check_format(pattern: str) -> None:
    """Raises EvaluationError where a date format has a field that is not written by :func:`written`."""
    if len(pattern) > MAX_FORMAT:
        raise EvaluationError(f"the date format is longer than {MAX_FORMAT} characters", "Shorten it.")
    for match in _FIELD.finditer(pattern):
        if not match[2] or match[2] not in _FIELDS or (match[1] and match[2] not in "mdHIMSj"):
            raise EvaluationError(
                f"a date format has no field {match[0]!r}",
                "There are %Y %y %m %d %H %I %M %S %p %a %A %b %B %j %z %%; %-d, %-m ... drop zeros.",
            )


def written(moment: date | datetime, pattern: str) -> str:
    """A date by strftime's fields, in its own offset, with English names.

    The platform's strftime is not used: its names follow the process's locale, and its widths
    (``%999999999d``) eat memory.
    """
    check_format(pattern)
    at = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return _FIELD.sub(lambda match: _field(at, match[2], plain=bool(match[1])), pattern)


def _field(at: datetime, letter: str, plain: bool) -> str:
    numbers = {
        "m": (at.month, 2), "d": (at.day, 2), "H": (at.hour, 2), "I": (at.hour % 12 or 12, 2),
        "M": (at.minute, 2), "S": (at.second, 2), "y": (at.year % 100, 2), "Y": (at.year, 4),
        "j": (at.timetuple().tm_yday, 3),
    }  # fmt: skip
    if letter in numbers:
        number, width = numbers[letter]
        return str(number) if plain else f"{number:0{width}d}"
    words = {
        "p": "AM" if at.hour < 12 else "PM", "a": _DAYS[at.weekday()][:3], "A": _DAYS[at.weekday()],
        "b": _MONTHS[at.month - 1][:3], "B": _MONTHS[at.month - 1], "z": _offset(at), "%": "%",
    }  # fmt: skip
    return words[letter]


def _offset(at: datetime) -> str:
    minutes = (at.utcoffset() or timedelta()) // timedelta(minutes=1)
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{minutes // 60:02d}{minutes % 60:02d}"
