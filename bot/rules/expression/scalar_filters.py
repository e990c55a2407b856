"""Filters on texts, numbers and dates, and the functions."""

import re
from datetime import UTC, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from bot.rules.expression.durations import check_format, length, moment_text, required_moment, written
from bot.rules.expression.errors import EvaluationError
from bot.rules.expression.limits import MAX_TEXT, Frame, made, too_long
from bot.rules.expression.operators import number
from bot.rules.expression.signature import BOOLEAN, NULL, NUMBER, TEXT, Filter, Function, OnNull, Param
from bot.rules.expression.values import ANY, Kind, Value, kind_of, to_json, to_text


def _lower(frame: Frame, text: str) -> str:
    frame.spend_text(text)
    return made(text.lower())


def _upper(frame: Frame, text: str) -> str:
    frame.spend_text(text)
    return made(text.upper())


def _trim(frame: Frame, text: str) -> str:
    frame.spend_text(text)
    return made(text.strip())


def _truncate(_frame: Frame, text: str, size: int, end: str) -> str:
    """At most `size` characters with `end`, cut behind a word where there is one."""
    _check_truncate(size, end)
    if len(text) <= size:
        return text
    room = size - len(end)
    kept = text[:room]
    if not text[room].isspace() and " " in kept:
        kept = kept.rpartition(" ")[0]
    return kept.rstrip() + end


def _check_truncate(size: object, end: str) -> None:
    if type(size) is not int or not len(end) <= size <= MAX_TEXT:
        raise EvaluationError(
            f"truncate cuts to a whole number of characters, from {len(end)} (its end) to {MAX_TEXT:,}",
            "Write it as: | truncate(200), or | truncate(200, '...')",
        )


def _replace(frame: Frame, text: str, old: str, new: str) -> str:
    _check_replace(old, new)
    frame.spend_text(text)
    # Counted first: the text must never exist at a size that is refused.
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
        raise too_long()
    return text.replace(old, new)


def _check_replace(old: str, _new: str) -> None:
    if not old:
        raise EvaluationError("replace has no text to look for", "Write it as: | replace('old', 'new')")


_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")


def _decimal(value: Value) -> Decimal | None:
    """The exact number that a number or numeric text says; None where it says none."""
    if isinstance(value, float):
        return Decimal(repr(number(value)))
    if isinstance(value, int):
        return Decimal(number(value))
    text = value.strip() if isinstance(value, str) and len(value) <= 60 else ""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _int(_frame: Frame, value: Value, default: Value) -> Value:
    found = _decimal(value)
    if found is None:
        return _otherwise("int", value, default)
    return number(int(found))


def _float(_frame: Frame, value: Value, default: Value) -> Value:
    found = _decimal(value)
    if found is None:
        return _otherwise("float", value, default)
    return number(float(found))


def _otherwise(name: str, value: Value, default: Value) -> Value:
    if default is not None:
        return default
    shown = repr(value[:40]) if isinstance(value, str) else str(kind_of(value))
    raise EvaluationError(f"{name} finds no number in {shown}", f"Say what to take instead: | {name}(0)")


def _round(_frame: Frame, value: float, digits: int) -> Value:
    """Half away from zero on the digits that the number shows (2.675 to 2.68); whole without digits."""
    _check_round(digits)
    rounded = _half_up(_decimal(value) or Decimal(0), digits)
    return number(float(rounded)) if digits else number(int(rounded))


def _check_round(digits: object) -> None:
    if type(digits) is not int or not 0 <= digits <= 15:
        raise EvaluationError("round keeps 0 to 15 digits", "Write it as: | round(2)")


def _half_up(value: Decimal, digits: int) -> Decimal:
    # 340 digits hold every float; the context is made here because a shared one would be written to by all
    # threads.
    rounded = value.quantize(Decimal(1).scaleb(-digits), context=Context(prec=340, rounding=ROUND_HALF_UP))
    return rounded or abs(rounded)


def _date(_frame: Frame, value: str, pattern: str) -> str:
    return written(required_moment(value), pattern)


