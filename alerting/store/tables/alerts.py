"""Alerts, their texts, and what is being composed."""

import sqlalchemy as sa

from alerting.store.tables.metadata import BigId, UtcDateTime, metadata, name_column

alert = sa.Table(
    "alert",
    metadata,
    # Its state, class, end and times stand in `sending`, under the same number.
    sa.Column("id", sa.ForeignKey("sending.id"), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    name_column("scenario"),
    sa.Column("hazard", sa.JSON, nullable=False),
    sa.Column("area", sa.JSON, nullable=False),
    # The circle or polygon it was chosen by, as `domain.shape` describes it.
    sa.Column("shape", sa.JSON(none_as_null=True)),
    sa.Column("channels", sa.JSON, nullable=False),
    sa.Column("languages", sa.JSON, nullable=False),
    # `values` is a keyword in SQL
    sa.Column("details", sa.JSON, nullable=False),
    # When its texts were made anew from other choices.
    sa.Column("composed_at", UtcDateTime),
    name_column("author"),
    # everybody who wrote in it or submitted it, sorted; the store adds, nothing takes away
    sa.Column("hands", sa.JSON, nullable=False, server_default="[]"),
    name_column("editor", server_default=""),
    name_column("submitter", server_default=""),
    sa.Column("submitted_at", UtcDateTime),
    # Other words an approver asked for when returning it, until it is revised or submitted.
    sa.Column("proposed", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("note", sa.String(500), nullable=False, server_default=""),
    name_column("noted_by", server_default=""),
    # Everybody's no to it, and when the last was said; none once somebody else said yes.
    sa.Column("refusals", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("refused_at", UtcDateTime),
    name_column("approver", server_default=""),
    # The memberships whoever approved, and sent or scheduled it, acted under; 0: none.
    sa.Column("approver_membership", BigId, nullable=False, server_default="0"),
    sa.Column("sender_membership", BigId, nullable=False, server_default="0"),
    sa.Column("approved_at", UtcDateTime),
    # channel -> people, as counted when it was approved
    sa.Column("approved_audience", sa.JSON, nullable=False, server_default="{}"),
    # channel -> the accounts and newsrooms that might be used then
    sa.Column("approved_use", sa.JSON, nullable=False, server_default="{}"),
    # `list_revision` when that was counted: changes since are counted, nothing else.
    sa.Column("approved_revision", BigId, nullable=False, server_default="0"),
    sa.Column("send_at", UtcDateTime),
    name_column("bypass", server_default=""),
    sa.Column("bypass_reason", sa.String(500), nullable=False, server_default=""),
    name_column("review", server_default=""),
    name_column("reviewer", server_default=""),
    sa.Column("reviewed_at", UtcDateTime),
    sa.Column("review_note", sa.String(500), nullable=False, server_default=""),
    sa.Column("review_told_at", UtcDateTime),
    name_column("sender", server_default=""),
    name_column("sender_authority", server_default=""),
    # The hour of sending in its texts: written once, by whoever plans its first slice.
    sa.Column("filled_at", UtcDateTime),
    name_column("follow_up", server_default=""),
    name_column("authority", server_default="national"),
    sa.Column("incident_id", BigId),
    # The alert whose choices and details it was begun from; `sending` has the one it follows.
    sa.Column("copied_from", BigId),
    # The first of its chain of follow-ups, itself where it follows none.
    sa.Column("first_alert", BigId, nullable=False),
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

alert_choices = sa.Table(
    "alert_choices",
    metadata,
    # What each version was chosen to be, beside its texts: shown to whoever read an earlier one.
    sa.Column("alert_id", sa.ForeignKey("alert.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("area", sa.JSON, nullable=False),
    sa.Column("shape", sa.JSON(none_as_null=True)),
    sa.Column("channels", sa.JSON, nullable=False),
    sa.Column("languages", sa.JSON, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)

alert_reading = sa.Table(
    "alert_reading",
    metadata,
    # Who opened which text of which version, and when first: what they have not opened is named
    # before they approve.
    sa.Column("alert_id", sa.ForeignKey("alert.id"), primary_key=True),
    sa.Column("officer", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("language", sa.String(2), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
)

approval_call = sa.Table(
    "approval_call",
    metadata,
    # Whom the service called to approve what was submitted at a moment, and when it calls again.
    sa.Column("alert_id", sa.ForeignKey("alert.id"), primary_key=True),
    sa.Column("submitted_at", UtcDateTime, primary_key=True),
    sa.Column("officer", sa.String(64), primary_key=True),
    sa.Column("called_at", UtcDateTime, nullable=False),
    sa.Column("reminders", sa.SmallInteger, nullable=False, server_default="0"),
    # NULL: they are not reminded any more.
    sa.Column("next_at", UtcDateTime),
    sa.Index(None, "next_at"),
)

alert_word_run = sa.Table(
    "alert_word_run",
    metadata,
    # What was typed in an alert, as numbers of a few words in a row (`own_words.runs`): whose words
    # come along is looked up here, however much was ever written. Kept as long as `alert_text`.
    sa.Column("first_alert", BigId, primary_key=True, autoincrement=False),
    sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("alert_id", sa.ForeignKey("alert.id"), primary_key=True),
    # Whose words they are where they stand in a reason or a note; empty in a text of the alert,
    # whose words are those of everybody with a hand in it.
    sa.Column("typed_by", sa.String(64), primary_key=True, server_default=""),
)

composition = sa.Table(
    "composition",
    metadata,
    # What is being composed and is no alert yet; or, with an alert's number, the words somebody is
    # changing in it. It goes when the alert, or its new version, is made.
    sa.Column("id", BigId, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    name_column("author"),
    name_column("authority", server_default="national"),
    name_column("writer"),
    # everybody who wrote in it, sorted: they do not approve what is made of it
    sa.Column("hands", sa.JSON, nullable=False, server_default="[]"),
    name_column("alert_class"),
    sa.Column("alert_id", sa.ForeignKey("alert.id")),
    sa.Column("copied_from", BigId),
    # The alert whose choices it changes, and the fingerprint of those it began from.
    sa.Column("changes_alert", sa.ForeignKey("alert.id")),
    sa.Column("changes_from", sa.String(64), nullable=False, server_default=""),
    # The alert that what is made of it follows, and how.
    sa.Column("follows_alert", sa.ForeignKey("alert.id")),
    name_column("follow_up", server_default=""),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("alert_id", "author"),
    sa.UniqueConstraint("changes_alert", "authority"),
    sa.UniqueConstraint("follows_alert", "follow_up", "authority"),
    sqlite_autoincrement=True,  # somebody may still be typing in one that is gone
)

translation_request = sa.Table(
    "translation_request",
    metadata,
    # A colleague asked what a detail of a composition says in a language that lacks it. It goes
    # with the composition.
    sa.Column("id", BigId, primary_key=True),
    sa.Column(
        "composition_id", BigId, sa.ForeignKey("composition.id", ondelete="CASCADE"), nullable=False
    ),
    name_column("value_name"),
    name_column("language"),
    # Empty: the translators of that language of the composition's authority.
    name_column("officer", server_default=""),
    name_column("asked_by"),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    name_column("state"),
    name_column("answered_by", server_default=""),
    sa.Column("words", sa.JSON(none_as_null=True)),
    # The version the answer made: it is merged into what others typed meanwhile.
    sa.Column("composition_version", sa.Integer),
    sa.Index(None, "composition_id"),
    sa.Index(None, "asked_by", "state"),
    sqlite_autoincrement=True,  # an e-mail may still lead to one that is gone
)
