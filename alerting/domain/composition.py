"""A form of an alert that is not drafted yet, or changes one that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerting.domain.alert import AlertClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A composition in progress. `alert_id` where it is the changed words of a draft."""

    id: int
    version: int
    author: str
    hands: Sequence[str]
    """Everybody who wrote in it, or in the alert it was begun from."""
    authority: str
    """The code of the authority whose desk it lies on."""
    writer: str
    """Who wrote last."""
    alert_class: AlertClass
    alert_id: int | None
    content: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
