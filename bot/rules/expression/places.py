"""Which data an expression reads, and what a null would do there: the checker's view of an expression."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from jinja2 import nodes

Names: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """One place where an expression reads data.

    names:       the variable and the keys behind it, as far as they are fixed: ("steps", "account", "plan").
                 List positions are numbers. `steps[slots.x].id` reads ("steps",) and ("slots", "x").
    offset:      0-based character position of the variable in the source.
    guarded:     null is provided for: `is defined`, `is none`, the operand of `default`, a truth test
                 (`not`, the left of `and` and `or`, the test of an inline if), and whatever runs only where
                 a test has found this value, or the value that it is looked up in, to be present.
    needs_value: a null that arrived here would raise EvaluationError (arithmetic, ordering, `in`, a filter
                 that wants a value). It speaks of the place alone: in `x and x + 1 > 2` the second x is both
                 guarded and needing.
    """

    names: Names
    offset: int
    guarded: bool
    needs_value: bool


class Place(NamedTuple):
    """Where a sub-expression stands: what its null would do, and which paths are known to be present."""

    harmless: bool = False
    needed: bool = False
    present: frozenset[Names] = frozenset()

    def plain(self) -> "Place":
        return Place(False, False, self.present)

    def forgiving(self) -> "Place":
        return Place(True, False, self.present)

    def needing(self) -> "Place":
        return Place(False, True, self.present)

    def tested(self) -> "Place":
        """The place of an operand whose null becomes the result: forgiving, unless that may not be null."""
        return self if self.needed else self.forgiving()

    def knowing(self, names: Iterable[Names]) -> "Place":
        return self._replace(present=self.present.union(names))

    def path(self, names: Names, offset: int) -> Path:
        known = any(names[: len(seen)] == seen for seen in self.present)
        return Path(names, offset, self.harmless or known, self.needed)


def static_names(node: nodes.Node) -> Names | None:
    """The path that a node spells out (`a.b[0]['c']`), None for any other node."""
    keys: list[str | int] = []
    while not isinstance(node, nodes.Name):
        if isinstance(node, nodes.Getattr):
            keys.append(node.attr)
            node = node.node
        elif isinstance(node, nodes.Getitem) and (key := fixed_key(node.arg)) is not None:
            keys.append(key)
            node = node.node
        else:
            return None
    return (node.name, *reversed(keys))


def fixed_key(node: nodes.Node) -> str | int | None:
    """The key that a subscript spells out: a text, or a whole number with or without a minus sign."""
    if isinstance(node, nodes.Const) and type(node.value) in (str, int):
        return node.value  # type: ignore[no-any-return]
    if isinstance(node, nodes.Neg) and isinstance(node.node, nodes.Const) and type(node.node.value) is int:
        return -node.node.value
    return None


def flattened(node: nodes.Expr, kind: type[nodes.BinExpr]) -> list[nodes.Expr]:
    """The operands of a chain `a and b and c`, which the parser nests to the left without bound."""
    operands: list[nodes.Expr] = []
    while isinstance(node, kind):
        operands.append(node.right)
        node = node.left
    return [node, *reversed(operands)]


_NULL_STAYS_FALSY: Final = frozenset(
    {"lower", "upper", "trim", "truncate", "replace", "first", "last", "length", "string"}
)
_NULL_NAMES: Final = frozenset({"none", "None", "null"})


def present_if(node: nodes.Expr, outcome: bool) -> frozenset[Names]:
    """The paths that hold a value other than null wherever this test comes out as `outcome`."""
    match node:
        case nodes.Not():
            return present_if(node.node, not outcome)
        case nodes.And() if outcome:
            return frozenset().union(*(present_if(part, True) for part in flattened(node, nodes.And)))
        case nodes.Or() if not outcome:
            return frozenset().union(*(present_if(part, False) for part in flattened(node, nodes.Or)))
        case nodes.Test(name=name):
            return _named(node.node) if outcome == (name == "defined") else frozenset()
        case nodes.Compare(ops=[nodes.Operand()]):
            return _present_after(node, outcome)
        case _:
            return _named(node) if outcome else frozenset()


def _named(node: nodes.Node | None) -> frozenset[Names]:
    """The path that is not null where this node's value is true."""
    while isinstance(node, nodes.Filter) and node.name in _NULL_STAYS_FALSY:
        node = node.node
    names = None if node is None else static_names(node)
    return frozenset() if names is None else frozenset({names})


def _present_after(node: nodes.Compare, outcome: bool) -> frozenset[Names]:
    """`x != null` tells of x when true; `x == 3` and `x > 3` when true; `x == null` when false."""
    left, (operand,) = node.expr, node.ops
    if operand.op in ("lt", "lteq", "gt", "gteq"):
        # Ordering raises on null, so whatever comes after it has both sides.
        return _named(left) | _named(operand.expr)
    if operand.op not in ("eq", "ne"):
        return frozenset()
    found: frozenset[Names] = frozenset()
    for side, other in ((left, operand.expr), (operand.expr, left)):
        if (_is_null(other) and (operand.op == "ne") == outcome) or (
            _is_value(other) and (operand.op == "eq") == outcome
        ):
            found |= _named(side)
    return found


def _is_null(node: nodes.Node) -> bool:
    return (isinstance(node, nodes.Const) and node.value is None) or (
        isinstance(node, nodes.Name) and node.name in _NULL_NAMES
    )


def _is_value(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and node.value is not None
