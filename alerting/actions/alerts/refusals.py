"""A colleague's no to an alert: whose counts, whom it binds, and until when."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions import authorization
from alerting.domain.alert import Alert, FollowUp, StepReason
from alerting.domain.authority import RANK, Authority, stands_above
from alerting.domain.errors import RefusedBefore, RefusedSame, RefusedToOfficer
from alerting.domain.four_eyes import hand_in
from alerting.domain.officer import Officer, Permission
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows
from alerting.store.unit_of_work import ReadTransaction

REFUSAL_HOLDS = timedelta(hours=12)
"""How long a no to one alert keeps others about the same from leaving alone: a shift of twelve
hours, in which whoever said it, or was told it, is still on duty."""
NO_REFUSAL = frozenset({StepReason.FAULT})
"""Reasons to stop an alert that say nothing against it."""


async def refused(
    services: Services,
    reading: ReadTransaction,
    alert: Alert,
    *,
    by: Officer,
    now: datetime,
    permission: Permission = Permission.APPROVE,
) -> Alert:
    """The alert with this officer's no; unchanged where it is none.

    A no is said by whoever may approve (or, afterwards, judge: `permission`), had no hand in the
    alert and did not send it. One said from above within REFUSAL_HOLDS stays: nobody below it makes
    it weaker.
    """
    if not by.may(permission) or by.name == alert.sender or hand_in(alert, by.name):
        return alert
    if alert.refused_at is not None and now < alert.refused_at + REFUSAL_HOLDS:
        before = await authorization.authority(
            services, reading.connection, alert.refused_authority
        )
        if stands_above(before, by.authority):
            return alert
    return replace(alert, refused_by=by.name, refused_authority=by.authority.code, refused_at=now)


def not_refused(alert: Alert) -> Alert:
    """The alert after somebody answered the no, or took their own back."""
    return replace(alert, refused_by="", refused_authority="", refused_at=None)


async def why_refused(
    services: Services, connection: AsyncConnection, alert: Alert, *, by: Officer
) -> RefusedBefore | None:
    """The no of a colleague that keeps an alert from leaving alone; None where nobody said one.

    It was said of this alert, or within REFUSAL_HOLDS of another about the same: its scenario and
    class in part of its area, and of follow-ups in the same chain. So neither a copy nor a new
    draft of what was refused walks round it. Approving the alert answers it. It never binds upward:
    whoever said it works for the authority that speaks in this alert, or for one above. With other
    details, and in a retraction, whose details are always the same, it binds those who took part in
    the other alert: somebody else judges anew, in a danger that may have grown since.
    """
    if alert.refused_at is not None:
        return await refusal_of_itself(services, connection, alert)
    speaking = await authorization.authority(services, connection, alert.authority)
    first = await first_of(connection, alert)
    for one in await alert_rows.refused_in(
        connection,
        alert.scenario,
        alert.alert_class,
        alert.area,
        since=services.now() - REFUSAL_HOLDS,
    ):
        took_part = by.name in alert_rows.hands_of(one) | {one.sender}
        same = one.values == alert.values and alert.follow_up is not FollowUp.FALSE_ALERT
        in_chain = alert.previous_alert is None or (await first_of(connection, one)).id == first.id
        refuser = await authorization.authority(services, connection, one.refused_authority)
        if not ((took_part or same) and in_chain and _over(refuser, speaking)):
            continue
        assert one.refused_at is not None  # noqa: S101  or it would not be among them
        return (RefusedSame if same else RefusedToOfficer)(
            alert=alert.id,
            officer=one.refused_by,
            authority=refuser.called,
            refused=one.id,
            refused_at=one.refused_at,
            until=one.refused_at + REFUSAL_HOLDS,
        )
    return None


async def refusal_of_itself(
    services: Services, connection: AsyncConnection, alert: Alert
) -> RefusedBefore:
    """The no that was said of the alert itself, which holds until a second person answers it."""
    refuser = await authorization.authority(services, connection, alert.refused_authority)
    return RefusedBefore(
        alert=alert.id,
        officer=alert.refused_by,
        authority=refuser.called,
        refused=alert.id,
        refused_at=alert.refused_at,
    )


def _over(refuser: Authority, speaking: Authority) -> bool:
    """Whether one is the other or has the say over it, as for acts on its alerts."""
    return (
        refuser.code == speaking.code
        or RANK[refuser.level] > RANK[speaking.level]
        or stands_above(refuser, speaking)
    )


async def first_of(connection: AsyncConnection, alert: Alert) -> Alert:
    """The first alert of a chain of follow-ups; itself where it follows none."""
    first = alert
    while first.previous_alert is not None:
        first = await alert_rows.load(connection, first.previous_alert)
    return first
