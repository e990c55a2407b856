"""Actions in the desk's own process, through rasa_sdk's executor."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.interfaces import Action, ActionExecutionRejection, ActionNotFoundException, Tracker

from bot.edges.action_threads import ActionThreads
from bot.edges.failing import failed, tamed
from bot.edges.rasa_protocol import result_of, tracker_for
from bot.errors import ActionFailed
from bot.model.action import ActionCall, ActionResult, ActionSpec
from bot.model.base import JsonObject
from bot.ports import ActionHost, DeclaredAction

Domain = Callable[[], JsonObject]
"""Gives the domain that rasa_sdk actions are handed, in rasa's shape."""
_Run = Callable[[CollectingDispatcher, Tracker, Any], Any]


def empty_domain() -> JsonObject:
    return {"intents": [], "entities": [], "slots": {}, "responses": {}, "actions": [], "forms": {}}


def may_be_done(spec: ActionSpec) -> bool:
    """Whether a call that broke off may have had its effect, and a second one would have it again."""
    return spec.effect != "read" and not spec.idempotent


class LocalActions:
    """actions: loaded ones with different names.
    most_threads: how many blocking ``run`` methods may be busy at once, stuck ones included.
    """

    def __init__(
        self,
        actions: Iterable[Action],
        host: ActionHost,
        *,
        domain: Domain = empty_domain,
        most_threads: int = 32,
    ) -> None:
        self._executor = ActionExecutor()
        self._threads = ActionThreads(most_threads)
        self._domain = domain
        self._left: set[asyncio.Future[ActionResult]] = set()
        self.specs: dict[str, ActionSpec] = {}
        self.problems: list[str] = []
        """What was left out because it cannot be called, one line each."""
        for action in actions:
            self._register(action, host)

    async def run(self, call: ActionCall) -> ActionResult:
        """Raises ActionFailed, in time also when the action does not listen to being cancelled."""
        spec = self.specs[call.action]
        seconds = call.timeout_seconds or spec.timeout_seconds
        task = asyncio.ensure_future(self._said(call, spec))
        try:
            await asyncio.wait({task}, timeout=seconds)
        finally:
            if not task.done():
                self._leave(task)
        if task.done():
            return task.result()
        late = f"{call.action} took longer than {seconds:g} s"
        raise failed("timeout", late, uncertain=may_be_done(spec))

    def _register(self, action: Action, host: ActionHost) -> None:
        try:
            spec = spec_of(action)
            if isinstance(action, DeclaredAction):
                action.attach(host)
            self._executor.register_function(spec.name, self._awaitable(action))
        except Exception as error:  # noqa: BLE001  a broken action is reported, never fatal
            kind = type(action)
            why = tamed(f"{type(error).__name__} {error}")
            self.problems.append(f"{kind.__module__}.{kind.__qualname__}: {why}. It is left out until mended.")
        else:
            self.specs[spec.name] = spec

    def _leave(self, task: asyncio.Future[ActionResult]) -> None:
        self._left.add(task)
        task.add_done_callback(self._left.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        task.cancel()

    async def _said(self, call: ActionCall, spec: ActionSpec) -> ActionResult:
        tracker = tracker_for(call)
        request = {
            "next_action": call.action,
            "sender_id": tracker["sender_id"],
            "tracker": tracker,
            "domain": self._domain() or empty_domain(),
        }
        try:
            said = await self._executor.run(request)
            return result_of(call.action, said.model_dump() if said else None)
        except ActionFailed:
            raise
        except ActionExecutionRejection as error:
            raise failed("rejected", tamed(f"{call.action} rejected the call: {error}")) from error
        except ActionNotFoundException as error:
            raise failed("not_found", tamed(str(error))) from error
        except (Exception, SystemExit) as error:
            raise _broken(call.action, spec, error) from error

    def _awaitable(self, action: Action) -> Callable[..., Awaitable[Any]]:
        """Its ``run``; where that blocks, in a thread."""
        run: _Run = action.run
        if inspect.iscoroutinefunction(run):
            return run
        if len(inspect.signature(run).parameters) != 3:
            raise TypeError("its run() must take dispatcher, tracker and domain")

        async def in_a_thread(dispatcher: CollectingDispatcher, tracker: Tracker, domain: JsonObject) -> Any:
            said = await self._threads.call(action.name(), lambda: run(dispatcher, tracker, domain))
            return await said if inspect.isawaitable(said) else said

        return in_a_thread


def spec_of(action: Action) -> ActionSpec:
    """What it declares; a plain rasa_sdk action says nothing but its name and its docstring."""
    if isinstance(action, DeclaredAction):
        return action.declares()
    words = inspect.cleandoc(type(action).__doc__ or "").partition("\n")[0]
    return ActionSpec(name=action.name(), description=words)


def _broken(name: str, spec: ActionSpec, error: BaseException) -> ActionFailed:
    message = tamed(f"{name} failed: {type(error).__name__} {error}".strip())
    uncertain = may_be_done(spec)
    if isinstance(error, TimeoutError):
        return failed("timeout", message, uncertain=uncertain)
    if isinstance(error, ConnectionError):
        return failed("unavailable", message, uncertain=uncertain)
    return failed("internal", message, uncertain=uncertain)
