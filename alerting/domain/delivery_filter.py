"""Which deliveries of an alert somebody wants to see."""

from dataclasses import dataclass
from datetime import datetime

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Deliveries that fit all of this; what is empty does not matter.

    `person` is a name, number, address or reference as typed; it is looked up among the lists as
    they are now, so an address that was corrected since is found by what it is now.
    """

    person: str = ""
    state: State | None = None
    channel: str | None = None
    language: Language | None = None
    failure_reason: FailureReason | None = None
    since: datetime | None = None
    """Handed over at or after this,"""
    until: datetime | None = None
    """and before this."""

    @property
    def selective(self) -> bool:
        """Whether few of many of one channel may fit."""
        return any((self.state, self.language, self.failure_reason, self.since, self.until))


ALL_DELIVERIES = DeliveryFilter()
