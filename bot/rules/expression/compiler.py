"""From the syntax tree to closures: each node that the language has, and no other.

The tree is walked once. What comes out is a closure over closures that reads plain data through a Frame: no
node, no attribute of a Python object and no name but the scope's keys can be reached from it. On the way the
compiler notes every path that is read (see places.py) and refuses what can never work, by the kinds of value
that each part may give.
"""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from jinja2 import nodes

from bot.rules.expression.calls import (
    argument_place,
    called,
    filled,
    filtered,
    operand_place,
    written_arguments,
)
from bot.rules.expression.errors import EvaluationError, ExpressionError
from bot.rules.expression.limits import MAX_NESTING, Frame
from bot.rules.expression.operations import arithmetic, comparison, joined, list_of, mapping_of, signed
from bot.rules.expression.operators import ORDERING
from bot.rules.expression.parts import Part, Run, at, combined, fixed
from bot.rules.expression.places import Names, Path, Place, fixed_key, flattened, present_if
from bot.rules.expression.refusals import (
    FILTERS,
    TESTS,
    hidden_name,
    refused,
    unknown_call,
    unknown_filter,
    unknown_test,
)
from bot.rules.expression.scalar_filters import FUNCTIONS
from bot.rules.expression.scan import too_nested
from bot.rules.expression.signature import Filter, Function
from bot.rules.expression.values import DATA, Kind, Kinds, Value, finite, look_up, main_kind, whole

Key: TypeAlias = str | int | Part
KnownKinds: TypeAlias = Callable[[Names], Kinds | None]
"""The kinds of value that can stand at a path, or None where that is not known."""

_BOOLEAN: Final[Kinds] = frozenset({Kind.BOOLEAN})
_NULL: Final[Kinds] = frozenset({Kind.NULL})
_LOOKED_INTO: Final[Kinds] = frozenset({Kind.MAPPING, Kind.LIST, Kind.NULL})
_SIGNS: Final[dict[type[nodes.Node], str]] = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
}


