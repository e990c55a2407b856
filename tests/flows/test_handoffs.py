"""Handing over, coming back, and that a person can be asked for at any point."""

from datetime import timedelta

import pytest

from bot.testing.talk import words
from tests.flows.small_desks import desk

PERSON = "I've asked a colleague to take over. They will write to you here."
BACK = "You are talking to the assistant again. What else can I do?"
COUNT = "count: {type: integer}"


async def test_handoff_gives_the_conversation_to_a_person() -> None:
    steps = '- say: One moment.\n- handoff: {team: support, priority: high, reason: why, note: "{{ input.text }}"}'
    async with desk(steps) as d:
        await d.conversation([("go", "One moment."), ("hello?", None)])
        (handoff,) = d.handoffs
        assert (handoff.team, handoff.priority, handoff.packet.reason, handoff.packet.note) == (
            "support",
            "high",
            "why",
            "go",
        )
        assert d.owner == "queue"


async def test_the_packet_holds_what_a_person_needs() -> None:
    steps = """
    - {collect: count, ask: "How many?"}
    - {id: looked, do: tools.read}
    - handoff: {}
    """
    async with desk(steps, slots=COUNT) as d:
        await d.conversation([("go", "How many?"), ("7", None)])
        packet = d.handoffs[0].packet
        assert (packet.intent, packet.confidence) == ("go", 1.0), "of the wish, not of the answer"
        assert packet.slots == {"count": 7}
        assert [(one.step, one.action, one.outcome) for one in packet.tried] == [("looked", "tools.read", "done")]
        assert packet.last_messages == ("contact: go", "bot: How many?", "contact: 7")
        assert "The flow under test" in packet.summary


async def test_who_has_been_handed_over_hears_nothing_from_the_bot() -> None:
    async with desk("- handoff: {}") as d:
        await d.conversation([("go", None), ("something else", None), ("human please", None)])
        assert len(d.handoffs) == 1
        await d.agent_says("Hello, this is Nora.")
        assert (d.owner, d.replies[-1].author) == ("agent", "agent")


async def test_the_flow_goes_on_behind_the_handoff_when_it_is_returned() -> None:
    async with desk("- id: away\n  handoff: {}\n- say: 'back: {{ steps.away.returned }}'", checked=False) as d:
        await d.conversation([("go", None)])
        assert words(await d.hand_back()) == ["back: true"]
        await d.conversation([("something else", "Here is something else.")])


async def test_with_nothing_left_to_do_the_contact_learns_who_is_there() -> None:
    async with desk("- handoff: {}") as d:
        await d.says("go")
        assert words(await d.hand_back()) == [BACK]


async def test_it_can_be_returned_at_a_step() -> None:
    steps = """
    - id: ask
      collect: count
      ask: "How many?"
    - say: "{{ slots.count }}"
    - handoff: {}
    """
    async with desk(steps, slots=COUNT) as d:
        await d.conversation([("go", "How many?"), ("1", "1")])
        await d.set_slot("count", None)
        assert words(await d.hand_back(step="ask")) == ["How many?"]
        await d.conversation([("2", "2")])


async def test_a_step_that_is_not_there_is_no_place_to_go_on_at() -> None:
    async with desk("- handoff: {}\n- say: behind", checked=False) as d:
        await d.says("go")
        assert words(await d.hand_back(step="nowhere")) == ["behind"]


async def test_resolved_everything_under_way_is_dropped() -> None:
    """And its slots with it: the next time the flow asks again."""
    steps = "- {collect: count, ask: 'How many?'}\n- handoff: {}\n- say: never"
    async with desk(steps, slots=COUNT, checked=False) as d:
        await d.conversation([("go", "How many?"), ("1", None)])
        assert await d.resolve() == []
        assert (d.owner, d.flows, d.slots) == ("bot", [], {})
        await d.conversation([("go", "How many?")])


