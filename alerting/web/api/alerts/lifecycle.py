"""The life of an alert for programs: submit, return, stop, schedule, follow up, review."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from alerting.actions.alerts import (
    approval,
    changing,
    confirmation,
    discarding,
    drafting,
    follow_ups,
    queries,
    scheduling,
    sending,
    stopping,
)
from alerting.actions.alerts import retry as retry_actions
from alerting.actions.staff_notifications import inbox
from alerting.domain.alert import FollowUp
from alerting.domain.belgian_time import instant
from alerting.web.api.alerts.decision_schemas import SeenIn
from alerting.web.api.alerts.lifecycle_schemas import (
    AgainIn,
    ApprovalCallsOut,
    BreakGlassIn,
    ChangeIn,
    DiscardIn,
    FollowUpIn,
    LedgerEntryOut,
    NoteIn,
    PrefilledOut,
    ResumeIn,
    RetriedOut,
    ReturnIn,
    ReviewIn,
    ReviewOut,
    ScheduleIn,
    StaffNotificationOut,
    StepIn,
    StopIn,
)
from alerting.web.api.alerts.routes import Number
from alerting.web.api.alerts.schemas import AlertOut
from alerting.web.api.idempotency import RepeatableRoute
from alerting.web.api.problems import PROBLEMS
from alerting.web.auth import (
    MayBreakGlass,
    MayDraft,
    MayFollowUp,
    MayRead,
    MayResumeFresh,
    MayRetryFresh,
    MayReturn,
    MayReview,
    MayScheduleFresh,
    MayStop,
    MaySubmit,
    WordsOf,
)
from alerting.web.state import state_of

router = APIRouter(
    prefix="/api", tags=["alert lifecycle"], responses=PROBLEMS, route_class=RepeatableRoute
)


@router.post("/alerts/{number}/submit", summary="Ask for approval")
async def submit(
    request: Request, number: Number, officer: MaySubmit, wanted: NoteIn | None = None
) -> AlertOut:
    """The user who submits an alert cannot approve it.

    If no person on the lists is in its area, a note that says why is required.
    """
    services = state_of(request).services
    note = wanted.note if wanted else ""
    return AlertOut.of(await approval.submit(services, number, by=officer, note=note))


@router.post("/alerts/{number}/return", summary="Return an alert to its author")
async def return_to_author(
    request: Request, number: Number, wanted: ReturnIn, officer: MayReturn
) -> AlertOut:
    """With a reason, shown to the author and recorded in the audit log, and optional texts.

    The user who proposes texts can no longer approve the alert.
    """
    return AlertOut.of(
        await approval.return_to_author(
            state_of(request).services,
            number,
            by=officer,
            reason=wanted.reason,
            proposed=[text.message() for text in wanted.texts],
        )
    )


@router.post("/alerts/{number}/proposal", summary="Accept the texts an alert was returned with")
async def accept_proposal(
    request: Request, number: Number, wanted: SeenIn, officer: MayDraft
) -> AlertOut:
    """Like any edit; nothing changes if no texts were proposed."""
    services = state_of(request).services
    return AlertOut.of(
        await drafting.accept_proposal(services, number, by=officer, seen=wanted.fingerprint)
    )


@router.post(
    "/alerts/{number}/break-glass", summary="Send without a second person, in an emergency"
)
async def break_glass(
    request: Request, number: Number, wanted: BreakGlassIn, officer: MayBreakGlass
) -> AlertOut:
    """Only a scenario approved for it, in the library's text. Users are notified immediately."""
    services = state_of(request).services
    alert = await queries.get_alert(services, number, by=officer)
    confirmation.require_confirmation(services, alert, wanted.confirm)
    return AlertOut.of(
        await sending.send_with_break_glass(
            services,
            number,
            by=officer,
            reason=wanted.reason,
            seen=wanted.fingerprint,
            accept_same=wanted.accept_same,
        )
    )


@router.post("/alerts/{number}/stop", summary="Stop an alert that is being sent")
async def stop(
    request: Request, number: Number, officer: MayStop, wanted: StopIn | None = None
) -> AlertOut:
    """For any user who may send or approve; messages not yet handed over wait.

    No reason is needed to stop: it may be given afterwards.
    """
    services = state_of(request).services
    stop_in = wanted or StopIn()
    return AlertOut.of(
        await stopping.stop(services, number, by=officer, reason=stop_in.reason, note=stop_in.note)
    )


@router.post("/alerts/{number}/stop-reason", summary="State why an alert was stopped")
async def explain_stop(
    request: Request, number: Number, wanted: StepIn, officer: MayStop
) -> AlertOut:
    """Afterwards, by any user who may stop it."""
    services = state_of(request).services
    return AlertOut.of(
        await stopping.explain_stop(
            services, number, by=officer, reason=wanted.reason, note=wanted.note
        )
    )


@router.post("/alerts/{number}/resume", summary="Resume the sending of a stopped alert")
async def resume(
    request: Request, number: Number, wanted: ResumeIn, officer: MayResumeFresh
) -> AlertOut:
    """Continues where it was stopped."""
    services = state_of(request).services
    return AlertOut.of(
        await stopping.resume(
            services,
            number,
            by=officer,
            reason=wanted.reason,
            note=wanted.note,
            accept_times=wanted.accept_times,
            accept_same=wanted.accept_same,
        )
    )


@router.post("/alerts/{number}/retry", summary="Send again to recipients who were not reached")
async def retry(
    request: Request, number: Number, wanted: AgainIn, officer: MayRetryFresh
) -> RetriedOut:
    """To their current addresses. Messages already handed over are not sent again."""
    services = state_of(request).services
    again = await retry_actions.retry_failed(
        services,
        number,
        by=officer,
        reason=wanted.reason,
        note=wanted.note,
        accept_times=wanted.accept_times,
    )
    return RetriedOut(again=again)


