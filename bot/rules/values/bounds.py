"""``min`` and ``max`` of a slot: of numbers and amounts, lengths of texts and lists, lengths of time, and
dates.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.model.base import Json, parse_duration
from bot.model.slot import SlotSpec
from bot.rules.values.answer import Context, Refused
from bot.rules.values.numbers import Number

Side = Literal["min", "max"]
_RELATIVE = re.compile(r"(?P<word>today|now|tomorrow|yesterday)?\s*(?:(?P<sign>[+-])\s*(?P<length>\d.*))?")
_WORD_DAYS = {"today": 0, "now": 0, "tomorrow": 1, "yesterday": -1}
_CODES = {
    "count": ("too_small", "too_large"),
    "characters": ("too_short", "too_long"),
    "entries": ("too_few", "too_many"),
    "moment": ("too_early", "too_late"),
}
_MEASURED = (
    dict.fromkeys(("integer", "number", "money", "duration"), "count")
    | {"text": "characters", "list": "entries"}
    | dict.fromkeys(("date", "time", "datetime"), "moment")
)


def outside(spec: SlotSpec, value: Json, context: Context | None) -> Refused | None:
    """The refusal of a typed value that lies outside its slot's bounds; None when it lies inside.

    Without a context, bounds that move with the clock ("today + 30d") are passed over.
    """
    measured = _MEASURED.get(spec.type)
    if measured is None:
        return None
    too_low, too_high = _CODES[measured]
    least, most = bound(spec, "min", context), bound(spec, "max", context)
    size = _size(spec, value)
    if least is not None and size < least:
        return Refused(too_low, {"min": shown(spec, least)})
    if most is not None and size > most:
        return Refused(too_high, {"max": shown(spec, most)})
    return None


def _size(spec: SlotSpec, value: Json) -> Json:
    if spec.type in ("text", "list"):
        return len(value)
    if spec.type == "money":
        return value["amount"]
    return datetime.fromisoformat(value) if spec.type == "datetime" else value


def bound(spec: SlotSpec, side: Side, context: Context | None) -> Json:
    """The bound in the form that values of the type are compared in; None where there is none to be read."""
    written = spec.min if side == "min" else spec.max
    if written is None:
        return None
    try:
        return _read_bound(spec, written, side, context)
    except (ValueError, OverflowError):
        return None


def _read_bound(spec: SlotSpec, written: Number | str, side: Side, context: Context | None) -> Json:
    """Raises ValueError where the bound does not suit the type."""
    if spec.type == "duration":
        return parse_duration(written).total_seconds() if isinstance(written, str) else written
    if spec.type in ("date", "datetime"):
        return _moment_bound(spec, str(written), side, context)
    if spec.type == "time":
        return time.fromisoformat(str(written)).isoformat("minutes")
    return float(written)


def _moment_bound(spec: SlotSpec, written: str, side: Side, context: Context | None) -> Json:
    """An ISO date or moment; or ``today``, ``tomorrow``, ``now``, and a length if wanted: ``today + 30d``."""
    if (match := _RELATIVE.fullmatch(written.strip().casefold())) is None or not any(match.groups()):
        return _fixed_bound(spec, written.strip(), side, context)
    length = timedelta() if match["length"] is None else parse_duration(match["length"])
    if context is None:
        return None
    moment = context.here + (-length if match["sign"] == "-" else length)
    moment += timedelta(days=_WORD_DAYS[match["word"] or "now"])
    if spec.type == "date":
        return moment.date().isoformat()
    return moment if match["word"] in (None, "now") else _edge(moment.date(), side, context)


def _fixed_bound(spec: SlotSpec, written: str, side: Side, context: Context | None) -> Json:
    if spec.type == "date":
        return date.fromisoformat(written).isoformat()
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is not None:
        return moment
    if context is None:
        return None
    return _edge(moment.date(), side, context) if len(written) == 10 else moment.replace(tzinfo=context.zone)


def _edge(day: date, side: Side, context: Context) -> datetime:
    """The first or last moment of a day."""
    return datetime.combine(day, time.min if side == "min" else time.max, context.zone)


def shown(spec: SlotSpec, limit: Json) -> Json:
    """A bound as it is told to people: whole numbers without a point, lengths of time with their unit."""
    if spec.type == "duration":
        return _length_shown(timedelta(seconds=limit))
    if isinstance(limit, float) and limit.is_integer():
        return int(limit)
    return limit.isoformat(sep=" ", timespec="minutes")[:16] if isinstance(limit, datetime) else limit


def _length_shown(length: timedelta) -> str:
    seconds = length.total_seconds()
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def bound_problem(spec: SlotSpec, side: Side) -> str | None:
    """What is wrong with a bound as declared; None when it can be read. For the checker of flow files."""
    written = spec.min if side == "min" else spec.max
    if written is None:
        return None
    if spec.type not in _MEASURED:
        return f"a slot of type {spec.type} has no {side}"
    try:
        _read_bound(spec, written, side, None)
    except (ValueError, OverflowError) as error:
        return f"`{side}: {written}` does not suit a slot of type {spec.type} ({error})"
    return None


def prefers_past(spec: SlotSpec, context: Context) -> bool:
    """Whether a day without a year or week means the last such day: nothing after today is taken."""
    latest = bound(spec, "max", context)
    if latest is None:
        return False
    return bool(latest <= (context.today.isoformat() if spec.type == "date" else _edge(context.today, "max", context)))
