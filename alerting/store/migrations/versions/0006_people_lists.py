"""Lists of people: consent, wishes, groups, and what they are found by."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from alerting.domain.recipient import search_keys
from alerting.store.tables import BigId, Exact, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BATCH = 5_000
ENDED = sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "growth",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", BigId, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_growth"),
    )
    op.add_column("alert", sa.Column("approved_growth", BigId, server_default="0", nullable=False))
    op.add_column("recipient", sa.Column("consent_on", sa.Date(), nullable=True))
    op.add_column(
        "recipient",
        sa.Column("consent_source", sa.String(length=200), server_default="", nullable=False),
    )
    op.add_column(
        "recipient", sa.Column("wishes", sa.String(length=64), server_default="", nullable=False)
    )
    op.add_column("recipient", sa.Column("ended_at", UtcDateTime, nullable=True))
    op.create_index(
        "ix_recipient_kind_language_reference",
        "recipient",
        ["kind", "language", "reference"],
        unique=False,
    )
    op.create_index(
        "ix_recipient_ended",
        "recipient",
        ["kind", "reference"],
        unique=False,
        postgresql_where=ENDED,
        sqlite_where=ENDED,
    )
    op.create_table(
        "recipient_group",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recipient_group"),
        sa.UniqueConstraint("kind", "name", name="uq_recipient_group_kind_name"),
    )
    op.create_table(
        "search_key",
        sa.Column("key", Exact(64), nullable=False),
        sa.Column("recipient_id", BigId, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "recipient_id", name="pk_search_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
    )
    op.create_table(
        "group_member",
        sa.Column("group_id", BigId, nullable=False),
        sa.Column("recipient_id", BigId, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["recipient_group.id"], name="fk_group_member_group_id"
        ),
        sa.PrimaryKeyConstraint("group_id", "recipient_id", name="pk_group_member"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_group_member_recipient_id", "group_member", ["recipient_id"], unique=False)
    find_by_what_is_there()


def find_by_what_is_there() -> None:
    """Whoever stands on a list already is found like whoever comes later."""
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(name) for name in ("id", "name", "outlet", "phone", "email")
    ]
    everyone = sa.table("recipient", *columns)
    keys = sa.table("search_key", sa.column("key"), sa.column("recipient_id"))
    connection = op.get_bind()
    after = 0
    while rows := connection.execute(
        sa.select(*columns)
        .select_from(everyone)
        .where(everyone.c.id > after)
        .order_by(everyone.c.id)
        .limit(BATCH)
    ).all():
        after = rows[-1].id
        if found := list(_keys(rows)):
            connection.execute(sa.insert(keys), found)


def _keys(rows: Sequence[sa.Row[Any]]) -> Iterator[dict[str, object]]:
    for row in rows:
        found = search_keys(name=row.name, outlet=row.outlet, phone=row.phone, email=row.email)
        yield from ({"key": key, "recipient_id": row.id} for key in found)


def downgrade() -> None:
    op.drop_column("alert", "approved_growth")
    op.drop_table("growth")
    op.drop_index("ix_group_member_recipient_id", "group_member")
    op.drop_table("group_member")
    op.drop_table("upload")
    op.drop_table("search_key")
    op.drop_table("recipient_group")
    op.drop_index("ix_recipient_ended", "recipient")
    op.drop_index("ix_recipient_kind_language_reference", "recipient")
    op.drop_column("recipient", "ended_at")
    op.drop_column("recipient", "wishes")
    op.drop_column("recipient", "consent_source")
    op.drop_column("recipient", "consent_on")
