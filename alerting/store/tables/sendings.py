"""Whatever is sent, of whichever kind: all that the delivery engine asks of it."""

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
)
