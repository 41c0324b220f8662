"""Who may speak where; what one is here; and what waits for a second person."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions import change_requests
from alerting.actions.accounts import memberships, sessions
from alerting.actions.authorities import incidents
from alerting.actions.authorities import manage as authorities
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.authority import LEVEL_NAMES, PHASE_NAMES, Authority
from alerting.domain.errors import AlertingError
from alerting.domain.officer import ROLE_NAMES, Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.services import Services
from alerting.web.auth import (
    MayConfirmRequests,
    MayLeadIncidents,
    MayRead,
    WordsOf,
    client_context,
    session_cookie,
    way_back,
)
from alerting.web.console import labels
from alerting.web.console.authorities.lists import Decided
from alerting.web.console.authorities.waiting import waiting_requests
from alerting.web.console.context import Number
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.paging import Before, next_link
from alerting.web.state import state_of

WHOLE = msgid("the whole country")
router = APIRouter(tags=["console"])


@router.get("/authorities")
async def list_authorities(
    request: Request,
    officer: MayRead,
    translate: WordsOf,
    confirmed: Decided = 0,
    refused: Decided = 0,
    before: Before = 0,
) -> Response:
    """Authorities, open incidents, own memberships, and waiting requests."""
    return await _show(
        request, officer, translate, confirmed=confirmed, refused=refused, before=before
    )


@router.post("/memberships/choose")
async def choose(
    request: Request,
    officer: MayRead,
    translate: WordsOf,
    membership: Annotated[int, Form(ge=1, le=MAX_INTEGER)],
) -> Response:
    """Go on in this session under another membership of one's own."""
    state = state_of(request)
    secret = request.cookies.get(session_cookie(secure=state.secure), "")
    try:
        await sessions.switch_membership(
            state.services, secret, membership, network=client_context(request).network
        )
    except AlertingError as problem:
        return await _show(request, officer, translate, problem=problem)
    return RedirectResponse("/authorities", status_code=303)


@router.post("/change-requests/{number}/confirm")
async def confirm(
    request: Request, number: Number, officer: MayConfirmRequests, translate: WordsOf
) -> Response:
    """Carry a request out."""
    services = state_of(request).services
    try:
        done = await change_requests.confirm_change(services, KINDS, number, by=officer)
    except AlertingError as problem:
        return await _show(request, officer, translate, problem=problem)
    if done.secret:
        whose = str(done.request.details.get("officer", ""))
        return await _show(request, officer, translate, secret=done.secret, whose=whose)
    return RedirectResponse(f"{_came_from(request)}?confirmed={number}", status_code=303)


@router.post("/change-requests/{number}/reject")
async def reject(
    request: Request, number: Number, officer: MayConfirmRequests, translate: WordsOf
) -> Response:
    """Reject a request."""
    try:
        await change_requests.reject_change(state_of(request).services, KINDS, number, by=officer)
    except AlertingError as problem:
        return await _show(request, officer, translate, problem=problem)
    return RedirectResponse(f"{_came_from(request)}?refused={number}", status_code=303)


@router.post("/incidents/{number}/exemptions")
async def exempt(
    request: Request,
    number: Number,
    officer: MayLeadIncidents,
    translate: WordsOf,
    alert: Annotated[int, Form(ge=1, le=MAX_INTEGER)],
    seen: Annotated[str, Form(max_length=64)],
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Say that an alert is no part of an incident, on the page of the alert."""
    try:
        await incidents.exempt_alert(
            state_of(request).services, number, alert, seen=seen, reason=reason, by=officer
        )
    except AlertingError as problem:
        return await _show(request, officer, translate, problem=problem)
    return RedirectResponse(f"/alerts/{alert}", status_code=303)


def _came_from(request: Request) -> str:
    """The page of an authority, or that of all of them."""
    came = way_back(request)
    return came if came.startswith("/authorities/") else "/authorities"


async def _show(
    request: Request,
    officer: Officer,
    translate: WordsOf,
    *,
    problem: AlertingError | None = None,
    confirmed: int = 0,
    refused: int = 0,
    before: int = 0,
    secret: str = "",
    whose: str = "",
) -> Response:
    services = state_of(request).services
    found = await authorities.list_authorities(services, by=officer)
    own = await memberships.memberships_of(services, officer.name)
    under_way = await incidents.list_incidents(services, by=officer)
    called = {authority.code: authority.called.told(translate.language) for authority in found}
    waiting = await waiting_requests(services, called, translate, by=officer, before=before)
    return render_page(
        request,
        "authorities/list.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        problem=translate.error(problem) if problem else "",
        found=[(authority, _reach(services, authority, translate)) for authority in found],
        called=called,
        own=own,
        incidents=[incident for incident in under_way.items if incident.closed_at is None],
        may_open=officer.may(Permission.LEAD_INCIDENTS),
        waiting=waiting.items,
        next_page=next_link("/authorities", waiting.next),
        link=secret,
        whose=whose,
        confirmed=confirmed,
        refused=refused,
        level_names=LEVEL_NAMES,
        phases=PHASE_NAMES,
        roles=ROLE_NAMES,
        names=labels,
        area=lambda codes: services.gazetteer.area_name(codes, translate.language),
    )


def _reach(services: Services, authority: Authority, translate: WordsOf) -> str:
    if authority.territory.everywhere:
        return translate(WHOLE)
    return services.gazetteer.area_name(sorted(authority.territory.codes), translate.language)
