"""One delivery with its tries, as an auditor reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.recipient import ERASED


@dataclass(frozen=True, slots=True)
class EarlierAttempt:
    """A try that another one followed."""

    number: int
    state: State
    failure_reason: FailureReason | None
    provider_code: str
    reference: str
    route: str
    sent_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery as an auditor reads it."""

    channel: str
    recipient_id: int
    name: str
    nis_code: str
    language: Language
    address: str
    state: State
    attempts: int
    failure_reason: FailureReason | None
    provider_code: str
    reference: str
    sent_at: datetime | None
    settled_at: datetime | None
    next_attempt_at: datetime | None
    route: str
    possible_duplicate: bool
    earlier: Sequence[EarlierAttempt] = ()
    """The tries before the latest, in order."""

    @property
    def erased(self) -> bool:
        """Whether the person left the list: the address is an HMAC, see domain.recipient.erased."""
        return self.address.startswith(ERASED)
