"""Texts with placeholders: what keeps its type, what becomes text, and nested values full of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.rules.expression import (
    EvaluationError,
    ExpressionError,
    compile_expression,
    compile_template,
    paths_read,
    render_value,
    texts_in,
)

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
SCOPE: dict[str, Any] = {
    "slots": {"name": "Ann", "age": 41, "email": None, "vip": True},
    "steps": {"orders": {"list": [3, 1, 2]}},
}


def same_value_and_type(left: Any, right: Any) -> bool:
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


TEMPLATES = [
    ("Hello {{ slots.name }}!", "Hello Ann!"),
    ("{{ slots.age }}", 41),
    ("{{slots.age}}", 41),
    ("{{ slots }}", SCOPE["slots"]),
    ("{{ slots.email }}", None),
    (" {{ slots.age }}", " 41"),
    ("{{ slots.age }}\n", "41\n"),
    ("{{ slots.age }}{{ slots.age }}", "4141"),
    ("[{{ slots.email }}]", "[]"),
    ("{{ slots.vip }}, {{ steps.orders.list }}", "true, [3, 1, 2]"),
    ("{{ {'a': {'b': 1}} }}", {"a": {"b": 1}}),
    ("{{ '}}' }} and {{ '{%' }}", "}} and {%"),
    ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
    ("{{ slots.name ~\r\n '!' }}", "Ann!"),
    ("{{ days(2) }}", "2d"),
    ("in {{ days(2) }}", "in 2d"),
    ("100 % plain }} text { with } braces", "100 % plain }} text { with } braces"),
    ("", ""),
]


@pytest.mark.parametrize(("source", "expected"), TEMPLATES)
def test_a_whole_placeholder_keeps_its_type_and_anything_around_it_makes_text(source: str, expected: Any) -> None:
    template = compile_template(source)
    assert same_value_and_type(template.render(SCOPE, NOW), expected)
    assert template.whole is (source.startswith("{{") and source.endswith("}}") and source.count("{{") == 1)
    assert template.is_text is ("{{" not in source)


def test_a_condition_may_stand_in_one_pair_of_braces() -> None:
    assert compile_expression("  {{ slots.age > 40 }} ").evaluate(SCOPE, NOW) is True
    with pytest.raises(ExpressionError, match="one expression"):
        compile_expression("{{ slots.age }} > 40")


def test_every_string_of_a_nested_value_is_rendered_and_its_keys_are_not() -> None:
    value = {
        "to": "{{ slots.name }}",
        "{{ a }}": [1, "x{{ slots.age }}", {"deep": "{{ slots.age }}"}],
        "n": None,
    }
    assert render_value(value, SCOPE, NOW) == {
        "to": "Ann", "{{ a }}": [1, "x41", {"deep": 41}], "n": None
    }  # fmt: skip
    assert render_value("{{ slots.vip }}", SCOPE, NOW) is True
    assert value["to"] == "{{ slots.name }}"


def test_the_templates_of_a_nested_value_are_listed_with_where_they_stand() -> None:
    value = {"b": ["plain", "{{ slots.a }}"], "a": "Hi {{ slots.name }} and {{ input.text }}", "c": "{ no }"}
    found = [(at, [path.names for path in template.reads]) for at, template in paths_read(value)]
    assert found == [
        (("b", 1), [("slots", "a")]),
        (("a",), [("slots", "name"), ("input", "text")]),
    ]
    assert list(texts_in(value))[-1] == (("c",), "{ no }")


def test_a_value_that_nests_too_deep_is_refused() -> None:
    value: Any = "{{ slots.name }}"
    for _ in range(100):
        value = [value]
    with pytest.raises(EvaluationError, match="nests deeper"):
        render_value(value, SCOPE, NOW)


def test_the_budget_of_work_holds_for_a_nested_value_as_a_whole() -> None:
    scope = {"x": list(range(9_000))}
    assert render_value(["{{ x | sort | last }}"] * 2, scope, NOW) == [8_999, 8_999]
    with pytest.raises(EvaluationError, match="more work"):
        render_value(["{{ x | sort }}"] * 50, scope, NOW)
