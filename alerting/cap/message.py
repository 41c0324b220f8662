"""A CAP 1.2 message as values, with every element of the standard, in its order.

Of the elements that are free text and optional, an empty string stands for one that is not there.
Moments carry their offset; what is written has whole seconds (section 3.3.2).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from alerting.domain.alert import Category, Certainty, ResponseType, Severity, Urgency

DEFAULT_LANGUAGE = "en-US"
"""What an `info` without a language is in (section 3.2.2)."""


class CapStatus(StrEnum):
    """What a message is for."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MessageType(StrEnum):
    """What a message does."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class CapScope(StrEnum):
    """Whom it may be shown to."""

    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class Named(NamedTuple):
    """One value of a list that `name` names: an event code, a parameter or a geocode."""

    name: str
    value: str


class Reference(NamedTuple):
    """An earlier message, named by what no two of them share."""

    sender: str
    identifier: str
    sent: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CapResource:
    """A file beside an `info`."""

    description: str
    mime_type: str
    size: int | None = None
    """Bytes."""
    uri: str = ""
    content: str = ""
    """Of a file that travels in the message (`derefUri`): base64."""
    digest: str = ""
    """SHA-1, hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapArea:
    """Where: all of its polygons, circles and geocodes together."""

    description: str
    polygons: tuple[str, ...] = ()
    """As the standard writes them: pairs "latitude,longitude" apart by a blank, first one last."""
    circles: tuple[str, ...] = ()
    """"latitude,longitude radius", the radius in kilometres."""
    geocodes: tuple[Named, ...] = ()
    altitude: str = ""
    """Feet above mean sea level."""
    ceiling: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapInfo:
    """What is told, in one language."""

    language: str = ""
    categories: tuple[Category, ...]
    event: str
    response_types: tuple[ResponseType, ...] = ()
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    audience: str = ""
    event_codes: tuple[Named, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[Named, ...] = ()
    resources: tuple[CapResource, ...] = ()
    areas: tuple[CapArea, ...] = ()

    @property
    def spoken(self) -> str:
        """The language it is in, the standard's own where it names none."""
        return self.language or DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class CapMessage:
    """One message."""

    identifier: str
    sender: str
    sent: datetime
    status: CapStatus
    message_type: MessageType
    source: str = ""
    scope: CapScope = CapScope.PUBLIC
    restriction: str = ""
    addresses: str = ""
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    unreadable_references: tuple[str, ...] = ()
    """Of a message that was read: parts that name no message. They are never written."""
    incidents: str = ""
    infos: tuple[CapInfo, ...] = ()

    @property
    def reference(self) -> Reference:
        """How a later message names it."""
        return Reference(self.sender, self.identifier, self.sent)
