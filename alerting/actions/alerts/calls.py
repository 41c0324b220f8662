"""Call whoever must approve: by e-mail at once, again after minutes, then the next on call."""

from alerting.actions import authorization
from alerting.actions.staff_notifications.inbox import mail_alone
from alerting.domain.alert import Alert, AlertClass, AlertState
from alerting.domain.four_eyes import hand_in
from alerting.domain.officer import Permission
from alerting.domain.on_call import first_called, next_called, next_reminder
from alerting.domain.staff_notification import NoticeText
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.alerts import calls as call_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.authorities import on_call as on_call_rows
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork

SUBMITTED = NoticeText(
    says=msgid("{officer} submitted alert {alert}: it is waiting for approval."),
    asks=msgid("please approve or return"),
)
STILL_WAITING = NoticeText(
    says=msgid("Alert {alert} has been waiting for approval since {since}."),
    asks=msgid("still waiting, please approve or return"),
)
NEXT_ON_CALL = NoticeText(
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
    await mail_alone(services, unit, alert, able, SUBMITTED, officer=alert.submitter)
    real = alert.alert_class is AlertClass.ALERT
    on_call = await _on_call(services, unit, alert) if real else []
    now = services.now()
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
    for number in waiting:
        async with services.unit() as unit:
            found = await alert_rows.load(unit.connection, number, lock=True)
            if found.state is AlertState.IN_REVIEW and found.expires_at > now:
                await _remind(services, unit, found)


async def _remind(services: Services, unit: UnitOfWork, alert: Alert) -> None:
    now = services.now()
    able = await _able(services, unit, alert)
    calls = await call_rows.calls_of(unit.connection, alert)
    overdue = False
    for one in calls:
        if one.next_at is None or one.next_at > now:
            continue
        again = next_reminder(one.called_at, one.reminders + 1)
        overdue = overdue or again is None
        await call_rows.remind(unit.connection, alert, one.officer, next_at=again)
        if one.officer in able:
            since = alert.submitted_at
            await mail_alone(services, unit, alert, [one.officer], STILL_WAITING, since=since)
    if not overdue:
        return
    on_call = await _on_call(services, unit, alert)
    called = {one.officer for one in calls}
    if following := next_called(able, on_call, called):
        await call_rows.add(
            unit.connection,
            unit.database,
            alert,
            [following],
            at=now,
            next_at=next_reminder(now, 0),
        )
        since = alert.submitted_at
        await mail_alone(services, unit, alert, [following], NEXT_ON_CALL, since=since)


async def _able(services: Services, reading: ReadTransaction, alert: Alert) -> list[str]:
    """Who may approve an alert now, having had no hand in it."""
    names = await authorization.approvers(services, reading, alert, Permission.APPROVE)
    return [name for name in names if not hand_in(alert, name)]


async def _on_call(services: Services, reading: ReadTransaction, alert: Alert) -> list[str]:
    return await on_call_rows.names_at(reading.connection, alert.authority, now=services.now())
