"""Answers of a flow that is through, taken back."""

import pytest

from bot.testing.desk import TestDesk
from bot.testing.talk import words
from tests.flows.small_desks import desk

SLOTS = """
plan: {type: choice, values: [free, pro]}
email: {type: email}
sure: {type: boolean}
at: {type: datetime}
secret: {type: text, sensitive: true}
"""
ASKING = """
- {collect: plan, ask: "Which plan?"}
- id: seen
  do: tools.read
  with: {plan: "{{ slots.plan }}"}
- {collect: email, ask: "Whose?"}
- {collect: sure, ask: "Shall I take {{ slots.plan }} for {{ slots.email }}?"}
"""
KEEPING = ASKING + '- say: "{{ slots.plan }} for {{ slots.email }}: {{ slots.sure }}."'
WRITING = ASKING + '- do: tools.write\n- say: "Done."'


def house(steps: str = KEEPING, **how: str) -> TestDesk:
    return desk(steps, slots=SLOTS, keys="name: A plan", checked=False, settings="timezone: Europe/Berlin", **how)


async def through(d: TestDesk, *answers: str) -> None:
    for line in ("go", *answers):
        await d.says(line)
    assert d.flows == []


@pytest.mark.parametrize(
    "text", ["no, I meant free", "I meant free", "sorry, free", "nein, ich meinte free", "wait, actually free"]
)
async def test_the_flow_goes_on_from_the_question_and_what_stays_true_is_not_asked_again(text: str) -> None:
    """The agreement is asked for anew: it was said to another matter."""
    async with house() as d:
        await through(d, "pro", "ada@example.com", "yes")
        assert words(await d.says(text))[-1].startswith("Shall I take free for ada@example.com?")
        await d.conversation([("yes", "free for ada@example.com: true.")])


async def test_the_last_yes_or_no_can_be_turned_round() -> None:
    async with house() as d:
        await through(d, "pro", "ada@example.com", "no")
        await d.conversation([("no sorry i meant yes", ["All right: yes.", "pro for ada@example.com: true."])])


async def test_who_names_no_new_value_is_asked_for_it() -> None:
    async with house() as d:
        await through(d, "pro", "ada@example.com", "no")
        await d.conversation(
            [
                ("oh no, i used the wrong address", ["All right, let's change that.", "Whose?"]),
                ("eve@example.com", "Shall I take pro for eve@example.com?"),
            ]
        )


async def test_what_was_persisted_can_be_corrected_too() -> None:
    async with desk(KEEPING, slots=SLOTS, keys="persisted_slots: [email]", checked=False) as d:
        await through(d, "pro", "ada@example.com", "no")
        await d.conversation(
            [("no, eve@example.com", ["All right: eve@example.com.", "Shall I take pro for eve@example.com?"])]
        )
        assert d.slots["email"] == "eve@example.com"


async def test_once_the_world_has_changed_a_person_or_a_new_beginning_is_offered() -> None:
    async with house(WRITING) as d:
        await through(d, "pro", "ada@example.com", "yes")
        replies = await d.says("no, I meant free")
        assert [button.payload for button in replies[0].buttons] == ["/human_request", "/go"]
        assert len([call for call in d.calls if call[0] == "tools.write"]) == 1
        assert d.instance.state.ended is not None
        assert d.instance.state.ended.slots == {"plan": None, "email": None, "sure": None}


async def test_after_some_turns_it_is_no_correction_any_more() -> None:
    async with house() as d:
        await through(d, "pro", "ada@example.com", "no")
        for _ in range(3):
            await d.says("thanks")
        await d.says("I meant free")
        assert d.flows == []


async def test_nothing_is_kept_of_a_flow_with_a_sensitive_answer() -> None:
    async with house('- {collect: plan, ask: "Plan?"}\n- {collect: secret, ask: "Secret?"}\n- say: "Thanks."') as d:
        await through(d, "pro", "hunter2")
        assert d.instance.state.ended is None
        assert "hunter2" not in d.instance.state.model_dump_json()


async def test_another_day_keeps_the_time() -> None:
    async with house('- {collect: at, ask: "When?"}\n- {collect: plan, ask: "Which plan?"}\n- say: ok') as d:
        await d.conversation(
            [
                ("go", "When?"),
                ("monday at 3pm", "Which plan?"),
                ("no, on tuesday", ["All right: 10 March 2026, 15:00.", "Which plan?"]),
            ]
        )


LOOPING = """
- set: {right: false}
- loop:
    while: not vars.right
    max_iterations: 2
    steps:
      - {collect: plan, ask: "Which plan?"}
      - {collect: email, ask: "Whose?"}
      - {collect: sure, ask: "{{ slots.plan }} for {{ slots.email }}?"}
      - set: {right: "{{ slots.sure }}"}
- say: "{{ slots.plan }} it is."
"""


async def test_a_correction_in_a_loop_goes_back_within_the_round() -> None:
    async with house(LOOPING) as d:
        for line in ("go", "pro", "ada@example.com"):
            await d.says(line)
        await d.conversation(
            [
                ("the plan is wrong", ["All right, let's change that.", "Which plan?"]),
                ("free", "free for ada@example.com?"),
                ("yes", "free it is."),
            ]
        )


async def test_behind_a_link_the_flow_begins_again_where_it_first_reads_the_slot() -> None:
    more = """
    told:
      description: Tells what there is.
      steps:
        - {id: found, do: tools.read, with: {email: "{{ slots.email }}"}}
        - say: "Found {{ steps.found.email }}."
        - {collect: sure, ask: "Is that right?"}
        - say: ok
    """
    async with house('- {collect: email, ask: "Whose?"}\n- {link: told}', flows=more) as d:
        await d.says("go")
        await d.says("ada@example.com")
        said = ["All right: eve@example.com.", "Found eve@example.com.", "Is that right?"]
        await d.conversation([("no, eve@example.com", said)])
