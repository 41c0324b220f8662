"""First light."""

import sqlalchemy as sa
from alembic import op

from alerting.store.tables import BigId, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", BigId, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("alert_class", sa.String(length=64), nullable=False),
        sa.Column("scenario", sa.String(length=64), nullable=False),
        sa.Column("hazard", sa.JSON(), nullable=False),
        sa.Column("area", sa.JSON(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("approver", sa.String(length=64), server_default="", nullable=False),
        sa.Column("approved_at", UtcDateTime, nullable=True),
        sa.Column("approved_fingerprint", sa.String(length=64), server_default="", nullable=False),
        sa.Column("sender", sa.String(length=64), server_default="", nullable=False),
        sa.Column("sent_at", UtcDateTime, nullable=True),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
    )
    op.create_index("ix_alert_state", "alert", ["state"], unique=False)

    op.create_table(
        "credential",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_credential"),
        sa.UniqueConstraint("secret_hash", name="uq_credential_secret_hash"),
    )
    op.create_table(
        "delivery",
        sa.Column("alert_id", BigId, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("recipient_id", BigId, autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("try_again_at", UtcDateTime, nullable=True),
        sa.Column("trouble", sa.String(length=32), server_default="", nullable=False),
        sa.Column("detail", sa.String(length=64), server_default="", nullable=False),
        sa.Column("reference", sa.String(length=128), server_default="", nullable=False),
        sa.Column("sent_at", UtcDateTime, nullable=True),
        sa.Column("settled_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("alert_id", "channel", "recipient_id", name="pk_delivery"),
        postgresql_with={"fillfactor": 75},
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger",
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_ledger"),
    )
    op.create_index("ix_ledger_about", "ledger", ["about"], unique=False)

    op.create_table(
        "pulse",
        sa.Column("alert_id", BigId, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("tick", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", BigId, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "channel", "kind", "tick", name="pk_pulse"),
    )
    op.create_table(
        "recipient",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=128), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("nis", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("outlet", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recipient"),
        sa.UniqueConstraint("kind", "reference", name="uq_recipient_kind_reference"),
    )
    op.create_index("ix_recipient_email", "recipient", ["email"], unique=False)
    op.create_index("ix_recipient_kind_nis", "recipient", ["kind", "nis"], unique=False)
    op.create_index("ix_recipient_phone", "recipient", ["phone"], unique=False)

    op.create_table(
        "tally",
        sa.Column("alert_id", BigId, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("trouble", sa.String(length=32), nullable=False),
        sa.Column("n", BigId, nullable=False),
        sa.PrimaryKeyConstraint(
            "alert_id", "channel", "language", "state", "trouble", name="pk_tally"
        ),
    )
    op.create_table(
        "alert_text",
        sa.Column("alert_id", BigId, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_text_alert_id"),
        sa.PrimaryKeyConstraint("alert_id", "version", "channel", "language", name="pk_alert_text"),
    )
    op.create_table(
        "chunk",
        sa.Column("id", BigId, nullable=False),
        sa.Column("alert_id", BigId, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("lo", BigId, nullable=False),
        sa.Column("hi", BigId, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("lease_until", UtcDateTime, nullable=True),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_chunk_alert_id"),
        sa.PrimaryKeyConstraint("id", name="pk_chunk"),
    )
    op.create_index("ix_chunk_alert_id_channel", "chunk", ["alert_id", "channel"], unique=False)
    op.create_index(
        "ix_chunk_open",
        "chunk",
        ["state", "due_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'done'"),
        sqlite_where=sa.text("state <> 'done'"),
    )

    op.create_table(
        "fanout",
        sa.Column("alert_id", BigId, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("planned_to", BigId, nullable=False),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("first_at", UtcDateTime, nullable=True),
        sa.Column("last_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_fanout_alert_id"),
        sa.PrimaryKeyConstraint("alert_id", "channel", name="pk_fanout"),
    )
    guard_ledger()


def guard_ledger() -> None:
    """The ledger only grows: the database itself refuses to change or delete an entry."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER ledger_no_{act.lower()} BEFORE {act} ON ledger "
                "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger only grows'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_grows()"
    )


def downgrade() -> None:
    op.drop_table("fanout")
    op.drop_index(
        "ix_chunk_open",
        "chunk",
        postgresql_where=sa.text("state <> 'done'"),
        sqlite_where=sa.text("state <> 'done'"),
    )
    op.drop_index("ix_chunk_alert_id_channel", "chunk")

    op.drop_table("chunk")
    op.drop_table("alert_text")
    op.drop_table("tally")
    op.drop_index("ix_recipient_phone", "recipient")
    op.drop_index("ix_recipient_kind_nis", "recipient")
    op.drop_index("ix_recipient_email", "recipient")

    op.drop_table("recipient")
    op.drop_table("pulse")
    op.drop_index("ix_ledger_about", "ledger")

    op.drop_table("ledger")
    op.drop_table("delivery")
    op.drop_table("credential")
    op.drop_index("ix_alert_state", "alert")

    op.drop_table("alert")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION ledger_only_grows")
