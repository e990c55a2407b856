"""What expressions mean: a table a row, each row the source, the data it is worked out on, and the result."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.rules.expression import EvaluationError, compile_expression

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
SCOPE: dict[str, Any] = {
    "input": {"text": "Hello there", "sent_at": "2026-04-29T09:30:00Z", "_raw": 7},
    "slots": {"name": "Ann", "age": 41, "email": None, "vip": True, "key": "plan", "price": 12.5},
    "steps": {"account": {"plan": "pro", "seats": 3}, "orders": {"list": [3, 1, 2]}},
    "item": [{"name": "b", "price": 2, "tag": {"id": 1}}, {"name": "a", "price": 1.5, "tag": {"id": 2}}],
    "empty": {"text": "", "list": [], "mapping": {}, "zero": 0, "no": False},
}


def value_of(source: str, scope: Any = None) -> Any:
    return compile_expression(source).evaluate(SCOPE if scope is None else scope, NOW)


def same_value_and_type(left: Any, right: Any) -> bool:
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


VALUES = [
    # literals
    ("null", None),
    ("none", None),
    ("None", None),
    ("true", True),
    ("False", False),
    ("42", 42),
    ("1_000", 1000),
    ("0x10", 16),
    ("1.5e3", 1500.0),
    ("'it''s'", "its"),
    (r"'a\n\u00e9\x41\\'", "a\né" + "A\\"),
    ("[1, 'a', null]", [1, "a", None]),
    ("{'a': [1], 'b': {'c': null}}", {"a": [1], "b": {"c": None}}),
    ("[]", []),
    ("{}", {}),
    # look-ups
    ("slots.name", "Ann"),
    ("slots['name']", "Ann"),
    ("slots[slots.key] == null", True),
    ("steps.account[slots.key]", "pro"),
    ("item[0].name", "b"),
    ("item.0.name", "b"),
    ("item[-1].tag.id", 2),
    ("item[7]", None),
    ("item[-7]", None),
    ("item['name']", None),
    ("item[true]", None),
    ("item[0.0]", None),
    ("item[null]", None),
    ("slots[0]", None),
    ("slots.missing", None),
    ("slots.missing.deeper.still", None),
    ("slots.email.domain", None),
    ("slots.name.first", None),
    ("slots.age.years", None),
    ("slots.keys", None),
    ("slots.items", None),
    ("input['_raw']", 7),
    ("unknown", None),
    ("{'a': {'b': 5}}.a.b", 5),
    ("[4, 5][1]", 5),
    ("(item | first).name", "b"),
    # truth
    ("slots.name and slots.age", 41),
    ("slots.email and slots.age", None),
    ("slots.email or 'nobody'", "nobody"),
    ("empty.text or empty.list or empty.mapping or empty.zero or empty.no", False),
    ("not slots.email", True),
    ("not slots.name", False),
    ("not empty.mapping", True),
    ("'yes' if slots.vip else 'no'", "yes"),
    ("'yes' if slots.email", None),
    ("1 if slots.email else 2 if slots.vip else 3", 2),
    # tests
    ("slots.name is defined", True),
    ("slots.email is defined", False),
    ("slots.missing.x is not defined", True),
    ("slots.email is none", True),
    ("slots.email is null", True),
    ("slots.name is not none", True),
    ("slots.name is defined and slots.age is defined", True),
    # equality
    ("'1' == 1", False),
    ("1 == 1.0", True),
    ("true == 1", False),
    ("false == 0", False),
    ("null == false", False),
    ("null == null", True),
    ("slots.email != 'a'", True),
    ("[1, [2]] == [1.0, [2]]", True),
    ("[true] == [1]", False),
    ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", True),
    ("{'a': 1} == {'a': 1, 'b': 2}", False),
    ("days(1) == hours(24)", True),
    # ordering
    ("1 < 2", True),
    ("2 <= 2.0", True),
    ("'a' < 'b'", True),
    ("1 < slots.age < 100", True),
    ("1 < slots.age > 100", False),
    ("1 < 2 == 2", True),
    ("'2026-05-01T10:00:00+02:00' < '2026-05-01T09:00:00Z'", True),
    ("'2026-05-01' <= '2026-05-01T00:00:00'", True),
    ("'10:00' < '9:00'", True),
    ("days(2) > hours(47)", True),
    # membership
    ("2 in steps.orders.list", True),
    ("'2' in steps.orders.list", False),
    ("9 not in steps.orders.list", True),
    ("'name' in slots", True),
    ("1 in slots", False),
    ("'there' in input.text", True),
    ("1 in input.text", False),
    ("slots.email in ['a', null]", True),
    ("slots.email in input.text", False),
    # arithmetic
    ("1 + 2 * 3", 7),
    ("10 - 2 - 3", 5),
    ("7 / 2", 3.5),
    ("6 / 2", 3.0),
    ("7 // 2", 3),
    ("-7 // 2", -4),
    ("7 % 3", 1),
    ("-7 % 3", 2),
    ("7.5 % 2", 1.5),
    ("-slots.age + +1", -40),
    ("slots.price * steps.account.seats", 37.5),
    ("9223372036854775807", 9223372036854775807),
    # text
    ("'a' ~ 1 ~ null ~ true ~ 1.5", "a1true1.5"),
    ("'Hi ' ~ slots.name", "Hi Ann"),
    ("'' ~ [1, null, 'é']", '[1, null, "é"]'),
    ("'' ~ {'a': false}", '{"a": false}'),
    ("'' ~ days(1.5)", "1d 12h"),
    ("1 ~ 2", "12"),
    ("'a' ~ 'b' | upper", "aB"),
]

FILTERS = [
    ("slots.email | default('none')", "none"),
    ("slots.email | default", ""),
    ("slots.name | default('none')", "Ann"),
    ("empty.text | default('x')", ""),
    ("empty.text | default('x', true)", "x"),
    ("empty.text | default('x', boolean=true)", "x"),
    ("slots.age | default(slots.email + 1)", 41),
    ("slots.email | default(0) + 1", 1),
    ("'ÄB' | lower", "äb"),
    ("'straße' | upper", "STRASSE"),
    ("'  a b \n' | trim", "a b"),
    ("slots.email | lower | upper | trim | truncate | replace('a', 'b') | first | last", None),
    ("'abc' | length", 3),
    ("[] | length", 0),
    ("slots | length", 6),
    ("[1, 'b', null, true] | join(', ')", "1, b, , true"),
    ("[] | join", ""),
    ("steps.orders.list | first", 3),
    ("steps.orders.list | last", 2),
    ("[] | first", None),
    ("'abc' | last", "c"),
    ("2.5 | round", 3),
    ("-2.5 | round", -3),
    ("2.675 | round(2)", 2.68),
    ("1.005 | round(2)", 1.01),
    ("7 | round(2)", 7.0),
    ("-0.001 | round(2)", 0.0),
    ("1e300 | round(2)", 1e300),
    ("3.9 | int", 3),
    ("-3.9 | int", -3),
    ("' 42 ' | int", 42),
    ("'3.9' | int", 3),
    ("true | int", 1),
    ("'x' | int(0)", 0),
    ("null | int(7)", 7),
    ("'1e3' | float", 1000.0),
    ("'12' | float", 12.0),
    ("[] | float(1.5)", 1.5),
    ("1.0 | string", "1.0"),
    ("null | string", ""),
    ("days(2) | string", "2d"),
    ("'2026-05-01' | date", "2026-05-01"),
    ("'2026-05-01T09:05:07Z' | date('%d.%m.%Y %H:%M:%S')", "01.05.2026 09:05:07"),
    ("'2026-05-01T14:05:00+02:00' | date('%-d %B %y, %-I:%M %p %z %a %A %b %j %%')",
     "1 May 26, 2:05 PM +0200 Fri Friday May 121 %"),
    ("'2026-05-01 09:05' | date(format='%H')", "09"),
    ("'0001-01-01' | date", "0001-01-01"),
    ("12.5 | money", "12.50 EUR"),
    ("'1234.5' | money('USD')", "1234.50 USD"),
    ("2.675 | money", "2.68 EUR"),
    ("99.5 | money('JPY')", "100 JPY"),
    ("1.2345 | money('KWD')", "1.235 KWD"),
    ("-0.001 | money", "0.00 EUR"),
    ("{'a': [1, null, 'é']} | json", '{"a": [1, null, "é"]}'),
    ("null | json", "null"),
    ("'a\"' | json", '"a\\""'),
    ("'the quick brown fox' | truncate(12)", "the quick…"),
    ("'the quick brown fox' | truncate(10)", "the quick…"),
    ("'the quick brown fox' | truncate(12, '...')", "the quick..."),
    ("'abcdefgh' | truncate(4, end='')", "abcd"),
    ("'abc' | truncate(3)", "abc"),
    ("'a-b-c' | replace('-', '')", "abc"),
    ("[1, 2.5] | sum", 3.5),
    ("[0.1, 0.2, 0.3] | sum", 0.6),
    ("[] | sum", 0),
    ("item | sum(attribute='price')", 3.5),
    ("[1, '1', 1.0, true, null, null, [1], [1.0], {'a': 1, 'b': 2}, {'b': 2, 'a': 1}] | unique",
     [1, "1", True, None, [1], {"a": 1, "b": 2}]),
    ("steps.orders.list | sort", [1, 2, 3]),
    ("steps.orders.list | sort(reverse=true) | first", 3),
    ("['b', 'B', 'a'] | sort", ["B", "a", "b"]),
    ("['2026-05-01T10:00:00+02:00', '2026-05-01T09:00:00Z', '2026-05-01'] | sort | last",
     "2026-05-01T09:00:00Z"),
    ("item | sort(attribute='price') | map(attribute='name') | join", "ab"),
    ("item | map(attribute='tag.id')", [1, 2]),
    ("item | map(attribute='tag.nothing')", [None, None]),
    ("item | select('name', 'a') | length", 1),
    ("item | select('tag.id', value=2) | map(attribute='price')", [1.5]),
    ("item | select('color', null) | length", 2),
]  # fmt: skip

TIMES = [
    ("now()", "2026-05-01T09:30:00Z"),
    ("today()", "2026-05-01"),
    ("now() + days(2)", "2026-05-03T09:30:00Z"),
    ("days(2) + now()", "2026-05-03T09:30:00Z"),
    ("now() - hours(1.5)", "2026-05-01T08:00:00Z"),
    ("today() - days(7)", "2026-04-24"),
    ("today() + hours(5)", "2026-05-01T05:00:00Z"),
    ("today() + hours(24)", "2026-05-02"),
    ("'2026-03-01T10:00:00+01:00' + hours(1)", "2026-03-01T11:00:00+01:00"),
    ("'2024-02-28' + days(1)", "2024-02-29"),
    ("now() - input.sent_at", "2d"),
    ("now() - input.sent_at > days(1)", True),
    ("now() - input.sent_at > days(2)", False),
    ("(now() - input.sent_at) / days(1)", 2.0),
    ("((now() - input.sent_at) / hours(1)) | round", 48),
    ("now() > input.sent_at", True),
    ("today() < '2026-05-02'", True),
    ("input.sent_at < now() - hours(24)", True),
    ("now() | date('%H:%M')", "09:30"),
    ("days(1) + hours(12)", "1d 12h"),
    ("hours(1) - days(1)", "-23h"),
    ("-hours(2)", "-2h"),
    ("hours(0)", "0s"),
    ("hours(0.0252)", "1m 30s 720ms"),
    ("[days(1), {'wait': hours(2)}]", ["1d", {"wait": "2h"}]),
    ("'yes' if hours(0) else 'no'", "no"),
]


@pytest.mark.parametrize(("source", "expected"), [*VALUES, *FILTERS, *TIMES], ids=lambda part: str(part)[:60])
def test_an_expression_has_the_value_that_the_table_says(source: str, expected: Any) -> None:
    found = value_of(source)
    assert same_value_and_type(found, expected), found


def test_the_table_agrees_with_truth() -> None:
    """`truth` is Python's truth of the value: null, false, 0 and what is empty are false."""
    for source, expected in VALUES:
        assert compile_expression(source).truth(SCOPE, NOW) is bool(expected), source


