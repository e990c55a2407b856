"""The `collect` step: asking, reading, refusing, giving up, and what comes in filled."""

import pytest

from bot.testing.talk import words
from tests.flows.small_desks import desk

NUMBER = "count: {type: integer, min: 1, max: 9}"
ASK = 'utter_ask_count: [{text: "How many?"}]'
PERSON = "I've asked a colleague to take over. They will write to you here."


async def test_it_asks_until_the_slot_is_filled() -> None:
    steps = '- collect: count\n- say: "{{ slots.count }} it is"'
    async with desk(steps, slots=NUMBER, responses=ASK) as d:
        await d.conversation([("go", "How many?"), ("make it three", "3 it is")])


@pytest.mark.parametrize(
    ("step", "question"),
    [
        ("- {collect: count, ask: 'Your own words?'}", "Your own words?"),
        ("- {collect: count, utter: utter_other}", "Another response?"),
        ("- collect: count", "How many?"),
    ],
)
async def test_the_question_is_the_steps_or_the_slots(step: str, question: str) -> None:
    responses = ASK + '\nutter_other: [{text: "Another response?"}]'
    async with desk(step, slots=NUMBER, responses=responses, checked=False) as d:
        await d.conversation([("go", question)])


async def test_what_is_no_value_of_the_type_is_refused_with_the_reason_and_asked_again() -> None:
    async with desk("- collect: count\n- say: ok", slots=NUMBER, responses=ASK) as d:
        await d.says("go")
        reason, question = words(await d.says("a few"))
        assert question == "How many?"
        assert "number" in reason


async def test_a_slot_may_have_its_own_words_for_what_it_refuses() -> None:
    responses = ASK + '\nutter_refused_count: [{text: "From 1 to 9, please."}]'
    async with desk("- collect: count\n- say: ok", slots=NUMBER, responses=responses) as d:
        await d.conversation(
            [
                ("go", "How many?"),
                ("a few", ["From 1 to 9, please.", "How many?"]),
                ("12", ["From 1 to 9, please.", "How many?"]),
            ]
        )


async def test_bounds_of_the_slot_hold() -> None:
    async with desk("- collect: count\n- say: ok", slots=NUMBER, responses=ASK) as d:
        await d.says("go")
        reason, _ = words(await d.says("12"))
        assert "9" in reason
        await d.conversation([("9", "ok")])


async def test_a_rejection_says_why_and_may_speak_of_the_value() -> None:
    steps = """
    - collect: count
      rejections:
        - if: slots.count == 4
          say: "{{ slots.count }} is taken."
        - if: slots.count == 5
          utter: utter_five
    - say: "{{ slots.count }} it is"
    """
    responses = ASK + '\nutter_five: [{text: "Not five."}]'
    async with desk(steps, slots=NUMBER, responses=responses) as d:
        await d.conversation(
            [
                ("go", "How many?"),
                ("4", ["4 is taken.", "How many?"]),
                ("5", ["Not five.", "How many?"]),
                ("6", "6 it is"),
            ]
        )


async def test_after_three_refused_answers_a_person_takes_over() -> None:
    async with desk("- collect: count\n- say: ok", slots=NUMBER, responses=ASK) as d:
        for text in ("go", "a", "b"):
            await d.says(text)
        assert words(await d.says("c")) == [PERSON]
        assert d.owner == "queue"
        assert d.handoffs[0].packet.reason == "collect_failed"
        assert d.handoffs[0].packet.failing_step == "main.steps[0]"


async def test_max_attempts_and_on_give_up_are_the_steps_own_way_out() -> None:
    steps = """
    - collect: count
      max_attempts: 1
      on_give_up:
        - say: Never mind.
    - say: "Going on without {{ slots.count is none }}"
    """
    async with desk(steps, slots=NUMBER, responses=ASK) as d:
        await d.conversation([("go", "How many?"), ("a lot", ["Never mind.", "Going on without true"])])


async def test_on_timeout_runs_when_the_contact_keeps_silent() -> None:
    steps = """
    - collect: count
      timeout: 1h
      on_timeout: [{say: Still there?}]
    - say: behind
    """
    async with desk(steps, slots=NUMBER, responses=ASK, checked=False) as d:
        await d.says("go")
        assert await d.advance_clock("59m") == []
        assert words(await d.advance_clock("1m")) == ["Still there?", "behind"]


