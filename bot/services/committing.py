"""The one transaction that ends a segment: state, events, replies, handoffs and reviews, or nothing at all."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.failpoints import reach
from bot.model.effect import AddNote, AskReview, CloseReview, Effect, HandOff, Record, Say
from bot.model.handoff import Owner
from bot.model.message import Reply
from bot.model.state import State
from bot.ports import Delivery
from bot.rules.advance import wake_at
from bot.rules.advance.places import places
from bot.store import claims, events, handoffs, inbox, instances, outbox, reviews
from bot.store.instances import Guard, Moved


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment takes place: its instance's fixed facts. ``turn`` is the turn that is being answered, if one
    is."""

    instance: str
    kind: str
    channel: str
    delivery: Delivery
    owner: Owner
    agent: str | None
    turn: int | None
    turn_wait: timedelta


@dataclass(frozen=True, slots=True)
class Committed:
    """What the world sees of a segment: the replies of the turn if it is over (None: it goes on), and whether more
    waits.

    handed_off: why a person was asked for, if one was.
    """

    replies: list[Reply] | None
    more: bool
    wake_at: datetime | None
    turn_open: bool
    handed_off: str | None = None


def commit_segment(
    connection: Connection,
    guard: Guard,
    place: Place,
    state: State,
    effects: Sequence[Effect],
    numbers: Sequence[int],
    now: datetime,
    lease: timedelta,
    deliveries: Mapping[str, Delivery],
    goes_on: bool = True,
) -> Committed:
    """Write everything. Raises Superseded, and then nothing is written, when the instance has moved on.

    deliveries: of each channel, how replies travel there.
    goes_on: whoever commits goes on at once with what has come meanwhile, and so keeps the claim.
    """
    moved = _moved(guard, place, state, effects)
    instances.commit(connection, guard, moved, now)
    reach("segment.commit.state")
    events.append(connection, place.instance, guard.segment, (e for e in effects if isinstance(e, Record)), now)
    reach("segment.commit.events")
    replies = _send(connection, guard, place, moved, effects, now)
    _send_elsewhere(connection, deliveries, (e for e in effects if isinstance(e, Say)), now)
    reach("segment.commit.outbox")
    _to_people(connection, place, effects, now)
    reach("segment.commit.people")
    inbox.take(connection, numbers, guard.segment, place.turn)
    inbox.forget_words(connection, numbers, state.secret_messages)
    reach("segment.commit.inbox")
    more = inbox.has_waiting(connection, place.instance)
    if more and goes_on:
        claims.keep_claim(connection, guard, now, lease)
    elif more:
        instances.wake(connection, place.instance, now)
    handed_off = next((effect.packet.reason for effect in effects if isinstance(effect, HandOff)), None)
    return Committed(None if moved.turn_open else replies, more, moved.wake_at, moved.turn_open, handed_off)


def _moved(guard: Guard, place: Place, state: State, effects: Sequence[Effect]) -> Moved:
    handed_off = any(isinstance(effect, HandOff) for effect in effects)
    owner: Owner = "queue" if handed_off and place.owner == "bot" else place.owner
    return Moved(
        state=state,
        flow=state.frames[-1].flow if state.frames else None,
        owner=owner,
        agent=place.agent,
        epoch=guard.epoch,
        status=_status(state),
        turn_open=place.turn is not None and turn_goes_on(state, place.turn_wait),
        # While a person has the floor nothing is due: time limits of flows start again when it comes back.
        wake_at=wake_at(state) if owner == "bot" else None,
    )


def _status(state: State) -> str:
    if state.failed is not None:
        return "failed"
    return "active" if state.finished is None else "finished"


def turn_goes_on(state: State, turn_wait: timedelta) -> bool:
    """Whether a retry is still to come within the time that the contact waits."""
    if state.told_waiting or state.turn_began_at is None:
        return False
    limit = state.turn_began_at + turn_wait
    waits = (cursor.waiting for _, cursor in places(state))
    return any(w is not None and w.kind == "retry" and w.until is not None and w.until <= limit for w in waits)


def _send(
    connection: Connection, guard: Guard, place: Place, moved: Moved, effects: Sequence[Effect], now: datetime
) -> list[Reply]:
    """Put the replies into the outbox; returns all replies of the turn so far."""
    replies = [effect.reply for effect in effects if isinstance(effect, Say) and effect.to is None]
    if place.kind != "conversation":
        return replies
    answered = place.turn is not None
    if answered and place.delivery == "response":
        outbox.adopt(connection, place.instance, place.turn or 0, now)
    outbox.add(
        connection, place.instance, place.channel, guard.segment, replies, epoch=moved.epoch, turn=place.turn, now=now,
        delivered=place.delivery == "stream" or (place.delivery == "response" and answered),
    )  # fmt: skip
    if place.turn is None or moved.turn_open:
        return replies
    return outbox.of_turn(connection, place.instance, place.turn)


def _send_elsewhere(
    connection: Connection, deliveries: Mapping[str, Delivery], says: Iterable[Say], now: datetime
) -> None:
    """Put what is said to other contacts into their conversations. Whoever has the floor there keeps it."""
    for say in says:
        if (to := say.to) is None:
            continue
        delivery = deliveries.get(to.channel)
        epoch = instances.ensure_conversation(connection, to, now)
        outbox.add(
            connection, to.conversation_id, to.channel, 0, [say.reply], epoch=epoch, turn=None, now=now,
            delivered=delivery == "stream",
            problem=None if delivery else f"no channel {to.channel!r} is on. Turn it on, or mend `to` in the flow",
        )  # fmt: skip


def _to_people(connection: Connection, place: Place, effects: Sequence[Effect], now: datetime) -> None:
    for effect in effects:
        match effect:
            case HandOff():
                if handoffs.open_of(connection, place.instance) is None:
                    handoffs.add(connection, f"h_{uuid.uuid4().hex}", place.instance, effect, now)
            case AskReview():
                reviews.add(connection, place.instance, effect, now)
            case AddNote(text=text):
                handoffs.add_note(connection, place.instance, "bot", text, now)
            case CloseReview(review_id=id_, status=status):
                reviews.close(connection, id_, status, now)
            case _:
                pass
