"""Routes for programs: the state of each, and its manual override."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.operations import routes
from alerting.actions.operations.routes import RouteStatus
from alerting.domain.channel import FailureReason
from alerting.domain.channel_profiles import SMS
from alerting.domain.reason import LONGEST_REASON
from alerting.domain.route import Breaker, Override
from alerting.web.api.idempotency import RepeatableRoute
from alerting.web.api.problems import PROBLEMS
from alerting.web.auth import MayManageRoutes, MayRead
from alerting.web.state import state_of

router = APIRouter(
    prefix="/api/routes", tags=["routes"], responses=PROBLEMS, route_class=RepeatableRoute
)
Channel = Annotated[str, Path(max_length=32, examples=[SMS.name])]
Name = Annotated[str, Path(max_length=16, examples=["gateway"])]


class DecisionIn(BaseModel):
    """What to do with a route: `off`, `on`, or an empty string for automatic."""

    model_config = ConfigDict(extra="forbid")

    decision: Annotated[Override, Field(examples=["off"])]
    reason: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST_REASON, examples=["Maintenance until 15:00."]),
    ]


class RouteOut(BaseModel):
    """One route and its state."""

    channel: str
    route: str
    breaker: Breaker
    share: Annotated[float, Field(description="Its share of its channel's messages now, 0 to 1")]
    weight: float
    per_second: float | None
    error_share: float
    latency_seconds: float
    failure_reason: FailureReason | None
    provider_code: str
    open_until: datetime | None
    used_at: datetime | None
    decision: Override
    decided_by: str
    decision_reason: str
    decided_at: datetime | None

    @classmethod
    def of(cls, status: RouteStatus) -> "RouteOut":
        """From the act."""
        health = status.health
        return cls(
            channel=health.channel,
            route=health.route,
            breaker=status.breaker,
            share=status.share,
            weight=health.weight,
            per_second=status.per_second,
            error_share=health.error_share,
            latency_seconds=health.latency,
            failure_reason=health.failure_reason,
            provider_code=health.provider_code,
            open_until=health.open_until,
            used_at=health.used_at,
            decision=health.override,
            decided_by=health.override_by,
            decision_reason=health.override_reason,
            decided_at=health.override_at,
        )


@router.get("", summary="Every route, by channel and in order of preference")
async def list_routes(request: Request, officer: MayRead) -> list[RouteOut]:
    """What was measured, and whether it was switched on or off manually."""
    statuses = await routes.list_routes(state_of(request).services, by=officer)
    return [RouteOut.of(status) for status in statuses]


@router.post(
    "/{channel}/{route}", summary="Switch a route off or on manually, or back to automatic"
)
async def decide(
    request: Request, channel: Channel, route: Name, wanted: DecisionIn, officer: MayManageRoutes
) -> list[RouteOut]:
    """The state of the channel's routes afterwards."""
    statuses = await routes.override_route(
        state_of(request).services,
        channel,
        route,
        wanted.decision,
        reason=wanted.reason,
        by=officer,
    )
    return [RouteOut.of(status) for status in statuses]
