"""Figures of an alert's deliveries, as counters and clocks give them."""

from dataclasses import dataclass

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.language import Language


@dataclass(frozen=True, slots=True)
class Count:
    """How many deliveries of one channel and language are in one state, for one reason."""

    channel: str
    language: Language
    state: State
    failure_reason: FailureReason | None
    n: int

    @property
    def is_concerned(self) -> bool:
        """Whether they are meant: not of recipients whom the alert before never reached."""
        return self.failure_reason is not FailureReason.NEVER_ALERTED


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the decision to send until a share of a channel's messages had left."""

    channel: str
    first: float | None
    half: float | None
    nine_tenths: float | None
    most: float | None
    """95 %"""
    last: float | None
    per_second: float | None = None
    """Messages a second in the last half minute of it; None where nothing has left."""
    counting: bool = False
    """Whether the audience is still being counted, so that there will be more."""


@dataclass(frozen=True, slots=True)
class RouteOutcomeCount:
    """How many tries by one route ended in one state."""

    channel: str
    route: str
    answer: State
    n: int
