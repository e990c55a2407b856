"""The parts of a message that may hold a wish each: "where is A-2004, and when do you close?"."""

import re
from typing import Final

from bot.rules.chitchat import chitchat_of

MOST_PARTS: Final = 3
LEAST_WORDS: Final = 3
"""Words below which a part says nothing of its own: "and thanks a lot"."""
LONGEST: Final = 400
"""Characters above which a message is a story, and not a list of wishes."""
_BORDER: Final = re.compile(
    r"[\n;]+"
    r"|[.!?]+\s+(?:(?:and|also|plus|und|außerdem|ausserdem|dann)\s+)*"
    r"|\s*,?\s+(?:and|plus|also|und|sowie|außerdem|ausserdem)(?:\s+(?:also|then|auch|dann|noch))?\s+"
    r"|\s*,\s*(?:also|außerdem|ausserdem|plus)\s*,?\s*",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"\w+")
_BACKWARD: Final = re.compile(r"(?:it|they|this|that|these|those|he|she|es|das|dies|er|sie)\b", re.IGNORECASE)
"""How a part begins that speaks of the one before: "my parcel came and it is broken" is one matter."""


def parts_of(text: str) -> tuple[str, ...]:
    """What stands between sentence ends and words like "and", where that makes several parts; else nothing."""
    if len(text) > LONGEST:
        return ()
    parts = [part.strip(" ,") for part in _BORDER.split(text)]
    parts = [part for part in parts if _stands_alone(part)]
    return tuple(parts) if 2 <= len(parts) <= MOST_PARTS else ()


def _stands_alone(part: str) -> bool:
    return len(_WORD.findall(part)) >= LEAST_WORDS and not _BACKWARD.match(part) and chitchat_of(part) is None
