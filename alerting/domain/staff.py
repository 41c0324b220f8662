"""Who works here, and what each role may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from alerting.domain.errors import NotAllowed
from alerting.domain.words import msgid


class Role(StrEnum):
    """What a person is here for."""

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
    APPROVE = "approve"
    SEND = "send"
    BREAK_GLASS = "break-glass"
    IMPORT_PEOPLE = "import-people"
    IMPORT_PRESS = "import-press"
    SEE_ADDRESSES = "see-addresses"
    READ_LEDGER = "read-ledger"
    MANAGE_ACCESS = "manage-access"
    MANAGE_ROUTES = "manage-routes"


GRANTS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.COMMUNICATOR: frozenset(
            {
                Permission.READ,
                Permission.DRAFT,
                Permission.SEND,
                Permission.IMPORT_PEOPLE,
                Permission.SEE_ADDRESSES,
            }
        ),
        Role.APPROVER: frozenset(
            {
                Permission.READ,
                Permission.DRAFT,
                Permission.APPROVE,
                Permission.MANAGE_ROUTES,
                Permission.SEND,
                Permission.SEE_ADDRESSES,
            }
        ),
        # Alone at night: may send what was prepared, and answers for it the next day.
        Role.DUTY_OFFICER: frozenset(
            {
                Permission.READ,
                Permission.DRAFT,
                Permission.SEND,
                Permission.BREAK_GLASS,
                Permission.SEE_ADDRESSES,
            }
        ),
        Role.PRESS_OFFICER: frozenset(
            {Permission.READ, Permission.DRAFT, Permission.IMPORT_PRESS, Permission.SEE_ADDRESSES}
        ),
        # Reads everything; personal data stay masked.
        Role.AUDITOR: frozenset({Permission.READ, Permission.READ_LEDGER}),
        # Manages the installation, cannot send.
        Role.ADMINISTRATOR: frozenset(
            {
                Permission.READ,
                Permission.IMPORT_PEOPLE,
                Permission.IMPORT_PRESS,
                Permission.MANAGE_ACCESS,
                Permission.MANAGE_ROUTES,
                Permission.READ_LEDGER,
            }
        ),
    }
)

ROLE_NAMES: Mapping[Role, str] = {
    Role.COMMUNICATOR: msgid("communicator"),
    Role.APPROVER: msgid("approver"),
    Role.DUTY_OFFICER: msgid("duty officer"),
    Role.PRESS_OFFICER: msgid("press officer"),
    Role.AUDITOR: msgid("auditor"),
    Role.ADMINISTRATOR: msgid("administrator"),
}


@dataclass(frozen=True, slots=True)
class Officer:
    """A person at work. `name` is unique; two tokens of one name are one person."""

    name: str
    role: Role
    scopes: frozenset[Permission] | None = None
    """What a token is limited to; None: all that the role grants."""

    def may(self, permission: Permission) -> bool:
        """Whether the role grants it, and the token too where it is limited."""
        limited = self.scopes is not None and permission not in self.scopes
        return permission in GRANTS[self.role] and not limited

    def must(self, permission: Permission) -> None:
        """Raise NotAllowed unless the role grants it."""
        if not self.may(permission):
            raise NotAllowed(officer=self.name, role=ROLE_NAMES[self.role], permission=permission)
