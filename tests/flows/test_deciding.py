"""Conditions, variables, slots that are set, and `stop`."""

import pytest

from tests.flows.small_desks import desk


@pytest.mark.parametrize(("value", "said"), [(1, "one"), (2, "two"), (3, "many")])
async def test_the_first_case_that_holds_is_taken(value: int, said: str) -> None:
    steps = f"""
    - set: {{n: {value}}}
    - conditional:
        when:
          - condition: vars.n == 1
            steps: [{{say: one}}]
          - condition: vars.n <= 2
            steps: [{{say: two}}]
        else: {{steps: [{{say: many}}]}}
    """
    async with desk(steps) as d:
        await d.conversation([("go", said)])


async def test_without_an_else_the_flow_goes_on_behind() -> None:
    steps = """
    - conditional: {when: [{condition: input.text == 'stay', steps: [{say: here}]}]}
    - say: behind
    """
    async with desk(steps) as d:
        await d.conversation([("go", "behind")])


async def test_a_step_whose_if_does_not_hold_is_passed_over_and_its_output_is_the_default() -> None:
    steps = """
    - {id: a, do: tools.read, if: input.text == 'stay', default: {n: 5}}
    - {id: b, do: tools.read, if: input.text == 'stay'}
    - say: "{{ steps.a.n }} {{ steps.b is none }}"
    """
    async with desk(steps) as d:
        await d.conversation([("go", "5 true")])
        assert d.calls == []


async def test_a_step_that_is_switched_off_does_not_run() -> None:
    async with desk("- {say: old, enabled: false}\n- say: new") as d:
        await d.conversation([("go", "new")])


async def test_a_value_that_is_one_whole_placeholder_keeps_its_type() -> None:
    steps = """
    - set: {number: "{{ 1 + 1 }}", text: "{{ 1 + 1 }}.", list: "{{ [1, 2] }}", none: "{{ null }}"}
    - id: call
      do: tools.read
      with: {number: "{{ vars.number }}", text: "{{ vars.text }}", list: "{{ vars.list }}", none: "{{ vars.none }}"}
    - say: done
    """
    async with desk(steps) as d:
        await d.says("go")
        assert d.calls == [("tools.read", {"number": 2, "text": "2.", "list": [1, 2], "none": None})]


async def test_the_output_of_set_is_what_was_set() -> None:
    async with desk('- {id: s, set: {a: 1}}\n- say: "{{ steps.s.a }}"') as d:
        await d.conversation([("go", "1")])


async def test_set_slots_fills_and_null_empties() -> None:
    steps = """
    - set_slots: {plan: pro, count: 3}
    - say: "{{ slots.plan }} {{ slots.count }}"
    - set_slots: {plan: null}
    - say: "{{ slots.plan is none }}"
    """
    slots = "plan: {type: choice, values: [free, pro]}\ncount: {type: integer}"
    async with desk(steps, slots=slots, keys="persisted_slots: [count, plan]") as d:
        await d.conversation([("go", ["pro 3", "true"])])
        assert d.slots == {"count": 3}


async def test_a_value_that_the_slots_type_refuses_fails_the_step() -> None:
    steps = """
    - id: got
      do: tools.read
      with: {count: lots}
    - set_slots: {count: "{{ steps.got.count }}"}
      on_error:
        - say: "{{ error.kind }} at {{ error.step }}"
    - say: behind
    """
    async with desk(steps, slots="count: {type: integer}") as d:
        await d.conversation([("go", ["invalid at steps[1]", "behind"])])
        assert d.slots == {}


async def test_an_initial_value_stands_in_until_the_slot_is_filled() -> None:
    steps = """
    - say: "{{ slots.level }}"
    - set_slots: {level: 2}
    - say: "{{ slots.level }}"
    """
    async with desk(steps, slots="level: {type: integer, initial: 1}") as d:
        await d.conversation([("go", ["1", "2"]), ("go", ["1", "2"])])


async def test_stop_ends_the_flow_there() -> None:
    steps = """
    - say: first
    - conditional:
        when:
          - condition: input.text == 'go'
            steps: [{stop: enough}]
    - say: never
    """
    async with desk(steps) as d:
        await d.conversation([("go", "first")])
        finished = [event.data["outcome"] for event in d.events if event.event == "FlowFinished"]
        assert finished == ["enough"]
        assert d.flows == []


async def test_slots_are_a_flows_own_unless_it_persists_them() -> None:
    """As in CALM: the next flow asks for itself."""
    steps = "- set_slots: {kept: a, gone: b}\n- say: set"
    slots = "kept: {type: text}\ngone: {type: text}"
    async with desk(steps, slots=slots, keys="persisted_slots: [kept]") as d:
        await d.says("go")
        assert d.slots == {"kept": "a"}


async def test_a_flow_whose_if_does_not_hold_is_not_begun() -> None:
    async with desk("- say: hello", keys="if: env.OPEN == 'yes'", settings='env: {OPEN: "no"}') as d:
        await d.conversation([("go", "I'm sorry, I didn't understand that. Could you say it in other words?")])


async def test_a_flow_begins_only_on_the_channels_that_it_is_offered_on() -> None:
    async with desk("- say: hello", keys="channels: [test, rest]") as d:
        await d.conversation([("go", "hello")])
    async with desk("- say: hello", keys="channels: [rest]") as d:
        await d.conversation([("go", "I'm sorry, I didn't understand that. Could you say it in other words?")])


async def test_what_expressions_read_is_as_it_was_when_the_message_came() -> None:
    steps = """
    - {id: a, set: {at: "{{ now() }}"}}
    - {id: slow, do: tools.read}
    - {id: b, set: {at: "{{ now() }}"}}
    - say: "{{ steps.a.at == steps.b.at }}"
    """
    async with desk(steps) as d:
        d.actions.slow("tools.read", d.stage.turn_wait)
        await d.conversation([("go", "true")])
