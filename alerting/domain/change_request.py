"""An act of management that needs two people: one proposes it, another one decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from alerting.domain.errors import AlreadyDecided, NeedsOtherPerson, ProposalLapsed
from alerting.domain.officer import Officer
from alerting.domain.text.canonical_json import fingerprint

LASTS = timedelta(hours=24)
"""A proposal nobody decided on lapses: what was right yesterday may be forgotten today."""


class Act(StrEnum):
    """What can be proposed."""

    GRANT_MEMBERSHIP = "membership.grant"
    INVITE_PARTNER = "partner.invite"
    MAKE_TOKEN = "token.make"  # noqa: S105  an act's name, not a secret
    KEEP_AUTHORITY = "authority.keep"
    KEEP_LIST_ENTRY = "list-entry.keep"
    KEEP_ACCOUNT = "account.keep"


class Verdict(StrEnum):
    """How it ended."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Who wants what, and what became of it. `verdict` is None while it waits."""

    id: int
    what: Act
    details: Mapping[str, Any]
    authority: str
    """The code of the authority whose matter it is."""
    proposed_by: str
    proposed_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    verdict: Verdict | None = None

    def must_be_open(self, *, now: datetime) -> None:
        """Refuse what was decided, or has waited too long."""
        if self.verdict is Verdict.LAPSED or (
            self.verdict is None and self.proposed_at + LASTS <= now
        ):
            raise ProposalLapsed(number=self.id)
        if self.verdict is not None:
            raise AlreadyDecided(number=self.id, officer=self.decided_by)

    def second_person(self, officer: Officer) -> None:
        """Whoever proposed it does not confirm it, nor does whoever it is for."""
        if officer.name in {self.proposed_by, self.details.get("officer")}:
            raise NeedsOtherPerson(number=self.id, officer=officer.name)


def key_of(what: Act, details: Mapping[str, Any]) -> str:
    """The same wish twice is one proposal: SHA-256 over the act and its details."""
    return fingerprint({"what": what, "details": dict(details)})
