"""A version of an authority's own wording of one file of a scenario."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateVersion:
    """One version of one file. `approved_at` is None while it is only proposed."""

    id: int
    scenario: str
    file: str
    content: str
    author: str
    created_at: datetime
    approver: str
    approved_at: datetime | None
