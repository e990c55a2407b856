"""The patterns of the core, seen by the contact: small talk, silence, leaving and coming back, and how it went."""

from datetime import timedelta
from functools import cache

import pytest

from bot.edges.desk_loader import load_core
from bot.model.message import FileRef
from bot.testing.desk import Rehearsal
from bot.testing.talk import words
from tests.flows.small_desks import desk, rehearse

SLOTS = """
count: {type: integer}
plan: {type: choice, values: [{value: free, title: Free}, {value: pro, title: Pro plan, synonyms: [professional]}]}
email: {type: email}
"""
ASKS = "- {collect: count, ask: 'How many?'}\n- say: '{{ slots.count }} it is'"
AGAIN = "I'm sorry, I didn't understand that. Could you say it in other words?"
PERSON = "I've asked a colleague to take over. They will write to you here."
CLOSED = "I haven't heard from you, so I've put this aside. Just write again when you want to go on."
SCORE = "How was it, from 1 (bad) to 5 (very good)?"


# --- small talk ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("hello there!", "Hello! What can I do for you?"),
        ("hi, how are you?", "I'm fine, thank you."),
        ("thank u so much", "You're welcome!"),
        ("ok thx bye", None),
        ("danke, tschüss!", "Auf Wiedersehen! Schreib jederzeit wieder, wenn du etwas brauchst."),
        ("bist du ein roboter?", None),
        ("are you a bot?", "I'm an assistant program. If you would rather talk to a person, just say so."),
        ("no thanks", "All right. Write again whenever you need something."),
    ],
)
async def test_small_talk_is_answered_by_a_desk_that_has_no_flow_for_it(said: str, answer: str | None) -> None:
    async with desk("- say: hello", settings="languages: [en, de]") as d:
        heard = words(await d.says(said))
        assert heard == [answer] if answer else heard


async def test_small_talk_beside_a_question_is_answered_and_the_question_put_again() -> None:
    async with desk(ASKS, slots=SLOTS) as d:
        await d.conversation(
            [("go", "How many?"), ("are you there?", ["Hello! What can I do for you?", "How many?"]), ("2", "2 it is")]
        )


async def test_endless_small_talk_beside_a_question_ends_with_a_person() -> None:
    async with desk(ASKS, slots=SLOTS) as d:
        await d.says("go")
        for _ in range(8):
            await d.says("hello")
        assert d.owner == "queue"


async def test_a_desk_gives_small_talk_words_of_its_own() -> None:
    own = """
    pattern_chitchat:
      description: In our words.
      inputs: {about: {type: text, required: false}}
      steps: [{say: "Ahoy ({{ input.about }})."}]
    """
    async with desk("- say: hello", flows=own) as d:
        await d.conversation([("hi", "Ahoy (greet).")])


async def test_who_opens_a_chat_is_greeted() -> None:
    async with desk(ASKS, slots=SLOTS) as d:
        await d.conversation([("/session_start", "Hello! What can I do for you?"), ("go", "How many?")])


async def test_commands_that_people_know_from_bots_are_understood_where_no_flow_has_them() -> None:
    """Channels that have commands bring them as payloads."""
    async with desk(ASKS, slots=SLOTS) as d:
        await d.conversation([("/help", "Hello! What can I do for you?"), ("go", "How many?")])
        (said,) = await d.says("/cancel", payload="/cancel")
        assert str(said.text).startswith("All right")


def test_all_that_the_core_says_is_said_in_german_too() -> None:
    said = load_core().responses
    untold = [name for name, says in said.items() for say in says if say.text and "de" not in say.translation]
    assert untold == []


# --- asking back -----------------------------------------------------------------------------------------------------

TWO = """
refund:
  name: A refund
  description: Gives money back.
  triggers: [{intent: refund}]
  steps: [{say: Your money is on its way.}]
invoice:
  name: An invoice copy
  description: Sends an invoice.
  triggers: [{intent: invoice}]
  steps: [{say: Here is your invoice.}]
"""
NLU = "- {intent: refund, examples: [money back please]}\n- {intent: invoice, examples: [money papers please]}"


