"""Segments as DBOS workflows: what makes effects survive a crash. The only file that knows DBOS.

DBOS is global to a process, so one of these is built, in `app.py`. Facts that shape it (DBOS 3.4): every process
needs an executor id of its own, else a second one re-runs the first one's steps; a dead process's workflows stay
pending until a
peer resumes them; resumed workflows run on a thread of DBOS's own with another event loop, so the body of every step is
sent home to the loop that the desk lives on.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID
from dbos import Serializer as DbosSerializer

from bot.failpoints import reach
from bot.model.base import JsonObject
from bot.services.segments import Begun, Outcome, Segments, Snapshot
from bot.store.database import LINE_CHECKS, dbos_engine
from bot.store.urls import with_driver

T = TypeVar("T")
log = structlog.get_logger(__name__)
VERSION = "frontdesk-1"
"""A constant: work that is pending over a deploy is finished by the new program."""
OPEN_STATES = ("PENDING", "ENQUEUED", "DELAYED")
RESUME_QUEUE = "resumed"
RESUMED_AT_ONCE = 100
QUEUE_SECONDS = 0.5
DETACHED = "detached_effect"
LISTENER_SECONDS = 0.05
"""How long DBOS's listener for notifications, unused here, sleeps on SQLite: the end of the desk waits for it."""
POLL_SECONDS = 0.25
"""How often one looks whether a workflow that another process runs has ended."""
SQLITE_THREADS = 2
"""Threads for DBOS's transactions. SQLite writes one at a time: more of them only take the interpreter from one
another, which costs a third of the throughput."""
POSTGRES_THREADS = 10
"""One for each connection."""
KEPT = timedelta(days=7)
"""How long ended workflows are kept: platforms repeat a message for a day at most."""
PURGE_SECONDS = 3600

Detached = Callable[[JsonObject, JsonObject], Awaitable[None]]


_begun: ContextVar[tuple[str, Begun] | None] = ContextVar("begun", default=None)
"""Which workflow is being started, and what is worked out of it already: its task inherits this. A workflow that DBOS
resumes, here or in another process, comes without and begins from its snapshot."""


