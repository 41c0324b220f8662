"""Follow-ups: composed on the composing page; only a false alarm has a page of its own."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from alerting.actions.alerts import confirmation, follow_ups, queries
from alerting.actions.alerts.follow_ups import FollowUpRequest
from alerting.domain.alert import AlertClass, FollowUp
from alerting.domain.errors import AlertingError
from alerting.domain.officer import Officer
from alerting.domain.reason import reason_of
from alerting.i18n import Translator
from alerting.web.auth import MayFollowUp, WordsOf
from alerting.web.console.context import Number, about
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of

router = APIRouter(tags=["console"])
NOTHING_TYPED = FormData()


@router.post("/alerts/{number}/follow-up")
async def begin_follow_up(
    request: Request,
    number: Number,
    officer: MayFollowUp,
    how: Annotated[Literal[FollowUp.UPDATE, FollowUp.CORRECTION, FollowUp.ALL_CLEAR], Form()],
) -> Response:
    """The composition of a follow-up, with what is known filled in."""
    services = state_of(request).services
    composition = await follow_ups.begin_follow_up(services, number, how, by=officer)
    return RedirectResponse(f"/compose/{composition.id}", status_code=303)


@router.get("/alerts/{number}/false-alarm")
async def ask_for_false_alarm(
    request: Request, number: Number, officer: MayFollowUp, translate: WordsOf
) -> Response:
    """What calling it a false alarm means; it makes nothing."""
    return await _page(request, number, officer, translate)


@router.post("/alerts/{number}/false-alarm")
async def prepare(
    request: Request, number: Number, officer: MayFollowUp, translate: WordsOf
) -> Response:
    """Draft the notice and show it, only with a reason and the typed word."""
    form = await request.form()
    services = state_of(request).services
    try:
        original = await queries.get_alert(services, number, by=officer)
        confirmation.require_false_alarm(original, str(form.get("word", "")))
        follow_up_request = FollowUpRequest(
            how=FollowUp.FALSE_ALERT, reason=reason_of(str(form.get("said", "")), needed=True)
        )
        alert = await follow_ups.create_follow_up(services, number, follow_up_request, by=officer)
    except AlertingError as problem:
        return await _page(request, number, officer, translate, typed=form, problem=problem)
    return RedirectResponse(f"/alerts/{alert.id}", status_code=303)


async def _page(
    request: Request,
    number: int,
    officer: Officer,
    translate: Translator,
    *,
    typed: FormData = NOTHING_TYPED,
    problem: AlertingError | None = None,
) -> Response:
    services = state_of(request).services
    ready = await follow_ups.prefill(services, number, FollowUp.FALSE_ALERT, by=officer)
    is_real = ready.original.alert_class is AlertClass.ALERT
    return render_page(
        request,
        "alerts/false_alarm.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        alert=ready.original,
        typed=typed,
        word=translate(confirmation.FALSE_WORD) if is_real else "",
        problem=translate.error(problem) if problem else "",
        now=services.now(),
        **about(services, translate),
    )
