"""What compiling one node gives: a closure, the kinds of value that it gives, and whether it is constant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.rules.expression.errors import EvaluationError, ExpressionError
from bot.rules.expression.limits import Frame
from bot.rules.expression.values import Kinds, Value, kind_of

Run: TypeAlias = Callable[[Frame], Value]


@dataclass(frozen=True, slots=True)
class Part:
    """A compiled sub-expression.

    kinds:    what it may give; an operator that works on none of them is refused at load.
    constant: it reads no data and no time.
    offset:   0-based character position in the source.
    name:     how messages call it (`slots.amount`), or ''.
    """

    run: Run
    kinds: Kinds
    constant: bool
    offset: int
    name: str = ""


def fixed(value: Value, offset: int) -> Part:
    """A part that is one value, always the same object: nothing in the language changes a value."""
    return Part(lambda _frame: value, frozenset({kind_of(value)}), True, offset)


def combined(run: Run, kinds: Kinds, parts: Sequence[Part], offset: int, steady: bool = True) -> Part:
    """A part made of others; worked out here and now when all of them (and it: `steady`) are constant.

    Raises ExpressionError when working it out fails: what fails on fixed values fails always.
    """
    if not (steady and all(part.constant for part in parts)):
        return Part(run, kinds, False, offset)
    try:
        return fixed(run(Frame({}, None)), offset)
    except EvaluationError as error:
        raise at(offset, error) from None


def at(offset: int, error: EvaluationError) -> ExpressionError:
    """A failure that needs no data to happen, as one of loading."""
    return ExpressionError(error.what, error.fix, offset)
