"""Operators and filters that can never work on what they are given: text that is added up, a number that is joined."""

import re
from collections.abc import Mapping
from typing import Final

from jinja2 import nodes

from bot.rules.check.authored import typed_flow
from bot.rules.check.cases import SiteIds, types_at
from bot.rules.check.conditions import Names, trees
from bot.rules.check.parts import Part
from bot.rules.check.walk import Text
from bot.rules.check.world import World
from bot.rules.expression import ExpressionError
from bot.rules.expression.compiler import Compiler
from bot.rules.expression.places import Place
from bot.rules.expression.values import Kind, Kinds

_SIGN: Final = re.compile(r"[|<>+*/%-]| in ")
_WORKS: Final = (nodes.Filter, nodes.BinExpr, nodes.UnaryExpr, nodes.Compare)
_OF_SLOT: Final[Mapping[str, Kind]] = {
    "text": Kind.TEXT, "email": Kind.TEXT, "phone": Kind.TEXT, "url": Kind.TEXT, "choice": Kind.TEXT,
    "pattern": Kind.TEXT, "date": Kind.TEXT, "time": Kind.TEXT, "datetime": Kind.TEXT, "integer": Kind.NUMBER,
    "number": Kind.NUMBER, "duration": Kind.NUMBER, "boolean": Kind.BOOLEAN, "money": Kind.MAPPING,
    "file": Kind.MAPPING, "object": Kind.MAPPING, "list": Kind.LIST,
}  # fmt: skip
_OF_TYPE: Final[Mapping[str, Kind]] = {
    "string": Kind.TEXT, "integer": Kind.NUMBER, "number": Kind.NUMBER, "boolean": Kind.BOOLEAN, "array": Kind.LIST,
    "object": Kind.MAPPING,
}  # fmt: skip


def check_kinds(world: World, flow: Part, text: Text, ids: SiteIds, owner: Part) -> None:
    """Compile a text once more, with what is declared of the data that it reads. ``owner``: the part that holds it.

    What may be null is another matter (see reads.py), so null is left out here.
    """
    if _SIGN.search(text.text) is None:
        return
    for tree in trees(text):
        if not isinstance(tree, _WORKS) and not any(tree.find(kind) for kind in _WORKS):
            continue
        try:
            Compiler(lambda names: kinds_at(world, flow, names, ids)).part(tree, Place())
        except ExpressionError as error:
            world.in_text(owner, text.path, text.text, error.offset, "wrong-kind", error.what, error.fix)


def kinds_at(world: World, flow: Part, names: Names, ids: SiteIds) -> Kinds | None:
    """The kinds of value (null aside) that can stand at a path; None where that is not known."""
    match names:
        case ("slots", str() as name) if name in world.desk.slots:
            return frozenset((_OF_SLOT[world.desk.slots[name].type],))
        case ("input", str() as name) if name in typed_flow(flow).inputs.fields:
            found = _OF_SLOT.get(typed_flow(flow).inputs.fields[name].type)
            return frozenset((found,)) if found else None
        case ("loop", "index" | "number" | "length"):
            return frozenset((Kind.NUMBER,))
        case ("error", "message" | "kind" | "step"):
            return frozenset((Kind.TEXT,))
    return frozenset(_OF_TYPE[name] for name in types_at(world, flow, names, ids)) or None
