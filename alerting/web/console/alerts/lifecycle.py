"""The small steps of an alert's life: one click where that is enough, a short form elsewhere."""

from collections.abc import Awaitable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions.alerts import (
    approval,
    calls,
    discarding,
    drafting,
    queries,
    scheduling,
    sending,
    shapes,
    stopping,
    text_checks,
    text_drafts,
)
from alerting.actions.alerts import retry as retry_actions
from alerting.actions.staff_notifications import inbox
from alerting.checks import audience
from alerting.checks.whole_country import WHOLE_COUNTRY
from alerting.domain.alert import STEP_REASONS, Alert, Review, Step, StepReason
from alerting.domain.errors import AlertingError, AudienceChanged, TimesPassed
from alerting.domain.officer import Officer
from alerting.i18n import Translator
from alerting.services import Services
from alerting.web.auth import (
    MayDraft,
    MayRead,
    MayResumeFresh,
    MayRetryFresh,
    MayReturn,
    MayReview,
    MayStop,
    MaySubmit,
    WordsOf,
)
from alerting.web.console.alerts.shape_form import shape_shares
from alerting.web.console.alerts.text_editor import changed_texts, inputs
from alerting.web.console.context import Number, about
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of

router = APIRouter(tags=["console"])
Why = Annotated[StepReason, Form()]
Said = Annotated[str, Form(max_length=1000)]
FORMS: Final = frozenset(
    {"submit", "return", "review", "resume", "retry", "unschedule", "stop-reason", "discard"}
)


@router.get("/alerts/{number}/submit")
async def ask_submitting(
    request: Request, number: Number, officer: MaySubmit, translate: WordsOf
) -> Response:
    """A word to the approver, if there is one."""
    return await _ask(request, "submit", number, officer, translate)


@router.post("/alerts/{number}/submit")
async def submit(
    request: Request, number: Number, officer: MaySubmit, translate: WordsOf, said: Said = ""
) -> Response:
    """Ask for approval."""
    services = state_of(request).services

    async def act() -> None:
        await text_drafts.require_saved_texts(services, number, by=officer)
        await approval.submit(services, number, by=officer, note=said)

    return await _do(request, "submit", act(), number, officer, translate)


@router.get("/alerts/{number}/return")
async def ask_returning(
    request: Request, number: Number, officer: MayReturn, translate: WordsOf
) -> Response:
    """Why it goes back."""
    return await _ask(request, "return", number, officer, translate)


@router.post("/alerts/{number}/return")
async def return_to_author(
    request: Request, number: Number, officer: MayReturn, translate: WordsOf, said: Said = ""
) -> Response:
    """Give it back to its author, with other words where some were typed."""
    services = state_of(request).services
    alert = await queries.get_alert(services, number, by=officer)
    form = await request.form()

    async def act() -> None:
        proposed = changed_texts(form, alert)
        await approval.return_to_author(
            services, number, by=officer, reason=said, proposed=proposed
        )

    return await _do(request, "return", act(), number, officer, translate)


@router.post("/alerts/{number}/proposal")
async def accept_proposal(
    request: Request,
    number: Number,
    officer: MayDraft,
    translate: WordsOf,
    seen: Annotated[str, Form(max_length=64)],
) -> Response:
    """Take the words it was given back with."""
    act = drafting.accept_proposal(state_of(request).services, number, by=officer, seen=seen)
    return await _do(request, "proposal", act, number, officer, translate)


@router.get("/alerts/{number}/review")
async def ask_reviewing(
    request: Request, number: Number, officer: MayReview, translate: WordsOf
) -> Response:
    """What one officer did alone, and why."""
    return await _ask(request, "review", number, officer, translate)


