"""What officers are told in the console."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import TypedDict


class Gravity(IntEnum):
    """Which e-mails to users go before which."""

    AT_ONCE = 0
    """What somebody has to know or do now, of an alert."""
    SOON = 1
    LATER = 2


class MomentFact(TypedDict):
    """A moment, told on Belgian clocks in the reader's language; ISO 8601."""

    at: str


class NamesFact(TypedDict):
    """A name that each language has its own of: language -> name."""

    names: dict[str, str]


class ErrorFact(TypedDict):
    """An error, told in the reader's language: its message id and its facts."""

    says: str
    facts: "dict[str, Fact]"


Fact = str | int | float | MomentFact | NamesFact | ErrorFact | None
"""As JSON holds it; a text or a number is told as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeText:
    """What a kind of notice says and asks, as message ids."""

    says: str
    asks: str
    """What its reader is to do, or what happened: the end of a mail's subject. No fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffNotification:
    """One notice: `says` and `asks` as in NoticeText, `facts` fill the fields of `says`."""

    id: int
    at: datetime
    alert_id: int | None = None
    """The alert it is about; None where it is about an incident."""
    incident_id: int | None = None
    officer: str
    permission: str
    says: str
    asks: str
    facts: Mapping[str, Fact]
    posted_at: datetime | None = None