@pytest.mark.parametrize(
    ("source", "part_of_what"),
    [
        ("slots.email + 1", "slots.email (null)"),
        ("slots.name + 1", "slots.name (a text)"),
        ("slots.vip + 1", "slots.vip (true or false)"),
        ("1 + slots.age * slots.name", "multiplies"),
        ("slots.name * 3", "multiplies"),
        ("slots.name % 3", "divides"),
        ("slots.email < 3", "slots.email (null)"),
        ("slots.age < slots.name", "orders"),
        ("slots.vip < slots.vip", "orders"),
        ("item < item", "orders"),
        ("1 in slots.email", "slots.email (null)"),
        ("1 in slots.age", "looks into"),
        ("1 / empty.zero", "division by zero"),
        ("1 % empty.zero", "division by zero"),
        ("1.5 // empty.zero", "division by zero"),
        ("days(1) / days(empty.zero)", "division by zero"),
        ("slots.age * 9223372036854775807", "2 to the power of 63"),
        ("slots.price * 1e308", "too large"),
        ("-slots.name", "sign"),
        ("{slots.email: 1}", "keys of a mapping"),
        ("slots.email | length", "length takes"),
        ("slots.age | upper", "upper takes a text"),
        ("slots.email | join", "slots.email (null)"),
        ("slots.name | round", "round takes a number"),
        ("2.5 | round(slots.name)", "'precision' of round"),
        ("2.5 | round(slots.price)", "0 to 15 digits"),
        ("slots.name | int", "'Ann'"),
        ("slots.email | float", "null"),
        ("slots.name | date", "'Ann' is not a date"),
        ("'2026-05-01' | date(slots.name ~ '%Q')", "%Q"),
        ("slots.name | money", "amount"),
        ("1 | money(slots.name)", "currency"),
        ("slots.name | replace(empty.text, 'x')", "no text to look for"),
        ("slots.name | truncate(slots.price)", "whole number"),
        ("[1, slots.name] | sum", "sum adds numbers"),
        ("[1, slots.vip] | sum", "true or false"),
        ("[1, slots.name] | sort", "a number and a text"),
        ("[null, slots.name] | sort", "null"),
        ("[slots, slots] | sort", "a mapping"),
        ("item | sort(attribute='missing')", "null"),
        ("item | map(attribute=slots.missing)", "null"),
        ("slots.name + days(1)", "'Ann' is not a date"),
        ("'9999-12-31' + days(slots.age)", "years 1 to 9999"),
        ("slots.name - slots.name", "not a date"),
        ("days(slots.age * 1000)", "a hundred years"),
        ("days(slots.name)", "'count' of days"),
    ],
)  # fmt: skip
def test_data_that_do_not_fit_are_an_evaluation_error_that_says_what_to_do(source: str, part_of_what: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        value_of(source)
    assert part_of_what in caught.value.what
    assert caught.value.fix[0].isupper()
    assert str(caught.value) == f"{caught.value.what}. {caught.value.fix}"


def test_time_without_a_zone_is_refused_and_other_zones_are_turned_to_utc() -> None:
    asked = compile_expression("now()")
    assert asked.evaluate({}, NOW.astimezone(timezone(timedelta(hours=5)))) == "2026-05-01T09:30:00Z"
    with pytest.raises(EvaluationError, match="no time zone"):
        asked.evaluate({}, NOW.replace(tzinfo=None))


def test_a_result_shares_nothing_with_the_scope() -> None:
    scope = {"slots": {"list": [1, {"a": [2]}]}}
    found: Any = compile_expression("slots").evaluate(scope, NOW)
    found["list"][1]["a"].append(3)
    constant = compile_expression("[[1]]")
    changed: Any = constant.evaluate(scope, NOW)
    changed[0].append(2)
    assert scope == {"slots": {"list": [1, {"a": [2]}]}}
    assert constant.evaluate(scope, NOW) == [[1]]


@pytest.mark.parametrize("stranger", [object(), {1}, (1, 2), b"a", NOW, float("nan"), 10**40, {1: 2}, 1j])
def test_what_is_not_plain_json_data_never_leaves_an_expression(stranger: Any) -> None:
    for source in ("x", "[x]", "'' ~ x", "{'a': x} | json"):
        with pytest.raises(EvaluationError):
            compile_expression(source).evaluate({"x": stranger}, NOW)


def test_compiled_expressions_are_equal_by_source_and_may_be_used_by_many_threads() -> None:
    expression = compile_expression("item | sort(attribute='price') | map(attribute='name') | join(slots.name)")
    assert expression == compile_expression(expression.source)
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.extend(expression.evaluate(SCOPE, NOW) for _ in range(200)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["aAnnb"] * 800
