"""What the API shows: the shapes of its answers."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from bot.model.base import Json, JsonObject
from bot.model.desk import Finding
from bot.model.handoff import Handoff, Owner, ReviewItem
from bot.model.message import Reply
from bot.model.state import Cursor, Frame, State
from bot.rules.masking import MASK, masked
from bot.store.events import StoredEvent
from bot.store.instances import Instance
from bot.store.ledger import Entry, LedgerStatus
from bot.store.outbox import Delivered


class Shown(BaseModel):
    """An answer's part."""

    model_config = ConfigDict(from_attributes=True)


class InstanceView(Shown):
    """A conversation or a run, from outside."""

    id: str
    kind: str
    flow: str | None
    status: str
    owner: Owner
    agent: str | None
    segment: int
    epoch: int
    wake_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ConversationView(InstanceView):
    channel: str
    account: str
    sender: str
    thread: str


class FlowPlace(Shown):
    """A flow that is under way, and what it waits for at which step. The last of a list has the floor."""

    flow: str
    version: str
    waits: list[str]


class StateView(Shown):
    """What an instance remembers; sensitive slots are masked."""

    slots: JsonObject
    contact: JsonObject
    language: str | None
    intent: str | None
    confidence: float
    flows: list[FlowPlace]
    finished: JsonObject | None
    failed: JsonObject | None
    summary: str | None = None
    story: list[str] = []
    satisfaction: JsonObject | None = None


class EventView(Shown):
    number: int
    segment: int
    type: str
    data: JsonObject
    at: datetime


class ReplyView(Shown):
    number: int
    segment: int
    reply: Reply
    status: str
    at: datetime


class NoteView(Shown):
    author: str
    text: str
    at: datetime


class EffectView(Shown):
    """An entry of the effect ledger. ``uncertain``: it may have happened, and nobody could find out."""

    key: str
    instance: str
    segment: int
    action: str
    args: JsonObject
    status: LedgerStatus
    attempt: int
    outcome: Json
    started_at: datetime
    finished_at: datetime | None


class ConversationDetail(ConversationView):
    """A conversation with its facts, its replies, the notes beside it and the open handoff, if there is one."""

    state: StateView
    events: list[EventView]
    replies: list[ReplyView]
    notes: list[NoteView]
    handoff: Handoff | None
    reviews: list[ReviewItem]


class InstanceDetail(InstanceView):
    state: StateView
    events: list[EventView]
    effects: list[EffectView]


class FlowView(Shown):
    """A flow as new conversations get it. ``version`` is the hash of it and all that it uses."""

    name: str
    title: str
    description: str
    owner: str | None
    triggers: list[str]
    version: str


class VersionView(Shown):
    hash: str
    flow: str
    current: bool
    imported_at: datetime


class CheckView(Shown):
    """What is wrong with authored files. ``ok``: they may go live."""

    ok: bool
    errors: int
    warnings: int
    findings: list[Finding]


class RunView(Shown):
    """``created`` is False for a run that was started before under the same key."""

    id: str
    flow: str
    created: bool


class DeadMessage(Shown):
    number: int
    instance_id: str
    kind: str
    payload: str
    received_at: datetime
    problem: str


class DeadReply(Shown):
    number: int
    conversation_id: str
    channel: str
    reply: Reply
    attempts: int
    problem: str | None
    at: datetime


class DeadLetters(Shown):
    """Everything that nobody will try again by itself, the latest first."""

    messages: list[DeadMessage]
    effects: list[EffectView]
    instances: list[InstanceView]
    replies: list[DeadReply]


# --- from rows -------------------------------------------------------------------------------------------------------


def instance_view(instance: Instance) -> InstanceView:
    return InstanceView.model_validate(instance)


def conversation_fields(instance: Instance) -> dict[str, Any]:
    assert instance.address is not None
    where = instance.address
    return instance_view(instance).model_dump() | {
        "channel": where.channel,
        "account": where.account,
        "sender": where.sender,
        "thread": where.thread,
    }


def state_view(state: State, sensitive: set[str]) -> StateView:
    slots = {name: MASK if name in sensitive and value is not None else value for name, value in state.slots.items()}
    return StateView(
        slots=slots,
        contact=state.contact,
        language=state.language,
        intent=state.parse.intent,
        confidence=state.parse.confidence,
        flows=[_flow_place(frame) for frame in state.frames],
        finished=state.finished,
        failed=state.failed,
        summary=state.summary,
        story=state.story,
        satisfaction=state.satisfaction,
    )


def _flow_place(frame: Frame) -> FlowPlace:
    return FlowPlace(flow=frame.flow, version=frame.bundle, waits=_waits(frame.cursor))


def _waits(cursor: Cursor) -> list[str]:
    own = [f"{cursor.at}: {cursor.waiting.kind}"] if cursor.waiting else []
    return own + [line for child in cursor.children for line in _waits(child)]


def event_views(found: list[StoredEvent]) -> list[EventView]:
    return [EventView.model_validate(event) for event in found]


def reply_views(found: list[Delivered]) -> list[ReplyView]:
    return [ReplyView.model_validate(replace(one, reply=one.reply.for_others())) for one in found]


def effect_view(entry: Entry, secrets: list[str]) -> EffectView:
    """``secrets``: what is to be taken out of the outcome; the arguments are kept without."""
    return EffectView.model_validate(replace(entry, outcome=masked(entry.outcome, secrets)))
