"""Runs of flows outside any conversation: webhooks, forms, answers to callers, dead letters."""

import pytest

from bot.errors import BadInput, NotFound
from bot.model.incoming import Cancelled, Retried
from tests.flows.small_desks import desk

HOOK = """
hooked:
  description: A shop calls.
  triggers: [{webhook: {source: shop, event: order.lost, verify: token}}]
  inputs: {order: text, carrier: {type: text, required: false, default: unknown}}
  steps:
    - {id: it, do: tools.write, with: {order: "{{ input.order }}", by: "{{ input.carrier }}"}}
    - respond: {status: 202, json: {order: "{{ steps.it.order }}"}}
  outputs: {order: "{{ steps.it.order }}"}
"""


async def test_a_webhook_starts_a_run_with_its_payload_cut_to_the_inputs() -> None:
    async with desk("- say: hello", flows=HOOK) as d:
        (run,) = await d.webhook("shop", "order.lost", {"order": "A-1", "more": "noise"})
        assert d.calls == [("tools.write", {"order": "A-1", "by": "unknown"})]
        assert [(answer.status, answer.json_) for answer in run.responses] == [(202, {"order": "A-1"})]
        assert run.finished is not None
        assert (run.finished.outcome, run.finished.outputs) == ("completed", {"order": "A-1"})
        assert d.replies == []


async def test_a_payload_that_does_not_fit_is_refused() -> None:
    async with desk("- say: hello", flows=HOOK) as d:
        with pytest.raises(BadInput, match="inputs are missing: order"):
            await d.webhook("shop", "order.lost", {})
        with pytest.raises(NotFound):
            await d.webhook("shop", "order.found", {"order": "A-1"})


async def test_an_input_with_a_default_may_be_missing_from_a_payload() -> None:
    hook = HOOK.replace("required: false, ", "")
    async with desk("- say: hello", flows=hook) as d:
        await d.webhook("shop", "order.lost", {"order": "A-1"})
        assert d.calls == [("tools.write", {"order": "A-1", "by": "unknown"})]


async def test_a_flow_that_declares_no_inputs_gets_the_whole_payload() -> None:
    hook = HOOK.replace("  inputs: {order: text, carrier: {type: text, required: false, default: unknown}}\n", "")
    async with desk("- say: hello", flows=hook) as d:
        await d.webhook("shop", "order.lost", {"order": "A-1", "carrier": "ups"})
        assert d.calls == [("tools.write", {"order": "A-1", "by": "ups"})]


async def test_a_run_whose_step_fails_stands_still_until_a_person_has_it_tried_again() -> None:
    async with desk("- say: hello", flows=HOOK) as d:
        d.actions.fail("tools.write", "rejected", message="no paper")
        run = await d.start("hooked", order="A-1")
        assert run.failed is not None
        assert (run.failed.step, run.failed.failure.message) == ("it", "no paper")
        assert run.finished is None
        await run.take(Retried(by="Nora"))
        assert run.finished is not None
        assert run.state.failed is None
        keys = {call.key for call in d.actions.calls}
        assert len(keys) == 1, "another attempt at the same effect"


async def test_stop_is_the_outcome_of_a_run() -> None:
    flows = """
    hooked:
      description: Stops.
      triggers: [{manual: {roles: [lead]}}]
      steps: [{stop: nothing to do}]
    """
    async with desk("- say: hello", flows=flows) as d:
        run = await d.start("hooked")
        assert run.finished is not None
        assert run.finished.outcome == "nothing to do"


async def test_a_cancelled_run_is_over() -> None:
    flows = """
    hooked:
      description: Waits.
      triggers: [{manual: {roles: [lead]}}]
      steps: [{wait: 2h}, {do: tools.write}]
    """
    async with desk("- say: hello", flows=flows) as d:
        run = await d.start("hooked")
        await run.take(Cancelled(by="Nora"))
        assert run.finished is not None
        assert run.finished.outcome == "cancelled"
        await d.advance_clock("3h")
        assert d.calls == []


async def test_a_run_waits_as_long_as_it_takes_and_nobody_is_told() -> None:
    flows = """
    hooked:
      description: Is slow.
      triggers: [{manual: {roles: [lead]}}]
      steps: [{do: tools.write, settings: {retries: {max_attempts: 5, backoff: 1m}}}]
    """
    async with desk("- say: hello", flows=flows) as d:
        d.actions.fail("tools.write", times=3)
        run = await d.start("hooked")
        assert run.finished is None
        await d.advance_clock("1h")
        assert run.finished is not None
        assert run.said == []


async def test_a_rejected_review_ends_a_run_as_rejected() -> None:
    flows = """
    hooked:
      description: Needs a person.
      triggers: [{form: {roles: [lead]}}]
      inputs: {what: text}
      steps: [{review: {title: "{{ input.what }}"}}, {do: tools.write}]
    """
    async with desk("- say: hello", flows=flows) as d:
        run = await d.form("hooked", {"what": "Buy a kiosk"})
        assert run.reviews[0].title == "Buy a kiosk"
        await d.on(run).reject()
        assert run.finished is not None
        assert run.finished.outcome == "review_rejected"
        assert d.calls == []


async def test_outputs_that_cannot_be_worked_out_put_a_run_among_the_dead_letters() -> None:
    flows = """
    hooked:
      description: Gives nonsense.
      triggers: [{manual: {roles: [lead]}}]
      steps: [{id: got, do: tools.read, with: {n: text}}]
      outputs: {sum: "{{ steps.got.n + 1 }}"}
    """
    async with desk("- say: hello", flows=flows) as d:
        run = await d.start("hooked")
        assert run.failed is not None
        assert run.failed.step == "outputs"
