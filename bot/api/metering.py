"""Counting from outside: what comes in through channels, and what actions do."""

from collections.abc import Mapping
from time import perf_counter

from bot.api.metrics import Metrics
from bot.errors import ActionFailed, BadInput, NotReady, TooMany
from bot.model.action import ActionCall, ActionResult, ActionSpec
from bot.model.message import Message, Reply
from bot.ports import Accepted, ActionRunner, Intake


class MeteredIntake:
    """An Intake that counts what it is given and what becomes of it."""

    def __init__(self, intake: Intake, metrics: Metrics) -> None:
        self._intake = intake
        self._metrics = metrics

    async def accept(self, message: Message) -> Accepted:
        """See `bot.ports.Intake`."""
        channel = message.address.channel
        try:
            accepted = await self._intake.accept(message)
        except (BadInput, TooMany, NotReady):
            self._metrics.message(channel, "refused")
            raise
        self._metrics.message(channel, "duplicate" if accepted.duplicate else "accepted")
        return accepted

    async def replies_to(self, accepted: Accepted, timeout_seconds: float) -> list[Reply]:
        """See `bot.ports.Intake`."""
        return await self._intake.replies_to(accepted, timeout_seconds)

    def ignored(self, channel: str) -> None:
        """See `bot.ports.Intake`."""
        self._metrics.message(channel, "ignored")


class MeteredActions:
    """An ActionRunner that counts attempts by their outcome: ``done``, or the kind of the failure."""

    def __init__(self, actions: ActionRunner, metrics: Metrics) -> None:
        self._actions = actions
        self._metrics = metrics

    def catalogue(self) -> Mapping[str, ActionSpec]:
        """See `bot.ports.ActionRunner`."""
        return self._actions.catalogue()

    def knows_all(self) -> bool:
        """See `bot.ports.ActionRunner`."""
        return self._actions.knows_all()

    async def run(self, call: ActionCall) -> ActionResult:
        """See `bot.ports.ActionRunner`."""
        began = perf_counter()
        status = "done"
        try:
            return await self._actions.run(call)
        except ActionFailed as failed:
            status = failed.failure.kind
            raise
        finally:
            self._metrics.effect(call.action, status, perf_counter() - began)