@router.post("/alerts/{number}/review")
async def review_break_glass(
    request: Request,
    number: Number,
    officer: MayReview,
    translate: WordsOf,
    verdict: Annotated[Review, Form()],
    said: Said = "",
) -> Response:
    """Review it: justified, or not, and why."""
    act = sending.review_break_glass(
        state_of(request).services, number, verdict, by=officer, note=said
    )
    return await _do(request, "review", act, number, officer, translate)


@router.post("/alerts/{number}/stop")
async def stop_alert(
    request: Request, number: Number, officer: MayStop, translate: WordsOf
) -> Response:
    """Halt it at once: no question is asked; the board then offers to say why."""
    act = stopping.stop(state_of(request).services, number, by=officer)
    return await _do(request, "stop", act, number, officer, translate)


@router.get("/alerts/{number}/resume")
async def ask_resume(
    request: Request, number: Number, officer: MayResumeFresh, translate: WordsOf
) -> Response:
    """Why."""
    return await _ask(request, "resume", number, officer, translate)


@router.post("/alerts/{number}/resume")
async def resume(
    request: Request,
    number: Number,
    officer: MayResumeFresh,
    translate: WordsOf,
    why: Why = StepReason.NOT_SAID,
    said: Said = "",
    accept_times: Annotated[bool, Form()] = False,
    accept_same: Annotated[bool, Form()] = False,
) -> Response:
    """Let it go on."""
    act = stopping.resume(
        state_of(request).services,
        number,
        by=officer,
        reason=why,
        note=said,
        accept_times=accept_times,
        accept_same=accept_same,
    )
    return await _do(request, "resume", act, number, officer, translate)


@router.get("/alerts/{number}/retry")
async def ask_retry(
    request: Request, number: Number, officer: MayRetryFresh, translate: WordsOf
) -> Response:
    """Why."""
    return await _ask(request, "retry", number, officer, translate)


@router.post("/alerts/{number}/retry")
async def retry(
    request: Request,
    number: Number,
    officer: MayRetryFresh,
    translate: WordsOf,
    why: Why = StepReason.NOT_SAID,
    said: Said = "",
    accept_times: Annotated[bool, Form()] = False,
) -> Response:
    """Try again those who were not reached."""
    services = state_of(request).services
    act = retry_actions.retry_failed(
        services, number, by=officer, reason=why, note=said, accept_times=accept_times
    )
    return await _do(request, "retry", act, number, officer, translate)


@router.get("/alerts/{number}/unschedule")
async def ask_unschedule(
    request: Request, number: Number, officer: MayStop, translate: WordsOf
) -> Response:
    """Why."""
    return await _ask(request, "unschedule", number, officer, translate)


@router.post("/alerts/{number}/unschedule")
async def unschedule(
    request: Request,
    number: Number,
    officer: MayStop,
    translate: WordsOf,
    why: Why = StepReason.NOT_SAID,
    said: Said = "",
) -> Response:
    """Take the time back."""
    services = state_of(request).services
    act = scheduling.unschedule(services, number, by=officer, reason=why, note=said)
    return await _do(request, "unschedule", act, number, officer, translate)


@router.get("/alerts/{number}/discard")
async def ask_discard(
    request: Request, number: Number, officer: MayRead, translate: WordsOf
) -> Response:
    """Why it is not to be sent."""
    return await _ask(request, "discard", number, officer, translate)


@router.post("/alerts/{number}/discard")
async def discard(
    request: Request,
    number: Number,
    officer: MayRead,
    translate: WordsOf,
    seen: Annotated[str, Form(max_length=64)],
    why: Why = StepReason.NOT_SAID,
    said: Said = "",
) -> Response:
    """Put it aside for good."""
    services = state_of(request).services
    act = discarding.discard(services, number, by=officer, reason=why, note=said, seen=seen)
    return await _do(request, "discard", act, number, officer, translate)


@router.get("/alerts/{number}/stop-reason")
async def ask_stop_reason(
    request: Request, number: Number, officer: MayStop, translate: WordsOf
) -> Response:
    """Why it was stopped."""
    return await _ask(request, "stop-reason", number, officer, translate)


@router.post("/alerts/{number}/stop-reason")
async def explain_stop(
    request: Request,
    number: Number,
    officer: MayStop,
    translate: WordsOf,
    why: Why = StepReason.NOT_SAID,
    said: Said = "",
) -> Response:
    """Say why it was stopped, afterwards."""
    services = state_of(request).services
    act = stopping.explain_stop(services, number, by=officer, reason=why, note=said)
    return await _do(request, "stop-reason", act, number, officer, translate)


@router.post("/notifications/{number}/read")
async def read_notice(request: Request, number: Number, officer: MayRead) -> Response:
    """Mark a notice as read by this officer."""
    await inbox.mark_read(state_of(request).services, number, by=officer)
    return RedirectResponse("/", status_code=303)


async def _do(
    request: Request,
    act: str,
    doing: Awaitable[object],
    number: int,
    officer: Officer,
    translate: Translator,
) -> Response:
    """Act and show the board; what goes wrong is said there, or where it was typed."""
    try:
        await doing
    except AlertingError as problem:
        return await _ask(request, act, number, officer, translate, problem=problem)
    return RedirectResponse(f"/alerts/{number}", status_code=303)


async def _before_submitting(
    services: Services, number: int, officer: Officer, translate: Translator
) -> dict[str, object]:
    """What is read before an alert is submitted: whom it reaches, what lacks, who is called."""
    preview = await queries.preview(services, number, by=officer)
    drawn = preview.alert.shape
    inside = await shapes.shares_inside(services, drawn, by=officer) if drawn else {}
    blocks = text_checks.blocking_findings(preview.findings)
    return {
        "preview": preview,
        "expected": await calls.expected_calls(services, number, by=officer),
        "inside": shape_shares(services, inside, preview.alert.area, translate),
        "open_findings": [
            finding
            for finding in preview.findings
            if finding.rule in {*audience.RULES, WHOLE_COUNTRY} or finding in blocks
        ],
        "unsaved": await text_drafts.unsaved_texts(services, number, by=officer),
        "nobody": any(finding.rule == audience.NOBODY for finding in blocks),
        "not_ready": bool(preview.holes or blocks),
    }


async def _ask(
    request: Request,
    act: str,
    number: int,
    officer: Officer,
    translate: Translator,
    *,
    problem: AlertingError | None = None,
) -> Response:
    services = state_of(request).services
    context: dict[str, Any] = about(services, translate)
    alert = await queries.get_alert(services, number, by=officer)
    if act == "submit":
        context |= await _before_submitting(services, number, officer, translate)
    return render_page(
        request,
        "alerts/lifecycle_step.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        act=act,
        has_form=act in FORMS,
        reasons=STEP_REASONS[Step(act)] if act in set(Step) else (),
        typed=await request.form(),
        alert=alert,
        inputs=inputs(alert) if act == "return" else {},
        others=await queries.other_approvers(services, alert, by=officer)
        if act == "return"
        else [],
        problem=translate.error(problem) if problem else "",
        times_passed=isinstance(problem, TimesPassed)
        or await _hours_passed(request, act, alert, officer),
        same_under_way=await queries.alerts_under_way(services, alert, by=officer)
        if act == "resume"
        else [],
        again=await retry_actions.failed_to_retry(services, number, by=officer)
        if act == "retry"
        else {},
        lists_changed=isinstance(problem, AudienceChanged),
        now=services.now(),
        **context,
    )


async def _hours_passed(request: Request, act: str, alert: Alert, officer: Officer) -> bool:
    """Whether going on now asks about hours, as far as a look tells."""
    if act not in {"resume", "retry"}:
        return False
    services = state_of(request).services
    now = services.now()
    return bool(
        (
            await text_checks.passed_times(
                services, alert.id, leaves=now, by=officer, deciding=False
            )
        ).times
    )
