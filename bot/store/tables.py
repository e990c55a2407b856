"""All tables. Rows stay in this folder: what leaves it is a word of floor 0 or a small named tuple."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from bot.store.types import JsonText, UtcTime

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)


class Row(SQLModel):
    metadata = metadata


def _id(length: int = 64) -> Any:
    return Field(sa_column=Column(String(length), primary_key=True))


def _number() -> Any:
    """A rising number. SQLite only counts up by itself in a plain INTEGER key."""
    big = BigInteger().with_variant(Integer(), "sqlite")
    return Field(default=None, sa_column=Column(big, primary_key=True, autoincrement=True))


def _text(length: int, null: bool = False, default: str | None = None) -> Any:
    return Field(sa_column=Column(String(length), nullable=null, server_default=default))


def _long(null: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=null))


def _json(null: bool = False) -> Any:
    return Field(sa_column=Column(JsonText, nullable=null))


def _time(null: bool = False) -> Any:
    return Field(default=None, sa_column=Column(UtcTime, nullable=null))


def _count(default: int = 0) -> Any:
    return Field(sa_column=Column(Integer, nullable=False, server_default=str(default)))


def _count_or_null() -> Any:
    return Field(sa_column=Column(Integer, nullable=True))


class InstanceRow(Row, table=True):
    """A conversation or a run. ``state`` is the snapshot; ``segment`` the number of the next segment to be
    committed."""

    __tablename__ = "instance"
    __table_args__ = (
        Index("ix_instance_wake_at", "wake_at", sqlite_where=text("wake_at IS NOT NULL"), postgresql_where=text("wake_at IS NOT NULL")),
        Index("ix_instance_claim_owner", "claim_owner", sqlite_where=text("claim_owner IS NOT NULL"), postgresql_where=text("claim_owner IS NOT NULL")),
        Index("ix_instance_updated_at", "updated_at"),
        Index("ix_instance_owner", "owner", sqlite_where=text("owner <> 'bot'"), postgresql_where=text("owner <> 'bot'")),
        Index("ix_instance_status", "status", sqlite_where=text("status = 'failed'"), postgresql_where=text("status = 'failed'")),
    )  # fmt: skip
    id: str = _id()
    kind: str = _text(16)
    channel: str = _text(64, default="")
    account: str = _text(128, default="")
    sender: str = _text(256, default="")
    thread: str = _text(256, default="")
    flow: str | None = _text(128, null=True)
    state: str = _long()
    segment: int = _count(1)
    owner: str = _text(16, default="bot")
    agent: str | None = _text(128, null=True)
    epoch: int = _count(1)
    status: str = _text(16, default="active")
    turn_open: int = _count()
    attempts: int = _count()
    wake_at: datetime | None = _time(null=True)
    claim_owner: str | None = _text(64, null=True)
    claim_until: datetime | None = _time(null=True)
    fence: int = _count()
    created_at: datetime = _time()
    updated_at: datetime = _time()


class InboxRow(Row, table=True):
    """Something that came in for an instance and starts a segment of it, once. ``segment`` is None until it did."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_inbox_waiting", "instance_id", "number", sqlite_where=text("segment IS NULL"), postgresql_where=text("segment IS NULL")),
        Index("ix_inbox_problem", "number", sqlite_where=text("problem IS NOT NULL"), postgresql_where=text("problem IS NOT NULL")),
    )  # fmt: skip
    number: int = _number()
    instance_id: str = _text(64)
    key: str = _text(600)
    kind: str = _text(16)
    payload: str = _long()
    received_at: datetime = _time()
    segment: int | None = _count_or_null()
    turn: int | None = _count_or_null()
    problem: str | None = _text(500, null=True)


class EventRow(Row, table=True):
    """An appended fact."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_instance", "instance_id", "number"),)
    number: int = _number()
    instance_id: str = _text(64)
    segment: int = _count()
    type: str = _text(48)
    data: Any = _json()
    at: datetime = _time()


class OutboxRow(Row, table=True):
    """A reply on its way. ``turn`` is the turn whose request waits for it; None: it goes out by itself."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_instance", "instance_id", "number"),
        Index("ix_outbox_turn", "instance_id", "turn", sqlite_where=text("turn IS NOT NULL"), postgresql_where=text("turn IS NOT NULL")),
        Index("ix_outbox_unsent_channel", "channel", "number", sqlite_where=text("status IN ('pending', 'sending')"), postgresql_where=text("status IN ('pending', 'sending')")),
        Index("ix_outbox_unsent", "instance_id", "number", sqlite_where=text("status IN ('pending', 'sending')"), postgresql_where=text("status IN ('pending', 'sending')")),
        Index("ix_outbox_failed", "number", sqlite_where=text("status = 'failed'"), postgresql_where=text("status = 'failed'")),
    )  # fmt: skip
    number: int = _number()
    instance_id: str = _text(64)
    channel: str = _text(64)
    segment: int = _count()
    turn: int | None = _count_or_null()
    epoch: int = _count()
    author: str = _text(16)
    payload: str = _long()
    status: str = _text(16)
    attempts: int = _count()
    not_before: datetime | None = _time(null=True)
    claim_owner: str | None = _text(64, null=True)
    claim_until: datetime | None = _time(null=True)
    created_at: datetime = _time()
    sent_at: datetime | None = _time(null=True)
    sent_id: str | None = _text(256, null=True)
    problem: str | None = _text(500, null=True)


