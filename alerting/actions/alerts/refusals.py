"""A colleague's no to an alert: whose counts, whom it binds, and until when."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions import authorization
from alerting.domain.alert import Alert, AlertRefusal, FollowUp, Review, StepReason
from alerting.domain.authority import RANK, Authority, stands_above
from alerting.domain.errors import RefusedBefore, RefusedSame, RefusedToOfficer
from alerting.domain.four_eyes import hand_in
from alerting.domain.officer import Officer, Permission
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows

REFUSAL_HOLDS = timedelta(hours=12)
"""How long a no to one alert keeps others about the same from leaving alone: a shift of twelve
hours, in which whoever said it, or was told it, is still on duty."""
NO_REFUSAL = frozenset({StepReason.FAULT})
"""Reasons to stop an alert that say nothing against it."""


def refused(
    alert: Alert, *, by: Officer, now: datetime, permission: Permission = Permission.APPROVE
) -> Alert:
    """The alert with this officer's no beside those of others; unchanged where it is none.

    A no is said by whoever may approve (or, afterwards, judge: `permission`), had no hand in the
    alert and did not send it. Said again, it holds from then on.
    """
    if not by.may(permission) or by.name == alert.sender or hand_in(alert, by.name):
        return alert
    no = AlertRefusal(
        officer=by.name,
        authority=by.authority.code,
        at=now,
        area=alert.area,
        values=dict(alert.values),
    )
    others = (refusal for refusal in alert.refusals if replace(refusal, at=now) != no)
    return replace(alert, refusals=(*others, no))


def has_refused(alert: Alert, by: Officer) -> bool:
    """Whether this officer said no to it, for the authority they work for now."""
    said = {(refusal.officer, refusal.authority) for refusal in alert.standing_refusals}
    return (by.name, by.authority.code) in said


def taken_back(alert: Alert, by: Officer) -> Alert:
    """The alert without this officer's own no; what they judged not justified stays so."""
    if alert.review is Review.NOT_JUSTIFIED and alert.reviewer == by.name:
        return alert
    return replace(
        alert, refusals=tuple(refusal for refusal in alert.refusals if refusal.officer != by.name)
    )


def answered(alert: Alert) -> Alert:
    """The alert after a second person, who knows of every no to it, said yes.

    A no holds on where it was said and the alert is no more: nobody said yes to that.
    """
    remaining_refusals = [
        replace(refusal, area=tuple(code for code in refusal.area if code not in alert.area))
        for refusal in alert.refusals
    ]
    return replace(alert, refusals=tuple(refusal for refusal in remaining_refusals if refusal.area))


async def why_refused(
    services: Services, connection: AsyncConnection, alert: Alert, *, by: Officer
) -> RefusedBefore | None:
    """The no of a colleague that keeps an alert from leaving alone; None where nobody said one.

    It was said of this alert, or within REFUSAL_HOLDS of another in part of its area. Whoever took
    part in that one sends nothing alone there, whatever the scenario, in whatever chain: else the
    neighbouring scenario, or a copy, walks round the no. Everybody else judges anew, in a danger
    that may have grown since, but not the same details of the same scenario. Approving the other
    alert answers it. It never binds upward: whoever said it works for the authority that speaks in
    this alert, or for one above. A no to a real alert holds for its exercises too, not the other
    way round. A no to an alert keeps nobody from retracting it.
    """
    if alert.standing_refusals:
        return await refusal_of_itself(services, connection, alert)
    speaking = await authorization.authority(services, connection, alert.authority)
    since = services.now() - REFUSAL_HOLDS
    for one in await alert_rows.refused_since(connection, alert.alert_class, since=since):
        took_part = by.name in alert_rows.hands_of(one) | {one.sender}
        if took_part and await _retracts(connection, alert, one):
            continue
        for no in reversed(one.refusals):
            same = await _same(connection, alert, one, no)
            if no.at <= since or {*no.area}.isdisjoint(alert.area) or not (took_part or same):
                continue
            refuser = await authorization.authority(services, connection, no.authority)
            if _over(refuser, speaking):
                return (RefusedSame if same else RefusedToOfficer)(
                    alert=alert.id,
                    officer=no.officer,
                    authority=refuser.called,
                    refused=one.id,
                    refused_at=no.at,
                    until=no.at + REFUSAL_HOLDS,
                )
    return None


async def refusal_of_itself(
    services: Services, connection: AsyncConnection, alert: Alert
) -> RefusedBefore:
    """The last no said of the alert itself; those hold until a second person answers them."""
    no = alert.standing_refusals[-1]
    refuser = await authorization.authority(services, connection, no.authority)
    return RefusedBefore(
        alert=alert.id,
        officer=no.officer,
        authority=refuser.called,
        refused=alert.id,
        refused_at=no.at,
    )


async def _same(connection: AsyncConnection, alert: Alert, other: Alert, no: AlertRefusal) -> bool:
    """Whether an alert says what was refused: of follow-ups in one chain only, and no retraction,
    whose details are always the same.
    """
    if (other.scenario, no.values) != (alert.scenario, alert.values):
        return False
    if alert.follow_up is FollowUp.FALSE_ALERT:
        return False
    if alert.previous_alert is None:
        return True
    return (await first_of(connection, other)).id == (await first_of(connection, alert)).id


async def _retracts(connection: AsyncConnection, alert: Alert, other: Alert) -> bool:
    """Whether an alert takes back another, to which somebody said no."""
    if alert.follow_up is not FollowUp.FALSE_ALERT or other.follow_up is FollowUp.FALSE_ALERT:
        return False
    return (await first_of(connection, other)).id == (await first_of(connection, alert)).id


def _over(refuser: Authority, speaking: Authority) -> bool:
    """Whether one is the other or has the say over it, as for acts on its alerts."""
    return (
        refuser.code == speaking.code
        or RANK[refuser.level] > RANK[speaking.level]
        or stands_above(refuser, speaking)
    )


async def first_of(connection: AsyncConnection, alert: Alert) -> Alert:
    """The first alert of a chain of follow-ups; itself where it follows none."""
    return (await alert_rows.chain(connection, alert))[-1]
