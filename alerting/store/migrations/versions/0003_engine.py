"""The engine: routes, workers with a pulse, follow-ups, and what cannot be known."""

import sqlalchemy as sa
from alembic import op

from alerting.store.tables import BigId, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OPEN = sa.text("state <> 'done'")


def upgrade() -> None:
    op.create_table(
        "passage",
        sa.Column("alert_id", BigId, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("route", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("n", BigId, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "channel", "route", "answer", name="pk_passage"),
    )
    op.create_table(
        "route",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("route", sa.String(length=16), nullable=False),
        sa.Column("breaker", sa.String(length=64), server_default="closed", nullable=False),
        sa.Column("weight", sa.Float(), server_default="1", nullable=False),
        sa.Column("seen", BigId, server_default="0", nullable=False),
        sa.Column("error_share", sa.Float(), server_default="0", nullable=False),
        sa.Column("latency", sa.Float(), server_default="0", nullable=False),
        sa.Column("pauses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("try_at", UtcDateTime, nullable=True),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.Column("trouble", sa.String(length=32), server_default="", nullable=False),
        sa.Column("detail", sa.String(length=64), server_default="", nullable=False),
        sa.Column("decision", sa.String(length=16), server_default="", nullable=False),
        sa.Column("decided_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("decision_reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("channel", "route", name="pk_route"),
    )
    op.create_table(
        "stray_receipt",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("trouble", sa.String(length=32), server_default="", nullable=False),
        sa.Column("detail", sa.String(length=64), server_default="", nullable=False),
        sa.Column("n", BigId, nullable=False),
        sa.Column("first_at", UtcDateTime, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stray_receipt"),
        sa.UniqueConstraint("key", "kind", name="uq_stray_receipt_key_kind"),
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("beat", BigId, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
    )
    op.add_column("alert", sa.Column("follows", BigId, nullable=True))
    op.add_column(
        "alert", sa.Column("follow_up", sa.String(length=64), server_default="", nullable=False)
    )
    op.add_column(
        "alert", sa.Column("unreached", sa.String(length=64), server_default="tell", nullable=False)
    )
    op.create_index("ix_alert_follows", "alert", ["follows"], unique=False)
    op.execute("UPDATE alert SET state = 'active' WHERE state = 'finished'")

    op.add_column("chunk", sa.Column("lane", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column(
        "chunk", sa.Column("leased_by", sa.String(length=64), server_default="", nullable=False)
    )
    op.drop_column("chunk", "lease_until")
    op.drop_index("ix_chunk_open", "chunk")
    op.create_index(
        "ix_chunk_open",
        "chunk",
        ["state", "lane", "due_at"],
        unique=False,
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )

    op.add_column(
        "delivery", sa.Column("route", sa.String(length=16), server_default="", nullable=False)
    )
    op.add_column(
        "delivery",
        sa.Column("perhaps_twice", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("fanout", sa.Column("audience", BigId, server_default="0", nullable=False))
    op.add_column("fanout", sa.Column("perhaps_twice", BigId, server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("fanout", "perhaps_twice")
    op.drop_column("fanout", "audience")
    op.drop_column("delivery", "perhaps_twice")
    op.drop_column("delivery", "route")
    op.drop_index("ix_chunk_open", "chunk")
    op.create_index(
        "ix_chunk_open",
        "chunk",
        ["state", "due_at"],
        unique=False,
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.add_column("chunk", sa.Column("lease_until", UtcDateTime, nullable=True))
    op.drop_column("chunk", "leased_by")
    op.drop_column("chunk", "lane")
    op.execute("UPDATE alert SET state = 'finished' WHERE state = 'active'")
    op.drop_index("ix_alert_follows", "alert")
    op.drop_column("alert", "unreached")
    op.drop_column("alert", "follow_up")
    op.drop_column("alert", "follows")
    op.drop_table("worker")
    op.drop_table("stray_receipt")
    op.drop_table("route")
    op.drop_table("passage")
