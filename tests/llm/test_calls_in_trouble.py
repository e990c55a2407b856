"""F8, a call at a time: the real SDKs against everything that a provider or what stands before it can do."""

import asyncio
import contextlib
import time
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import ActionFailed
from bot.llm.connecting import connect
from bot.llm.model_llm import ModelLlm
from bot.model.action import Failure
from bot.model.base import JsonObject
from bot.model.llm import Answered, Question, Usage
from bot.ports import Llm, NoLlm
from bot.settings import Settings
from bot.testing.clock import StandingClock
from bot.testing.fake_model_server import FakeModelServer, Mode

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"urgency": {"enum": ["low", "high"]}, "order": {"type": "string", "x-verbatim": True}},
    "required": ["urgency", "order"],
    "additionalProperties": False,
}
ORDER = "A-1001"
GOOD = {"urgency": "high", "order": ORDER}
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
DEADLINE = 2.0
PASSES: tuple[Mode, ...] = ("cut", "drop", "429", "500", "503", "529")
"""What the next request may get over."""
UNFIT: tuple[Mode, ...] = ("wrong_enum", "invented_id", "wrong_type", "broken_json", "empty", "twice", "too_long")
"""What is answered, but does not fit: mended once."""
FINAL: tuple[Mode, ...] = ("refusal", "huge", "bomb", "redirect", "400", "401", "404", "413")
"""What no other request would change."""

pytestmark = [pytest.mark.parametrize("provider", ["anthropic", "openai"])]


