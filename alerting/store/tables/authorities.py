"""Who may alert whom, in whose name and in which incident."""

import sqlalchemy as sa

from alerting.store.tables.metadata import BigId, UtcDateTime, metadata, name_column

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

on_call = sa.Table(
    "on_call",
    metadata,
    # Who is called first where something of an authority waits for approval, and when.
    sa.Column("id", BigId, primary_key=True),
    name_column("authority"),
    sa.Column("place", sa.SmallInteger, nullable=False),
    name_column("officer"),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Index(None, "authority", "ends_at"),
)

translator = sa.Table(
    "translator",
    metadata,
    # Who is asked where a detail of an authority's composition lacks a language.
    sa.Column("id", BigId, primary_key=True),
    name_column("authority"),
    name_column("officer"),
    name_column("language"),
    sa.UniqueConstraint("authority", "language", "officer"),
)

incident = sa.Table(
    "incident",
    metadata,
    # What it was like before stands in the ledger.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("phase", sa.String(16), nullable=False),
    sa.Column("area", sa.JSON, nullable=False),
    name_column("lead_authority"),
    name_column("opened_by"),
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
    name_column("fingerprint"),
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
    name_column("authority"),
    sa.Column("incident_id", sa.ForeignKey("incident.id"), nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    name_column("invited_by"),
    sa.Column("invited_at", UtcDateTime, nullable=False),
    name_column("confirmed_by"),
    sa.Column("ended_at", UtcDateTime),
    sa.Index(None, "authority", "incident_id"),
)
