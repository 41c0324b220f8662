"""Which acts need two people, and how each is looked at and carried out."""

from collections.abc import Mapping
from types import MappingProxyType

from alerting.actions.accounts.administration import EndAccount
from alerting.actions.accounts.invitations import InviteOfficer, SendInvitationAgain
from alerting.actions.accounts.memberships import (
    ChangeRole,
    EndMembership,
    GrantMembership,
    MakeToken,
)
from alerting.actions.authorities.accounts import KeepAccount
from alerting.actions.authorities.incidents import InvitePartner
from alerting.actions.authorities.lists import KeepListEntry
from alerting.actions.authorities.manage import KeepAuthority
from alerting.actions.change_requests import ChangeKind
from alerting.actions.templates.versions import ApproveTemplate
from alerting.domain.change_request import Act

KINDS: Mapping[Act, ChangeKind] = MappingProxyType(
    {
        Act.INVITE: InviteOfficer(),
        Act.INVITE_AGAIN: SendInvitationAgain(),
        Act.CHANGE_ROLE: ChangeRole(),
        Act.END_MEMBERSHIP: EndMembership(),
        Act.END_ACCOUNT: EndAccount(),
        Act.GRANT_MEMBERSHIP: GrantMembership(),
        Act.INVITE_PARTNER: InvitePartner(),
        Act.MAKE_TOKEN: MakeToken(),
        Act.KEEP_AUTHORITY: KeepAuthority(),
        Act.KEEP_LIST_ENTRY: KeepListEntry(),
        Act.KEEP_ACCOUNT: KeepAccount(),
        Act.APPROVE_TEMPLATE: ApproveTemplate(),
    }
)
"""One line an act: a new one that needs two people is added here."""
