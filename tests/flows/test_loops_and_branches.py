"""`loop` and `parallel`."""

from bot.model.action import Failure
from bot.testing.talk import words
from tests.flows.small_desks import desk


async def test_for_each_goes_through_a_list() -> None:
    steps = """
    - loop: {for_each: {item: fruit, in: ["'apple'", "{{ input.text }}", 3]}}
      steps:
        - say: "{{ loop.index }} {{ loop.number }} of {{ loop.length }}: {{ fruit }} {{ item }}"
    """
    async with desk(steps) as d:
        await d.conversation([("go", ["0 1 of 3: 'apple' 'apple'", "1 2 of 3: go go", "2 3 of 3: 3 3"])])


async def test_while_goes_on_as_long_as_its_condition_holds() -> None:
    steps = """
    - set: {n: 0}
    - loop: {while: vars.n < 3}
      max_iterations: 10
      steps:
        - set: {n: "{{ vars.n + 1 }}"}
        - say: "{{ vars.n }}"
    - say: done
    """
    async with desk(steps) as d:
        await d.conversation([("go", ["1", "2", "3", "done"])])


async def test_a_loop_is_always_bounded() -> None:
    steps = """
    - loop: {while: "true"}
      max_iterations: 2
      steps: [{say: again}]
    - loop: {for_each: {item: n, in: [1, 2, 3, 4]}}
      max_iterations: 3
      steps: [{say: "{{ n }}"}]
    """
    async with desk(steps, checked=False) as d:
        await d.conversation([("go", ["again", "again", "1", "2", "3"])])


async def test_an_empty_list_and_null_give_no_round() -> None:
    steps = """
    - loop: {for_each: {item: n, in: []}}
      steps: [{say: never}]
    - loop: {for_each: {item: n, in: steps.got.nothing}}
      steps: [{say: never}]
    - say: done
    """
    async with desk("- {id: got, do: tools.read}\n" + "\n".join(line[4:] for line in steps.splitlines())) as d:
        await d.conversation([("go", "done")])


async def test_inside_a_loop_steps_are_this_rounds() -> None:
    """What the last round left is not seen: the conditional of the second round finds nothing."""
    steps = """
    - loop: {for_each: {item: n, in: [1, 2]}}
      steps:
        - say: "before: {{ steps.mine is none }}"
        - {id: mine, do: tools.read, with: {n: "{{ n }}"}, if: n == 1}
        - say: "after: {{ steps.mine.n | default('nothing') }}"
    """
    async with desk(steps, checked=False) as d:
        await d.conversation([("go", ["before: true", "after: 1", "before: true", "after: nothing"])])


async def test_after_a_loop_its_output_is_the_list_of_the_last_steps_outputs() -> None:
    steps = """
    - id: all
      loop: {for_each: {item: n, in: [1, 2, 3]}}
      steps:
        - conditional:
            when: [{condition: n == 2, steps: [{set: {even: "{{ n }}"}}]}]
            else: {steps: [{set: {odd: "{{ n }}"}}]}
    - say: "{{ steps.all }}"
    """
    async with desk(steps) as d:
        await d.conversation([("go", '[{"odd": 1}, {"even": 2}, {"odd": 3}]')])


async def test_loops_in_loops_keep_their_items_apart() -> None:
    steps = """
    - id: rows
      loop: {for_each: {item: a, in: [1, 2]}}
      steps:
        - id: row
          loop: {for_each: {item: b, in: "{{ [10 * a, 20 * a] }}"}}
          steps:
            - id: cell
              set: {sum: "{{ a + b }}"}
    - say: "{{ steps.rows[0][1].sum }} {{ steps.rows[1][0].sum }}"
    """
    async with desk(steps, checked=False) as d:
        await d.conversation([("go", "21 22")])


async def test_a_question_inside_a_loop_is_put_in_each_round() -> None:
    steps = """
    - id: told
      loop: {for_each: {item: name, in: [Ada, Ben]}}
      steps:
        - {collect: age, ask: "How old is {{ name }}?"}
        - id: noted
          set: {age: "{{ slots.age }}"}
        - set_slots: {age: null}
        - set: {age: "{{ steps.noted.age }}"}
    - say: "{{ steps.told | map(attribute='age') | join(', ') }}"
    """
    async with desk(steps, slots="age: {type: integer}") as d:
        await d.conversation([("go", "How old is Ada?"), ("30", "How old is Ben?"), ("40", "30, 40")])


async def test_branches_run_side_by_side_and_all_are_waited_for() -> None:
    """The slow one does not hold up the other; behind both, both outputs are there."""
    steps = """
    - id: both
      parallel:
        branches:
          - - {id: a, do: tools.read, with: {n: 1}}
            - say: "a is {{ steps.a.n }}"
          - - {id: b, do: tools.other, with: {n: 2}}
            - say: "b is {{ steps.b.n }}"
    - say: "{{ steps.a.n + steps.b.n }} of {{ steps.both | length }}"
    """
    async with desk(steps) as d:
        d.actions.slow("tools.read", d.stage.turn_wait)
        await d.conversation([("go", ["b is 2", "a is 1", "3 of 2"])])


