"""F13: a text on which the understanding itself fails each time: three tries, then a person has it, alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.app import House
from bot.model.message import Address
from bot.model.parse import Parse
from bot.ports import Classifier
from bot.services.driver import MAX_ATTEMPTS
from bot.services.quarantine import APOLOGY
from bot.store import handoffs, inbox, instances
from tests.houses import a_house, say

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

FLOWS = """
flows:
  hours:
    description: Opening hours.
    triggers: [{intent: hours}]
    steps:
      - say: "From nine to five."
nlu:
  - intent: hours
    examples: [when are you open, opening hours, are you open today]
"""
POISON = "the poisonous text"


@dataclass
class Failing:
    """Understands as the other does, but for one text; counts how often that was tried."""

    other: Classifier
    tries: int = 0

    @property
    def thresholds(self) -> Mapping[str, float]:
        return self.other.thresholds

    async def prepare(self, text: str, language: str | None = None) -> None:
        await self.other.prepare(text, language)

    def parse(self, text: str, language: str | None = None) -> Parse:
        if text == POISON:
            self.tries += 1
            raise RuntimeError("this text cannot be understood")
        return self.other.parse(text, language)


async def with_failing_classifier(house: House) -> Failing:
    failing = Failing(house.library.shelf.classifier)
    await house.library.put(replace(house.library.shelf, classifier=failing), {})
    return failing


async def test_a_text_that_nobody_can_parse_is_tried_three_times_and_given_to_a_person(
    tmp_path: Path, database_url: str
) -> None:
    async with a_house(tmp_path, database_url, FLOWS) as house:
        failing = await with_failing_classifier(house)
        assert await say(house, "opening hours", sender="victim") == ["From nine to five."]
        assert await say(house, POISON, sender="victim") == [APOLOGY]
        assert failing.tries == MAX_ATTEMPTS
        victim = Address(channel="rest", sender="victim").conversation_id
        problems = await house.database.read(lambda c: inbox.problems(c, 10))
        assert [(one["instance_id"], one["problem"]) for one in problems] == [
            (victim, "RuntimeError: this text cannot be understood")
        ]
        handoff = await house.database.read(lambda c: handoffs.open_of(c, victim))
        assert handoff is not None
        assert handoff.packet.failure == "RuntimeError: this text cannot be understood"
        assert await say(house, "opening hours", sender="victim") == [], "a person has the floor"
        assert (await house.database.read(lambda c: instances.get(c, victim))).attempts == 0
        assert await say(house, "opening hours", sender="other") == ["From nine to five."]


async def test_once_the_person_has_given_it_back_the_conversation_goes_on(tmp_path: Path, database_url: str) -> None:
    async with a_house(tmp_path, database_url, FLOWS) as house:
        await with_failing_classifier(house)
        assert await say(house, POISON, sender="victim") == [APOLOGY]
        victim = Address(channel="rest", sender="victim").conversation_id
        handoff = await house.database.read(lambda c: handoffs.open_of(c, victim))
        assert handoff is not None
        await house.people.claim(handoff.id, "ann")
        await house.people.hand_back(handoff.id, "ann")
        assert "From nine to five." in await say(house, "opening hours", sender="victim")
