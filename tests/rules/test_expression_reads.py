"""What an expression says of its reads: which paths, where, guarded or not, and whether null would fail."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.expression import (
    EvaluationError,
    Expression,
    ExpressionError,
    compile_expression,
    compile_template,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def reads(source: str) -> list[str]:
    """Each read as `path`, with `?` behind it where it is guarded and `!` where null would fail."""
    return [
        ".".join(map(str, path.names)) + "?" * path.guarded + "!" * path.needs_value
        for path in compile_expression(source).reads
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # plain: null is neither provided for nor an error
        ("a.b", ["a.b"]),
        ("a.b == 'x'", ["a.b"]),
        ("a.b != c", ["a.b", "c"]),
        ("'x' ~ a.b", ["a.b"]),
        ("a in ['x', b]", ["a", "b"]),
        ("[a, {'k': b}]", ["a", "b"]),
        ("a | string ~ b | json", ["a", "b"]),
        ("a | upper | trim", ["a"]),
        ("items | select('k', a)", ["items!", "a"]),
        # null would fail
        ("a + 1 - b", ["a!", "b!"]),
        ("-a", ["a!"]),
        ("a < b", ["a!", "b!"]),
        ("1 < a < 3 == b", ["a!", "b"]),
        ("a == b < c", ["a", "b!", "c!"]),
        ("1 in a.b", ["a.b!"]),
        ("a | length", ["a!"]),
        ("a | upper | length", ["a!"]),
        ("(a | first).name + 1", ["a!"]),
        ("a | date(b)", ["a!", "b!"]),
        ("a | int", ["a!"]),
        ("days(a)", ["a!"]),
        ("{a: b}", ["a!", "b"]),
        ("(a and b) + 1", ["a!", "b!"]),
        ("(a or b) + 1", ["a?", "b!"]),
        ("(a if b else c) + 1", ["a!", "b?", "c!"]),
        # keys
        ("a['b'][0][-1].c", ["a.b.0.-1.c"]),
        ("a[b.c].d", ["a", "b.c"]),
        ("a[b] + 1", ["a!", "b!"]),
        ("a.b[c ~ d].e == 1", ["a.b", "c", "d"]),
        # provided for
        ("a.b is defined", ["a.b?"]),
        ("a.b is not none", ["a.b?"]),
        ("a.b | default('x')", ["a.b?"]),
        ("a.b | default(c) | length", ["a.b?", "c!"]),
        ("a | trim | default('x')", ["a?"]),
        ("(a + 1) | default(0)", ["a!"]),
        ("a | int(0)", ["a?"]),
        ("not a", ["a?"]),
        ("a or b", ["a?", "b"]),
        ("a and b", ["a?", "b"]),
        ("a or b or 'x'", ["a?", "b?"]),
        ("b if a else c", ["b", "a?", "c"]),
        # found to be present first
        ("a and a > 3", ["a?", "a?!"]),
        ("a and a.b > 3", ["a?", "a.b?!"]),
        ("a.b and a.c > 3", ["a.b?", "a.c!"]),
        ("a.b and a > 3", ["a.b?", "a!"]),
        ("a.b > 3 and a", ["a.b!", "a"]),
        ("a is defined and a > 3", ["a?", "a?!"]),
        ("a is not none and b and a > b", ["a?", "b?", "a?!", "b?!"]),
        ("a != null and a > 3", ["a", "a?!"]),
        ("a == null or a > 3", ["a", "a?!"]),
        ("a == 'x' and a | length > 0", ["a", "a?!"]),
        ("a is none or a > 3", ["a?", "a?!"]),
        ("not a or a > 3", ["a?", "a?!"]),
        ("a or a > 3", ["a?", "a!"]),
        ("not (a and b) or a > b", ["a?", "b?", "a?!", "b?!"]),
        ("(a or b) and a > 3", ["a?", "b?", "a!"]),
        ("a | trim and a | length > 3", ["a?", "a?!"]),
        ("a.b + 1 if a else 0", ["a.b?!", "a?"]),
        ("0 if not a else a + 1", ["a?", "a?!"]),
        ("0 if a else a + 1", ["a?", "a!"]),
        ("a > 3 and a < 5", ["a!", "a?!"]),
        ("[a + 1] if a and b else []", ["a?!", "a?", "b?"]),
        ("null", []),
        ("now() > today()", []),
    ],
)
def test_each_read_says_whether_it_is_guarded_and_whether_null_would_fail(source: str, expected: list[str]) -> None:
    assert reads(source) == expected


def test_offsets_point_at_the_variable_in_the_whole_source() -> None:
    source = "Dear {{ slots.name | default('you') }},\r\n{{ 1 +\r\n  steps.a.b[ item.key ] }}"
    template = compile_template(source)
    assert [(path.names, source[path.offset :].partition(" ")[0]) for path in template.reads] == [
        (("slots", "name"), "slots.name"),
        (("steps", "a", "b"), "steps.a.b["),
        (("item", "key"), "item.key"),
    ]


def test_a_null_in_a_plain_place_does_not_fail_and_in_a_needing_place_does() -> None:
    for source, fails in [
        ("x == 1", False),
        ("'' ~ x", False),
        ("x + 1", True),
        ("x | length", True),
        ("1 in x", True),
    ]:
        (path,) = compile_expression(source).reads
        assert path.needs_value is fails
        if fails:
            with pytest.raises(EvaluationError, match="null"):
                compile_expression(source).evaluate({"x": None}, NOW)
        else:
            compile_expression(source).evaluate({"x": None}, NOW)


_LEAVES = st.sampled_from(["x", "x.y", "x.y.z", "y", "1", "2.5", "'t'", "true"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or", "==", "!=", "<", ">=", "+", "-", "*", "~", "in"]), inner).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        inner.map(lambda a: f"(not {a})"),
        inner.map(lambda a: f"(-{a})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(
            inner,
            st.sampled_from(["trim", "upper", "length", "first", "default(0)", "int", "int(1)", "string", "json"]),
        ).map(lambda p: f"({p[0]} | {p[1]})"),
        st.tuples(inner, st.sampled_from(["is defined", "is not none"])).map(lambda p: f"({p[0]} {p[1]})"),
        pair.map(lambda p: f"({p[0]} | default({p[1]}))"),
    )


_DATA: st.SearchStrategy[Any] = st.sampled_from([None, 0, 3, "", "t", {"y": None}, {"y": 2}, {"y": {"z": 1}}])


def complaint(expression: Expression, scope: dict[str, Any]) -> str:
    try:
        expression.evaluate(scope, NOW)
    except EvaluationError as error:
        return error.what
    return ""


@settings(max_examples=300)
@given(source=st.recursive(_LEAVES, _grown, max_leaves=8), x=_DATA, y=_DATA)
def test_where_no_unguarded_read_needs_a_value_no_null_makes_it_fail(source: str, x: Any, y: Any) -> None:
    """The promise to the checker: a flow whose needing reads are all guarded never fails on a missing value.

    Only presence of the very path counts here (a guard `x` speaks for `x.y` too, which may itself be null).
    """
    try:
        expression = compile_expression(source)
    except ExpressionError:
        return
    if any(path.needs_value and (not path.guarded or len(path.names) > 1) for path in expression.reads):
        return
    # What stands in quotes is a text, such as the JSON of null.
    assert "null" not in re.sub(r"'[^']*'", "", complaint(expression, {"x": x, "y": y})), source
