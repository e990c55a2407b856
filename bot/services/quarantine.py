"""Poison: what crashes or raises every time is set aside, a person is fetched, and the rest goes on."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection

from bot.model.effect import HandOff, Record
from bot.model.handoff import Packet
from bot.model.message import Reply
from bot.ports import Capabilities, Clock
from bot.store import events, handoffs, inbox, instances, ledger, outbox
from bot.store.database import Database
from bot.store.inbox import Arrival
from bot.store.instances import Guard, Instance

log = structlog.get_logger(__name__)
APOLOGY = "I'm sorry, something went wrong on our side. I've asked a colleague to take over."


class Quarantine:
    def __init__(self, database: Database, clock: Clock, channels: Mapping[str, Capabilities], process: str) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._process = process

    async def set_aside(self, held: Instance, arrivals: Sequence[Arrival], problem: str) -> None:
        """Mark what started the failing segment as a dead letter; the conversation waits for a person.

        The state is left exactly as it was before: it may be what the failure hangs on, so nothing reads it here.
        """
        now = self._clock.now()
        log.error("set aside", instance=held.id, segment=held.segment, problem=problem)
        await self._database.write(lambda c: self._write(c, held, arrivals[:1], problem, now))

    def _write(self, c: Connection, held: Instance, poison: Sequence[Arrival], problem: str, now: datetime) -> None:
        guard = Guard(held.id, held.segment, held.epoch, self._process, held.fence)
        fetches = held.is_conversation and held.owner == "bot"
        owner = "queue" if fetches else held.owner
        status = held.status if held.is_conversation else "failed"
        instances.skip_segment(c, guard, owner, status, now)
        for arrival in poison:
            inbox.note_problem(c, arrival.number, problem)
        inbox.take(c, [arrival.number for arrival in poison], held.segment, None)
        ledger.give_up(c, held.id, held.segment, now)
        fact = Record(event="TurnFailed", data={"problem": problem, "arrivals": [a.number for a in poison]})
        events.append(c, held.id, held.segment, [fact], now)
        if fetches:
            asked = any(arrival.kind == "message" for arrival in poison)
            self._fetch_person(c, held, problem, asked, now)
        if inbox.has_waiting(c, held.id):
            instances.wake(c, held.id, now)

    def _fetch_person(self, c: Connection, held: Instance, problem: str, asked: bool, now: datetime) -> None:
        """``asked``: a request may be waiting for the answer; where answers are responses, the apology is it."""
        channel = held.address.channel if held.address else ""
        delivery = self._channels.get(channel, Capabilities()).delivery
        delivered = delivery == "stream" or (delivery == "response" and asked)
        outbox.add(
            c, held.id, channel, held.segment, [Reply(text=APOLOGY)], epoch=held.epoch, turn=None, delivered=delivered,
            now=now,
        )  # fmt: skip
        packet = Packet(summary="A message could not be processed.", reason="internal_error", failure=problem)
        if handoffs.open_of(c, held.id) is None:
            wish = HandOff(team=None, priority="high", packet=packet)
            handoffs.add(c, f"h_{uuid.uuid4().hex}", held.id, wish, now)
