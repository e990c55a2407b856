"""Effects on the world: each tried under its idempotency key, written to the ledger before and after."""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection

from bot.errors import ActionFailed, Superseded
from bot.failpoints import reach
from bot.model.action import ActionCall, ActionResult, ActionSpec, Failure
from bot.model.base import JsonObject
from bot.model.effect import Act, Think
from bot.model.incoming import EffectDone
from bot.ports import ActionRunner, Clock, Llm, NoLlm
from bot.services.agent_steps import AgentSteps
from bot.services.library import Library
from bot.services.thinking import Thinker, answer_offline, instead
from bot.store import instances, ledger
from bot.store.database import Database
from bot.store.patience import patiently

log = structlog.get_logger(__name__)
Call = Act | Think
MODEL_CALL = ActionSpec(name="ai", effect="read", idempotent=True, remote=True)
"""A call of a model in the words of actions: repeating it changes nothing outside, and it runs elsewhere."""
MAX_BEGUN = 3
"""How often an attempt is begun. Whatever never came back from that many ends the process each time."""


class Effects:
    """Runs effects. One that is under way in this process is joined, not begun twice."""

    def __init__(
        self, database: Database, clock: Clock, actions: ActionRunner, library: Library, llm: Llm | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._actions = actions
        self._library = library
        self._thinker = Thinker(llm or NoLlm())
        self._running: dict[str, asyncio.Task[EffectDone]] = {}

    async def first_outcomes(
        self, calls: Sequence[Call], instance: str, epoch: int, tracker: JsonObject, seconds: float | None
    ) -> list[EffectDone]:
        """Begin or join all of these; the outcomes of those that end first, or none when the time is over.

        Raises Superseded when the bot has lost the floor before one of them began.
        """
        tasks = [self._join(call, instance, epoch, tracker) for call in calls]
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return sorted((task.result() for task in done), key=lambda outcome: outcome.at)

    def _join(self, call: Call, instance: str, epoch: int, tracker: JsonObject) -> asyncio.Task[EffectDone]:
        if (task := self._running.get(call.key)) is None:
            task = self._running[call.key] = asyncio.create_task(self._outcome(call, instance, epoch, tracker))
            task.add_done_callback(lambda done: self._ended(call.key, done))
        return task

    def _ended(self, key: str, task: asyncio.Task[EffectDone]) -> None:
        """Who asks from now on finds the outcome in the ledger."""
        del self._running[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("effect not carried out", key=key, problem=str(error))

    @property
    def busy(self) -> int:
        return len(self._running)

    async def _outcome(self, call: Call, instance: str, epoch: int, tracker: JsonObject) -> EffectDone:
        if isinstance(call, Think) and not self._thinker.asks_model(call):
            return self._think(call)
        tracked = (instance, epoch, tracker)
        spec = MODEL_CALL if isinstance(call, Think) else self._actions.catalogue().get(call.action)
        now = self._clock.now()
        reach("effect.begin.before")
        known = await patiently(lambda: self._begin(call, instance, epoch, spec, now))
        reach("effect.begin.after")
        if known is not None:
            return known
        reach("effect.call.before")
        outcome = await self._ask(call, tracked) if isinstance(call, Think) else await self._act(call, tracker)
        reach("effect.call.after")
        reach("effect.finish.before")
        await patiently(lambda: self._finish(call, outcome))
        reach("effect.finish.after")
        return outcome

    def _think(self, think: Think) -> EffectDone:
        result = answer_offline(think, self._library.shelf.classifier)
        if result is not None:
            return self._done(think.key, result=result)
        failure = Failure(kind="unavailable", message="no model is connected and the prompt has no offline answer")
        return self._done(think.key, failure=failure)

    async def _ask(self, think: Think, tracked: tuple[str, int, JsonObject]) -> EffectDone:
        try:
            if think.rounds is not None:
                result = await self._thinker.step(think, self._actions.catalogue())
            elif think.spec.get("tools"):
                return await self._ask_with_tools(think, tracked)
            else:
                result = await self._thinker.answer(think, self._library.shelf.classifier)
        except ActionFailed as error:
            return self._done(think.key, failure=error.failure)
        return self._done(think.key, result=result)

    async def _ask_with_tools(self, think: Think, tracked: tuple[str, int, JsonObject]) -> EffectDone:
        """Where it comes to no answer the offline one stands in, unless something was done in the world by then."""
        steps = AgentSteps(self._actions.catalogue(), lambda call: self._outcome(call, *tracked), self._clock.now)
        done = await steps.run(think)
        if done.failure is not None and not done.wrote and done.result is not None:
            with contextlib.suppress(ActionFailed):
                offline = instead(think, self._library.shelf.classifier, done.failure)
                events = (*done.result.events, *offline.events)
                return self._done(think.key, result=offline.model_copy(update={"events": events}))
        return self._done(think.key, result=done.result, failure=done.failure, wrote=done.wrote)

    async def _begin(
        self, call: Call, instance: str, epoch: int, spec: ActionSpec | None, now: datetime
    ) -> EffectDone | None:
        """Write the attempt down. An outcome that needs no attempt any more is returned instead."""
        segment = int(call.key.split("/")[1])

        def begin(connection: Connection) -> ledger.Entry | None:
            if not instances.has_epoch(connection, instance, epoch):
                return _begun_before(ledger.find(connection, call.key), call)
            entry = ledger.begin(
                connection, key=call.key, instance=instance, segment=segment, action=_name(call), args=_args(call),
                attempt=call.attempt, now=now, shown=call.shown if isinstance(call, Act) else None,
                repeatable=_repeatable(spec), remote=spec is None or spec.remote,
            )  # fmt: skip
            if entry is not None and entry.started_at == now and entry.status == "started":
                return None  # written by this very call, whose commit was not confirmed
            if entry is not None and _may_try_again(entry, call):
                ledger.begin_again(connection, call.key, call.attempt, now)
                return None
            return entry

        entry = await self._database.write(begin)
        return None if entry is None else await self._settled(entry, call)

    async def _settled(self, entry: ledger.Entry, call: Call) -> EffectDone:
        """What the ledger says of an effect that is not to be tried (again)."""
        if entry.status in ("done", "failed") and entry.outcome is not None:
            return EffectDone.model_validate(entry.outcome)
        if entry.args_hash != ledger.args_hash(_args(call)):
            failure = Failure(kind="internal", message="the arguments differ from those of the attempt before")
        elif entry.begun >= MAX_BEGUN:
            message = f"it was begun {entry.begun} times and never came back: it may be what ends the process"
            failure = Failure(kind="internal", message=message, uncertain=True)
        else:
            message = "it was begun before a crash and may have happened; it is not to be repeated"
            failure = Failure(kind="internal", message=message, uncertain=True)
        outcome = self._done(call.key, failure=failure)
        log.warning("effect uncertain", key=call.key, action=_name(call))
        await self._finish(call, outcome)
        return outcome

    async def _act(self, call: Act, tracker: JsonObject) -> EffectDone:
        request = ActionCall(
            action=call.action,
            key=call.key,
            args=call.args,
            timeout_seconds=call.timeout_seconds,
            tracker=tracker,
            connection=call.connection,
        )
        try:
            result = await self._actions.run(request)
        except ActionFailed as error:
            return self._done(call.key, failure=error.failure, wrote=error.failure.uncertain and self._writes(call))
        return self._done(call.key, result=result, wrote=self._writes(call))

    def _writes(self, call: Act) -> bool:
        spec = self._actions.catalogue().get(call.action)
        return spec is None or spec.effect != "read"

    def _done(
        self, key: str, result: ActionResult | None = None, failure: Failure | None = None, wrote: bool = False
    ) -> EffectDone:
        names = {name for name, _ in result.utter} if result else set()
        return EffectDone(
            key=key,
            result=result,
            failure=failure,
            at=self._clock.now(),
            wrote=wrote,
            jitter=random.random(),  # noqa: S311  # spreads retries, guards nothing
            responses=self._library.responses_named(names),
        )

    async def _finish(self, call: Call, outcome: EffectDone) -> None:
        uncertain = outcome.failure is not None and outcome.failure.uncertain
        status: ledger.LedgerStatus = "uncertain" if uncertain else "failed" if outcome.failure else "done"
        stored = outcome.model_dump(mode="json")
        await self._database.write(lambda c: ledger.finish(c, call.key, status, stored, self._clock.now()))


def _name(call: Call) -> str:
    """How the ledger calls it; no action can have such a name as a prompt has there."""
    return call.action if isinstance(call, Act) else f"{MODEL_CALL.name}:{call.spec.get('name')}"


def _args(call: Call) -> JsonObject:
    if isinstance(call, Act):
        return call.args
    args = {"prompt": call.spec.get("name"), "version": call.spec.get("version"), "inputs": call.inputs}
    return args if call.rounds is None else {**args, "round": len(call.rounds)}


def _repeatable(spec: ActionSpec | None) -> bool:
    return spec is not None and (spec.idempotent or spec.effect == "read")


def _may_try_again(entry: ledger.Entry, call: Call) -> bool:
    """A later attempt of the same call, or a repeat of one that a crash cut off and that is safe to repeat."""
    if entry.args_hash != ledger.args_hash(_args(call)):
        return False
    if entry.status in ("failed", "uncertain"):
        return call.attempt > entry.attempt
    if entry.status != "started" or (entry.begun >= MAX_BEGUN and not entry.remote):
        return False
    return call.attempt > entry.attempt or entry.repeatable


def _begun_before(entry: ledger.Entry | None, call: Call) -> ledger.Entry:
    """The floor is lost. What had begun by then has an outcome, or may have happened; the rest does not begin any
    more."""
    if entry is None or (entry.status in ("failed", "uncertain") and call.attempt > entry.attempt):
        raise Superseded(f"a person has taken over from {_name(call)}", "The effect was not started")
    return entry
