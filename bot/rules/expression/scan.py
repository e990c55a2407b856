"""From source text to bounded lexemes: where each stands, how deep they nest, where a placeholder ends.

Jinja2's lexer does the cutting. Its own tokens carry a line and no column, so the position of each lexeme is
counted here and handed to the parser in place of the line: every node of the tree then knows its offset.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from jinja2 import Environment, TemplateSyntaxError

from bot.rules.expression.errors import ExpressionError
from bot.rules.expression.limits import MAX_EXPRESSION, MAX_NESTING, MAX_PLACEHOLDERS, MAX_TEMPLATE

ENVIRONMENT: Final = Environment(autoescape=False)  # noqa: S701  (only its lexer and parser are used; nothing is rendered)


class Lexeme(NamedTuple):
    """One token of an expression: its offset in the whole source, Jinja2's name of its type, and its text."""

    offset: int
    type: str
    text: str


class Placeholder(NamedTuple):
    """One ``{{ … }}`` of a template, ending before `end`."""

    lexemes: tuple[Lexeme, ...]
    start: int
    end: int


def bare_expression(source: str) -> tuple[Lexeme, ...]:
    """The lexemes of a condition, which may stand in one pair of braces. Raises ExpressionError."""
    start = len(source) - len(source.lstrip())
    if source.startswith("{{", start):
        placeholder = _placeholder(source, start)
        if source[placeholder.end :].strip():
            raise ExpressionError(
                "a condition is one expression, and here more follows the braces",
                "Write it bare, without braces, as in: slots.plan == 'pro' and input.text",
                placeholder.end,
            )
        return placeholder.lexemes
    if len(source) > MAX_EXPRESSION:
        raise _too_long(0)
    lexemes = tuple(_lexemes(source, 0, len(source)))
    for lexeme in lexemes:
        if lexeme.type == "variable_end":
            raise ExpressionError("here are closing braces that nothing opened", "Remove the }}.", lexeme.offset)
    return _checked(lexemes, 0)


_OPENING: Final = re.compile(r"\{[{%#]")


def template_parts(source: str) -> Iterator[str | Placeholder]:
    """A template's literal texts (never empty) and placeholders, in order. Raises ExpressionError."""
    if len(source) > MAX_TEMPLATE:
        raise ExpressionError(
            f"the text is longer than {MAX_TEMPLATE:,} characters", "Split it into several.", MAX_TEMPLATE
        )
    at, count = 0, 0
    while (opening := _OPENING.search(source, at)) is not None:
        if opening[0] != "{{":
            raise _no_statements(opening[0], opening.start())
        if opening.start() > at:
            yield source[at : opening.start()]
        placeholder = _placeholder(source, opening.start())
        count += 1
        if count > MAX_PLACEHOLDERS:
            raise ExpressionError(
                f"the text has more than {MAX_PLACEHOLDERS} placeholders",
                "Split it into several.",
                opening.start(),
            )
        yield placeholder
        at = placeholder.end
    if at < len(source):
        yield source[at:]


def _no_statements(braces: str, offset: int) -> ExpressionError:
    what = "statements ({% … %})" if braces == "{%" else "comments ({# … #})"
    fix = (
        "Use an inline if, {{ a if b else c }}, or a conditional or loop step."
        if braces == "{%"
        else "Use a YAML comment."
    )
    return ExpressionError(
        f"there are no {what} here, only {{{{ … }}}}",
        f"{fix} For the characters themselves write {{{{ '{braces}' }}}}.",
        offset,
    )  # fmt: skip


def _placeholder(source: str, start: int) -> Placeholder:
    inside = start + 2
    if source.startswith(("-", "+"), inside):
        raise ExpressionError(
            "braces that trim white space ({{- and {{+) are not there",
            "Put a space behind the braces.",
            inside,
        )
    window = source[inside : inside + MAX_EXPRESSION + 2]
    if "}}" not in window:
        raise _unclosed(start) if inside + len(window) == len(source) else _too_long(start)
    lexemes: list[Lexeme] = []
    for lexeme in _lexemes(source, inside, inside + len(window)):
        if lexeme.type == "variable_end":
            if lexeme.text.startswith("-"):
                raise ExpressionError(
                    "braces that trim white space (-}}) are not there",
                    "Remove the minus sign.",
                    lexeme.offset,
                )
            return Placeholder(_checked(tuple(lexemes), inside), start, lexeme.offset + 2)
        lexemes.append(lexeme)
    raise _unclosed(start) if inside + len(window) == len(source) else _too_long(start)


