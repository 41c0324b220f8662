"""Stop and resume: nearly everybody may stop, at once and without being asked twice."""

from dataclasses import replace
from datetime import datetime

from alerting.actions import authorization
from alerting.actions.alerts import text_checks
from alerting.actions.alerts.alone import must_go_on
from alerting.actions.alerts.guards import (
    list_changes_now,
    lock_alert,
    notify_of_list_changes,
    notify_others,
    reason_of_approval,
    record_on_alert,
    refusers,
    require_time_left,
    writers,
)
from alerting.actions.alerts.refusals import (
    NO_REFUSAL,
    answered,
    has_refused,
    refused,
    taken_back,
)
from alerting.actions.alerts.under_way import require_accepted
from alerting.actions.templates.scenarios import list_scenarios
from alerting.domain.alert import STATE_NAMES, Alert, AlertState, StepReason
from alerting.domain.errors import WrongState
from alerting.domain.four_eyes import (
    must_be_justified,
    must_reach_who_was_approved,
    must_say_what_was_approved,
    other_resumer,
)
from alerting.domain.jobs import PlanChannel
from alerting.domain.officer import Officer, Permission
from alerting.domain.reason import LONGEST_REASON, label_shown
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import ledger as ledger_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.deliveries import planning as planning_rows

STOP = msgid("stop")
STOPPED = NoticeText(
    gravity=Gravity.STOPPED,
    says=msgid(
        "{officer} stopped the sending of alert {alert}. Messages that have not been sent yet are "
        "held back until sending is resumed."
    ),
    asks=msgid("sending stopped"),
)
RESUMED = NoticeText(
    gravity=Gravity.UNDONE,
    says=msgid("{officer} resumed the sending of alert {alert}, which had been stopped."),
    asks=msgid("sending resumed"),
)
NOT_RESUMED = NoticeText(
    gravity=Gravity.STOPPED,
    says=msgid("{officer} wanted to resume sending alert {alert}; it is still stopped: {problem}"),
    asks=msgid("stays stopped, approval needed"),
)


async def stop(
    services: Services,
    number: int,
    *,
    by: Officer,
    reason: StepReason = StepReason.NOT_SAID,
    note: str = "",
) -> Alert:
    """Halt an alert: what was not handed over waits, until it is resumed or followed up.

    Stopping waits for no reason: `explain_stop` takes one afterwards. A note that is too long is
    cut, not refused. Who wrote, approved and sent it is told. A colleague's stop of what is stopped
    already adds their no: whoever stops their own alert does not keep others from saying it.
    """
    by.must(Permission.STOP)
    now = services.now()
    more = {"why": reason.value, "note": label_shown(note)[:LONGEST_REASON]}
    async with services.unit() as unit:
        alert = await lock_alert(
            services,
            unit,
            number,
            Permission.STOP,
            STOP,
            by=by,
            among=(AlertState.SENDING, AlertState.STOPPED),
            seen=None,
        )
        told = alert
        if reason not in NO_REFUSAL:
            told = refused(alert, by=by, now=now)
        said_before = told is alert or has_refused(alert, by)
        if alert.state is AlertState.STOPPED and said_before:
            raise WrongState(alert=number, state=STATE_NAMES[alert.state], act=STOP)
        stopped = await alert_rows.save(unit.connection, replace(told, state=AlertState.STOPPED))
        await record_on_alert(unit, stopped, "alert.stopped", by=by, at=now, more=more)
        people = writers(alert) | {alert.approver, alert.sender}
        await notify_others(services, unit, stopped, people, STOPPED, by=by)
    return stopped


async def explain_stop(
    services: Services, number: int, *, by: Officer, reason: StepReason, note: str = ""
) -> Alert:
    """Say afterwards why an alert was stopped; WrongState where it never was.

    A colleague's stop counts as a no until they say that only something technical failed.
    """
    by.must(Permission.STOP)
    more, now = reason_of_approval(reason, note), services.now()
    async with services.unit() as unit:
        alert = await authorization.authorize_on_alert(
            services, unit, number, Permission.STOP, by=by
        )
        if not await ledger_rows.tells(
            unit.connection, about=f"alert/{number}", acts={"alert.stopped"}
        ):
            act = msgid("give the reason for stopping")
            raise WrongState(alert=number, state=STATE_NAMES[alert.state], act=act)
        alert = await alert_rows.save(unit.connection, _said_why(alert, reason, by=by, now=now))
        await record_on_alert(unit, alert, "alert.stop-explained", by=by, at=now, more=more)
    return alert


def _said_why(alert: Alert, reason: StepReason, *, by: Officer, now: datetime) -> Alert:
    """The stopped alert with the no that the reason says, or without the one it takes back."""
    if alert.state is not AlertState.STOPPED:
        return alert
    if reason in NO_REFUSAL:
        return taken_back(alert, by)
    return alert if has_refused(alert, by) else refused(alert, by=by, now=now)


async def resume(
    services: Services,
    number: int,
    *,
    by: Officer,
    reason: StepReason,
    note: str = "",
    accept_times: bool = False,
    accept_same: bool = False,
) -> Alert:
    """Let a stopped alert go on where it was; what it says was approved and cannot change.

    Where not everybody was planned yet and the lists changed too much since the approval, it stays
    stopped, and whoever approved it is told: AudienceChanged. Where hours in its texts have passed
    since the approval, it goes on only with `accept_times`: TimesPassed; where people have been
    alerted to the same since it left, only with `accept_same`: SameUnderWay. What a colleague said
    no to goes on by somebody who neither wrote in it nor sent it.

    In one piece: its refusals are told in the order in which they stand.
    """
    by.must(Permission.RESUME)
    more, now = reason_of_approval(reason, note), services.now()
    await list_scenarios(services)
    passed = await text_checks.passed_times(services, number, leaves=now, by=by)
    async with (
        notify_of_list_changes(services, number, Permission.RESUME, NOT_RESUMED, by=by),
        services.unit() as unit,
    ):
        alert = await lock_alert(
            services,
            unit,
            number,
            Permission.RESUME,
            msgid("resume"),
            by=by,
            among=(AlertState.STOPPED,),
            seen=None,
        )
        require_time_left(alert, now)
        must_be_justified(alert)
        await must_go_on(services, unit, alert)
        other_resumer(alert, by.name)
        must_say_what_was_approved(alert)
        if await planning_rows.unfinished(unit.connection, number):
            must_reach_who_was_approved(alert, await list_changes_now(services, unit, alert))
        accepted = passed.require_accepted(alert, accept=accept_times)
        same = await require_accepted(services, unit.connection, alert, now=now, accept=accept_same)
        going = replace(answered(alert), state=AlertState.SENDING)
        resumed = await alert_rows.save(unit.connection, going)
        for channel in await planning_rows.unfinished(unit.connection, number):
            unit.after_commit(PlanChannel(number, channel))
        await record_on_alert(
            unit, resumed, "alert.resumed", by=by, at=now, more={**more, **accepted, **same}
        )
        people = writers(alert) | {alert.approver, alert.sender} | refusers(alert)
        await notify_others(services, unit, resumed, people, RESUMED, by=by)
    return resumed
