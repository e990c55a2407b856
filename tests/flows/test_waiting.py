"""The `wait` step: for a length of time, until a moment, for an event."""

from bot.model.base import JsonObject
from bot.testing.talk import words
from tests.flows.small_desks import desk


async def test_wait_goes_on_after_a_length_of_time() -> None:
    async with desk("- say: later\n- wait: 2h\n- say: now") as d:
        await d.conversation([("go", "later")])
        assert await d.advance_clock("1h 59m") == []
        assert words(await d.advance_clock("1m")) == ["now"]


async def test_wait_until_goes_on_at_a_moment() -> None:
    async with desk("- say: later\n- wait: {until: now() + days(3)}\n- say: now") as d:
        await d.says("go")
        assert await d.advance_clock("2d 23h") == []
        assert words(await d.advance_clock("1h")) == ["now"]


async def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    async with desk("- say: later\n- wait: {until: now() - days(3)}\n- say: now") as d:
        await d.says("go")
        assert words(await d.advance_clock("1s")) == ["now"]


async def test_what_is_no_moment_fails_the_step() -> None:
    steps = """
    - {id: got, do: tools.read, with: {at: soon}}
    - wait: {until: steps.got.at}
      on_error: [{say: "{{ error.message }}"}]
    - say: behind
    """
    async with desk(steps) as d:
        first, second = words(await d.says("go"))
        assert "which is no date" in first
        assert second == "behind"


async def test_wait_for_an_event_takes_the_one_that_matches() -> None:
    steps = """
    - {collect: order, ask: "Which?"}
    - id: came
      wait: {event: order.shipped, match: event.id == slots.order, timeout: 7d, on_timeout: [{say: too late}]}
    - say: "{{ steps.came.carrier }}"
    """
    async with desk(steps, slots="order: {type: text}", checked=False) as d:
        await d.conversation([("go", "Which?"), ("A-1", None)])
        other: JsonObject = {"id": "A-2", "carrier": "snail"}
        assert await d.announce("order.shipped", **other) == []
        assert await d.announce("order.lost", id="A-1") == []
        assert words(await d.announce("order.shipped", id="A-1", carrier="pigeon")) == ["pigeon"]


async def test_an_event_that_does_not_come_leads_to_on_timeout() -> None:
    steps = "- wait: {event: moon.rose, timeout: 7d, on_timeout: [{say: too late}]}\n- say: behind"
    async with desk(steps) as d:
        await d.says("go")
        assert words(await d.advance_clock("7d")) == ["too late", "behind"]
        assert await d.announce("moon.rose") == []


async def test_without_on_timeout_it_is_a_failure() -> None:
    steps = "- wait: {event: moon.rose, timeout: 7d}\n  on_error: [{say: '{{ error.kind }}'}]\n- say: behind"
    async with desk(steps) as d:
        await d.says("go")
        assert words(await d.advance_clock("7d")) == ["timeout", "behind"]


async def test_a_match_that_cannot_be_worked_out_fails_its_own_step_alone() -> None:
    """Another conversation that waits for the same event gets it."""
    steps = """
    - say: waiting
    - wait: {event: order.shipped, match: event.weight > 5, timeout: 7d, on_timeout: []}
      on_error: [{say: cannot tell}]
    - say: behind
    """
    async with desk(steps, checked=False) as d:
        await d.says("go")
        assert words(await d.announce("order.shipped", weight="heavy")) == ["cannot tell", "behind"]


async def test_things_that_fall_due_happen_in_their_order() -> None:
    async with desk("- wait: 2h\n- say: main", flows=_LATE, nlu="- {intent: late, examples: [late]}") as d:
        await d.says("go")
        await d.says("late")
        assert words(await d.advance_clock("5h")) == ["late one", "main", "late two"]


_LATE = """
late:
  description: Speaks twice.
  triggers: [{intent: late}]
  steps: [{wait: 1h}, {say: late one}, {wait: 3h}, {say: late two}]
"""


async def test_while_a_flow_waits_for_time_the_contact_can_begin_another() -> None:
    async with desk("- say: later\n- wait: 2h\n- say: now") as d:
        await d.conversation([("go", "later"), ("something else", "Here is something else.")])
        assert words(await d.advance_clock("2h")) == ["now"]
