"""How the service runs, what two people decide on, and the ledger of it all."""

import sqlalchemy as sa

from alerting.store.tables.metadata import BigId, UtcDateTime, metadata, name_column

route = sa.Table(
    "route",
    metadata,
    # How each route does, as all workers see it, and what an operator decided about it.
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("route", sa.String(16), primary_key=True),
    name_column("breaker", server_default="closed"),
    sa.Column("weight", sa.Float, nullable=False, server_default="1"),
    sa.Column("seen", BigId, nullable=False, server_default="0"),
    sa.Column("error_share", sa.Float, nullable=False, server_default="0"),
    sa.Column("latency", sa.Float, nullable=False, server_default="0"),
    sa.Column("interval", sa.Float, nullable=False, server_default="0"),
    sa.Column("pauses", sa.Integer, nullable=False, server_default="0"),
    sa.Column("open_until", UtcDateTime),
    sa.Column("used_at", UtcDateTime),
    sa.Column("failure_reason", sa.String(32), nullable=False, server_default=""),
    sa.Column("provider_code", sa.String(64), nullable=False, server_default=""),
    # `override` is a keyword in SQL
    sa.Column("decision", sa.String(16), nullable=False, server_default=""),
    name_column("decided_by", server_default=""),
    sa.Column("decision_reason", sa.String(500), nullable=False, server_default=""),
    sa.Column("decided_at", UtcDateTime),
)

worker = sa.Table(
    "worker",
    metadata,
    # A process that sends, and how often it has beaten: leases of one that stops are freed.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("beat", BigId, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    # What keeps it from keeping journals of what it sends, as its system calls it ("ENOSPC").
    sa.Column("journal_fault", sa.String(32), nullable=False, server_default=""),
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
    name_column("authority"),
    # The person it is for, where there is one and they were known.
    sa.Column("person_id", BigId, sa.ForeignKey("person.id")),
    # Nobody: the shell of the server.
    sa.Column("requested_by_id", BigId, sa.ForeignKey("person.id")),
    # Under which membership; nothing where that was none.
    sa.Column("membership_id", BigId, sa.ForeignKey("membership.id")),
    # Numbers of the others who had a hand in it, and so do not confirm it either.
    sa.Column("hands", sa.JSON, nullable=False),
    sa.Column("requested_at", UtcDateTime, nullable=False),
    sa.Column("decided_by_id", BigId, sa.ForeignKey("person.id")),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("decision", sa.String(16)),
    sa.Index(
        "ix_change_request_requester_waiting",
        "requested_by_id",
        postgresql_where=sa.text("decision IS NULL"),
        sqlite_where=sa.text("decision IS NULL"),
    ),
    sa.Index(
        "uq_change_request_waiting",
        "key",
        unique=True,
        postgresql_where=sa.text("decision IS NULL"),
        sqlite_where=sa.text("decision IS NULL"),
    ),
)

installation = sa.Table(
    "installation",
    metadata,
    # One row: whether these data are for training, and what tells this database from others. Set at
    # the first start, and never changed.
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("training", sa.Boolean, nullable=False),
    sa.Column("mark", sa.String(32), nullable=False),
)

staff_notification = sa.Table(
    "staff_notification",
    metadata,
    # What officers must know at once: shown to each until they have read it.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    # What it is about: one of the three.
    sa.Column("alert_id", sa.ForeignKey("alert.id")),
    sa.Column("incident_id", sa.ForeignKey("incident.id")),
    sa.Column("translation_id", BigId, sa.ForeignKey("translation_request.id", ondelete="CASCADE")),
    # Whom it is for: one officer by name, or everybody who holds a permission.
    name_column("officer", server_default=""),
    name_column("permission", server_default=""),
    # A message id and what fills its fields, so that each reads it in their own language.
    sa.Column("says", sa.Text, nullable=False),
    # What its reader is to do, a message id too: the end of a mail's subject.
    sa.Column("asks", sa.Text, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    # In which order e-mails are written (`staff_notification.Gravity`), and from when on.
    sa.Column("gravity", sa.SmallInteger, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    # When e-mails about it were begun: no notice is posted twice.
    sa.Column("posted_at", UtcDateTime),
    sa.Index(None, "posted_at"),
    sa.Index(None, "officer", "gravity"),
    sa.Index(None, "alert_id"),
    sa.Index(None, "incident_id"),
    sa.Index(None, "translation_id"),
)

staff_notification_read = sa.Table(
    "staff_notification_read",
    metadata,
    sa.Column(
        "notice_id",
        sa.ForeignKey("staff_notification.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("officer", sa.String(64), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
)

staff_message = sa.Table(
    "staff_message",
    metadata,
    # An e-mail or a text message to a user that nobody has taken yet. It goes when it is taken, or
    # too old; one that calls for alerts stays for a while. The address is the account's: it is not
    # here.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("account_id", BigId, sa.ForeignKey("account.id"), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    # 0 before 1, and so on: alerting/domain/staff_notification.py.
    sa.Column("gravity", sa.SmallInteger, nullable=False),
    # Message ids and what fills their fields, in the language of the account when it is written.
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    # The numbers of the alerts it calls for; NULL: it calls for none.
    sa.Column("about", sa.JSON(none_as_null=True)),
    sa.Column("created_at", UtcDateTime, nullable=False),
    # Not before. Whoever takes it up sets it later, so that nobody else does meanwhile. NULL: it
    # waits no more.
    sa.Column("due_at", UtcDateTime),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
    # As of a delivery: alerting/domain/delivery.py.
    sa.Column("state", sa.String(16), nullable=False, server_default="waiting"),
    # The last that took it, and its provider's name for it.
    sa.Column("route", sa.String(16), nullable=False, server_default=""),
    sa.Column("reference", sa.String(128), nullable=False, server_default=""),
    sa.Index(None, "due_at"),
    sa.Index(None, "account_id"),
)

municipality_outline = sa.Table(
    "municipality_outline",
    metadata,
    # The outline of a municipality, for the map; imported, since it comes under its own licence.
    sa.Column("nis_code", sa.String(5), primary_key=True),
    sa.Column("geometry", sa.JSON, nullable=False),
)

locality_list = sa.Table(
    "locality_list",
    metadata,
    # The imported names of parts of municipalities, read whole by every process that needs them;
    # the mark says whether a process has read this list already.
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("mark", sa.String(64), nullable=False),
    # [name, language, postal code, NIS code], each as a list.
    sa.Column("localities", sa.JSON, nullable=False),
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
