"""Submit, give back, approve: a second person reads the exact words, and answers for them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from alerting.actions import authorization
from alerting.actions.alerts import text_checks
from alerting.actions.alerts.alone import must_go_on
from alerting.actions.alerts.calls import call_approvers
from alerting.actions.alerts.drafting import differs, require_area, require_written, with_texts
from alerting.actions.alerts.guards import (
    LEFT,
    audience,
    list_changes,
    lock_alert,
    notify_of_lost_approval,
    notify_others,
    reaches_no_person,
    record_on_alert,
    refusers,
    require_person,
    require_time_left,
    unapproved,
    use_now,
    why_approver_gone,
    writers,
)
from alerting.actions.alerts.hands import written_runs
from alerting.actions.alerts.refusals import answered, refused
from alerting.actions.alerts.text_checks import TextReview
from alerting.actions.templates.scenarios import list_scenarios
from alerting.domain.alert import STATE_NAMES, Alert, AlertState
from alerting.domain.channel_accounts import Usable
from alerting.domain.errors import (
    AlertingError,
    AudienceChanged,
    LanguageMissing,
    NoPersonToReach,
    NotFit,
    Outdated,
    Refusal,
    TooManySubmitted,
    WrongState,
)
from alerting.domain.exercise_marks import marked
from alerting.domain.finding import NEVER_OVERRIDDEN, Finding
from alerting.domain.four_eyes import (
    ListChanges,
    must_be_approved,
    must_be_unrefused,
    must_reach_who_was_approved,
    other_resumer,
    second_person,
)
from alerting.domain.language import Language
from alerting.domain.message import Message, require_room
from alerting.domain.officer import Officer, Permission
from alerting.domain.reason import reason_of, says_why
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.i18n import Phrase, Phrases, msgid
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows
from alerting.store.alerts import word_runs
from alerting.store.recipients.revisions import current_revision
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork

IN_TEXT, IN_CHANNEL = msgid("{texts}: {finding}"), msgid("{channel}: {finding}")
WRONG_MARK = msgid("the label of its type (EXERCISE, TEST) is missing or wrong.")
APPROVE = msgid("approve")
RETURNED = NoticeText(
    gravity=Gravity.UNDONE,
    says=msgid(
        "{officer} returned alert {alert} to its author. The reason is given on the alert's page."
    ),
    asks=msgid("returned, please revise"),
)
ANSWERED = NoticeText(
    gravity=Gravity.UNDONE,
    says=msgid("{officer} approved alert {alert}, which you had rejected."),
    asks=msgid("approved after your rejection"),
)
MOST_WAITING = 20
"""Alerts that one person has waiting for approval."""
GIVEN = (AlertState.APPROVED, *LEFT)
"""Where an approval was given, and may be in doubt."""
Holes = Sequence[tuple[str, Language]]


@dataclass(frozen=True, slots=True)
class _CountedReach:
    """Whom an alert reaches, as counted before the transaction that approves it."""

    audience: Mapping[str, int]
    """Channel -> number of people."""
    use: Mapping[str, Usable]
    """Channel -> the accounts and newsrooms that may be used."""
    revision: int
    """Of the lists, read before anything was counted."""
    changes: Mapping[str, ListChanges]
    """Channel -> what changed on the lists since an approval that was given before."""

    def details(self) -> dict[str, Any]:
        """For the ledger, of that name each."""
        return {
            "audience": dict(self.audience),
            "use": {name: usable.as_json() for name, usable in self.use.items()},
            "lists": {name: asdict(changes) for name, changes in self.changes.items()},
        }


async def submit(services: Services, number: int, *, by: Officer, note: str = "") -> Alert:
    """Ask for approval, with a word to the approver. Whoever submits does not approve.

    What reaches no person on the lists, lacks a language or has a text that a check blocks is
    submitted only with a `note` that says why: NoPersonToReach, LanguageMissing, NotFit. The
    approver reads it, and gives a reason too.
    """
    by.must(Permission.SUBMIT)
    note, now = reason_of(note), services.now()
    explained = says_why(note)
    review = None if explained else await _review_stored(services, number, by=by, now=now)
    async with services.unit() as unit:
        alert = await lock_alert(
            services,
            unit,
            number,
            Permission.SUBMIT,
            msgid("submit"),
            by=by,
            among=(AlertState.DRAFT, AlertState.RETURNED),
            seen=None,
        )
        require_time_left(alert, now)
        await unit.database.lock_ledger(unit.connection)  # whoever submits counts alone
        waiting, _ = await alert_rows.waiting_of(unit.connection, by.name, now=now, since=now)
        if waiting >= MOST_WAITING:
            raise TooManySubmitted(number=waiting)
        nobody = await reaches_no_person(services, unit.connection, alert)
        if nobody and not explained:
            reason_of(note, needed=bool(note))
            raise NoPersonToReach(alert=number)
        if review is not None:
            await _require_nothing_open(services, unit, alert, review, note, now=now)
        submitted = await alert_rows.save(
            unit.connection,
            replace(
                alert,
                state=AlertState.IN_REVIEW,
                submitter=by.name,
                submitted_at=now,
                note=note,
                noted_by=by.name if note else "",
                proposed=(),
            ),
        )
        more = {"note": note, **({"reaches_nobody": True} if nobody else {})}
        await record_on_alert(unit, submitted, "alert.submitted", by=by, at=now, more=more)
        await call_approvers(services, unit, submitted)
    return submitted


async def _review_stored(
    services: Services, number: int, *, by: Officer, now: datetime
) -> TextReview:
    await list_scenarios(services)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
    return await text_checks.review(services, alert, by=by, now=now)


async def _require_nothing_open(
    services: Services,
    unit: UnitOfWork,
    alert: Alert,
    review: TextReview,
    note: str,
    *,
    now: datetime,
) -> None:
    """LanguageMissing or NotFit where an approver would be asked for a reason; BadRequest where the
    note is too short for one."""
    await text_checks.require_same(services, unit.connection, alert, review, now=now)
    holes = alert.holes(text_checks.required(services, alert.area))
    blocks = text_checks.blocking_findings(review.findings)
    if holes or blocks:
        reason_of(note, needed=bool(note))
    if holes:
        raise LanguageMissing(alert=alert.id, missing=_named_holes(holes))
    if blocks:
        raise NotFit(alert=alert.id, findings=_told(blocks))


async def return_to_author(
    services: Services,
    number: int,
    *,
    by: Officer,
    reason: str,
    proposed: Sequence[Message] = (),
) -> Alert:
    """Return an alert to its author, who is told why; an approval given before is gone.

    `proposed` are other words for some of its texts, which the author takes or not. Whoever
    proposes words has a hand in the alert from then on.
    In one piece: what is read before the transaction is held against what it finds.
    """
    by.must(Permission.RETURN)
    reason, now = reason_of(reason, needed=True), services.now()
    async with services.reading() as reading:
        read = await authorization.visible_alert(services, reading, number, by=by)
    for message in proposed:
        require_area(read, message)
    messages = tuple(message for message in proposed if differs(read, message))
    require_written(messages)
    require_room(with_texts(read, messages))
    written = await written_runs(services, read, messages, by=by)
    async with services.unit() as unit:
        alert = await lock_alert(
            services,
            unit,
            number,
            Permission.RETURN,
            msgid("return"),
            by=by,
            among=(AlertState.IN_REVIEW, AlertState.APPROVED),
            seen=None,
        )
        if alert.fingerprint() != read.fingerprint():
            raise Outdated(alert=number)
        await word_runs.add(unit.connection, unit.database, number, written)
        told = refused(alert, by=by, now=now)
        returned = await alert_rows.save(
            unit.connection,
            replace(
                unapproved(told, AlertState.RETURNED),
                note=reason,
                noted_by=by.name,
                proposed=messages,
                hands=alert.hands | {by.name} if messages else alert.hands,
            ),
        )
        more = {
            "reason": reason,
            "proposed": [f"{message.channel}/{message.language}" for message in messages],
        }
        await record_on_alert(unit, returned, "alert.returned", by=by, at=now, more=more)
        await notify_of_lost_approval(services, unit, alert, by=by)
        people = writers(alert) - {alert.approver, alert.sender}
        await notify_others(services, unit, returned, people, RETURNED, by=by)
    return returned


async def approve(
    services: Services,
    number: int,
    *,
    by: Officer,
    seen: str,
    reason: str = "",
    accept_lists: bool = False,
    waived: Sequence[str] = (),
    accepted_times: Sequence[str] = (),
) -> Alert:
    """Vouch for the exact words, area, end and audience, having had no hand in them.

    `seen` is the fingerprint of what the officer read, whichever way it was read. With a `reason`,
    an alert may go out in what is ready: without a language the law requires, or in spite of what a
    check found. The reason stands in the ledger. Nothing lets an exercise pass for the real thing.
    An approval that lapsed is given anew in the same way; one whose lists changed too much since,
    also that of an alert that left meanwhile, only with `accept_lists`: whoever approves has
    seen how many addresses were added, removed and changed. `waived` are texts that were waved
    through unopened, and `accepted_times` what was read of hours that do not fit, for the ledger.
    """
    by.must(Permission.APPROVE)
    now = services.now()
    reason = reason_of(reason, needed=bool(reason.strip()))
    await list_scenarios(services)
    counted, reach = await _count_reach(services, number, by=by)
    review = await text_checks.review(services, counted, by=by, now=now)
    async with services.unit() as unit:
        among = (AlertState.DRAFT, AlertState.IN_REVIEW, *GIVEN)
        alert = await lock_alert(
            services, unit, number, Permission.APPROVE, APPROVE, by=by, among=among, seen=seen
        )
        if alert.state in GIVEN:
            await _require_in_doubt(services, unit, alert, reach.changes, accept_lists=accept_lists)
        if alert.fingerprint() != counted.fingerprint():
            raise Outdated(alert=number)
        second_person(alert, by.name)
        other_resumer(alert, by.name)
        require_time_left(alert, now)
        holes, blocks = await require_ready(services, unit, alert, review, reason, now=now)
        approved = await alert_rows.save(
            unit.connection, _with_approval(alert, reach, by=by, at=now)
        )
        answered = {"waived": sorted(waived), "accepted_times": sorted(accepted_times)}
        more = reach.details() | {name: said for name, said in answered.items() if said}
        await record_on_alert(unit, approved, "alert.approved", by=by, at=now, more=more)
        await record_override(unit, approved, holes, blocks, by=by, reason=reason)
        await notify_others(services, unit, approved, refusers(alert), ANSWERED, by=by)
    return approved


async def _count_reach(
    services: Services, number: int, *, by: Officer
) -> tuple[Alert, _CountedReach]:
    """The alert as it is now, and whom it reaches."""
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        revision = await current_revision(reading.connection)  # before counting: they may change
        use = await use_now(services, reading, alert)
    people = await audience(services, alert)
    changes = await list_changes(services, alert) if alert.state in GIVEN else {}
    return alert, _CountedReach(people, use, revision, changes)


async def _require_in_doubt(
    services: Services,
    unit: UnitOfWork,
    alert: Alert,
    changes: Mapping[str, ListChanges],
    *,
    accept_lists: bool,
) -> None:
    """WrongState where the approval given before still holds.

    AudienceChanged where only its lists are in doubt, without `accept_lists`.
    """
    gone = await why_approver_gone(services, unit, alert)
    doubt = gone or await open_findings(services, unit, alert, changes)
    if doubt is None:
        raise WrongState(alert=alert.id, state=STATE_NAMES[alert.state], act=APPROVE)
    if isinstance(doubt, AudienceChanged) and not accept_lists:
        raise doubt


def _with_approval(alert: Alert, reach: _CountedReach, *, by: Officer, at: datetime) -> Alert:
    """The alert as this officer vouches for it; one that left stays in its state."""
    return replace(
        answered(alert),
        state=alert.state if alert.state in LEFT else AlertState.APPROVED,
        note="",
        noted_by="",
        approver=by.name,
        approver_membership=by.membership,
        approved_at=at,
        approved_fingerprint=alert.fingerprint(),
        approved_audience=reach.audience,
        approved_use=reach.use,
        approved_revision=reach.revision,
    )


async def open_findings(
    services: Services,
    reading: ReadTransaction,
    alert: Alert,
    changes: Mapping[str, ListChanges],
) -> AlertingError | None:
    """Why an approval given before no longer holds, so that it may be given anew.

    Of an alert that left, what it says is not in doubt: only its lists, whether somebody answers
    for it today and, where it is stopped, a colleague's no to it.
    """
    try:
        if alert.state is AlertState.STOPPED:
            must_be_unrefused(alert)
        if alert.state in LEFT:
            await must_go_on(services, reading, alert)
            must_reach_who_was_approved(alert, changes)
        else:
            must_be_approved(
                alert, now=services.now(), lasts=services.approval_lasts, lists=changes
            )
            await require_person(services, reading.connection, alert)
    except (Refusal, NoPersonToReach) as doubt:
        return doubt
    return None


async def require_ready(
    services: Services,
    unit: UnitOfWork,
    alert: Alert,
    review: TextReview,
    reason: str,
    *,
    now: datetime,
    alone: bool = False,
) -> tuple[Holes, Sequence[Finding]]:
    """What is missing and what blocks; refused unless a reason lets it go.

    `review` is what the checks said before the transaction began: none runs in it, as everybody
    who writes would wait for it. Outdated where what they were held against is another since.

    No reason lets a wrong mark go, nor what NEVER_OVERRIDDEN names, nor, where one person sends
    `alone`, anything that blocks.
    The library must have been brought up to date before.
    """
    holes = alert.holes(text_checks.required(services, alert.area))
    await text_checks.require_same(services, unit.connection, alert, review, now=now)
    blocks = text_checks.blocking_findings(review.findings)
    if not all(marked(message, alert.alert_class) for message in alert.messages):
        raise NotFit(alert=alert.id, findings=WRONG_MARK)
    if holes and not reason:
        raise LanguageMissing(alert=alert.id, missing=_named_holes(holes))
    fixed = [
        finding for finding in blocks if alone or not reason or finding.rule in NEVER_OVERRIDDEN
    ]
    if fixed:
        raise NotFit(alert=alert.id, findings=_told(fixed))
    return holes, blocks


async def record_override(
    unit: UnitOfWork,
    alert: Alert,
    holes: Holes,
    blocks: Sequence[Finding],
    *,
    by: Officer,
    reason: str,
) -> None:
    """What went out in spite of a hole or a finding, and why; nothing where there was none."""
    if not holes and not blocks:
        return
    assert alert.approved_at is not None  # noqa: S101  stamped by whoever overrides
    await unit.record(
        "alert.overridden",
        by=by,
        about=f"alert/{alert.id}",
        at=alert.approved_at,
        details={
            "reason": reason,
            "missing": [f"{channel}/{language}" for channel, language in holes],
            "rules": sorted({finding.rule for finding in blocks}),
        },
    )


def _named_holes(holes: Holes) -> str:
    return ", ".join(f"{channel}/{language}" for channel, language in holes)


def _told(findings: Sequence[Finding]) -> Phrases:
    return Phrases(tuple(map(_with_place, findings)))


def _with_place(finding: Finding) -> Phrase:
    phrase = Phrase(finding.says, finding.facts)
    if not finding.channel:
        return phrase
    if not finding.language:
        return Phrase(IN_CHANNEL, {"channel": finding.channel, "finding": phrase})
    return Phrase(IN_TEXT, {"texts": f"{finding.channel}/{finding.language}", "finding": phrase})
