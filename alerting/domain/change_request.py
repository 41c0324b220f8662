"""A change that needs two people: one requests it, another one decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from alerting.domain.errors import AlreadyDecided, ChangeRequestLapsed, NeedsOtherPerson, Stale
from alerting.domain.officer import Officer
from alerting.domain.text.canonical_json import fingerprint

LASTS = timedelta(hours=24)
"""A request nobody decided on lapses: what was right yesterday may be forgotten today."""


class Act(StrEnum):
    """What can be requested."""

    INVITE = "account.invite"
    INVITE_AGAIN = "account.invite-again"
    CHANGE_ROLE = "role.change"
    END_MEMBERSHIP = "membership.end"
    END_ACCOUNT = "account.end"
    GRANT_MEMBERSHIP = "membership.grant"
    INVITE_PARTNER = "partner.invite"
    MAKE_TOKEN = "token.make"  # noqa: S105  an act's name, not a secret
    KEEP_AUTHORITY = "authority.keep"
    KEEP_LIST_ENTRY = "list-entry.keep"
    KEEP_ACCOUNT = "account.keep"
    APPROVE_TEMPLATE = "template.approve"


ABOUT_PEOPLE = frozenset(
    {
        Act.INVITE,
        Act.INVITE_AGAIN,
        Act.CHANGE_ROLE,
        Act.END_MEMBERSHIP,
        Act.END_ACCOUNT,
        Act.MAKE_TOKEN,
    }
)
"""What is asked for and decided on where the people who work here are."""

SECRET_OF_ITS_HOLDER = frozenset({Act.MAKE_TOKEN})
"""What makes a secret: asked for by who will hold it, who is shown it before it opens anything.

Shown to whoever requests or confirms it for somebody else, it would let one person be two.
"""

ASKED_BY_ANYBODY = frozenset({Act.MAKE_TOKEN, Act.APPROVE_TEMPLATE})
"""What takes less to ask for than to confirm: one's own token, and a wording one wrote."""


MOST_WAITING = 100
"""Requests that one person may have waiting: a list of a town's numbers and places is set up in a
day, and nobody's requests bury those of others."""
MOST_SECRETS = 5
"""Requests that make a secret: how many one person may have waiting, whatever their role."""


def most_waiting(act: Act) -> tuple[frozenset[Act], int]:
    """With which kinds a request is counted, and how many of these one person may have waiting."""
    if act in SECRET_OF_ITS_HOLDER:
        return SECRET_OF_ITS_HOLDER, MOST_SECRETS
    return frozenset(Act) - SECRET_OF_ITS_HOLDER, MOST_WAITING


class Decision(StrEnum):
    """How a request was decided."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """Who wants what, and what became of it. `decision` is None while it waits."""

    id: int
    what: Act
    details: Mapping[str, Any]
    """JSON of the `details` model of its kind: see `ChangeKind.details`."""
    authority: str
    """The code of the authority whose matter it is."""
    basis: str
    """What it would change, as it was then: see `basis_of`."""
    person: int = 0
    """The number of whom it is for; 0 where that is nobody, or somebody not known then."""
    requester: int = 0
    """The number of who requested it; 0 for the shell of the server."""
    requested_by: str = ""
    membership: int = 0
    """The number of the membership it was requested under; 0 for none."""
    hands: tuple[int, ...] = ()
    """Numbers of the others who had a hand in it."""
    requested_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    decision: Decision | None = None

    def lapsed(self, now: datetime) -> bool:
        """Whether it waits, and has for too long."""
        return self.decision is None and self.requested_at + LASTS <= now

    def must_be_open(self, *, now: datetime) -> None:
        """Refuse what was decided, or has waited too long."""
        if self.decision is Decision.LAPSED or self.lapsed(now):
            raise ChangeRequestLapsed(number=self.id)
        if self.decision is not None:
            raise AlreadyDecided(number=self.id, officer=self.decided_by)

    def second_person(self, officer: Officer) -> None:
        """Whoever requested it does not confirm it, nor had a hand in it, nor is it for them.

        Somebody who was not known when it was asked for is known by what it calls them only.
        """
        own = officer.person in {self.requester, self.person, *self.hands}
        if own or officer.name == self.details.get("officer"):
            raise NeedsOtherPerson(number=self.id, officer=officer.name)

    def must_be_current(self, basis: str) -> None:
        """Refuse it where what it would change is no longer what its requester looked at."""
        if self.basis != basis:
            raise Stale(number=self.id)


def key_of(act: Act, details: Mapping[str, Any]) -> str:
    """What makes two requests one: SHA-256, in hex, over the act and its details."""
    return fingerprint({"what": act, "details": dict(details)})


def basis_of(what: object) -> str:
    """A hash of what a request would change, as it stands: JSON values only."""
    return fingerprint({"basis": what})
