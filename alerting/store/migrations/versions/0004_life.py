"""The life of an alert: who had a hand in it, what an approval covers, bypasses and notices."""

import sqlalchemy as sa
from alembic import op

from alerting.store.tables import BigId, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAMES = ("editor", "submitter", "noted_by", "bypass", "review", "reviewer")
SENTENCES = ("note", "bypass_reason", "review_note")
MOMENTS = ("send_at", "reviewed_at")


def upgrade() -> None:
    for name in NAMES:
        op.add_column(
            "alert", sa.Column(name, sa.String(length=64), server_default="", nullable=False)
        )
    for name in SENTENCES:
        op.add_column(
            "alert", sa.Column(name, sa.String(length=500), server_default="", nullable=False)
        )
    for name in MOMENTS:
        op.add_column("alert", sa.Column(name, UtcDateTime, nullable=True))
    op.add_column(
        "alert", sa.Column("approved_audience", sa.JSON(), server_default="{}", nullable=False)
    )
    # Approved before audiences were counted: nobody knows for how many, so it is asked again.
    op.execute(
        "UPDATE alert SET state = 'draft', approver = '', approved_at = NULL,"
        " approved_fingerprint = '' WHERE state IN ('approved', 'scheduled')"
    )
    op.create_index("ix_alert_bypass_review", "alert", ["bypass", "review"], unique=False)
    for name in ("phone", "email"):
        given = sa.text(f"{name} <> ''")
        op.create_index(
            f"ix_recipient_with_{name}",
            "recipient",
            ["kind", "nis"],
            unique=False,
            postgresql_where=given,
            sqlite_where=given,
        )
    op.create_table(
        "notice",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("alert_id", BigId, nullable=False),
        sa.Column("officer", sa.String(length=64), server_default="", nullable=False),
        sa.Column("permission", sa.String(length=64), server_default="", nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("posted_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_notice_alert_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index("ix_notice_posted_at", "notice", ["posted_at"])
    op.create_table(
        "notice_read",
        sa.Column("notice_id", BigId, nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name="fk_notice_read_notice_id"),
        sa.PrimaryKeyConstraint("notice_id", "officer", name="pk_notice_read"),
    )


def downgrade() -> None:
    op.drop_table("notice_read")
    op.drop_table("notice")
    for name in ("phone", "email"):
        op.drop_index(f"ix_recipient_with_{name}", "recipient")
    op.drop_index("ix_alert_bypass_review", "alert")
    for name in ("approved_audience", *MOMENTS, *SENTENCES, *NAMES):
        op.drop_column("alert", name)
