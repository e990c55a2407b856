"""Resource bombs: refused when the flow is loaded, or, where only the data decide, stopped within a blink."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time
from typing import Any

import pytest

from bot.rules.expression import EvaluationError, ExpressionError, compile_expression, compile_template

NOW = datetime(2026, 5, 1, tzinfo=UTC)
# Far above what any of these takes (0.1 s at most), far below what one that got through would take.
BLINK_SECONDS = 2.0


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


SCOPE: dict[str, Any] = {
    "n": 2,
    "text": "ab" * 30_000,
    "book": "ab " * 300_000,
    "numbers": list(range(10_000, 0, -1)),
    "many": list(range(10_001)),
    "rows": [{"a": {"b": {"c": i % 7}}, "list": [i, [i]]} for i in range(10_000)],
    # Equal hashes: the floats 1 * 2**(61 k) all hash like 1, and so do lists of them once they are tuples.
    "colliding": [[2.0 ** (61 * (i // 10**k % 10)) for k in range(3)] for i in range(1_000)] * 10,
    "deep": deep(900),
}

REFUSED = {
    "powers": "9 ** 9 ** 9",
    "a power of a variable": "n ** n",
    "a repeated text": "'a' * 1000000000",
    "a repeated text, the other way round": "1000000000 * 'a'",
    "a repeated list": "[0] * 1000000000",
    "a repeated text that grows": "('a' * 9999) * 9999",
    "range": "range(1000000000)",
    "range in a loop": "{% for x in range(1000000000) %}{% endfor %}",
    "nested loops": "{% for a in x %}{% for b in x %}{% for c in x %}{% endfor %}{% endfor %}{% endfor %}",
    "lipsum": "lipsum(n=100000000)",
    "a width for %": "'%1000000000d' % 1",
    "a precision for %": "'%.1000000000f' % 1",
    "a width for format": "'{:1000000000}'.format(1)",
    "a width for a date": "n | date('%1000000000d')",
    "a long date format": "'2026-05-01' | date('" + "%A" * 101 + "')",
    "center": "n | center(1000000000)",
    "indent": "n | indent(1000000000)",
    "a chain of multiplications of literals": "*".join(["99999999"] * 200),
    "a sum beyond bounds": "9223372036854775807 + 1",
    "a difference beyond bounds": "-9223372036854775807 - 9223372036854775807",
    "a fraction beyond bounds": "1e308 * 10",
    "a fraction written beyond bounds": "1e999999999",
    "an integer of 1,900 digits": "9" * 1_900,
    "a hexadecimal integer of 1,900 digits": "0x" + "f" * 1_900,
    "an integer with underscores": "1_" * 900 + "1",
    "a shift": "1 << 1000000000",
    "2,001 characters": "n" + " " * 1_999 + "+",
    "5,000 terms of and": " and ".join(["n"] * 5_000),
    "5,000 terms of or": " or ".join(["n"] * 5_000),
    "500 terms of and in short": " and ".join(["n"] * 330),
    "500 terms of plus": "+".join(["n"] * 500),
    "900 comparisons": "<".join(["n"] * 900),
    "900 joins": "~".join(["n"] * 900),
    "900 items": "[" + ",".join(["n"] * 900) + "]",
    "41 parentheses": "(" * 41 + "1" + ")" * 41,
    "900 parentheses": "(" * 900 + "1" + ")" * 900,
    "1,900 opening parentheses": "(" * 1_900,
    "1,900 closing parentheses": ")" * 1_900,
    "900 brackets": "[" * 900 + "]" * 900,
    "300 subscripts inside one another": "n[" * 300 + "0" + "]" * 300,
    "300 mappings inside one another": "{'a':" * 300 + "1" + "}" * 300,
    "200 calls inside one another": "days(" * 200 + "1" + ")" * 200,
    "400 times not": "not " * 400 + "n",
    "1,900 minus signs": "-" * 1_900 + "1",
    "900 plus signs with spaces": "+ " * 900 + "1",
    "signs, brackets and not": "(not -" * 250 + "1" + ")" * 250,
    "120 inline ifs": "1 if n else " * 120 + "1",
    "120 inline ifs without else": "1" + " if n" * 120,
    "300 filters": "n" + " | trim" * 240,
    "500 look-ups": "n" + ".a" * 500,
    "500 subscripts": "n" + "[0]" * 450,
    "1,900 quotes": "'" * 1_999,
    "1,900 backslashes": "\\" * 1_900,
    "1,900 pipes": "n" + "|" * 1_900,
    "1,900 dots": "n" + "." * 1_900,
    "a hundred years of days": "days(1e300)",
    "an endless number of days": "days(1e308 * 10)",
    "a truncation to nothing": "n | truncate(10000000000)",
    "a rounding to many digits": "n | round(1000000000)",
    "a replacement of nothing": "text | replace('', 'aaaaaaaaaa')",
}

STOPPED = {
    "texts doubled": "text ~ text",
    "texts doubled again and again": "(" * 20 + "n" + " ~ text ~ text)" * 20,
    "a replacement that doubles": "text | replace('a', 'aa') | replace('a', 'aa') | replace('a', 'aa')",
    "a replacement that explodes": "text | replace('a', text)",
    "a join with a long text": "numbers | join(text)",
    "a join of long texts": "[text, text] | join",
    "a join of joins": "[numbers | join, numbers | join, numbers | join] | join",
    "json of a large list": "rows | json",
    "json of json": "(text | json) ~ (text | json)",
    "a text that grows in capitals": "book | upper",
    "multiplications of a variable": "*".join(["n"] * 190),
    "squares of squares": "(n * 4611686018427387904) * (n * 4611686018427387904)",
    "a list beyond 10,000 items": "many | sort",
    "the same, for sum": "many | sum",
    "the same, for unique": "many | unique",
    "the same, for map": "many | map(attribute='a')",
    "the same, for join": "many | join",
    "sorted thirty times": "numbers" + " | sort" * 30,
    "unique thirty times": "numbers" + " | unique" * 30,
    "rows compared again and again": " or ".join(["rows != rows", "[rows] != [rows]"] * 9),
    "rows searched for": "rows in [[], rows] and " * 10 + "[rows, rows, rows, rows] not in [rows]",
    "rows made unique again and again": "0" + " + (rows | unique | length)" * 10,
    "a result of many references": "[" + ", ".join(["rows"] * 100) + "]",
    "a result of nested references": "[" * 5 + ", ".join(["[rows, rows]"] * 20) + "]" * 5,
    "a result of a long text, twice": "[book, book]",
    "deep data as they are": "deep",
    "deep data compared": "deep == deep",
    "deep data in text": "'' ~ deep",
    "deep data as json": "deep | json",
    "deep data made unique": "deep | unique",
    "deep data searched": "deep in [deep]",
}  # fmt: skip

ALLOWED = {
    "40 parentheses": "(" * 40 + "1" + ")" * 40,
    "30 times not": "not " * 30 + "n",
    "a chain of 190 additions": "+".join(["n"] * 190),
    "a chain of 75 comparisons": " or ".join(["n == 9"] * 75),
    "look-ups in deep data": "deep" + "[0]" * 190 + " | length",
    "a sort of 10,000": "numbers | sort | first",
    "colliding keys made unique": "colliding | unique | length",
    "rows made unique": "rows | map(attribute='list') | unique | length",
    "a part of a long text": "book | truncate(60)",
    "a search through a long text": "'x' in book",
    "a long text as it is": "book",
}


def in_a_blink(work: Callable[[], object]) -> None:
    start = process_time()
    work()
    assert process_time() - start < BLINK_SECONDS


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED.keys())
def test_a_bomb_is_refused_when_the_flow_is_loaded(source: str) -> None:
    def load() -> None:
        with pytest.raises(ExpressionError):
            compile_expression(source)
        with pytest.raises(ExpressionError):
            compile_template(f"a {{{{ {source} }}}}")

    in_a_blink(load)


@pytest.mark.parametrize("source", STOPPED.values(), ids=STOPPED.keys())
def test_a_bomb_that_only_the_data_can_light_is_stopped_at_work(source: str) -> None:
    """Whether these are too much depends on the data, so they load; the bounds at work stop them."""
    expression = compile_expression(source)

    def work() -> None:
        with pytest.raises(EvaluationError) as caught:
            expression.evaluate(SCOPE, NOW)
        assert caught.value.fix

    in_a_blink(work)


@pytest.mark.parametrize("source", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_is_within_the_bounds_is_worked_out(source: str) -> None:
    expression = compile_expression(source)
    found: list[Any] = []
    in_a_blink(lambda: found.append(expression.evaluate(SCOPE, NOW)))
    assert found[0] is not None


@pytest.mark.parametrize(
    "source",
    [
        "a" * 20_001,
        "{{ n }}" * 201,
        "{{ n " * 4_000,
        "{{" * 10_000,
        "{%" * 10_000,
        "{{ '" + "}}" * 5_000,
        "{{ " + "n + " * 600 + "n }}",
        "{{ " + "(" * 41 + "n" + ")" * 41 + " }}",
    ],
    ids=lambda source: f"{len(source)} of {source[:6]}",
)
def test_a_template_beyond_its_bounds_is_refused_when_the_flow_is_loaded(source: str) -> None:
    def load() -> None:
        with pytest.raises(ExpressionError):
            compile_template(source)

    in_a_blink(load)


@pytest.mark.parametrize("source", ["{{ text }}{{ text }}", "{{ book }} ", "{{ rows }}!", "{{ numbers | sort }}" * 200])
def test_a_text_beyond_its_bounds_is_stopped_at_work(source: str) -> None:
    template = compile_template(source)

    def work() -> None:
        with pytest.raises(EvaluationError):
            template.render(SCOPE, NOW)

    in_a_blink(work)


def test_no_recursion_error_escapes_from_deep_in_the_stack() -> None:
    """A caller who has used up nearly all of the stack gets an error of the language, or the right value."""
    outcomes = set()

    def at_the_bottom(source: str, room: int) -> None:
        frames = sys.getrecursionlimit() - room - stack_depth()

        def down(left: int) -> None:
            if left > 0:
                return down(left - 1)
            try:
                outcomes.add(compile_expression(source).evaluate({"n": 2}, NOW))
            except (ExpressionError, EvaluationError):
                outcomes.add("refused")
            return None

        down(frames)

    for index, room in enumerate(range(60, 700, 40)):
        at_the_bottom("(" * 35 + f"n * {index} * 0" + ")" * 35, room)
    assert outcomes == {0, "refused"}


def stack_depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth
