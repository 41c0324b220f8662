"""What is queued for workers: jobs carry ids, never content, and doing one twice is harmless."""

from dataclasses import dataclass
from datetime import datetime

from alerting.domain.alert import Precedence
from alerting.domain.turns import Turn


@dataclass(frozen=True, slots=True)
class PlanChannel:
    """Turn one channel of an alert that is being sent into deliveries."""

    alert: int
    channel: str


@dataclass(frozen=True, slots=True)
class SendChunk:
    """Send what is due of a chunk, then of others of the same alert and channel."""

    alert: int
    channel: str
    chunk: int
    precedence: Precedence

    @property
    def turn(self) -> Turn:
        """On whose behalf it asks for a provider."""
        return Turn(self.precedence, self.alert)


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish whatever waits for it: the rows say what."""

    publication: int
    """The last of them, so that each is queued."""


Job = PlanChannel | SendChunk | Publish


@dataclass(frozen=True, slots=True)
class Wake:
    """A job to queue once the rows it speaks of are there, to be done at once or from `at` on."""

    job: Job
    at: datetime | None = None
