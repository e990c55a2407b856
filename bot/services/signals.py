"""Wake-ups within this process. They carry no data that matters: who misses one finds everything in the tables."""

import asyncio
from collections import defaultdict

from bot.model.message import Reply


class Signals:
    """Who waits for what: requests for the replies of their turn, readers for news of a conversation, the outbox for
    work."""

    def __init__(self) -> None:
        self._turns: dict[int, list[asyncio.Future[list[Reply] | None]]] = defaultdict(list)
        self._news: dict[str, list[asyncio.Future[None]]] = defaultdict(list)
        self.outbox = asyncio.Event()
        self.is_closed = False

    def expect_turn(self, number: int) -> asyncio.Future[list[Reply] | None]:
        """Resolved when the turn that took in this arrival has been committed: with its replies when it is over, with
        None when it goes on (then read the tables)."""
        future: asyncio.Future[list[Reply] | None] = asyncio.get_running_loop().create_future()
        self._turns[number].append(future)
        future.add_done_callback(lambda done: self._forget(number, done))
        return future

    def _forget(self, number: int, future: asyncio.Future[list[Reply] | None]) -> None:
        """Also when nobody waits any more: another process may have committed the turn."""
        waiting = self._turns.get(number, [])
        if future in waiting:
            waiting.remove(future)
        if not waiting:
            self._turns.pop(number, None)

    def turn_committed(self, numbers: list[int], replies: list[Reply] | None) -> None:
        for number in numbers:
            for future in self._turns.pop(number, ()):
                if not future.done():
                    future.set_result(replies)

    async def news_of(self, instance: str, timeout_seconds: float) -> bool:
        """True when something was committed for this instance, False after the time."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._news[instance].append(future)
        try:
            await asyncio.wait_for(future, timeout_seconds)
            return True
        except TimeoutError:
            return False
        finally:
            self._drop(instance, future)

    def _drop(self, instance: str, future: asyncio.Future[None]) -> None:
        waiting = self._news.get(instance)
        if waiting is not None:
            if future in waiting:
                waiting.remove(future)
            if not waiting:
                del self._news[instance]

    def close(self) -> None:
        """The desk shuts down: wake all readers, so that those who only follow go home."""
        self.is_closed = True
        for instance in list(self._news):
            self.moved(instance)

    def moved(self, instance: str) -> None:
        """Something was committed for this instance."""
        for future in self._news.get(instance, ()):
            if not future.done():
                future.set_result(None)
        self.outbox.set()
