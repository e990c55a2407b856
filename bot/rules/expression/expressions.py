"""Expressions and templates, ready to be worked out, and the functions that make them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

from bot.rules.expression.compiler import Compiler
from bot.rules.expression.errors import EvaluationError
from bot.rules.expression.limits import MAX_DEPTH, Frame
from bot.rules.expression.operations import join_texts
from bot.rules.expression.parse import parse
from bot.rules.expression.parts import Run
from bot.rules.expression.places import Path, Place
from bot.rules.expression.scan import Placeholder, bare_expression, template_parts
from bot.rules.expression.values import Json, Value, outgoing


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled condition or value. Immutable; may be used by several threads at once.

    source: as it was handed in. reads: every place where it reads data, in the order of the text.
    """

    source: str
    reads: tuple[Path, ...]
    _run: Run = field(repr=False, compare=False)

    def evaluate(self, scope: Mapping[str, Json], now: datetime) -> Json:
        """The value over `scope` (variable to plain JSON) at the aware time `now`; no part of the scope.

        Raises EvaluationError where the data do not fit, or the result would be too large.
        """
        frame = Frame(scope, now)
        return outgoing(_run(self._run, frame), frame)

    def truth(self, scope: Mapping[str, Json], now: datetime) -> bool:
        """Whether the value counts as true: not null, false, 0, nor an empty text, list or mapping.

        Raises EvaluationError where the data do not fit.
        """
        return bool(_run(self._run, Frame(scope, now)))


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled text with placeholders. Immutable; may be used by several threads at once.

    is_text: it has no placeholder.
    whole:   it is one placeholder and nothing else, so that its value keeps its type.
    """

    source: str
    reads: tuple[Path, ...]
    is_text: bool
    whole: bool
    _runs: tuple[Run, ...] = field(repr=False, compare=False)
    _filled: frozenset[int] = field(default=frozenset(), repr=False, compare=False)

    def render(self, scope: Mapping[str, Json], now: datetime) -> Json:
        """The text with its placeholders filled in, at most MAX_TEXT characters; of a whole one, the value.

        Raises EvaluationError where the data do not fit, or the result would be too large.
        """
        return self.render_in(Frame(scope, now))

    def render_marked(self, scope: Mapping[str, Json], now: datetime, mark: Callable[[str], str]) -> str:
        """The text with what each placeholder gives passed through `mark`, so that it can be told from the rest.

        Raises EvaluationError as :meth:`render` does.
        """
        frame = Frame(scope, now)
        pieces = [str(_run(lambda frame, run=run: join_texts((run,), frame), frame)) for run in self._runs]  # type: ignore[misc]
        return "".join(mark(piece) if place in self._filled else piece for place, piece in enumerate(pieces))

    def render_in(self, frame: Frame) -> Json:
        """Like :meth:`render`, sharing the frame's data and budget of work with other templates."""
        if self.is_text:
            return self.source
        if self.whole:
            return outgoing(_run(self._runs[0], frame), frame)
        return _run(lambda frame: join_texts(self._runs, frame), frame)  # type: ignore[return-value]


def _run(run: Run, frame: Frame) -> Value:
    try:
        return run(frame)
    except RecursionError:
        raise EvaluationError(
            "the expression was worked out too deep in other work", "Nest the expression less."
        ) from None


def compile_expression(source: str) -> Expression:
    """A condition, bare or in one pair of braces. Raises ExpressionError, with the offset in `source`.

    What was compiled lately is remembered, so calling this again at run time costs little.
    """
    return _expression(source)


@lru_cache(maxsize=2048)
def _expression(source: str) -> Expression:
    compiler = Compiler()
    part = compiler.part(parse(bare_expression(source)), Place())
    return Expression(source, compiler.reads(), part.run)


def compile_template(source: str) -> Template:
    """A text with any number of ``{{ … }}``. Raises ExpressionError, with the offset in `source`.

    What was compiled lately is remembered, so calling this again at run time costs little.
    """
    return _template(source)


@lru_cache(maxsize=1024)
def _template(source: str) -> Template:
    compiler = Compiler()
    runs: list[Run] = []
    filled: set[int] = set()
    for piece in template_parts(source):
        if isinstance(piece, Placeholder):
            filled.add(len(runs))
            runs.append(compiler.part(parse(piece.lexemes), Place()).run)
        else:
            runs.append(_always(piece))
    is_text = not filled
    return Template(source, compiler.reads(), is_text, len(runs) == 1 and not is_text, tuple(runs), frozenset(filled))


def _always(text: str) -> Run:
    return lambda _frame: text


def render_value(value: Json, scope: Mapping[str, Json], now: datetime) -> Json:
    """A nested value with every string in it rendered as a template; the keys of mappings are left alone.

    The budget of work holds for the value as a whole. Raises EvaluationError as :meth:`Template.render` does,
    and ExpressionError for a string that was never checked.
    """
    return _filled(value, Frame(scope, now), 0)


def _filled(value: Any, frame: Frame, depth: int) -> Json:
    if isinstance(value, str):
        return compile_template(value).render_in(frame) if "{" in value else value
    if not isinstance(value, list | dict):
        return value  # type: ignore[no-any-return]
    if depth >= MAX_DEPTH:
        raise EvaluationError(f"the value nests deeper than {MAX_DEPTH}", "Make it flatter.")
    frame.spend(1 + len(value))
    if isinstance(value, list):
        return [_filled(item, frame, depth + 1) for item in value]
    return {key: _filled(item, frame, depth + 1) for key, item in value.items()}


Location: TypeAlias = tuple[str | int, ...]
"""Where a string stands in a nested value: keys and list positions from the outside in."""


def texts_in(value: Json) -> Iterator[tuple[Location, str]]:
    """Every string of a nested value that may hold a placeholder, with where it stands, in their order."""
    waiting: list[tuple[Location, Any]] = [((), value)]
    while waiting:
        at, found = waiting.pop()
        if isinstance(found, str):
            if "{" in found:
                yield at, found
        elif isinstance(found, list | dict):
            entries = list(enumerate(found) if isinstance(found, list) else found.items())
            waiting.extend(((*at, key), item) for key, item in reversed(entries))


def paths_read(value: Json) -> list[tuple[Location, Template]]:
    """Every template in a nested value with where it stands; strings without a placeholder are left out.

    Raises ExpressionError at the first that does not compile; to report them all, compile what
    :func:`texts_in` yields.
    """
    found = [(location, compile_template(text)) for location, text in texts_in(value)]
    return [(location, template) for location, template in found if not template.is_text]
