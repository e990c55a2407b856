"""Closures for the operators and for the literals that are made of parts."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from bot.rules.expression.errors import EvaluationError
from bot.rules.expression.limits import CHARACTERS_A_UNIT, MAX_TEXT, Frame, too_long
from bot.rules.expression.operators import (
    CONTAINERS,
    ORDERING,
    SIGNED,
    apply,
    cases_of,
    contains,
    described,
    looks_into,
    misfit,
    negated,
    possible,
    unsigned,
)
from bot.rules.expression.parts import Part, Run, at, combined
from bot.rules.expression.values import Kind, Kinds, Value, kind_of, main_kind, same, to_text

Step: TypeAlias = tuple[str, Part]
Holds: TypeAlias = Callable[[Any, Any, Frame], bool]

_NUMBERS: Final = (Kind.NUMBER, Kind.NUMBER)
_NUMBER_TYPES: Final = frozenset({int, float})
_BOOLEAN: Final[Kinds] = frozenset({Kind.BOOLEAN})
_TEXT: Final[Kinds] = frozenset({Kind.TEXT})


def arithmetic(first: Part, steps: Sequence[Step]) -> Part:
    """`a + b - c …`, from left to right. Raises ExpressionError where the kinds can never work."""
    head, waiting = first, list(steps)
    while waiting and head.constant and waiting[0][1].constant:
        step = waiting.pop(0)
        kinds = _kinds_after(head, step)
        head = combined(_chain(head, [step]), kinds, (head, step[1]), first.offset)
    so_far = head
    for step in waiting:
        so_far = Part(head.run, _kinds_after(so_far, step), False, first.offset)
    return Part(_chain(head, waiting), so_far.kinds, False, first.offset) if waiting else head


def _kinds_after(left: Part, step: Step) -> Kinds:
    sign, right = step
    kinds = possible(sign, left.kinds, right.kinds)
    if not kinds:
        raise at(
            left.offset,
            misfit(sign, _words(left), _words(right), frozenset({Kind.NULL}) in (left.kinds, right.kinds)),
        )
    return kinds


def _words(part: Part) -> str:
    """How a message names what a part may be: its kind where there is but one, else the name of the data."""
    if len(part.kinds) == 1:
        return described(main_kind(part.kinds), part.name)
    return part.name or "another value"


def _chain(first: Part, steps: Sequence[Step]) -> Run:
    start = first.run
    names = [first.name, *("" for _ in steps)]
    rest = [
        (sign, part.run, cases_of(sign)[_NUMBERS].run, (name, part.name))
        for name, (sign, part) in zip(names, steps, strict=False)
    ]

    def run(frame: Frame) -> Value:
        value = start(frame)
        for sign, operand, on_numbers, called in rest:
            other = operand(frame)
            if type(value) in _NUMBER_TYPES and type(other) in _NUMBER_TYPES:
                value = on_numbers(value, other)
            else:
                value = apply(sign, value, other, called)
        return value

    return run


def signed(sign: str, operand: Part, offset: int) -> Part:
    """`-a` and `+a`."""
    if not operand.kinds & SIGNED:
        raise at(offset, unsigned(main_kind(operand.kinds), operand.name, sign))
    inner, name = operand.run, operand.name
    return combined(lambda frame: negated(inner(frame), name, sign), operand.kinds & SIGNED, (operand,), offset)


def comparison(first: Part, steps: Sequence[Step]) -> Part:
    """`a < b`, `a == b`, `a in b`, and chains of them, where each operand is worked out once."""
    parts = (first, *(part for _, part in steps))
    lefts = parts[:-1]
    links = [(part.run, _holds(sign, left, part)) for left, (sign, part) in zip(lefts, steps, strict=True)]
    start = first.run
    if len(links) == 1:
        other, holds = links[0]
        return combined(lambda frame: holds(start(frame), other(frame), frame), _BOOLEAN, parts, first.offset)

    def run(frame: Frame) -> Value:
        value = start(frame)
        for operand, holds in links:
            following = operand(frame)
            if not holds(value, following, frame):
                return False
            value = following
        return True

    return combined(run, _BOOLEAN, parts, first.offset)


def _holds(sign: str, left: Part, right: Part) -> Holds:
    """What compares two values by one sign. Raises ExpressionError where the kinds can never work."""
    if sign == "eq":
        return _equal
    if sign == "ne":
        return lambda a, b, frame: not _equal(a, b, frame)
    if sign in ORDERING:
        return _ordering(sign, left, right)
    if not right.kinds & CONTAINERS:
        raise at(right.offset, looks_into(main_kind(right.kinds), right.name))
    name = right.name
    if sign == "in":
        return lambda item, container, frame: contains(container, item, frame, name)
    return lambda item, container, frame: not contains(container, item, frame, name)


def _equal(left: Any, right: Any, frame: Frame) -> bool:
    if type(left) is str and type(right) is str:
        return left == right
    return same(left, right, frame)


def _ordering(sign: str, left: Part, right: Part) -> Holds:
    _kinds_after(left, (sign, right))
    on_numbers = ORDERING[sign][_NUMBERS].run
    names = (left.name, right.name)

    def holds(a: Any, b: Any, _frame: Frame) -> bool:
        if type(a) in _NUMBER_TYPES and type(b) in _NUMBER_TYPES:
            return on_numbers(a, b) is True
        return apply(sign, a, b, names) is True

    return holds


def joined(parts: Sequence[Part], offset: int) -> Part:
    """`a ~ b ~ …`: the texts of all values, one behind the other."""
    runs = [part.run for part in parts]
    return combined(lambda frame: join_texts(runs, frame), _TEXT, parts, offset)


def join_texts(runs: Sequence[Run], frame: Frame) -> str:
    """The values as one text of at most MAX_TEXT characters. Raises EvaluationError above it."""
    texts = []
    size = 0
    for run in runs:
        text = to_text(run(frame), frame)
        size += len(text)
        if size > MAX_TEXT:
            raise too_long()
        texts.append(text)
    frame.spend(size // CHARACTERS_A_UNIT)
    return "".join(texts)


def list_of(parts: Sequence[Part], offset: int) -> Part:
    """`[a, b]`"""
    runs = [part.run for part in parts]
    return combined(lambda frame: [run(frame) for run in runs], frozenset({Kind.LIST}), parts, offset)


def mapping_of(keys: Sequence[Part], values: Sequence[Part], offset: int) -> Part:
    """`{'key': a}`; the keys are texts."""
    for key in keys:
        if Kind.TEXT not in key.kinds:
            raise at(key.offset, _no_key(main_kind(key.kinds)))
    pairs = [(key.run, value.run) for key, value in zip(keys, values, strict=True)]

    def run(frame: Frame) -> Value:
        return {_key(key(frame)): value(frame) for key, value in pairs}

    return combined(run, frozenset({Kind.MAPPING}), (*keys, *values), offset)


def _key(value: Value) -> str:
    if isinstance(value, str):
        return value
    raise _no_key(kind_of(value))


def _no_key(kind: Kind) -> EvaluationError:
    return EvaluationError(
        f"the keys of a mapping are texts, and here is {kind}", "Put quotes around it, or use | string."
    )
