"""What is refused when a flow is loaded, where the error points, and what it says to do."""

from __future__ import annotations

import pytest

from bot.rules.expression import ExpressionError, compile_expression, compile_template

# A source with a caret where the error points to, a part of what it says, a part of the mending.
REFUSED = [
    ("slots.a ^= 1", "'='", "=="),
    ("slots.a ==^= 1", "'='", "=="),
    ("a ^&& b", "'&'", "`and`"),
    ("a |^| b", "'|'", "`or`"),
    ("^!a", "'!'", "`not`"),
    ("a ^? b : c", "'?'", "if condition else"),
    ("a +^", "too early", "missing"),
    ("(a^", "too early", "missing"),
    ("a^)", "')'", "brackets"),
    ("[a, b^)", "')'", "brackets"),
    ("^'abc", "cannot stand here", "never closed"),
    ("a == ^“x”", "cannot stand here", "straight quotes"),
    ("slots.name == hello ^world", "'world'", "needs quotes"),
    ("a ^b", "'b'", "needs quotes"),
    ("[x ^for x in y]", "'for'", "map"),
    ("lambda ^x: x", "'x'", "parser"),
    ("a ^:= 3", "':'", "assignments"),
    ("a^, b", "','", "[a, b]"),
    ("a^; b", "';'", "one value"),
    ("x == {{ y ^}}", "'}'", "bare"),
    ("(a^, b)", "round brackets", "square brackets"),
    ("(^)", "round brackets", "square brackets"),
    ("a[^1:2]", "slices", "first"),
    ("^2 ** 3", "powers", "Multiply"),
    ("a | ^uper", "'uper'", "Did you mean 'upper'?"),
    ("a | ^defualt('x')", "'defualt'", "Did you mean 'default'?"),
    ("a | ^format('x')", "'format'", "The filters are"),
    ("a | ^now", "a function", "now()"),
    ("^upper(a)", "a filter", "| upper"),
    ("^toady()", "'toady'", "Did you mean 'today'?"),
    ("^range(3)", "'range'", "now()"),
    ("^now > 3", "a function", "now()"),
    ("a^.upper()", "no methods", "| upper"),
    ("a^.strip()", "no methods", "| trim"),
    ("a^.items()", "no methods", "without brackets"),
    ("a ^is undefined", "is undefined", "is not defined"),
    ("a ^is defind", "is defind", "Did you mean 'defined'?"),
    ("a ^is string", "is string", "inputs"),
    ("a ^is divisibleby(3)", "divisibleby", "tests"),
    ("a ^is none(3)", "nothing behind it", "brackets"),
    ("a.^_secret", "underscore", "['_key']"),
    ("^__builtins__", "underscore", "['_key']"),
    ("a | ^round(1, 2)", "takes 1 arguments", "round(2)"),
    ("a | ^replace('b')", "'new'", "replace('old', 'new')"),
    ("a | ^replace(*b)", "not unpacked", "replace"),
    ("a | ^replace(**b)", "not unpacked", "replace"),
    ("a | round(prec=^2)", "'prec'", "Did you mean 'precision'?"),
    ("a | round(2, precision=^2)", "twice", "round"),
    ("a | ^map('upper')", "by name", "map(attribute='name')"),
    ("a | ^sum('price')", "by name", "attribute"),
    ("a | round(^'x')", "'precision'", "round(2)"),
    ("a | round(^16)", "0 to 15", "round(2)"),
    ("a | truncate(^-1)", "whole number", "truncate(200)"),
    ("a | replace(^'', 'x')", "no text", "replace"),
    ("a | date(^'%Q')", "%Q", "%Y"),
    ("a | date(^'%9d')", "%9", "%Y"),
    ("a | money(^'Euro')", "currency", "EUR"),
    ("a | map(attribute=^'b.__class__')", "attribute", "key"),
    ("^days()", "'count'", "days(7)"),
    ("^now(3)", "takes no arguments", "now()"),
    ("^'a' + b", "adds two numbers", "~"),
    ("^a + 'b'", "adds two numbers", "~"),
    ("^1 + a + 'b'", "adds two numbers", "~"),
    ("^'a' * 3", "multiplies", "not repeated"),
    ("^[1] * 3", "multiplies", "not repeated"),
    ("^'%s' % a", "divides", "number"),
    ("^a < null", "orders", "default"),
    ("^true < 3", "orders", "number"),
    ("(^a == 1) + 1", "adds", "~"),
    ("^1 / 0", "division by zero", "Guard"),
    ("a and ^1 / 0", "division by zero", "Guard"),
    ("1 in ^3", "looks into", "default"),
    ("^-'a'", "sign", "float"),
    ("'a' | ^sum", "sum takes a list", "sum"),
    ("3 | ^upper", "upper takes a text", "upper"),
    ("null | ^length", "here is null", "default"),
    ("'soon' | ^date", "not a date", "ISO 8601"),
    ("'a'^.b", "no keys", "variables"),
    ("{^1: 2}", "keys of a mapping", "quotes"),
    ("^9223372036854775809", "power of 63", "text"),
    ("a + ^1e999", "too large", "numbers"),
    (r"'a^\d'", "no character", "backslash"),
    (r"'^\x00'", "no character", "character itself"),
    (r"'^\ud83d\ude00'", "no character", "character itself"),
    ("^", "no expression", "slots.email"),
    ("   ^", "no expression", "slots.email"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "what", "fix"), REFUSED)
