"""Tokens, sessions and one-time links, without their secrets."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerting.domain.account import Proof
from alerting.domain.officer import Officer, Permission


class CredentialKind(StrEnum):
    """What a secret opens, and for how long it is meant to."""

    TOKEN = "token"  # noqa: S105  the kind's name, not a secret
    SESSION = "session"
    ONCE = "once"
    PENDING = "pending"
    """A sign-in under way: the password was right, the second factor is still to come."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret's row, without the secret. `account` is None where it was made without one.

    `officer` has no territory yet: what their authority is, and what of it is theirs, is looked up
    by whoever lets them in. Forgetting to lets them do nothing.
    """

    id: int
    kind: CredentialKind
    officer: Officer
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    account: int | None = None
    scopes: frozenset[Permission] | None = None
    used_at: datetime | None = None
    confirmed_at: datetime | None = None
    client: str = ""
    change_request_id: int | None = None
    replayed_at: datetime | None = None
    attempts: int = 0
    proved_by: Proof | None = None
    """How the holder of a session proved who they are."""
    subject: str = ""
    """Whom the OpenID provider says it is, of a sign-in that waits for its second factor."""
