"""Call whoever must approve: by e-mail at once, again after minutes, then the next on call."""

from collections.abc import Collection
from datetime import datetime

from alerting.actions import authorization
from alerting.actions.staff_notifications.inbox import mail_alone
from alerting.domain.alert import Alert, AlertClass, AlertState
from alerting.domain.four_eyes import hand_in
from alerting.domain.officer import Permission
from alerting.domain.on_call import (
    CALLED_AGAIN_AFTER,
    EVERYBODY_AFTER,
    LISTED_AFTER,
    MOST_CALLED_AT_ONCE,
    first_called,
    next_called,
    next_reminder,
)
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.i18n import msgid
from alerting.rounds import LOCK_WAIT, each_apart
from alerting.services import Services
from alerting.store import staff_notifications as notification_rows
from alerting.store.alerts import calls as call_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.authorities import on_call as on_call_rows
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork

SUBMITTED = NoticeText(
    gravity=Gravity.CALL,
    says=msgid("{officer} submitted alert {alert}: it is waiting for approval."),
    asks=msgid("please approve or return"),
)
STILL_WAITING = NoticeText(
    gravity=Gravity.CALL,
    says=msgid("Alert {alert} has been waiting for approval since {since}."),
    asks=msgid("still waiting, please approve or return"),
)
NEXT_ON_CALL = NoticeText(
    gravity=Gravity.CALL,
    says=msgid(
        "Alert {alert} has been waiting for approval since {since}, and you are next on the "
        "on-call list."
    ),
    asks=msgid("you are called, please approve or return"),
)


async def call_approvers(services: Services, unit: UnitOfWork, alert: Alert) -> None:
    """Write to everybody who may approve what was just submitted.

    Of a real alert, whoever is first on call is reminded until somebody decides; without a list,
    everybody is.
    """
    able = await _able(services, unit, alert)
    now = services.now()
    submitted = await _submitted_due(services, unit, alert, able)
    await mail_alone(services, unit, alert, submitted, SUBMITTED, officer=alert.submitter)
    real = alert.alert_class is AlertClass.ALERT
    on_call = await _on_call(services, unit, alert) if real else []
    await call_rows.add(
        unit.connection,
        unit.database,
        alert,
        first_called(able, on_call),
        at=now,
        next_at=next_reminder(now, 0) if real else None,
    )


async def remind_of_approvals(services: Services) -> None:
    """Write again to whoever was called for what still waits, and to the next; idempotent."""
    now = services.now()
    async with services.reading() as reading:
        waiting = await call_rows.due(reading.connection, now=now)

    async def remind(number: int) -> None:
        async with services.unit() as unit:
            async with unit.locks_within(LOCK_WAIT):
                found = await alert_rows.load(unit.connection, number, lock=True)
            if found.state is AlertState.IN_REVIEW and found.expires_at > now:
                await _remind(services, unit, found)

    await each_apart("approval", remind, waiting)


async def _remind(services: Services, unit: UnitOfWork, alert: Alert) -> None:
    now = services.now()
    able = await _able(services, unit, alert)
    calls = await call_rows.calls_of(unit.connection, alert)
    overdue, reminded = False, []
    for one in calls:
        if one.next_at is None or one.next_at > now:
            continue
        again = next_reminder(one.called_at, one.reminders + 1)
        overdue = overdue or again is None
        await call_rows.remind(unit.connection, alert, one.officer, next_at=again)
        if one.officer in able:
            reminded.append(one.officer)
    since = alert.submitted_at
    due = await _listed_due(services, unit, alert, reminded)
    await mail_alone(services, unit, alert, due, STILL_WAITING, since=since)
    if not overdue:
        return
    on_call = await _on_call(services, unit, alert)
    called = {one.officer for one in calls}
    following = [next_called(able, on_call, called) or ""]
    if following == [""] or (since is not None and now - since >= EVERYBODY_AFTER):
        following = [name for name in able if name not in called]
    if following:
        await call_rows.add(
            unit.connection,
            unit.database,
            alert,
            following,
            at=now,
            next_at=next_reminder(now, 0),
        )
        due = await _listed_due(services, unit, alert, following)
        text = NEXT_ON_CALL if {*following} & {*on_call} else STILL_WAITING
        await mail_alone(services, unit, alert, due, text, since=since)


async def _submitted_due(
    services: Services, unit: UnitOfWork, alert: Alert, able: Collection[str]
) -> dict[str, datetime]:
    """From when on each is written to of what was just submitted; without those who will be anyway.

    At once, but of the same alert only once in a while, however often its writer takes it back,
    unless a colleague said no to it meanwhile; and of the many of one submitter in a list.
    """
    now = services.now()
    since = now - CALLED_AGAIN_AFTER
    _, lately = await alert_rows.waiting_of(unit.connection, alert.submitter, now=now, since=since)
    start = now if lately <= MOST_CALLED_AT_ONCE else now + LISTED_AFTER
    due = dict.fromkeys(able, start)
    for call in await notification_rows.calls_since(unit.connection, able, since):
        if call.alert_id != alert.id:
            continue
        posted = call.posted_at
        if posted is None:
            due.pop(call.officer, None)
        elif call.officer in due and not any(no.at >= posted for no in alert.refusals):
            due[call.officer] = max(due[call.officer], posted + CALLED_AGAIN_AFTER)
    return due


async def _listed_due(
    services: Services, unit: UnitOfWork, alert: Alert, officers: Collection[str]
) -> dict[str, datetime]:
    """From when on each is reminded; without those who are written to of this alert anyway.

    Every e-mail of a call lists all that waits, so that one list reminds of all: whoever got one
    gets the next a little later.
    """
    now = services.now()
    due = dict.fromkeys(officers, now)
    for call in await notification_rows.calls_since(unit.connection, officers, now - LISTED_AFTER):
        if call.posted_at is not None and call.officer in due:
            due[call.officer] = max(due[call.officer], call.posted_at + LISTED_AFTER)
        elif call.alert_id == alert.id:
            due.pop(call.officer, None)
    return due


async def _able(services: Services, reading: ReadTransaction, alert: Alert) -> list[str]:
    """Who may approve an alert now, having had no hand in it."""
    names = await authorization.approvers(services, reading, alert, Permission.APPROVE)
    return [name for name in names if not hand_in(alert, name)]


async def _on_call(services: Services, reading: ReadTransaction, alert: Alert) -> list[str]:
    return await on_call_rows.names_at(reading.connection, alert.authority, now=services.now())
