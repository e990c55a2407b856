"""Several flows in one conversation: interrupting, coming back, buttons, misunderstanding, pinned versions."""

from bot.testing.talk import words
from tests.flows.small_desks import desk, rehearse

COUNT = "count: {type: integer}"
ASKS = "- {collect: count, ask: 'How many?'}\n- say: '{{ slots.count }} it is'"
SECOND = """
second:
  description: Asks something, too.
  triggers: [{intent: second}]
  steps:
    - {collect: colour, ask: "Which colour?"}
    - say: "{{ slots.colour }}"
"""
PARTS = {
    "flows": SECOND,
    "nlu": "- {intent: second, examples: [choose a colour now]}",
    "slots": COUNT + "\ncolour: {type: choice, values: [red, blue]}",
}
REPHRASE = "I'm sorry, I didn't understand that. Could you say it in other words?"
PERSON = "I've asked a colleague to take over. They will write to you here."


async def test_another_wish_interrupts_a_question_which_is_asked_again_once() -> None:
    async with desk(ASKS, slots=COUNT) as d:
        await d.conversation(
            [("go", "How many?"), ("something else", ["Here is something else.", "How many?"]), ("2", "2 it is")]
        )


async def test_a_flow_that_was_interrupted_goes_on_when_the_other_is_through() -> None:
    async with desk(ASKS, **PARTS) as d:
        await d.conversation(
            [
                ("go", "How many?"),
                ("choose a colour now", "Which colour?"),
                ("red", ["red", "Back to: main.", "How many?"]),
                ("2", "2 it is"),
            ]
        )


async def test_who_wishes_again_for_a_flow_that_was_interrupted_takes_it_up_where_it_was() -> None:
    """However often somebody changes their mind, nothing is begun twice."""
    async with desk(ASKS, **PARTS) as d:
        await d.conversation(
            [
                ("go", "How many?"),
                ("choose a colour now", "Which colour?"),
                ("go", "How many?"),
                ("choose a colour now", "Which colour?"),
            ]
        )
        assert d.flows == ["main", "second"]


async def test_the_wish_for_the_flow_that_is_asking_is_no_interruption() -> None:
    async with desk(ASKS, slots=COUNT) as d:
        await d.says("go")
        refused, question = words(await d.says("go"))
        assert question == "How many?"
        assert d.flows == ["main"]
        assert refused != question


async def test_an_answer_is_an_answer_although_it_sounds_like_a_wish() -> None:
    """Free text takes anything; only a person and commands come before it."""
    async with desk(
        "- {collect: story, ask: 'Tell me.'}\n- say: '{{ slots.story }}'", slots="story: {type: text}"
    ) as d:
        await d.conversation([("go", "Tell me."), ("something else", "something else")])


async def test_what_a_flow_interrupts_keeps_its_slots() -> None:
    """Both fill the same slot: it stays until the outer flow ends."""
    flows = """
    second:
      description: Sets it, too.
      triggers: [{intent: second}]
      steps: [{set_slots: {colour: blue}}, {say: "{{ slots.colour }}"}]
    """
    steps = "- {collect: colour, ask: 'Colour?'}\n- {collect: count, ask: 'How many?'}\n- say: '{{ slots.colour }}'"
    async with desk(steps, **{**PARTS, "flows": flows}) as d:
        await d.conversation(
            [("go", "Colour?"), ("red", "How many?"), ("choose a colour now", ["blue", "How many?"]), ("1", "blue")]
        )
        assert d.slots == {}


# --- buttons and commands --------------------------------------------------------------------------------------------


async def test_a_payload_begins_the_flow_of_its_intent_and_fills_slots() -> None:
    async with desk(ASKS, slots=COUNT) as d:
        await d.conversation([('/go{"count": 5}', "5 it is")])


async def test_a_button_answers_the_question() -> None:
    steps = """
    - collect: colour
      ask: {text: Colour?, buttons: [{title: Like the sea, payload: blue}]}
    - say: "{{ slots.colour }}"
    """
    async with desk(steps, **PARTS) as d:
        await d.says("go")
        assert words(await d.presses("Like the sea")) == ["blue"]


