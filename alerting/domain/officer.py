"""Who works here, what each role may do, and where."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from alerting.domain.alert import AlertClass
from alerting.domain.authority import NATIONAL, Authority, Named, Territory
from alerting.domain.errors import (
    NotAllowed,
    OnlyDrafts,
    OnlyExercises,
    OutsideTerritory,
)
from alerting.domain.language import Language
from alerting.domain.ledger import Actor
from alerting.domain.text.i18n import ByLanguage, msgid


class Role(StrEnum):
    """The role of a user."""

    COMMUNICATOR = "communicator"
    APPROVER = "approver"
    DUTY_OFFICER = "duty-officer"
    PRESS_OFFICER = "press-officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One act a person may be allowed."""

    READ = "read"
    DRAFT = "draft"
    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"
    SEND = "send"
    SCHEDULE = "schedule"
    STOP = "stop"
    RESUME = "resume"
    FOLLOW_UP = "follow-up"
    RETRY = "retry"
    BREAK_GLASS = "break-glass"
    REVIEW_BREAK_GLASS = "review-break-glass"
    LEAD_INCIDENTS = "lead-incidents"
    IMPORT_PEOPLE = "import-people"
    IMPORT_PRESS = "import-press"
    SEE_ADDRESSES = "see-addresses"
    READ_LEDGER = "read-ledger"
    MANAGE_ACCESS = "manage-access"
    MANAGE_PEOPLE = "manage-people"
    MANAGE_AUTHORITIES = "manage-authorities"
    MANAGE_ROUTES = "manage-routes"
    MANAGE_PAGES = "manage-pages"
    WRITE_RELEASES = "write-releases"
    REVIEW_RELEASES = "review-releases"
    PUBLISH_RELEASES = "publish-releases"
    WITHDRAW_RELEASES = "withdraw-releases"


_WRITES = frozenset({Permission.READ, Permission.DRAFT, Permission.SUBMIT})
_REVIEWS_RELEASES = frozenset(
    {
        Permission.REVIEW_RELEASES,
        Permission.PUBLISH_RELEASES,
        Permission.WITHDRAW_RELEASES,
    }
)
_SENDS = frozenset(
    {
        Permission.SEND,
        Permission.SCHEDULE,
        Permission.STOP,
        Permission.RESUME,
        Permission.FOLLOW_UP,
        Permission.RETRY,
        Permission.LEAD_INCIDENTS,
        Permission.SEE_ADDRESSES,
    }
)

GRANTS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.COMMUNICATOR: _WRITES | _SENDS | {Permission.IMPORT_PEOPLE},
        Role.APPROVER: _WRITES
        | _SENDS
        | _REVIEWS_RELEASES
        | {
            Permission.APPROVE,
            Permission.RETURN,
            Permission.REVIEW_BREAK_GLASS,
            Permission.MANAGE_ROUTES,
        },
        # Alone at night: sends without a second person when it must be, and is reviewed afterwards.
        Role.DUTY_OFFICER: _WRITES | _SENDS | {Permission.BREAK_GLASS},
        Role.PRESS_OFFICER: _WRITES
        | _REVIEWS_RELEASES
        | {Permission.WRITE_RELEASES, Permission.IMPORT_PRESS, Permission.SEE_ADDRESSES},
        # Reads everything; personal data stay masked.
        Role.AUDITOR: frozenset(
            {Permission.READ, Permission.READ_LEDGER, Permission.REVIEW_BREAK_GLASS}
        ),
        # Manages the installation, cannot send; but stopping must be easier than starting.
        Role.ADMINISTRATOR: frozenset(
            {
                Permission.READ,
                Permission.STOP,
                Permission.IMPORT_PEOPLE,
                Permission.IMPORT_PRESS,
                Permission.READ_LEDGER,
                Permission.MANAGE_ACCESS,
                Permission.MANAGE_PEOPLE,
                Permission.MANAGE_AUTHORITIES,
                Permission.MANAGE_ROUTES,
                Permission.MANAGE_PAGES,
            }
        ),
    }
)
"""The one table of who may do what; docs/permissions.md shows it with its effect."""

