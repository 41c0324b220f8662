"""What is being composed, and the outlines of municipalities."""

import sqlalchemy as sa
from alembic import op

from alerting.store.tables import BigId, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sketch",
        sa.Column("id", BigId, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("authority", sa.String(length=64), server_default="national", nullable=False),
        sa.Column("writer", sa.String(length=64), nullable=False),
        sa.Column("alert_class", sa.String(length=64), nullable=False),
        sa.Column("alert_id", BigId, nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_sketch_alert_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sketch"),
        sa.UniqueConstraint("alert_id", "author", name="uq_sketch_alert_id_author"),
    )
    op.create_table(
        "boundary",
        sa.Column("nis", sa.String(length=5), nullable=False),
        sa.Column("geometry", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("nis", name="pk_boundary"),
    )


def downgrade() -> None:
    op.drop_table("boundary")

    op.drop_table("sketch")
