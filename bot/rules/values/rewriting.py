"""Words put in place of others before a text is read, with the way back to where they stood."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.rules.values.answer import Found


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A text with other words in it. ``changes``: (start, end) in ``text``, (start, end) in what was written."""

    text: str
    changes: tuple[tuple[int, int, int, int], ...] = ()

    def back(self, found: Iterable[Found]) -> list[Found]:
        """The same values, at the places of what was written."""
        return [replace(one, start=self.place(one.start), end=self.place(one.end, behind=True)) for one in found]

    def place(self, place: int, behind: bool = False) -> int:
        """A place of the text as one of what was written; inside a word that was put in, its beginning or end."""
        shift = 0
        for start, end, was_start, was_end in self.changes:
            if place <= start:
                break
            if place < end:
                return was_end if behind else was_start
            shift = was_end - end
        return place + shift


def rewritten(text: str, pattern: re.Pattern[str], put: Callable[[re.Match[str]], str | None]) -> Rewritten:
    """The text with what ``put`` gives in place of each match; None leaves the match as it is."""
    parts: list[str] = []
    changes: list[tuple[int, int, int, int]] = []
    done = length = 0
    for match in pattern.finditer(text):
        new = put(match)
        if new is None or new == match[0]:
            continue
        between = text[done : match.start()]
        start = length + len(between)
        parts += [between, new]
        changes.append((start, start + len(new), match.start(), match.end()))
        done, length = match.end(), start + len(new)
    return Rewritten("".join([*parts, text[done:]]), tuple(changes))
