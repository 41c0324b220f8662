"""Schedule an approved alert, and send it when its time has come."""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from alerting.actions import authorization
from alerting.actions.alerts import text_checks
from alerting.actions.alerts.guards import (
    list_changes_now,
    lock_alert,
    reason_of_approval,
    record_on_alert,
    require_approver,
    require_channels_on,
    require_time_left,
    unapproved,
)
from alerting.actions.alerts.sending import start_sending
from alerting.actions.alerts.under_way import require_accepted
from alerting.actions.staff_notifications.inbox import notify
from alerting.actions.templates.scenarios import list_scenarios
from alerting.domain.alert import Alert, AlertState, StepReason
from alerting.domain.errors import (
    AlertingError,
    ApprovalLapsed,
    ApproverGone,
    BadRequest,
    Changed,
    Missed,
    Outdated,
    SchedulerGone,
)
from alerting.domain.four_eyes import must_be_approved
from alerting.domain.ledger import SERVICE
from alerting.domain.officer import Officer, Permission
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.i18n import msgid
from alerting.rounds import LOCK_WAIT, each_apart
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows

PAST = msgid("The chosen time ({at}) has passed: choose a later time, or send now")
AFTER_ITS_END = msgid("The alert ends on {end}, so it cannot be sent on {at}")
AFTER_APPROVAL = msgid(
    "The approval expires on {lapses}, before {at}: choose an earlier time, or have the "
    "alert approved later"
)
NOT_SENT = NoticeText(
    gravity=Gravity.STOPPED,
    says=msgid("Alert {alert}, scheduled by {officer}, was not sent. Reason: {problem}"),
    asks=msgid("was not sent as scheduled"),
)
UNSCHEDULED = NoticeText(
    gravity=Gravity.STOPPED,
    says=msgid(
        "{officer} cancelled the sending of alert {alert} that was scheduled for {at}: it "
        "stays approved, but is not sent automatically."
    ),
    asks=msgid("scheduled sending cancelled"),
)
LATEST = timedelta(minutes=15)
"""A scheduled alert that is later than this is not sent: the world has gone on since."""
GONE = (Changed, ApprovalLapsed)
"""Problems with the approval itself: it is gone. Lists that changed leave it, to be confirmed."""

log = structlog.get_logger()


async def schedule(
    services: Services,
    number: int,
    at: datetime,
    *,
    by: Officer,
    seen: str,
    reason: StepReason,
    note: str = "",
    accept_times: bool = False,
    accept_same: bool = False,
) -> Alert:
    """Let an approved alert leave by itself at `at`, in this officer's name.

    `seen` is the fingerprint of what the officer read. Where hours in its texts do not fit `at`, it
    is scheduled only with `accept_times`: TimesPassed; where people have been, or will be, alerted
    to the same, only with `accept_same`: SameUnderWay. Nobody is asked again when it leaves.
    """
    by.must(Permission.SCHEDULE)
    given, now = reason_of_approval(reason, note), services.now()
    await list_scenarios(services)
    passed = await text_checks.passed_times(services, number, leaves=at, by=by)
    async with services.unit() as unit:
        alert = await lock_alert(
            services,
            unit,
            number,
            Permission.SCHEDULE,
            msgid("schedule"),
            by=by,
            among=(AlertState.APPROVED,),
            seen=seen,
        )
        require_channels_on(services, alert.channels)
        _require_within_life(alert, at, now=now)
        await require_approver(services, unit, alert)
        must_be_approved(alert, now=now, lasts=services.approval_lasts, lists={})
        _require_before_lapse(alert, at, lasts=services.approval_lasts)
        accepted = passed.require_accepted(alert, accept=accept_times)
        same = await require_accepted(services, unit.connection, alert, now=now, accept=accept_same)
        scheduled = await alert_rows.save(unit.connection, _scheduled(alert, at, by=by))
        more = {"send_at": at.isoformat(), **given, **accepted, **same}
        await record_on_alert(unit, scheduled, "alert.scheduled", by=by, at=now, more=more)
    return scheduled


async def unschedule(
    services: Services, number: int, *, by: Officer, reason: StepReason, note: str = ""
) -> Alert:
    """Take the time back; the approval stands. Whoever may stop an alert may do this."""
    by.must(Permission.STOP)
    more, now = reason_of_approval(reason, note), services.now()
    async with services.unit() as unit:
        alert = await lock_alert(
            services,
            unit,
            number,
            Permission.STOP,
            msgid("cancel the scheduled sending"),
            by=by,
            among=(AlertState.SCHEDULED,),
            seen=None,
        )
        freed = await alert_rows.save(unit.connection, _back(alert))
        await record_on_alert(unit, freed, "alert.unscheduled", by=by, at=now, more=more)
        people = {alert.approver, alert.sender} - {by.name}
        told = {"officer": by.name, "at": alert.send_at}
        await notify(services, unit, freed, people, UNSCHEDULED, **told)
    return freed


