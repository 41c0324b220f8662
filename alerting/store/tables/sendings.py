"""Whatever is sent, of whichever kind, and what test copies say, to whom."""

import sqlalchemy as sa

from alerting.store.tables.metadata import BigId, UtcDateTime, metadata, name_column

_UNFINISHED = sa.text("sent_at IS NOT NULL AND finished_at IS NULL")

sending = sa.Table(
    "sending",
    metadata,
    # One number space: what a kind has besides stands in a table of its own under the same number
    # (`alert`), and nothing stands in both. Deliveries, chunks and counters refer to this one.
    sa.Column("id", BigId, primary_key=True),
    name_column("kind"),
    name_column("state"),
    # Whether it is real: see domain.alert.AlertClass.
    name_column("sending_class"),
    # What goes first: see domain.alert.Precedence.
    sa.Column("precedence", sa.SmallInteger, nullable=False),
    # What it takes the place of, and what is done with whoever that never reached.
    sa.Column("previous_sending", BigId),
    name_column("unreached_policy", server_default="include"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    # Of what was approved: nothing else of it is sent.
    name_column("fingerprint", server_default=""),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Index(None, "state"),
    sa.Index(None, "previous_sending"),
    # Asked for each second, however much was ever sent.
    sa.Index(
        "ix_sending_unfinished",
        "id",
        postgresql_where=_UNFINISHED,
        sqlite_where=_UNFINISHED,
    ),
    sqlite_autoincrement=True,  # `reserve` says from which number on
)

test_copy = sa.Table(
    "test_copy",
    metadata,
    # What was copied for users of the service to look at: a text of an alert in its languages, or a
    # fixed text by one route.
    sa.Column("id", sa.ForeignKey("sending.id"), primary_key=True),
    sa.Column("alert_id", sa.ForeignKey("alert.id")),
    name_column("author"),
    # The channel whose text it is, and the one that carries it to a mailbox.
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("carrier", sa.String(32), nullable=False),
    # The only route it takes; empty: whichever is well.
    sa.Column("route", sa.String(16), nullable=False, server_default=""),
    # As they leave: what was edited since is not what was looked at.
    sa.Column("messages", sa.JSON, nullable=False),
    # How many messages each of its users gets.
    sa.Column("each", sa.SmallInteger, nullable=False),
    sa.Index(None, "alert_id"),
    sa.Index(None, "author"),
    sa.Index(None, "carrier", "route"),
)

test_copy_user = sa.Table(
    "test_copy_user",
    metadata,
    # For whom it is: their address is looked up when it is planned.
    sa.Column("test_copy_id", sa.ForeignKey("test_copy.id"), primary_key=True),
    sa.Column("person_id", sa.ForeignKey("person.id"), primary_key=True),
    sa.Index(None, "person_id"),
)
