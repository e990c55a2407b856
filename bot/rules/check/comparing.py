"""Comparisons that can never come out one way: values outside a closed set, and literals of another type."""

from jinja2 import nodes

from bot.rules.check.cases import SiteIds, types_at, values_at
from bot.rules.check.conditions import ORDERING, Names, comparisons, trees
from bot.rules.check.parts import Part
from bot.rules.check.report import suggestion
from bot.rules.check.schemas import fits, shown, type_words
from bot.rules.check.walk import Text
from bot.rules.check.world import World

_SIGNS = ("==", "!=", " in ", "<", ">")


def check_comparisons(world: World, flow: Part, text: Text, ids: SiteIds, owner: Part) -> bool:
    """Report literals that the path beside them can never be; whether there were any.

    owner: the part that holds the text.
    """
    if not any(sign in text.text for sign in _SIGNS):
        return False
    before = len(world.findings)
    for tree in trees(text):
        for names, literal, sign in comparisons(tree):
            _check(world, flow, text, ids, owner, names, literal, sign)
    return len(world.findings) > before


def _check(
    world: World,
    flow: Part,
    text: Text,
    ids: SiteIds,
    owner: Part,
    names: Names,
    literal: nodes.Const,
    sign: str,
) -> None:
    if literal.value is None:
        return
    shown_path = ".".join(map(str, names))
    types = types_at(world, flow, names, ids)
    if types and not fits(literal.value, types):
        said = "is never" if sign not in ORDERING else "cannot be compared with"
        what = f"'{shown_path}' {said} {shown(literal.value)}: it is {type_words(types)}"
        fix = _type_fix(literal.value, types)
        world.in_text(owner, text.path, text.text, literal.lineno, "never-equal", what, fix)
        return
    if sign in ORDERING:
        return
    known = values_at(world, flow, names, ids)
    if known is None or literal.value in known or world.authored.may_exist(str(literal.value)):
        return
    spelled = sorted(map(str, known))
    what = f"{literal.value!r} is no value of '{shown_path}'"
    fix = suggestion(str(literal.value), spelled, f"Its values are {', '.join(spelled[:12])}.")
    world.in_text(owner, text.path, text.text, literal.lineno, "unknown-value", what, fix)


def _type_fix(value: object, types: frozenset[str]) -> str:
    if "boolean" in types:
        return "Write the path alone, or `not` before it."
    if types & {"integer", "number"} and isinstance(value, str):
        return "Write the number without quotes."
    return (
        "Put quotes around it." if "string" in types and not isinstance(value, str) else "Compare it with such a value."
    )
