"""What an approval is worth: given by whom, for how long, and for how many people."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from alerting.domain.alert import Alert
from alerting.domain.errors import ApprovalLapsed, AudienceGrew, Changed, NeedsSecondPerson
from alerting.domain.text.i18n import msgid

WROTE = msgid("{officer} wrote alert {alert}, so {officer} cannot approve it.")
CHANGED = msgid("{officer} was the last to change alert {alert}, so {officer} cannot approve it.")
SUBMITTED = msgid("{officer} submitted alert {alert}, so {officer} cannot approve it.")
TOOK_PART = msgid(
    "{officer} wrote in alert {alert} or submitted it before, so {officer} cannot approve it."
)
SENT = msgid("{officer} had a hand in alert {alert}, so {officer} cannot review it.")

GROWTH = 0.02
FEW = 50
"""People register every day; an approval need not be given again for each of them. Two per cent is
a day's growth of a list during a crisis, and below 2,500 people that would be less than a bus."""


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
    """Whoever ever wrote in an alert, or submitted it, does not approve it."""
    if what := hand_in(alert, name):
        raise NeedsSecondPerson(what, alert=alert.id, officer=name)


def other_reviewer(alert: Alert, name: str) -> None:
    """Whoever sent an alert alone, or wrote it, does not judge that afterwards."""
    if name == alert.sender or hand_in(alert, name):
        raise NeedsSecondPerson(SENT, alert=alert.id, officer=name)


def must_be_approved(
    alert: Alert, *, now: datetime, lasts: timedelta, audience: Mapping[str, int]
) -> None:
    """Refuse an approval of other words, of long ago, or for far fewer people than `audience`.

    `audience` is the number of people each channel would reach now.
    """
    if alert.approved_at is None or alert.fingerprint() != alert.approved_fingerprint:
        raise Changed(alert=alert.id)
    if now >= alert.approved_at + lasts:
        raise ApprovalLapsed(
            alert=alert.id,
            approved_at=alert.approved_at,
            hours=f"{lasts.total_seconds() / 3600:g}",
        )
    for channel, people in audience.items():
        approved = alert.approved_audience.get(channel, 0)
        if people > approved + max(FEW, approved * GROWTH):
            raise AudienceGrew(alert=alert.id, channel=channel, approved=approved, now=people)
