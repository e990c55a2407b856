"""What a way to write a day is made of."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.rules.values.calendar_words import Calendar

FORWARD = "next|coming|this coming|nächste[nrsm]?|kommende[nrsm]?"
BACK = "last|past|previous|letzte[nrsm]?|vergangene[nrsm]?|vorige[nrsm]?"
HERE = "this|diese[nrsm]?"

Read = Callable[[re.Match[str], Calendar], date]


@dataclass(frozen=True, slots=True)
class Form:
    """A way to write a day. ``fixed``: it says the same day whenever it is read."""

    words: re.Pattern[str]
    read: Read
    fixed: Literal["always", "with year", "never"] = "never"


def form(words: str, read: Read, fixed: Literal["always", "with year", "never"] = "never") -> Form:
    return Form(re.compile(words, re.IGNORECASE), read, fixed)
