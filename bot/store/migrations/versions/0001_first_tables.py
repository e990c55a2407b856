"""The first tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import bot.store.types

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _create_effect()
    _create_event()
    _create_flow_version()
    _create_handoff()
    _create_inbox()
    _create_instance()
    _create_note()
    _create_outbox()
    _create_process()
    _create_review()
    _create_token()


def downgrade() -> None:
    _drop_token()
    _drop_review()
    _drop_process()
    _drop_outbox()
    _drop_note()
    _drop_instance()
    _drop_inbox()
    _drop_handoff()
    _drop_flow_version()
    _drop_event()
    _drop_effect()


def _create_effect() -> None:
    op.create_table(
        "effect",
        sa.Column("key", sa.String(length=512), nullable=False),
        sa.Column("instance_id", sa.String(length=64), nullable=False),
        sa.Column("segment", sa.Integer(), server_default="0", nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("args", bot.store.types.JsonText(), nullable=False),
        sa.Column("args_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("begun", sa.Integer(), server_default="1", nullable=False),
        sa.Column("repeatable", sa.Integer(), server_default="0", nullable=False),
        sa.Column("remote", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outcome", bot.store.types.JsonText(), nullable=True),
        sa.Column("started_at", bot.store.types.UtcTime(), nullable=False),
        sa.Column("finished_at", bot.store.types.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_effect")),
    )
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.create_index(
            "ix_effect_uncertain",
            ["started_at"],
            unique=False,
            sqlite_where=sa.text("status = 'uncertain'"),
            postgresql_where=sa.text("status = 'uncertain'"),
        )
        batch_op.create_index("ix_effect_instance", ["instance_id", "segment"], unique=False)


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("instance_id", sa.String(length=64), nullable=False),
        sa.Column("segment", sa.Integer(), server_default="0", nullable=False),
        sa.Column("type", sa.String(length=48), nullable=False),
        sa.Column("data", bot.store.types.JsonText(), nullable=False),
        sa.Column("at", bot.store.types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_instance", ["instance_id", "number"], unique=False)


def _create_flow_version() -> None:
    op.create_table(
        "flow_version",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("flow", sa.String(length=128), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("current", sa.Integer(), server_default="0", nullable=False),
        sa.Column("imported_at", bot.store.types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_flow_version")),
    )
    with op.batch_alter_table("flow_version", schema=None) as batch_op:
        batch_op.create_index("ix_flow_version_flow", ["flow", "imported_at"], unique=False)


def _create_handoff() -> None:
    op.create_table(
        "handoff",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("team", sa.String(length=128), nullable=True),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("packet", bot.store.types.JsonText(), nullable=False),
        sa.Column("requested_at", bot.store.types.UtcTime(), nullable=False),
        sa.Column("claimed_by", sa.String(length=128), nullable=True),
        sa.Column("claimed_at", bot.store.types.UtcTime(), nullable=True),
        sa.Column("closed_at", bot.store.types.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff")),
    )
    with op.batch_alter_table("handoff", schema=None) as batch_op:
        batch_op.create_index("ix_handoff_conversation", ["conversation_id"], unique=False)
        batch_op.create_index(
            "ix_handoff_open",
            ["conversation_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('waiting', 'claimed')"),
            postgresql_where=sa.text("status IN ('waiting', 'claimed')"),
        )
        batch_op.create_index("ix_handoff_status", ["status", "requested_at"], unique=False)


def _create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("instance_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=600), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("received_at", bot.store.types.UtcTime(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_inbox")),
        sa.UniqueConstraint("key", name=op.f("uq_inbox_key")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbox_problem",
            ["number"],
            unique=False,
            sqlite_where=sa.text("problem IS NOT NULL"),
            postgresql_where=sa.text("problem IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_inbox_waiting",
            ["instance_id", "number"],
            unique=False,
            sqlite_where=sa.text("segment IS NULL"),
            postgresql_where=sa.text("segment IS NULL"),
        )


def _create_instance() -> None:
    op.create_table(
        "instance",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=64), server_default="", nullable=False),
        sa.Column("account", sa.String(length=128), server_default="", nullable=False),
        sa.Column("sender", sa.String(length=256), server_default="", nullable=False),
        sa.Column("thread", sa.String(length=256), server_default="", nullable=False),
        sa.Column("flow", sa.String(length=128), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("segment", sa.Integer(), server_default="1", nullable=False),
        sa.Column("owner", sa.String(length=16), server_default="bot", nullable=False),
        sa.Column("agent", sa.String(length=128), nullable=True),
        sa.Column("epoch", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.String(length=16), server_default="active", nullable=False),
        sa.Column("turn_open", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("wake_at", bot.store.types.UtcTime(), nullable=True),
        sa.Column("claim_owner", sa.String(length=64), nullable=True),
        sa.Column("claim_until", bot.store.types.UtcTime(), nullable=True),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", bot.store.types.UtcTime(), nullable=False),
        sa.Column("updated_at", bot.store.types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    _index_instance()


def _index_instance() -> None:
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.create_index(
            "ix_instance_claim_owner",
            ["claim_owner"],
            unique=False,
            sqlite_where=sa.text("claim_owner IS NOT NULL"),
            postgresql_where=sa.text("claim_owner IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_instance_owner",
            ["owner"],
            unique=False,
            sqlite_where=sa.text("owner <> 'bot'"),
            postgresql_where=sa.text("owner <> 'bot'"),
        )
        batch_op.create_index(
            "ix_instance_status",
            ["status"],
            unique=False,
            sqlite_where=sa.text("status = 'failed'"),
            postgresql_where=sa.text("status = 'failed'"),
        )
        batch_op.create_index("ix_instance_updated_at", ["updated_at"], unique=False)
        batch_op.create_index(
            "ix_instance_wake_at",
            ["wake_at"],
            unique=False,
            sqlite_where=sa.text("wake_at IS NOT NULL"),
            postgresql_where=sa.text("wake_at IS NOT NULL"),
        )


def _create_note() -> None:
    op.create_table(
        "note",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=128), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", bot.store.types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index("ix_note_conversation", ["conversation_id"], unique=False)


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("instance_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("segment", sa.Integer(), server_default="0", nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("author", sa.String(length=16), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", bot.store.types.UtcTime(), nullable=True),
        sa.Column("claim_owner", sa.String(length=64), nullable=True),
        sa.Column("claim_until", bot.store.types.UtcTime(), nullable=True),
        sa.Column("created_at", bot.store.types.UtcTime(), nullable=False),
        sa.Column("sent_at", bot.store.types.UtcTime(), nullable=True),
        sa.Column("sent_id", sa.String(length=256), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_outbox")),
    )
    _index_outbox()


def _index_outbox() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_failed",
            ["number"],
            unique=False,
            sqlite_where=sa.text("status = 'failed'"),
            postgresql_where=sa.text("status = 'failed'"),
        )
        batch_op.create_index("ix_outbox_instance", ["instance_id", "number"], unique=False)
        batch_op.create_index(
            "ix_outbox_turn",
            ["instance_id", "turn"],
            unique=False,
            sqlite_where=sa.text("turn IS NOT NULL"),
            postgresql_where=sa.text("turn IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_outbox_unsent",
            ["instance_id", "number"],
            unique=False,
            sqlite_where=sa.text("status IN ('pending', 'sending')"),
            postgresql_where=sa.text("status IN ('pending', 'sending')"),
        )
        batch_op.create_index(
            "ix_outbox_unsent_channel",
            ["channel", "number"],
            unique=False,
            sqlite_where=sa.text("status IN ('pending', 'sending')"),
            postgresql_where=sa.text("status IN ('pending', 'sending')"),
        )


def _create_process() -> None:
    op.create_table(
        "process",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=256), nullable=False),
        sa.Column("pid", sa.Integer(), server_default="0", nullable=False),
        sa.Column("started_at", bot.store.types.UtcTime(), nullable=False),
        sa.Column("alive_until", bot.store.types.UtcTime(), nullable=False),
        sa.Column("heir", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process")),
    )


def _create_review() -> None:
    op.create_table(
        "review",
        sa.Column("id", sa.String(length=512), nullable=False),
        sa.Column("instance_id", sa.String(length=64), nullable=False),
        sa.Column("team", sa.String(length=128), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("show", bot.store.types.JsonText(), nullable=True),
        sa.Column("editable", bot.store.types.JsonText(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("requested_at", bot.store.types.UtcTime(), nullable=False),
        sa.Column("expires_at", bot.store.types.UtcTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=128), nullable=True),
        sa.Column("decided_at", bot.store.types.UtcTime(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index("ix_review_status", ["status", "requested_at"], unique=False)


def _create_token() -> None:
    op.create_table(
        "token",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", bot.store.types.UtcTime(), nullable=False),
        sa.Column("revoked_at", bot.store.types.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )


def _drop_token() -> None:
    op.drop_table("token")


def _drop_review() -> None:
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("ix_review_status")

    op.drop_table("review")


def _drop_process() -> None:
    op.drop_table("process")


def _drop_outbox() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_failed",
            sqlite_where=sa.text("status = 'failed'"),
            postgresql_where=sa.text("status = 'failed'"),
        )
        batch_op.drop_index(
            "ix_outbox_unsent_channel",
            sqlite_where=sa.text("status IN ('pending', 'sending')"),
            postgresql_where=sa.text("status IN ('pending', 'sending')"),
        )
        batch_op.drop_index(
            "ix_outbox_unsent",
            sqlite_where=sa.text("status IN ('pending', 'sending')"),
            postgresql_where=sa.text("status IN ('pending', 'sending')"),
        )
        batch_op.drop_index(
            "ix_outbox_turn",
            sqlite_where=sa.text("turn IS NOT NULL"),
            postgresql_where=sa.text("turn IS NOT NULL"),
        )
        batch_op.drop_index("ix_outbox_instance")

    op.drop_table("outbox")


def _drop_note() -> None:
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index("ix_note_conversation")

    op.drop_table("note")


def _drop_instance() -> None:
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_instance_wake_at",
            sqlite_where=sa.text("wake_at IS NOT NULL"),
            postgresql_where=sa.text("wake_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_instance_updated_at")
        batch_op.drop_index(
            "ix_instance_status",
            sqlite_where=sa.text("status = 'failed'"),
            postgresql_where=sa.text("status = 'failed'"),
        )
        batch_op.drop_index(
            "ix_instance_owner",
            sqlite_where=sa.text("owner <> 'bot'"),
            postgresql_where=sa.text("owner <> 'bot'"),
        )
        batch_op.drop_index(
            "ix_instance_claim_owner",
            sqlite_where=sa.text("claim_owner IS NOT NULL"),
            postgresql_where=sa.text("claim_owner IS NOT NULL"),
        )

    op.drop_table("instance")


def _drop_inbox() -> None:
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_inbox_problem",
            sqlite_where=sa.text("problem IS NOT NULL"),
            postgresql_where=sa.text("problem IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_inbox_waiting",
            sqlite_where=sa.text("segment IS NULL"),
            postgresql_where=sa.text("segment IS NULL"),
        )

    op.drop_table("inbox")


def _drop_handoff() -> None:
    with op.batch_alter_table("handoff", schema=None) as batch_op:
        batch_op.drop_index("ix_handoff_status")
        batch_op.drop_index(
            "ix_handoff_open",
            sqlite_where=sa.text("status IN ('waiting', 'claimed')"),
            postgresql_where=sa.text("status IN ('waiting', 'claimed')"),
        )
        batch_op.drop_index("ix_handoff_conversation")

    op.drop_table("handoff")


def _drop_flow_version() -> None:
    with op.batch_alter_table("flow_version", schema=None) as batch_op:
        batch_op.drop_index("ix_flow_version_flow")

    op.drop_table("flow_version")


def _drop_event() -> None:
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_instance")

    op.drop_table("event")


def _drop_effect() -> None:
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_effect_uncertain",
            sqlite_where=sa.text("status = 'uncertain'"),
            postgresql_where=sa.text("status = 'uncertain'"),
        )
        batch_op.drop_index("ix_effect_instance")

    op.drop_table("effect")