class Compiler:
    """Compiles the expressions of one source, and keeps note of what they read."""

    def __init__(self, known: KnownKinds | None = None) -> None:
        """known: what is declared of data, for a check at load; compiled for work, everything may be anything."""
        self._known = known
        self._reads: list[Path] = []
        self._depth = 0

    def reads(self) -> tuple[Path, ...]:
        """Every path read so far, in the order of the text."""
        return tuple(sorted(self._reads, key=lambda path: path.offset))

    def part(self, node: nodes.Node, place: Place) -> Part:
        """The closure of one node. Raises ExpressionError for whatever the language does not have."""
        rule = _RULES.get(type(node))
        if rule is None:
            raise refused(node)
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise too_nested(node.lineno)
        made = rule(self, node, place)
        self._depth -= 1
        return made

    def _parts(self, found: Sequence[nodes.Expr], place: Place) -> list[Part]:
        return [self.part(node, place) for node in found]

    def constant(self, node: nodes.Const, _place: Place) -> Part:
        try:
            if type(node.value) is int:
                whole(node.value)
            elif type(node.value) is float:
                finite(node.value)
        except EvaluationError as error:
            raise at(node.lineno, error) from None
        return fixed(node.value, node.lineno)

    def name(self, node: nodes.Name, place: Place) -> Part:
        if node.name == "null":
            return fixed(None, node.lineno)
        return self.look_up(node, place)

    def look_up(self, node: nodes.Name | nodes.Getattr | nodes.Getitem, place: Place) -> Part:
        """`a`, `a.b`, `a['b']`, `a[b]`, and chains of them."""
        base: nodes.Node = node
        found: list[nodes.Getattr | nodes.Getitem] = []
        while isinstance(base, nodes.Getattr | nodes.Getitem):
            found.append(base)
            base = base.node
        if isinstance(base, nodes.Name) and base.name != "null":
            return self._variable(base, found[::-1], place)
        inner = self.part(base, place)
        if not inner.kinds & _LOOKED_INTO:
            raise ExpressionError(
                f"{main_kind(inner.kinds)} has no keys",
                "Keys are read from variables, as in: slots.email",
                node.lineno,
            )
        keys = [self._key(step, place) for step in found[::-1]]
        run = _following(inner.run, [_key_run(key) for key in keys])
        return combined(run, DATA, (inner, *(key for key in keys if isinstance(key, Part))), inner.offset)

    def _variable(self, base: nodes.Name, steps: Sequence[nodes.Getattr | nodes.Getitem], place: Place) -> Part:
        if base.name in FUNCTIONS:
            raise ExpressionError(f"{base.name} is a function", f"Call it: {FUNCTIONS[base.name].usage}", base.lineno)
        _check_name(base.name, base.lineno)
        keys = [self._key(step, place) for step in steps]
        names: list[str | int] = [base.name]
        for key in keys:
            if isinstance(key, Part):
                break
            names.append(key)
        self._reads.append(place.path(tuple(names), base.lineno))
        known = self._known(tuple(names)) if self._known and len(names) > len(keys) else None
        return Part(_reading(base.name, keys), known or DATA, False, base.lineno, _spelled(names, keys))

    def _key(self, step: nodes.Getattr | nodes.Getitem, place: Place) -> Key:
        if isinstance(step, nodes.Getattr):
            _check_name(step.attr, step.lineno + 1)
            return step.attr
        key = fixed_key(step.arg)
        return self.part(step.arg, place.needing() if place.needed else place.plain()) if key is None else key

    def arithmetic(self, node: nodes.BinExpr, place: Place) -> Part:
        chain: list[tuple[str, nodes.Expr]] = []
        first: nodes.Expr = node
        while isinstance(first, nodes.BinExpr) and type(first) in _SIGNS:
            chain.append((_SIGNS[type(first)], first.right))
            first = first.left
        needing = place.needing()
        head = self.part(first, needing)
        return arithmetic(head, [(sign, self.part(operand, needing)) for sign, operand in reversed(chain)])

    def sign(self, node: nodes.UnaryExpr, place: Place) -> Part:
        sign = "-" if isinstance(node, nodes.Neg) else "+"
        return signed(sign, self.part(node.node, place.needing()), node.lineno)

    def comparison(self, node: nodes.Compare, place: Place) -> Part:
        signs = [operand.op for operand in node.ops]
        first = self.part(node.expr, place.needing() if signs[0] in ORDERING else place.plain())
        steps = []
        for index, operand in enumerate(node.ops):
            ordered = any(sign in ORDERING for sign in signs[index : index + 2])
            needed = ordered or operand.op in ("in", "notin")
            steps.append((operand.op, self.part(operand.expr, place.needing() if needed else place.plain())))
        return comparison(first, steps)

    def negation(self, node: nodes.Not, place: Place) -> Part:
        inner = self.part(node.node, place.forgiving())
        run = inner.run
        return combined(lambda frame: not run(frame), _BOOLEAN, (inner,), node.lineno)

    def conjunction(self, node: nodes.And, place: Place) -> Part:
        return self._choice(flattened(node, nodes.And), place, place.tested(), stops_at=False)

    def disjunction(self, node: nodes.Or, place: Place) -> Part:
        return self._choice(flattened(node, nodes.Or), place, place.forgiving(), stops_at=True)

    def _choice(self, operands: Sequence[nodes.Expr], last: Place, others: Place, stops_at: bool) -> Part:
        """`a and b …`: the first false one, else the last. `a or b …`: the first true one, else the last."""
        parts: list[Part] = []
        for index, operand in enumerate(operands):
            parts.append(self.part(operand, others if index < len(operands) - 1 else last))
            seen = present_if(operand, not stops_at)
            last, others = last.knowing(seen), others.knowing(seen)
        *leading, final = (part.run for part in parts)

        def run(frame: Frame) -> Value:
            for operand in leading:
                value = operand(frame)
                if bool(value) is stops_at:
                    return value
            return final(frame)

        return combined(run, frozenset().union(*(part.kinds for part in parts)), parts, parts[0].offset)

    def inline_if(self, node: nodes.CondExpr, place: Place) -> Part:
        test = self.part(node.test, place.forgiving())
        body = self.part(node.expr1, place.knowing(present_if(node.test, True)))
        if node.expr2 is None:
            other = fixed(None, node.lineno)
        else:
            other = self.part(node.expr2, place.knowing(present_if(node.test, False)))
        holds, yes, no = test.run, body.run, other.run
        return combined(
            lambda frame: yes(frame) if holds(frame) else no(frame),
            body.kinds | other.kinds,
            (test, body, other),
            body.offset,
        )

    def test(self, node: nodes.Test, place: Place) -> Part:
        if node.name not in TESTS:
            raise unknown_test(node.name, node.lineno)
        if node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise ExpressionError(
                f"`is {node.name}` takes nothing behind it", "Put brackets around the test.", node.lineno
            )
        inner = self.part(node.node, place.forgiving())
        run, wanted = inner.run, node.name != "defined"
        return combined(lambda frame: (run(frame) is None) is wanted, _BOOLEAN, (inner,), inner.offset)

    def concatenation(self, node: nodes.Concat, place: Place) -> Part:
        return joined(self._parts(node.nodes, place.plain()), node.lineno)

    def list_literal(self, node: nodes.List, place: Place) -> Part:
        return list_of(self._parts(node.items, place.plain()), node.lineno)

    def mapping_literal(self, node: nodes.Dict, place: Place) -> Part:
        pairs = [(self.part(pair.key, place.needing()), self.part(pair.value, place.plain())) for pair in node.items]
        return mapping_of([key for key, _ in pairs], [value for _, value in pairs], node.lineno)

    def filtered(self, node: nodes.Filter, place: Place) -> Part:
        spec = FILTERS.get(node.name)
        if spec is None or node.node is None:
            raise unknown_filter(node.name, node.lineno)
        given = written_arguments(spec, node, node.lineno)
        operand = self.part(node.node, operand_place(spec, given, place))
        return filtered(spec, operand, self._arguments(spec, given, place, node.lineno), node.lineno)

    def call(self, node: nodes.Call, place: Place) -> Part:
        function = FUNCTIONS.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        if function is None:
            raise unknown_call(node)
        offset = node.node.lineno
        given = written_arguments(function, node, offset)
        return called(function, self._arguments(function, given, place, offset), offset)

    def _arguments(
        self, spec: Filter | Function, given: dict[str, nodes.Expr], place: Place, offset: int
    ) -> list[Part]:
        places = {param.name: argument_place(spec, param, place) for param in spec.params}
        return filled(spec, {name: self.part(node, places[name]) for name, node in given.items()}, offset)


