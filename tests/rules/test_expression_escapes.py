"""Known ways out of template and expression sandboxes (Jinja2, Python, n8n, Dify ...): none leads anywhere.

Almost all are refused when the flow is loaded. The few that are sound syntax over data are listed apart, each
with the reason why it is harmless; the checker refuses their unknown variables when the flow is loaded.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.rules.expression import EvaluationError, ExpressionError, compile_expression, compile_template

NOW = datetime(2026, 5, 1, tzinfo=UTC)

REFUSED = [
    # Python's object graph from a literal
    "''.__class__",
    "''.__class__.__mro__[1].__subclasses__()",
    "''.__class__.__base__.__subclasses__()[140]",
    "''.__class__.mro()[1]",
    "().__class__.__bases__[0].__subclasses__()",
    "[].__class__.__base__",
    "{}.__class__.__base__.__subclasses__()",
    "(1).__class__",
    "1.0.__class__",
    "true.__class__",
    "none.__class__.__bases__",
    "'abc'.__doc__",
    "''['__class__']",
    "''['__cla' ~ 'ss__']",
    "''['\\x5f\\x5fclass\\x5f\\x5f']",
    "''['\\u005f\\u005fclass\\u005f\\u005f']",
    "'a'.encode('rot13')",
    "'a'.join(['b'])",
    "'%c%c' % (95, 95)",
    "('%c' % 95) * 2",
    "'{0.__class__}'.format(x)",
    "'{0.__class__.__init__.__globals__[os]}'.format(x)",
    "'{}'.format_map(x)",
    "'{x.__class__}' | format(x=1)",
    "'%s' | format('x')",
    "'%s' % x",
    "'%(a)s' % {'a': 1}",
    # from a variable
    "x.__class__",
    "x.__class__.__mro__",
    "x.__init__.__globals__",
    "x.__globals__['os'].popen('id').read()",
    "x.__getattribute__('__class__')",
    "x.__dict__",
    "x.__reduce_ex__(2)",
    "x.__subclasshook__",
    "x.y.__func__.__code__",
    "x.func_globals()",
    "x.gi_frame.f_back.f_builtins()",
    "x.cr_frame.f_globals.clear()",
    "x.tb_frame.f_locals.update({})",
    "x._private",
    "x._TemplateReference__context",
    "x[0].__class__",
    "x['a'].__class__",
    "(x | first).__class__",
    "(x or '').__class__",
    "(x if x else y).__class__",
    "[x][0].__class__",
    "{'a': x}.a.__class__",
    "now().__class__",
    "days(1).__class__.__mro__",
    "days(1).__reduce__()",
    "now.__globals__",
    "today.__code__",
    "x.\u02cd\u02cdclass()",
    "x.\uff3f\uff3fclass\uff3f\uff3f",
    "x.\ufe4dclass",
    "x.\u203f\u203fclass()",
    # Jinja2's names and objects
    "__builtins__",
    "__import__('os').popen('id')",
    "_context",
    "self.__init__.__globals__.__builtins__",
    "self._TemplateReference__context.cycler.__init__.__globals__.os",
    "lipsum.__globals__['os'].popen('id').read()",
    "lipsum.__globals__.__builtins__.open('/etc/passwd').read()",
    "lipsum(n=100000000)",
    "lipsum()",
    "cycler.__init__.__globals__.os.popen('id').read()",
    "cycler('a', 'b').next()",
    "joiner.__init__.__globals__",
    "joiner(',')()",
    "namespace.__init__.__globals__",
    "namespace(a=1)",
    "dict(a=1)",
    "dict(__class__=x)",
    "dict.mro()",
    "range(10)",
    "range(999999999)",
    "range.__class__",
    "url_for.__globals__['current_app'].config",
    "url_for('static')",
    "get_flashed_messages.__globals__",
    "get_flashed_messages()",
    "request.__class__",
    "request.application.__globals__.__builtins__.__import__('os')",
    "request.environ.get('werkzeug.server.shutdown')()",
    "request['application']['\\x5f\\x5fglobals\\x5f\\x5f']()",
    "config.from_object('os')",
    "config.items()",
    "config.__class__.from_envvar.__globals__.import_string('os')",
    "g.pop.__globals__",
    "session.update(a=1)",
    "caller()",
    "super()",
    "super().x",
    "loop.cycle('a')",
    "varargs.__class__",
    "kwargs.pop('a')",
    "environment.globals.clear()",
    "context.get_all()",
    "debug()",
    "gettext('x')",
    "_('x')",
    # Jinja2's filters and tests
    "x | attr('__class__')",
    "x | attr('\\x5f\\x5fclass\\x5f\\x5f')",
    "x | attr(y)",
    "'' | attr('__class__') | attr('__mro__')",
    "x | map(attribute='__class__')",
    "x | map(attribute='a.__class__')",
    "x | map('attr', '__class__')",
    "x | map('upper')",
    "x | sort(attribute='__class__')",
    "x | sum(attribute='__class__')",
    "x | sum(start='')",
    "x | select('callable')",
    "x | select('__class__', 1)",
    "x | selectattr('__class__')",
    "x | rejectattr('a')",
    "x | groupby('__class__')",
    "x | groupby('a')",
    "x | list",
    "x | tojson",
    "x | pprint",
    "x | xmlattr",
    "x | safe",
    "x | format(y)",
    "x | batch(3)",
    "x | slice(3)",
    "x | wordwrap(1)",
    "x | indent(100000000)",
    "x | center(100000000)",
    "x | filesizeformat",
    "x | urlize",
    "x | random",
    "x | dictsort",
    "x | items",
    "x | reverse",
    "x | join(attribute='__class__')",
    "x | min",
    "x | eval",
    "x | exec",
    "x | os.system",
    "x | upper.__class__",
    "x | default(y, __class__=1)",
    "x is callable",
    "x is filter",
    "x is mapping",
    "x is sameas(y)",
    "x is eq(1)",
    "x is defined.__class__",
    # calls of anything
    "x()",
    "x.y()",
    "x['y']()",
    "x[0]()",
    "(x)()",
    "(x or y)()",
    "'a'()",
    "1()",
    "[]()",
    "now()()",
    "now()[0]()",
    "x | upper()()",
    "x.pop()",
    "x.update({'a': 1})",
    "x.append(1)",
    "x.clear()",
    "x.copy()",
    "x.get('a')",
    "x.encode()",
    "x.upper()",
    "today(*x)",
    "now(**x)",
    "days(*[1])",
    "days(**{'count': 1})",
    "x | replace(*y)",
    "x | round(**y)",
    "print(x)",
    "open('/etc/passwd')",
    "open('/etc/passwd').read()",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "getattr(x, '__class__')",
    "setattr(x, 'a', 1)",
    "vars()",
    "globals()",
    "locals()",
    "dir()",
    "type(x)",
    "type('X', (), {})",
    "object()",
    "id(x)",
    "hasattr(x, 'a')",
    "isinstance(x, y)",
    "chr(95)",
    "str(x)",
    "input()",
    "breakpoint()",
    "help()",
    "memoryview(x)",
    "importlib.import_module('os')",
    "os.system('id')",
    "sys.exit()",
    "subprocess.Popen('id')",
]  # fmt: skip

HARMLESS: list[tuple[str, Any, str]] = [
    ("x['__class__']", None, "a subscript is a key look-up in the data, which have no such key"),
    ("x['__cla' ~ 'ss__']", None, "the same, with a key put together"),
    ("x['\\x5f\\x5fclass\\x5f\\x5f']", None, "the same, with a key written in escapes"),
    ("x['__init__']['__globals__']['os']", None, "look-ups on null give null"),
    ("x[y]", None, "a key from the data is a key in the data"),
    ("x.constructor", None, "a key, which the data do not have"),
    ("x.prototype.polluted", None, "the same"),
    ("x.func_globals", None, "the same: not an attribute of anything"),
    ("(yield)", None, "an unknown variable: Python's keywords mean nothing here"),
    ("x.mro", None, "the same"),
    ("x.format", None, "the same: no method is found by a dot"),
    ("x.items", None, "the same"),
    ("x.keys", None, "the same"),
    ("s.upper", None, "a text has no keys"),
    ("s['upper']", None, "the same"),
    ("s[0]", None, "positions are looked up in lists alone"),
    ("lipsum", None, "an unknown variable is null here, and an error for the checker"),
    ("cycler", None, "the same"),
    ("joiner", None, "the same"),
    ("namespace", None, "the same"),
    ("dict", None, "the same"),
    ("range", None, "the same"),
    ("self", None, "the same"),
    ("request", None, "the same"),
    ("request.args.a", None, "the same"),
    ("config.SECRET_KEY", None, "the same"),
    ("open", None, "the same: Python's built-ins are not variables"),
    ("environ['HOME']", None, "the same"),
    ("process.env", None, "the same"),
    ("env.PATH", None, "the allow-listed environment is a mapping of the scope, not the process's"),
    ("'{0.__class__}'", "{0.__class__}", "a text is only a text: nothing formats it"),
    ("s ~ '{0.__class__}'", "%s{0.__class__}", "the same"),
    ("s | replace('%s', '{{ x }}')", "{{ x }}", "a result is not rendered again"),
    ("'{{ x.__class__ }}'", "{{ x.__class__ }}", "the same"),
    ("days(1) | string", "1d", "a length of time leaves as text"),
]


@pytest.mark.parametrize("source", REFUSED)
def test_an_escape_is_refused_when_the_flow_is_loaded(source: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source)
    assert caught.value.fix
    assert 0 <= caught.value.offset <= len(source)


@pytest.mark.parametrize("source", [f"a {{{{ {source} }}}}" for source in REFUSED])
def test_an_escape_is_refused_in_a_template_too(source: str) -> None:
    with pytest.raises(ExpressionError):
        compile_template(source)


@pytest.mark.parametrize(("source", "result", "reason"), HARMLESS)
def test_what_is_sound_syntax_reads_data_and_nothing_else(source: str, result: Any, reason: str) -> None:
    scope: dict[str, Any] = {"x": {"a": 1}, "y": "__class__", "s": "%s", "env": {}}
    assert compile_expression(source).evaluate(scope, NOW) == result, reason


class Trap:
    """An object that notes every attempt to use it; no expression may make one."""

    touched: list[str]

    def __init__(self) -> None:
        object.__setattr__(self, "touched", [])

    def __getattr__(self, name: str) -> Any:
        self.touched.append(name)
        return self

    def __getitem__(self, key: Any) -> Any:
        self.touched.append(repr(key))
        return self

    def __call__(self, *arguments: Any) -> Any:
        self.touched.append("()")
        return self

    def __format__(self, spec: str) -> str:
        self.touched.append("format")
        return ""

    def __str__(self) -> str:
        self.touched.append("str")
        return ""

    def __iter__(self) -> Any:
        self.touched.append("iter")
        return iter(())


@pytest.mark.parametrize(
    "source",
    ["x", "x.a", "x['a']", "x[0]", "x ~ ''", "x + 1", "x < 1", "x == 1", "1 in x", "x in [1]", "x | length",
     "x | join", "x | first", "x | string", "x | json", "x | default('a')", "[x] | unique", "[x] | sort",
     "[x] | join", "[x] | map(attribute='a')", "x | date", "x | int(0)", "-x", "{'a': x}", "days(x)"],
)  # fmt: skip
def test_an_object_that_strays_into_the_scope_is_never_touched(source: str) -> None:
    """Even if a caller broke the rule of plain data, an expression would not use the object."""
    trap: Any = Trap()
    try:
        found = compile_expression(source).evaluate({"x": trap}, NOW)
    except EvaluationError:
        found = None
    assert trap.touched == []
    assert found in (None, False, [None], 0)
