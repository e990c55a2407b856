"""`call` and `link`: from flow to flow."""

from bot.model.action import Failure
from tests.flows.small_desks import desk

INNER = """
inner:
  description: Is called.
  inputs:
    name: {type: text, required: false, default: nobody}
    loud: {type: boolean, required: false, default: false}
  steps:
    - say: "inner for {{ input.name }} {{ input.loud }}"
    - id: made
      set: {greeting: "hello {{ input.name }}"}
  outputs:
    greeting: "{{ steps.made.greeting }}"
"""


async def test_call_runs_a_flow_and_comes_back_with_its_outputs() -> None:
    steps = '- {id: it, call: inner, with: {name: "{{ input.text }}"}}\n- say: "{{ steps.it.greeting }}!"'
    async with desk(steps, flows=INNER) as d:
        await d.conversation([("go", ["inner for go false", "hello go!"])])


async def test_inputs_that_are_not_given_have_their_defaults() -> None:
    async with desk("- call: inner\n- say: back", flows=INNER) as d:
        await d.conversation([("go", ["inner for nobody false", "back"])])


async def test_a_called_flow_has_steps_and_variables_of_its_own() -> None:
    flows = """
    inner:
      description: Is called.
      steps:
        - say: "{{ vars.mine is none }}"
        - set: {mine: theirs}
    """
    steps = '- set: {mine: 1}\n- call: inner\n- say: "{{ vars.mine }}"'
    async with desk(steps, flows=flows, checked=False) as d:
        await d.conversation([("go", ["true", "1"])])


async def test_a_called_flow_may_wait_for_the_contact() -> None:
    flows = """
    inner:
      description: Asks.
      steps: [{collect: count, ask: "How many?"}]
      outputs: {count: "{{ slots.count }}"}
    """
    steps = '- {id: it, call: inner}\n- say: "{{ steps.it.count }}"'
    async with desk(steps, flows=flows, slots="count: {type: integer}") as d:
        await d.conversation([("go", "How many?"), ("7", "7")])
        assert d.slots == {}


async def test_slots_that_a_called_flow_persists_outlive_its_caller() -> None:
    flows = """
    inner:
      description: Fills.
      persisted_slots: [kept]
      steps: [{set_slots: {kept: 1, gone: 2}}]
    """
    slots = "kept: {type: integer}\ngone: {type: integer}"
    async with desk('- call: inner\n- say: "{{ slots.gone }}"', flows=flows, slots=slots) as d:
        await d.conversation([("go", "2")])
        assert d.slots == {"kept": 1}


async def test_stop_in_a_called_flow_ends_that_flow_alone() -> None:
    flows = """
    inner:
      description: Stops.
      steps: [{stop: early}]
    """
    async with desk("- call: inner\n- say: back", flows=flows) as d:
        await d.conversation([("go", "back")])


async def test_what_fails_in_a_called_flow_is_caught_by_the_calls_on_error() -> None:
    flows = """
    inner:
      description: Fails.
      steps:
        - {id: bad, do: tools.write}
        - say: never
    """
    steps = """
    - call: inner
      on_error: [{say: "{{ error.step }} failed"}]
    - say: behind
    """
    async with desk(steps, flows=flows) as d:
        d.actions.stub("tools.write", Failure(kind="rejected", message="no"))
        await d.conversation([("go", ["bad failed", "behind"])])
        assert d.flows == []


async def test_outputs_that_cannot_be_worked_out_fail_the_call() -> None:
    flows = """
    inner:
      description: Gives nonsense.
      steps: [{id: got, do: tools.read, with: {n: text}}]
      outputs: {sum: "{{ steps.got.n + 1 }}"}
    """
    steps = '- {id: it, call: inner, default: {sum: 0}}\n- say: "{{ steps.it.sum }}"'
    async with desk(steps, flows=flows) as d:
        await d.conversation([("go", "0")])


async def test_link_goes_to_a_flow_and_does_not_come_back() -> None:
    flows = """
    inner:
      description: Links on.
      steps: [{link: last}]
    last:
      description: Is linked to.
      steps: [{say: "here, from {{ input.text | default('a call') }}"}]
    """
    async with desk("- call: inner\n- say: never", flows=flows, checked=False) as d:
        await d.conversation([("go", "here, from a call")])
        assert d.flows == []


async def test_slots_go_along_a_link_and_are_forgotten_behind_it() -> None:
    flows = """
    last:
      description: Is linked to.
      steps: [{say: "{{ slots.count }}"}]
    """
    async with desk("- set_slots: {count: 4}\n- link: last", flows=flows, slots="count: {type: integer}") as d:
        await d.conversation([("go", "4")])
        assert d.slots == {}


async def test_a_flow_that_calls_itself_for_ever_ends_with_a_person() -> None:
    flows = """
    again:
      description: Calls itself.
      steps:
        - call: again
    """
    async with desk("- call: again\n- say: never", flows=flows, checked=False) as d:
        await d.says("go")
        assert d.owner == "queue"
        assert "call one another" in (d.handoffs[0].packet.failure or "")


async def test_flows_that_link_to_one_another_for_ever_end_with_a_person() -> None:
    flows = """
    tick: {description: One, steps: [{link: tock}]}
    tock: {description: Two, steps: [{link: tick}]}
    """
    async with desk("- link: tick", flows=flows, checked=False) as d:
        await d.says("go")
        assert d.owner == "queue"
