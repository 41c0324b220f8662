"""What an alert is, how grave, and which state may follow which.

Categories, urgency, severity, certainty and response types are those of CAP 1.2 (OASIS Standard,
1 July 2010), so that an alert can leave as CAP without translation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from alerting.domain.canonical import fingerprint
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.words import msgid


class AlertClass(StrEnum):
    """Whether it is real. Stamped when the draft is made and never changed."""

    ALERT = "alert"
    EXERCISE = "exercise"
    TEST = "test"


class Urgency(StrEnum):
    """CAP 1.2 urgency."""

    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Severity(StrEnum):
    """CAP 1.2 severity."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    """CAP 1.2 certainty."""

    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


class Category(StrEnum):
    """CAP 1.2 category."""

    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class ResponseType(StrEnum):
    """CAP 1.2 responseType: what people are asked to do."""

    SHELTER = "Shelter"
    EVACUATE = "Evacuate"
    PREPARE = "Prepare"
    EXECUTE = "Execute"
    AVOID = "Avoid"
    MONITOR = "Monitor"
    ASSESS = "Assess"
    ALL_CLEAR = "AllClear"
    NONE = "None"


class AlertState(StrEnum):
    """Where an alert is in its life."""

    DRAFT = "draft"
    APPROVED = "approved"
    SENDING = "sending"
    FINISHED = "finished"
    EXPIRED = "expired"


STATE_NAMES: Mapping[AlertState, str] = {
    AlertState.DRAFT: msgid("draft"),
    AlertState.APPROVED: msgid("approved"),
    AlertState.SENDING: msgid("sending"),
    AlertState.FINISHED: msgid("finished"),
    AlertState.EXPIRED: msgid("expired"),
}

MAY_FOLLOW: Mapping[AlertState, frozenset[AlertState]] = MappingProxyType(
    {
        AlertState.DRAFT: frozenset({AlertState.DRAFT, AlertState.APPROVED, AlertState.EXPIRED}),
        # An edit takes the approval back.
        AlertState.APPROVED: frozenset({AlertState.DRAFT, AlertState.SENDING, AlertState.EXPIRED}),
        AlertState.SENDING: frozenset({AlertState.FINISHED}),
        AlertState.FINISHED: frozenset(),
        AlertState.EXPIRED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """What threatens, in CAP's terms; `event` is our own stable word for it."""

    event: str
    category: Category
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    response: ResponseType


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert with everything that is said. `id` is 0 until the store gave it a number."""

    id: int = 0
    version: int = 1
    state: AlertState = AlertState.DRAFT
    alert_class: AlertClass
    scenario: str
    hazard: Hazard
    area: tuple[str, ...]
    """NIS codes of municipalities, sorted."""
    channels: tuple[str, ...]
    languages: tuple[Language, ...]
    """Every language it is written in, in the order the law gives."""
    values: Mapping[str, Any]
    """The details typed once and filled into every language, as plain JSON."""
    messages: tuple[Message, ...] = field(repr=False)
    created_at: datetime
    expires_at: datetime
    author: str
    authority: str = "national"
    """The code of the authority that speaks: the one its first author worked for."""
    incident: int | None = None
    """The number of the incident it belongs to, if any."""
    approver: str = ""
    approved_at: datetime | None = None
    approved_fingerprint: str = ""
    sender: str = ""
    sent_at: datetime | None = None
    finished_at: datetime | None = None

    def may_become(self, state: AlertState) -> bool:
        """Whether the table allows the step."""
        return state in MAY_FOLLOW[self.state]

    def message(self, channel: str, language: Language) -> Message | None:
        """The text of one channel in one language, if there is one."""
        return next(
            (m for m in self.messages if m.channel == channel and m.language == language), None
        )

    def spoken_on(self, channel: str) -> tuple[Language, ...]:
        """The languages one channel has a text in, in the alert's order."""
        return tuple(
            language
            for language in self.languages
            if (found := self.message(channel, language)) and found.text.strip()
        )

    def holes(self, required: tuple[Language, ...]) -> tuple[tuple[str, Language], ...]:
        """Every (channel, language) that must have a text and has none, in reading order."""
        return tuple(
            (channel, language)
            for channel in self.channels
            for language in required
            if not (found := self.message(channel, language)) or not found.text.strip()
        )

    def fingerprint(self) -> str:
        """SHA-256 (hexadecimal) over all that an approver vouches for: words, place, people, end.

        The same content gives the same fingerprint whatever the order it was stored in.
        """
        return fingerprint(
            {
                "class": self.alert_class,
                "scenario": self.scenario,
                "area": sorted(self.area),
                "channels": sorted(self.channels),
                "languages": list(self.languages),
                "expires": self.expires_at.isoformat(),
                "messages": [
                    [m.channel, m.language, m.subject, m.text, m.html]
                    for m in sorted(self.messages, key=lambda m: (m.channel, m.language))
                ],
            }
        )