@pytest.mark.parametrize(
    ("choice", "answer"),
    [
        ("1", "Your money is on its way."),
        ("the second one", "Here is your invoice."),
        ("refund", "Your money is on its way."),
        ("invoce copy", "Here is your invoice."),
    ],
)
async def test_a_wish_that_was_offered_is_chosen_in_words(choice: str, answer: str) -> None:
    async with desk("- say: hello", flows=TWO, nlu=NLU) as d:
        await d.says("go")
        d.instance.state.offered = [("refund", "A refund"), ("invoice", "An invoice copy")]
        await d.conversation([(choice, answer)])
        assert d.instance.state.offered == []


async def test_who_wants_none_of_what_was_offered_is_asked_for_other_words_and_then_gets_a_person() -> None:
    async with desk("- say: hello", flows=TWO, nlu=NLU) as d:
        await d.says("go")
        d.instance.state.offered = [("refund", "A refund"), ("invoice", "An invoice copy")]
        d.instance.state.misunderstood, d.instance.state.asked_back = 1, True
        await d.conversation([("neither", AGAIN), ("mumble", PERSON)])
        assert d.handoffs[0].packet.reason == "not_understood"


# --- silence ---------------------------------------------------------------------------------------------------------


async def test_who_keeps_silent_is_reminded_once_and_then_left_in_peace() -> None:
    async with desk(ASKS, slots=SLOTS) as d:
        await d.says("go")
        assert words(await d.advance_clock("2h")) == ["Are you still there?", "How many?"]
        assert words(await d.advance_clock("2d")) == [CLOSED]
        assert words(await d.advance_clock("30d")) == []
        assert d.flows == []


async def test_an_answer_after_the_reminder_counts_and_the_patience_begins_anew() -> None:
    both = ASKS + "\n- {collect: email, ask: 'Which address?'}\n- say: thanks"
    async with desk(both, slots=SLOTS) as d:
        await d.says("go")
        await d.advance_clock("2h")
        await d.conversation([("2", ["2 it is", "Which address?"])])
        assert words(await d.advance_clock("2h")) == ["Are you still there?", "Which address?"]


async def test_a_desk_may_have_a_person_look_at_who_fell_silent() -> None:
    settings = "silence: {remind_after: 10m, close_after: 20m, then: person}"
    async with desk(ASKS, slots=SLOTS, settings=settings) as d:
        await d.says("go")
        assert words(await d.advance_clock("1h")) == ["Are you still there?", "How many?", PERSON]
        assert (d.handoffs[0].packet.reason, d.owner) == ("silence", "queue")


async def test_a_desk_may_wait_for_ever() -> None:
    async with desk(ASKS, slots=SLOTS, settings="silence: {enabled: false}") as d:
        await d.says("go")
        assert words(await d.advance_clock("365d")) == []
        await d.conversation([("2", "2 it is")])


async def test_a_step_with_a_timeout_of_its_own_keeps_it() -> None:
    steps = "- {collect: count, ask: 'How many?', timeout: 5m, on_timeout: [{say: Too late.}]}\n- say: done"
    async with desk(steps, slots=SLOTS) as d:
        await d.says("go")
        assert words(await d.advance_clock("2h")) == ["Too late.", "done"]


# --- digressions -----------------------------------------------------------------------------------------------------


def guarded(policy: str) -> str:
    return f"- {{collect: count, ask: 'How many?', digressions: {policy}}}\n- say: '{{{{ slots.count }}}} it is'"


async def test_a_wish_that_is_deferred_is_followed_when_the_flow_is_through() -> None:
    async with desk(guarded("defer"), slots=SLOTS) as d:
        await d.conversation(
            [
                ("go", "How many?"),
                ("something else", ["I'll come to that (other) as soon as we are through here.", "How many?"]),
                ("something else", ["I'll come to that (other) as soon as we are through here.", "How many?"]),
                ("2", ["2 it is", "Now to: other.", "Here is something else."]),
            ]
        )
        assert d.flows == []


async def test_a_wish_that_is_denied_is_not_followed() -> None:
    async with desk(guarded("deny"), slots=SLOTS) as d:
        await d.says("go")
        first, question = words(await d.says("something else"))
        assert (first.split(";")[0], question) == ("Let's finish this first", "How many?")
        await d.conversation([("2", "2 it is")])