class LedgerRow(Row, table=True):
    """One effect on the world: written before it is tried, and again with its outcome. ``begun``: how often this
    attempt was begun, which is more than once after a crash."""

    __tablename__ = "effect"
    __table_args__ = (
        Index("ix_effect_instance", "instance_id", "segment"),
        Index("ix_effect_uncertain", "started_at", sqlite_where=text("status = 'uncertain'"), postgresql_where=text("status = 'uncertain'")),
    )  # fmt: skip
    key: str = _id(512)
    instance_id: str = _text(64)
    segment: int = _count()
    action: str = _text(128)
    args: Any = _json()
    args_hash: str = _text(64)
    status: str = _text(16)
    attempt: int = _count(1)
    begun: int = _count(1)
    repeatable: int = _count()
    remote: int = _count()
    outcome: Any = _json(null=True)
    started_at: datetime = _time()
    finished_at: datetime | None = _time(null=True)


class HandoffRow(Row, table=True):
    __tablename__ = "handoff"
    __table_args__ = (
        Index("ix_handoff_open", "conversation_id", unique=True, sqlite_where=text("status IN ('waiting', 'claimed')"), postgresql_where=text("status IN ('waiting', 'claimed')")),
        Index("ix_handoff_conversation", "conversation_id"),
        Index("ix_handoff_status", "status", "requested_at"),
    )  # fmt: skip
    id: str = _id()
    conversation_id: str = _text(64)
    team: str | None = _text(128, null=True)
    priority: str = _text(16)
    status: str = _text(16)
    packet: Any = _json()
    requested_at: datetime = _time()
    claimed_by: str | None = _text(128, null=True)
    claimed_at: datetime | None = _time(null=True)
    closed_at: datetime | None = _time(null=True)


class NoteRow(Row, table=True):
    """A private remark of an agent."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_conversation", "conversation_id"),)
    number: int = _number()
    conversation_id: str = _text(64)
    author: str = _text(128)
    text: str = _long()
    at: datetime = _time()


class ReviewRow(Row, table=True):
    __tablename__ = "review"
    __table_args__ = (Index("ix_review_status", "status", "requested_at"),)
    id: str = _id(512)
    instance_id: str = _text(64)
    team: str | None = _text(128, null=True)
    title: str = _long()
    show: Any = _json(null=True)
    editable: Any = _json(null=True)
    status: str = _text(16)
    requested_at: datetime = _time()
    expires_at: datetime = _time()
    decided_by: str | None = _text(128, null=True)
    decided_at: datetime | None = _time(null=True)
    note: str | None = _long(null=True)


class FlowVersionRow(Row, table=True):
    """A bundle by its hash. ``current`` marks what new conversations get."""

    __tablename__ = "flow_version"
    __table_args__ = (Index("ix_flow_version_flow", "flow", "imported_at"),)
    hash: str = _id()
    flow: str = _text(128)
    content: str = _long()
    current: int = _count()
    imported_at: datetime = _time()


class TokenRow(Row, table=True):
    """A bearer token, of which only the hash is kept."""

    __tablename__ = "token"
    __table_args__ = (UniqueConstraint("hash"),)
    id: str = _id()
    hash: str = _text(64)
    name: str = _text(128)
    role: str = _text(16)
    created_at: datetime = _time()
    revoked_at: datetime | None = _time(null=True)


class SpendingRow(Row, table=True):
    """What models have cost on one day (UTC, as 2026-11-21), in millionths of a dollar; what is set aside is in it."""

    __tablename__ = "spending"
    day: str = _id(10)
    micro_usd: int = Field(sa_column=Column(BigInteger, nullable=False))


class ProcessRow(Row, table=True):
    """A process, alive while ``alive_until`` lies ahead. ``heir``: the process that takes over for it when it is
    dead."""

    __tablename__ = "process"
    id: str = _id()
    host: str = _text(256)
    pid: int = _count()
    started_at: datetime = _time()
    alive_until: datetime = _time()
    heir: str | None = _text(64, null=True)
