"""Public pages: where each alert stands, what waits and what failed; made anew, or withdrawn."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions.public import administration
from alerting.domain.alert import CLASS_NAMES, STATE_NAMES
from alerting.domain.errors import AlertingError
from alerting.domain.officer import Officer, Permission
from alerting.domain.publication import STAGE_NAMES
from alerting.i18n import Translator
from alerting.web.auth import MayManagePages, MayRead, WordsOf
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of

ADDRESS = "/public-pages"

router = APIRouter(tags=["console"], prefix=ADDRESS)


@router.get("")
async def show_public_pages(request: Request, officer: MayRead, translate: WordsOf) -> Response:
    """Where each alert stands in public."""
    return await _page(request, officer, translate)


@router.post("/rebuild")
async def rebuild(
    request: Request,
    officer: MayManagePages,
    translate: WordsOf,
    believes_database: Annotated[bool, Form()] = False,
) -> Response:
    """Have everything made anew."""
    services = state_of(request).services
    try:
        await administration.request_rebuild(
            services, by=officer, believes_database=believes_database
        )
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return RedirectResponse(ADDRESS, status_code=303)


@router.post("/{number}/withdraw")
async def withdraw(
    request: Request,
    officer: MayManagePages,
    translate: WordsOf,
    number: Annotated[int, Path(ge=1, le=2**53)],
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Take the words of a page away."""
    try:
        await administration.withdraw(state_of(request).services, number, reason=reason, by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem, typed=(number, reason))
    return RedirectResponse(ADDRESS, status_code=303)


async def _page(
    request: Request,
    officer: Officer,
    translate: Translator,
    *,
    problem: AlertingError | None = None,
    typed: tuple[int, str] | None = None,
) -> Response:
    services = state_of(request).services
    public_overview = await administration.overview(services, by=officer)
    manages = officer.may(Permission.MANAGE_PAGES)
    return render_page(
        request,
        "operations/public_pages.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        found=public_overview,
        published_here=services.public is not None,
        manages=manages,
        rebuilds=manages and officer.authority.territory.everywhere,
        state_names=STATE_NAMES,
        class_names=CLASS_NAMES,
        stage_names=STAGE_NAMES,
        problem=translate.error(problem) if problem else "",
        typed=typed,
        now=services.now(),
    )
