"""What is handed over to whom, how it went, and what it adds up to."""

import sqlalchemy as sa

from alerting.store.tables.metadata import BigId, UtcDateTime, metadata

sending_channel = sa.Table(
    "sending_channel",
    metadata,
    # One channel of one sending: how far planning has come, and when things first moved.
    sa.Column("sending_id", sa.ForeignKey("sending.id"), primary_key=True),
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
    # A run of recipients in one channel of one sending, leased as a whole. Leasing rows one by one
    # would rewrite every row twice.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("sending_id", sa.ForeignKey("sending.id"), nullable=False),
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
    # Whether whoever waits in it was put off, each until a time of their own: then nobody is looked
    # for who should go before that.
    sa.Column("all_put_off", sa.Boolean, nullable=False, server_default=sa.false()),
    # When the last of it was handed over for which the provider will send a receipt; empty once
    # what has none by then is given up.
    sa.Column("last_sent_at", UtcDateTime),
    sa.Index(None, "sending_id", "channel"),
    sa.Index(
        "ix_chunk_awaiting_receipts",
        "sending_id",
        "channel",
        "last_sent_at",
        postgresql_where=sa.text("last_sent_at IS NOT NULL"),
        sqlite_where=sa.text("last_sent_at IS NOT NULL"),
    ),
    sa.Index(
        "ix_chunk_open",
        "state",
        "sending_id",
        "channel",
        "due_at",
        postgresql_where=sa.text("state <> 'done'"),
        sqlite_where=sa.text("state <> 'done'"),
    ),
)

delivery = sa.Table(
    "delivery",
    metadata,
    # The natural key is the only index: one delivery for each person, channel and sending, and a
    # chunk is a range of it.
    sa.Column("sending_id", BigId, primary_key=True, autoincrement=False),
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
    # When the latest try was made that may have got through, its answer missing.
    sa.Column("doubted_at", UtcDateTime),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("settled_at", UtcDateTime),
    postgresql_with={
        "fillfactor": 40,  # room to settle a row, and to apply its receipt, on its page (HOT)
        # Of twenty million rows a fifth is four million: tidied up and counted after a fiftieth.
        "autovacuum_vacuum_scale_factor": 0.02,
        "autovacuum_analyze_scale_factor": 0.02,
    },
    sqlite_with_rowid=False,
)

delivery_attempt = sa.Table(
    "delivery_attempt",
    metadata,
    # A try of a delivery that another one followed: what was tried once has no row here.
    sa.Column("sending_id", BigId, primary_key=True, autoincrement=False),
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

alerted_address = sa.Table(
    "alerted_address",
    metadata,
    # Addresses a sending reached, or may have, through an entry that has ended since: whoever has
    # one today, in whichever entry, would else count as never alerted. Of each an HMAC under the
    # key of those who left the list (see `opt_out`), as its deliveries tell nothing any more.
    sa.Column("sending_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("hmac", sa.String(64), primary_key=True),
    sqlite_with_rowid=False,
)

delivery_count = sa.Table(
    "delivery_count",
    metadata,
    # Kept as chunks settle, so that no page ever counts a million rows.
    sa.Column("sending_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("language", sa.String(2), primary_key=True),
    sa.Column("state", sa.String(16), primary_key=True),
    sa.Column("failure_reason", sa.String(32), primary_key=True),
    sa.Column("n", BigId, nullable=False),
)

delivery_timeline = sa.Table(
    "delivery_timeline",
    metadata,
    # How many were handed over, or arrived, as time went on since sending began. A tick is known by
    # the tenth of a second at which it begins; ticks widen (store.deliveries.counters.tick_of).
    sa.Column("sending_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("tick", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("n", BigId, nullable=False),
)

route_outcome_count = sa.Table(
    "route_outcome_count",
    metadata,
    # What each route answered for one sending, kept as chunks settle.
    sa.Column("sending_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("route", sa.String(16), primary_key=True),
    sa.Column("answer", sa.String(16), primary_key=True),
    sa.Column("n", BigId, nullable=False),
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
    sa.Column("sending_id", BigId),
    sa.Column("recipient_id", BigId),
    sa.Column("failure_reason", sa.String(32), nullable=False, server_default=""),
    sa.Column("provider_code", sa.String(64), nullable=False, server_default=""),
    sa.Column("n", BigId, nullable=False),
    sa.Column("first_at", UtcDateTime, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
    sa.Index(
        "ix_unmatched_receipt_early",
        "sending_id",
        "recipient_id",
        postgresql_where=sa.text("reason = 'early'"),
        sqlite_where=sa.text("reason = 'early'"),
    ),
    sqlite_with_rowid=False,
)

delivery_archive = sa.Table(
    "delivery_archive",
    metadata,
    # The file with the deliveries of an old sending, which are deleted here once it is complete.
    sa.Column("sending_id", sa.ForeignKey("sending.id"), primary_key=True),
    sa.Column("file", sa.String(128), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("lines", BigId, nullable=False),
    sa.Column("size", BigId, nullable=False),
    sa.Column("archived_at", UtcDateTime, nullable=False),
    # Deliveries whose lines stand before this byte of the file are deleted.
    sa.Column("deleted_to", BigId, nullable=False, server_default="0"),
    # Those that are not, since they changed after they were read.
    sa.Column("kept", BigId, nullable=False, server_default="0"),
    sa.Column("deleted_at", UtcDateTime),
    # What the report multiplies `archived_spread` to.
    sa.Column("planned", BigId, nullable=False),
    sa.Index(
        "ix_delivery_archive_undeleted",
        "sending_id",
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    ),
)

archived_spread = sa.Table(
    "archived_spread",
    metadata,
    # What the report of an archived sending looked at, by municipality: see deliveries.geography.
    sa.Column("sending_id", BigId, primary_key=True, autoincrement=False),
    sa.Column("nis_code", sa.String(5), primary_key=True),
    sa.Column("state", sa.String(16), primary_key=True),
    sa.Column("n", BigId, nullable=False),
)
