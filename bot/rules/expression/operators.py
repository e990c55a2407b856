"""What the operators do, and for which kinds: one table for the check at load and for the work."""

import operator
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, NamedTuple, TypeAlias

from bot.rules.expression.durations import between, instant, parse_moment, shifted
from bot.rules.expression.errors import EvaluationError
from bot.rules.expression.limits import Frame
from bot.rules.expression.values import Kind, Kinds, Value, finite, kind_of, same, whole

Pair: TypeAlias = tuple[Kind, Kind]
_NUMBERS: Final = (Kind.NUMBER, Kind.NUMBER)
_TEXTS: Final = (Kind.TEXT, Kind.TEXT)
_LENGTHS: Final = (Kind.DURATION, Kind.DURATION)


class Case(NamedTuple):
    """What an operator does for one pair of kinds."""

    run: Callable[[Any, Any], Value]
    gives: Kind


def number(value: int | float) -> int | float:
    """A number within the language's bounds. Raises EvaluationError beyond them."""
    return finite(value) if isinstance(value, float) else whole(value)


def _division_by_zero() -> EvaluationError:
    return EvaluationError("here is a division by zero", "Guard it, as in: a / b if b else 0")


def _on_numbers(compute: Callable[[Any, Any], float]) -> Case:
    def run(left: float, right: float) -> Value:
        try:
            return number(compute(left, right))
        except ZeroDivisionError:
            raise _division_by_zero() from None
        except OverflowError:
            raise EvaluationError("the number is too large", "Check the numbers that go in.") from None

    return Case(run, Kind.NUMBER)


def _on_lengths(compute: Callable[[Any, Any], Any], gives: Kind) -> Case:
    def run(left: timedelta, right: timedelta) -> Value:
        try:
            return compute(left, right)  # type: ignore[no-any-return]
        except ZeroDivisionError:
            raise _division_by_zero() from None
        except OverflowError:
            raise EvaluationError("the length of time is too large", "Check what goes in.") from None

    return Case(run, gives)


ARITHMETIC: Final[dict[str, dict[Pair, Case]]] = {
    "+": {
        _NUMBERS: _on_numbers(operator.add),
        (Kind.TEXT, Kind.DURATION): Case(shifted, Kind.TEXT),
        (Kind.DURATION, Kind.TEXT): Case(lambda span, text: shifted(text, span), Kind.TEXT),
        _LENGTHS: _on_lengths(operator.add, Kind.DURATION),
    },
    "-": {
        _NUMBERS: _on_numbers(operator.sub),
        (Kind.TEXT, Kind.DURATION): Case(lambda text, span: shifted(text, -span), Kind.TEXT),
        _TEXTS: Case(between, Kind.DURATION),
        _LENGTHS: _on_lengths(operator.sub, Kind.DURATION),
    },
    "*": {_NUMBERS: _on_numbers(operator.mul)},
    "/": {_NUMBERS: _on_numbers(operator.truediv), _LENGTHS: _on_lengths(operator.truediv, Kind.NUMBER)},
    "//": {_NUMBERS: _on_numbers(operator.floordiv)},
    "%": {_NUMBERS: _on_numbers(operator.mod)},
}

_WANTS: Final = {
    "+": "adds two numbers, or a date and a length of time",
    "-": "takes a number from a number, a length of time from a date, or a date from a date",
    "*": "multiplies two numbers",
    "/": "divides a number by a number, or a length of time by another",
    "//": "divides a number by a number",
    "%": "divides a number by a number",
}
_ORDERED: Final = "orders two numbers, two texts or two lengths of time"


def _ordered(compare: Callable[[Any, Any], bool]) -> dict[Pair, Case]:
    def texts(left: str, right: str) -> bool:
        # Two dates are compared as points in time: 10:00+02:00 comes before 09:00Z, whatever the letters say.
        if left[4:5] == "-" == right[4:5]:
            first, second = parse_moment(left), parse_moment(right)
            if first is not None and second is not None:
                return compare(instant(first), instant(second))
        return compare(left, right)

    return {
        _NUMBERS: Case(compare, Kind.BOOLEAN),
        _TEXTS: Case(texts, Kind.BOOLEAN),
        _LENGTHS: Case(compare, Kind.BOOLEAN),
    }


