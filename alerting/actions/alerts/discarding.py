"""Discard an alert that was never sent: it stays readable, and nothing revives it."""

from dataclasses import replace
from typing import Final

from alerting.actions.alerts.guards import (
    lock_alert,
    notify_others,
    reason_of_approval,
    record_on_alert,
    refusers,
    unapproved,
    writers,
)
from alerting.actions.alerts.refusals import NO_REFUSAL, refused
from alerting.domain.alert import UNSENT, Alert, AlertState, StepReason
from alerting.domain.errors import NotAllowed
from alerting.domain.officer import Officer, Permission
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows
from alerting.store.unit_of_work import UnitOfWork

SAYS_NOTHING_AGAINST: Final = NO_REFUSAL | {StepReason.DUPLICATE}
"""Reasons to discard an alert that are no rejection of it: the danger may be real."""
DISCARDED = NoticeText(
    gravity=Gravity.UNDONE,
    says=msgid(
        "{officer} discarded alert {alert} before it was sent. The reason is given on the "
        "alert's page."
    ),
    asks=msgid("discarded, will not be sent"),
)


async def discard(
    services: Services,
    number: int,
    *,
    by: Officer,
    reason: StepReason,
    note: str = "",
    seen: str,
) -> Alert:
    """Put an alert aside for good: whoever may edit it does, or somebody who may return it.

    It stays with its texts, its hands and every no that was said to it, so that what is drafted
    anew about the same is bound by them. By somebody who may approve and had no hand in it, it is
    itself a no, unless the reason says nothing against the alert. `seen` is the fingerprint of what
    the officer read.
    """
    permission = _permission(by)
    more, now = reason_of_approval(reason, note), services.now()
    async with services.unit() as unit:
        alert = await lock_alert(
            services,
            unit,
            number,
            permission,
            msgid("discard"),
            by=by,
            among=tuple(UNSENT),
            seen=seen,
        )
        told = alert if reason in SAYS_NOTHING_AGAINST else refused(alert, by=by, now=now)
        put_aside = replace(
            unapproved(told, AlertState.DISCARDED),
            note=more["note"],
            noted_by=by.name if more["note"] else "",
            proposed=(),
        )
        discarded = await alert_rows.save(unit.connection, put_aside)
        details = {**more, "was": alert.state}
        await record_on_alert(unit, discarded, "alert.discarded", by=by, at=now, more=details)
        await _notify_those_who_took_part(services, unit, alert, by=by)
    return discarded


def _permission(by: Officer) -> Permission:
    """What lets this officer discard an alert; NotAllowed where nothing does."""
    try:
        by.must(Permission.DRAFT)
    except NotAllowed:
        by.must(Permission.RETURN)
        return Permission.RETURN
    return Permission.DRAFT


async def _notify_those_who_took_part(
    services: Services, unit: UnitOfWork, before: Alert, *, by: Officer
) -> None:
    people = writers(before) | refusers(before) | {before.approver, before.sender}
    await notify_others(services, unit, before, people, DISCARDED, by=by)