@pytest.mark.parametrize("policy", ["allow", "defer", "deny"])
async def test_a_person_and_a_way_out_are_there_whatever_the_step_says(policy: str) -> None:
    async with desk(guarded(policy), slots=SLOTS) as d:
        await d.conversation([("go", "How many?"), ("/human_request", PERSON)])
    async with desk(guarded(policy), slots=SLOTS) as d:
        await d.conversation([("go", "How many?"), ("never mind, stop it", "All right, I've dropped it.")])


async def test_a_button_of_another_flow_does_not_come_in_between_either() -> None:
    async with desk(guarded("deny"), slots=SLOTS) as d:
        await d.says("go")
        assert words(await d.says("/other"))[-1] == "How many?"
        assert d.flows == ["main"]


# --- how it went -----------------------------------------------------------------------------------------------------

SATISFIED = "satisfaction: [completed, resolved]"


async def test_a_desk_may_ask_whether_there_is_anything_else() -> None:
    async with desk(ASKS, slots=SLOTS, settings="anything_else: true") as d:
        await d.conversation(
            [
                ("go", "How many?"),
                ("2", ["2 it is", "Is there anything else I can do for you?"]),
                ("no, that's all", "All right. Write again whenever you need something."),
                ("something else", "Here is something else."),
            ]
        )


async def test_a_desk_may_ask_how_it_went_and_keeps_the_score() -> None:
    async with desk(ASKS, slots=SLOTS, settings=SATISFIED) as d:
        await d.conversation([("go", "How many?"), ("2", ["2 it is", SCORE]), ("5", "Thank you!")])
        given = [event.data for event in d.events if event.event == "SatisfactionGiven"]
        assert given == [{"score": 5, "after": "completed"}]
        assert d.slots == {}


async def test_a_low_score_is_asked_about() -> None:
    async with desk(ASKS, slots=SLOTS, settings=SATISFIED) as d:
        await d.conversation(
            [
                ("go", "How many?"),
                ("2", ["2 it is", SCORE]),
                ("very bad", "I'm sorry to hear that. What went wrong?"),
                ("nobody listened", "Thank you for telling us."),
            ]
        )
        assert d.instance.state.satisfaction is not None
        assert d.instance.state.satisfaction["score"] == 1
        assert d.instance.state.satisfaction["comment"] == "nobody listened"


async def test_a_wish_comes_before_the_question_how_it_went_which_is_not_put_again() -> None:
    async with desk(ASKS, slots=SLOTS, settings=SATISFIED) as d:
        await d.conversation(
            [("go", "How many?"), ("2", ["2 it is", SCORE]), ("something else", "Here is something else.")]
        )
        assert d.flows == []
        await d.conversation([("go", "How many?"), ("3", "3 it is")])  # and not after each flow


async def test_when_an_agent_has_resolved_the_matter_the_score_names_the_handoff() -> None:
    async with desk("- handoff: {reason: asked}", settings=SATISFIED) as d:
        await d.says("go")
        await d.take_over()
        assert words(await d.resolve()) == [SCORE]
        await d.conversation([("4", "Thank you!")])
        given = next(event.data for event in d.events if event.event == "SatisfactionGiven")
        assert given == {"score": 4, "after": "resolved", "handoff": d.handoffs[0].id}


async def test_nobody_is_asked_unless_the_settings_say_so() -> None:
    async with desk(ASKS, slots=SLOTS) as d:
        await d.conversation([("go", "How many?"), ("2", "2 it is")])


# --- failures --------------------------------------------------------------------------------------------------------


async def test_a_failure_is_told_by_a_pattern_and_the_person_sees_the_step() -> None:
    async with desk("- {id: ticket, do: tools.write}\n- say: done") as d:
        d.actions.fail("tools.write", "rejected")
        said = words(await d.says("go"))
        assert said == ["I'm sorry, something went wrong on our side. I've asked a colleague to take over."]
        packet = d.handoffs[0].packet
        assert (packet.failing_step, packet.flow, packet.reason) == ("main.ticket", "main", "step_failed")
        assert "rejected" in (packet.failure or "")


async def test_a_desk_may_deal_with_failures_in_its_own_way() -> None:
    own = """
    pattern_internal_error:
      description: No person is there at night.
      inputs: {step: {type: text, required: false}}
      steps: [{say: "That failed at {{ input.step }}. Please try again later."}]
    """
    async with desk("- {id: ticket, do: tools.write}\n- say: done", flows=own) as d:
        d.actions.fail("tools.write", "rejected")
        await d.conversation([("go", "That failed at ticket. Please try again later.")])
        assert (d.flows, d.owner, d.handoffs) == ([], "bot", [])


