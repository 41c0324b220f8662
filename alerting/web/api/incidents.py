"""Incidents for programs: open, change the phase, close; who leads, and who is invited."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.authorities import incidents
from alerting.domain.authority import Phase
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.api.idempotency import RepeatableRoute
from alerting.web.api.pages import PageOut, page_out, read_number
from alerting.web.api.problems import PROBLEMS
from alerting.web.auth import MayLeadIncidents, MayLeadIncidentsFresh, MayRead
from alerting.web.paging import After
from alerting.web.state import state_of

router = APIRouter(
    prefix="/api/incidents", tags=["incidents"], responses=PROBLEMS, route_class=RepeatableRoute
)
Number = Annotated[int, Path(ge=1, le=MAX_INTEGER, examples=[1])]


class IncidentIn(BaseModel):
    """What has happened, where, and who leads."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=200, examples=["Ammoniac, port de Liège"])]
    area: Annotated[
        list[Annotated[str, Field(max_length=100)]],
        Field(min_length=1, max_length=600, examples=[["4000 Liège"]]),
    ]
    phase: Phase = Phase.MUNICIPAL


class PhaseIn(BaseModel):
    """The new phase; `lead_authority` only for a lower one."""

    model_config = ConfigDict(extra="forbid")

    phase: Phase
    lead_authority: Annotated[
        str, Field(default="", max_length=64, description="An authority's code")
    ]


class IncidentOut(BaseModel):
    """An incident."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    phase: Phase
    area: list[str]
    lead_authority: str
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None


class InvitationOut(BaseModel):
    """A partner in an incident."""

    model_config = ConfigDict(from_attributes=True)

    authority: str
    until: datetime
    invited_by: str
    confirmed_by: str
    ended_at: datetime | None


class IncidentWithPartners(IncidentOut):
    """An incident, and who was invited to it."""

    invitations: list[InvitationOut]


@router.get("", summary="Incidents, newest first")
async def list_incidents(
    request: Request,
    officer: MayRead,
    after: After = "",
    limit: Annotated[int, Query(ge=1, le=200)] = incidents.PAGE_SIZE,
) -> PageOut[IncidentOut]:
    """Those in the user's territory; for a partner, those it is invited to."""
    found = await incidents.list_incidents(
        state_of(request).services, by=officer, before=read_number(after), limit=limit
    )
    return page_out(found, IncidentOut.model_validate)


@router.post("", status_code=201, summary="Open an incident")
async def open_one(
    request: Request, wanted: IncidentIn, officer: MayLeadIncidentsFresh
) -> IncidentOut:
    """The user's authority leads it."""
    services = state_of(request).services
    incident = await incidents.open_incident(
        services, wanted.title, wanted.area, wanted.phase, by=officer
    )
    return IncidentOut.model_validate(incident)


@router.get("/{number}", summary="One incident")
async def read(request: Request, number: Number, officer: MayRead) -> IncidentWithPartners:
    """Its history is recorded in the audit log."""
    incident, invited = await incidents.get_incident(state_of(request).services, number, by=officer)
    return IncidentWithPartners(
        **IncidentOut.model_validate(incident).model_dump(),
        invitations=[InvitationOut.model_validate(invitation) for invitation in invited],
    )


@router.post("/{number}/phase", summary="Change the phase of an incident")
async def change_phase(
    request: Request, number: Number, wanted: PhaseIn, officer: MayLeadIncidentsFresh
) -> IncidentOut:
    """From then on, no authority below the phase can approve or send on it."""
    services = state_of(request).services
    changed = await incidents.change_phase(
        services, number, wanted.phase, by=officer, lead_authority=wanted.lead_authority
    )
    return IncidentOut.model_validate(changed)


class ExemptionIn(BaseModel):
    """Which alert is not part of the incident, and the text that was read."""

    model_config = ConfigDict(extra="forbid")

    alert: Annotated[int, Field(ge=1, le=MAX_INTEGER)]
    fingerprint: Annotated[str, Field(max_length=64, description="Of the text that was read")]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@router.post("/{number}/exemptions", status_code=204, summary="Declare an alert not part of it")
async def exempt(
    request: Request, number: Number, wanted: ExemptionIn, officer: MayLeadIncidents
) -> None:
    """For the lead authority or one above: the alert's own authority then decides on it."""
    services = state_of(request).services
    await incidents.exempt_alert(
        services, number, wanted.alert, seen=wanted.fingerprint, reason=wanted.reason, by=officer
    )


class ClosedIncidentOut(IncidentOut):
    """A closed incident, and its alerts that are still active."""

    in_force: Annotated[
        list[int], Field(description="Its alerts that are still active: follow them up")
    ]


@router.post("/{number}/close", summary="Close an incident")
async def close(request: Request, number: Number, officer: MayLeadIncidents) -> ClosedIncidentOut:
    """No new alert can be drafted in it; existing ones continue and are followed up as before."""
    incident, in_force = await incidents.close_incident(
        state_of(request).services, number, by=officer
    )
    return ClosedIncidentOut(**IncidentOut.model_validate(incident).model_dump(), in_force=in_force)


@router.delete(
    "/{number}/invitations/{authority}", status_code=204, summary="End the invitation of a partner"
)
async def end_invitation(
    request: Request,
    number: Number,
    authority: Annotated[str, Path(max_length=64)],
    officer: MayLeadIncidents,
) -> None:
    """Takes effect immediately and takes one person. Inviting takes two: see the requests."""
    await incidents.end_invitation(state_of(request).services, number, authority, by=officer)