ORDERING: Final[dict[str, dict[Pair, Case]]] = {
    "lt": _ordered(operator.lt),
    "lteq": _ordered(operator.le),
    "gt": _ordered(operator.gt),
    "gteq": _ordered(operator.ge),
}
SIGNS: Final = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}


def cases_of(sign: str) -> dict[Pair, Case]:
    return ARITHMETIC.get(sign) or ORDERING[sign]


def possible(sign: str, left: Kinds, right: Kinds) -> Kinds:
    """The kinds that can come out of those that go in; empty when the operator can never work on them."""
    return frozenset(case.gives for (a, b), case in cases_of(sign).items() if a in left and b in right)


def apply(sign: str, left: Value, right: Value, names: tuple[str, str]) -> Value:
    """Arithmetic or an ordering of any two values. names: how messages call the operands, or ''."""
    case = cases_of(sign).get((kind_of(left), kind_of(right)))
    if case is None:
        raise misfit(
            sign,
            described(kind_of(left), names[0]),
            described(kind_of(right), names[1]),
            None in (left, right),
        )
    return case.run(left, right)


def described(kind: Kind, name: str) -> str:
    return f"{name} ({kind})" if name else str(kind)


def misfit(sign: str, left: str, right: str, null: bool) -> EvaluationError:
    """The error of an operator between kinds that it does not know."""
    wants = _WANTS.get(sign, _ORDERED)
    what = f"{SIGNS.get(sign, sign)} {wants}, and here are {left} and {right}"
    if null:
        return EvaluationError(what, "Guard what may be null with a default, as in: slots.amount | default(0)")
    if sign == "+":
        return EvaluationError(what, "Join texts with ~, and turn a text into a number with | float or | int.")
    if sign in ARITHMETIC:
        return EvaluationError(what, "Turn a text into a number with | float or | int; texts are not repeated.")
    return EvaluationError(what, "Turn a text into a number with | float or | int before comparing it with one.")


CONTAINERS: Final[Kinds] = frozenset({Kind.TEXT, Kind.LIST, Kind.MAPPING})


def contains(container: Value, item: Value, frame: Frame, name: str) -> bool:
    """`in`: an equal item of a list, a key of a mapping, a part of a text; anything but a text is in no text.

    Raises EvaluationError where the container is null or holds nothing.
    """
    if isinstance(container, list):
        frame.spend(1 + len(container))
        return any(same(item, candidate, frame) for candidate in container)
    if isinstance(container, dict):
        return isinstance(item, str) and item in container
    if isinstance(container, str):
        frame.spend_text(container)
        return isinstance(item, str) and item in container
    raise looks_into(kind_of(container), name)


def looks_into(kind: Kind, name: str) -> EvaluationError:
    return EvaluationError(
        f"`in` looks into a list, a mapping or a text, and here is {described(kind, name)}",
        "Guard what may be null with a default, as in: 'vip' in (contact.labels | default([]))",
    )


def negated(value: Value, name: str, sign: str) -> Value:
    """A number or length of time with its sign. Raises EvaluationError for anything else."""
    kind = kind_of(value)
    if kind not in SIGNED:
        raise unsigned(kind, name, sign)
    if isinstance(value, timedelta):
        return -value if sign == "-" else value
    return number(-value if sign == "-" else value)  # type: ignore[operator, arg-type]


SIGNED: Final[Kinds] = frozenset({Kind.NUMBER, Kind.DURATION})


def unsigned(kind: Kind, name: str, sign: str) -> EvaluationError:
    return EvaluationError(
        f"the sign {sign} stands before a number or a length of time, and here is {described(kind, name)}",
        "Turn a text into a number with | float or | int; guard what may be null with | default(0).",
    )
