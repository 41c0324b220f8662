"""Test copies for programs: of an alert, and by one route."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.alerts import copies
from alerting.actions.alerts.copies import CopyRequest
from alerting.actions.operations import routes
from alerting.domain.channel import FailureReason
from alerting.domain.channel_profiles import EMAIL
from alerting.domain.copies import MAX_USERS, CopyDelivery, SentCopy
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.api.idempotency import RepeatableRoute
from alerting.web.api.problems import PROBLEMS
from alerting.web.auth import MayDraft, MayManageRoutes, MayRead
from alerting.web.state import state_of

router = APIRouter(
    prefix="/api", tags=["test copies"], responses=PROBLEMS, route_class=RepeatableRoute
)
Number = Annotated[int, Path(ge=1, le=MAX_INTEGER, examples=[1])]


class CopyIn(BaseModel):
    """Who is to look at which texts."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"users": ["mila"], "languages": ["fr"]}]}
    )

    users: Annotated[
        list[Annotated[str, Field(max_length=64)]],
        Field(
            default_factory=list,
            max_length=MAX_USERS,
            description="User names; the user who asks if there are none",
        ),
    ]
    channels: Annotated[
        list[Annotated[str, Field(max_length=32)]],
        Field(default_factory=list, max_length=20, description="All if none is named"),
    ]
    languages: Annotated[
        list[Language], Field(default_factory=list, max_length=4, description="As above")
    ]

    def request(self) -> CopyRequest:
        """For the act."""
        return CopyRequest(
            users=tuple(self.users),
            channels=tuple(self.channels),
            languages=tuple(self.languages),
        )


class CopyDeliveryOut(BaseModel):
    """What became of one message."""

    user: str
    language: Language
    state: State
    failure_reason: FailureReason | None
    provider_code: str
    settled_at: datetime | None

    @classmethod
    def of(cls, copy_delivery: CopyDelivery) -> "CopyDeliveryOut":
        """From the act."""
        return cls(
            user=copy_delivery.user,
            language=copy_delivery.language,
            state=copy_delivery.state,
            failure_reason=copy_delivery.failure_reason,
            provider_code=copy_delivery.provider_code,
            settled_at=copy_delivery.settled_at,
        )


class CopyOut(BaseModel):
    """A test copy; `deliveries` is empty until it is planned."""

    id: int
    alert: int | None
    author: str
    channel: Annotated[str, Field(description="Whose text it is")]
    carrier: Annotated[str, Field(description="The channel that brings it to the mailboxes")]
    route: Annotated[str, Field(description="The only route it takes; empty if it takes any")]
    languages: list[Language]
    users: list[str]
    made_at: datetime
    deliveries: list[CopyDeliveryOut]

    @classmethod
    def of(cls, copy: SentCopy) -> "CopyOut":
        """From the act."""
        return cls(
            id=copy.id,
            alert=copy.alert,
            author=copy.author,
            channel=copy.channel,
            carrier=copy.carrier,
            route=copy.route,
            languages=list(copy.languages),
            users=list(copy.users),
            made_at=copy.made_at,
            deliveries=[CopyDeliveryOut.of(got) for got in copy.deliveries],
        )


@router.post("/alerts/{number}/test-copies", status_code=201, summary="Send a test copy")
async def send_test_copy(
    request: Request, number: Number, wanted: CopyIn, officer: MayDraft
) -> list[CopyOut]:
    """To users of the service, at the addresses of their accounts: one copy for each channel.

    As long as the alert was not sent, for any user who may edit it. No report counts it.
    """
    sent = await copies.send_test_copy(
        state_of(request).services, number, wanted.request(), by=officer
    )
    return [CopyOut.of(copy) for copy in sent]


@router.get("/alerts/{number}/test-copies", summary="The last test copies of an alert")
async def list_test_copies(request: Request, number: Number, officer: MayRead) -> list[CopyOut]:
    """The newest first, with what became of each message."""
    found = await copies.list_test_copies(state_of(request).services, number, by=officer)
    return [CopyOut.of(copy) for copy in found]


@router.post(
    "/routes/{channel}/{route}/test", status_code=201, summary="Send yourself a test message"
)
async def send_test_message(
    request: Request,
    channel: Annotated[str, Path(max_length=32, examples=[EMAIL.name])],
    route: Annotated[str, Path(max_length=16, examples=["main"])],
    officer: MayManageRoutes,
) -> CopyOut:
    """A fixed text by this route only, to the address of your account; for routes of e-mail."""
    services = state_of(request).services
    return CopyOut.of(await routes.send_test_message(services, channel, route, by=officer))


@router.get("/routes/tests", summary="Your last test message by each route")
async def list_test_messages(request: Request, officer: MayManageRoutes) -> list[CopyOut]:
    """With what became of it."""
    sent_copies = await routes.list_test_messages(state_of(request).services, by=officer)
    return [CopyOut.of(copy) for copy in sent_copies]
