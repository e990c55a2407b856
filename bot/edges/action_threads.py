"""Blocking code in threads of its own, so that what never comes back holds up nobody else."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from bot.edges.failing import failed

T = TypeVar("T")


class ActionThreads:
    """One daemon thread a call, at most ``most`` at once; one that is stuck keeps its place until it ends.

    asyncio's own executor would not do: it waits for its threads when the process ends.
    """

    def __init__(self, most: int = 32) -> None:
        self.most = most
        self._places = asyncio.Semaphore(most)

    async def call(self, name: str, work: Callable[[], T], wait_seconds: float = 1.0) -> T:
        """Runs ``work`` and gives or raises what it does; SystemExit becomes a RuntimeError.

        Raises ActionFailed ``unavailable`` when no place came free in ``wait_seconds``: nothing was started.
        Cancelled while it runs, it returns at once and leaves the thread to itself.
        """
        try:
            async with asyncio.timeout(wait_seconds):
                await self._places.acquire()
        except TimeoutError:
            busy = f"all {self.most} threads for blocking actions are busy, so {name} was not started"
            raise failed("unavailable", f"{busy}. Look for actions that never return.") from None
        job = _Job(work, asyncio.get_running_loop(), self._places.release)
        threading.Thread(target=job.run, name=f"action {name}", daemon=True).start()
        return await job.future


class _Job(Generic[T]):
    def __init__(self, work: Callable[[], T], loop: asyncio.AbstractEventLoop, release: Callable[[], None]) -> None:
        self.future: asyncio.Future[T] = loop.create_future()
        self._work = work
        self._loop = loop
        self._release = release
        self._context = contextvars.copy_context()

    def run(self) -> None:
        try:
            value = self._context.run(self._work)
        except Exception as error:  # noqa: BLE001  handed to the caller as it is
            self._tell(self._fail, error)
        except BaseException as error:  # noqa: BLE001  SystemExit would end the loop that awaits it
            self._tell(self._fail, RuntimeError(f"{type(error).__name__} {error}".strip()))
        else:
            self._tell(self._give, value)

    def _tell(self, what: Callable[..., None], value: object) -> None:
        try:
            self._loop.call_soon_threadsafe(what, value)
        except RuntimeError:
            return  # the loop has been closed: nobody waits any more

    def _give(self, value: T) -> None:
        self._release()
        if not self.future.done():
            self.future.set_result(value)

    def _fail(self, error: Exception) -> None:
        self._release()
        if not self.future.done():
            self.future.set_exception(error)
