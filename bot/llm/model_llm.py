"""Answers questions by models: within a deadline, with a budget of retries, fallbacks, one repair and a breaker."""

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import structlog

from bot.errors import ActionFailed, NotReady
from bot.llm.breaker import Breaker
from bot.llm.budget import OwnPurse
from bot.llm.cache import Answers
from bot.llm.keys import Endpoint, Keys
from bot.llm.requests import Provider, Reply, Request, Trouble
from bot.model.action import Failure
from bot.model.base import Json
from bot.model.llm import Answered, Question, Usage
from bot.ports import Clock, Meter, Purse
from bot.rules.conform import conform
from bot.rules.fence import RULE, enclose

log = structlog.get_logger(__name__)
ATTEMPT_SHARE = 0.6
"""How much of the time that is left one request may take while others may follow."""
REQUESTS_SHARE = 0.97
"""How much of a call's time its requests may take: they end before the call does, so that their breaker counts them."""
PAUSE_SECONDS = 0.25
"""Before the first new request, where the provider does not say; each further pause is twice as long."""
LEAST_SECONDS = 0.5
"""With less time left, no further request is worth its money."""
REPAIR = "Your last answer was refused: {problems}. It was:\n{answer}\nAnswer again; mend this and keep the rest."
LONGEST_QUOTED = 2_000


_Key: TypeAlias = tuple[tuple[Endpoint, ...], str]
"""A question in full, with whom it is put to."""


@dataclass(slots=True)
class _Spent:
    """What a call has taken so far."""

    began: float
    ends: float
    model: str = ""
    most_usd: float | None = None
    tries: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    untold_usd: float = 0.0
    """The most that requests may have cost of which nobody has told."""
    repaired: bool = False

    @property
    def left(self) -> float:
        return self.ends - time.monotonic()

    def add(self, reply: Reply) -> None:
        self.input_tokens += reply.input_tokens
        self.output_tokens += reply.output_tokens
        if reply.cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + reply.cost_usd

    def usage(self) -> Usage:
        return Usage(
            model=self.model,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cost_usd=None if self.cost_usd is None else round(self.cost_usd, 8),
            seconds=round(time.monotonic() - self.began, 3),
            tries=self.tries,
            repaired=self.repaired,
        )


