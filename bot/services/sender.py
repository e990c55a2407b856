"""The outbox sender: delivers what was committed, in order, never what a person has overtaken."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog

from bot.errors import NotReady, NotYet, Unavailable, Undeliverable, Unreachable
from bot.failpoints import reach
from bot.ports import Channel, Clock
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
        self._database = database
        self._clock = clock
        self._channels = {name: c for name, c in channels.items() if c.capabilities.delivery == "push"}
        self._signals = signals
        self._process = process
        self._close_conversation = close
        self._closing = False

    def close(self) -> None:
        """Claim nothing any more: ``run`` ends when what is being sent has been sent."""
        self._closing = True
        self._signals.outbox.set()

    async def run(self) -> None:
        """Until closed. Each channel by itself: none waits for another's platform."""
        async with asyncio.TaskGroup() as channels:
            for name in self._channels:
                channels.create_task(self._run_channel(name))

    async def _run_channel(self, name: str) -> None:
        while not self._closing:
            try:
                sent = await self._channel_round(name)
            except NotReady as error:
                log.warning("outbox waits for the database", problem=str(error))
                sent = 0
            except Exception:
                # What one channel runs into must not cut off what another is sending.
                log.exception("outbox round failed", channel=name)
                sent = 0
            if not sent:
                await self._wait()

    async def _wait(self) -> None:
        if self._closing:
            return
        self._signals.outbox.clear()
        try:
            await asyncio.wait_for(self._signals.outbox.wait(), LOOK_SECONDS)
        except TimeoutError:
            return

    async def _channel_round(self, name: str) -> int:
        """Claim and deliver what can be sent now. Returns how many rows were claimed."""
        now = self._clock.now()
        parcels = await self._database.write(lambda c: outbox.claim_next(c, name, self._process, now, LEASE))
        if parcels:
            reach("outbox.claim.after")
        await asyncio.gather(*(self._deliver(self._channels[name], parcel) for parcel in parcels))
        return len(parcels)

    async def _deliver(self, channel: Channel, parcel: Parcel) -> None:
        number = parcel.number
        if not await self._database.read(lambda c: outbox.still_to_send(c, number, self._process)):
            return
        try:
            reach("outbox.send.before")
            async with asyncio.timeout(SEND_SECONDS):
                sent = await channel.send(parcel.address, parcel.reply, parcel.key)
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
        await patiently(lambda: self._database.write(lambda c: outbox.later(c, parcel.number, self._process, at, why)))
