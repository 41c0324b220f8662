"""What officers are told in the console."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffNotification:
    """One notice: `says` is a message id, `facts` fill its fields."""

    id: int
    at: datetime
    alert_id: int | None = None
    """The alert it is about; None where it is about an incident."""
    incident_id: int | None = None
    officer: str
    permission: str
    says: str
    facts: Mapping[str, Any]
    posted_at: datetime | None = None