# --- files and secrets -----------------------------------------------------------------------------------------------


async def test_an_attachment_fills_a_file_slot_and_what_is_no_file_does_not() -> None:
    steps = """
    - collect: proof
      ask: Please send a picture.
      rejections: [{if: "slots.proof.size > 1000", say: That is too large.}]
    - say: "{{ slots.proof.name }}"
    """
    large = FileRef(name="big.png", media_type="image/png", size=5_000)
    small = FileRef(name="small.png", media_type="image/png", size=500)
    async with desk(steps, slots="proof: {type: file}") as d:
        await d.says("go")
        assert words(await d.says("here you are"))[-1] == "Please send a picture."
        assert words(await d.says("", files=[large])) == ["That is too large.", "Please send a picture."]
        assert words(await d.says("", files=[small])) == ["small.png"]


async def test_a_secret_is_not_kept_in_words_also_when_it_is_corrected() -> None:
    steps = "- {collect: pin, ask: 'PIN?'}\n- {collect: count, ask: 'How many?'}\n- handoff: {reason: look}"
    async with desk(steps, slots=SLOTS + "pin: {type: pattern, pattern: '[0-9]{6}', sensitive: true}") as d:
        for line in ("go", "my pin is 12-34", "123456", "no, I meant 654321", "2"):
            await d.says(line)
        everything = str([d.events, d.handoffs, d.instance.state.recent])
        assert all(secret not in everything for secret in ("12-34", "123456", "654321"))
        assert d.handoffs[0].packet.slots["pin"] == "•••"


# --- edits -----------------------------------------------------------------------------------------------------------

BOOKS = """
- {collect: plan, ask: Which plan?}
- {collect: count, ask: How many?}
- {do: tools.write, with: {count: "{{ slots.count }}"}}
- say: "{{ slots.count }} of {{ slots.plan }} booked."
- {collect: email, ask: Which address?}
- say: done
"""


@cache
def rehearsed() -> Rehearsal:
    return rehearse(BOOKS, slots=SLOTS)


async def test_an_edited_answer_is_read_again_while_nothing_was_done_with_it() -> None:
    async with rehearsed().desk(channel="telegram") as d:
        await d.conversation([("go", "Which plan?"), ("free", "How many?")])
        await d.edits("pro")
        assert d.slots == {"plan": "pro"}
        await d.conversation([("2", ["2 of pro booked.", "Which address?"])])


async def test_an_edit_that_changes_nothing_is_answered_by_nothing() -> None:
    async with rehearsed().desk(channel="telegram") as d:
        await d.conversation([("go", "Which plan?"), ("fre", "How many?")])
        assert words(await d.edits("free")) == []
        assert d.slots == {"plan": "free"}


async def test_an_edit_into_another_wish_begins_that_in_its_place() -> None:
    async with rehearsed().desk(channel="telegram") as d:
        await d.says("go")
        assert words(await d.edits("something else")) == ["Here is something else."]
        assert d.flows == []


async def test_a_deleted_message_is_as_if_it_had_not_been_written() -> None:
    async with rehearsed().desk(channel="telegram") as d:
        await d.conversation([("go", "Which plan?"), ("free", "How many?")])
        assert words(await d.deletes()) == []
        assert d.slots == {}
        await d.conversation([("pro", "How many?")])


async def test_an_edit_of_what_was_acted_on_is_a_note_for_a_person() -> None:
    async with rehearsed().desk(channel="telegram") as d:
        await d.conversation(
            [("go", "Which plan?"), ("free", "How many?"), ("2", ["2 of free booked.", "Which address?"])]
        )
        assert words(await d.edits("20")) == []
        assert d.slots["count"] == 2
        assert d.notes == ['The contact has changed a message after it was acted on. It now says: "20"']
        await d.deletes(2)
        assert d.notes[1:] == ["The contact has deleted a message after it was acted on."]


async def test_time_counts_for_the_question_as_it_was_put_last() -> None:
    async with rehearsed().desk(channel="telegram") as d:
        await d.says("go")
        await d.advance_clock(timedelta(minutes=50))
        await d.says("free")
        assert words(await d.advance_clock(timedelta(minutes=30))) == []
