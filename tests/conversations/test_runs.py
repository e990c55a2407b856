"""Runs: flows outside any conversation. What they say goes to the contact whom they name."""

import asyncio
from pathlib import Path

import pytest

from bot.app import House
from bot.errors import BadInput
from bot.model.base import JsonObject
from bot.model.message import Address
from bot.rules.inputs import checked_inputs
from bot.store import dead_letters, handoffs, instances, outbox
from bot.store.instances import Instance
from tests.houses import a_house, say

FLOWS = """
    flows:
      shipped:
        description: Tells a contact that the order is on its way.
        triggers: [{manual: {roles: [author]}}]
        inputs: {who: text, channel: {type: text, default: rest}, order: integer, fields: {type: list, default: []}}
        if: input.order > 0
        steps:
          - say: "Order {{ input.order }} is on its way."
            to: {contact: "{{ input.who }}", channel: "{{ input.channel }}"}
        outputs: {order: "{{ input.order }}"}
      greet:
        description: Says hello.
        triggers: [{intent: greet}]
        steps: [{say: Hello.}]
      person:
        description: Fetches a person.
        triggers: [{intent: person}]
        steps: [{handoff: {team: support}}]
    nlu:
      - {intent: greet, examples: "- hello"}
      - {intent: person, examples: "- a person please"}
"""
ADA = Address(channel="rest", sender="ada").conversation_id


async def ended(house: House, run: str, given: JsonObject) -> Instance:
    flow = house.library.shelf.desk.flows["shipped"]
    await house.intake.start_run(run, "shipped", checked_inputs(flow, given, house.clock.now()))
    async with asyncio.timeout(10):
        while True:
            found = await house.database.read(lambda c: instances.get(c, run))
            if found.status != "active":
                return found
            await asyncio.sleep(0.01)


async def told(house: House, conversation: str) -> list[str | None]:
    return [row.reply.text for row in await house.database.read(lambda c: outbox.after(c, conversation, 0))]


async def test_a_run_tells_a_contact_who_never_wrote(tmp_path: Path, database_url: str) -> None:
    async with a_house(tmp_path, database_url, FLOWS) as house:
        run = await ended(house, "r_1", {"who": "ada", "order": 7})
        assert run.state.finished == {"outcome": "completed", "outputs": {"order": 7}}
        assert await told(house, ADA) == ["Order 7 is on its way."]
        assert await say(house, "/greet") == ["Order 7 is on its way.", "Hello."], "it travels with the next answer"


async def test_a_run_says_nothing_twice_when_it_is_started_twice(tmp_path: Path, database_url: str) -> None:
    async with a_house(tmp_path, database_url, FLOWS) as house:
        await asyncio.gather(*(ended(house, "r_1", {"who": "ada", "order": 7}) for _ in range(5)))
        assert await told(house, ADA) == ["Order 7 is on its way."]


async def test_while_a_person_is_waited_for_a_run_is_still_heard(tmp_path: Path, database_url: str) -> None:
    async with a_house(tmp_path, database_url, FLOWS) as house:
        await say(house, "/greet")
        await say(house, "/person")
        assert await house.database.read(lambda c: handoffs.open_of(c, ADA)) is not None
        await ended(house, "r_1", {"who": "ada", "order": 7})
        assert (await told(house, ADA))[-1] == "Order 7 is on its way."
        owner = await house.database.read(lambda c: instances.get(c, ADA).owner)
        assert owner == "queue"


async def test_what_goes_to_a_channel_that_is_not_on_is_a_dead_letter(tmp_path: Path, sqlite_url: str) -> None:
    async with a_house(tmp_path, sqlite_url, FLOWS) as house:
        await ended(house, "r_1", {"who": "ada", "order": 7, "channel": "pigeon"})
        dead = await house.database.read(dead_letters.counts)
        assert dead["reply"] == 1


async def test_an_address_that_names_nobody_fails_the_run(tmp_path: Path, sqlite_url: str) -> None:
    async with a_house(tmp_path, sqlite_url, FLOWS) as house:
        run = await ended(house, "r_1", {"who": " ", "order": 7})
        assert run.status == "failed"
        assert "contact" in str(run.state.failed)


async def test_a_run_whose_condition_does_not_hold_ends_at_once(tmp_path: Path, sqlite_url: str) -> None:
    async with a_house(tmp_path, sqlite_url, FLOWS) as house:
        run = await ended(house, "r_1", {"who": "ada", "order": 0})
        assert run.state.finished == {"outcome": "skipped", "outputs": {}}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"who": "ada", "order": "seven"}, "a whole number"),
        ({"who": "ada", "order": None}, "is empty"),
        ({"who": "ada"}, "inputs are missing: order"),
        ({"who": "ada", "order": 7, "colour": "red"}, "no input 'colour'"),
        ({"who": "ada", "order": 7, "fields": {"a": 1}}, "a list"),
    ],
)
async def test_inputs_have_the_types_of_their_contract(
    tmp_path: Path, sqlite_url: str, given: JsonObject, words: str
) -> None:
    async with a_house(tmp_path, sqlite_url, FLOWS) as house:
        with pytest.raises(BadInput, match=words):
            await ended(house, "r_1", given)
