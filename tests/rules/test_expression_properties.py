"""What holds for every text and all data: an expression is refused, or ends soon, in JSON or an error."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.rules.expression import (
    EvaluationError,
    ExpressionError,
    Template,
    compile_expression,
    compile_template,
    paths_read,
    render_value,
    texts_in,
)

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
NAMES = ("input", "slots", "steps", "item", "x")

json_data = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=30)
    | st.sampled_from(["2026-05-01", "2026-05-01T10:00:00+02:00", "0001-01-01", "9999-12-31T23:59:59Z", "12.50"]),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["a", "b", "name"]) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)
scopes = st.dictionaries(st.sampled_from(NAMES), json_data, max_size=5)
moments = st.datetimes(
    min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip

LEAVES = st.one_of(
    st.sampled_from([*NAMES, "null", "true", "false", "now()", "today()", "[]", "{}", "''"]),
    st.sampled_from(NAMES).flatmap(lambda n: st.sampled_from([f"{n}.a", f"{n}['b']", f"{n}[0]", f"{n}[-1].name"])),
    st.integers(-(2**64), 2**64).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(max_size=8).map(lambda text: json.dumps(text.replace("\x00", ""))),
    st.sampled_from(["'2026-05-01'", "'2026-05-01T10:00:00Z'", "days(1)", "hours(0.5)"]),
)
OPERATORS = [
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "~",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "not in",
    "and",
    "or",
]
FILTERS = [
    "default('d')", "default", "lower", "upper", "trim", "length", "join('-')", "first", "last", "round(2)",
    "round", "int", "int(0)", "float(1.5)", "string", "date", "date('%d %b %Y')", "money", "json",
    "truncate(5)", "replace('a', 'bb')", "sum", "unique", "sort", "sort(reverse=true, attribute='a')",
    "map(attribute='a.b')", "select('a', 1)",
]  # fmt: skip


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(inner, st.sampled_from(FILTERS)).map(lambda p: f"({p[0]} | {p[1]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]}, {p[1]}]"),
        st.tuples(inner, inner).map(lambda p: f"{{'k': {p[0]}, {p[1]}: 1}}"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]})[{p[1]}]"),
        inner.map(lambda a: f"(not {a})"),
        inner.map(lambda a: f"(-{a})"),
        inner.map(lambda a: f"({a} is not none)"),
        inner.map(lambda a: f"days({a})"),
    )


expressions = st.recursive(LEAVES, grown, max_leaves=10)
# Anything that looks a little like an expression, mostly wrong.
token_soup = st.lists(
    st.sampled_from([*"()[]{}.,:|~+-*/%<>=!'\"\\ \n\r\t&^$#?@;`_09ae", *OPERATORS, *NAMES,
                     "{{", "}}", "{%", "%}",
                     "if", "else", "is", "for", "**", "__class__", "now", "\\x00", "é", "\uff11", "\u2028",
                     "1e9", "0x"]),
    max_size=40,
).map("".join)  # fmt: skip
sources = st.one_of(expressions, token_soup, st.text(max_size=60))


def refused_or(compiling: Callable[[str], Any], source: str) -> tuple[Any, ExpressionError | None]:
    try:
        return compiling(source), None
    except ExpressionError as refusal:
        return None, refusal


def worked_out(compiled: Any, scope: dict[str, Any], now: datetime) -> tuple[Any, EvaluationError | None]:
    try:
        return (compiled.render if isinstance(compiled, Template) else compiled.evaluate)(scope, now), None
    except EvaluationError as error:
        return None, error


def outcome(compiled: Any, scope: Any, now: datetime = NOW) -> Any:
    """The value as JSON text, or its error; fails on any other exception, on sloth, and on other data."""
    start = process_time()
    found, error = worked_out(compiled, scope, now)
    assert process_time() - start < 1.0
    if error is None:
        return json.dumps(found, allow_nan=False)
    assert error.what
    assert error.fix
    return ("error", error.what)


@settings(max_examples=400)
@given(source=sources, scope=scopes, now=moments)
@example(source="x" * 2000, scope={}, now=NOW)
@example(source="x.a\r\n.b", scope={"x": {"a": {"b": 1}}}, now=NOW)
def test_any_text_is_refused_or_gives_json_or_its_error(source: str, scope: dict[str, Any], now: datetime) -> None:
    for compiling in (compile_expression, compile_template):
        compiled, refusal = refused_or(compiling, source)
        if refusal is not None:
            assert 0 <= refusal.offset <= len(source)
            assert refusal.what
            assert refusal.fix
            continue
        before = copy.deepcopy(scope)
        first = outcome(compiled, scope, now)
        assert outcome(compiled, scope, now) == first, "the same data and time always give the same"
        assert json.dumps(scope) == json.dumps(before), "and are left as they were"
        if isinstance(first, str):
            assert len(first) < 7_000_000


@settings(max_examples=300)
@given(source=expressions, scope=scopes)
def test_an_expression_alone_keeps_its_type_and_with_text_around_it_is_text(source: str, scope: dict[str, Any]) -> None:
    expression, refusal = refused_or(compile_expression, source)
    if refusal is not None:
        return
    whole, wrapped = compile_template(f"{{{{ {source} }}}}"), compile_template(f"<{{{{ {source} }}}}>")
    assert (whole.whole, wrapped.whole) == (True, False)
    assert outcome(whole, scope) == outcome(expression, scope)
    text = outcome(wrapped, scope)
    if isinstance(text, str):
        inside = json.loads(text)
        assert inside.startswith("<")
        assert inside.endswith(">")
    value = outcome(expression, scope)
    if isinstance(value, str) and isinstance(text, str) and isinstance(json.loads(value), str):
        assert json.loads(text) == f"<{json.loads(value)}>"


@given(text=st.text(max_size=200))
@example(text="100 % of } braces and }} pairs { alone")
@example(text="a\r\nb\rc\n")
def test_text_without_placeholders_is_left_exactly_as_it_is(text: str) -> None:
    if any(opening in text for opening in ("{{", "{%", "{#")):
        return
    template = compile_template(text)
    assert (template.is_text, template.whole, template.reads) == (True, False, ())
    assert template.render({}, NOW) == text
    assert render_value(text, {}, NOW) == text


@given(text=st.text(max_size=200), value=st.text(max_size=50))
def test_text_around_a_placeholder_is_left_exactly_as_it_is(text: str, value: str) -> None:
    if "{" in text:
        return
    assert compile_template(f"{text}{{{{ x }}}}{text}").render({"x": value}, NOW) == f"{text}{value}{text}"
    assert compile_template("{{ x }}").render({"x": value}, NOW) == value


@given(data=json_data)
def test_data_read_whole_come_out_as_they_are(data: Any) -> None:
    found = outcome(compile_expression("x"), {"x": data})
    if isinstance(found, str):
        assert json.loads(found) == data
    else:
        assert "number" in found[1]


@given(text=st.text(max_size=60))
def test_a_text_literal_is_the_text(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\r", "\\r")
    assert compile_expression(f"'{escaped}'").evaluate({}, NOW) == text


@given(left=json_data, right=json_data)
def test_equality_is_that_of_the_json_texts(left: Any, right: Any) -> None:
    """Two values are equal when their JSON is, but for 1 and 1.0; `in`, `unique` and `select` follow."""
    scope = {"x": left, "y": right}
    equal = compile_expression("x == y").evaluate(scope, NOW)
    assert compile_expression("y == x").evaluate(scope, NOW) is equal
    assert compile_expression("x != y").evaluate(scope, NOW) is not equal
    assert compile_expression("x in [y]").evaluate(scope, NOW) is equal
    assert compile_expression("[{'a': x}] | select('a', y) | length").evaluate(scope, NOW) == int(bool(equal))
    if json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True):
        assert equal or "NaN" in json.dumps(left)
    try:
        kinds = compile_expression("[x, y] | unique | length").evaluate(scope, NOW)
    except EvaluationError:
        return
    assert kinds == (1 if equal else 2)


numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)


@given(left=numbers, right=numbers, sign=st.sampled_from(["+", "-", "*", "/", "//", "%"]))
def test_arithmetic_is_pythons_within_bounds(left: Any, right: Any, sign: str) -> None:
    compute: dict[str, Callable[[], Any]] = {
        "+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right,
        "/": lambda: left / right, "//": lambda: left // right, "%": lambda: left % right,
    }  # fmt: skip
    try:
        expected = compute[sign]()
        sound = -(2**63) <= expected < 2**63 if isinstance(expected, int) else math.isfinite(expected)
    except (ZeroDivisionError, OverflowError):
        sound = False
    expression = compile_expression(f"x {sign} y")
    if sound:
        found = expression.evaluate({"x": left, "y": right}, NOW)
        assert (type(found), found) == (type(expected), expected)
    else:
        with pytest.raises(EvaluationError):
            expression.evaluate({"x": left, "y": right}, NOW)


@given(now=moments, count=st.integers(-36_000, 36_000))
def test_moving_a_date_there_and_back_gives_the_date(now: datetime, count: int) -> None:
    for source in ("now() + days(n) - days(n)", "today() + days(n) - days(n)", "now() - hours(n) + hours(n)"):
        plain = compile_expression(source.partition(" ")[0])
        there_and_back = outcome(compile_expression(source), {"n": count}, now)
        if isinstance(there_and_back, str):
            assert there_and_back == outcome(plain, {}, now)
    later = outcome(compile_expression("now() + hours(n) > now()"), {"n": count}, now)
    assert later in (json.dumps(count > 0), ("error", "the date falls outside the years 1 to 9999"))


@given(items=st.lists(st.integers(-(2**40), 2**40) | st.floats(-1e9, 1e9)))
def test_list_filters_agree_with_python(items: list[Any]) -> None:
    def of(source: str) -> Any:
        return compile_expression(source).evaluate({"x": items}, NOW)

    assert of("x | sort") == sorted(items)
    assert of("x | sort(reverse=true)") == sorted(items, reverse=True)
    assert of("x | unique") == list(dict.fromkeys(items))
    assert of("x | sum") == (sum(items) if all(isinstance(i, int) for i in items) else math.fsum(items))
    assert of("x | length") == len(items)


nested = st.recursive(
    st.none() | st.integers() | st.sampled_from(["plain", "{{ x.a }}", "see {{ x.a }} and {{ x.b }}", "{ brace"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)


@given(value=nested)
def test_a_nested_value_is_rendered_string_by_string(value: Any) -> None:
    scope = {"x": {"a": [1], "b": None}}

    def by_hand(part: Any) -> Any:
        if isinstance(part, list):
            return [by_hand(item) for item in part]
        if isinstance(part, dict):
            return {key: by_hand(item) for key, item in part.items()}
        return compile_template(part).render(scope, NOW) if isinstance(part, str) else part

    assert render_value(value, scope, NOW) == by_hand(value)
    listed = [(at, template.source) for at, template in paths_read(value)]
    assert listed == [(at, text) for at, text in texts_in(value) if "{{" in text]
    for at, source in listed:
        found = value
        for key in at:
            found = found[key]
        assert found == source


@given(span=st.timedeltas(timedelta(), timedelta(days=36_000)))
def test_a_length_of_time_leaves_as_flow_files_write_it(span: timedelta) -> None:
    hours = span / timedelta(hours=1)
    text = compile_expression("hours(n)").evaluate({"n": hours}, NOW)
    units = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
    written = sum(
        int(part.rstrip("dhms")) * units[part.lstrip("0123456789")] for part in str(text).split()
    )  # fmt: skip
    assert written == hours * timedelta(hours=1) // timedelta(milliseconds=1)
