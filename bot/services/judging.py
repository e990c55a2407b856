"""What agents correct moves the thresholds: looked for every minute, in every process."""

import asyncio

from bot.nlu.pipeline import Pipeline
from bot.nlu.thresholds import Judged
from bot.ports import Classifier
from bot.services.aside import aside
from bot.services.library import Library
from bot.store import events
from bot.store.database import Database

LOOK_SECONDS = 60.0
NEWEST_HANDOFFS = 2_000
"""How far back corrections count: what people wrote long ago, flows and examples have changed since."""


class Judging:
    """Keeps the thresholds of the current classifier in step with the corrections of agents."""

    def __init__(self, database: Database, library: Library) -> None:
        self._database = database
        self._library = library
        self._done: tuple[Classifier | None, list[Judged]] = (None, [])

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Solve the thresholds anew where there is a new classifier or a new correction."""
        classifier = self._library.shelf.classifier
        facts = await self._database.read(lambda c: events.corrected_intents(c, NEWEST_HANDOFFS))
        judged = [Judged(one["before"], one["confidence"], one["intent"]) for one in facts if _counts(one)]
        if isinstance(classifier, Pipeline) and judged and self._done != (classifier, judged):
            await aside(classifier.judge, judged)
            self._done = (classifier, judged)


def _counts(fact: dict[str, object]) -> bool:
    """Corrections of messages that nothing was understood of say nothing about what is begun by itself."""
    return isinstance(fact.get("before"), str) and isinstance(fact.get("confidence"), float)
