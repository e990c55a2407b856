"""`do` and `ai`: what goes in and comes out, and everything that can be done about a failure."""

from datetime import timedelta

import pytest

from bot.model.action import ActionResult, Failure
from bot.model.message import Reply
from bot.model.slot import Inputs
from bot.rules.prompt_scope import complete, prompt_scope
from bot.testing.desk import Rehearsal
from bot.testing.talk import words
from bot.testing.understanding import ExampleClassifier
from tests.flows.small_desks import OTHER, desk, written

SORRY = "I'm sorry, something went wrong on our side. I've asked a colleague to take over."
STILL = "This is taking a moment. I'll write as soon as it is done."


async def test_an_action_gets_its_arguments_and_gives_its_output() -> None:
    steps = '- {id: it, do: tools.read, with: {words: "{{ input.text }}"}}\n- say: "{{ steps.it.words }}"'
    async with desk(steps) as d:
        await d.conversation([("go", "go")])
        assert d.calls == [("tools.read", {"words": "go"})]


async def test_an_action_may_set_slots_and_reply_as_rasa_actions_do() -> None:
    """Slots that nobody declared, and values that a type refuses, are left out."""
    steps = '- {do: tools.write}\n- say: "{{ slots.count }}"'
    responses = 'utter_named: [{text: "Hello {name}"}]'.replace("{name}", "{{ name }}")
    async with desk(steps, slots="count: {type: integer}", responses=responses, checked=False) as d:
        result = ActionResult(
            slots={"count": 3, "unknown": 1},
            replies=(Reply(text="from the action"),),
        )
        d.actions.stub("tools.write", result)
        await d.conversation([("go", ["from the action", "3"])])
        assert [event.data["name"] for event in d.events if event.event == "SlotIgnored"] == ["unknown"]


async def test_an_action_may_ask_for_a_response_with_any_variables() -> None:
    steps = "- {do: tools.write}\n- utter: utter_named"
    responses = """utter_named: [{text: "Hello {{ name }}"}]"""
    async with desk(steps, responses=responses, checked=False) as d:
        d.actions.stub("tools.write", ActionResult(utter=(("utter_named", {"name": "Ada", "frame": 1}),)))
        assert words(await d.says("go"))[0] == "Hello Ada"


async def test_without_on_error_a_conversation_says_sorry_and_hands_off_with_the_failure() -> None:
    async with desk("- {id: it, do: tools.write}\n- say: never") as d:
        d.actions.fail("tools.write", "rejected", message="the card has expired")
        await d.conversation([("go", SORRY)])
        packet = d.handoffs[0].packet
        assert (packet.reason, packet.failing_step, packet.failure) == (
            "step_failed",
            "main.it",
            "rejected: the card has expired",
        )
        assert [(one.step, one.outcome) for one in packet.tried] == [("it", "failed: rejected")]


async def test_after_on_error_the_flow_goes_on_behind_the_failed_step_whose_output_is_null() -> None:
    steps = """
    - id: it
      do: tools.write
      on_error:
        - say: "{{ error.kind }}, {{ error.message }}, {{ error.step }}"
    - say: "{{ steps.it is none }}"
    """
    async with desk(steps) as d:
        d.actions.fail("tools.write", "rejected", message="no")
        await d.conversation([("go", ["rejected, no, it", "true"])])


async def test_default_stands_in_for_the_output() -> None:
    steps = '- {id: it, do: tools.write, default: {n: 7}}\n- say: "{{ steps.it.n }}"'
    async with desk(steps) as d:
        d.actions.fail("tools.write")
        await d.conversation([("go", "7")])


async def test_default_and_on_error_work_together() -> None:
    steps = """
    - {id: it, do: tools.write, default: {n: 7}, on_error: [{say: "it failed, so {{ steps.it.n }}"}]}
    - say: "{{ steps.it.n }}"
    """
    async with desk(steps) as d:
        d.actions.fail("tools.write")
        await d.conversation([("go", ["it failed, so 7", "7"])])


