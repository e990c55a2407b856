"""What the language does not have, and what to write instead."""

from collections.abc import Iterable
from typing import Final

from jinja2 import nodes
from rapidfuzz import fuzz, process

from bot.rules.expression.errors import ExpressionError
from bot.rules.expression.list_filters import LIST_FILTERS
from bot.rules.expression.scalar_filters import FUNCTIONS, SCALAR_FILTERS
from bot.rules.expression.signature import Filter

FILTERS: Final[dict[str, Filter]] = {spec.name: spec for spec in (*SCALAR_FILTERS, *LIST_FILTERS)}
TESTS: Final = frozenset({"defined", "none", "null"})

_NODES: Final[dict[type[nodes.Node], tuple[str, str]]] = {
    nodes.Pow: ("there are no powers (**)", "Multiply, or use an action."),
    nodes.Tuple: ("a list in round brackets is not there", "Write it in square brackets: [a, b]"),
    nodes.Slice: ("there are no slices ([a:b])", "Use | first, | last or | truncate(20)."),
}


def refused(node: nodes.Node) -> ExpressionError:
    """The error for a node that no rule accepts."""
    what, fix = _NODES.get(
        type(node), (f"{type(node).__name__} is not part of the expression language", "Use an action for it.")
    )
    return ExpressionError(what, fix, node.lineno or 0)


def near(name: str, known: Iterable[str]) -> str:
    """`Did you mean 'upper'? ` where one of the known names is near, else nothing."""
    found = process.extractOne(name.lower(), list(known), scorer=fuzz.ratio, score_cutoff=60)
    return f"Did you mean {found[0]!r}? " if found else ""


_HIDDEN_FIX: Final = "Nothing of Python can be reached from here; keys that data really have are read as x['_key']."


def hidden_name(name: str, offset: int) -> ExpressionError:
    return ExpressionError(f"a name that begins with an underscore ({name[:40]!r}) cannot be read", _HIDDEN_FIX, offset)


def unknown_filter(name: str, offset: int) -> ExpressionError:
    known = ", ".join(sorted(FILTERS))
    if name in FUNCTIONS:
        return ExpressionError(f"{name} is a function, not a filter", f"Write {FUNCTIONS[name].usage}.", offset)
    return ExpressionError(
        f"there is no filter {name[:40]!r}", f"{near(name, FILTERS)}The filters are {known}.", offset
    )


_TEST_FIXES: Final = {
    "undefined": "Write `is not defined`.",
    "true": "Use the value itself, or == true.",
    "false": "Use `not` and the value, or == false.",
    "empty": "Use `not` and the value: an empty text, list or mapping counts as false.",
    "in": "Write `x in y`.",
}


def unknown_test(name: str, offset: int) -> ExpressionError:
    fix = _TEST_FIXES.get(name) or (
        f"{near(name, TESTS)}The tests are `is defined` and `is none`; kinds are declared in `inputs`."
    )
    return ExpressionError(f"there is no test `is {name[:40]}`", fix, offset)


def unknown_call(node: nodes.Call) -> ExpressionError:
    """The error for a call of anything but a function of the language."""
    callee = node.node
    offset = callee.lineno or 0
    if isinstance(callee, nodes.Name):
        name = callee.name
        if name in FILTERS:
            return ExpressionError(f"{name} is a filter, not a function", f"Write {FILTERS[name].usage}.", offset)
        functions = ", ".join(f"{known}()" for known in FUNCTIONS)
        return ExpressionError(
            f"there is no function {name[:40]!r}",
            f"{near(name, FUNCTIONS)}The functions are {functions}.",
            offset,
        )
    if isinstance(callee, nodes.Getattr):
        if callee.attr.startswith("_"):
            return hidden_name(callee.attr, offset)
        word = _AS_FILTER.get(callee.attr, callee.attr)
        instead = (
            f"Write {FILTERS[word].usage}."
            if word in FILTERS
            else "Read a key without brackets; use filters for the rest."
        )
        return ExpressionError(f"values have no methods (.{callee.attr[:40]}(…))", instead, offset)
    return ExpressionError(
        "only the functions now, today, days and hours are called", "Use filters for the rest.", offset
    )


_AS_FILTER: Final = {"strip": "trim", "len": "length", "count": "length", "format": "string",
                     "get": "default",
                     "isoformat": "date", "strftime": "date", "dumps": "json"}  # fmt: skip
