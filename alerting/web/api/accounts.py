"""Users for programs: who is asking, and who works where."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.accounts import memberships
from alerting.domain.officer import Role
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.api.problems import PROBLEMS
from alerting.web.auth import MayManagePeople, MayRead
from alerting.web.state import state_of

router = APIRouter(prefix="/api", tags=["users"], responses=PROBLEMS)


class MembershipOut(BaseModel):
    """A user's role at an authority."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    person: Annotated[
        int, Field(description="The user's number, never reused; the name is a label")
    ]
    officer: str
    authority: str
    role: Role
    training: bool
    granted_by: str
    granted_at: datetime
    confirmed_by: str
    ended_at: datetime | None


class MeOut(BaseModel):
    """Who is asking, in which role."""

    person: Annotated[
        int, Field(description="The user's number, never reused; the name is a label")
    ]
    officer: str
    role: Role
    authority: str
    membership: Annotated[int, Field(description="The number of the one this token acts under")]
    training: bool
    memberships: list[MembershipOut]


@router.get("/me", summary="Who is asking, and in which role")
async def me(request: Request, officer: MayRead) -> MeOut:
    """With all memberships of the same user."""
    own = await memberships.memberships_of(state_of(request).services, officer.name)
    return MeOut(
        person=officer.person,
        officer=officer.name,
        role=officer.role,
        authority=officer.authority.code,
        membership=officer.membership,
        training=officer.training,
        memberships=[MembershipOut.model_validate(one) for one in own],
    )


@router.get("/memberships", summary="Memberships, including ended ones")
async def list_memberships(request: Request, officer: MayManagePeople) -> list[MembershipOut]:
    """In the authorities of the user's territory, newest first."""
    found = await memberships.list_memberships(state_of(request).services, by=officer)
    return [MembershipOut.model_validate(one) for one in found]


class EndAskedOut(BaseModel):
    """What waits for a second person."""

    request: Annotated[int, Field(description="The number of the request")]


@router.delete(
    "/memberships/{number}",
    status_code=204,
    summary="End a membership",
    responses={202: {"model": EndAskedOut, "description": "A second person must confirm it"}},
)
async def end(
    request: Request, number: Annotated[int, Path(ge=1, le=MAX_INTEGER)], officer: MayManagePeople
) -> Response:
    """Its tokens and sessions end with it. Granting takes two people: see the requests.

    So does ending the last who approves or sends for an authority, or its second administrator.
    """
    asked = await memberships.end_membership(state_of(request).services, number, by=officer)
    if asked is None:
        return Response(status_code=204)
    return JSONResponse(EndAskedOut(request=asked).model_dump(), status_code=202)