async def test_without_on_timeout_the_flow_ends_quietly() -> None:
    async with desk("- {collect: count, timeout: 1h}\n- say: ok", slots=NUMBER, responses=ASK) as d:
        await d.says("go")
        assert await d.advance_clock("1h") == []
        assert d.flows == []


async def test_a_refused_answer_gives_the_whole_time_again() -> None:
    async with desk("- {collect: count, timeout: 1h}\n- say: ok", slots=NUMBER, responses=ASK) as d:
        await d.says("go")
        await d.advance_clock("40m")
        await d.says("many")
        await d.advance_clock("40m")
        await d.conversation([("3", "ok")])


async def test_a_flow_that_was_called_and_heard_nothing_ends_its_caller_too() -> None:
    flows = """
    ask:
      description: Asks.
      steps:
        - {collect: count, timeout: 1h}
    """
    async with desk("- call: ask\n- say: Here I am again.", flows=flows, slots=NUMBER, responses=ASK) as d:
        await d.says("go")
        assert await d.advance_clock("1h") == []
        assert d.flows == []


async def test_several_slots_are_asked_for_one_by_one() -> None:
    steps = '- collect: [count, colour]\n- say: "{{ slots.count }} {{ slots.colour }}"'
    slots = NUMBER + "\ncolour: {type: choice, values: [red, blue]}"
    responses = ASK + '\nutter_ask_colour: [{text: "Which colour?"}]'
    async with desk(steps, slots=slots, responses=responses) as d:
        await d.conversation([("go", "How many?"), ("2", "Which colour?"), ("blue one", "2 blue")])


async def test_a_choice_is_asked_with_buttons() -> None:
    slots = "plan: {type: choice, values: [{value: free, title: Free of charge}, pro]}"
    async with desk('- {collect: plan, ask: "Which?"}\n- say: "{{ slots.plan }}"', slots=slots) as d:
        (question,) = await d.says("go")
        assert [(b.title, b.payload) for b in question.buttons] == [("Free of charge", "free"), ("pro", "pro")]
        assert words(await d.presses("Free of charge")) == ["free"]


async def test_a_slot_that_is_filled_already_is_not_asked_for() -> None:
    steps = '- set_slots: {count: 2}\n- collect: count\n- say: "{{ slots.count }}"'
    async with desk(steps, slots=NUMBER, responses=ASK) as d:
        await d.conversation([("go", "2")])


async def test_a_value_that_came_in_filled_must_pass_the_rejections_too() -> None:
    steps = """
    - collect: count
      rejections: [{if: slots.count == 4, say: "4 is taken."}]
    - say: "{{ slots.count }} it is"
    """
    async with desk("- set_slots: {count: 4}\n" + "\n".join(line[4:] for line in steps.splitlines()), slots=NUMBER,
                    responses=ASK) as d:  # fmt: skip
        await d.conversation([("go", ["4 is taken.", "How many?"]), ("5", "5 it is")])


async def test_ask_before_filling_asks_although_the_slot_is_filled() -> None:
    steps = """
    - set_slots: {count: 2}
    - {collect: count, ask_before_filling: true}
    - say: "{{ slots.count }}"
    """
    async with desk(steps, slots=NUMBER, responses=ASK) as d:
        await d.conversation([("go", "How many?"), ("3", "3")])


async def test_ask_before_filling_asks_in_every_round_of_a_loop() -> None:
    steps = """
    - loop: {for_each: {item: one, in: [1, 2]}}
      steps:
        - {collect: count, ask_before_filling: true}
        - say: "{{ slots.count }}"
    """
    async with desk(steps, slots=NUMBER, responses=ASK) as d:
        await d.conversation([("go", "How many?"), ("3", ["3", "How many?"]), ("4", "4")])


async def test_prefill_takes_the_value_from_the_first_message() -> None:
    slots = "order: {type: pattern, pattern: 'A-[0-9]{4}', prefill: true}"
    async with desk(
        '- {collect: order, ask: "Number?"}\n- say: "{{ slots.order }}"', slots=slots, words="where is A-1234"
    ) as d:
        await d.conversation([("where is a-1234", "A-1234")])


