"""What a look at one text comes back with, before it is a finding."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class Hit:
    """A stretch of the subject or the text, the facts, and what to write where that differs."""

    field: str
    start: int
    end: int
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)
    remedy: str = ""