@router.post("/alerts/{number}/schedule", summary="Schedule the sending of an approved alert")
async def schedule(
    request: Request, number: Number, wanted: ScheduleIn, officer: MayScheduleFresh
) -> AlertOut:
    """A time without a zone is Belgian time; `which` says which one if the hour is repeated."""
    services = state_of(request).services
    alert = await queries.get_alert(services, number, by=officer)
    at = instant(wanted.at, wanted.which)
    confirmation.require_confirmation(services, alert, wanted.confirm)
    return AlertOut.of(
        await scheduling.schedule(
            services,
            number,
            at,
            by=officer,
            seen=wanted.fingerprint,
            reason=wanted.reason,
            note=wanted.note,
            accept_times=wanted.accept_times,
            accept_same=wanted.accept_same,
        )
    )


@router.post("/alerts/{number}/unschedule", summary="Cancel the scheduled sending")
async def unschedule(
    request: Request, number: Number, wanted: StepIn, officer: MayStop
) -> AlertOut:
    """The alert stays approved."""
    services = state_of(request).services
    return AlertOut.of(
        await scheduling.unschedule(
            services, number, by=officer, reason=wanted.reason, note=wanted.note
        )
    )


@router.post(
    "/alerts/{number}/change", summary="Change the area, details, channels or end of an alert"
)
async def change(request: Request, number: Number, wanted: ChangeIn, officer: MayDraft) -> AlertOut:
    """One that was not sent: a new version of it, in draft again. What is left out stays.

    Texts edited by hand are named in the refusal until `edited` says of each of them whether it is
    kept or replaced.
    """
    return AlertOut.of(
        await changing.change_choices(
            state_of(request).services,
            number,
            wanted.changes(),
            changing.text_choices(wanted.edited),
            by=officer,
            seen=wanted.fingerprint,
        )
    )


@router.post("/alerts/{number}/discard", summary="Discard an alert that was not sent")
async def discard(
    request: Request, number: Number, wanted: DiscardIn, officer: MayRead
) -> AlertOut:
    """For any user who may edit or return it. It stays readable, and is never sent."""
    services = state_of(request).services
    return AlertOut.of(
        await discarding.discard(
            services,
            number,
            by=officer,
            reason=wanted.reason,
            note=wanted.note,
            seen=wanted.fingerprint,
        )
    )


@router.get("/alerts/{number}/follow-ups", summary="The follow-ups of an alert")
async def followers(request: Request, number: Number, officer: MayRead) -> list[AlertOut]:
    """Sent or not, in the order they were drafted, without their texts."""
    alerts = await queries.followers(state_of(request).services, number, by=officer)
    return [AlertOut.of(one) for one in alerts]


@router.get("/alerts/{number}/follow-ups/{how}", summary="A follow-up before it is drafted")
async def prefilled(
    request: Request, number: Number, how: Annotated[FollowUp, Path()], officer: MayFollowUp
) -> PrefilledOut:
    """The details known from the alert, and those that must still be entered."""
    ready = await follow_ups.prefill(state_of(request).services, number, how, by=officer)
    return PrefilledOut.of(ready)


@router.post("/alerts/{number}/follow-ups", status_code=201, summary="Draft a follow-up")
async def follow_up(
    request: Request, number: Number, wanted: FollowUpIn, officer: MayFollowUp
) -> AlertOut:
    """An update, correction, end of alert or false alarm, for the same recipients; sending it
    closes the previous alert."""
    services = state_of(request).services
    return AlertOut.of(
        await follow_ups.create_follow_up(services, number, wanted.request(), by=officer)
    )


@router.post("/alerts/{number}/review", summary="Review an alert sent without a second person")
async def review(
    request: Request, number: Number, wanted: ReviewIn, officer: MayReview
) -> AlertOut:
    """By another user, within 24 hours."""
    services = state_of(request).services
    return AlertOut.of(
        await sending.review_break_glass(
            services, number, wanted.verdict, by=officer, note=wanted.note
        )
    )


@router.get("/reviews", summary="Alerts sent without a second person and not yet reviewed")
async def reviews(request: Request, officer: MayRead) -> list[ReviewOut]:
    """The oldest first; `overdue` after 24 hours."""
    services = state_of(request).services
    alerts = await queries.unreviewed(services, by=officer)
    return [ReviewOut.of(one, services.now()) for one in alerts]


@router.get("/alerts/{number}/history", summary="Who did what with an alert, and when")
async def history(request: Request, number: Number, officer: MayRead) -> list[LedgerEntryOut]:
    """From the audit log."""
    entries = await queries.history(state_of(request).services, number, by=officer)
    return [LedgerEntryOut.model_validate(entry) for entry in entries]


@router.get("/alerts/{number}/approval-calls", summary="Who was called to approve an alert")
async def approval_calls(request: Request, number: Number, officer: MayRead) -> ApprovalCallsOut:
    """While it waits for approval: who was called, by what, and who has opened it; empty later."""
    return ApprovalCallsOut.of(
        await queries.get_status(state_of(request).services, number, by=officer)
    )


@router.get("/notifications", summary="Your unread notifications")
async def unread(
    request: Request, officer: MayRead, translate: WordsOf
) -> list[StaffNotificationOut]:
    """Newest first, in the language asked for."""
    notifications = await inbox.list_unread(state_of(request).services, by=officer)
    return [StaffNotificationOut.of(notification, translate) for notification in notifications]


@router.post("/notifications/{number}/read", status_code=204, summary="Mark a notification as read")
async def mark_read(request: Request, number: Number, officer: MayRead) -> None:
    """It is no longer shown to you."""
    await inbox.mark_read(state_of(request).services, number, by=officer)
