"""Every table, with why it is shaped that way.

Names of constraints are fixed by a convention, so that migrations say the same on SQLite and
PostgreSQL.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.default import DefaultExecutionContext

from alerting.domain.recipient import reference_key

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware datetime in UTC: SQLite would hand it back naive."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they are a bug on the night the clock changes."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without a zone cannot be stored"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        stamp: datetime = value
        return stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp.astimezone(UTC)


BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite counts up INTEGER keys only


def ExactText(length: int) -> sa.types.TypeEngine[str]:  # noqa: N802  reads as a type
    """Text compared letter by letter, so that an index finds beginnings whatever the locale."""
    return sa.String(length, collation="C").with_variant(sa.String(length), "sqlite")


def _name(**options: Any) -> sa.Column[str]:
    return sa.Column(options.pop("called"), sa.String(64), nullable=False, **options)


alert = sa.Table(
    "alert",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    _name(called="state"),
    _name(called="alert_class"),
    _name(called="scenario"),
    sa.Column("hazard", sa.JSON, nullable=False),
    sa.Column("area", sa.JSON, nullable=False),
    sa.Column("channels", sa.JSON, nullable=False),
    sa.Column("languages", sa.JSON, nullable=False),
    # `values` is a keyword in SQL
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    _name(called="author"),
    # everybody who wrote in it or submitted it, sorted; the store adds, nothing takes away
    sa.Column("hands", sa.JSON, nullable=False, server_default="[]"),
    _name(called="editor", server_default=""),
    _name(called="submitter", server_default=""),
    # Other words an approver asked for when returning it, until it is revised or submitted.
    sa.Column("proposed", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("note", sa.String(500), nullable=False, server_default=""),
    _name(called="noted_by", server_default=""),
    _name(called="approver", server_default=""),
    sa.Column("approved_at", UtcDateTime),
    _name(called="approved_fingerprint", server_default=""),
    # channel -> people, as counted when it was approved
    sa.Column("approved_audience", sa.JSON, nullable=False, server_default="{}"),
    # channel -> the accounts and newsrooms that might be used then
    sa.Column("approved_use", sa.JSON, nullable=False, server_default="{}"),
    # `list_revision` when that was counted: changes since are counted, nothing else.
    sa.Column("approved_revision", BigId, nullable=False, server_default="0"),
    sa.Column("send_at", UtcDateTime),
    _name(called="bypass", server_default=""),
    sa.Column("bypass_reason", sa.String(500), nullable=False, server_default=""),
    _name(called="review", server_default=""),
    _name(called="reviewer", server_default=""),
    sa.Column("reviewed_at", UtcDateTime),
    sa.Column("review_note", sa.String(500), nullable=False, server_default=""),
    sa.Column("review_told_at", UtcDateTime),
    _name(called="sender", server_default=""),
    _name(called="sender_authority", server_default=""),
    sa.Column("sent_at", UtcDateTime),
    # The hour of sending in its texts: written once, by whoever plans its first slice.
    sa.Column("filled_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("previous_alert", BigId),
    _name(called="follow_up", server_default=""),
    _name(called="unreached_policy", server_default="include"),
    _name(called="authority", server_default="national"),
    sa.Column("incident_id", BigId),
    sa.Index(None, "state"),
    sa.Index(None, "previous_alert"),
    sa.Index(None, "bypass", "review"),
    sa.Index(None, "incident_id"),
)

alert_place = sa.Table(
    "alert_place",
    metadata,
    # The area once more, a row a municipality: which alerts a territory touches is asked at every
    # listing, and must not read every area there ever was.
    sa.Column("nis_code", sa.String(5), primary_key=True),
    sa.Column("alert_id", sa.ForeignKey("alert.id"), primary_key=True),
)

alert_text = sa.Table(
    "alert_text",
    metadata,
    # Every version is kept: an auditor reads what was changed.
    sa.Column("alert_id", sa.ForeignKey("alert.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("language", sa.String(2), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("html", sa.Text, nullable=False),
)


def _key_of_reference(context: DefaultExecutionContext) -> str:
    given = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return reference_key(given["reference"])


recipient = sa.Table(
    "recipient",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("reference", sa.String(128), nullable=False),
    # What it is known by: the reference without case, as domain.recipient.reference_key gives it.
    # lower() of SQLite knows ASCII alone. Folding makes up to three letters of one.
    sa.Column("reference_key", sa.String(384), nullable=False, default=_key_of_reference),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("nis_code", sa.String(5), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("phone", sa.String(32), nullable=False),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("outlet", sa.String(200), nullable=False),
    sa.Column("consent_date", sa.Date),
    sa.Column("consent_source", sa.String(200), nullable=False, server_default=""),
    # Channels between commas, or nothing for all of them.
    sa.Column("preferred_channels", sa.String(64), nullable=False, server_default=""),
    # When the consent was withdrawn or the entry struck off: nothing personal is left in it.
    sa.Column("ended_at", UtcDateTime),
    # Whether an entry of the same list that came before has the same number, or the same mail
    # address without case: who is written to is decided when an alert is planned, and looks at
    # others only where this says so.
    sa.Column("phone_repeats", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("email_repeats", sa.Boolean, nullable=False, server_default=sa.false()),
    # The revision of the lists in which it came, or came back: who was added since an approval is
    # counted by this index.
    sa.Column("since", BigId, nullable=False, server_default="0"),
    sa.UniqueConstraint("kind", "reference_key"),
    sa.Index(None, "since"),
    sa.Index(None, "kind", "nis_code"),
    # How many an alert would reach, counted without looking at a person.
    sa.Index(
        "ix_recipient_with_phone",
        "kind",
        "nis_code",
        "phone_repeats",
        postgresql_where=sa.text("phone <> ''"),
        sqlite_where=sa.text("phone <> ''"),
    ),
    sa.Index(
        "ix_recipient_with_email",
        "kind",
        "nis_code",
        "email_repeats",
        postgresql_where=sa.text("email <> ''"),
        sqlite_where=sa.text("email <> ''"),
    ),
    sa.Index(None, "phone"),
    # A mail address is looked for without case.
    sa.Index("ix_recipient_email", sa.text("lower(email)")),
    # A list in one language, in order of reference, as it is paged.
    sa.Index(None, "kind", "language", "reference_key"),
    sa.Index(
        "ix_recipient_ended",
        "kind",
        "reference_key",
        postgresql_where=sa.text("ended_at IS NOT NULL"),
        sqlite_where=sa.text("ended_at IS NOT NULL"),
    ),
)

opt_out = sa.Table(
    "opt_out",
    metadata,
    # Those who left a list: of each of their addresses an HMAC under a key of the installation
    # (alerting/credentials/keyring.py), so that no import brings them back; nothing else.
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("hmac", sa.String(64), primary_key=True),
    # Where it holds: a municipality, or nothing for the whole country.
    sa.Column("nis_code", sa.String(5), primary_key=True),
    # Whether the person asked for it: else an officer took the entry off, which holds for lists of
    # the same authority alone.
    sa.Column("requested", sa.Boolean, nullable=False),
    # Each authority keeps its own reason: that another one took them off, too, changes nothing.
    _name(called="authority", primary_key=True),
    # The fingerprint of the key.
    sa.Column("key", sa.String(16), nullable=False),
    sa.Column("ended_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

search_key = sa.Table(
    "search_key",
    metadata,
    # What entries are found by, see domain.audience.search_keys. Beside the recipients and not in
    # them, so that planning reads no wider rows.
    sa.Column("key", ExactText(64), primary_key=True),
    sa.Column("recipient_id", BigId, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

recipient_group = sa.Table(
    "recipient_group",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    # Whoever named it first: it counts for, and is shown to, that authority and those above it.
    _name(called="authority", server_default=""),
    # Named by another authority, too: it is shown to everybody.
    sa.Column("shared", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("kind", "name"),
)

group_member = sa.Table(
    "group_member",
    metadata,
    sa.Column("group_id", sa.ForeignKey("recipient_group.id"), primary_key=True),
    sa.Column("recipient_id", BigId, primary_key=True, autoincrement=False),
    sa.Index(None, "recipient_id"),
    sqlite_with_rowid=False,
)

import_file = sa.Table(
    "import_file",
    metadata,
    # A file somebody brought and is looking at, so that what is imported is what was shown.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("officer", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

alert_channel = sa.Table(
    "alert_channel",
    metadata,
    # One channel of one alert: how far planning has come, and when things first moved.
    sa.Column("alert_id", sa.ForeignKey("alert.id"), primary_key=True),
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("planned_to", BigId, nullable=False),
    sa.Column("planned", sa.Boolean, nullable=False),
    # `list_revision` when planning began: only entries changed since can have been planned with
    # another address than stands on the list.
    sa.Column("revision", BigId, nullable=False, server_default="0"),
    # All deliveries planned so far: what the counters must add up to.
    sa.Column("audience", BigId, nullable=False, server_default="0"),
    # Handed over again although an earlier try may have got through, and nobody can tell.
    sa.Column("possible_duplicate", BigId, nullable=False, server_default="0"),
    sa.Column("first_at", UtcDateTime),
    sa.Column("last_at", UtcDateTime),
)

chunk = sa.Table(
    "chunk",
    metadata,
    # A run of recipients in one channel of one alert, leased as a whole. Leasing rows one by one
    # would rewrite every row twice.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("alert_id", sa.ForeignKey("alert.id"), nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("lo", BigId, nullable=False),
    sa.Column("hi", BigId, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    # What goes first: see domain.alert.Precedence.
    sa.Column("precedence", sa.SmallInteger, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    # The worker that has it. A lease ends with its worker, never by the clock: clocks jump.
    sa.Column("leased_by", sa.String(64), nullable=False, server_default=""),
    # Set when a lease ended without a settlement: what it holds may have been handed over.
    sa.Column("in_doubt", sa.Boolean, nullable=False),
    sa.Index(None, "alert_id", "channel"),
    sa.Index(
        "ix_chunk_open",
        "state",
        "alert_id",
        "channel",
        "due_at",
        postgresql_where=sa.text("state <> 'done'"),
        sqlite_where=sa.text("state <> 'done'"),
    ),
)

delivery = sa.Table(
    "delivery",
    metadata,
    # The natural key is the only index: one delivery for each person, channel and alert, and a
    # chunk is a range of it.
    sa.Column("alert_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("recipient_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("language", sa.String(2), nullable=False),
    # The address as it was when planned: evidence, even if the list changes meanwhile. Of those
    # who left the list an HMAC under a key that was destroyed, see domain.recipient.erased.
    sa.Column("address", sa.String(254), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", UtcDateTime),
    sa.Column("failure_reason", sa.String(32), nullable=False, server_default=""),
    sa.Column("provider_code", sa.String(64), nullable=False, server_default=""),
    sa.Column("reference", sa.String(128), nullable=False, server_default=""),
    # The route that took it.
    sa.Column("route", sa.String(16), nullable=False, server_default=""),
    # Handed over again although an earlier try may have got through.
    sa.Column("possible_duplicate", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("settled_at", UtcDateTime),
    postgresql_with={"fillfactor": 75},  # room to settle a row on its own page (HOT update)
    sqlite_with_rowid=False,
)

delivery_attempt = sa.Table(
    "delivery_attempt",
    metadata,
    # A try of a delivery that another one followed: what was tried once has no row here.
    sa.Column("alert_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("recipient_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
    # What was known of it then, or what a receipt has said of it since.
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("failure_reason", sa.String(32), nullable=False, server_default=""),
    sa.Column("provider_code", sa.String(64), nullable=False, server_default=""),
    sa.Column("reference", sa.String(128), nullable=False, server_default=""),
    sa.Column("route", sa.String(16), nullable=False),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("settled_at", UtcDateTime),
    sqlite_with_rowid=False,
)

delivery_count = sa.Table(
    "delivery_count",
    metadata,
    # Kept as chunks settle, so that no page ever counts a million rows.
    sa.Column("alert_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("language", sa.String(2), primary_key=True),
    sa.Column("state", sa.String(16), primary_key=True),
    sa.Column("failure_reason", sa.String(32), primary_key=True),
    sa.Column("n", BigId, nullable=False),
)

delivery_timeline = sa.Table(
    "delivery_timeline",
    metadata,
    # How many were handed over, or arrived, in each tenth of a second since sending began.
    sa.Column("alert_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("tick", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("n", BigId, nullable=False),
)

route_outcome_count = sa.Table(
    "route_outcome_count",
    metadata,
    # What each route answered for one alert, kept as chunks settle.
    sa.Column("alert_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("route", sa.String(16), primary_key=True),
    sa.Column("answer", sa.String(16), primary_key=True),
    sa.Column("n", BigId, nullable=False),
)

route = sa.Table(
    "route",
    metadata,
    # How each route does, as all workers see it, and what an operator decided about it.
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("route", sa.String(16), primary_key=True),
    _name(called="breaker", server_default="closed"),
    sa.Column("weight", sa.Float, nullable=False, server_default="1"),
    sa.Column("seen", BigId, nullable=False, server_default="0"),
    sa.Column("error_share", sa.Float, nullable=False, server_default="0"),
    sa.Column("latency", sa.Float, nullable=False, server_default="0"),
    sa.Column("pauses", sa.Integer, nullable=False, server_default="0"),
    sa.Column("open_until", UtcDateTime),
    sa.Column("used_at", UtcDateTime),
    sa.Column("failure_reason", sa.String(32), nullable=False, server_default=""),
    sa.Column("provider_code", sa.String(64), nullable=False, server_default=""),
    # `override` is a keyword in SQL
    sa.Column("decision", sa.String(16), nullable=False, server_default=""),
    _name(called="decided_by", server_default=""),
    sa.Column("decision_reason", sa.String(500), nullable=False, server_default=""),
    sa.Column("decided_at", UtcDateTime),
)

worker = sa.Table(
    "worker",
    metadata,
    # A process that sends, and its pulse: whoever stops beating loses its leases.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("beat", BigId, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
)

unmatched_receipt = sa.Table(
    "unmatched_receipt",
    metadata,
    # A receipt a provider signed that fits no try we know of: applied once its try is written down,
    # or else for somebody to look at. Channel and route are those whose provider signed it.
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("route", sa.String(16), primary_key=True),
    sa.Column("reference", sa.String(128), primary_key=True),
    sa.Column("key", sa.String(128), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    # Why it fits none: domain.delivery.Mismatch.
    sa.Column("reason", sa.String(16), nullable=False),
    # The delivery its key names, where it names one that we know.
    sa.Column("alert_id", BigId),
    sa.Column("recipient_id", BigId),
    sa.Column("failure_reason", sa.String(32), nullable=False, server_default=""),
    sa.Column("provider_code", sa.String(64), nullable=False, server_default=""),
    sa.Column("n", BigId, nullable=False),
    sa.Column("first_at", UtcDateTime, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
    sa.Index(
        "ix_unmatched_receipt_early",
        "alert_id",
        "recipient_id",
        postgresql_where=sa.text("reason = 'early'"),
        sqlite_where=sa.text("reason = 'early'"),
    ),
    sqlite_with_rowid=False,
)

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

authority = sa.Table(
    "authority",
    metadata,
    # Who may alert whom. Nothing is deleted: an alert of years ago still says who spoke.
    sa.Column("code", sa.String(64), primary_key=True),
    sa.Column("level", sa.String(16), nullable=False),
    sa.Column("names", sa.JSON, nullable=False),
    # Codes of municipalities, provinces, regions or the country; what is in them is geo's to say.
    sa.Column("territory", sa.JSON, nullable=False),
    sa.Column("languages", sa.JSON, nullable=False),
    sa.Column("senders", sa.JSON, nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

authority_account = sa.Table(
    "authority_account",
    metadata,
    # Which accounts and newsrooms an authority may use beside those of its level. Rows end and are
    # never deleted: what was posted last year was posted by somebody who might.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("authority", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("account", sa.String(128), nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime),
    sa.Index(
        "uq_authority_account_living",
        "authority",
        "channel",
        "account",
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    ),
)

authority_list_entry = sa.Table(
    "authority_list_entry",
    metadata,
    # What an authority's texts may choose from. An entry that changes ends and begins anew, so that
    # what stood in a text of last year can still be told.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("authority", sa.String(64), nullable=False),
    sa.Column("list", sa.String(16), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("texts", sa.JSON, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime),
    sa.Index(
        "uq_authority_list_entry_living",
        "authority",
        "list",
        "key",
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    ),
)

incident = sa.Table(
    "incident",
    metadata,
    # What it was like before stands in the ledger.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("phase", sa.String(16), nullable=False),
    sa.Column("area", sa.JSON, nullable=False),
    _name(called="lead_authority"),
    _name(called="opened_by"),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Index(
        "ix_incident_open",
        "id",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
)

incident_exemption = sa.Table(
    "incident_exemption",
    metadata,
    # Whoever led an incident said that an alert is no part of it: in these words, in this phase.
    sa.Column("incident_id", sa.ForeignKey("incident.id"), primary_key=True),
    sa.Column("alert_id", sa.ForeignKey("alert.id"), primary_key=True),
    _name(called="fingerprint"),
    sa.Column("phase", sa.String(16), nullable=False),
)

incident_place = sa.Table(
    "incident_place",
    metadata,
    sa.Column("nis_code", sa.String(5), primary_key=True),
    sa.Column("incident_id", sa.ForeignKey("incident.id"), primary_key=True),
)

invitation = sa.Table(
    "invitation",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    _name(called="authority"),
    sa.Column("incident_id", sa.ForeignKey("incident.id"), nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    _name(called="invited_by"),
    sa.Column("invited_at", UtcDateTime, nullable=False),
    _name(called="confirmed_by"),
    sa.Column("ended_at", UtcDateTime),
    sa.Index(None, "authority", "incident_id"),
)

membership = sa.Table(
    "membership",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    _name(called="authority"),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("training", sa.Boolean, nullable=False),
    _name(called="granted_by"),
    sa.Column("granted_at", UtcDateTime, nullable=False),
    _name(called="confirmed_by"),
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

change_request = sa.Table(
    "change_request",
    metadata,
    # What one person asks for and another confirms before it takes effect, of every kind.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("what", sa.String(32), nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    # The same wish twice is one request, for as long as it waits.
    sa.Column("key", sa.String(64), nullable=False),
    # What it would change, as it was when it was asked for: a hash.
    sa.Column("basis", sa.String(64), nullable=False),
    # Whose matter it is: it shows to those who could decide on it.
    _name(called="authority"),
    # The person it is for, where there is one and they were known.
    sa.Column("person_id", BigId, sa.ForeignKey("person.id")),
    # Nobody: the shell of the server.
    sa.Column("proposed_by_id", BigId, sa.ForeignKey("person.id")),
    # Numbers of the others who had a hand in it, and so do not confirm it either.
    sa.Column("hands", sa.JSON, nullable=False),
    sa.Column("proposed_at", UtcDateTime, nullable=False),
    sa.Column("decided_by_id", BigId, sa.ForeignKey("person.id")),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("verdict", sa.String(16)),
    sa.Index(
        "ix_change_request_proposer_waiting",
        "proposed_by_id",
        postgresql_where=sa.text("verdict IS NULL"),
        sqlite_where=sa.text("verdict IS NULL"),
    ),
    sa.Index(
        "uq_change_request_waiting",
        "key",
        unique=True,
        postgresql_where=sa.text("verdict IS NULL"),
        sqlite_where=sa.text("verdict IS NULL"),
    ),
)

list_revision = sa.Table(
    "list_revision",
    metadata,
    # One row: how often lists were changed so that an audience may be another one.
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("n", BigId, nullable=False),
)

recipient_change = sa.Table(
    "recipient_change",
    metadata,
    # Where an entry stood before it was changed or ended in a revision, without its addresses: what
    # was added, removed and changed since an approval is counted from these rows alone.
    sa.Column("revision", BigId, primary_key=True, autoincrement=False),
    sa.Column("recipient_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("nis_code", sa.String(5), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("had_phone", sa.Boolean, nullable=False),
    sa.Column("had_email", sa.Boolean, nullable=False),
    sa.Column("other_phone", sa.Boolean, nullable=False),
    sa.Column("other_email", sa.Boolean, nullable=False),
    sqlite_with_rowid=False,
)

installation = sa.Table(
    "installation",
    metadata,
    # One row: whether these data are for training. Set at the first start, and never changed.
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("training", sa.Boolean, nullable=False),
)

template_version = sa.Table(
    "template_version",
    metadata,
    # An authority's own wording of one file of a scenario. The newest approved one is used; the
    # files that ship stay the baseline, and nothing here is ever changed but its decision.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("scenario", sa.String(64), nullable=False),
    sa.Column("file", sa.String(32), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("author", sa.String(64), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("approver", sa.String(64), nullable=False, server_default=""),
    sa.Column("approved_at", UtcDateTime),
    sa.Index(None, "scenario", "file"),
)

staff_notification = sa.Table(
    "staff_notification",
    metadata,
    # What officers must know at once: shown to each until they have read it.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("alert_id", sa.ForeignKey("alert.id"), nullable=False),
    # Whom it is for: one officer by name, or everybody who holds a permission.
    _name(called="officer", server_default=""),
    _name(called="permission", server_default=""),
    # A message id and what fills its fields, so that each reads it in their own language.
    sa.Column("says", sa.Text, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    # When letters about it were begun: no notice is posted twice.
    sa.Column("posted_at", UtcDateTime),
    sa.Index(None, "posted_at"),
)

staff_notification_read = sa.Table(
    "staff_notification_read",
    metadata,
    sa.Column("notice_id", sa.ForeignKey("staff_notification.id"), primary_key=True),
    sa.Column("officer", sa.String(64), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
)

composition = sa.Table(
    "composition",
    metadata,
    # What is being composed and is no alert yet; or, with an alert's number, the words somebody is
    # changing in it. It goes when the alert, or its new version, is made.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    _name(called="author"),
    _name(called="authority", server_default="national"),
    _name(called="writer"),
    # everybody who wrote in it, sorted: they do not approve what is made of it
    sa.Column("hands", sa.JSON, nullable=False, server_default="[]"),
    _name(called="alert_class"),
    sa.Column("alert_id", sa.ForeignKey("alert.id")),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("alert_id", "author"),
    sqlite_autoincrement=True,  # somebody may still be typing in one that is gone
)

municipality_outline = sa.Table(
    "municipality_outline",
    metadata,
    # The outline of a municipality, for the map; imported, since it comes under its own licence.
    sa.Column("nis_code", sa.String(5), primary_key=True),
    sa.Column("geometry", sa.JSON, nullable=False),
)

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("seq", BigId, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    # A person, the shell of the server, or the service itself.
    sa.Column("kind", sa.String(8), nullable=False),
    # The number of the person, 0 for the other two, and what they were called.
    sa.Column("person", BigId, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    # The number of their session or token, the network it was used from, the authority it was for.
    sa.Column("credential", BigId, nullable=False),
    sa.Column("network", sa.String(43), nullable=False),
    sa.Column("authority", sa.String(64), nullable=False),
    sa.Column("what", sa.String(64), nullable=False),
    sa.Column("about", sa.String(64), nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index(None, "about"),
)
