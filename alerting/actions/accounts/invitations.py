"""Invitations: asked for by one administrator, confirmed by another; the first, from a shell."""

import re
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from alerting.actions import authorization, change_requests
from alerting.actions.accounts import memberships
from alerting.actions.accounts.administration import (
    ACCOUNT,
    HolderDetails,
    load_account,
    load_managed_account,
    require_may_manage_authority,
)
from alerting.actions.accounts.memberships import MembershipDetails, Name
from alerting.actions.accounts.password_links import invitation_link, send_invitation, withdraw_link
from alerting.actions.accounts.tokens import check_name
from alerting.actions.authorities.manage import Code, require_no_authoritys_name
from alerting.actions.change_requests import Details, Handover, Matter
from alerting.checks.names import why_no_name
from alerting.domain.account import Account
from alerting.domain.authority import NATIONAL
from alerting.domain.authority_names import governments
from alerting.domain.change_request import Act, ChangeRequest
from alerting.domain.errors import BadRequest, NameTaken, NotFound, OutsideTerritory
from alerting.domain.language import Language
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer, Permission, Role
from alerting.domain.reason import label_of
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.accounts import repository as account_rows
from alerting.store.accounts.memberships import held_at
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork

LONGEST_NAME = 80
_DIGIT = re.compile(r"\d")
BAD_FULL_NAME = msgid(
    "A person's name may have at most {most} characters, without links or digits, and must "
    "not be a government name"
)
BAD_ADDRESS = msgid("This is not a valid e-mail address")
CAME_IN = msgid(
    "“{name}” has already signed in: a user who has lost their password requests a new one "
    "on the sign-in page"
)
TOO_MANY_OPEN_TOKENS = msgid(
    "There are already two administrators: they invite the other users, on the “Users” page"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Whom to invite, as what."""

    name: str
    email: str
    full_name: str
    language: Language
    role: Role
    authority: str = NATIONAL.code
    """The code of the authority they are to work for."""
    training: bool = False

    def checked(self) -> "Invitation":
        """The invitation with its parts spelled one way; BadRequest when one cannot be right."""
        name, email = self.name.strip().casefold(), self.email.strip().casefold()
        check_name(name)
        local, at, host = email.rpartition("@")
        plain = email.isprintable() and not set(email) & set(' <>,;\\"()')
        if not (at and local and "." in host and plain and len(email) <= 254):
            raise BadRequest(BAD_ADDRESS)
        full_name = label_of(self.full_name)
        unfit = _DIGIT.search(full_name) or why_no_name(full_name) or governments([full_name])
        if len(full_name) > LONGEST_NAME or unfit:
            raise BadRequest(BAD_FULL_NAME, most=LONGEST_NAME)
        return Invitation(
            name=name,
            email=email,
            full_name=full_name,
            language=self.language,
            role=self.role,
            authority=self.authority.strip() or NATIONAL.code,
            training=self.training,
        )


class InvitationDetails(Details):
    """Whom to let in, as what."""

    officer: Name
    email: Annotated[str, Field(max_length=254)]
    full_name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    language: Language
    role: Role
    authority: Code = NATIONAL.code
    training: bool = False

    def invitation(self) -> Invitation:
        """Whom to invite, checked; BadRequest where a part cannot be right."""
        return Invitation(
            name=self.officer,
            email=self.email,
            full_name=self.full_name,
            language=self.language,
            role=self.role,
            authority=self.authority,
            training=self.training,
        ).checked()


class InviteOfficer:
    """An account and a membership for somebody, and an e-mail by which they come in."""

    permission: ClassVar = Permission.MANAGE_ACCESS
    details: ClassVar = InvitationDetails

    async def matter(
        self,
        services: Services,
        reading: ReadTransaction,
        details: InvitationDetails,
        *,
        by: Officer,
    ) -> Matter:
        """The authority's; neither the name nor the address may be anybody else's."""
        person = details.invitation()
        authority = await authorization.authority(services, reading.connection, person.authority)
        await require_may_manage_authority(services, reading, authority.code, by=by)
        await _must_manage_person(services, reading, person.name, by=by)
        await memberships.require_distinct_name(reading, person.name)
        await require_no_authoritys_name(services, reading, (person.name, person.full_name))
        for field in ({"name": person.name}, {"email": person.email}):
            if await account_rows.find_account(reading.connection, **field):
                raise NameTaken(name=person.name)
        held = await memberships.current_memberships(reading, person.name)
        return Matter(authority.code, authority.territory, held, person.name)

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        details: InvitationDetails,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> Handover:
        """Make them; the e-mail goes out once that has been committed."""
        person = details.invitation()
        account = await add_account(services, unit, person, by=by, asked_by=request.requested_by)
        link = await invitation_link(services, unit, account)
        return Handover(link, lambda: send_invitation(services, account, link))


class SendInvitationAgain:
    """Another link for somebody who has not come in, where no e-mail can bring it to them."""

    permission: ClassVar = Permission.MANAGE_ACCESS
    details: ClassVar = HolderDetails

    async def matter(
        self,
        services: Services,
        reading: ReadTransaction,
        details: HolderDetails,
        *,
        by: Officer,
    ) -> Matter:
        """That of the first authority they are to work for; every one must be the officer's."""
        holder = await _yet_to_come_in(services, reading, details.officer, by=by)
        code = holder.authority or NATIONAL.code
        authority = await authorization.authority(services, reading.connection, code)
        held = await memberships.current_memberships(reading, holder.name)
        return Matter(authority.code, authority.territory, [holder.email, held], holder.name)

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        details: HolderDetails,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> Handover:
        """An e-mail once more, once the link has been committed; see `Handover`."""
        holder = await load_account(unit.connection, details.officer)
        link = await invitation_link(services, unit, holder)
        return Handover(link, lambda: send_invitation(services, holder, link))


async def request_invitation(services: Services, invitation: Invitation, *, by: Officer) -> int:
    """Ask a second administrator to let somebody in; the number of the request."""
    by.must(Permission.MANAGE_ACCESS)
    invitation = invitation.checked()
    details = {
        "officer": invitation.name,
        "email": invitation.email,
        "full_name": invitation.full_name,
        "language": invitation.language,
        "role": invitation.role,
        "authority": invitation.authority,
        "training": invitation.training,
    }
    kinds = {Act.INVITE: InviteOfficer()}
    return (await change_requests.request_change(services, kinds, Act.INVITE, details, by=by)).id


async def resend_invitation(services: Services, name: str, *, by: Officer) -> int | None:
    """Another e-mail to somebody who has not come in yet, which shows its link to nobody here.

    Where no e-mail could be sent, a second administrator is asked to hand the link over: the
    number of that request. BadRequest for whoever has come in, by whatever way.
    """
    by.must(Permission.MANAGE_ACCESS)
    async with services.unit() as unit:
        holder = await _yet_to_come_in(services, unit, name, by=by)
        link = await invitation_link(services, unit, holder)
        await unit.record("invitation.repeated", by=by, about=f"officer/{name}", at=services.now())
    if await send_invitation(services, holder, link):
        return None
    await withdraw_link(services, link)
    kinds = {Act.INVITE_AGAIN: SendInvitationAgain()}
    details = {"officer": name}
    return (
        await change_requests.request_change(services, kinds, Act.INVITE_AGAIN, details, by=by)
    ).id


async def make_first_administrator(
    services: Services, invitation: Invitation, *, by: Officer | Actor
) -> str:
    """An administrator made from the server, while there are not two: a link to come in by."""
    if await memberships.two_can_confirm(services):
        raise BadRequest(TOO_MANY_OPEN_TOKENS)
    async with services.unit() as unit:
        account = await add_account(services, unit, invitation.checked(), by=by)
        link = await invitation_link(services, unit, account)
    await send_invitation(services, account, link)
    return link


async def add_account(
    services: Services,
    unit: UnitOfWork,
    invitation: Invitation,
    *,
    by: Officer | Actor,
    asked_by: str = "",
    emergency: bool = False,
) -> Account:
    """An account with its first membership; NameTaken where the name or the address is in use.

    `asked_by`: the name of who asked for it, where that is not who confirms it.
    """
    number = await account_rows.add(
        unit.connection,
        unit.database,
        name=invitation.name,
        email=invitation.email,
        full_name=invitation.full_name,
        language=invitation.language,
        now=services.now(),
        emergency=emergency,
    )
    if number is None:
        raise NameTaken(name=invitation.name)
    await unit.record(
        "account.emergency_made" if emergency else "account.made",
        by=by,
        about=f"officer/{invitation.name}",
        at=services.now(),
        details={"role": invitation.role, "authority": invitation.authority},
    )
    granted = MembershipDetails(
        officer=invitation.name,
        authority=invitation.authority,
        role=invitation.role,
        training=invitation.training,
    )
    await memberships.grant(
        services, unit, granted, granted_by=asked_by or by.name, confirmed_by=by
    )
    return await load_account(unit.connection, invitation.name)


async def _yet_to_come_in(
    services: Services, reading: ReadTransaction, name: str, *, by: Officer
) -> Account:
    """An account the officer manages that nobody has used yet; BadRequest for any other."""
    holder = await load_managed_account(services, reading, name, by=by)
    if holder.ended_at is not None:
        raise NotFound(what=ACCOUNT, number=name)
    if holder.came_in:
        raise BadRequest(CAME_IN, name=name)
    return holder


async def _must_manage_person(
    services: Services, reading: ReadTransaction, name: str, *, by: Officer
) -> None:
    """Refuse a name under which somebody works, or worked, for an authority that is not below.

    An account opened under it would take up those memberships, and stand for that person in the
    ledger.
    """
    for code in await held_at(reading.connection, name):
        try:
            await require_may_manage_authority(services, reading, code, by=by)
        except (NotFound, OutsideTerritory):
            raise NameTaken(name=name) from None
