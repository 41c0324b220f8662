"""The JSON shapes of the progress of an alert, and of its deliveries."""

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
            "`delivered`: confirmed by a receipt, or published; `accepted` by a mail relay, which"
            " reports nothing more; `sent`: the provider has it and will report; `unconfirmed`: it"
            " may have arrived, and no receipt came in time; `expired`: not sent"
        )
    ),
]
"""The state of one delivery, as the API documents it."""


class CountOut(BaseModel):
    """Deliveries of one channel and language in one state, for one cause."""

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
    """How many attempts by one route ended in one state."""

    channel: str
    route: str
    state: DeliveryState
    n: int


class StatusOut(BaseModel):
    """The progress of an alert."""

    state: AlertState
    sent_at: datetime | None
    finished_at: datetime | None
    counts: list[CountOut]
    not_concerned: int = Field(
        description="Left out on purpose and in no counter: the alert before never reached them"
    )
    times: list[TimesOut]
    route_outcomes: list[RouteOutcomeOut]
    possible_duplicate: dict[str, int] = Field(
        description="By channel: sent again although an earlier attempt may have got through"
    )

    @classmethod
    def of(cls, status: AlertStatus) -> "StatusOut":
        """From the action."""
        return cls(
            state=status.alert.state,
            sent_at=status.alert.sent_at,
            finished_at=status.alert.finished_at,
            counts=[CountOut.model_validate(count) for count in status.concerned],
            not_concerned=status.not_concerned,
            times=[TimesOut.model_validate(one) for one in status.times],
            route_outcomes=[
                RouteOutcomeOut(
                    channel=count.channel, route=count.route, state=count.answer, n=count.n
                )
                for count in status.route_outcomes
            ],
            possible_duplicate=dict(status.possible_duplicate),
        )


class PersonIn(BaseModel):
    """The recipient whose deliveries are searched for."""

    model_config = ConfigDict(extra="forbid")

    person: Annotated[
        str, Field(max_length=254, description="A name, number, address or reference")
    ]


class EarlierAttemptOut(BaseModel):
    """An attempt that another one followed: its outcome then, or as a receipt reported since."""

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
    earlier: list[EarlierAttemptOut] = Field(description="The attempts before the latest, in order")

    @classmethod
    def of(cls, alert: int, row: DeliveryRow) -> "DeliveryOut":
        """From the store."""
        own = {"key": f"{alert}.{row.channel}.{row.recipient_id}", "recipient": row.recipient_id}
        copied = {name: getattr(row, name) for name in cls.model_fields if name not in own}
        return cls(**copied, **own)
