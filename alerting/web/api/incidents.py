"""Incidents for programs: open, hand up or down, close; who leads, and who is invited."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.authorities import incidents
from alerting.domain.authority import Phase
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.api.problems import PROBLEMS
from alerting.web.auth import MayLeadIncidents, MayRead
from alerting.web.paging import Before
from alerting.web.state import state_of

router = APIRouter(prefix="/api/incidents", tags=["incidents"], responses=PROBLEMS)
Number = Annotated[int, Path(ge=1, le=MAX_INTEGER, examples=[1])]


class IncidentIn(BaseModel):
    """What happens, where, and who leads."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=200, examples=["Ammoniac, port de Liège"])]
    area: Annotated[
        list[Annotated[str, Field(max_length=100)]],
        Field(min_length=1, max_length=600, examples=[["4000 Liège"]]),
    ]
    phase: Phase = Phase.MUNICIPAL


class PhaseIn(BaseModel):
    """The new phase; `lead_authority` only when it is handed down."""

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
    before: Before = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = incidents.PAGE_SIZE,
) -> list[IncidentOut]:
    """Those that touch the officer's territory; a partner's own."""
    found = await incidents.list_incidents(
        state_of(request).services, by=officer, before=before, limit=limit
    )
    return [IncidentOut.model_validate(one) for one in found.items]


@router.post("", status_code=201, summary="Open an incident")
async def open_one(request: Request, wanted: IncidentIn, officer: MayLeadIncidents) -> IncidentOut:
    """The officer's authority leads it."""
    services = state_of(request).services
    made = await incidents.open_incident(
        services, wanted.title, wanted.area, wanted.phase, by=officer
    )
    return IncidentOut.model_validate(made)


@router.get("/{number}", summary="One incident")
async def read(request: Request, number: Number, officer: MayRead) -> IncidentWithPartners:
    """Its history stands in the ledger."""
    found, invited = await incidents.get_incident(state_of(request).services, number, by=officer)
    return IncidentWithPartners(
        **IncidentOut.model_validate(found).model_dump(),
        invitations=[InvitationOut.model_validate(one) for one in invited],
    )


@router.post("/{number}/phase", summary="Hand an incident up, or down")
async def change_phase(
    request: Request, number: Number, wanted: PhaseIn, officer: MayLeadIncidents
) -> IncidentOut:
    """From then on nobody below the phase approves or sends on it."""
    services = state_of(request).services
    changed = await incidents.change_phase(
        services, number, wanted.phase, by=officer, lead_authority=wanted.lead_authority
    )
    return IncidentOut.model_validate(changed)


class ExemptionIn(BaseModel):
    """Which alert is no part of the incident, in which words."""

    model_config = ConfigDict(extra="forbid")

    alert: Annotated[int, Field(ge=1, le=MAX_INTEGER)]
    fingerprint: Annotated[str, Field(max_length=64, description="Of the words that were read")]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@router.post("/{number}/exemptions", status_code=204, summary="Say an alert is no part of it")
async def exempt(
    request: Request, number: Number, wanted: ExemptionIn, officer: MayLeadIncidents
) -> None:
    """For whoever leads it, or an authority above: the alert's own authority decides then."""
    services = state_of(request).services
    await incidents.exempt_alert(
        services, number, wanted.alert, seen=wanted.fingerprint, reason=wanted.reason, by=officer
    )


class ClosedIncidentOut(IncidentOut):
    """A closed incident, and what of it still holds."""

    in_force: Annotated[
        list[int], Field(description="Alerts of it that are still in force: follow them up")
    ]


@router.post("/{number}/close", summary="Close an incident")
async def close(request: Request, number: Number, officer: MayLeadIncidents) -> ClosedIncidentOut:
    """No new alert is drafted in it; those there are go on, and are followed up as before."""
    found, in_force = await incidents.close_incident(state_of(request).services, number, by=officer)
    return ClosedIncidentOut(**IncidentOut.model_validate(found).model_dump(), in_force=in_force)


@router.delete(
    "/{number}/invitations/{authority}", status_code=204, summary="Let a partner go, at once"
)
async def end_invitation(
    request: Request,
    number: Number,
    authority: Annotated[str, Path(max_length=64)],
    officer: MayLeadIncidents,
) -> None:
    """Inviting takes two people: see the requests. Letting go takes one."""
    await incidents.end_invitation(state_of(request).services, number, authority, by=officer)
