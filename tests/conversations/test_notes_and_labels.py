"""Built-in actions on one's own conversation take effect with the commit of their segment."""

from pathlib import Path

from bot.model.message import Address
from bot.store import handoffs, instances
from tests.houses import a_house, say

FLOWS = """
    flows:
      complaint:
        description: Notes a complaint for the team.
        triggers: [{intent: complain}]
        steps:
          - do: conversation.note
            with: {text: "Said: {{ input.text }}"}
          - do: conversation.label
            with: {label: complaint}
          - say: "I have written it down."
    nlu:
      - intent: complain
        examples: |
          - I want to complain
          - this is a complaint
          - I am not happy with your service
"""


async def test_a_flow_leaves_a_note_and_a_label(tmp_path: Path, database_url: str) -> None:
    ada = Address(channel="rest", sender="ada").conversation_id
    async with a_house(tmp_path, database_url, FLOWS) as house:
        assert await say(house, "I want to complain") == ["I have written it down."]
        notes = await house.database.read(lambda c: handoffs.notes(c, ada))
        instance = await house.database.read(lambda c: instances.get(c, ada))
    assert [(note["author"], note["text"]) for note in notes] == [("bot", "Said: I want to complain")]
    assert instance.state.labels == ["complaint"]