def _check_name(name: str, offset: int) -> None:
    # Compared after normalisation, so that no look-alike of the underscore passes for another letter.
    if unicodedata.normalize("NFKC", name).startswith("_"):
        raise hidden_name(name, offset)


def _spelled(names: Sequence[str | int], keys: Sequence[Key]) -> str:
    """The path as messages name it: `slots.amount`, or `slots.list[…]` where a key is worked out."""
    return ".".join(map(str, names)) + ("[…]" if len(names) <= len(keys) else "")


def _reading(root: str, keys: Sequence[Key]) -> Run:
    """What reads a path from the scope: the quick way where all keys are fixed texts."""
    texts = [key for key in keys if isinstance(key, str)]
    if len(texts) < len(keys):
        return _following(lambda frame: frame.scope.get(root), [_key_run(key) for key in keys])

    def run(frame: Frame) -> Value:
        value = frame.scope.get(root)
        for key in texts:
            value = value.get(key) if type(value) is dict else look_up(value, key)
        return value

    return run if texts else lambda frame: frame.scope.get(root)


def _following(start: Run, keys: Sequence[Run]) -> Run:
    def run(frame: Frame) -> Value:
        value = start(frame)
        for key in keys:
            value = look_up(value, key(frame))
        return value

    return run


def _key_run(key: Key) -> Run:
    return key.run if isinstance(key, Part) else lambda _frame: key


_RULES: Final[dict[type[nodes.Node], Callable[[Compiler, Any, Place], Part]]] = {
    nodes.Const: Compiler.constant,
    nodes.Name: Compiler.name,
    nodes.Getattr: Compiler.look_up,
    nodes.Getitem: Compiler.look_up,
    nodes.Neg: Compiler.sign,
    nodes.Pos: Compiler.sign,
    nodes.Compare: Compiler.comparison,
    nodes.Not: Compiler.negation,
    nodes.And: Compiler.conjunction,
    nodes.Or: Compiler.disjunction,
    nodes.CondExpr: Compiler.inline_if,
    nodes.Test: Compiler.test,
    nodes.Concat: Compiler.concatenation,
    nodes.List: Compiler.list_literal,
    nodes.Dict: Compiler.mapping_literal,
    nodes.Filter: Compiler.filtered,
    nodes.Call: Compiler.call,
    **dict.fromkeys(_SIGNS, Compiler.arithmetic),
}
"""The whitelist. What is not here (powers, tuples, slices, whatever a later Jinja2 brings) is refused."""
