"""A person's account: who it is, and what they have to prove themselves with."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from alerting.domain.language import Language
from alerting.domain.officer import GRANTS, Membership, Permission, Role

WEIGHTY = frozenset({Permission.APPROVE, Permission.SEND, Permission.MANAGE_ACCESS})
"""What nobody may do on a password alone."""


def needs_second_factor(role: Role) -> bool:
    """Whether a role may approve, send or administer, and so needs a second factor."""
    return bool(GRANTS[role] & WEIGHTY)


class Proof(StrEnum):
    """How the holder of a session proved who they are."""

    LINK = "link"
    """A one-time link made on the server: no more than what it was made for."""
    PASSWORD = "password"  # noqa: S105  the proof's name, not a secret
    TOTP = "totp"
    """A password, or the OpenID provider's word, and a code of an authenticator app."""
    RECOVERY_CODE = "recovery-code"
    PASSKEY = "passkey"
    OIDC = "oidc"
    """The OpenID provider's word, which asked for one factor."""
    OIDC_MFA = "oidc-mfa"
    """The OpenID provider's word, which asked for two."""


TWO_FACTORS = frozenset({Proof.TOTP, Proof.RECOVERY_CODE, Proof.PASSKEY, Proof.OIDC_MFA})


def suffices(proof: Proof, role: Role, *, has_account: bool) -> bool:
    """Whether a session proved like this may work in a role.

    A link made for somebody without an account opens what it was made for and nothing above it:
    there is no second factor to ask for.
    """
    if not needs_second_factor(role) or proof in TWO_FACTORS:
        return True
    return proof is Proof.LINK and not has_account


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a person signs in with; what they may is their memberships' to say.

    `name` is the holder's label in the ledger and is never given to anybody else.
    """

    id: int
    person: int
    """The number of its holder; theirs for good."""
    name: str
    email: str
    full_name: str
    language: Language
    mobile: str = field(repr=False)
    """Where text messages call them, in E.164, confirmed by a code; empty: nowhere."""
    memberships: tuple[Membership, ...]
    """Those that are alive, the oldest first: they work under it where they chose no other."""
    has_password: bool
    has_app: bool
    passkeys: int
    came_in: bool
    """Whether the holder ever signed in, in whatever way, or has anything to sign in with."""
    emergency: bool
    """For emergencies: its use is announced to every administrator."""
    created_at: datetime
    ended_at: datetime | None

    @property
    def has_second_factor(self) -> bool:
        """Whether a sign-in asks for more than a password."""
        return self.has_app or bool(self.passkeys) or self.emergency

    @property
    def needs_second_factor(self) -> bool:
        """Whether any of what they are takes one."""
        return any(needs_second_factor(membership.role) for membership in self.memberships)

    @property
    def authority(self) -> str:
        """The code of the authority they work for first; empty where they work for none."""
        return self.memberships[0].authority if self.memberships else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRules:
    """How long access lasts on this installation."""

    idle: timedelta = timedelta(minutes=30)
    """A session nobody uses ends after this."""
    longest: timedelta = timedelta(hours=12)
    """Every session ends after this."""
    fresh: timedelta = timedelta(minutes=5)
    """How long a proof of who one is counts for the gravest acts."""
    fresh_required: bool = True
    """Whether a session without any proof of its own (a one-time link) must be a new one, too."""
    public_url: str = "http://127.0.0.1:8000"
    """Where officers reach us: e-mails lead there, and passkeys are bound to it."""


def concerned(
    everyone: Iterable[Account], holder: str, authorities: Collection[str], *, by: str
) -> Iterator[Account]:
    """Whose access it is, and who manages access at one of these authorities, but for `by`."""
    for account in everyone:
        manages = any(
            held.authority in authorities and Permission.MANAGE_ACCESS in GRANTS[held.role]
            for held in account.memberships
        )
        if account.ended_at is None and account.name != by and (manages or account.name == holder):
            yield account
