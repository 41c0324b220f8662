"""The JSON shapes of how far an alert has come, and of its deliveries."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.alerts.queries import AlertStatus
from alerting.domain.alert import AlertState
from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.delivery_row import DeliveryRow
from alerting.domain.language import Language

DeliveryState = Annotated[
    State,
    Field(
        description=(
            "`delivered` is what was confirmed, by a receipt or by being published; `accepted` by"
            " a mail relay, which reports no further; `sent` to a provider that will report;"
            " `unconfirmed` where it may have arrived and no receipt came in time; `expired` where"
            " nothing was sent"
        )
    ),
]
"""Where one delivery stands, as the API documents it."""


class CountOut(BaseModel):
    """Deliveries of one channel and language in one state, for one reason."""

    model_config = ConfigDict(from_attributes=True)

    channel: str
    language: Language
    state: DeliveryState
    failure_reason: FailureReason | None
    n: int


class TimesOut(BaseModel):
    """Seconds from sending until a share of the messages had been handed over."""

    model_config = ConfigDict(from_attributes=True)

    channel: str
    first: float | None
    half: float | None
    nine_tenths: Annotated[float | None, Field(description="90 %")]
    most: Annotated[float | None, Field(description="95 %")]
    last: float | None
    per_second: Annotated[
        float | None, Field(description="Messages a second in the last half minute of sending")
    ]


class RouteOutcomeOut(BaseModel):
    """How many tries by one route ended in one state."""

    channel: str
    route: str
    state: DeliveryState
    n: int


class StatusOut(BaseModel):
    """How far an alert has come."""

    state: AlertState
    sent_at: datetime | None
    finished_at: datetime | None
    counts: list[CountOut]
    times: list[TimesOut]
    passages: list[RouteOutcomeOut]
    possible_duplicate: dict[str, int] = Field(
        description="By channel: handed over again although an earlier try may have got through"
    )

    @classmethod
    def of(cls, status: AlertStatus) -> "StatusOut":
        """From the action."""
        return cls(
            state=status.alert.state,
            sent_at=status.alert.sent_at,
            finished_at=status.alert.finished_at,
            counts=[CountOut.model_validate(one) for one in status.counts],
            times=[TimesOut.model_validate(one) for one in status.times],
            passages=[
                RouteOutcomeOut(channel=one.channel, route=one.route, state=one.answer, n=one.n)
                for one in status.passages
            ],
            possible_duplicate=dict(status.possible_duplicate),
        )


class PersonIn(BaseModel):
    """Whose deliveries are looked for."""

    model_config = ConfigDict(extra="forbid")

    person: Annotated[
        str, Field(max_length=254, description="A name, number, address or reference")
    ]


class EarlierAttemptOut(BaseModel):
    """A try that another one followed, as it stood then or as a receipt has told it since."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    state: DeliveryState
    failure_reason: FailureReason | None
    provider_code: str
    reference: str
    route: str
    sent_at: datetime | None
    settled_at: datetime | None


class DeliveryOut(BaseModel):
    """One delivery."""

    key: str
    channel: str
    recipient: int
    language: Language
    address: Annotated[str, Field(description="Masked for those who may not see addresses")]
    state: DeliveryState
    attempts: int
    failure_reason: FailureReason | None
    provider_code: str
    reference: str
    route: str
    possible_duplicate: bool
    sent_at: datetime | None
    settled_at: datetime | None
    earlier: list[EarlierAttemptOut] = Field(description="The tries before the latest, in order")

    @classmethod
    def of(cls, alert: int, row: DeliveryRow) -> "DeliveryOut":
        """From the store."""
        own = {"key": f"{alert}.{row.channel}.{row.recipient_id}", "recipient": row.recipient_id}
        copied = {name: getattr(row, name) for name in cls.model_fields if name not in own}
        return cls(**copied, **own)


class DeliveriesOut(BaseModel):
    """A page of deliveries; `next` is the `after` of the following page."""

    deliveries: list[DeliveryOut]
    next: str | None
