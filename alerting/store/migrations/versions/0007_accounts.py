"""Accounts of officers, and what they prove themselves with."""

import sqlalchemy as sa
from alembic import op

from alerting.store.tables import BigId, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("full_name", sa.String(length=128), server_default="", nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("authority", sa.String(length=64), server_default="national", nullable=False),
        sa.Column("training", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), server_default="", nullable=False),
        sa.Column("totp_secret", sa.String(length=64), server_default="", nullable=False),
        sa.Column("totp_step", BigId, server_default="0", nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("sealed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
        sa.UniqueConstraint("email", name="uq_account_email"),
        sa.UniqueConstraint("subject", name="uq_account_subject"),
    )
    op.create_table(
        "passkey",
        sa.Column("id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", BigId, nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_passkey_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    op.create_index("ix_passkey_account_id", "passkey", ["account_id"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_recovery_code_account_id"),
        sa.PrimaryKeyConstraint("account_id", "code_hash", name="pk_recovery_code"),
    )
    op.create_table(
        "device",
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_device_account_id"),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_device"),
    )
    op.create_index("ix_device_account_id", "device", ["account_id"], unique=False)
    op.create_table(
        "request",
        sa.Column("id", BigId, nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("open_key", sa.String(length=96), nullable=True),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", UtcDateTime, nullable=False),
        sa.Column("decided_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=True),
        sa.Column("decision", sa.String(length=16), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_request"),
        sa.UniqueConstraint("open_key", name="uq_request_open_key"),
    )
    op.create_table(
        "errand",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("officer", sa.String(length=64), server_default="", nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_errand"),
        sa.UniqueConstraint("secret_hash", name="uq_errand_secret_hash"),
    )
    op.create_index("ix_errand_kind_officer", "errand", ["kind", "officer"], unique=False)
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_throttle"),
    )
    for column in (
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("scopes", sa.String(length=255), server_default="", nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.Column("confirmed_at", UtcDateTime, nullable=True),
        sa.Column("client", sa.String(length=128), server_default="", nullable=False),
        sa.Column("waits_for", BigId, nullable=True),
        sa.Column("replayed_at", UtcDateTime, nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
    ):
        op.add_column("credential", column)
    op.create_index("ix_credential_account_id", "credential", ["account_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_credential_account_id", "credential")
    with op.batch_alter_table("credential") as credential:
        for name in (
            "tries",
            "replayed_at",
            "waits_for",
            "client",
            "confirmed_at",
            "used_at",
            "scopes",
            "account_id",
        ):
            credential.drop_column(name)
    op.drop_table("throttle")
    op.drop_index("ix_errand_kind_officer", "errand")
    op.drop_table("errand")
    op.drop_table("request")
    op.drop_index("ix_device_account_id", "device")
    op.drop_table("device")
    op.drop_table("recovery_code")
    op.drop_index("ix_passkey_account_id", "passkey")
    op.drop_table("passkey")
    op.drop_table("account")
