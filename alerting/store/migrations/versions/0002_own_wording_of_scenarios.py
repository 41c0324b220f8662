"""Own wording of scenarios."""

import sqlalchemy as sa
from alembic import op

from alerting.store.tables import BigId, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "template_version",
        sa.Column("id", BigId, nullable=False),
        sa.Column("scenario", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("approver", sa.String(length=64), server_default="", nullable=False),
        sa.Column("approved_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_template_version"),
    )
    op.create_index(
        "ix_template_version_scenario_file", "template_version", ["scenario", "file"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_template_version_scenario_file", "template_version")

    op.drop_table("template_version")
