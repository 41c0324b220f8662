"""What an approval is worth: given by whom, for how long, and for how many people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.domain.alert import Alert, Review
from alerting.domain.errors import (
    ApprovalLapsed,
    AudienceChanged,
    Changed,
    NeedsSecondPerson,
    NotJustified,
    Unreviewed,
)
from alerting.domain.text.i18n import msgid

WROTE = msgid("{officer} wrote alert {alert}, so {officer} cannot approve it.")
CHANGED = msgid("{officer} was the last to change alert {alert}, so {officer} cannot approve it.")
SUBMITTED = msgid("{officer} submitted alert {alert} for approval, so {officer} cannot approve it.")
TOOK_PART = msgid(
    "{officer} edited alert {alert} or an alert it was created from, or submitted it "
    "before, so {officer} cannot approve it."
)
SENT = msgid("{officer} took part in alert {alert}, so {officer} cannot review it.")
RESUMED = msgid(
    "{refuser} rejected alert {alert}, so a user who wrote, edited or sent it cannot "
    "resume sending. Another user must resume sending or approve the alert again."
)

CHANGED_SHARE = 0.02
FEW_ADDRESSES = 10
"""People register every day; an approval need not be given again for each of them. Two per cent is
a day's growth of a list during a crisis; below 500 addresses, ten of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChanges:
    """Addresses an alert reaches on one channel, compared with those it was approved for."""

    approved: int
    added: int
    removed: int
    changed: int
    """Still reached, but at another address, or in another language."""
    beyond: int = 0
    """Accounts and newsrooms among the added that could not be used when it was approved."""

    @property
    def too_many(self) -> bool:
        """Whether somebody must say yes to them anew; to one more account or newsroom, always.

        Each of these speaks to many people.
        """
        if self.beyond:
            return True
        moved = self.added + self.removed + self.changed
        return moved > max(FEW_ADDRESSES, self.approved * CHANGED_SHARE)


def hand_in(alert: Alert, name: str) -> str:
    """What an officer did with an alert that keeps them from approving it; empty: nothing."""
    if name == alert.author:
        return WROTE
    if name == alert.editor:
        return CHANGED
    if name == alert.submitter:
        return SUBMITTED
    return TOOK_PART if name in alert.hands else ""


def second_person(alert: Alert, name: str) -> None:
    """Whoever ever wrote in an alert, or in one it was made from, or submitted it, does not approve
    it.
    """
    if what := hand_in(alert, name):
        raise NeedsSecondPerson(what, alert=alert.id, officer=name)


def other_reviewer(alert: Alert, name: str) -> None:
    """Whoever sent an alert alone, or wrote it, does not judge that afterwards."""
    if name == alert.sender or hand_in(alert, name):
        raise NeedsSecondPerson(SENT, alert=alert.id, officer=name)


def other_resumer(alert: Alert, name: str) -> None:
    """Whoever sent an alert, or wrote it, does not answer a colleague's no to it."""
    if name == alert.sender or hand_in(alert, name):
        must_be_unrefused(alert)


def must_be_unrefused(alert: Alert) -> None:
    """Refuse what a colleague said no to, until somebody answers that."""
    if standing := alert.standing_refusals:
        raise NeedsSecondPerson(RESUMED, alert=alert.id, refuser=standing[-1].officer)


def must_be_approved(
    alert: Alert, *, now: datetime, lasts: timedelta, lists: Mapping[str, ListChanges]
) -> None:
    """Refuse an approval of other words, of long ago, or for other people.

    `lists` says for each channel what has changed since; empty where nothing can have. Raises
    Changed, ApprovalLapsed, AudienceChanged.
    """
    must_say_what_was_approved(alert)
    assert alert.approved_at is not None  # noqa: S101  or it says nothing that was approved
    if now >= alert.approved_at + lasts:
        raise ApprovalLapsed(
            alert=alert.id,
            approved_at=alert.approved_at,
            hours=f"{lasts.total_seconds() / 3600:g}",
        )
    must_reach_who_was_approved(alert, lists)


def must_say_what_was_approved(alert: Alert) -> None:
    """Raise Changed for other words, another area, end or audience than those approved."""
    if alert.approved_at is None or alert.fingerprint() != alert.approved_fingerprint:
        raise Changed(alert=alert.id)


def must_be_vouched_for(alert: Alert, *, now: datetime, lasts: timedelta) -> None:
    """Refuse to go on with an alert that left, where nobody answers for it today.

    An approval lasts `lasts`, and so does a second person's judgement that it was justified. What
    one person sent alone goes on without either until its review is due.
    """
    since = alert.approved_at
    if alert.bypass and not alert.approver:
        if alert.review_due is not None and now < alert.review_due:
            return
        if alert.review is None:
            raise Unreviewed(alert=alert.id, officer=alert.sender)
        since = alert.reviewed_at
    if since is None or now >= since + lasts:
        raise ApprovalLapsed(
            alert=alert.id, approved_at=since or now, hours=f"{lasts.total_seconds() / 3600:g}"
        )


def must_be_justified(alert: Alert) -> None:
    """Refuse to go on with what one person sent alone and another judged not justified."""
    if alert.review is Review.NOT_JUSTIFIED:
        raise NotJustified(alert=alert.id, reviewer=alert.reviewer)


def must_reach_who_was_approved(alert: Alert, lists: Mapping[str, ListChanges]) -> None:
    """Raise AudienceChanged where too many addresses came, went or changed since approval."""
    for channel, changes in lists.items():
        if changes.too_many:
            raise AudienceChanged(
                alert=alert.id,
                channel=channel,
                approved=changes.approved,
                added=changes.added,
                removed=changes.removed,
                changed=changes.changed,
            )
