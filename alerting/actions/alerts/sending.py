"""Let an alert go: approved by two people, or stamped with why it went without the second."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from alerting.actions import authorization
from alerting.actions.alerts import text_checks
from alerting.actions.alerts.alone import (
    UNDECIDED,
    is_late,
    is_recent,
    why_not_break_glass,
    why_not_retract,
)
from alerting.actions.alerts.approval import record_override, require_ready
from alerting.actions.alerts.guards import (
    list_changes_now,
    lock_alert,
    record_on_alert,
    require_approver,
    require_channels_on,
    require_person,
    require_time_left,
    use_now,
)
from alerting.actions.alerts.refusals import refused, why_refused
from alerting.actions.alerts.under_way import require_accepted
from alerting.actions.staff_notifications.inbox import notify, notify_all, notify_of_held_off
from alerting.actions.templates.scenarios import list_scenarios
from alerting.delivery.audiences import criteria, left_out
from alerting.domain.alert import (
    IN_FORCE,
    LEAVES_BEHIND,
    REMIND_AFTER,
    REMIND_EVERY,
    STATE_NAMES,
    Alert,
    AlertState,
    Bypass,
    FollowUp,
    Review,
)
from alerting.domain.errors import (
    NobodyToReach,
    Outdated,
    Reviewed,
    Superseded,
    WrongState,
)
from alerting.domain.four_eyes import must_be_approved, other_reviewer
from alerting.domain.jobs import PlanChannel
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer, Permission
from alerting.domain.reason import reason_of
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.i18n import msgid
from alerting.rounds import LOCK_WAIT, each_apart
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows
from alerting.store.deliveries import planning as planning_rows
from alerting.store.recipients.revisions import current_revision
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork

SENT_ALONE = NoticeText(
    gravity=Gravity.ALONE,
    says=msgid(
        "{officer} sent alert {alert} without a second person. The reason is given on the "
        "alert's page. Another user must review it within 24 hours."
    ),
    asks=msgid("sent without a second person, please review"),
)
RETRACTED_ALONE = NoticeText(
    gravity=Gravity.ALONE,
    says=msgid(
        "{officer} sent alert {alert} without a second person, to withdraw alert {original} as "
        "a false alarm. Another user must review it within 24 hours."
    ),
    asks=msgid("sent without a second person, please review"),
)
STILL_UNREVIEWED = NoticeText(
    gravity=Gravity.ALONE,
    says=msgid(
        "Alert {alert}, which {sender} sent without a second person, has not been reviewed "
        "yet. Another user must review it before {due}."
    ),
    asks=msgid("still not reviewed, please review"),
)
JUDGED = NoticeText(
    gravity=Gravity.UNDONE,
    says=msgid(
        "{officer} reviewed alert {alert}, which you sent without a second person: {verdict}."
    ),
    asks=msgid("your sending was reviewed"),
)
REVIEW_NAMES = {
    Review.JUSTIFIED: msgid("it was justified"),
    Review.NOT_JUSTIFIED: msgid("it was not justified"),
}


async def send(
    services: Services,
    number: int,
    *,
    by: Officer,
    seen: str,
    accept_times: bool = False,
    accept_same: bool = False,
) -> Alert:
    """Let an approved alert go: from here on the service delivers it until it is done.

    `seen` is the fingerprint of what the officer read. Where hours in its texts have passed since
    it was approved, it goes only with `accept_times`: TimesPassed; where people have been alerted
    to the same already, only with `accept_same`: SameUnderWay.
    A retraction in which nothing was typed goes without approval for a while; where it does not,
    the refusal says why. Raises, beside these and what `lock_alert` and `start_sending` do,
    ApproverGone, Changed, ApprovalLapsed and AudienceChanged.

    In one piece: its refusals are told in the order in which they stand.
    """
    by.must(Permission.SEND)
    now = services.now()
    async with services.reading() as reading:
        first = await authorization.visible_alert(services, reading, number, by=by)
    await list_scenarios(services)
    alone = first.state in UNDECIDED and first.follow_up is FollowUp.FALSE_ALERT
    if alone and (bypass_refusal := await why_not_retract(services, first, by=by)):
        raise bypass_refusal
    more: dict[str, list[str]] = {}
    passed = await text_checks.passed_times(services, number, leaves=now, by=by)
    review = await text_checks.review(services, first, by=by, now=now) if alone else None
    async with services.unit() as unit:
        among = (*UNDECIDED, AlertState.APPROVED) if alone else (AlertState.APPROVED,)
        alert = await lock_alert(
            services, unit, number, Permission.SEND, msgid("send"), by=by, among=among, seen=seen
        )
        if alert.fingerprint() != first.fingerprint():
            raise Outdated(alert=number)
        if review and alert.state in UNDECIDED:
            await _require_no_refusal(services, unit, alert, by=by)
            alert = await _unlock_retraction(services, unit, alert, review, now)
        else:
            await require_approver(services, unit, alert)
            changes = await list_changes_now(services, unit, alert)
            must_be_approved(alert, now=now, lasts=services.approval_lasts, lists=changes)
            more = passed.require_accepted(alert, accept=accept_times)
        sending = await start_sending(
            services, unit, alert, by=by, now=now, more=more, accept_same=accept_same
        )
        if sending.bypass is Bypass.FALSE_ALERT:
            original = sending.previous_alert
            await notify_all(
                services, unit, sending, RETRACTED_ALONE, officer=by.name, original=original
            )
    return sending


async def _require_no_refusal(
    services: Services, unit: UnitOfWork, alert: Alert, *, by: Officer
) -> None:
    """Ask once more while the alert is held: somebody may have said no since it was looked at."""
    if no := await why_refused(services, unit.connection, alert, by=by):
        raise no


async def _unlock_retraction(
    services: Services,
    unit: UnitOfWork,
    alert: Alert,
    review: text_checks.TextReview,
    now: datetime,
) -> Alert:
    """The way past the approval for a retraction; RetractedLate where what it retracts left long
    ago.
    """
    await require_ready(services, unit, alert, review, "", now=now, alone=True)
    assert alert.previous_alert is not None  # noqa: S101  see why_not_retract
    original = await alert_rows.load(unit.connection, alert.previous_alert, lock=True)
    if not await is_recent(services, unit.connection, original):
        raise is_late(services, alert)
    return await _unlock(unit, alert, Bypass.FALSE_ALERT, "", now)


async def send_with_break_glass(
    services: Services,
    number: int,
    *,
    by: Officer,
    reason: str,
    seen: str,
    accept_same: bool = False,
) -> Alert:
    """Break the glass: one duty officer sends a prepared text at once, and says why.

    Only a scenario marked `pre_approved`, in the library's own words. Everybody is told, and
    somebody else reviews it within a day. The reason also lets it go without a language the law
    asks for; what a check blocks stays blocked. Where people have been alerted to the same already,
    only with `accept_same`: SameUnderWay.
    """
    by.must(Permission.BREAK_GLASS)
    reason, now = reason_of(reason, needed=True), services.now()
    async with services.reading() as reading:
        first = await authorization.visible_alert(services, reading, number, by=by)
    if bypass_refusal := await why_not_break_glass(services, first, by=by):
        raise bypass_refusal
    checked = await text_checks.review(services, first, by=by, now=now)
    async with services.unit() as unit:
        alert = await lock_alert(
            services,
            unit,
            number,
            Permission.BREAK_GLASS,
            msgid("send without a second person"),
            by=by,
            among=UNDECIDED,
            seen=seen,
        )
        if alert.fingerprint() != first.fingerprint():
            raise Outdated(alert=number)
        await _require_no_refusal(services, unit, alert, by=by)
        holes, blocks = await require_ready(
            services, unit, alert, checked, reason, now=now, alone=True
        )
        unlocked = await _unlock(unit, alert, Bypass.BREAK_GLASS, reason, now)
        await record_override(unit, unlocked, holes, blocks, by=by, reason=reason)
        sending = await start_sending(
            services, unit, unlocked, by=by, now=now, accept_same=accept_same
        )
        await notify_all(services, unit, sending, SENT_ALONE, officer=by.name)
    return sending


async def review_break_glass(
    services: Services, number: int, verdict: Review, *, by: Officer, note: str = ""
) -> Alert:
    """Judge afterwards, as somebody else, an alert that one person sent alone."""
    by.must(Permission.REVIEW_BREAK_GLASS)
    note = reason_of(note, needed=verdict is Review.NOT_JUSTIFIED)
    now = services.now()
    async with services.unit() as unit:
        alert = await authorization.authorize_on_alert(
            services, unit, number, Permission.REVIEW_BREAK_GLASS, by=by
        )
        if alert.review is not None:
            raise Reviewed(alert=number, reviewer=alert.reviewer)
        if alert.review_due is None:
            state, act = STATE_NAMES[alert.state], msgid("review")
            raise WrongState(alert=number, state=state, act=act)
        other_reviewer(alert, by.name)
        told = alert
        if verdict is Review.NOT_JUSTIFIED:
            told = refused(alert, by=by, now=now, permission=Permission.REVIEW_BREAK_GLASS)
        reviewed = await alert_rows.save(
            unit.connection,
            replace(
                told,
                review=verdict,
                reviewer=by.name,
                reviewed_at=now,
                review_note=note,
            ),
        )
        more = {"verdict": verdict, "note": note}
        await record_on_alert(unit, reviewed, "alert.reviewed", by=by, at=now, more=more)
        facts = {"officer": by.name, "verdict": REVIEW_NAMES[verdict]}
        await notify(services, unit, reviewed, {reviewed.sender}, JUDGED, **facts)
    return reviewed


async def start_sending(
    services: Services,
    unit: UnitOfWork,
    alert: Alert,
    *,
    by: Officer | Actor,
    now: datetime,
    accept_same: bool,
    more: Mapping[str, object] = MappingProxyType({}),
) -> Alert:
    """Send an alert that is held, and whose approval or bypass was checked: every act ends here.

    `more` goes into the ledger with it. People are alerted to the same a second time only with
    `accept_same`: SameUnderWay. Where the service sends what was scheduled, its sender
    stays whoever scheduled it. Raises Ended, ChannelOff, NobodyToReach, NoPersonToReach; of a
    follow-up, also Superseded and WrongState.
    """
    require_time_left(alert, now)
    await _require_audience(services, unit, alert)
    if alert.previous_alert is not None:
        await _take_the_place(unit, alert, by=by, now=now)
    if isinstance(by, Officer):
        alert = replace(
            alert,
            sender=by.name,
            sender_authority=by.authority.code,
            sender_membership=by.membership,
        )
    if alert.bypass is not None:  # what changes from here on is counted if it is ever stopped
        alert = replace(
            alert,
            approved_revision=await current_revision(unit.connection),
            approved_use=await use_now(services, unit, alert),
        )
    sending = await alert_rows.save(
        unit.connection, replace(alert, state=AlertState.SENDING, sent_at=now, send_at=None)
    )
    for channel_name in alert.channels:
        await planning_rows.begin(unit.connection, unit.database, alert.id, channel_name)
        unit.after_commit(PlanChannel(alert.id, channel_name))
    # Of two of the same at once, one sees the other.
    await unit.database.lock_ledger(unit.connection)
    more = {
        **more,
        **await require_accepted(services, unit.connection, alert, now=now, accept=accept_same),
        **await _ledger_details(services, unit, alert, by=by),
    }
    await record_on_alert(unit, sending, "alert.sent", by=by, at=now, more=more)
    await notify_of_held_off(services, unit, sending, sending.channels)
    return sending


async def _ledger_details(
    services: Services, unit: UnitOfWork, alert: Alert, *, by: Officer | Actor
) -> dict[str, object]:
    """What the ledger says of a sending: why nobody approved it, channels left out, its scheduler.

    `{"bypass", "reason"}`, `{"left_out"}` and `{"scheduled_by"}`, each where there is any.
    """
    more: dict[str, object] = {}
    if alert.bypass:
        more |= {"bypass": alert.bypass, "reason": alert.bypass_reason}
    if silent := await left_out(services, unit.connection, alert.authority, alert.channels):
        more["left_out"] = sorted(silent)
    if not isinstance(by, Officer):
        more["scheduled_by"] = alert.sender
    return more


async def _require_audience(services: Services, unit: UnitOfWork, alert: Alert) -> None:
    """NobodyToReach where it would reach nobody on any of its channels, which are all set up.

    What follows an alert goes to whoever had that, be nobody of them in the area any more.
    """
    channels = require_channels_on(services, alert.channels)
    previous = alert.previous_alert
    if previous is not None and await planning_rows.audience_planned(unit.connection, previous):
        return
    reached = [
        await planning_rows.reaches_anyone(
            unit.connection, await criteria(services, unit.connection, alert, channel)
        )
        for channel in channels
    ]
    if not any(reached):
        raise NobodyToReach(alert=alert.id)
    await require_person(services, unit.connection, alert)


async def remind_of_reviews(services: Services) -> None:
    """Tell everybody again, each hour from the twelfth on, of what nobody reviewed; idempotent."""
    now = services.now()
    async with services.reading() as reading:
        waiting = await alert_rows.unreminded(
            reading.connection, sent_before=now - REMIND_AFTER, told_before=now - REMIND_EVERY
        )

    async def remind(number: int) -> None:
        async with services.unit() as unit:
            async with unit.locks_within(LOCK_WAIT):
                alert = await alert_rows.load(unit.connection, number, lock=True)
            due = alert.review_due
            if due is None or not await alert_rows.take_reminder(
                unit.connection, number, told_before=now - REMIND_EVERY, now=now
            ):
                return
            await notify_all(services, unit, alert, STILL_UNREVIEWED, sender=alert.sender, due=due)

    await each_apart("review", remind, waiting)


async def require_in_force(reading: ReadTransaction, alert: Alert) -> None:
    """Refuse to follow an alert that is over, naming what took its place."""
    if alert.state in IN_FORCE:
        return
    newer = [one for one in await alert_rows.followers(reading.connection, alert.id) if one.sent_at]
    state = STATE_NAMES[alert.state]
    if newer:
        raise Superseded(alert=alert.id, state=state, newer=newer[-1].id)
    raise WrongState(alert=alert.id, state=state, act=msgid("follow-up"))


async def _take_the_place(
    unit: UnitOfWork, alert: Alert, *, by: Officer | Actor, now: datetime
) -> None:
    """Close the alert that is followed, held until commit: of two follow-ups at once one goes."""
    assert alert.previous_alert is not None and alert.follow_up is not None  # noqa: S101, PT018
    original = await alert_rows.load(unit.connection, alert.previous_alert, lock=True)
    await require_in_force(unit, original)
    left = await alert_rows.save(
        unit.connection, replace(original, state=LEAVES_BEHIND[alert.follow_up])
    )
    more = {"newer": alert.id, "as": alert.follow_up}
    await record_on_alert(unit, left, "alert.followed", by=by, at=now, more=more)


async def _unlock(
    unit: UnitOfWork, alert: Alert, bypass: Bypass, reason: str, now: datetime
) -> Alert:
    """Write the alert as approved by nobody, with the bypass, its reason and the fingerprint."""
    return await alert_rows.save(
        unit.connection,
        replace(
            alert,
            state=AlertState.APPROVED,
            approver="",
            approved_at=now,
            approved_fingerprint=alert.fingerprint(),
            bypass=bypass,
            bypass_reason=reason,
        ),
    )