class JsonSerializer(DbosSerializer):
    """Arguments and outcomes are plain JSON; nothing is ever unpickled. An exception is kept as its words."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=_words, ensure_ascii=False)

    def deserialize(self, serialized_data: str) -> Any:
        return _restored(json.loads(serialized_data))

    def name(self) -> str:
        return "frontdesk_json"


def _words(value: Any) -> Any:
    if isinstance(value, BaseException):
        return {"\0error": f"{type(value).__name__}: {value}"}
    return str(value)


def _restored(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"\0error"}:
        return RuntimeError(value["\0error"])
    return value


class Durable:
    """The durable way to carry out a segment."""

    def __init__(self, plain_url: str, process: str, segments: Segments, run_detached: Detached) -> None:
        self._segments = segments
        self._run_detached = run_detached
        self._process = process
        self._home: asyncio.AbstractEventLoop | None = None
        self._running: set[str] = set()
        self._config = _config(plain_url, process)
        self._engine = self._config.get("system_database_engine")

    async def launch(self) -> None:
        """Start DBOS; call it on the event loop that everything else lives on, last of all."""
        self._home = asyncio.get_running_loop()
        _log_with_the_desk()
        DBOS(config=self._config)
        self._register()
        DBOS.launch()
        await DBOS.register_queue_async(
            RESUME_QUEUE, worker_concurrency=RESUMED_AT_ONCE, polling_interval_sec=QUEUE_SECONDS
        )

    def _register(self) -> None:
        """DBOS wants plain functions. Poison is counted by the driver, so its own bound is out of the way."""

        @DBOS.workflow(name="segment", max_recovery_attempts=1_000)
        async def segment(snapshot: JsonObject) -> JsonObject:
            return await self._segment_body(snapshot)

        @DBOS.workflow(name=DETACHED, max_recovery_attempts=1_000)
        async def detached_effect(call: JsonObject, snapshot: JsonObject) -> None:
            await self._detached_body(call, snapshot)

        self._segment, self._detached = segment, detached_effect

    async def close(self) -> None:
        """End DBOS, and give the loop an executor again: with DBOS goes the one that it had put under it."""
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="desk"))
        if self._engine is not None:
            self._engine.dispose()

    async def carry_out(self, snapshot: Snapshot, begun: Begun) -> Outcome:
        """Run the segment, or join the run of it that a crash has left behind."""
        name = f"{snapshot.instance}/{snapshot.segment}"
        _begun.set((name, begun))
        with SetWorkflowID(name):
            handle = await DBOS.start_workflow_async(self._segment, snapshot.model_dump(mode="json"))
        _begun.set(None)
        return Outcome.model_validate(await handle.get_result())

    async def left_behind(self, instance: str, segment: int) -> bool:
        """Whether a workflow of this segment exists already."""
        return await DBOS.get_workflow_status_async(f"{instance}/{segment}") is not None

    async def runner_of(self, instance: str, segment: int) -> str | None:
        """The process that has this workflow under way; empty while it is queued, None when it has ended."""
        status = await DBOS.get_workflow_status_async(f"{instance}/{segment}")
        if status is None or status.status not in OPEN_STATES:
            return None
        return (status.executor_id or "") if status.status == "PENDING" else ""

    def runs_here(self, instance: str, segment: int) -> bool:
        return f"{instance}/{segment}" in self._running

    async def resume(self, instance: str, segment: int) -> None:
        """Let any living process go on with this workflow."""
        await DBOS.resume_workflows_async([f"{instance}/{segment}"], queue_name=RESUME_QUEUE)

    async def ended(self, instance: str, segment: int, seconds: float) -> bool:
        """True as soon as the workflow has ended, however; False after the time."""
        handle: Any = await DBOS.retrieve_workflow_async(f"{instance}/{segment}")
        waiting = asyncio.ensure_future(handle.get_result(polling_interval_sec=POLL_SECONDS))
        done, _ = await asyncio.wait({waiting}, timeout=seconds)
        if not done:
            waiting.cancel()
        elif (error := waiting.exception()) is not None:
            log.warning("a segment ended badly", instance=instance, segment=segment, problem=str(error))
        return bool(done)

    async def cancel(self, instance: str, segment: int) -> None:
        await DBOS.cancel_workflow_async(f"{instance}/{segment}")

    async def take_over(self, process: str) -> int:
        """Resume the effects that a dead process had detached. Returns how many. Segments are resumed by whoever claims
        their instance, so that a segment that ends the process each time is counted."""
        pending = await DBOS.list_workflows_async(
            executor_id=process, status=["PENDING"], name=DETACHED, load_input=False, load_output=False
        )
        ids = [workflow.workflow_id for workflow in pending]
        if ids:
            await DBOS.resume_workflows_async(ids, queue_name=RESUME_QUEUE)
        return len(ids)

    async def run_purges(self) -> None:
        """Until cancelled: forget workflows that ended long ago. Whoever could still ask for them is answered from
        our tables."""
        while True:
            await self.purge(datetime.now(UTC) - KEPT)
            await asyncio.sleep(PURGE_SECONDS)

    async def purge(self, before: datetime) -> int:
        """Delete ended workflows that were completed before this time. Returns how many."""
        deleted = 0
        while True:
            ended = await DBOS.list_workflows_async(
                status=["SUCCESS", "ERROR", "CANCELLED"], completed_before=before.isoformat(), limit=500,
                load_input=False, load_output=False,
            )  # fmt: skip
            if not ended:
                return deleted
            await DBOS.delete_workflows_async([workflow.workflow_id for workflow in ended])
            deleted += len(ended)

    async def _segment_body(self, snapshot: JsonObject) -> JsonObject:
        place = Snapshot.model_validate(snapshot)
        reach("segment.durable.started")
        name, begun = f"{place.instance}/{place.segment}", None
        if (started := _begun.get()) is not None and started[0] == name:
            begun = started[1]
        with self._noted(name):
            outcome = await self._segments.carry_out(place, _DurableSteps(self, first_run=begun is not None), begun)
        return outcome.model_dump(mode="json")

    async def _detached_body(self, call: JsonObject, snapshot: JsonObject) -> None:
        with self._noted(f"{call['key']}/{call['attempt']}"):
            await DBOS.run_step_async({"name": "effect"}, self._detached_step, call, snapshot)

    @contextlib.contextmanager
    def _noted(self, workflow: str) -> Iterator[None]:
        self._running.add(workflow)
        try:
            yield
        finally:
            self._running.discard(workflow)

    @property
    def busy(self) -> int:
        """How many workflows this process has under way."""
        return len(self._running)

    async def _detached_step(self, call: JsonObject, snapshot: JsonObject) -> None:
        await self.at_home(lambda: self._run_detached(call, snapshot))

    async def start_detached(self, call: JsonObject, snapshot: JsonObject) -> None:
        with SetWorkflowID(f"{call['key']}/{call['attempt']}"):
            await DBOS.start_workflow_async(self._detached, call, snapshot)

    async def at_home(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run on the desk's own event loop, wherever DBOS runs the workflow."""
        assert self._home is not None
        if asyncio.get_running_loop() is self._home:
            return await work()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_coroutine(work), self._home))


async def _coroutine(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


class _DurableSteps:
    """Each part of a segment is a DBOS step: its outcome is recorded and not had twice."""

    def __init__(self, durable: Durable, first_run: bool) -> None:
        self._durable = durable
        self._first_run = first_run

    async def step(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        if self._first_run:
            # Nothing can be recorded yet, so there is nothing to look up first: one hop to DBOS's threads in place
            # of three.
            outcome = await work()
            return await DBOS.run_step_async({"name": name}, lambda: outcome)

        async def body() -> Any:
            return await self._durable.at_home(work)

        return await DBOS.run_step_async({"name": name}, body)

    async def detach(self, call: JsonObject, snapshot: JsonObject) -> None:
        await self._durable.start_detached(call, snapshot)


def _log_with_the_desk() -> None:
    """DBOS logs to a handler of its own, in a form of its own, unless its logger has one: then as all libraries do."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _config(plain_url: str, process: str) -> DBOSConfig:
    config: DBOSConfig = {
        "name": "frontdesk",
        "executor_id": process,
        "application_version": VERSION,
        "serializer": JsonSerializer(),
        "enable_otlp": False,
        "log_level": "WARNING",
        "run_migrations": True,
    }
    if plain_url.startswith("sqlite"):
        config["system_database_url"] = plain_url
        config["system_database_engine"] = dbos_engine(plain_url)
        config["max_executor_threads"] = SQLITE_THREADS
        config["notification_listener_polling_interval_sec"] = LISTENER_SECONDS
    else:
        checks = {name: str(value) for name, value in LINE_CHECKS.items()}
        url = with_driver(plain_url).update_query_dict(checks)
        config["system_database_url"] = url.render_as_string(hide_password=False)
        config["sys_db_pool_size"] = config["max_executor_threads"] = POSTGRES_THREADS
    return config