async def test_a_failed_step_that_a_person_has_dealt_with_ends_its_flow() -> None:
    async with desk("- {do: tools.write}\n- say: never") as d:
        d.actions.fail("tools.write", "rejected")
        await d.says("go")
        assert words(await d.hand_back()) == [BACK]
        assert d.flows == []


async def test_a_question_that_was_given_up_goes_on_when_the_person_has_filled_the_slot() -> None:
    async with desk(
        "- {collect: count, max_attempts: 1, ask: 'How many?'}\n- say: '{{ slots.count }}'", slots=COUNT
    ) as d:
        await d.conversation([("go", "How many?"), ("lots", PERSON)])
        await d.set_slot("count", 5)
        assert words(await d.hand_back()) == ["5"]


async def test_a_person_corrects_the_intent_and_its_flow_begins_on_return() -> None:
    async with desk("- handoff: {}") as d:
        await d.says("go")
        assert await d.correct_intent("other") == []
        assert words(await d.hand_back()) == ["Here is something else."]


async def test_a_slot_that_a_person_fills_answers_the_open_question() -> None:
    async with desk("- {collect: count, ask: 'How many?'}\n- say: '{{ slots.count }}'", slots=COUNT) as d:
        await d.says("go")
        assert words(await d.set_slot("count", 9)) == ["9"]


# --- a person at any point -------------------------------------------------------------------------------------------


async def test_a_person_can_be_asked_for_with_nothing_under_way() -> None:
    async with desk("- say: hello") as d:
        await d.conversation([("can I talk to a human", PERSON)])
        assert d.handoffs[0].packet.reason == "asked_for_person"


async def test_a_person_can_be_asked_for_instead_of_an_answer_and_then_the_question_comes_back() -> None:
    async with desk("- {collect: count, ask: 'How many?'}\n- say: '{{ slots.count }}'", slots=COUNT) as d:
        await d.conversation([("go", "How many?"), ("human please", PERSON)])
        assert d.handoffs[0].packet.intent == "go"
        assert "Under way: The flow under test" in d.handoffs[0].packet.summary
        assert words(await d.hand_back()) == ["How many?"]
        await d.conversation([("4", "4")])


async def test_a_person_can_be_asked_for_where_a_text_slot_would_take_anything() -> None:
    async with desk("- {collect: story, ask: 'Tell me.'}\n- say: ok", slots="story: {type: text}") as d:
        await d.conversation([("go", "Tell me."), ("human please", PERSON)])


@pytest.mark.parametrize(
    "step", ["- review: {title: Look}", "- wait: 2h", "- wait: {event: moon.rose, timeout: 1d, on_timeout: []}"]
)
async def test_a_person_can_be_asked_for_while_the_flow_waits(step: str) -> None:
    async with desk(f"{step}\n- say: behind", checked=False) as d:
        await d.conversation([("go", None), ("human please", PERSON)])


async def test_a_person_can_be_asked_for_while_an_action_is_under_way() -> None:
    async with desk("- {do: tools.write}\n- say: done") as d:
        d.actions.slow("tools.write", timedelta(minutes=1))
        await d.says("go")
        await d.conversation([("human please", PERSON)])


async def test_who_asks_twice_is_not_asked_anything_more() -> None:
    """The desk's own flow for it may ask a question; the second wish overrules that."""
    flows = """
    human_request:
      description: Asks first.
      triggers: [{intent: human_request}]
      steps:
        - {collect: story, ask: "What is it about?"}
        - handoff: {}
    """
    async with desk("- say: hello", flows=flows, slots="story: {type: text}") as d:
        await d.conversation([("human please", "What is it about?"), ("get me a human", PERSON)])


async def test_time_limits_stand_still_while_a_person_has_the_floor() -> None:
    async with desk("- {collect: count, ask: 'How many?', timeout: 1h}\n- say: ok", slots=COUNT) as d:
        await d.conversation([("go", "How many?"), ("human please", PERSON)])
        assert await d.advance_clock("5h") == []
        assert words(await d.hand_back()) == ["How many?"]
        await d.advance_clock("59m")
        await d.conversation([("1", "ok")])
