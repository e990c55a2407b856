"""Values that are typed already: from ``set_slots``, an agent's correction, a button, an action."""

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time

from pydantic import ValidationError

from bot.model.base import Json, parse_duration
from bot.model.message import FileRef
from bot.model.slot import SlotSpec, SlotType
from bot.rules.values.answer import Answer, Context, Filled, Found, Refused, zone_named
from bot.rules.values.bounds import outside
from bot.rules.values.contacts import find_emails, find_phones, find_urls
from bot.rules.values.money import CURRENCY_CODES, money
from bot.rules.values.numbers import LARGEST, plain
from bot.rules.values.patterns import fits
from bot.rules.values.wording import normal

_WANTED: dict[SlotType, str] = {
    "text": "a text",
    "email": "an e-mail address, as in name@example.com",
    "phone": "a telephone number with its country code, as in +4930901820",
    "url": "a web address, as in https://example.com",
    "integer": "a whole number",
    "number": "a number",
    "money": 'an amount, as in 12.5 or {"amount": 12.5, "currency": "EUR"}',
    "date": "a date, as in 2026-03-31",
    "time": "a time, as in 14:30",
    "datetime": "a date and time with its offset, as in 2026-03-31T14:30:00Z",
    "duration": "a length of time: seconds, or a text as in 2h 30m",
    "boolean": "true or false",
    "choice": "one of its values",
    "pattern": "a text of its form",
    "file": 'a file, as in {"name": "bill.pdf", "url": "https://..."}',
    "list": "a list",
    "object": "an object",
}


def check_literal(spec: SlotSpec, value: Json, now: datetime | None = None, timezone: str = "UTC") -> Json:
    """A JSON value in the form that its slot keeps (see ``read_value``). Null stays null: it empties a slot.

    now: lets bounds such as ``max: today`` be checked; without it they are passed over.
    Raises ValueError, which says what the slot wants instead.
    """
    if value is None:
        return None
    answer = typed(spec, value)
    if isinstance(answer, Refused):
        raise ValueError(f"{_shown(value)} is not {wanted(spec)}")
    refused = outside(spec, answer.value, Context(now, zone_named(timezone)) if now else None)
    if refused is not None:
        side, limit = next(iter(refused.variables.items()))
        raise ValueError(f"{_shown(value)} is {refused.code.replace('_', ' ')}. The {side}imum is {limit}")
    return answer.value


def wanted(spec: SlotSpec) -> str:
    """What a slot takes, in a few words."""
    if spec.type == "choice":
        return "one of " + ", ".join(choice.value for choice in spec.values)
    return f"a text of the form {spec.pattern}" if spec.type == "pattern" else _WANTED[spec.type]


def _shown(value: Json) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(type(value).__name__)
    return text if len(text) <= 60 else f"{text[:57]}..."


def typed(spec: SlotSpec, value: Json) -> Answer:
    """The value in its slot's form, whatever the bounds; refused when it is of another type."""
    try:
        kept = _READERS[spec.type](spec, value)
    except (ValueError, OverflowError, RecursionError):
        kept = None
    return Refused(spec.type) if kept is None else Filled(kept)


def _text(_: SlotSpec, value: Json) -> Json:
    return _written(value) or None


def _written(value: Json) -> str:
    """A text, or a whole number as one: order numbers often come as numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return value if isinstance(value, str) else str(value)


def _whole_text(found: Callable[[str], list[Found]]) -> Callable[[SlotSpec, Json], Json]:
    """The one value that a text consists of, with nothing around it."""

    def read(_: SlotSpec, value: Json) -> Json:
        alone = value.strip() if isinstance(value, str) and len(value) <= 2_000 else ""
        ones = [one for one in found(alone) if one.end - one.start == len(alone)]
        return ones[0].value if ones else None

    return read


def _number(_: SlotSpec, value: Json) -> int | float | None:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?", value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        return None
    return plain(value) if math.isfinite(value) else None


def _integer(spec: SlotSpec, value: Json) -> int | None:
    number = _number(spec, value)
    return number if isinstance(number, int) else None


def _money(spec: SlotSpec, value: Json) -> Json:
    amount, currency = (value.get("amount"), value.get("currency")) if isinstance(value, dict) else (value, None)
    number = _number(spec, amount)
    known = currency is None or (isinstance(currency, str) and currency.upper() in CURRENCY_CODES)
    if number is None or not known or (isinstance(value, dict) and not set(value) <= {"amount", "currency"}):
        return None
    return money(number, currency and currency.upper())


def _date(_: SlotSpec, value: Json) -> str | None:
    if not isinstance(value, str) or not re.match(r"\d{4}-\d{2}-\d{2}(?:$|[T ])", value):
        return None
    return date.fromisoformat(value[:10]).isoformat()


def _time(_: SlotSpec, value: Json) -> str | None:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?", value):
        return None
    return time.fromisoformat(value).isoformat("auto" if len(value) == 8 else "minutes")


def _moment(_: SlotSpec, value: Json) -> str | None:
    """A moment without an offset is UTC, as everywhere in expressions."""
    if not isinstance(value, str) or not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}", value):
        return None
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat(timespec="seconds")


def _duration(spec: SlotSpec, value: Json) -> int | float | None:
    number = _number(spec, value)
    if number is None and isinstance(value, str):
        number = plain(parse_duration(value).total_seconds())
    return number if number is not None and number >= 0 else None


def _boolean(_: SlotSpec, value: Json) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().casefold())
    return value if isinstance(value, bool) else None


def _choice(spec: SlotSpec, value: Json) -> str | None:
    """By its value as it stands, else by value, title or synonym in any writing."""
    words = _written(value)
    if any(choice.value == words for choice in spec.values):
        return words
    for choice in spec.values:
        if words and normal(words) in map(normal, (choice.value, *choice.titles, *choice.synonyms)):
            return choice.value
    return None


def _pattern(spec: SlotSpec, value: Json) -> str | None:
    written = _written(value)
    return written if written and fits(spec.pattern or "", written) else None


def _file(_: SlotSpec, value: Json) -> Json:
    if not isinstance(value, dict):
        return None
    try:
        return FileRef.model_validate(value).model_dump(mode="json")
    except ValidationError:
        return None


def _list(_: SlotSpec, value: Json) -> Json:
    return list(value) if isinstance(value, list | tuple) else None


def _object(_: SlotSpec, value: Json) -> Json:
    return value if isinstance(value, dict) else None


_READERS: dict[SlotType, Callable[[SlotSpec, Json], Json]] = {
    "text": _text,
    "email": _whole_text(find_emails),
    "phone": _whole_text(lambda text: find_phones(text, None)),
    "url": _whole_text(find_urls),
    "integer": _integer,
    "number": _number,
    "money": _money,
    "date": _date,
    "time": _time,
    "datetime": _moment,
    "duration": _duration,
    "boolean": _boolean,
    "choice": _choice,
    "pattern": _pattern,
    "file": _file,
    "list": _list,
    "object": _object,
}
