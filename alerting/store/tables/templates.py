"""Texts that an authority words for itself."""

import sqlalchemy as sa

from alerting.store.tables.metadata import BigId, UtcDateTime, metadata

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

template_version_run = sa.Table(
    "template_version_run",
    metadata,
    # What a version added to what was in force when it was proposed, as numbers of a few words in a
    # row (`own_words.runs`): whose words a later one has is looked up here.
    sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version_id", sa.ForeignKey("template_version.id"), primary_key=True),
)
