"""Test copies of an alert: who is to look at which texts, and what became of those sent before."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from alerting.actions.alerts import copies, queries
from alerting.actions.alerts.copies import CopyRequest
from alerting.domain.channel import FAILURE_REASON_NAMES
from alerting.domain.copies import MAX_USERS
from alerting.domain.errors import AlertingError
from alerting.domain.language import Language
from alerting.domain.officer import Officer
from alerting.i18n import Translator
from alerting.web.auth import MayDraft, WordsOf
from alerting.web.console.context import Number, about
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of

router = APIRouter(tags=["console"])


@router.get("/alerts/{number}/test-copy")
async def ask_for_copy(
    request: Request, number: Number, officer: MayDraft, translate: WordsOf
) -> Response:
    """Oneself and every text, to begin with."""
    return await _page(request, number, officer, translate)


@router.post("/alerts/{number}/test-copy")
async def send_copy(
    request: Request, number: Number, officer: MayDraft, translate: WordsOf
) -> Response:
    """Send it, and show what becomes of it."""
    form = await request.form()
    copy_request = CopyRequest(
        users=_chosen(form, "user"),
        channels=_chosen(form, "channel"),
        languages=tuple(language for language in Language if language in form.getlist("language")),
    )
    try:
        await copies.send_test_copy(state_of(request).services, number, copy_request, by=officer)
    except AlertingError as problem:
        return await _page(request, number, officer, translate, typed=form, problem=problem)
    return RedirectResponse(f"/alerts/{number}/test-copy#sent", status_code=303)


def _chosen(form: FormData, field: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(one) for one in form.getlist(field)))


async def _page(
    request: Request,
    number: int,
    officer: Officer,
    translate: Translator,
    *,
    typed: FormData | None = None,
    problem: AlertingError | None = None,
) -> Response:
    services = state_of(request).services
    alert = await queries.get_alert(services, number, by=officer)
    users = await copies.list_copy_users(services, number, by=officer)
    return render_page(
        request,
        "alerts/copies.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        alert=alert,
        users=sorted(users, key=lambda one: (one != officer.name, one)),
        most=MAX_USERS,
        copies=await copies.list_test_copies(services, number, by=officer),
        typed=typed,
        problem=translate.error(problem) if problem else "",
        failure_reasons=FAILURE_REASON_NAMES,
        **about(services, translate),
    )