# Currencies whose smallest part is not a hundredth (ISO 4217).
_NO_PARTS: Final = frozenset({
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
})  # fmt: skip
_THOUSANDTHS: Final = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def _money(_frame: Frame, value: Value, currency: str) -> str:
    """`12.50 EUR`: the amount with the currency's decimals, half away from zero, and the code behind it."""
    _check_money(currency)
    amount = _decimal(value)
    if amount is None or abs(amount) > 10**15:
        raise EvaluationError(
            "money writes an amount, and this is none", "Hand it a number, as in: 12.5 | money('EUR')"
        )
    digits = 0 if currency in _NO_PARTS else 3 if currency in _THOUSANDTHS else 2
    return f"{_half_up(amount, digits):f} {currency}"


def _check_money(currency: str) -> None:
    if not _CURRENCY.fullmatch(currency):
        raise EvaluationError(f"{currency[:20]!r} is no currency code", "Use its three letters, as in EUR.")


def _json(frame: Frame, value: Value) -> str:
    return to_json(value, frame)


def _string(frame: Frame, value: Value) -> str:
    return to_text(value, frame)


_NUMERIC: Final = frozenset({Kind.NUMBER, Kind.TEXT})

SCALAR_FILTERS: Final = (
    Filter("default", _string, ANY, ANY, "x | default('none')", OnNull.TAKEN,
           (Param("default_value", ANY, ""), Param("boolean", BOOLEAN | NULL, False)),
           stand_in="default_value"),
    Filter("lower", _lower, TEXT, TEXT, "x | lower", OnNull.PASSES),
    Filter("upper", _upper, TEXT, TEXT, "x | upper", OnNull.PASSES),
    Filter("trim", _trim, TEXT, TEXT, "x | trim", OnNull.PASSES),
    Filter("truncate", _truncate, TEXT, TEXT, "x | truncate(200)", OnNull.PASSES,
           (Param("length", NUMBER, 255), Param("end", TEXT, "…")), _check_truncate),
    Filter("replace", _replace, TEXT, TEXT, "x | replace('old', 'new')", OnNull.PASSES,
           (Param("old", TEXT), Param("new", TEXT)), _check_replace),
    Filter("round", _round, NUMBER, NUMBER, "x | round(2)", params=(Param("precision", NUMBER, 0),),
           check=_check_round),
    Filter("int", _int, ANY, NUMBER, "x | int(0)", params=(Param("default", NUMBER | NULL, None),),
           stand_in="default"),
    Filter("float", _float, ANY, NUMBER, "x | float(0)", params=(Param("default", NUMBER | NULL, None),),
           stand_in="default"),
    Filter("string", _string, ANY, TEXT, "x | string", OnNull.TAKEN),
    Filter("date", _date, TEXT, TEXT, "x | date('%d.%m.%Y')", params=(Param("format", TEXT, "%Y-%m-%d"),),
           check=check_format),
    Filter("money", _money, _NUMERIC, TEXT, "x | money('EUR')", params=(Param("currency", TEXT, "EUR"),),
           check=_check_money),
    Filter("json", _json, ANY, TEXT, "x | json", OnNull.TAKEN),
)  # fmt: skip


def _now(frame: Frame) -> str:
    if frame.now is None or frame.now.utcoffset() is None:
        raise EvaluationError("the time that was handed in has no time zone", "Hand in an aware datetime.")
    return moment_text(frame.now.astimezone(UTC))


def _today(frame: Frame) -> str:
    return _now(frame)[:10]


def _days(_frame: Frame, count: float) -> timedelta:
    return length(count, timedelta(days=1))


def _hours(_frame: Frame, count: float) -> timedelta:
    return length(count, timedelta(hours=1))


_LENGTH: Final = frozenset({Kind.DURATION})

FUNCTIONS: Final = {
    function.name: function
    for function in (
        Function("now", _now, TEXT, "now()", constant=False),
        Function("today", _today, TEXT, "today()", constant=False),
        Function("days", _days, _LENGTH, "days(7)", (Param("count", NUMBER),)),
        Function("hours", _hours, _LENGTH, "hours(2)", (Param("count", NUMBER),)),
    )
}
