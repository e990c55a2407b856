"""How a filter or function is declared: what it takes, what it gives, and what null does to it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

from bot.rules.expression.values import Kind, Kinds, Value


class OnNull(Enum):
    """What a filter makes of null."""

    PASSES = "null in, null out"
    TAKEN = "null is a value like another"
    REFUSED = "null raises EvaluationError"


REQUIRED: Final = object()
Run: TypeAlias = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Param:
    """One argument. kinds: what it may be. default: what stands in when it is not written; REQUIRED when
    it must be.
    """

    name: str
    kinds: Kinds
    default: Any = REQUIRED


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: `run(frame, value, *arguments)`, the arguments in the order of `params`, each of its kinds.

    accepts: the kinds that the value may have, beside null where `on_null` lets it in.
    stand_in: the argument that takes the place of null, where there is one (`default`).
    check:   looks at the arguments alone, when all are fixed, so that a bad one is refused at load; raises
             EvaluationError.
    usage:   how it is written, for messages.
    """

    name: str
    run: Run
    accepts: Kinds
    gives: Kinds
    usage: str
    on_null: OnNull = OnNull.REFUSED
    params: tuple[Param, ...] = ()
    check: Callable[..., None] | None = None
    keywords_only: bool = False
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A function: `run(frame, *arguments)`. constant: the same arguments always give the same value."""

    name: str
    run: Run
    gives: Kinds
    usage: str
    params: tuple[Param, ...] = ()
    constant: bool = True


NUMBER: Final[Kinds] = frozenset({Kind.NUMBER})
TEXT: Final[Kinds] = frozenset({Kind.TEXT})
LIST: Final[Kinds] = frozenset({Kind.LIST})
BOOLEAN: Final[Kinds] = frozenset({Kind.BOOLEAN})
NULL: Final[Kinds] = frozenset({Kind.NULL})
