"""Releases of a press office, and what was written in them."""

import sqlalchemy as sa

from alerting.store.tables.metadata import UtcDateTime, metadata, name_column

_ARMED = sa.text("armed_at IS NOT NULL AND released_at IS NULL")

release = sa.Table(
    "release",
    metadata,
    # What a release has beside its sending, which has its state, its kind and what it follows.
    sa.Column("id", sa.ForeignKey("sending.id"), primary_key=True),
    name_column("authority"),
    name_column("author"),
    # Everybody who wrote in it: none of them reviews it.
    sa.Column("hands", sa.JSON, nullable=False),
    # NIS codes of municipalities: whom it reaches, and which languages it needs by law.
    sa.Column("area", sa.JSON, nullable=False),
    sa.Column("topics", sa.JSON, nullable=False),
    sa.Column("languages", sa.JSON, nullable=False),
    sa.Column("alert_id", sa.ForeignKey("alert.id")),
    sa.Column("embargo_until", UtcDateTime),
    # Counts what was saved: see `release_text`.
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    name_column("submitter", server_default=""),
    sa.Column("submitted_at", UtcDateTime),
    name_column("approver", server_default=""),
    sa.Column("approved_at", UtcDateTime),
    sa.Column("returned_reason", sa.String(500), nullable=False, server_default=""),
    # It becomes public when its embargo ends; what disarms it empties this.
    sa.Column("armed_at", UtcDateTime),
    # By the clock of the database. Nothing public is made of a release without it.
    sa.Column("released_at", UtcDateTime),
    # Its mails as they leave, in each language.
    sa.Column("messages", sa.JSON, nullable=False),
    # Of a correction, what is different now: language -> words.
    sa.Column("changed", sa.JSON, nullable=False),
    name_column("withdrawn_by", server_default=""),
    sa.Column("withdrawn_at", UtcDateTime),
    sa.Column("withdrawn_reason", sa.String(500), nullable=False, server_default=""),
    sa.Index(None, "authority"),
    sa.Index(None, "alert_id"),
    # Asked for many times a second where an embargo ends soon.
    sa.Index("ix_release_armed", "embargo_until", postgresql_where=_ARMED, sqlite_where=_ARMED),
)

release_text = sa.Table(
    "release_text",
    metadata,
    # A text as it was saved; the newest of each language stands. Older ones tell who wrote what,
    # and what somebody who saves had before them.
    sa.Column("release_id", sa.ForeignKey("release.id"), primary_key=True),
    sa.Column("language", sa.String(2), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
    name_column("saved_by"),
    sa.Column("saved_at", UtcDateTime, nullable=False),
)