class ModelLlm:
    """Implements :class:`bot.ports.Llm`.

    deadline_seconds: of one call, everything included.
    retries:          further requests of one call after the first, fallbacks included; a repair is not counted.
    at_once:          calls under way at a time; those above wait, within their own deadline.
    purse:            what all calls may cost in a day; None: no limit.
    """

    def __init__(
        self,
        keys: Keys,
        provider: Provider,
        clock: Clock,
        meter: Meter,
        *,
        deadline_seconds: float = 10.0,
        retries: int = 2,
        at_once: int = 16,
        purse: Purse | None = None,
    ) -> None:
        self._keys = keys
        self._provider = provider
        self._clock = clock
        self._meter = meter
        self._deadline = deadline_seconds
        self._retries = retries
        self._seats = asyncio.Semaphore(at_once)
        self._breakers: dict[Endpoint, Breaker] = {}
        self._answers = Answers()
        self._under_way: dict[tuple[_Key, float | None], asyncio.Future[Answered]] = {}
        self._purse: Purse = purse or OwnPurse(0.0)
        self._left: set[asyncio.Future[Answered]] = set()

    def rehearse(self) -> None:
        """See `bot.ports.Llm`."""
        self._provider.rehearse()

    def is_connected(self, model: str, connections: Sequence[str] = ()) -> bool:
        return bool(self._keys.endpoints(model, connections))

    async def answer(self, question: Question) -> Answered:
        """See `bot.ports.Llm`. In time also when an SDK does not listen to being cancelled."""
        endpoints = self._keys.endpoints(question.model, question.connections)
        if not endpoints:
            raise _failed(Trouble("rejected", f"no key opens a model {question.model!r}"))
        if question.temperature != 0:
            return await self._in_time(question, endpoints)
        key = (endpoints, question.model_copy(update={"timeout_seconds": None, "most_usd": None}).model_dump_json())
        if (known := self._answers.find(key, self._clock.now())) is not None:
            return known
        way = (key, question.most_usd)
        if (asked := self._under_way.get(way)) is not None:
            return await self._joined(asked, question)
        asked = self._under_way[way] = asyncio.ensure_future(self._in_time(question, endpoints))
        asked.add_done_callback(lambda done: self._ended(way, done))
        await asyncio.wait({asked})
        return _outcome_of(asked)

    def _ended(self, way: tuple["_Key", float | None], done: "asyncio.Future[Answered]") -> None:
        del self._under_way[way]
        if not done.cancelled() and done.exception() is None:
            self._answers.keep(way[0], _remembered(done.result()), self._clock.now())

    async def _joined(self, asked: "asyncio.Future[Answered]", question: Question) -> Answered:
        """The answer to the same question that another call asks just now, within this one's time."""
        seconds = self._seconds_of(question)
        await asyncio.wait({asked}, timeout=seconds)
        if not asked.done():
            raise _failed(Trouble("timeout", f"{question.model} did not answer within {seconds:g} s"))
        return _remembered(_outcome_of(asked))

    async def close(self) -> None:
        going = [*self._left, *self._under_way.values()]
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)
        await self._provider.close()

    def _seconds_of(self, question: Question) -> float:
        return min(question.timeout_seconds or self._deadline, self._deadline)

    async def _in_time(self, question: Question, endpoints: Sequence[Endpoint]) -> Answered:
        seconds, now = self._seconds_of(question), time.monotonic()
        spent = _Spent(now, now + seconds * REQUESTS_SHARE, endpoints[0].name, question.most_usd)
        status = "internal"
        task = asyncio.ensure_future(self._asked(question, endpoints, spent))
        try:
            await asyncio.wait({task}, timeout=seconds)
            if not task.done():
                raise Trouble("timeout", f"{spent.model} did not answer within {seconds:g} s")
            answered, status = task.result(), "done"
            return answered
        except Trouble as trouble:
            status = trouble.kind
            raise _failed(trouble) from None
        except Exception as error:  # the border to three libraries: whatever they raise is one kind of failure
            # Its kind alone: its words, and what led to it, may hold what was sent.
            log.error("model call failed in an unknown way", model=spent.model, kind=type(error).__name__)
            raise _failed(Trouble("internal", f"{spent.model}: {type(error).__name__}")) from None
        finally:
            if not task.done():
                self._leave(task)
            self._meter.model(spent.model, status, spent.usage())

    def _leave(self, task: "asyncio.Future[Answered]") -> None:
        self._left.add(task)
        task.add_done_callback(self._left.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        task.cancel()

    async def _asked(self, question: Question, endpoints: Sequence[Endpoint], spent: _Spent) -> Answered:
        async with self._seats:
            request = Request(
                system="\n\n".join(part for part in (question.system.strip(), RULE) if part),
                prompt=question.prompt,
                schema=question.output,
                temperature=question.temperature,
                max_tokens=question.max_tokens,
                tools=question.tools,
                rounds=question.rounds,
                note=question.note,
            )
            last = Trouble("unavailable", "every model is left alone for a while, because it kept failing")
            for number, endpoint in enumerate(endpoints):
                if self._retries_left(spent) <= 0:
                    break
                try:
                    return await self._ask_one(endpoint, request, question, spent, len(endpoints) - number - 1)
                except _Skipped:
                    continue
                except Trouble as trouble:
                    last = trouble
                    if not trouble.is_endpoint or spent.left < LEAST_SECONDS:
                        break
            raise last

    async def _ask_one(
        self, endpoint: Endpoint, request: Request, question: Question, spent: _Spent, behind: int
    ) -> Answered:
        """Ask this endpoint, as often as its share of the budget allows. ``behind``: fallbacks that still wait."""
        breaker = self._breakers.setdefault(endpoint, Breaker())
        while True:
            if not breaker.allows(self._clock.now()):
                raise _Skipped
            spent.model = endpoint.name
            try:
                reply = await self._one_request(endpoint, request, spent, behind)
            except _Unsent:
                breaker.untried()
                raise
            except Trouble as trouble:
                self._count(endpoint, breaker, trouble)
                await self._before_another(trouble, spent, behind)
                continue
            breaker.succeeded()
            spent.add(reply)
            if reply.calls:
                return Answered(output=None, calls=reply.calls, usage=spent.usage())
            value, problems = _checked(reply, question)
            if not problems:
                return Answered(output=value, usage=spent.usage())
            if spent.repaired or spent.left < LEAST_SECONDS:
                raise Trouble("invalid", f"{endpoint.name}: {'; '.join(problems)}"[:500], is_endpoint=False)
            spent.repaired = True
            request = replace(request).corrected(_correction(reply, problems))

    async def _one_request(self, endpoint: Endpoint, request: Request, spent: _Spent, behind: int) -> Reply:
        most = self._provider.most_usd(endpoint, request)
        if spent.most_usd is not None and (spent.cost_usd or 0.0) + spent.untold_usd + most > spent.most_usd:
            raise _Unsent("rejected", "another request could cost more than this step may", is_endpoint=False)
        at = await self._set_aside(most)
        spent.tries += 1
        is_last = behind == 0 and self._retries_left(spent) <= 0
        seconds = max(spent.left * (1.0 if is_last else ATTEMPT_SHARE), 0.05)
        # What broke off may be billed: where nobody can tell, all that was set aside stays taken.
        cost: float | None = None
        try:
            async with asyncio.timeout(seconds) as limit:
                # Who writes already is slow rather than dead: where nobody else waits to be asked, it may go on.
                begun = None if behind else partial(_extend, limit, spent)
                reply = await self._provider.ask(endpoint, request, seconds, begun)
            cost = reply.cost_usd
            return reply
        except TimeoutError:
            words = f"{endpoint.name} did not answer within {time.monotonic() - spent.began:.1f} s"
            raise Trouble("timeout", f"{words} (requests: {spent.tries})", may_pass=True) from None
        except Trouble as trouble:
            cost = trouble.cost_usd
            raise
        finally:
            spent.untold_usd += most if cost is None else 0.0
            await self._settle(most, most if cost is None else max(cost, 0.0), at)

    async def _set_aside(self, most: float) -> datetime:
        """Raises Trouble where the day's money does not reach, or nobody can tell."""
        now = self._clock.now()
        try:
            if await self._purse.set_aside(most, now):
                return now
        except NotReady as error:
            raise _Unsent("unavailable", "what models have cost today cannot be told", is_endpoint=False) from error
        raise _Unsent("rejected", "what models may cost in a day is spent", is_endpoint=False)

    async def _settle(self, most: float, cost: float, at: datetime) -> None:
        if cost == most:
            return
        # Where the database is away by now, what was set aside stays taken: too much rather than too little.
        with contextlib.suppress(NotReady):
            await self._purse.settle(most, cost, at)

    async def _before_another(self, trouble: Trouble, spent: _Spent, behind: int) -> None:
        """Wait as long as it takes for another request to make sense; raises the trouble where it makes none."""
        again = self._retries_left(spent) - behind
        if not trouble.may_pass or again <= 0 or (behind and trouble.kind == "timeout"):
            raise trouble  # whoever has not answered once had most of the time: the rest is the fallback's
        pause = trouble.retry_after_seconds
        if pause is None:
            pause = PAUSE_SECONDS * 2.0 ** (spent.tries - 1) * (1 + random.random())  # noqa: S311  # spreads retries
        if pause + LEAST_SECONDS > spent.left:
            raise trouble
        await asyncio.sleep(pause)

    def _retries_left(self, spent: _Spent) -> int:
        return self._retries + 1 + int(spent.repaired) - spent.tries

    def _count(self, endpoint: Endpoint, breaker: Breaker, trouble: Trouble) -> None:
        if not trouble.is_endpoint:
            breaker.succeeded()
            return
        wait = None if trouble.retry_after_seconds is None else timedelta(seconds=trouble.retry_after_seconds)
        if breaker.failures == 0 and not trouble.may_pass:
            log.warning("model cannot be asked", model=endpoint.name, problem=str(trouble))
        if breaker.failed(self._clock.now(), wait):
            log.warning("model left alone for a while", model=endpoint.name, problem=str(trouble))


class _Unsent(Trouble):
    """Nothing was asked: it tells nothing about the endpoint."""


class _Skipped(Exception):
    """The breaker lets nothing through."""


def _extend(limit: asyncio.Timeout, spent: _Spent) -> None:
    """Give a request all the time that its call has left."""
    if not limit.expired():
        limit.reschedule(asyncio.get_running_loop().time() + max(spent.left, 0.0))


def _outcome_of(asked: "asyncio.Future[Answered]") -> Answered:
    """What came of a call that several wait for. Each gets a failure of its own."""
    if asked.cancelled():
        raise _failed(Trouble("unavailable", "the desk is closing"))
    if (error := asked.exception()) is not None:
        raise ActionFailed(error.failure) if isinstance(error, ActionFailed) else error
    return asked.result()


def _remembered(answered: Answered) -> Answered:
    """An answer that was paid for before."""
    usage = Usage(model=answered.usage.model, cost_usd=0.0, tries=0, remembered=True)
    return answered.model_copy(update={"usage": usage})


def _checked(reply: Reply, question: Question) -> tuple[Json, tuple[str, ...]]:
    if reply.unreadable:
        return None, (reply.unreadable,)
    if question.output is None:
        return {"content": reply.content}, ()
    return conform(reply.content, question.output, question.verbatim_from)


def _correction(reply: Reply, problems: Sequence[str]) -> str:
    return REPAIR.format(
        problems="; ".join(problems)[:LONGEST_QUOTED], answer=enclose(str(reply.content)[:LONGEST_QUOTED])
    )


def _failed(trouble: Trouble) -> ActionFailed:
    return ActionFailed(
        Failure(kind=trouble.kind, message=str(trouble), retry_after_seconds=trouble.retry_after_seconds)
    )
