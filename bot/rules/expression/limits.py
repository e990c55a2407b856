"""What bounds an expression, at load and at work. Together the bounds make it total: it ends, quickly."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.rules.expression.errors import EvaluationError

MAX_EXPRESSION = 2_000
"""Characters of one expression."""
MAX_TEMPLATE = 20_000
"""Characters of one template with all its expressions."""
MAX_PLACEHOLDERS = 200
"""Expressions of one template."""
MAX_NESTING = 40
"""Brackets, `not`, signs, filters and `else` that stand inside one another."""
MAX_NODES = 400
"""Nodes of one expression's syntax tree."""
MAX_INTEGER = 2**63
"""Whole numbers are at least minus this and less than this, as databases have them."""
MAX_TEXT = 65_536
"""Characters of a text that an expression makes (by ~, join, replace, json, a template ...)."""
MAX_ITEMS = 10_000
"""Items of a list that a filter walks."""
MAX_DEPTH = 64
"""Lists and mappings inside one another, in data that are compared, written or handed out."""
MAX_RESULT_NODES = 50_000
"""Lists, mappings, and their entries in one result."""
MAX_RESULT_CHARACTERS = 1_000_000
"""Characters of all texts of one result."""
MAX_WORK = 250_000
"""Units of work of one evaluation: a list item, a mapping entry, or CHARACTERS_A_UNIT characters."""
CHARACTERS_A_UNIT = 32


class Frame:
    """One evaluation: the data it reads, its time, and the work it may still do."""

    __slots__ = ("left", "now", "scope")

    def __init__(self, scope: Mapping[str, Any], now: datetime | None) -> None:
        self.scope = scope
        self.now = now
        self.left = MAX_WORK

    def spend(self, units: int) -> None:
        """Count work. Raises EvaluationError when there has been too much of it."""
        self.left -= units
        if self.left < 0:
            raise EvaluationError(
                "this expression has more work to do on these data than one is allowed",
                "Cut the data down first (select, first, truncate), or do the work in an action.",
            )

    def spend_text(self, text: str) -> None:
        """Count the work of walking one text."""
        self.spend(1 + len(text) // CHARACTERS_A_UNIT)


def made(text: str) -> str:
    """A text that the expression has made, if it is not too long. Raises EvaluationError if it is."""
    if len(text) > MAX_TEXT:
        raise too_long()
    return text


def too_long() -> EvaluationError:
    return EvaluationError(
        f"the text comes out longer than {MAX_TEXT:,} characters",
        "Shorten its parts, for instance with | truncate(4000).",
    )
