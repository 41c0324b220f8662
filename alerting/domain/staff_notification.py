"""What officers are told in the console."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict


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
class StaffNotification:
    """One notice: `says` is a message id, `facts` fill its fields."""

    id: int
    at: datetime
    alert_id: int
    officer: str
    permission: str
    says: str
    facts: Mapping[str, Fact]
    posted_at: datetime | None = None
