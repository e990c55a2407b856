"""Answers to identical questions, for a while and not too many."""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta

from bot.model.llm import Answered

MOST_ANSWERS = 1_000
KEPT = timedelta(hours=1)


class Answers:
    """The last answers by their whole question. What was used longest ago goes first."""

    def __init__(self, most: int = MOST_ANSWERS, kept: timedelta = KEPT) -> None:
        self._most = most
        self._kept = kept
        self._answers: OrderedDict[Hashable, tuple[datetime, Answered]] = OrderedDict()

    def find(self, key: Hashable, now: datetime) -> Answered | None:
        found = self._answers.get(key)
        if found is None:
            return None
        at, answered = found
        if now - at > self._kept:
            del self._answers[key]
            return None
        self._answers.move_to_end(key)
        return answered

    def keep(self, key: Hashable, answered: Answered, now: datetime) -> None:
        self._answers[key] = (now, answered)
        self._answers.move_to_end(key)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
