"""The way in: store it once, then acknowledge; the driver does the rest."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.errors import NotFound, NotReady, TooMany
from bot.failpoints import reach
from bot.model.base import JsonObject
from bot.model.incoming import EffectDone, EventCame, Incoming, Started
from bot.model.message import Address, Message, Reply
from bot.ports import Accepted, Capabilities, Clock, Standing, StreamedReply
from bot.services.driver import Driver, Held
from bot.services.library import Library
from bot.services.limits import SenderLimits
from bot.services.signals import Signals
from bot.store import claims, handoffs, inbox, instances, outbox
from bot.store.database import Database
from bot.store.inbox import Handled

MAX_BACKLOG = 200
"""Messages of one conversation that may wait to be handled."""
OWN_TURN_SECONDS = 1.0
"""How long a request counts on this process alone, which drives its turn, before it looks into the tables."""
LOOK_AGAIN_SECONDS = 0.25
"""How often a waiting request looks into the tables, in case its turn was finished by another process."""


def message_key(message: Message) -> str:
    """Unique for its channel and account, as a platform's event ids are; on REST they are the sender's own."""
    where = message.address
    scope = where.sender if where.channel in ("rest", "terminal") else ""
    digest = hashlib.sha256("\0".join((where.channel, where.account, scope, message.event_id)).encode()).hexdigest()
    return f"m_{digest}"


class Intake:
    """Accepts messages and everything else that starts a segment."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        driver: Driver,
        library: Library,
        signals: Signals,
        channels: Mapping[str, Capabilities],
        limits: SenderLimits,
    ) -> None:
        self._database = database
        self._clock = clock
        self._driver = driver
        self._library = library
        self._signals = signals
        self._channels = channels
        self._limits = limits
        self._expected: dict[str, asyncio.Future[list[Reply] | None]] = {}

    # --- messages ----------------------------------------------------------------------------------------------------

    async def accept(self, message: Message) -> Accepted:
        """Store the message; see `bot.ports.Intake`."""
        reach("intake.begin")
        conversation, key = message.address.conversation_id, message_key(message)
        if (wait := self._wait_for(message, conversation)) > 0:
            # A repeat of a known message is always answered: platforms repeat until they are.
            await self._known_or_refuse(key, wait)
        if message.kind in ("edit", "delete"):
            return await self._accept_change(message, conversation, key)
        return await self._accept_new(conversation, "conversation", message.address, key, "message", message)

    def ignored(self, channel: str) -> None:
        """Nothing to do here; see `bot.ports.Intake`."""

    def _wait_for(self, message: Message, conversation: str) -> float:
        """Seconds until this sender may write again."""
        if self._channels.get(message.address.channel, Capabilities()).own_callers:
            return 0.0
        return self._limits.seconds_to_wait(conversation, self._clock.now())

    async def _known_or_refuse(self, key: str, wait: float) -> None:
        if await self._database.read(lambda c: inbox.by_key(c, key)) is None:
            raise TooMany("this sender writes too fast", "Wait a moment and send it again", wait)

    async def _accept_new(
        self,
        instance: str,
        kind: str,
        address: Address | None,
        key: str,
        what: str,
        content: Message | Incoming,
        also: Callable[[Connection], None] | None = None,
    ) -> Accepted:
        payload = content.model_dump_json(exclude_defaults=isinstance(content, Message))
        now = self._clock.now()

        number = 0

        def store(c: Connection) -> Held | Handled:
            nonlocal number
            reach("intake.insert.before")
            held = claims.arrive(c, instance, kind, address, self._driver.process, now, self._driver.lease)
            added = inbox.add(c, instance, key, what, payload, now)
            if added is None:
                known = inbox.by_key(c, key)
                assert known is not None
                raise _Known(known)
            number = added.number
            if also is not None:
                also(c)
                held = instances.get(c, instance)
            arrivals = inbox.waiting(c, instance)
            if kind == "conversation" and what == "message" and len(arrivals) >= min(MAX_BACKLOG, inbox.MOST_AT_ONCE):
                _refuse_if_crowded(c, instance)
            return Held(held, arrivals, recovered=held.attempts > 0)

        try:
            stored = await self._database.write(store)
        except _Known as known:
            handled = known.handled
            return Accepted(conversation_id=handled.instance, event_id=key, duplicate=True, number=handled.number)
        reach("intake.insert.after")
        assert isinstance(stored, Held)
        if stored.instance.claim_owner == self._driver.process:
            self._expect(key, address, number)
            self._driver.start(stored)
        reach("intake.ack.before")
        return Accepted(conversation_id=instance, event_id=key, duplicate=False, number=number)

    async def _accept_change(self, message: Message, conversation: str, key: str) -> Accepted:
        """An edit of something that still waits changes it; of something answered, it is noted. Never a new turn."""
        original = message.model_copy(update={"event_id": message.refers_to or "", "kind": "text"})
        waiting = await self._database.read(lambda c: inbox.by_key(c, message_key(original)))
        if waiting is not None and waiting.segment is None and message.kind == "edit":
            amended = await self._database.write(lambda c: self._amend(c, waiting.number, message))
            if amended:
                return Accepted(conversation_id=conversation, event_id=key, duplicate=False)
        return await self._accept_new(conversation, "conversation", message.address, key, "message", message)

    def _amend(self, c: Connection, number: int, message: Message) -> bool:
        before = Message.model_validate_json(inbox.payload_of(c, number))
        after = before.model_copy(update={"text": message.text, "files": message.files or before.files})
        return inbox.amend(c, number, after.model_dump_json(exclude_defaults=True))

    def _expect(self, key: str, address: Address | None, number: int) -> None:
        """Whoever asks next for the replies to this message need not look into the tables for them."""
        if address is None or self._channels.get(address.channel, Capabilities()).delivery != "response":
            return
        future = self._signals.expect_turn(number)
        self._expected[key] = future
        future.add_done_callback(lambda _: self._expected.pop(key, None))

    # --- replies -----------------------------------------------------------------------------------------------------

    async def replies_to(self, accepted: Accepted, timeout_seconds: float) -> list[Reply]:
        """The replies of the turn that took this message in; see `bot.ports.Intake`."""
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._replies_to(accepted)
        except TimeoutError:
            raise NotReady("the turn is not over yet", "Send the same message_id again to get its replies") from None
        finally:
            if (expected := self._expected.get(accepted.event_id)) is not None:
                expected.cancel()

    async def _replies_to(self, accepted: Accepted) -> list[Reply]:
        if (expected := self._expected.get(accepted.event_id)) is not None:
            await asyncio.wait([expected], timeout=OWN_TURN_SECONDS)
            if expected.done() and not expected.cancelled() and (known := expected.result()) is not None:
                return known
        while True:
            handled, replies = await self._database.read(lambda c: self._look(c, accepted.event_id))
            if replies is not None:
                return replies
            replies = await self._await_commit(handled, accepted)
            if replies is not None:
                return replies

    def _look(self, c: Connection, key: str) -> tuple[Handled, list[Reply] | None]:
        handled = inbox.by_key(c, key)
        if handled is None:
            raise NotFound("this message is not known", "Send it first")
        if handled.segment is None:
            return handled, None
        if handled.turn is None:  # an edit, or a message that had to be set aside
            return handled, outbox.of_segment(c, handled.instance, handled.segment)
        if instances.turn_is_open(c, handled.instance, handled.turn):
            return handled, None
        return handled, outbox.of_turn(c, handled.instance, handled.turn)

    async def _await_commit(self, handled: Handled, accepted: Accepted) -> list[Reply] | None:
        """Until something is committed. None means: look again."""
        if handled.segment is not None:
            await self._signals.news_of(accepted.conversation_id, LOOK_AGAIN_SECONDS)
            return None
        committed = self._signals.expect_turn(handled.number)
        # It may have been committed since it was looked at, before anybody listened.
        _, replies = await self._database.read(lambda c: self._look(c, accepted.event_id))
        if replies is not None:
            return replies
        done, _ = await asyncio.wait([committed], timeout=LOOK_AGAIN_SECONDS)
        if not done:
            committed.cancel()
        return committed.result() if done else None

    # --- everything else that starts a segment -----------------------------------------------------------------------

    async def tell(
        self, instance: str, key: str, incoming: Incoming, also: Callable[[Connection], None] | None = None
    ) -> bool:
        """Store an event for an existing instance under its unique key. False when it is known already.

        also: what is to be written with it, in the same transaction; what it raises takes everything back.
        """
        found = await self._database.read(lambda c: instances.find(c, instance))
        if found is None:
            raise NotFound(f"there is no instance {instance!r}", "Look its id up in the list")
        kind = "outcome" if isinstance(incoming, EffectDone) else incoming.type
        accepted = await self._accept_new(instance, found.kind, found.address, key, kind, incoming, also)
        return not accepted.duplicate

    async def start_run(self, run: str, flow: str, inputs: JsonObject) -> bool:
        """Begin a run of a flow outside any conversation. False when this run is known already."""
        shelf = self._library.shelf
        if flow not in shelf.menu.bundle_of:
            raise NotFound(f"there is no flow {flow!r}", "Look its name up in the list of flows")
        started = Started(flow=flow, bundle=shelf.menu.bundle_of[flow], input=inputs)
        accepted = await self._accept_new(run, "run", None, f"run/{run}", "started", started)
        return not accepted.duplicate

    async def announce(self, name: str, payload: JsonObject, to: Sequence[str], key: str) -> None:
        """Tell instances that wait for an event of this name."""
        for instance in to:
            await self.tell(instance, f"{key}/{instance}", EventCame(name=name, payload=payload))

    # --- reading back ------------------------------------------------------------------------------------------------

    def conversation_of(self, address: Address) -> str:
        return address.conversation_id

    async def has_begun(self, conversation_id: str) -> bool:
        return await self._database.read(lambda c: instances.find(c, conversation_id)) is not None

    async def replies_after(self, conversation_id: str, number: int, most: int = 500) -> list[StreamedReply]:
        rows = await self._database.read(lambda c: outbox.after(c, conversation_id, number, most))
        return _streamed(rows)

    async def look(self, conversation_id: str, number: int, most: int = 500) -> tuple[list[StreamedReply], Standing]:
        rows, (owner, place) = await self._database.read(
            lambda c: (outbox.after(c, conversation_id, number, most), handoffs.standing(c, conversation_id))
        )
        return _streamed(rows), Standing(owner=owner, place=place)

    async def said_since(self, conversation_id: str, at: datetime) -> bool:
        rows = await self._database.read(lambda c: outbox.latest(c, conversation_id, 1))
        return bool(rows) and rows[0].at >= at

    async def wait_for_more(self, conversation_id: str, timeout_seconds: float) -> bool:
        """True as soon as there may be something new; other processes' commits are seen after a short while."""
        if self._signals.is_closed:
            raise NotReady("the desk is shutting down", "Come back in a moment")
        return await self._signals.news_of(conversation_id, timeout_seconds)


def _streamed(rows: Sequence[outbox.Delivered]) -> list[StreamedReply]:
    return [StreamedReply(number=row.number, reply=row.reply, at=row.at) for row in rows]


def _refuse_if_crowded(c: Connection, instance: str) -> None:
    if inbox.is_crowded(c, instance, MAX_BACKLOG):
        raise TooMany("too many messages of this conversation wait already", "Wait for their replies", 2.0)


class _Known(Exception):
    """Takes the transaction back: what came in has been stored before."""

    def __init__(self, handled: Handled) -> None:
        self.handled = handled
