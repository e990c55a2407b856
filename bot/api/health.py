"""Is the process there, can it accept, and what does it count: ``/healthz``, ``/readyz``, ``/metrics``."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import Connection

from bot.api.auth import Desk
from bot.api.house import House
from bot.errors import NotReady
from bot.store import dead_letters, instances, outbox, schema
from bot.store.database import Database

router = APIRouter(tags=["health"])
ANSWER_SECONDS: Final = 1.0


@router.get("/healthz", summary="The process lives")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get(
    "/readyz", summary="The desk can accept messages", responses={503: {"description": "It cannot; detail says why"}}
)
async def readyz(house: Desk) -> dict[str, str]:
    if not house.is_open:
        raise NotReady("the desk is starting or shutting down", "Ask again in a moment")
    if not house.library.is_ready:
        raise NotReady("no flows are loaded yet", "Ask again in a moment")
    if not house.heartbeat.last_beat_ok:
        raise NotReady("the last heartbeat failed", "Look at the database and the desk's log")
    if not await PROBES.ask(house.database):
        raise NotReady("the database does not have the newest schema", "Run `frontdesk db upgrade`")
    return {"status": "ready"}


class Probes:
    """One question at a time to each database: asking a hanging one again and again would take all its threads."""

    def __init__(self) -> None:
        self._asked: dict[int, asyncio.Task[bool]] = {}

    async def ask(self, database: Database) -> bool:
        """Whether the schema is the newest. Raises NotReady when there is no answer within a second."""
        name = id(database)
        task = self._asked.get(name)
        if task is None:
            task = self._asked[name] = asyncio.create_task(database.read(schema.is_current))
            task.add_done_callback(lambda done: self._forget(name, done))
        done, _ = await asyncio.wait([task], timeout=ANSWER_SECONDS)
        if not done:
            raise NotReady(f"the database has not answered for {ANSWER_SECONDS:g} s", "Look at the database")
        return task.result()

    def _forget(self, name: int, done: "asyncio.Task[bool]") -> None:
        self._asked.pop(name, None)
        if not done.cancelled():
            done.exception()  # asked for, so that a late failure is no surprise to the loop


PROBES: Final = Probes()


@router.get("/metrics", summary="Counters and gauges in Prometheus' text format", response_class=Response)
async def metrics(house: Desk) -> Response:
    await _measure(house)
    return Response(house.metrics.text(), media_type=CONTENT_TYPE_LATEST)


async def _measure(house: House) -> None:
    """Read the gauges. Without a database the counters are still there."""
    gauges = house.metrics
    now = house.clock.now()
    pushing = [name for name, one in house.channels.items() if one.channel.capabilities.delivery == "push"]

    def read(c: Connection) -> tuple[Any, Any, int]:
        return outbox.backlog(c, pushing), dead_letters.counts(c), instances.count_due(c, now)

    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            (pending, oldest), dead, due = await house.database.read(read)
    except (NotReady, TimeoutError):
        gauges.database_up.set(0)
        return
    gauges.database_up.set(1)
    gauges.outbox_pending.set(pending)
    gauges.outbox_oldest.set((now - oldest).total_seconds() if oldest else 0)
    gauges.instances_due.set(due)
    for kind, count in dead.items():
        gauges.dead_letters.labels(kind).set(count)