async def test_only_prefill_slots_are_filled_by_the_way() -> None:
    slots = "order: {type: pattern, pattern: 'A-[0-9]{4}'}"
    async with desk('- {collect: order, ask: "Number?"}\n- say: ok', slots=slots, words="where is A-1234") as d:
        await d.conversation([("where is A-1234", "Number?")])


async def test_prefill_takes_it_from_any_message() -> None:
    """An answer may say more than was asked."""
    steps = """
    - collect: count
    - {collect: email, ask: "Address?"}
    - say: "{{ slots.count }} for {{ slots.email }}"
    """
    slots = NUMBER + "\nemail: {type: email, prefill: true}"
    async with desk(steps, slots=slots, responses=ASK) as d:
        await d.conversation([("go", "How many?"), ("3 please, send it to kim@example.com", "3 for kim@example.com")])


async def test_an_answer_does_not_fill_another_slot_of_the_same_type() -> None:
    steps = """
    - {collect: new_email, ask: "New address?"}
    - {collect: email, ask: "Old address?"}
    - say: "{{ slots.email }} becomes {{ slots.new_email }}"
    """
    slots = "email: {type: email, prefill: true}\nnew_email: {type: email}"
    async with desk(steps, slots=slots) as d:
        await d.conversation(
            [
                ("go", "New address?"),
                ("b@example.com", "Old address?"),
                ("a@example.com", "a@example.com becomes b@example.com"),
            ]
        )


async def test_a_sensitive_answer_is_masked_wherever_people_look() -> None:
    steps = """
    - {collect: pin, ask: "Your PIN?"}
    - say: "Thanks, {{ slots.pin }}."
    - handoff: {note: "PIN {{ slots.pin }}"}
    """
    slots = "pin: {type: pattern, pattern: '[0-9]{6}', sensitive: true}"
    async with desk(steps, slots=slots) as d:
        await d.conversation([("go", "Your PIN?"), ("it is 123456", "Thanks, 123456.")])
        kept = d.handoffs[0].model_dump_json() + "".join(event.model_dump_json() for event in d.events)
        assert "123456" not in kept
        assert d.handoffs[0].packet.slots == {"pin": "•••"}
        assert d.handoffs[0].packet.note == "PIN •••"


async def test_a_sensitive_slot_filled_by_the_way_is_masked_too() -> None:
    slots = "card: {type: pattern, pattern: 'C[0-9]{6}', prefill: true, sensitive: true}"
    async with desk("- collect: card\n  ask: Card?\n- handoff: {}", slots=slots, words="my card is C123456") as d:
        await d.says("my card is C123456")
        kept = d.handoffs[0].model_dump_json() + "".join(event.model_dump_json() for event in d.events)
        assert "C123456" not in kept


@pytest.mark.parametrize(
    ("kind", "lacking", "asked_for", "rest", "value"),
    [
        ("datetime", "next monday", "time", "3pm", "2026-03-09T15:00:00+01:00"),
        ("datetime", "next monday", "time", "no, friday at 4pm", "2026-03-06T16:00:00+01:00"),
        ("date", "sometime in may", "day", "the 5th", "2026-05-05"),
        ("date", "sometime in may", "day", "june 7", "2026-06-07"),
        ("duration", "30", "unit", "minutes", 1800),
        ("duration", "30", "unit", "2 hours", 7200),
    ],
)
async def test_an_answer_that_lacks_a_part_is_completed_by_the_next(
    kind: str, lacking: str, asked_for: str, rest: str, value: object
) -> None:
    """The 5th is the 5th of May then, and 3pm is on Monday; whoever says all of it anew is taken at that word."""
    slots = f"wished: {{type: {kind}}}"
    settings = "timezone: Europe/Berlin"
    steps = "- {collect: wished, ask: When?}\n- say: ok"
    async with desk(steps, slots=slots, settings=settings) as d:
        await d.says("go")
        reason, _ = words(await d.says(lacking))
        assert asked_for in reason
        await d.says(rest)
        assert next(fact.data["value"] for fact in d.events if fact.event == "SlotSet") == value