async def test_a_failure_inside_on_error_is_not_caught_by_the_same_on_error() -> None:
    steps = """
    - do: tools.write
      on_error:
        - do: tools.other
        - say: never
    """
    async with desk(steps, checked=False) as d:
        d.actions.fail("tools.write")
        d.actions.fail("tools.other", "rejected")
        await d.conversation([("go", SORRY)])


async def test_a_failed_step_is_tried_again_only_when_it_says_so() -> None:
    async with desk("- {do: tools.write, on_error: [{say: failed}]}") as d:
        d.actions.fail("tools.write")
        await d.conversation([("go", "failed")])
        assert len(d.calls) == 1


RETRIES = "settings: {retries: {max_attempts: 3, backoff: 1s, multiplier: 2, jitter: 0}}"


async def test_a_retry_within_the_turn_is_not_noticed() -> None:
    async with desk(f'- {{id: it, do: tools.write, with: {{n: 1}}, {RETRIES}}}\n- say: "{{{{ steps.it.n }}}}"') as d:
        d.actions.fail("tools.write", "timeout")
        await d.conversation([("go", "1")])
        assert len(d.calls) == 2
        assert len({call.key for call in d.actions.calls}) == 1, "every attempt has the key of the first"


async def test_a_longer_retry_is_announced_once_and_its_outcome_comes_by_itself() -> None:
    async with desk(f"- {{do: tools.write, {RETRIES}}}\n- say: done") as d:
        d.actions.fail("tools.write", "unavailable", times=2)
        await d.conversation([("go", STILL)])
        assert await d.advance_clock("1s") == []
        assert words(await d.advance_clock("1s")) == ["done"]


async def test_the_attempts_are_counted_and_then_it_fails() -> None:
    async with desk(f"- {{do: tools.write, {RETRIES}, on_error: [{{say: failed}}]}}") as d:
        d.actions.fail("tools.write", times=9)
        await d.says("go")
        assert words(await d.advance_clock("1h")) == ["failed"]
        assert len(d.calls) == 3


async def test_only_the_named_kinds_are_tried_again() -> None:
    step = "- {do: tools.write, settings: {retries: {on: [rate_limit]}}, on_error: [{say: failed}]}"
    async with desk(step) as d:
        d.actions.fail("tools.write", "timeout")
        await d.conversation([("go", "failed")])


async def test_a_service_that_asks_for_patience_gets_it() -> None:
    async with desk(f"- {{do: tools.write, {RETRIES}}}\n- say: done") as d:
        d.actions.fail("tools.write", "rate_limit", retry_after_seconds=60)
        await d.says("go")
        assert await d.advance_clock("59s") == []
        assert words(await d.advance_clock("1s")) == ["done"]


async def test_what_may_have_happened_is_never_tried_again_by_itself() -> None:
    async with desk(f"- {{do: tools.write, {RETRIES}, on_error: [{{say: failed}}]}}") as d:
        d.actions.fail("tools.write", "timeout", uncertain=True)
        await d.conversation([("go", "failed")])


async def test_a_slow_action_is_announced_and_its_outcome_comes_as_an_event() -> None:
    async with desk('- {id: it, do: tools.write, with: {n: 1}}\n- say: "{{ steps.it.n }}"') as d:
        d.actions.slow("tools.write", timedelta(seconds=30))
        await d.conversation([("go", STILL)])
        assert words(await d.advance_clock("30s")) == ["1"]


async def test_while_an_action_is_under_way_a_message_that_means_nothing_is_told_so() -> None:
    async with desk("- {do: tools.write}\n- say: done") as d:
        d.actions.slow("tools.write", timedelta(seconds=30))
        await d.conversation([("go", STILL), ("hm?", STILL), ("go", STILL)])
        assert len(d.calls) == 1, "asking for the same again does not do it twice"


async def test_while_an_action_is_under_way_another_wish_is_served() -> None:
    async with desk("- {do: tools.write}\n- say: done") as d:
        d.actions.slow("tools.write", timedelta(seconds=30))
        await d.conversation([("go", STILL), ("something else", "Here is something else.")])
        assert words(await d.advance_clock("30s")) == ["done"]


