"""Compiling what is written in flows, once for each text, and what a condition tells about its data."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from jinja2 import nodes

from bot.rules.check.walk import Text
from bot.rules.expression import (
    Expression,
    ExpressionError,
    Path,
    Template,
    compile_expression,
    compile_template,
)
from bot.rules.expression.compiler import Compiler
from bot.rules.expression.parse import parse
from bot.rules.expression.places import Place, present_if, static_names
from bot.rules.expression.scan import Placeholder, bare_expression, template_parts

Names: TypeAlias = tuple[str | int, ...]
Facts: TypeAlias = frozenset[Names]
"""Paths that hold a value other than null."""

NOTHING: Facts = frozenset()
ORDERING = ("lt", "lteq", "gt", "gteq")


@lru_cache(maxsize=8192)
def _expression(source: str) -> Expression | ExpressionError:
    try:
        return compile_expression(source)
    except ExpressionError as error:
        return error


@lru_cache(maxsize=8192)
def _template(source: str) -> Template | ExpressionError:
    try:
        return compile_template(source)
    except ExpressionError as error:
        return error


def compiled(text: Text) -> tuple[Path, ...] | ExpressionError:
    """What a text reads, or why it cannot be compiled."""
    made = _expression(text.text) if text.sort == "expression" else _template(text.text)
    return made if isinstance(made, ExpressionError) else made.reads


def piece_by_piece(text: Text) -> tuple[list[ExpressionError], tuple[Path, ...]]:
    """Of a text that does not compile: what is wrong with each of its placeholders, and what the others read."""
    errors: list[ExpressionError] = []
    reads: list[Path] = []
    if text.sort == "expression":
        made = _expression(text.text)
        return ([made], ()) if isinstance(made, ExpressionError) else ([], made.reads)
    try:
        for piece in template_parts(text.text):
            if isinstance(piece, Placeholder):
                compiler = Compiler()
                try:
                    compiler.part(parse(piece.lexemes), Place())
                    reads += compiler.reads()
                except ExpressionError as error:
                    errors.append(error)
    except ExpressionError as error:  # where a placeholder ends cannot be told, so nothing behind it can be read
        errors.append(error)
    return errors, tuple(reads)


@lru_cache(maxsize=8192)
def condition_tree(source: str) -> nodes.Expr | None:
    """The syntax tree of a condition; None where it is none. Its nodes carry their offset as ``lineno``."""
    if isinstance(_expression(source), ExpressionError):
        return None
    return parse(bare_expression(source))


@lru_cache(maxsize=8192)
def template_trees(source: str) -> tuple[nodes.Expr, ...]:
    """The trees of a template's placeholders; none where it does not compile."""
    if isinstance(_template(source), ExpressionError):
        return ()
    return tuple(parse(piece.lexemes) for piece in template_parts(source) if isinstance(piece, Placeholder))


def trees(text: Text) -> tuple[nodes.Expr, ...]:
    """All syntax trees of a text."""
    if text.sort == "template":
        return template_trees(text.text)
    tree = condition_tree(text.text)
    return () if tree is None else (tree,)


def fixed_truth(condition: str | bool | None) -> bool | None:
    """What a condition always comes out as, where it is written as a plain true or false."""
    if condition is None or isinstance(condition, bool):
        return condition
    tree = condition_tree(condition)
    return tree.value if isinstance(tree, nodes.Const) and isinstance(tree.value, bool) else None


def facts(condition: str | bool | None, outcome: bool) -> Facts:
    """What is known to be there when a condition comes out so."""
    tree = condition_tree(condition) if isinstance(condition, str) else None
    return NOTHING if tree is None else present_if(tree, outcome)


def facts_when_all_fail(conditions: Sequence[str | bool]) -> Facts:
    """What is known to be there when none of the conditions holds."""
    return NOTHING.union(*(facts(condition, False) for condition in conditions))


def tested_value(condition: str | bool) -> tuple[Names, frozenset[object]] | None:
    """`path == value`, `path in [values]`, `path`, `not path`: the path, and the values that make it hold."""
    tree = condition_tree(condition) if isinstance(condition, str) else None
    match tree:
        case nodes.Compare(ops=[nodes.Operand(op="eq", expr=nodes.Const(value=value))]):
            names = static_names(tree.expr)
            return None if names is None else (names, frozenset((value,)))
        case nodes.Compare(ops=[nodes.Operand(op="in", expr=nodes.List(items=items))]):
            names = static_names(tree.expr)
            if names is None or not all(isinstance(item, nodes.Const) for item in items):
                return None
            return names, frozenset(item.value for item in items if isinstance(item, nodes.Const))
        case nodes.Not():
            names = static_names(tree.node)
            return None if names is None else (names, frozenset((False,)))
        case nodes.Name() | nodes.Getattr() | nodes.Getitem():
            names = static_names(tree)
            return None if names is None else (names, frozenset((True,)))
    return None


def comparisons(tree: nodes.Expr) -> Iterator[tuple[Names, nodes.Const, str]]:
    """Every comparison of a path with a literal, anywhere in a tree: the path, the literal, and the sign."""
    for compare in _compares(tree):
        if len(compare.ops) != 1:
            continue
        operand = compare.ops[0]
        left, right = compare.expr, operand.expr
        if operand.op in ("eq", "ne", *ORDERING):
            for side, other in ((left, right), (right, left)):
                names = static_names(side)
                if names is not None and isinstance(other, nodes.Const):
                    yield names, other, operand.op
        elif operand.op in ("in", "notin") and isinstance(right, nodes.List):
            names = static_names(left)
            for item in right.items:
                if names is not None and isinstance(item, nodes.Const):
                    yield names, item, operand.op


def null_tests(text: Text) -> frozenset[int]:
    """Offsets of variables that are compared with null: such a comparison is a guard, like `is none`."""
    if "null" not in text.text and "one" not in text.text:
        return frozenset()
    found: set[int] = set()
    for tree in trees(text):
        for compare in _compares(tree):
            if len(compare.ops) == 1 and compare.ops[0].op in ("eq", "ne"):
                sides = (compare.expr, compare.ops[0].expr)
                if any(_is_null(side) for side in sides):
                    found.update(_root(side).lineno for side in sides)
    return frozenset(found)


def _is_null(node: nodes.Node) -> bool:
    return (isinstance(node, nodes.Name) and node.name == "null") or (
        isinstance(node, nodes.Const) and node.value is None
    )


def _root(node: nodes.Node) -> nodes.Node:
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        node = node.node
    return node


def _compares(tree: nodes.Node) -> Iterator[nodes.Compare]:
    if isinstance(tree, nodes.Compare):
        yield tree
    yield from tree.find_all(nodes.Compare)
