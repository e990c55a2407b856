"""What agents correct changes what the desk begins by itself, over HTTP from end to end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.nlu.pipeline import Pipeline
from bot.services.judging import Judging
from tests.api.desks import Desk, a_desk

FLOWS = """
    flows:
      order:
        description: Where an order is.
        triggers: [{intent: order}]
        steps: [{say: "Your order is on its way."}]
      refund:
        description: Money back.
        triggers: [{intent: refund}]
        steps: [{say: "You get your money back."}]
    nlu:
      - intent: order
        examples: |
          - where is my order
          - when does my order arrive
          - has my order been sent
          - my order is late
      - intent: refund
        examples: |
          - I want my money back
          - please refund the shoes
          - can I have a refund
          - give me back what I paid
"""
UNCLEAR = "my order never came so I do not want it any more"
BEGUN = ["Your order is on its way."]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path, "", FLOWS) as opened:
        yield opened


async def test_corrected_intents_raise_the_threshold_until_the_desk_no_longer_begins_by_itself(desk: Desk) -> None:
    agent = await desk.as_role("agent", "Anna")
    pipeline = desk.house.library.shelf.classifier
    assert isinstance(pipeline, Pipeline)
    before = dict(pipeline.thresholds)
    assert await desk.say(UNCLEAR, "first") == BEGUN

    for number in range(12):
        sender = f"contact-{number}"
        await desk.say(UNCLEAR, sender)
        await desk.say("I want to talk to a person", sender)
        shown = (await agent.get(f"/api/v1/conversations/{desk.conversation(sender)}")).json()
        path = f"/api/v1/handoffs/{shown['handoff']['id']}"
        assert (await agent.put(f"{path}/intent", json={"intent": "refund"})).status_code == 200
        assert (await agent.post(f"{path}/resolve")).status_code == 200
    await Judging(desk.house.database, desk.house.library).look()

    assert pipeline.thresholds["order"] > before["order"]
    assert await desk.say(UNCLEAR, "last") != BEGUN, "it asks, or fetches a person"
    assert await desk.say("where is my order", "clear") == BEGUN, "the desk's own words are still beyond doubt"
