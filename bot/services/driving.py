"""What this process drives now: one task for each claim. The heartbeat keeps these claims alive, and no others.

A claim that nobody drives must run out: a commit that was not confirmed, or a request that went away, may have left
one.
"""

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any

from bot.store.instances import Instance


class Driving:
    """Tasks, and the fencing number under which each instance is driven."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._fences: dict[str, int] = {}

    def adopt(self, instance: Instance) -> bool:
        """True: the caller drives this claim from now on. False: a task drives it, or a later one, already."""
        if self._fences.get(instance.id, -1) >= instance.fence:
            return False
        self._fences[instance.id] = instance.fence
        return True

    def drop(self, instance: Instance) -> None:
        """The caller has let go of this claim."""
        if self._fences.get(instance.id) == instance.fence:
            del self._fences[instance.id]

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        # In a context of its own: news may come from within a workflow, and what it sets off is no part of that.
        task = asyncio.create_task(work, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def idle(self) -> None:
        """Until nothing moves any more."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    def cancel(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    def __contains__(self, instance: str) -> bool:
        return instance in self._fences

    @property
    def instances(self) -> list[str]:
        return list(self._fences)

    @property
    def busy(self) -> int:
        return len(self._tasks)