def test_a_bad_expression_is_refused_with_its_place_and_its_mending(marked: str, what: str, fix: str) -> None:
    source = marked.replace("^", "", 1)
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source)
    assert what in caught.value.what
    assert fix in caught.value.fix
    expected = 0 if not source.strip() else marked.index("^")
    assert caught.value.offset == expected


@pytest.mark.parametrize(("marked", "what", "fix"), [row for row in REFUSED if row[0].strip(" ^")])
def test_the_place_is_counted_in_the_whole_template(marked: str, what: str, fix: str) -> None:
    before = "Dear {{ slots.name }},\r\nall is {{ "
    with pytest.raises(ExpressionError) as caught:
        compile_template(f"{before}{marked.replace('^', '', 1)} }}}} well {{{{ slots.name }}}}")
    assert caught.value.fix
    closing_gives_it_away = what in ("too early", "cannot stand here") or "never closed" in fix or "bare" in fix
    assert closing_gives_it_away or caught.value.offset == len(before) + marked.index("^")


@pytest.mark.parametrize(
    ("marked", "what", "fix"),
    [
        ("Hello ^{{ name", "never closed", "}}"),
        ("Hello ^{{ name }", "never closed", "}}"),
        ("Hello {{^}}", "no expression", "slots.email"),
        ("a ^{% if b %}c{% endif %}", "statements", "inline if"),
        ("a ^{# note #}", "comments", "YAML"),
        ("{{^- a }}", "trim white space", "space"),
        ("{{^-5 }}", "trim white space", "space"),
        ("{{ a ^-}}", "trim white space", "minus"),
        ("{{ a }} {{ b | ^uper }}", "'uper'", "upper"),
        ("{{ a }}^{% raw %}", "statements", "'{%'"),
        ("{{ (a ^}}", "'}'", "brackets"),
        ("{{ it^'s }} and {{ more }}", "cannot stand here", "never closed"),
    ],
)
def test_a_bad_template_is_refused_with_its_place_and_its_mending(marked: str, what: str, fix: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_template(marked.replace("^", "", 1))
    assert what in caught.value.what
    assert fix in caught.value.fix
    assert caught.value.offset == marked.index("^")


def test_the_message_is_what_and_then_the_mending() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression("slots.name | uper")
    error = caught.value
    assert str(error) == f"{error.what}. {error.fix}"
    assert error.what == "there is no filter 'uper'"
    assert error.fix.startswith("Did you mean 'upper'? The filters are date, default, first, float, int, join,")
