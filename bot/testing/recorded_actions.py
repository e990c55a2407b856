"""Actions under watch: every call is written down, and a test may put words in their mouth or make them fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.errors import ActionFailed
from bot.model.action import ActionCall, ActionResult, ActionSpec, Failure
from bot.model.base import Json, JsonObject
from bot.model.flow import FailureKind
from bot.ports import ActionRunner

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Called:
    """One attempt at an action. ``output`` is None and ``failure`` says why when it did not work.

    key: the same for every attempt at one effect. instance: the conversation or run whose flow it was.
    """

    action: str
    args: JsonObject
    key: str
    instance: str
    output: Json = None
    failure: Failure | None = None


@dataclass(slots=True)
class Fault:
    """How the next ``times`` calls of an action go wrong. Without a failure they only take ``takes`` long."""

    action: str
    failure: Failure | None
    times: int = 1
    takes: timedelta = NO_TIME


class NoActions:
    """An ActionRunner that has none."""

    def catalogue(self) -> Mapping[str, ActionSpec]:
        return {}

    def knows_all(self) -> bool:
        return True

    async def run(self, call: ActionCall) -> ActionResult:
        raise ActionFailed(Failure(kind="not_found", message=f"no action is called {call.action!r}"))


@dataclass
class RecordedActions:
    """Implements the ActionRunner port over another one.

    stubs: by action, what its calls give one after the other; the last goes on for ever.
    """

    inner: ActionRunner = field(default_factory=NoActions)
    stubs: dict[str, list[ActionResult | Failure]] = field(default_factory=dict)
    calls: list[Called] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def catalogue(self) -> Mapping[str, ActionSpec]:
        """The inner actions, and those that exist as stubs only."""
        stubbed = {name: ActionSpec(name=name) for name in self.stubs}
        return {**stubbed, **self.inner.catalogue()}

    def knows_all(self) -> bool:
        return self.inner.knows_all()

    def stub(self, action: str, *answers: Json | ActionResult | Failure) -> None:
        """Let an action give these outputs, one call after the other, without doing anything."""
        known = (ActionResult, Failure)
        self.stubs[action] = [one if isinstance(one, known) else ActionResult(output=one) for one in answers]

    def fail(
        self,
        action: str,
        kind: FailureKind = "unavailable",
        *,
        times: int = 1,
        message: str = "",
        retry_after_seconds: float | None = None,
        uncertain: bool = False,
        takes: timedelta = NO_TIME,
    ) -> None:
        """Let the next calls of an action fail, after this time on the test's clock."""
        failure = Failure(
            kind=kind,
            message=message or f"{action} is told to fail ({kind})",
            retry_after_seconds=retry_after_seconds,
            uncertain=uncertain,
        )
        self.faults.append(Fault(action, failure, times, takes))

    def slow(self, action: str, takes: timedelta, *, times: int = 1) -> None:
        """Let the next calls of an action work, after this time on the test's clock."""
        self.faults.append(Fault(action, None, times, takes))

    async def run(self, call: ActionCall) -> ActionResult:
        outcome, _ = await self.run_timed(call)
        if isinstance(outcome, Failure):
            raise ActionFailed(outcome)
        return outcome

    async def run_timed(self, call: ActionCall) -> tuple[ActionResult | Failure, timedelta]:
        """The outcome, and how long it takes to come."""
        fault = self._fault(call.action)
        outcome = fault.failure if fault is not None and fault.failure is not None else await self._answer(call)
        self._note(call, outcome)
        return outcome, fault.takes if fault is not None else NO_TIME

    async def _answer(self, call: ActionCall) -> ActionResult | Failure:
        answers = self.stubs.get(call.action)
        if answers:
            return answers.pop(0) if len(answers) > 1 else answers[0]
        try:
            return await self.inner.run(call)
        except ActionFailed as error:
            return error.failure

    def _fault(self, action: str) -> Fault | None:
        found = next((fault for fault in self.faults if fault.action == action and fault.times > 0), None)
        if found is not None:
            found.times -= 1
        return found

    def _note(self, call: ActionCall, outcome: ActionResult | Failure) -> None:
        output = outcome.output if isinstance(outcome, ActionResult) else None
        failure = outcome if isinstance(outcome, Failure) else None
        whose = str(call.tracker.get("sender_id", ""))
        self.calls.append(Called(call.action, call.args, call.key, whose, output, failure))
