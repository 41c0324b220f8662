"""What is to be published, and which pages an administrator withdrew."""

import sqlalchemy as sa

from alerting.store.tables.metadata import BigId, UtcDateTime, metadata, name_column

_WAITING = sa.text("finished_at IS NULL")

publication = sa.Table(
    "publication",
    metadata,
    # That what the public sees of an alert may have changed: written by the act that changes it,
    # in its own transaction. Kept: each says when the change was on disk.
    sa.Column("id", BigId, primary_key=True),
    # NULL: everything is to be made anew.
    sa.Column("sending_id", sa.ForeignKey("sending.id")),
    # Of everything made anew: whether somebody who was told that the folder knows of more wants it
    # made of the database all the same.
    sa.Column("believes_database", sa.Boolean, nullable=False, server_default=sa.false()),
    # By the clock of the database: no act has to hand its own down to here.
    sa.Column("at", UtcDateTime, nullable=False, server_default=sa.func.now()),
    # The worker that makes it. It is free again with its worker, never by the clock: clocks jump.
    name_column("claimed_by", server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    # Why the last attempt failed: the name of an error ("ENOSPC"), never what anybody wrote.
    name_column("failure", server_default=""),
    # When its pages, the feeds of the country and its provinces, and its CAP message were on disk.
    sa.Column("published_at", UtcDateTime),
    # When the feeds of municipalities were, too.
    sa.Column("finished_at", UtcDateTime),
    sa.Index(None, "sending_id"),
    sa.Index("ix_publication_waiting", "id", postgresql_where=_WAITING, sqlite_where=_WAITING),
)

public_withdrawal = sa.Table(
    "public_withdrawal",
    metadata,
    # A page whose words an administrator took away; its address stays, and says so.
    sa.Column("alert_id", sa.ForeignKey("alert.id"), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    name_column("officer"),
    sa.Column("reason", sa.String(500), nullable=False),
)