async def test_wait_any_goes_on_with_the_first_and_forgets_the_others() -> None:
    steps = """
    - id: first
      parallel:
        strategy: wait_any
        branches:
          - - {id: a, do: tools.read, with: {n: slow}}
            - say: too late
          - - {id: b, do: tools.other, with: {n: fast}}
    - say: "{{ steps.first.n }} won"
    """
    async with desk(steps) as d:
        d.actions.slow("tools.read", d.stage.turn_wait)
        await d.conversation([("go", "fast won")])
        assert await d.advance_clock("1m") == []
        assert [event.event for event in d.events if event.event == "LateOutcome"] == []


async def test_a_branch_may_call_a_flow() -> None:
    flows = """
    inner:
      description: Gives a number.
      steps: [{id: got, do: tools.read, with: {n: 5}}]
      outputs: {n: "{{ steps.got.n }}"}
    """
    steps = """
    - parallel:
        branches:
          - [{id: x, call: inner}]
          - [{id: y, do: tools.other, with: {n: 6}}]
    - say: "{{ steps.x.n + steps.y.n }}"
    """
    async with desk(steps, flows=flows) as d:
        await d.conversation([("go", "11")])


async def test_on_error_of_a_parallel_catches_what_fails_in_a_branch() -> None:
    steps = """
    - parallel:
        branches:
          - [{id: a, do: tools.read}]
          - [{id: b, do: tools.other}, {say: b is through}]
      on_error:
        - say: "{{ error.step }}: {{ error.message }}"
    - say: behind
    """
    async with desk(steps) as d:
        d.actions.stub("tools.read", Failure(kind="rejected", message="no"))
        await d.conversation([("go", ["a: no", "behind"])])


async def test_on_error_of_a_loop_catches_what_fails_in_a_round() -> None:
    steps = """
    - id: all
      loop: {for_each: {item: n, in: [1, 2, 3]}}
      steps:
        - {id: one, do: tools.read, with: {n: "{{ n }}"}}
        - say: "{{ n }}"
      on_error: [{say: "{{ error.message }}"}]
    - say: "behind {{ steps.all is none }}"
    """
    async with desk(steps) as d:
        d.actions.stub("tools.read", {"n": 1}, Failure(kind="rejected", message="two is bad"))
        await d.conversation([("go", ["1", "two is bad", "behind true"])])


async def test_a_flow_that_never_waits_is_stopped() -> None:
    """Loops are bounded, but loops in loops may still be too much for one turn."""
    steps = """
    - loop: {while: "true"}
      max_iterations: 10000
      steps:
        - loop: {while: "true"}
          max_iterations: 10000
          steps: [{set: {n: 1}}]
      on_error: [{say: This must not run.}]
    """
    async with desk(steps, checked=False) as d:
        assert words(await d.says("go")) == [
            "I'm sorry, something went wrong on our side. I've asked a colleague to take over."
        ]
        assert "too many steps" in (d.handoffs[0].packet.failure or "")


INNER = """
inner:
  description: Takes a while.
  steps: [{do: tools.write}, {say: inner is through}]
"""


async def test_a_flow_that_lost_the_race_is_not_heard_of_again() -> None:
    steps = """
    - parallel:
        strategy: wait_any
        branches:
          - [{call: inner}]
          - [{do: tools.read}]
    - wait: 2h
    - say: behind
    """
    async with desk(steps, flows=INNER) as d:
        d.actions.slow("tools.write", d.stage.turn_wait)
        await d.conversation([("go", None)])
        assert d.flows == ["main"]
        assert words(await d.advance_clock("2h")) == ["behind"]


async def test_a_stop_in_a_branch_ends_the_flow_with_everything_that_it_called() -> None:
    steps = """
    - parallel:
        branches:
          - [{call: inner}]
          - [{do: tools.read}, {say: enough}, {stop: enough}]
    - say: behind
    """
    async with desk(steps, flows=INNER, checked=False) as d:
        d.actions.slow("tools.write", d.stage.turn_wait)
        await d.conversation([("go", "enough")])
        assert d.flows == []
        assert await d.advance_clock("1h") == []


async def test_an_outer_loop_goes_on_when_an_inner_one_has_failed_and_was_caught() -> None:
    steps = """
    - loop: {for_each: {item: a, in: [1, 2]}}
      steps:
        - loop: {for_each: {item: b, in: [1, 2]}}
          steps:
            - {do: tools.read}
            - say: "{{ a }}.{{ b }}"
          on_error: [{say: "caught in {{ a }}"}]
    - say: behind
    """
    async with desk(steps) as d:
        d.actions.stub("tools.read", {}, Failure(kind="rejected", message="no"), {})
        await d.conversation([("go", ["1.1", "caught in 1", "2.1", "2.2", "behind"])])
