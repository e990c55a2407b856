"""Handing over: who has the floor, and everything a person needs to go on."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from bot.model.base import Json, JsonObject, Word
from bot.model.flow import Priority
from bot.model.parse import Guess

Owner = Literal["bot", "queue", "agent"]
HandoffStatus = Literal["waiting", "claimed", "returned", "resolved"]
ReviewStatus = Literal["waiting", "approved", "rejected", "expired", "withdrawn"]


class Tried(Word):
    """One step that ran before the handoff, and how it ended."""

    flow: str
    step: str
    action: str | None = None
    outcome: str


class Packet(Word):
    """What an agent sees on top of a handoff."""

    summary: str
    reason: str
    note: str | None = None
    intent: str | None = None
    confidence: float | None = None
    alternatives: tuple[Guess, ...] = ()
    slots: JsonObject = Field(default_factory=dict)
    tried: tuple[Tried, ...] = ()
    failing_step: str | None = None
    failure: str | None = None
    flow: str | None = None
    contact: JsonObject = Field(default_factory=dict)
    language: str = "en"
    last_messages: tuple[str, ...] = ()


class Handoff(Word):
    """``satisfaction``: what the contact said of it in the end (``score``, ``comment``), where they were asked."""

    id: str
    conversation_id: str
    team: str | None
    priority: Priority
    status: HandoffStatus
    packet: Packet
    requested_at: datetime
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    closed_at: datetime | None = None
    satisfaction: JsonObject | None = None


class ReviewItem(Word):
    id: str
    instance_id: str
    team: str | None
    title: str
    show: Json = None
    editable: Json = None
    status: ReviewStatus
    requested_at: datetime
    expires_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
