"""Who is on the lists, what they are found by, and what changed."""

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultExecutionContext

from alerting.domain.recipient import reference_key
from alerting.store.tables.audience_count import (
    MANY_PLACES,
    MOST_PLACES,
    PLACE_CHARS,
    counting,
)
from alerting.store.tables.metadata import BigId, ExactText, UtcDateTime, metadata, name_column


def _key_of_reference(context: DefaultExecutionContext) -> str:
    given = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return reference_key(given["reference"])


def _earlier_in(called: str) -> sa.Column[str]:
    return sa.Column(
        called, sa.String(PLACE_CHARS * MOST_PLACES), nullable=False, server_default=""
    )


def _in_many_places(column: str) -> sa.Index:
    """Of the few entries that `audience_count` does not tell enough of."""
    many = sa.text(f"{column} = '{MANY_PLACES}'")
    return sa.Index(f"ix_recipient_{column}", "nis_code", postgresql_where=many, sqlite_where=many)


recipient = sa.Table(
    "recipient",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("reference", sa.String(128), nullable=False),
    # What it is known by: the reference without case, as domain.recipient.reference_key gives it.
    # lower() of SQLite knows ASCII alone. Folding makes up to three letters of one.
    sa.Column("reference_key", sa.String(384), nullable=False, default=_key_of_reference),
    # Whose list the reference is of: an authority, or nothing for lists that are the country's.
    # Each numbers its people by itself.
    name_column(called="authority", server_default=""),
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
    # Where entries of the same list that came before have the same number, or the same mail address
    # without case: nowhere, SAME_PLACE, MANY_PLACES, or the codes of the municipalities, one after
    # the other (store.recipients.repeats). Who is written to is decided when an alert is planned,
    # and looks at others only where this says so; `audience_count` is counted by it.
    _earlier_in("phone_earlier_in"),
    _earlier_in("email_earlier_in"),
    # The revision of the lists in which it came, or came back: who was added since an approval is
    # counted by this index.
    sa.Column("since", BigId, nullable=False, server_default="0"),
    sa.UniqueConstraint("kind", "reference_key", "authority"),
    # Planning asks whether there is an address, not whether the entry ended.
    sa.CheckConstraint(
        "ended_at IS NULL OR name || phone || email || outlet || consent_source = ''",
        name="ck_recipient_ended_is_empty",
    ),
    sa.Index(None, "since"),
    sa.Index(None, "kind", "nis_code"),
    _in_many_places("phone_earlier_in"),
    _in_many_places("email_earlier_in"),
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


@sa.event.listens_for(recipient, "after_create")
def _keep_counts(_table: sa.Table, connection: sa.Connection, **_options: object) -> None:
    """Whatever makes the table makes the triggers that keep `audience_count`."""
    for statement in counting(sqlite=connection.dialect.name == "sqlite"):
        connection.exec_driver_sql(statement)


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
    name_column("authority", primary_key=True),
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
    name_column(called="authority", server_default=""),
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

import_job = sa.Table(
    "import_job",
    metadata,
    # A list somebody uploaded, and how far its import is. The file itself lies in a folder: see
    # store.recipients.import_folder.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    # Whose list: an authority's, or nothing for those that are the country's.
    name_column(called="list_name"),
    # In whose name it is saved, as what they were when they uploaded it.
    name_column(called="officer"),
    sa.Column("role", sa.String(32), nullable=False),
    name_column(called="authority"),
    sa.Column("membership", BigId, nullable=False),
    sa.Column("person", BigId, nullable=False),
    sa.Column("credential", BigId, nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    # The mark of the folder the file lies in, and the machine that took it.
    sa.Column("folder", sa.String(64), nullable=False),
    sa.Column("host", sa.String(64), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("step", sa.String(16), nullable=False),
    sa.Column("skip_bad", sa.Boolean, nullable=False),
    # Bytes read, or rows processed, of so many.
    sa.Column("done", sa.BigInteger, nullable=False),
    sa.Column("of", sa.BigInteger, nullable=False),
    sa.Column("bad", sa.BigInteger, nullable=False),
    sa.Column("added", sa.BigInteger, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Column("left_out", sa.BigInteger, nullable=False),
    # How often it was begun since it last came any further.
    sa.Column("attempts", sa.Integer, nullable=False),
    # Whether somebody named in the file was removed meanwhile.
    sa.Column("forget", sa.Boolean, nullable=False),
    # What was found in the file: its first rows and errors, with what people wrote there.
    sa.Column("report", sa.Text, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("began_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    # Of one list one at a time.
    sa.Index(
        "ix_import_job_under_way",
        "kind",
        "list_name",
        unique=True,
        postgresql_where=sa.text("state IN ('reading', 'saving')"),
        sqlite_where=sa.text("state IN ('reading', 'saving')"),
    ),
    sa.Index(None, "created_at"),
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
