"""What is kept of the deliveries of an old sending, in a file: a line each, and no address.

A line is canonical JSON (see `canonical`), so that equal deliveries have equal bytes. It names a
recipient by number, and of what providers wrote it has nothing but the reason we read in it: their
codes and references may hold an address.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.text.canonical_json import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedAttempt:
    """A try of a delivery that another one followed."""

    state: State
    failure_reason: FailureReason | None
    route: str
    sent_at: datetime | None
    settled_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """The fields of its line."""
        return {
            "state": self.state,
            "reason": self.failure_reason or "",
            "route": self.route,
            "sent_at": _written(self.sent_at),
            "settled_at": _written(self.settled_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedDelivery(ArchivedAttempt):
    """One delivery, as its latest try left it."""

    channel: str
    recipient_id: int
    nis_code: str
    """Of the entry when it was archived; empty for newsrooms and accounts without a place."""
    language: Language
    attempts: int
    possible_duplicate: bool
    earlier: Sequence[ArchivedAttempt] = ()
    """The tries before the latest, in order."""

    def line(self) -> bytes:
        """The line of it, its end included."""
        content = {
            **self.as_json(),
            "channel": self.channel,
            "recipient": self.recipient_id,
            "municipality": self.nis_code,
            "language": self.language,
            "attempts": self.attempts,
            "possible_duplicate": self.possible_duplicate,
        }
        if self.earlier:
            content["earlier"] = [attempt.as_json() for attempt in self.earlier]
        return canonical(content) + b"\n"


class ArchivedState(NamedTuple):
    """Which delivery a line is about, and what it says of it."""

    channel: str
    recipient_id: int
    state: str
    failure_reason: str
    attempts: int


def read_line(line: bytes) -> ArchivedState:
    """What `ArchivedDelivery.line` wrote."""
    found = json.loads(line)
    return ArchivedState(
        found["channel"], found["recipient"], found["state"], found["reason"], found["attempts"]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryArchive:
    """The file with the deliveries of one sending, and how many of them left the database."""

    sending_id: int
    file: str
    """Its name in the folder of archives."""
    sha256: str
    lines: int
    size: int
    """In bytes."""
    archived_at: datetime
    deleted_to: int
    """What stands in the file before this byte is no longer in the database."""
    kept: int
    """Deliveries that stay in the database, since a receipt changed them after they were read."""
    deleted_at: datetime | None
    """When the last one was deleted; None while some are left to be."""


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