def _unclosed(offset: int) -> ExpressionError:
    return ExpressionError(
        "the {{ is never closed", "Close it with }}; for the characters themselves write {{ '{{' }}.", offset
    )


def _too_long(offset: int) -> ExpressionError:
    return ExpressionError(
        f"the expression is longer than {MAX_EXPRESSION:,} characters",
        "Split it with a set step, or close its }}.",
        offset,
    )


def _lexemes(source: str, start: int, stop: int) -> Iterator[Lexeme]:
    # The lexer turns each line break into one character; a pair becomes two first, so that offsets hold.
    piece = source[start:stop].replace("\r\n", " \n")
    offset = start
    try:
        for _, kind, text in ENVIRONMENT.lexer.tokeniter(piece, None, None, "variable"):
            lexeme = Lexeme(offset, kind, text)
            offset += len(text)
            if kind == "string":
                _check_escapes(lexeme)
            if kind != "whitespace":
                yield lexeme
    except TemplateSyntaxError:
        raise _unreadable(source, offset) from None


_INSTEAD: Final = {
    "&": "Write `and`.",
    "!": "Write `not`, or `!=`.",
    "?": "Write it as: value if condition else other.",
    "'": "A text is never closed: end it with the quote that began it.",
    '"': "A text is never closed: end it with the quote that began it.",
    "\u2018": "Use straight quotes.",
    "\u2019": "Use straight quotes.",
    "\u201c": "Use straight quotes.",
    "\u201d": "Use straight quotes.",
    "$": "Write the variable's name alone.",
    "#": "There are no comments in an expression: use a YAML comment.",
    "^": "There are no bit operations and no powers: use an action.",
    ")": "Check the brackets.",
    "]": "Check the brackets.",
    "}": "Check the brackets.",
}


def _unreadable(source: str, offset: int) -> ExpressionError:
    character = source[offset : offset + 1]
    return ExpressionError(
        f"{character!r} cannot stand here",
        _INSTEAD.get(character, "Remove it, or put quotes around the text."),
        offset,
    )


_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.|$)", re.DOTALL)


def _check_escapes(lexeme: Lexeme) -> None:
    # Python only warns of an escape that it does not know, and takes half a character pair (\ud800), which no
    # JSON reader wants.
    for match in _ESCAPE.finditer(lexeme.text):
        code = match[1]
        if len(code) > 1:
            point = int(code[1:], 16)
            known = 0 < point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF
        else:
            known = code in "\\'\"nrtbf"
        if not known:
            raise ExpressionError(
                f"{match[0]!r} is no character that a text can hold",
                "Write \\\\ for a backslash, \\n for a line break, or the character itself.",
                lexeme.offset + match.start(),
            )


_OPEN: Final = frozenset("([{")
_CLOSE: Final = frozenset(")]}")
_OPERAND_ENDS: Final = frozenset({"name", "string", "integer", "float"})


def _checked(lexemes: tuple[Lexeme, ...], start: int) -> tuple[Lexeme, ...]:
    if not lexemes:
        raise ExpressionError("here is no expression", "Write a variable, as in slots.email, or a value.", start)
    end = lexemes[-1].offset + len(lexemes[-1].text)
    if end - lexemes[0].offset > MAX_EXPRESSION:
        raise _too_long(lexemes[0].offset)
    _check_nesting(lexemes)
    return lexemes


def _check_nesting(lexemes: Sequence[Lexeme]) -> None:
    """Refuse what would overflow the recursive parser: brackets, prefix operators and `else`."""
    levels = [0]
    prefixes = 0
    operand_before = False
    for offset, kind, text in lexemes:
        prefix = text == "not" or (kind == "operator" and text in "+-" and not operand_before)
        prefixes = prefixes + 1 if prefix else 0
        if kind == "operator" and text in _OPEN:
            levels.append(0)
        elif kind == "operator" and text in _CLOSE and len(levels) > 1:
            levels.pop()
        elif text == "else":
            levels[-1] += 1
        if len(levels) - 1 + sum(levels) + prefixes > MAX_NESTING:
            raise too_nested(offset)
        operand_before = (kind in _OPERAND_ENDS and text not in _WORDS) or (kind == "operator" and text in _CLOSE)


_WORDS: Final = frozenset({"and", "or", "not", "in", "is", "if", "else"})


def too_nested(offset: int) -> ExpressionError:
    return ExpressionError(
        f"the expression nests deeper than {MAX_NESTING}",
        "Split it with a set step, or with conditional steps.",
        offset,
    )