class Counted:
    """A meter that remembers."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Usage]] = []

    def turn(self, channel: str, route: str, seconds: float) -> None: ...

    def handoff(self, reason: str) -> None: ...

    def model(self, model: str, status: str, usage: Usage) -> None:
        self.calls.append((model, status, usage))


class Line:
    """A server, the llm that asks it, its clock and its meter."""

    def __init__(self, server: FakeModelServer, llm: Llm, clock: StandingClock, meter: Counted) -> None:
        self.server, self.llm, self.clock, self.meter = server, llm, clock, meter
        self._numbers = iter(range(1000))

    async def ask(self, *, text: bool = False, **more: Any) -> Answered:
        """A question of its own each time, so that nothing is remembered."""
        words = f"Question {next(self._numbers)} about {ORDER}"
        question = Question(
            name="q", prompt=words, output=None if text else SCHEMA, verbatim_from=words, max_tokens=200
        )
        return await self.llm.answer(question.model_copy(update=more))

    async def fails(self, **more: Any) -> Failure:
        with pytest.raises(ActionFailed) as failed:
            await self.ask(**more)
        return failed.value.failure


@contextlib.asynccontextmanager
async def a_line(provider: str, **settings: Any) -> AsyncIterator[Line]:
    async with FakeModelServer(replies={"Question": GOOD}) as server:
        own = {f"{provider}_api_key": "key", f"{provider}_base_url": getattr(server, f"{provider}_url")}
        clock, meter = StandingClock(NOW), Counted()
        given = Settings(_env_file=None, **{"model_deadline_seconds": DEADLINE, **own, **settings})
        llm = connect(given, clock, meter)
        try:
            yield Line(server, llm, clock, meter)
        finally:
            await llm.close()


async def test_a_good_answer_is_given_with_what_it_took(provider: str) -> None:
    async with a_line(provider) as line:
        answered = await line.ask()
        assert answered.output == GOOD
        assert answered.usage.input_tokens == 100
        assert answered.usage.cost_usd is not None
        assert [(status, usage.tries) for _, status, usage in line.meter.calls] == [("done", 1)]


@pytest.mark.parametrize("text", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("mode", PASSES)
async def test_what_may_pass_is_tried_again_and_answered(provider: str, mode: Mode, text: bool) -> None:
    async with a_line(provider) as line:
        line.server.behave(mode)
        await line.ask(text=text)
        assert len(line.server.log) == 2


@pytest.mark.parametrize("mode", PASSES)
async def test_there_are_two_further_requests_and_no_more(provider: str, mode: Mode) -> None:
    async with a_line(provider, model_deadline_seconds=10) as line:
        line.server.behave(mode, times=9)
        await line.fails()
        assert len(line.server.log) == 3


@pytest.mark.parametrize("mode", UNFIT)
async def test_what_does_not_fit_is_mended_once(provider: str, mode: Mode) -> None:
    async with a_line(provider) as line:
        line.server.behave(mode)
        assert (await line.ask()).output == GOOD
        line.server.behave(mode, times=9)
        assert (await line.fails()).kind == "invalid"
        assert len(line.server.log) == 4


async def test_a_text_that_was_cut_off_is_no_answer(provider: str) -> None:
    """Nobody is sent half a sentence; a second try may come to an end."""
    async with a_line(provider) as line:
        line.server.behave("too_long")
        assert (await line.ask(text=True)).usage.repaired
        line.server.behave("too_long", times=2)
        assert "max_tokens (200)" in (await line.fails(text=True)).message


async def test_what_no_database_can_hold_is_taken_out(provider: str) -> None:
    async with a_line(provider) as line:
        line.server.replies = {"Question": "a\x00b\ud800"}
        assert (await line.ask(text=True)).output == {"content": "a\ufffdb\ufffd"}


@pytest.mark.parametrize("mode", FINAL)
async def test_what_no_further_request_would_change_is_asked_once(provider: str, mode: Mode) -> None:
    async with a_line(provider) as line:
        line.server.behave(mode, times=9)
        assert (await line.fails()).kind in ("rejected", "invalid", "unavailable")
        assert len(line.server.log) == 1


@pytest.mark.parametrize("text", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("mode", ["hang", "drip", "html", "wrong_shape", "huge", "drop"])
async def test_no_answer_comes_later_than_the_deadline(provider: str, mode: Mode, text: bool) -> None:
    async with a_line(provider) as line:
        line.server.behave(mode, times=99)
        began = time.monotonic()
        await line.fails(text=text)
        assert time.monotonic() - began < DEADLINE + 0.5


async def test_a_text_that_comes_slowly_is_waited_for_while_there_is_time(provider: str) -> None:
    """Asking again would cost twice and come later."""
    async with a_line(provider) as line:
        line.server.behave("slow", seconds=DEADLINE * 0.8)
        assert (await line.ask(text=True)).usage.tries == 1


async def test_a_question_may_have_less_time_than_the_desk_gives(provider: str) -> None:
    async with a_line(provider, model_deadline_seconds=30) as line:
        line.server.behave("hang", times=9)
        began = time.monotonic()
        assert (await line.fails(timeout_seconds=0.5)).kind == "timeout"
        assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(("seconds", "requests", "answered"), [(0, 2, True), (1, 2, True), (300, 1, False)])
async def test_retry_after_is_kept_where_the_deadline_allows(
    provider: str, seconds: float, requests: int, answered: bool
) -> None:
    """Nobody waits five minutes: who is told to, is left alone for so long."""
    async with a_line(provider, model_deadline_seconds=5) as line:
        line.server.behave("429", seconds=seconds)
        began = time.monotonic()
        if answered:
            await line.ask()
            assert time.monotonic() - began >= seconds
        else:
            assert (await line.fails()).retry_after_seconds == seconds
            line.clock.reach(NOW + timedelta(seconds=200))
            assert (await line.fails()).kind == "unavailable"
        assert len(line.server.log) == requests


async def test_the_breaker_opens_and_half_opens(provider: str) -> None:
    """Five failures in a row, then silence; after half a minute one request decides."""
    async with a_line(provider, model_retries=0) as line:
        line.server.behave("500", times=5)
        for _ in range(8):
            await line.fails()
        assert len(line.server.log) == 5
        line.clock.reach(NOW + timedelta(seconds=31))
        line.server.behave("500")
        await line.fails()
        await line.fails()
        assert len(line.server.log) == 6
        line.clock.reach(NOW + timedelta(seconds=65))
        assert (await line.ask()).output == GOOD
        assert (await line.ask()).output == GOOD


async def test_what_was_not_sent_tells_nothing_of_the_endpoint(provider: str) -> None:
    """A call that has no money left does not close a breaker that waits for its one request."""
    async with a_line(provider, model_retries=0) as line:
        line.server.behave("500", times=99)
        for _ in range(5):
            await line.fails()
        line.clock.reach(NOW + timedelta(seconds=31))
        assert (await line.fails(most_usd=0.0)).kind == "rejected"
        for _ in range(3):
            await line.fails()
        assert len(line.server.log) == 6


async def test_a_fallback_answers_where_the_first_does_not(provider: str) -> None:
    other = {"anthropic": "anthropic:claude-sonnet-5-5", "openai": "openai:gpt-5.6-sol"}[provider]
    async with a_line(provider, model_fallbacks=(other,), model_deadline_seconds=10) as line:
        for mode, times in (("500", 2), ("hang", 1), ("401", 1)):
            line.server.behave(mode, times=times)  # type: ignore[arg-type]
            assert (await line.ask(timeout_seconds=3.0)).usage.model == other


async def test_fallbacks_are_among_the_further_requests(provider: str) -> None:
    """However many there are, three requests is what a call may take."""
    others = tuple(f"{provider}:other-{number}" for number in range(5))
    async with a_line(provider, model_fallbacks=others) as line:
        line.server.behave("500", times=99)
        await line.fails()
        assert len(line.server.log) == 3


async def test_an_answer_is_remembered_and_so_is_nothing_else(provider: str) -> None:
    async with a_line(provider) as line:
        question = Question(name="q", prompt=f"Question about {ORDER}", output=SCHEMA, verbatim_from=ORDER)
        line.server.behave("refusal")
        with pytest.raises(ActionFailed):
            await line.llm.answer(question)
        first, second = await line.llm.answer(question), await line.llm.answer(question)
        assert (first.usage.remembered, second.usage.remembered) == (False, True)
        assert first.output == second.output
        await line.llm.answer(question.model_copy(update={"temperature": 0.7}))
        assert len(line.server.log) == 3


async def test_the_same_question_at_the_same_time_is_asked_once(provider: str) -> None:
    """Whoever comes later waits for it, as long as it has time itself; and a failure is that of all."""
    async with a_line(provider) as line:
        question = Question(name="q", prompt=f"Question about {ORDER}", output=SCHEMA, verbatim_from=ORDER)
        told = await asyncio.gather(*(line.llm.answer(question) for _ in range(5)))
        assert [one.usage.remembered for one in told] == [False, True, True, True, True]
        assert len(line.server.log) == 1
        hurried = question.model_copy(update={"prompt": "Question", "timeout_seconds": 0.2})
        line.server.behave("hang", times=9, seconds=1)
        patient = asyncio.ensure_future(line.llm.answer(hurried.model_copy(update={"timeout_seconds": None})))
        await asyncio.sleep(0)
        with pytest.raises(ActionFailed) as failed:
            await line.llm.answer(hurried)
        assert failed.value.failure.kind == "timeout"
        patient.cancel()


async def test_what_models_may_cost_in_a_day_is_never_passed(provider: str) -> None:
    """Also by calls side by side; the next day begins anew."""
    async with a_line(provider, model_usd_per_day=0.001) as line:
        told = await asyncio.gather(*(line.ask() for _ in range(60)), return_exceptions=True)
        refused = [one for one in told if isinstance(one, ActionFailed)]
        answered = [one for one in told if isinstance(one, Answered)]
        assert refused
        assert answered
        assert sum(one.usage.cost_usd or 0.0 for one in answered) <= 0.001
        assert {one.failure.kind for one in refused} == {"rejected"}
        line.server.behave("drop", times=999)
        for _ in range(8):
            await line.fails()
            line.clock.reach(line.clock.now() + timedelta(minutes=6))
        sent = len(line.server.log)
        await line.fails()
        assert len(line.server.log) == sent
        line.server.plans.clear()
        line.clock.reach(NOW + timedelta(days=1))
        assert (await line.ask()).output == GOOD


async def test_what_was_refused_costs_nothing_of_the_day(provider: str) -> None:
    """An hour in which the provider is down does not leave the desk without a model for the rest of the day."""
    async with a_line(provider, model_usd_per_day=0.004, model_retries=0) as line:
        for mode in ("429", "529", "401", "400") * 6:
            line.server.behave(mode)  # type: ignore[arg-type]
            await line.fails()
            line.clock.reach(line.clock.now() + timedelta(minutes=6))
        assert (await line.ask()).output == GOOD


async def test_a_server_that_is_not_there_is_told_at_once(provider: str) -> None:
    async with a_line(provider, **{f"{provider}_base_url": "http://127.0.0.1:9/v1"}) as line:
        began = time.monotonic()
        assert (await line.fails()).kind == "unavailable"
        assert time.monotonic() - began < DEADLINE


async def test_no_failure_tells_the_key_or_what_was_sent(provider: str) -> None:
    async with a_line(provider, **{f"{provider}_api_key": "sk-very-secret"}) as line:
        for mode in ("400", "401", "500", "html", "wrong_shape", "refusal"):
            line.server.behave(mode, times=3)  # type: ignore[arg-type]
            with pytest.raises(ActionFailed) as failed:
                await line.ask()
            line.server.plans.clear()
            told = "".join(traceback.format_exception(failed.value))
            assert "sk-very-secret" not in told
            assert ORDER not in failed.value.failure.message
        assert "sk-very-secret" not in repr(line.llm)


async def test_a_rehearsal_asks_nobody_and_costs_nothing(provider: str) -> None:
    async with a_line(provider) as line:
        await asyncio.to_thread(line.llm.rehearse)
        assert line.server.log == []
        await line.ask()
        assert len(line.server.log) == 1


async def test_without_a_key_nothing_is_connected(provider: str) -> None:
    llm = connect(Settings(_env_file=None), StandingClock(NOW), Counted())
    assert isinstance(llm, NoLlm)
    assert not llm.is_connected("quick")
    async with a_line(provider) as line:
        assert isinstance(line.llm, ModelLlm)
        assert line.llm.is_connected("quick")
        assert not line.llm.is_connected("gemini:pro")
