"""A prompt with tools: the model calls what the flow has declared until it answers, within bounds.

Every request and every call is an effect of its own in the ledger, under a key that follows from the step's. So a step
that a crash cut off goes the same way again and calls nothing twice, and each of them can be looked up afterwards.
"""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.errors import Superseded
from bot.model.action import ActionResult, ActionSpec, Failure
from bot.model.base import Json, JsonObject
from bot.model.effect import Act, Think
from bot.model.incoming import EffectDone
from bot.model.llm import Round, ToolCall
from bot.rules.fence import enclose
from bot.rules.tools import Offered, Refused, accepted, offered, shown_args

SECONDS: Final = 30.0
"""For all of it, where the step says nothing."""
LEAST_SECONDS: Final = 0.5
MOST_CALLS: Final = 8
"""Calls that are made of one answer; further ones are refused."""
LONGEST_TRACED: Final = 500
LAST: Final = "This is your last step: give the answer now, with what you know."
Do = Callable[[Act | Think], Awaitable[EffectDone]]
"""Carries out one effect through the ledger."""


@dataclass(slots=True)
class _Trail:
    """What has been done so far."""

    rounds: list[Round] = field(default_factory=list)
    events: list[JsonObject] = field(default_factory=list)
    results: list[ActionResult] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    """What came of each call, by the call: the same again is not made twice."""
    spent_usd: float = 0.0
    wrote: bool = False


class _Stop(Exception):
    """There will be no answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class AgentSteps:
    """Carries out prompts with tools. ``at``: the time of an outcome."""

    def __init__(self, catalogue: Mapping[str, ActionSpec], do: Do, at: Callable[[], datetime]) -> None:
        self._catalogue = catalogue
        self._do = do
        self._at = at

    async def run(self, think: Think) -> EffectDone:
        """The answer, or why there is none. Its events say what was called; never raises but for what ``do`` raises."""
        tools = offered(think.spec["tools"], self._catalogue)
        trail, ends = _Trail(), time.monotonic() + (think.timeout_seconds or SECONDS)
        try:
            answer = await self._answer(think, tools, trail, ends)
        except _Stop as stop:
            return self._done(think, trail, failure=stop.failure)
        except Superseded:
            return self._done(think, trail, failure=Failure(kind="rejected", message="a person has taken over"))
        return self._done(think, trail, answer)

    async def _answer(self, think: Think, tools: Mapping[str, Offered], trail: _Trail, ends: float) -> Json:
        most = int(think.spec.get("max_steps") or 1)
        for number in range(1, most + 1):
            calls, output = await self._asked(think, trail, number, ends, is_last=number == most)
            if not calls:
                return output
            if number < most:
                told = [
                    await self._called(think, tools, trail, f"{number}.{place}", call, ends)
                    if place <= MOST_CALLS
                    else f"Refused: at most {MOST_CALLS} calls at once."
                    for place, call in enumerate(calls, 1)
                ]
                trail.rounds.append(Round(calls=calls, told=tuple(told)))
        raise _Stop(Failure(kind="invalid", message=f"no answer within {most} steps"))

    async def _asked(
        self, think: Think, trail: _Trail, number: int, ends: float, *, is_last: bool
    ) -> tuple[tuple[ToolCall, ...], Json]:
        """One request: what is called, or the answer."""
        spec: JsonObject = {**think.spec, "note": LAST if is_last and number > 1 else ""}
        if (budget := think.spec.get("budget_usd")) is not None:
            spec["budget_usd"] = max(budget - trail.spent_usd, 0.0)
        changes = {"key": f"{think.key}/{number}", "spec": spec, "rounds": tuple(trail.rounds)}
        done = await self._do(think.model_copy(update={**changes, "timeout_seconds": _left(ends)}))
        if done.result is None:
            failure = done.failure or Failure(kind="internal", message="a model gave nothing")
            raise _Stop(failure)
        trail.events += done.result.events
        trail.spent_usd += sum(event.get("cost_usd") or 0.0 for event in done.result.events)
        output = done.result.output
        if isinstance(output, dict) and "calls" in output:
            return tuple(ToolCall.model_validate(call) for call in output["calls"]), None
        return (), output["answer"] if isinstance(output, dict) else output

    async def _called(
        self, think: Think, tools: Mapping[str, Offered], trail: _Trail, place: str, call: ToolCall, ends: float
    ) -> str:
        """What the model is told of one call."""
        args = accepted(call, tools)
        if isinstance(args, Refused):
            trail.events.append(_event(think, call.tool, call.args or {}, "refused", args.why))
            return f"Refused: {args.why}"
        tool = tools[call.tool]
        shown, same = shown_args(args, tool), json.dumps([call.tool, args], sort_keys=True, default=str)
        if (known := trail.told.get(same)) is not None:
            trail.events.append(_event(think, call.tool, shown, "repeated", "the same call was made before"))
            return known
        act = Act(
            key=f"{think.key}/{place}",
            frame=think.frame,
            node=think.node,
            action=call.tool,
            args=args,
            shown=None if shown == args else shown,
            timeout_seconds=min(tool.spec.timeout_seconds, _left(ends)),
            connection=tool.connection,
            attempt=think.attempt,
        )
        done = await self._do(act)
        trail.wrote = trail.wrote or done.wrote
        trail.told[same] = words = self._heard(think, trail, call, shown, done)
        return words

    def _heard(self, think: Think, trail: _Trail, call: ToolCall, shown: JsonObject, done: EffectDone) -> str:
        if done.failure is not None:
            trail.events.append(_event(think, call.tool, shown, "failed", done.failure.kind))
            if done.failure.uncertain:
                raise _Stop(done.failure)  # it may have happened: whoever goes on from here does so blindly
            return f"It failed: {done.failure.kind}."
        result = done.result or ActionResult()
        trail.results.append(result)
        trail.events.append(_event(think, call.tool, shown, "done", ""))
        return enclose(json.dumps(result.output, ensure_ascii=False, default=str))

    def _done(self, think: Think, trail: _Trail, answer: Json = None, failure: Failure | None = None) -> EffectDone:
        result = ActionResult(
            output=answer,
            slots={name: value for one in trail.results for name, value in one.slots.items()},
            replies=tuple(reply for one in trail.results for reply in one.replies),
            utter=tuple(words for one in trail.results for words in one.utter),
            events=(*(event for one in trail.results for event in one.events), *trail.events),
        )
        return EffectDone(key=think.key, result=result, failure=failure, at=self._at(), wrote=trail.wrote)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left < LEAST_SECONDS:
        raise _Stop(Failure(kind="timeout", message="the time of this step is over"))
    return left


def _event(think: Think, tool: str, args: JsonObject, status: str, why: str) -> JsonObject:
    traced = json.dumps(args, ensure_ascii=False, default=str)[:LONGEST_TRACED]
    event: JsonObject = {"event": "tool_called", "prompt": think.spec.get("name"), "tool": tool, "args": traced}
    return {**event, "status": status, **({"why": why[:LONGEST_TRACED]} if why else {})}