async def test_a_payload_fills_only_what_words_could_fill_and_what_the_type_takes() -> None:
    """Anybody can type one. What a flow sets by itself is not for contacts to set."""
    steps = """
    - {collect: count, ask: How many?}
    - say: "{{ slots.count }} {{ slots.paid is none }}"
    - set_slots: {paid: true}
    """
    async with desk(steps, slots=COUNT + "\npaid: {type: boolean}") as d:
        await d.conversation([('/go{"paid": true, "count": "many", "unknown": 1}', "How many?"), ("1", "1 true")])


async def test_a_command_that_nothing_handles_is_text_like_any_other() -> None:
    async with desk("- say: hello") as d:
        await d.conversation([("/unknown", REPHRASE)])


# --- misunderstanding ------------------------------------------------------------------------------------------------


async def test_what_is_not_understood_is_asked_back_once_and_then_a_person_comes() -> None:
    async with desk("- say: hello") as d:
        await d.conversation([("mumble", REPHRASE), ("mumble mumble", PERSON)])
        assert d.handoffs[0].packet.reason == "not_understood"


async def test_something_understood_in_between_begins_the_count_anew() -> None:
    async with desk("- say: hello") as d:
        await d.conversation([("mumble", REPHRASE), ("go", "hello"), ("mumble", REPHRASE)])


async def test_a_desk_overrides_a_pattern_by_a_flow_of_its_name() -> None:
    flows = """
    pattern_cannot_handle:
      description: Our own words.
      steps: [{say: "Pardon?"}]
    """
    async with desk("- say: hello", flows=flows) as d:
        await d.conversation([("mumble", "Pardon?")])


# --- versions --------------------------------------------------------------------------------------------------------


async def test_a_conversation_stays_with_the_version_that_it_began_with() -> None:
    async with desk(ASKS, slots=COUNT) as d:
        await d.says("go")
        d.reload(rehearse("- {collect: count, ask: 'Number?'}\n- say: 'new: {{ slots.count }}'", slots=COUNT))
        await d.conversation([("2", "2 it is"), ("go", "Number?"), ("3", "new: 3")])


async def test_two_conversations_know_nothing_of_each_other() -> None:
    async with desk(ASKS, slots=COUNT) as d:
        await d.says("go")
        other = d.talk("somebody else")
        await other.conversation([("go", "How many?"), ("1", "1 it is")])
        await d.conversation([("2", "2 it is")])


# --- who has the floor -----------------------------------------------------------------------------------------------

REVIEWED = """
reviewed:
  description: Waits for a person, then asks in another flow.
  triggers: [{intent: reviewed}]
  steps:
    - say: Somebody has to look.
    - review: {title: Look}
    - call: inner
    - say: "{{ slots.colour }} then"
inner:
  description: Asks.
  steps: [{collect: colour, ask: "Which colour?"}]
"""
REVIEW_PARTS = {**PARTS, "flows": REVIEWED, "nlu": "- {intent: reviewed, examples: [have it reviewed]}"}


async def test_a_flow_that_waits_for_a_person_gives_the_floor_back_to_the_question_below() -> None:
    async with desk(ASKS, **REVIEW_PARTS) as d:
        await d.conversation(
            [
                ("go", "How many?"),
                ("have it reviewed", ["Somebody has to look.", "How many?"]),
                ("2", "2 it is"),
            ]
        )


async def test_a_question_is_not_put_while_another_is_open() -> None:
    """The review is decided in the middle of another flow: its question comes when that one is through."""
    async with desk(ASKS, **REVIEW_PARTS) as d:
        await d.conversation([("have it reviewed", "Somebody has to look."), ("go", "How many?")])
        assert words(await d.approve()) == []
        await d.conversation([("2", ["2 it is", "Which colour?"]), ("red", "red then")])
