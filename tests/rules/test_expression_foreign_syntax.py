"""Syntax of other languages and of the rest of Jinja2 (statements, comments): refused at load, all of it."""

from __future__ import annotations

import pytest

from bot.rules.expression import ExpressionError, compile_expression, compile_template

EXPRESSIONS = [
    # Python that is no Jinja2
    "lambda: x",
    "(lambda x: x)(1)",
    "[y for y in x]",
    "{y: 1 for y in x}",
    "{y for y in x}",
    "(y for y in x)",
    "x := 1",
    "(x := 1)",
    "import os",
    "from os import system",
    "x = 1",
    "x += 1",
    "del x",
    "assert x",
    "raise x",
    "yield x",
    "await x",
    "async x",
    "return x",
    "with x",
    "global x",
    "f'{x.__class__}'",
    "b'a'",
    "r'a'",
    "x; y",
    "x\ny",
    "`id`",
    "@x",
    "x @ y",
    "~x",
    "x & y",
    "x | 1",
    "x ^ y",
    "x << 999999999",
    "x >> 1",
    "x ** y",
    "x, y",
    "(x, y)",
    "*x",
    "**x",
    "[*x]",
    "{**x}",
    "x[1:2]",
    "x[::-1]",
    "x[:]",
    "x[1, 2]",
    "x[...]",
    "...",
    "x ? y : z",
    "x && y",
    "!x",
    "x === y",
    "x <> y",
    "'unclosed",
    "x.'y'",
    "x..y",
    # JavaScript, from n8n's CVE-2025-68613 and CVE-2026-1470, and other engines
    "{{ $json.constructor }}",
    "$json.constructor.constructor('return process')()",
    "(function(){ return this.process.mainModule.require('child_process') })()",
    "this.constructor.constructor('return process')()",
    "x.constructor.constructor('return this')()",
    "[].filter.constructor('return 1')()",
    "new Function('return process')()",
    "() => process",
    "`${process.env}`",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "${T(java.lang.Runtime).getRuntime().exec('id')}",
    "#set($x=1)",
    "{php}echo 1;{/php}",
    "*{7*7}",
    "@(7*7)",
    "{{=7*7}}",
    "{{'a'.constructor.prototype}}x",
]  # fmt: skip

TEMPLATES = [
    "{% for c in ''.__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
    "{% set x = cycler %}{{ x }}",
    "{% import 'os' as os %}",
    "{% from 'a' import b %}",
    "{% include '/etc/passwd' %}",
    "{% extends 'base' %}",
    "{% macro a() %}{% endmacro %}",
    "{% call a() %}{% endcall %}",
    "{% filter upper %}{% endfilter %}",
    "{% block a %}{% endblock %}",
    "{% with a = 1 %}{% endwith %}",
    "{% autoescape false %}{% endautoescape %}",
    "{% raw %}{{ x }}{% endraw %}",
    "{% debug %}",
    "{%- if x -%}{%- endif -%}",
    "{%+ if x %}{% endif %}",
    "{# {{ x }} #}",
    "{{ x }}{% print x.__class__ %}",
    "{{ x }}{#",
    "{{ '' }}{{ ''.__class__ }}",
    "{{ {{ x }} }}",
    "{{ x }",
    "{{",
    "{{ '{{' ",
    "{{- x.__class__ -}}",
    "{{ x.__class__|e }}",
]


@pytest.mark.parametrize("source", EXPRESSIONS)
def test_foreign_syntax_is_refused_when_the_flow_is_loaded(source: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source)
    assert caught.value.fix
    assert 0 <= caught.value.offset <= len(source)


@pytest.mark.parametrize("source", TEMPLATES)
def test_statements_comments_and_broken_braces_are_refused_when_the_flow_is_loaded(source: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_template(source)
    assert caught.value.fix
