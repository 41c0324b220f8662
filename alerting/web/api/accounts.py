"""Users for programs: who is asking, and who works where."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.accounts import memberships, mobile_numbers
from alerting.actions.recipients.search import mask
from alerting.domain.officer import Role
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.api.idempotency import RepeatableRoute
from alerting.web.api.problems import PROBLEMS
from alerting.web.auth import MayManageFresh, MayManagePeople, MayRead, MayReadFresh
from alerting.web.state import state_of

router = APIRouter(prefix="/api", tags=["users"], responses=PROBLEMS, route_class=RepeatableRoute)


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
        memberships=[MembershipOut.model_validate(membership) for membership in own],
    )


@router.get("/memberships", summary="Memberships, including ended ones")
async def list_memberships(request: Request, officer: MayManagePeople) -> list[MembershipOut]:
    """In the authorities of the user's territory, newest first."""
    found = await memberships.list_memberships(state_of(request).services, by=officer)
    return [MembershipOut.model_validate(membership) for membership in found]


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


class MobileOut(BaseModel):
    """The mobile number by which real alerts call the user who asks, masked."""

    confirmed: Annotated[str, Field(description="Empty: no text messages", examples=["+3247…56"])]
    code_sent_to: Annotated[
        str, Field(description="The number a code waits for; empty: none", examples=["+3247…78"])
    ]


class MobileIn(BaseModel):
    """The number a code is to be sent to."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"number": "+32470123456"}]}
    )

    number: Annotated[str, Field(max_length=40)]


class MobileCodeIn(BaseModel):
    """The code that came by text message."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": "123456"}]})

    code: Annotated[str, Field(max_length=12)]


@router.get("/me/mobile", summary="Your own mobile number, masked")
async def get_mobile(request: Request, officer: MayRead) -> MobileOut:
    """Confirmed, and waiting for its code."""
    services = state_of(request).services
    own_numbers = await mobile_numbers.own_numbers(services, by=officer)
    return MobileOut(
        confirmed=mask(own_numbers.confirmed), code_sent_to=mask(own_numbers.code_sent_to)
    )


@router.post("/me/mobile", status_code=202, summary="Send a code to your own mobile number")
async def send_mobile_code(request: Request, wanted: MobileIn, officer: MayReadFresh) -> MobileOut:
    """Six digits, valid for ten minutes, by text message; at most five a day, and three to a
    number. The number before counts until the code is confirmed."""
    services = state_of(request).services
    await mobile_numbers.send_code(services, wanted.number, by=officer)
    own_numbers = await mobile_numbers.own_numbers(services, by=officer)
    return MobileOut(
        confirmed=mask(own_numbers.confirmed), code_sent_to=mask(own_numbers.code_sent_to)
    )


@router.post("/me/mobile/confirmation", status_code=204, summary="Confirm it by its code")
async def confirm_mobile(request: Request, typed: MobileCodeIn, officer: MayReadFresh) -> None:
    """Five attempts; you get an e-mail about it."""
    await mobile_numbers.confirm_number(state_of(request).services, typed.code, by=officer)


@router.delete("/me/mobile", status_code=204, summary="Remove your own mobile number")
async def remove_mobile(request: Request, officer: MayReadFresh) -> None:
    """You get no text messages any more, and an e-mail about it."""
    await mobile_numbers.remove_number(state_of(request).services, by=officer)


@router.delete("/users/{name}/mobile", status_code=204, summary="Remove a user’s mobile number")
async def remove_mobile_of(
    request: Request,
    name: Annotated[str, Path(max_length=64, examples=["mila"])],
    officer: MayManageFresh,
) -> None:
    """For administrators of every authority they work for; no one sets another user's number."""
    await mobile_numbers.remove_number_of(state_of(request).services, name, by=officer)
