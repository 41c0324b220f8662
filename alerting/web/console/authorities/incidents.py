"""Incidents: opened, handed over, closed, and partners invited to them."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions import change_requests
from alerting.actions.authorities import incidents
from alerting.actions.authorities import manage as authorities
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.authority import PHASE_NAMES, RANK, Incident, Phase
from alerting.domain.change_request import Act
from alerting.domain.errors import AlertingError, BadRequest
from alerting.domain.officer import Officer
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.web.auth import (
    MayConfirmRequests,
    MayLeadIncidents,
    MayLeadIncidentsFresh,
    MayRead,
    WordsOf,
)
from alerting.web.console.context import Number
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of

router = APIRouter(tags=["console"], prefix="/incidents")

Title = Annotated[str, Form(max_length=1_000)]
Code = Annotated[str, Form(max_length=64)]
Sure = Annotated[bool, Form()]
NOTHING_TYPED = dict.fromkeys(
    ("title", "places", "phase", "lead_authority", "authority", "hours"), ""
)
HOURS = (12, 24, 48, 24 * 7, 24 * 30)
"""For how long a partner may be invited on the page; the command line takes any number."""
DONE = {
    "opened": msgid("The incident is open, and your authority leads it."),
    "changed": msgid("The phase and the lead authority are as shown here."),
    "invited": msgid("The invitation waits for a second person, on the “Authorities” page."),
    "let-go": msgid("The partner’s invitation has ended."),
    "closed": msgid("The incident is closed."),
}
NO_PLACE = msgid("Say where: the names or postal codes of municipalities, separated by commas")
NOT_SURE = msgid("Tick the box that says you know what this changes for others")


@router.get("/new")
async def ask_for_incident(
    request: Request, officer: MayLeadIncidents, translate: WordsOf
) -> Response:
    """What has happened, and where."""
    return await _form(request, officer, translate)


@router.post("")
async def open_incident(
    request: Request,
    officer: MayLeadIncidentsFresh,
    translate: WordsOf,
    title: Title = "",
    places: Title = "",
    phase: Annotated[Phase, Form()] = Phase.MUNICIPAL,
    sure: Sure = False,
) -> Response:
    """Open it; in a phase above the municipal one it takes decisions from others."""
    named = [one.strip() for one in places.split(",") if one.strip()]
    try:
        if phase is not Phase.MUNICIPAL and not sure:
            raise BadRequest(NOT_SURE)
        if not named:
            raise BadRequest(NO_PLACE)
        incident = await incidents.open_incident(
            state_of(request).services, title, named, phase, by=officer
        )
    except AlertingError as problem:
        typed = {"title": title, "places": places, "phase": phase}
        return await _form(request, officer, translate, problem=problem, typed=typed)
    return _back(incident.id, "opened")


@router.get("/{number}")
async def show_incident(
    request: Request,
    number: Number,
    officer: MayRead,
    translate: WordsOf,
    done: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """The incident, who takes part, and what this officer may do about it."""
    return await _show(request, number, officer, translate, done=done)


@router.post("/{number}/phase")
async def change_phase(
    request: Request,
    number: Number,
    officer: MayLeadIncidentsFresh,
    translate: WordsOf,
    phase: Annotated[Phase, Form()],
    lead_authority: Code = "",
    sure: Sure = False,
) -> Response:
    """Hand it up, down, or to another authority in the same phase."""
    services = state_of(request).services
    try:
        if not sure:
            raise BadRequest(NOT_SURE)
        await incidents.change_phase(
            services, number, phase, by=officer, lead_authority=lead_authority
        )
    except AlertingError as problem:
        typed = {"phase": phase, "lead_authority": lead_authority}
        return await _show(request, number, officer, translate, problem=problem, typed=typed)
    return _back(number, "changed")


@router.post("/{number}/close")
async def close_incident(
    request: Request,
    number: Number,
    officer: MayLeadIncidents,
    translate: WordsOf,
    sure: Sure = False,
) -> Response:
    """End it; the page then names its alerts that are still active."""
    services = state_of(request).services
    try:
        if not sure:
            raise BadRequest(NOT_SURE)
        _, in_force = await incidents.close_incident(services, number, by=officer)
    except AlertingError as problem:
        return await _show(request, number, officer, translate, problem=problem)
    if in_force:
        return await _show(request, number, officer, translate, done="closed", in_force=in_force)
    return _back(number, "closed")


@router.post("/{number}/invitations")
async def invite_authority(
    request: Request,
    number: Number,
    officer: MayConfirmRequests,
    translate: WordsOf,
    authority: Code = "",
    hours: Annotated[int, Form(ge=1, le=2160)] = 24,
) -> Response:
    """Ask a second person to let a partner read and draft in it."""
    services = state_of(request).services
    until = services.now().replace(microsecond=0) + timedelta(hours=hours)
    details = {"authority": authority, "incident": number, "until": until.isoformat()}
    try:
        await change_requests.request_change(
            services, KINDS, Act.INVITE_PARTNER, details, by=officer
        )
    except AlertingError as problem:
        typed = {"authority": authority, "hours": hours}
        return await _show(request, number, officer, translate, problem=problem, typed=typed)
    return _back(number, "invited")


@router.post("/{number}/invitations/{authority}/end")
async def end_invitation(
    request: Request,
    number: Number,
    officer: MayLeadIncidents,
    translate: WordsOf,
    authority: Annotated[str, Path(max_length=64)],
) -> Response:
    """Let a partner go, at once."""
    services = state_of(request).services
    try:
        await incidents.end_invitation(services, number, authority, by=officer)
    except AlertingError as problem:
        return await _show(request, number, officer, translate, problem=problem)
    return _back(number, "let-go")


def _back(number: int, done: str) -> Response:
    return RedirectResponse(f"/incidents/{number}?done={done}", status_code=303)


def _typed(request: Request, typed: dict[str, Any] | None) -> dict[str, Any]:
    """What stands in the forms: what was refused, or typed before a proof of identity."""
    return {**NOTHING_TYPED, **getattr(request.state, "kept", {}), **(typed or {})}


async def _form(
    request: Request,
    officer: Officer,
    translate: WordsOf,
    *,
    problem: AlertingError | None = None,
    typed: dict[str, Any] | None = None,
) -> Response:
    return render_page(
        request,
        "authorities/incident_form.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        problem=translate.error(problem) if problem else "",
        typed=_typed(request, typed),
        phases={
            phase: PHASE_NAMES[phase]
            for phase in Phase
            if RANK[officer.authority.level] >= RANK[phase]
        },
    )


async def _show(
    request: Request,
    number: int,
    officer: Officer,
    translate: WordsOf,
    *,
    problem: AlertingError | None = None,
    typed: dict[str, Any] | None = None,
    done: str = "",
    in_force: list[int] | None = None,
) -> Response:
    services = state_of(request).services
    incident, invited = await incidents.get_incident(services, number, by=officer)
    known = await authorities.list_authorities(services, by=officer)
    called = {authority.code: authority.called.told(translate.language) for authority in known}
    now = services.now()
    return render_page(
        request,
        "authorities/incident.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        incident=incident,
        problem=translate.error(problem) if problem else "",
        typed=_typed(request, typed),
        done=translate(DONE[done]) if done in DONE else "",
        in_force=in_force or [],
        area=_area(services, incident, translate),
        called=called,
        invited=[
            (invitation, invitation.ended_at is None and now < invitation.until)
            for invitation in invited
        ],
        choices=await incidents.incident_choices(services, incident, by=officer, among=known),
        phases=PHASE_NAMES,
        hours=HOURS,
    )


def _area(services: Services, incident: Incident, translate: WordsOf) -> str:
    return services.gazetteer.area_name(incident.area, translate.language)
