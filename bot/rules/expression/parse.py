"""From lexemes to Jinja2's syntax tree of one expression, whose nodes carry their offset as `lineno`."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from jinja2 import TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from bot.rules.expression.errors import ExpressionError
from bot.rules.expression.limits import MAX_NODES
from bot.rules.expression.scan import ENVIRONMENT, Lexeme, too_nested


def parse(lexemes: Sequence[Lexeme]) -> nodes.Expr:
    """The tree of exactly one expression, of at most MAX_NODES nodes. Raises ExpressionError."""
    end = lexemes[-1].offset + len(lexemes[-1].text)
    parser = Parser(ENVIRONMENT, "", state="variable")
    try:
        parser.stream = TokenStream(ENVIRONMENT.lexer.wrap(iter(lexemes)), None, None)
        tree = parser.parse_expression()
        if not parser.stream.eos:
            parser.fail("expected the end of the expression")
    except TemplateSyntaxError as error:
        ended = parser.stream.eos
        raise _misread(lexemes, end if ended else error.lineno, error.message or "") from None
    except RecursionError:
        # The scan bounds what one expression needs; this is for a caller who is deep in the stack already.
        raise too_nested(lexemes[0].offset) from None
    # No syntax makes more than two nodes of a lexeme, so most trees need not be walked.
    if 2 * len(lexemes) > MAX_NODES:
        _check_size(tree)
    return tree


def _check_size(tree: nodes.Expr) -> None:
    count = 0
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        count += 1
        if count > MAX_NODES:
            raise ExpressionError(
                f"the expression has more than {MAX_NODES} parts",
                "Split it with a set step, or use `in [ … ]`.",
                tree.lineno,
            )
        waiting.extend(node.iter_child_nodes())


_BARE: Final = "A condition is written bare, without {{ }} around its variables."
_INSTEAD: Final = {
    "=": "Compare with ==. A value is set by a set or set_slots step.",
    "==": "Compare with ==, once.",
    "|": "Behind | stands the name of a filter. For either-or write `or`.",
    "for": "There are no comprehensions: use the filters map and select, or a loop step.",
    ":": "There are no lambdas, slices and assignments; a mapping is written {'key': value}.",
    "{": _BARE,
    ",": "A list is written [a, b].",
    ";": "An expression is one value: remove what follows.",
    "elif": "Write it as: a if b else (c if d else e).",
    ">": "Write !=, >= or <=.",
}


def _misread(lexemes: Sequence[Lexeme], offset: int, message: str) -> ExpressionError:
    found = next((lexeme.text for lexeme in lexemes if lexeme.offset >= offset), None)
    if found is None:
        return ExpressionError(
            "the expression stops too early", f"Something is missing at its end ({_plain(message)}).", offset
        )
    texts = [lexeme.text for lexeme in lexemes]
    fix = _BARE if ("{", "{") in pairwise(texts) else _INSTEAD.get(found)
    if fix is None:
        fix = f"The parser says: {_plain(message)}. A fixed text needs quotes; texts are joined with ~."
    return ExpressionError(f"{found[:40]!r} cannot stand here", fix, offset)


def _plain(message: str) -> str:
    return message.strip().rstrip(".").replace("end of template", "end") or "it is not complete"