FRESH = frozenset(
    {
        Permission.APPROVE,
        Permission.SEND,
        Permission.SCHEDULE,
        Permission.RESUME,
        Permission.RETRY,
        Permission.BREAK_GLASS,
        Permission.MANAGE_ACCESS,
        Permission.MANAGE_PEOPLE,
        Permission.MANAGE_AUTHORITIES,
        Permission.MANAGE_ROUTES,
        Permission.MANAGE_PAGES,
        Permission.REVIEW_RELEASES,
        Permission.PUBLISH_RELEASES,
        Permission.WITHDRAW_RELEASES,
    }
)
"""What takes a fresh proof of who is asking, on pages and by API; stopping never waits for one.

Tokens of programs are not asked: their scopes bound them.
"""

PARTNER_MAY = _WRITES
"""Whatever their role: a partner advises and drafts, and decides nothing."""
TRAINEE_MAY = _WRITES
"""Of a training account on a live service; on a training service it does what its role may."""

ROLE_NAMES: Mapping[Role, str] = {
    Role.COMMUNICATOR: msgid("communicator"),
    Role.APPROVER: msgid("approver"),
    Role.DUTY_OFFICER: msgid("duty officer"),
    Role.PRESS_OFFICER: msgid("press officer"),
    Role.AUDITOR: msgid("auditor"),
    Role.ADMINISTRATOR: msgid("administrator"),
}


def bare_codes(codes: Collection[str]) -> Mapping[Language, str]:
    """NIS codes where nobody can tell their names."""
    return dict.fromkeys(Language, ", ".join(codes))


@dataclass(frozen=True, slots=True)
class Officer:
    """A person at work. `name` is unique; two tokens of one name are one person."""

    name: str
    role: Role
    scopes: frozenset[Permission] | None = None
    """What a token is limited to; None: all that the role grants."""
    authority: Authority = NATIONAL
    training: bool = False
    """A training account on a live service: it reads, and drafts exercises."""
    membership: int = 0
    """The number of the membership they work under; 0 for a token made without one."""
    person: int = field(default=0, compare=False)
    """Their number; 0 where only the store knows it."""
    credential: int = field(default=0, compare=False)
    """The number of the session or token that let them in; 0 where nothing did."""
    network: str = field(default="", compare=False)
    """The network they act from, or an address in it; empty where they are on the server."""

    @property
    def actor(self) -> Actor:
        """Who the ledger says it was."""
        return Actor(
            name=self.name,
            person=self.person,
            credential=self.credential,
            network=self.network,
            authority=self.authority.code,
        )

    def may(self, permission: Permission) -> bool:
        """Whether the role grants it, to somebody of this authority, with this kind of account."""
        granted = GRANTS[self.role] if self.scopes is None else GRANTS[self.role] & self.scopes
        if self.authority.partner:
            granted &= PARTNER_MAY
        if self.training:
            granted &= TRAINEE_MAY
        return permission in granted

    def must(
        self,
        permission: Permission,
        *,
        area: Collection[str] | None = None,
        within: Territory | None = None,
        named: Named = bare_codes,
    ) -> None:
        """Raise NotAllowed unless the role grants it, OutsideTerritory unless `area` is inside.

        `within` is the territory to look at, the authority's own where it is not given; `named`
        finds the names of the places outside, in every language.
        """
        if self.training and permission not in TRAINEE_MAY:
            raise OnlyDrafts(officer=self.name)
        if not self.may(permission):
            raise NotAllowed(officer=self.name, role=ROLE_NAMES[self.role], permission=permission)
        if area is None:
            return
        territory = self.authority.territory if within is None else within
        if not territory.holds(area):
            raise OutsideTerritory(
                officer=self.name,
                authority=self.authority.called,
                places=ByLanguage(named(territory.outside(area))),
            )

    def must_mean(self, alert_class: AlertClass, *, training: bool) -> None:
        """Keep training and the real thing apart. `training`: the installation is for training.

        Looked at when the class is stamped, and again by whoever approves and sends.
        """
        if alert_class is AlertClass.ALERT and (self.training or training):
            raise OnlyExercises(officer=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What a person is at an authority. `id` is 0 until it is stored; granted by two people."""

    id: int = 0
    person: int = 0
    """The number of whose it is; 0 where only the store knows it."""
    officer: str
    """What they are called."""
    authority: str
    """Its code."""
    role: Role
    training: bool = False
    granted_by: str
    granted_at: datetime
    confirmed_by: str
    ended_at: datetime | None = None
