"""Call whoever must approve: by e-mail at once, again after minutes, then the next on call."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerting.actions import authorization
from alerting.actions.staff_notifications.inbox import mail_alone
from alerting.domain.alert import Alert, AlertClass, AlertState
from alerting.domain.delivery import State
from alerting.domain.four_eyes import hand_in
from alerting.domain.officer import Officer, Permission
from alerting.domain.on_call import (
    CALLED_AGAIN_AFTER,
    EVERYBODY_AFTER,
    LISTED_AFTER,
    MOST_CALLED_AT_ONCE,
    first_called,
    next_called,
    next_reminder,
)
from alerting.domain.staff_notification import CallMessage, Gravity, NoticeText
from alerting.domain.text.i18n import ByLanguage, msgid
from alerting.rounds import LOCK_WAIT, each_apart
from alerting.services import Services
from alerting.store import staff_messages as message_rows
from alerting.store import staff_notifications as notification_rows
from alerting.store.accounts import repository as account_rows
from alerting.store.alerts import calls as call_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.alerts.calls import ApprovalCall
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCalls:
    """Whom submitting an alert calls first."""

    first: Sequence[str]
    """By name; empty where nobody can be called."""
    telephone: ByLanguage | None
    """The authority, its number and who may decide there, where nobody can be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCalls:
    """Whom the service called to approve an alert that waits for it."""

    calls: Sequence[ApprovalCall] = ()
    """In the order in which it did; only those who have an account to be called at."""
    messages: Mapping[str, Sequence[CallMessage]] = field(default_factory=dict)
    """By what each of those was called, in order, by name."""
    telephone: ByLanguage | None = None
    """The authority, its number and who may decide there, where nobody could be called."""


async def expected_calls(services: Services, number: int, *, by: Officer) -> ExpectedCalls:
    """Whom it calls first when this officer submits an alert now."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        able = [name for name in await _able(services, reading, alert) if name != by.name]
        reached = await _reached(reading, able)
        if not reached:
            called = await authorization.whom_to_call(services, reading, alert.authority)
            return ExpectedCalls(first=(), telephone=called)
        real = alert.alert_class is AlertClass.ALERT
        on_call = await _on_call(services, reading, alert) if real else []
        return ExpectedCalls(first=first_called(reached, on_call), telephone=None)


async def list_calls(
    services: Services, reading: ReadTransaction, alerts: Collection[Alert]
) -> dict[int, AlertCalls]:
    """Whom the service called for each of these that waits for approval, by its number."""
    waiting = [one for one in alerts if one.state is AlertState.IN_REVIEW]
    if not waiting:
        return {}
    found = await call_rows.calls_of_each(reading.connection, waiting)
    names = {call.officer for calls in found.values() for call in calls}
    reached = {*await _reached(reading, names)}
    since = min(one.submitted_at for one in waiting if one.submitted_at)
    messages = await message_rows.calls_of(reading.connection, reached, since=since)
    told = {}
    for alert in waiting:
        assert alert.submitted_at is not None  # noqa: S101  or it would not wait
        begun = alert.submitted_at
        calls = [one for one in found[alert.id] if one.officer in reached]
        by_name = {
            one.officer: [
                message
                for message in messages.get(one.officer, ())
                if alert.id in message.about and message.at >= begun
            ]
            for one in calls
        }
        telephone = None
        if not any(_may_have_come(by_name[one.officer]) for one in calls):
            telephone = await authorization.whom_to_call(services, reading, alert.authority)
        told[alert.id] = AlertCalls(calls=calls, messages=by_name, telephone=telephone)
    return told


def _may_have_come(messages: Sequence[CallMessage]) -> bool:
    """Whether somebody may have been called by any of these, or will be as soon as one leaves."""
    lost = {State.FAILED, State.EXPIRED}
    return not messages or any(message.state not in lost for message in messages)


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
                alert = await alert_rows.load(unit.connection, number, lock=True)
            if alert.state is AlertState.IN_REVIEW and alert.expires_at > now:
                await _remind(services, unit, alert)

    await each_apart("approval", remind, waiting)


async def _remind(services: Services, unit: UnitOfWork, alert: Alert) -> None:
    now = services.now()
    able = await _able(services, unit, alert)
    calls = await call_rows.calls_of(unit.connection, alert)
    overdue, reminded = False, []
    for call in calls:
        if call.next_at is None or call.next_at > now:
            continue
        again = next_reminder(call.called_at, call.reminders + 1)
        overdue = overdue or again is None
        await call_rows.remind(unit.connection, alert, call.officer, next_at=again)
        if call.officer in able:
            reminded.append(call.officer)
    since = alert.submitted_at
    due = await _listed_due(services, unit, alert, reminded)
    await mail_alone(services, unit, alert, due, STILL_WAITING, since=since)
    if not overdue:
        return
    on_call = await _on_call(services, unit, alert)
    called = {call.officer for call in calls}
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
    """Who may approve an alert now, having had no hand in it: those who can be called, if any."""
    names = await authorization.approvers(services, reading, alert, Permission.APPROVE)
    able = [name for name in names if not hand_in(alert, name)]
    return await _reached(reading, able) or able


async def _reached(reading: ReadTransaction, names: Collection[str]) -> list[str]:
    """Those who have an account that e-mails and text messages go to, by name."""
    return [user.name for user in await account_rows.addresses(reading.connection, names)]


async def _on_call(services: Services, reading: ReadTransaction, alert: Alert) -> list[str]:
    return await on_call_rows.names_at(reading.connection, alert.authority, now=services.now())
