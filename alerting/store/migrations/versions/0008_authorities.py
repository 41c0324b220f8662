"""Authorities, incidents, memberships, and what needs two people."""

import sqlalchemy as sa
from alembic import op

from alerting.store.tables import BigId, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _who_speaks()
    _what_happens()
    _who_works()
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("training", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    _alerts_belong()


def downgrade() -> None:
    op.drop_table("alert_place")
    op.drop_index("ix_alert_incident_id", "alert")
    op.drop_column("alert", "incident_id")
    op.drop_column("alert", "authority")
    op.drop_column("credential", "membership_id")
    op.drop_column("credential", "authority")
    for table in (
        "installation",
        "proposal",
        "membership",
        "invitation",
        "incident_place",
        "incident",
        "authority",
    ):
        op.drop_table(table)


def _who_speaks() -> None:
    op.create_table(
        "authority",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("territory", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("senders", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_authority"),
    )


def _what_happens() -> None:
    op.create_table(
        "incident",
        sa.Column("id", BigId, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("area", sa.JSON(), nullable=False),
        sa.Column("leading", sa.String(length=64), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
    )
    op.create_table(
        "incident_place",
        sa.Column("nis", sa.String(length=5), nullable=False),
        sa.Column("incident_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name="fk_incident_place_incident_id"
        ),
        sa.PrimaryKeyConstraint("nis", "incident_id", name="pk_incident_place"),
    )
    op.create_table(
        "invitation",
        sa.Column("id", BigId, nullable=False),
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("incident_id", BigId, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("invited_by", sa.String(length=64), nullable=False),
        sa.Column("invited_at", UtcDateTime, nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_invitation_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
    )
    op.create_index(
        "ix_invitation_authority_incident_id", "invitation", ["authority", "incident_id"]
    )


def _who_works() -> None:
    op.create_table(
        "membership",
        sa.Column("id", BigId, nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("training", sa.Boolean(), nullable=False),
        sa.Column("granted_by", sa.String(length=64), nullable=False),
        sa.Column("granted_at", UtcDateTime, nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_membership"),
    )
    living = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_membership_living",
        "membership",
        ["officer", "authority", "role", "training"],
        unique=True,
        postgresql_where=living,
        sqlite_where=living,
    )
    op.create_table(
        "proposal",
        sa.Column("id", BigId, nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", UtcDateTime, nullable=False),
        sa.Column("decided_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
    )
    waiting = sa.text("verdict IS NULL")
    op.create_index(
        "uq_proposal_waiting",
        "proposal",
        ["key"],
        unique=True,
        postgresql_where=waiting,
        sqlite_where=waiting,
    )


def _alerts_belong() -> None:
    for table, number in (("alert", "incident_id"), ("credential", "membership_id")):
        op.add_column(
            table,
            sa.Column("authority", sa.String(length=64), server_default="national", nullable=False),
        )
        op.add_column(table, sa.Column(number, BigId, nullable=True))
    op.create_index("ix_alert_incident_id", "alert", ["incident_id"])
    place = op.create_table(
        "alert_place",
        sa.Column("nis", sa.String(length=5), nullable=False),
        sa.Column("alert_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_place_alert_id"),
        sa.PrimaryKeyConstraint("nis", "alert_id", name="pk_alert_place"),
    )
    known = sa.table("alert", sa.column("id", BigId), sa.column("area", sa.JSON))
    for number, area in op.get_bind().execute(sa.select(known.c.id, known.c.area)).all():
        if area:
            op.bulk_insert(place, [{"nis": nis, "alert_id": number} for nis in sorted(set(area))])
