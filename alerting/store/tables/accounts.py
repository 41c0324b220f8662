"""Persons, how they prove who they are, and what they may."""

import sqlalchemy as sa

from alerting.store.tables.metadata import BigId, UtcDateTime, metadata, name_column

person = sa.Table(
    "person",
    metadata,
    # Somebody who works or worked here, with an account or without. The number is theirs for good;
    # the name is what people read, and is never given to anybody else.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
)

credential = sa.Table(
    "credential",
    metadata,
    # API tokens, browser sessions and one-time links: only a hash is kept of each.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    # Whose account it belongs to; empty for tokens and links made without one.
    sa.Column("account_id", BigId),
    # What a token may at most, separated by spaces; empty: all that the role grants.
    sa.Column("scopes", sa.String(255), nullable=False, server_default=""),
    sa.Column("used_at", UtcDateTime),
    # When the holder of a session last proved who they are.
    sa.Column("confirmed_at", UtcDateTime),
    # Where a session is, in the words of its browser.
    sa.Column("client", sa.String(128), nullable=False, server_default=""),
    # The request that must be confirmed before it opens anything.
    sa.Column("change_request_id", BigId),
    # Set when an ended secret was tried again, so that the ledger says so once.
    sa.Column("replayed_at", UtcDateTime),
    sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
    # What its holder is, and where: a membership is the only grant, and ends what it opened.
    sa.Column("membership_id", BigId, sa.ForeignKey("membership.id"), nullable=False),
    # How the holder of a session proved who they are; empty for what is no session.
    sa.Column("proved_by", sa.String(16), nullable=False, server_default=""),
    # Of a sign-in that waits for its second factor: whom the OpenID provider says it is.
    sa.Column("subject", sa.String(255), nullable=False, server_default=""),
    sa.Index(None, "account_id"),
    sa.Index(None, "person_id"),
    sa.Index(None, "membership_id"),
)

account = sa.Table(
    "account",
    metadata,
    # A person who signs in with a password, a passkey or at the authority's own provider. What
    # they may do is their memberships' to say.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), nullable=False, unique=True),
    sa.Column("email", sa.String(254), nullable=False, unique=True),
    sa.Column("full_name", sa.String(128), nullable=False, server_default=""),
    sa.Column("language", sa.String(2), nullable=False),
    # Where real alerts call its holder by text message, in E.164; confirmed by a code.
    sa.Column("mobile", sa.String(16), nullable=False, server_default=""),
    sa.Column("password_hash", sa.String(255), nullable=False, server_default=""),
    # Sealed: alerting/credentials/keyring.py.
    sa.Column("totp_sealed", sa.String(512), nullable=False, server_default=""),
    # The last time step whose code was taken: a code opens once (RFC 6238, 5.2).
    sa.Column("totp_step", BigId, nullable=False, server_default="0"),
    # Who this is at the OpenID provider; nobody until the first sign-in from there.
    sa.Column("subject", sa.String(255), unique=True),
    # For emergencies: its use is announced to every administrator.
    sa.Column("emergency", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
)

mobile_code = sa.Table(
    "mobile_code",
    metadata,
    # A code that was sent to a number, of which a slow hash is kept. It stays for a day, so that
    # those to one person and to one number can be counted.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("account_id", BigId, sa.ForeignKey("account.id"), nullable=False),
    sa.Column("number", sa.String(16), nullable=False),
    sa.Column("code_hash", sa.String(255), nullable=False),
    sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    # NULL: it was used, or another one took its place.
    sa.Column("expires_at", UtcDateTime),
    sa.Index(None, "account_id"),
    sa.Index(None, "number"),
    sa.Index(None, "created_at"),
)

passkey = sa.Table(
    "passkey",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("account_id", BigId, sa.ForeignKey("account.id"), nullable=False),
    sa.Column("credential_id", sa.String(1400), nullable=False, unique=True),  # base64url
    sa.Column("public_key", sa.Text, nullable=False),  # COSE, base64url
    sa.Column("sign_count", BigId, nullable=False),
    sa.Column("label", sa.String(64), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime),
    sa.Index(None, "account_id"),
)

recovery_code = sa.Table(
    "recovery_code",
    metadata,
    sa.Column("account_id", BigId, sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("code_hash", sa.String(64), primary_key=True),
    sa.Column("used_at", UtcDateTime),
)

one_time_token = sa.Table(
    "one_time_token",
    metadata,
    # Something begun that a secret finishes soon: an invitation, a new password, a challenge to a
    # passkey, a way to the OpenID provider and back, a form to come back to.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("officer", sa.String(64), nullable=False, server_default=""),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Index(None, "kind", "officer"),
)

idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    # A request of a program that may come again, and is done once: by the key its sender chose.
    # Random, and never given again: whoever holds the one of a row that is gone can do nothing.
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column(
        "credential_id", BigId, sa.ForeignKey("credential.id", ondelete="CASCADE"), nullable=False
    ),
    # Of the key and of the request hashes only: both may name somebody.
    sa.Column("key_hash", sa.String(64), nullable=False),
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    # Set by the transaction that did what was asked for.
    sa.Column("acted_at", UtcDateTime),
    # The answer, sealed: alerting/credentials/keyring.py. None while there is none.
    sa.Column("answer_sealed", sa.Text),
    sa.Index(None, "credential_id", "key_hash", unique=True),
    sa.Index(None, "created_at"),
)

trusted_device = sa.Table(
    "trusted_device",
    metadata,
    # A browser somebody signed in from: it has tries of its own, whatever others do.
    sa.Column("secret_hash", sa.String(64), primary_key=True),
    sa.Column("account_id", BigId, sa.ForeignKey("account.id"), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Index(None, "account_id"),
)

login_attempt = sa.Table(
    "login_attempt",
    metadata,
    # Tries that did not succeed, by a hash of what was tried and from where.
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
)

membership = sa.Table(
    "membership",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    name_column("authority"),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("training", sa.Boolean, nullable=False),
    name_column("granted_by"),
    sa.Column("granted_at", UtcDateTime, nullable=False),
    name_column("confirmed_by"),
    sa.Column("ended_at", UtcDateTime),
    sa.Index(
        "uq_membership_living",
        "person_id",
        "authority",
        "role",
        "training",
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    ),
)
