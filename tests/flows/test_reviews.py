"""The `review` step: a person approves, rejects or edits."""

import pytest

from bot.errors import BadInput, Conflict
from bot.testing.talk import words
from tests.flows.small_desks import desk

STEPS = """
- id: proposal
  set: {amount: 80, to: Ada}
- id: approval
  review:
    team: billing
    title: "Pay {{ steps.proposal.amount }}"
    show: {to: "{{ steps.proposal.to }}"}
    edit: proposal
    timeout: 2d
- id: paid
  do: tools.write
  with: {amount: "{{ steps.proposal.amount }}", to: "{{ steps.proposal.to }}"}
- say: "paid {{ steps.paid.amount }}"
"""
WITH_WAYS = STEPS.replace(
    "    timeout: 2d\n",
    "    timeout: 2d\n"
    "    on_reject: [{say: rejected}, {stop: no}]\n"
    "    on_timeout: [{say: nobody looked}, {stop: no}]\n",
)


async def test_the_flow_waits_for_a_person() -> None:
    async with desk(STEPS) as d:
        await d.conversation([("go", None)])
        (review,) = d.reviews
        assert (review.team, review.title, review.show, review.status) == (
            "billing",
            "Pay 80",
            {"to": "Ada"},
            "waiting",
        )
        assert review.editable == {"amount": 80, "to": "Ada"}
        assert d.calls == []


async def test_approved_it_goes_on() -> None:
    async with desk(STEPS) as d:
        await d.says("go")
        assert words(await d.approve("looks right")) == ["paid 80"]
        assert d.reviews[0].status == "approved"


async def test_the_decision_is_the_steps_output() -> None:
    steps = STEPS.replace(
        '"paid {{ steps.paid.amount }}"', '"{{ steps.approval.decision }} by {{ steps.approval.by }}"'
    )
    async with desk(steps, checked=False) as d:
        await d.says("go")
        assert words(await d.approve(by="Nora")) == ["approve by Nora"]


async def test_an_edit_replaces_the_output_that_was_shown_and_chains_on() -> None:
    async with desk(STEPS) as d:
        await d.says("go")
        assert words(await d.edit({"amount": 40})) == ["paid 40"]
        assert d.calls == [("tools.write", {"amount": 40, "to": "Ada"})]


async def test_on_reject_is_the_steps_own_way_out() -> None:
    async with desk(WITH_WAYS) as d:
        await d.says("go")
        assert words(await d.reject()) == ["rejected"]
        assert d.calls == []


async def test_rejected_without_on_reject_a_person_tells_the_contact() -> None:
    async with desk(STEPS) as d:
        await d.says("go")
        assert words(await d.reject("not now")) == ["I've asked a colleague to take over. They will write to you here."]
        assert (d.handoffs[0].packet.reason, d.handoffs[0].packet.note) == ("review_rejected", "not now")


async def test_on_timeout_runs_when_nobody_looks() -> None:
    async with desk(WITH_WAYS) as d:
        await d.says("go")
        assert await d.advance_clock("47h") == []
        assert words(await d.advance_clock("1h")) == ["nobody looked"]
        assert d.reviews[0].status == "expired"


async def test_without_on_timeout_it_counts_as_rejected() -> None:
    steps = WITH_WAYS.replace("    on_timeout: [{say: nobody looked}, {stop: no}]\n", "")
    async with desk(steps) as d:
        await d.says("go")
        assert words(await d.advance_clock("2d")) == ["rejected"]


async def test_without_a_timeout_it_waits_a_week() -> None:
    async with desk("- review: {title: Look}\n- say: ok") as d:
        await d.says("go")
        assert await d.advance_clock("6d 23h") == []
        await d.advance_clock("1h")
        assert d.handoffs[0].packet.reason == "review_timed_out"


async def test_what_cannot_be_edited_cannot_be_edited() -> None:
    async with desk("- review: {title: Look}\n- say: ok") as d:
        await d.says("go")
        with pytest.raises(BadInput, match="nothing to edit"):
            await d.edit({"amount": 1})


async def test_a_review_whose_flow_is_dropped_is_withdrawn() -> None:
    async with desk(STEPS) as d:
        await d.says("go")
        await d.says("human please")
        await d.resolve()
        assert d.reviews[0].status == "withdrawn"
        with pytest.raises(Conflict):
            await d.approve()


async def test_the_contact_can_talk_of_something_else_meanwhile() -> None:
    async with desk(STEPS) as d:
        await d.conversation([("go", None), ("something else", "Here is something else.")])
        assert words(await d.approve()) == ["paid 80"]


async def test_an_approved_step_runs_also_while_another_flow_is_asking() -> None:
    """The contact may never answer that question; the payment must not wait for it."""
    flows = """
    asks:
      description: Asks.
      triggers: [{intent: asks}]
      steps: [{collect: count, ask: "How many?"}, {say: "{{ slots.count }} it is"}]
    """
    nlu = "- {intent: asks, examples: [ask me]}"
    async with desk(STEPS, flows=flows, nlu=nlu, slots="count: {type: integer}") as d:
        await d.conversation([("go", None), ("ask me", "How many?")])
        assert words(await d.approve()) == ["paid 80", "How many?"]
        await d.conversation([("3", "3 it is")])


async def test_sensitive_values_are_masked_for_reviewers() -> None:
    steps = """
    - {collect: iban, ask: "IBAN?"}
    - review: {title: "To {{ slots.iban }}", show: {iban: "{{ slots.iban }}"}}
    - say: ok
    """
    slots = "iban: {type: pattern, pattern: '[A-Z]{2}[0-9]{8}', sensitive: true}"
    async with desk(steps, slots=slots) as d:
        await d.conversation([("go", "IBAN?"), ("DE12345678", None)])
        assert (d.reviews[0].title, d.reviews[0].show) == ("To •••", {"iban": "•••"})
