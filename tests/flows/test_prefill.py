"""What a message says by the way: slots with `prefill`, of the flows that it is for."""

import pytest

from bot.model.base import Json
from bot.model.message import FileRef
from bot.testing.desk import TestDesk
from bot.testing.talk import words
from tests.flows.small_desks import desk

SLOTS = """
email: {type: email, prefill: true}
colleague: {type: email, prefill: true}
order_id: {type: pattern, pattern: "[0-9]{4}", prefill: true}
plan: {type: choice, values: {free: [gratis], pro: [professional]}, prefill: true}
at: {type: datetime, prefill: true}
people: {type: integer, prefill: true}
shot: {type: file, prefill: true}
phone: {type: phone, prefill: true}
town: {type: choice, values: [Berlin, Vienna]}
"""
SETTINGS = "timezone: Europe/Berlin\nlanguages: [en, de]"
CANCEL = """
- {collect: order_id, ask: Which order?}
- {call: who}
- say: "{{ slots.order_id }} of {{ slots.email }} is cancelled."
"""
FLOWS = """
who:
  description: Finds out who it is.
  steps:
    - {collect: email, ask: Who are you?}
book:
  description: A table.
  triggers: [{intent: book}]
  steps:
    - {collect: town, ask: In which town?}
    - {collect: at, ask: When?}
    - {collect: people, ask: How many?}
    - say: "{{ slots.at }} for {{ slots.people }} in {{ slots.town }}."
invite:
  description: Somebody new.
  triggers: [{intent: invite}]
  steps:
    - {call: who}
    - {collect: colleague, ask: Whom?}
    - {collect: plan, ask: Which plan?}
    - {collect: shot, ask: A picture?}
    - say: "{{ slots.email }} invites {{ slots.colleague }} to {{ slots.plan }} with {{ slots.shot.name }}."
"""
ORDERS = ("cancel order 1234 for bob@x.com", "Storniere bitte Bestellung 1234 für bob@x.com", "1234 canceln, bob@x.com")
BOOKINGS = (
    "book a table in Berlin next monday at 3pm for 4",
    "Tisch in Berlin nächsten Montag um 15 Uhr für 4",
    "a table for 4 on monday",
    "einen tisch für 4 am montag",
    "table tomorow please",
)
INVITES = (
    "invite eve@x.com to pro",
    "lade eve@x.com zu professional ein",
    "invite eve@x.com, i am bob@x.com",
    "invite",
)
NLU = "\n".join(
    f"- {{intent: {intent}, examples: {[*texts]!r}}}" for intent, texts in (("book", BOOKINGS), ("invite", INVITES))
)


def house(words_of_main: str = "cancel order 1234 for bob@x.com") -> TestDesk:
    return desk(CANCEL, flows=FLOWS, slots=SLOTS, nlu=NLU, settings=SETTINGS, words=repr(words_of_main), checked=False)


@pytest.mark.parametrize("text", ORDERS)
async def test_one_message_fills_the_slots_of_the_flow_and_of_those_it_calls(text: str) -> None:
    async with house(text) as d:
        assert words(await d.says(text)) == ["1234 of bob@x.com is cancelled."]


async def test_a_slot_that_the_flow_has_no_use_for_stays_empty() -> None:
    """The colleague of another flow has an address as well, and a call has a number."""
    text = "cancel order 1234 for bob@x.com, call me on +49 30 901820"
    async with house(text) as d:
        await d.says(text)
        filled = [fact.data["name"] for fact in d.events if fact.event == "SlotSet" and fact.data["value"] is not None]
        assert sorted(filled) == ["email", "order_id"]


async def test_of_two_slots_of_a_type_the_first_that_the_flow_asks_for_itself_gets_the_value() -> None:
    async with house() as d:
        assert words(await d.says("invite eve@x.com to pro")) == ["Who are you?"]
        assert d.slots == {"colleague": "eve@x.com", "plan": "pro"}


async def test_two_values_for_two_slots_of_a_type_fill_neither() -> None:
    """Nobody can tell which is which, so both are asked for."""
    async with house() as d:
        assert words(await d.says("invite eve@x.com, i am bob@x.com")) == ["Who are you?"]
        assert "email" not in d.slots
        assert "colleague" not in d.slots


@pytest.mark.parametrize("text", BOOKINGS[:2])
async def test_a_day_with_its_time_fills_a_moment(text: str) -> None:
    async with house() as d:
        assert words(await d.says(text)) == ["In which town?"]
        assert d.slots == {"at": "2026-03-09T15:00:00+01:00", "people": 4}


@pytest.mark.parametrize("text", BOOKINGS[2:4])
async def test_a_day_without_a_time_is_kept_until_the_time_is_asked_for(text: str) -> None:
    async with house() as d:
        await d.says(text)
        said = "2026-03-09T15:00:00+01:00 for 4 in Berlin."
        await d.conversation([("Berlin", "When?"), ("3pm", said)])


async def test_what_is_said_too_early_is_noted_and_no_refused_answer() -> None:
    async with house() as d:
        await d.says("table tomorow please")
        for _ in range(2):
            assert words(await d.says("we are 4")) in (
                ["Thank you, I've noted that.", "In which town?"],
                ["Please choose one of these: Berlin, Vienna.", "In which town?"],
            )
        assert d.slots["people"] == 4
        assert [fact.data["attempt"] for fact in d.events if fact.event == "AnswerRefused"] == [1]


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("invite eve@x.com to pro", {"colleague": "eve@x.com", "plan": "pro"}),
        ("lade eve@x.com zu professional ein", {"colleague": "eve@x.com", "plan": "pro"}),
        ("invite", {}),
    ],
)
async def test_a_file_that_comes_along_is_kept_for_the_question(text: str, slots: dict[str, Json]) -> None:
    shot = FileRef(name="eve.png", url="https://files.example.com/eve.png", media_type="image/png", size=10)
    async with house() as d:
        await d.says(text, files=[shot])
        assert {name: value for name, value in d.slots.items() if name != "shot"} == slots
        assert d.slots["shot"]["name"] == "eve.png"
