"""The outbox sender: delivers what was committed, in order, never what a person has overtaken."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from bot.errors import NotReady, NotYet, Unavailable, Undeliverable, Unreachable
from bot.failpoints import reach
from bot.ports import Channel, Clock, Reconciling, Sent
from bot.services.signals import Signals
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox import Parcel
from bot.store.patience import patiently

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
SEND_SECONDS = 30
MAX_ATTEMPTS = 50
LOOK_SECONDS = 1.0
SOON_SECONDS = 5.0
MOST_AT_ONCE = 40
"""Deliveries of one channel that may be under way."""


class Sender:
    """Sends the outbox rows of the channels that push."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        channels: Mapping[str, Channel],
        signals: Signals,
        process: str,
        close: Callable[[str, str], Awaitable[None]],
    ) -> None:
        """close: closes a conversation (its id, and why) whose contact cannot be reached any more."""
        self._close_conversation = close
        self._database = database
        self._clock = clock
        self._channels = {name: c for name, c in channels.items() if c.capabilities.delivery == "push"}
        self._signals = signals
        self._process = process
        self._closing = False

    def close(self) -> None:
        """Claim nothing any more: ``run`` ends when what is being sent has been sent."""
        self._closing = True
        self._signals.outbox.set()

    async def run(self) -> None:
        """Until closed. Without a channel that pushes there is nothing to do."""
        lanes = [_Lane() for _ in self._channels]
        waking = asyncio.create_task(self._wake(lanes))
        try:
            await asyncio.gather(*(self._keep_sending(*pair) for pair in zip(self._channels, lanes, strict=True)))
        finally:
            waking.cancel()

    async def send_due(self) -> int:
        """One round, for whoever moves the clock: everything that is due by now is tried once. Returns how much that
        was."""
        tried = 0
        for name, channel in self._channels.items():
            parcels = await self._claim(name, MOST_AT_ONCE)
            await asyncio.gather(*(self._deliver(channel, parcel) for parcel in parcels))
            tried += len(parcels)
        return tried

    async def _wake(self, lanes: Sequence["_Lane"]) -> None:
        while True:
            await self._signals.outbox.wait()
            self._signals.outbox.clear()
            for lane in lanes:
                lane.work.set()

    async def _keep_sending(self, name: str, lane: "_Lane") -> None:
        """One channel, whatever the others do; a conversation that has to wait holds up no other one."""
        while not self._closing:
            lane.work.clear()
            try:
                parcels = await self._claim(name, MOST_AT_ONCE - len(lane.sending))
            except NotReady as error:
                log.warning("outbox waits for the database", problem=str(error))
                parcels = []
            for parcel in parcels:
                lane.send(self._deliver(self._channels[name], parcel))
            if not parcels and not self._closing:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(lane.work.wait(), LOOK_SECONDS)
        await asyncio.gather(*lane.sending)

    async def _claim(self, name: str, most: int) -> list[Parcel]:
        if most < 1:
            return []
        now = self._clock.now()
        parcels = await self._database.write(lambda c: outbox.claim_next(c, name, self._process, now, LEASE, most))
        if parcels:
            reach("outbox.claim.after")
        return parcels

    async def _deliver(self, channel: Channel, parcel: Parcel) -> None:
        number = parcel.number
        if not await self._database.read(lambda c: outbox.still_to_send(c, number, self._process)):
            return
        try:
            reach("outbox.send.before")
            async with asyncio.timeout(SEND_SECONDS):
                sent = await _send(channel, parcel)
            reach("outbox.send.after")
        except Undeliverable as error:
            why = str(error)
            await patiently(lambda: self._database.write(lambda c: outbox.failed(c, number, self._process, why)))
            if isinstance(error, Unreachable):
                await patiently(lambda: self._close_conversation(parcel.instance, why))
        except NotYet as wait:
            await self._not_yet(number, wait.retry_after_seconds or 0.0)
        except Exception as error:
            await self._later(parcel, error)
        else:
            now = self._clock.now()
            await patiently(lambda: self._database.write(lambda c: outbox.sent(c, number, self._process, sent.id, now)))
            reach("outbox.sent.after")

    async def _not_yet(self, number: int, seconds: float) -> None:
        at = self._clock.now() + timedelta(seconds=seconds)
        await patiently(lambda: self._database.write(lambda c: outbox.not_yet(c, number, self._process, at)))
        if seconds < SOON_SECONDS:
            # Not at the next look, but then: a pace of many messages a second is kept, not only kept below.
            asyncio.get_running_loop().call_later(seconds, self._signals.outbox.set)

    async def _later(self, parcel: Parcel, error: Exception) -> None:
        if parcel.attempts >= MAX_ATTEMPTS:
            why = f"given up after {parcel.attempts} attempts: {error}"
            await patiently(lambda: self._database.write(lambda c: outbox.failed(c, parcel.number, self._process, why)))
            return
        pause = min(FIRST_PAUSE * 2 ** min(parcel.attempts - 1, 20), LONGEST_PAUSE)
        if isinstance(error, Unavailable) and error.retry_after_seconds is not None:
            pause = max(pause, timedelta(seconds=error.retry_after_seconds))
        log.warning("delivery failed", channel=parcel.address.channel, number=parcel.number, problem=str(error))
        at, why = self._clock.now() + pause, f"{type(error).__name__}: {error}"
        if not isinstance(error, Unavailable) or error.maybe_sent:
            why = outbox.MAYBE_SENT + why
        await patiently(lambda: self._database.write(lambda c: outbox.later(c, parcel.number, self._process, at, why)))


async def _send(channel: Channel, parcel: Parcel) -> Sent:
    """What may have arrived already is looked for first, where the platform can be asked."""
    if parcel.maybe_sent and isinstance(channel, Reconciling):
        found = await channel.reconcile(parcel.address, parcel.reply, parcel.key)
        if found is not None:
            return found
    return await channel.send(parcel.address, parcel.reply, parcel.key)


@dataclass(slots=True)
class _Lane:
    """What one channel has under way; ``work`` is set when there may be something to claim."""

    work: asyncio.Event = field(default_factory=asyncio.Event)
    sending: set[asyncio.Task[None]] = field(default_factory=set)

    def send(self, delivery: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(delivery)
        self.sending.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self.sending.discard(task)
        self.work.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("delivery could not be noted", problem=str(error))