@pytest.mark.parametrize("fails", [False, True])
async def test_an_outcome_that_comes_while_a_person_has_the_floor_changes_nothing_before_they_return_it(
    fails: bool,
) -> None:
    async with desk("- {do: tools.write, on_error: [{say: failed}]}\n- say: behind") as d:
        takes = timedelta(seconds=30)
        if fails:
            d.actions.fail("tools.write", takes=takes)
        else:
            d.actions.slow("tools.write", takes)
        await d.conversation(
            [("go", STILL), ("human please", "I've asked a colleague to take over. They will write to you here.")]
        )
        assert await d.advance_clock("1m") == []
        assert words(await d.hand_back()) == (["failed", "behind"] if fails else ["behind"])


# --- ai --------------------------------------------------------------------------------------------------------------


async def test_ai_with_a_prompt_of_its_own_gives_text_as_content() -> None:
    steps = """
    - id: it
      ai: {prompt: "Greet {{ input.text }}", offline: {value: "Hello there"}}
    - say: "{{ steps.it.content }}"
    """
    async with desk(steps) as d:
        await d.conversation([("go", "Hello there")])


async def test_structured_output_is_its_fields() -> None:
    steps = """
    - id: it
      ai:
        prompt: Read it
        schema: {type: object, properties: {colour: {type: string}, email: {type: string}}, required: [colour, email]}
        offline: {value: {colour: red}, extract: {email: email}}
      with: {message: "write to ada@example.com please"}
    - say: "{{ steps.it.colour }} {{ steps.it.email }}"
    """
    async with desk(steps) as d:
        await d.conversation([("go", "red ada@example.com")])


async def test_a_prompt_without_an_offline_answer_fails_where_there_is_no_model() -> None:
    steps = '- {id: it, ai: {prompt: Say something}, default: {content: nothing}}\n- say: "{{ steps.it.content }}"'
    async with desk(steps) as d:
        await d.conversation([("go", "nothing")])


SHARE = """
name: share
inputs: {whole: number, parts: {type: number, default: 2}}
prompt: "Each gets {{ whole / parts }} of {{ input.whole }}."
offline: {value: shared}
"""


@pytest.mark.parametrize(("handed", "said"), [("whole: 4", "shared"), ("whole: 4, parts: 0", "not shared")])
async def test_the_texts_of_a_spec_are_filled_in_with_its_inputs(handed: str, said: str) -> None:
    """What cannot be worked out fails the step; an input that is not handed over has its default."""
    asks = f"- {{id: it, ai: share, with: {{{handed}}}, default: {{content: not shared}}}}"
    steps = asks + '\n- say: "{{ steps.it.content }}"'
    files = {"flows.yml": written(steps, flows=OTHER), "prompts/share.yml": SHARE}
    async with Rehearsal.of(files, understanding=ExampleClassifier).desk() as d:
        await d.conversation([("go", said)])


def test_a_spec_sees_its_inputs_and_nothing_else() -> None:
    """The checker allows, and the interpreter hands over, the same names."""
    inputs = complete(Inputs.model_validate({"a": "text", "b": {"type": "text", "default": "B"}}), {"a": "A"})
    assert inputs == {"a": "A", "b": "B"}
    assert prompt_scope(inputs) == {"a": "A", "b": "B", "input": inputs, "inputs": inputs}


async def test_answer_fails_where_there_is_no_knowledge_base() -> None:
    async with desk("- {answer: {mode: strict}, on_error: [{say: I don't know.}]}", checked=False) as d:
        await d.conversation([("go", "I don't know.")])


async def test_a_stubbed_failure_reads_like_a_real_one() -> None:
    async with desk("- {do: tools.write, on_error: [{say: '{{ error.message }}'}]}") as d:
        d.actions.stub("tools.write", Failure(kind="invalid", message="bad arguments"))
        await d.conversation([("go", "bad arguments")])
