"""Typed values of slots: read from words, or checked where they are typed already. Pure: the clock is an
argument.

``read_value`` reads an answer; ``check_literal`` checks a JSON value; ``REFUSALS`` is what is said when
neither fits.
"""

from bot.rules.values.answer import Answer, Filled, Refused
from bot.rules.values.bounds import bound_problem
from bot.rules.values.literals import check_literal, wanted
from bot.rules.values.patterns import BadPattern, compile_pattern
from bot.rules.values.read import LACKING, read_entity, read_value
from bot.rules.values.words import REFUSALS, refusal_responses, refusal_text

__all__ = [
    "LACKING",
    "REFUSALS",
    "Answer",
    "BadPattern",
    "Filled",
    "Refused",
    "bound_problem",
    "check_literal",
    "compile_pattern",
    "read_entity",
    "read_value",
    "refusal_responses",
    "refusal_text",
    "wanted",
]
