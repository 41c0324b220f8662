"""Requests for programs: what takes two people is requested by one and confirmed by another."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from alerting.actions import change_requests
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.change_request import Act, Decision
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.api.idempotency import RepeatableRoute
from alerting.web.api.pages import PageOut, page_out, read_number
from alerting.web.api.problems import PROBLEMS
from alerting.web.auth import MayConfirmRequests, MayRead
from alerting.web.paging import After
from alerting.web.state import state_of

router = APIRouter(
    prefix="/api/change-requests",
    tags=["requests"],
    responses=PROBLEMS,
    route_class=RepeatableRoute,
)
Number = Annotated[int, Path(ge=1, le=MAX_INTEGER, examples=[1])]

GRANT: dict[str, Any] = {
    "what": "membership.grant",
    "details": {"officer": "lucie", "authority": "liege", "role": "communicator"},
}


class ChangeRequestIn(BaseModel):
    """What is requested; the details depend on the action."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [GRANT]})

    what: Act
    details: Annotated[dict[str, Any], Field(max_length=20)]


class ChangeRequestOut(BaseModel):
    """What is requested, by whom, and what was decided."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    what: Act
    details: dict[str, Any]
    authority: str
    person: Annotated[int, Field(description="The number of the user it is for; 0: no known user")]
    requester: Annotated[
        int, Field(description="The number of the user who requested it; 0: the shell")
    ]
    requested_by: str
    requested_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision: Decision | None


class ConfirmedOut(ChangeRequestOut):
    """A confirmed request, and the secret it created, if any: shown only once."""

    secret: str


@router.get("", summary="Requests, newest first")
async def list_change_requests(
    request: Request,
    officer: MayRead,
    after: After = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = change_requests.PAGE_SIZE,
    *,
    waiting: Annotated[
        bool, Query(description="Only requests that can still be confirmed or rejected")
    ] = False,
) -> PageOut[ChangeRequestOut]:
    """Those that concern authorities in the user's territory, one page."""
    found = await change_requests.list_change_requests(
        state_of(request).services,
        by=officer,
        before=read_number(after),
        limit=limit,
        waiting=waiting,
    )
    return page_out(found, ChangeRequestOut.model_validate)


@router.post("", status_code=201, summary="Request what takes two people")
async def request_change(
    request: Request, wanted: ChangeRequestIn, officer: MayConfirmRequests
) -> ChangeRequestOut:
    """Needs the permission for the action itself. The same request twice is one request."""
    services = state_of(request).services
    change_request = await change_requests.request_change(
        services, KINDS, wanted.what, wanted.details, by=officer
    )
    return ChangeRequestOut.model_validate(change_request)


@router.post("/{number}/confirm", summary="Carry out a request of another user")
async def confirm(request: Request, number: Number, officer: MayConfirmRequests) -> ConfirmedOut:
    """Needs the same permission as requesting it."""
    done = await change_requests.confirm_change(
        state_of(request).services, KINDS, number, by=officer
    )
    return ConfirmedOut(
        **ChangeRequestOut.model_validate(done.request).model_dump(), secret=done.secret
    )


@router.post("/{number}/reject", summary="Reject a request, or withdraw your own")
async def reject(request: Request, number: Number, officer: MayConfirmRequests) -> ChangeRequestOut:
    """Needs the same permission as requesting it."""
    change_request = await change_requests.reject_change(
        state_of(request).services, KINDS, number, by=officer
    )
    return ChangeRequestOut.model_validate(change_request)
