"""Desks with a model on loopback, and the flows that ask it."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bot.app import House
from bot.model.base import JsonObject
from bot.model.message import Address
from bot.store import events
from bot.testing.fake_model_server import FakeModelServer
from tests.houses import a_house

FLOWS = """
slots:
  pin: {type: text, sensitive: true}
  day: {type: date}
responses:
  utter_ask_day: [{text: "Which day?"}]
  utter_ask_pin: [{text: "Your PIN?"}]
flows:
  lost_parcel:
    description: A parcel has not arrived.
    triggers: [{intent: lost_parcel}]
    steps:
      - id: issue
        ai: sort_it
        with: {message: "{{ input.text }}"}
      - say: "Urgency {{ steps.issue.urgency }}: {{ steps.issue.summary }}"
  write_back:
    description: The contact wants a kind word.
    triggers: [{intent: write_back}]
    steps:
      - id: word
        ai: {prompt: "Answer kindly: {{ input.text }}", offline: {value: "Thank you!"}}
      - say: "{{ steps.word.content }}"
  no_way_back:
    description: A prompt without an offline answer.
    triggers: [{intent: no_way_back}]
    steps:
      - id: word
        ai: {prompt: "Say something."}
        default: {content: "nothing"}
        on_error: [{set: {failed: "{{ error.kind }}"}}]
      - say: "It gave {{ steps.word.content }}"
  visit:
    description: The contact wants to come by.
    triggers: [{intent: visit}]
    steps:
      - collect: day
      - say: "See you on {{ slots.day }}"
  unlock:
    description: The contact wants to unlock the phone.
    triggers: [{intent: unlock}]
    steps:
      - collect: pin
      - id: word
        ai: {prompt: "PIN {{ slots.pin }}.", context: [slots, {last_turns: 5}], offline: {value: "ok"}}
      - say: "Done"
nlu:
  - intent: lost_parcel
    examples: |
      - my parcel has not arrived
      - where is my package
      - the delivery never came
  - intent: write_back
    examples: |
      - write me back something nice
      - say something kind
  - intent: no_way_back
    examples: |
      - the road of no return
      - no way back
  - intent: visit
    examples: |
      - I want to come by
      - can I visit you
  - intent: unlock
    examples: |
      - unlock my phone
      - my phone is locked
"""
PROMPT = """
name: sort_it
version: 3
owner: parcels
inputs: {message: text}
prompt: "How urgent is this? {{ message }}"
max_tokens: 300
output:
  type: object
  properties: {urgency: {enum: [low, normal, high]}, summary: {type: string, maxLength: 200}}
  required: [urgency, summary]
  additionalProperties: false
offline: {value: {urgency: low}, summary: {summary: message}}
"""
LOST = "my parcel has not arrived"
NICE = {"urgency": "high", "summary": "A parcel is missing."}


@contextlib.asynccontextmanager
async def a_house_with_a_model(
    folder: Path, database_url: str, model: FakeModelServer, provider: str = "anthropic", **settings: Any
) -> AsyncIterator[House]:
    """An open house whose models are this server's."""
    flows = folder / "flows"
    (flows / "prompts").mkdir(parents=True, exist_ok=True)
    (flows / "flows.yml").write_text(FLOWS)
    (flows / "prompts" / "sort_it.yml").write_text(PROMPT)
    given = {f"{provider}_api_key": "desk-key", f"{provider}_base_url": getattr(model, f"{provider}_url")}
    async with a_house(folder, database_url, flows, **{"turn_wait_seconds": 10.0, **given, **settings}) as house:
        yield house


def conversation_of(sender: str) -> str:
    return Address(channel="rest", sender=sender).conversation_id


async def asked_of(house: House, sender: str = "ada") -> list[JsonObject]:
    """What the events of a conversation say of the model calls."""
    found = await house.database.read(lambda c: events.of(c, conversation_of(sender)))
    return [event.data for event in found if event.type == "ModelAsked"]