async def send_due(services: Services) -> int:
    """Send what is due by the clock; what cannot go is put back, and its people are told.

    Returns how many were due. Running it twice, or in two workers at once, sends each once.
    """
    async with services.reading() as reading:
        due = await alert_rows.due_to_leave(reading.connection, now=services.now())

    async def send(number: int) -> None:
        try:
            await _send(services, number)
        except AlertingError as problem:
            await _put_back(services, number, problem)

    await each_apart("scheduled", send, due)
    return len(due)


async def _send(services: Services, number: int) -> None:
    now = services.now()
    async with services.reading() as reading:
        first = await alert_rows.load(reading.connection, number)
    async with services.unit() as unit:
        async with unit.locks_within(LOCK_WAIT):
            alert = await alert_rows.load(unit.connection, number, lock=True)
        if alert.state is not AlertState.SCHEDULED or alert.send_at is None:
            return  # somebody was quicker
        require_time_left(alert, now)
        if alert.fingerprint() != first.fingerprint():
            raise Outdated(alert=number)
        if now > alert.send_at + LATEST:
            raise Missed(alert=number, due=alert.send_at)
        await require_approver(services, unit, alert)
        if not await authorization.may_still(
            services, unit, alert, alert.sender_membership, Permission.SCHEDULE
        ):
            raise SchedulerGone(alert=number, officer=alert.sender)
        changes = await list_changes_now(services, unit, alert)
        must_be_approved(alert, now=now, lasts=services.approval_lasts, lists=changes)
        speaking = await authorization.authority(services, unit.connection, alert.sender_authority)
        await authorization.require_not_bound(services, unit, alert, speaking=speaking)
        # Nobody is there to ask: it leaves as decided, and the ledger names what came between.
        await start_sending(services, unit, alert, by=SERVICE, now=now, accept_same=True)


async def _put_back(services: Services, number: int, problem: AlertingError) -> None:
    """Back to approved, or to a draft where the approval itself no longer holds.

    Where whoever approved it may no longer, it is in review again; there, and where whoever
    scheduled it may no longer, everybody who can approve or send it is told.
    """
    now = services.now()
    async with services.unit() as unit:
        async with unit.locks_within(LOCK_WAIT):
            alert = await alert_rows.load(unit.connection, number, lock=True)
        if alert.state is not AlertState.SCHEDULED or alert.send_at is None or alert.send_at > now:
            return
        back = _back(alert)
        people = {alert.sender, alert.author, alert.editor, alert.approver}
        if isinstance(problem, ApproverGone):
            back = replace(unapproved(alert, AlertState.IN_REVIEW), submitted_at=now)
        elif isinstance(problem, GONE):
            back = unapproved(alert, AlertState.DRAFT)
        if isinstance(problem, (ApproverGone, SchedulerGone)):  # others must act, and are told
            for wanted in (Permission.APPROVE, Permission.SEND):
                people |= {*await authorization.approvers(services, unit, alert, wanted)}
        saved = await alert_rows.save(unit.connection, back)
        more = {"problem": problem.code, "scheduled_by": alert.sender}
        await record_on_alert(unit, saved, "alert.not-sent", by=SERVICE, at=now, more=more)
        told = {"officer": alert.sender, "problem": problem}
        await notify(services, unit, saved, people, NOT_SENT, **told)
    log.warning("alert.not_sent", alert=number, problem=problem.code)


def _require_within_life(alert: Alert, at: datetime, *, now: datetime) -> None:
    """BadRequest where `at` has passed, or is not before the alert's end."""
    if at <= now:
        raise BadRequest(PAST, at=at)
    if at >= alert.expires_at:
        raise BadRequest(AFTER_ITS_END, end=alert.expires_at, at=at)


def _require_before_lapse(alert: Alert, at: datetime, *, lasts: timedelta) -> None:
    """BadRequest where the approval, which holds for `lasts`, has lapsed at `at`."""
    assert alert.approved_at is not None  # noqa: S101  or it would not be approved
    if at >= (lapses := alert.approved_at + lasts):
        raise BadRequest(AFTER_APPROVAL, lapses=lapses, at=at)


def _scheduled(alert: Alert, at: datetime, *, by: Officer) -> Alert:
    """The alert, to leave at `at` in this officer's name."""
    return replace(
        alert,
        state=AlertState.SCHEDULED,
        send_at=at,
        sender=by.name,
        sender_authority=by.authority.code,
        sender_membership=by.membership,
    )


def _back(alert: Alert) -> Alert:
    """The alert as it was approved, before anybody scheduled it."""
    return replace(
        alert,
        state=AlertState.APPROVED,
        send_at=None,
        sender="",
        sender_authority="",
        sender_membership=0,
    )
