"""Who works here: invited, given a role, given a token by two administrators; ended by one."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar, NoReturn

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions import authorization, change_requests
from alerting.actions.accounts import memberships
from alerting.actions.accounts.account_mails import notify_emergency_account_used
from alerting.actions.accounts.invitations import (
    invitation_link,
    send_invitation,
    withdraw_link,
)
from alerting.actions.accounts.memberships import (
    BAD_SCOPES,
    ChangeRole,
    MakeToken,
    MembershipDetails,
    Name,
    TokenDetails,
)
from alerting.actions.accounts.tokens import TOKEN_LASTS, check_name, new_token, save_token
from alerting.actions.authorities.manage import Code, require_no_authoritys_name
from alerting.actions.change_requests import Details, Handover, Matter
from alerting.actions.officers import officer_of
from alerting.checks.names import why_no_name
from alerting.credentials import passwords, totp
from alerting.domain.account import Account
from alerting.domain.authority import NATIONAL
from alerting.domain.authority_names import governments
from alerting.domain.change_request import ABOUT_PEOPLE, Act, Proposal
from alerting.domain.channel_profiles import SMS
from alerting.domain.credential import CredentialKind
from alerting.domain.errors import (
    AlertingError,
    BadRequest,
    NameTaken,
    NotFound,
    OutsideTerritory,
    TwoAreNeeded,
)
from alerting.domain.language import Language
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer, Permission, Role
from alerting.domain.page import Page
from alerting.domain.reason import label_of
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import staff_messages as message_rows
from alerting.store.accounts import credentials as credential_rows
from alerting.store.accounts import mobile_codes
from alerting.store.accounts import repository as account_rows
from alerting.store.accounts.memberships import held_at
from alerting.store.authorities import on_call as on_call_rows
from alerting.store.authorities import translators as translator_rows
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork

ACCOUNT = msgid("account")
LONGEST_NAME = 80
_DIGIT = re.compile(r"\d")
BAD_FULL_NAME = msgid(
    "A person's name may have at most {most} characters, without links or digits, and must "
    "not be a government name"
)
BAD_ADDRESS = msgid("This is not a valid e-mail address")
ADMINISTRATORS_ONLY = msgid("An emergency account must have the role of administrator")
ONE_EMERGENCY_ACCOUNT = msgid(
    "There is already an emergency account: close it before you create another one"
)
EMERGENCY_MADE = msgid("An emergency account was created")
EMERGENCY_MADE_TEXT = msgid(
    "The emergency account “{name}” was created on the server on {moment}.\n\nIf you "
    "cannot tell who did this, close the account at once on the “Users” page: {address}"
)
CAME_IN = msgid(
    "“{name}” has already signed in: a user who has lost their password requests a new one "
    "on the sign-in page"
)
SHARED = msgid(
    "“{name}” also works for {authority}, so you cannot close the account: end only the "
    "memberships that you manage; the sessions and tokens based on them then end too"
)
NOT_ONESELF = msgid("You cannot close your own account: ask another administrator")
ENOUGH = msgid(
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
        """The same in one spelling; BadRequest when a part cannot be right."""
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


async def list_accounts(
    services: Services, *, by: Officer, before: int = 0
) -> tuple[list[Account], Page[Proposal, int]]:
    """Who has an account in the officer's territory, and what waits for a second administrator.

    Of what waits a page, newest first; see `list_change_requests` for `before`.
    """
    by.must(Permission.MANAGE_ACCESS)
    async with services.reading() as reading:
        inside = await authorization.subordinate_authorities(services, reading, by=by)
        everybody = await account_rows.list_accounts(reading.connection)
    waiting = await change_requests.list_change_requests(
        services,
        by=by,
        before=before,
        limit=change_requests.PAGE_SIZE,
        waiting=True,
        kinds=ABOUT_PEOPLE,
    )
    if inside is None:
        return everybody, waiting
    return (
        [one for one in everybody if any(held.authority in inside for held in one.memberships)],
        waiting,
    )


async def account_named(services: Services, name: str) -> Account:
    """An account by its name; NotFound when there is none."""
    async with services.reading() as reading:
        return await _named(reading.connection, name)


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
        """The same, looked at; BadRequest where a part cannot be right."""
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
        wanted: InvitationDetails,
        *,
        by: Officer,
    ) -> Matter:
        """The authority's; neither the name nor the address may be anybody else's."""
        person = wanted.invitation()
        place = await authorization.authority(services, reading.connection, person.authority)
        await _must_manage(services, reading, place.code, by=by)
        await _must_manage_person(services, reading, person.name, by=by)
        await memberships.require_distinct_name(reading, person.name)
        await require_no_authoritys_name(services, reading, (person.name, person.full_name))
        for field in ({"name": person.name}, {"email": person.email}):
            if await account_rows.by(reading.connection, **field):
                raise NameTaken(name=person.name)
        held = await memberships.current_memberships(reading, person.name)
        return Matter(place.code, place.territory, held, person.name)

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        wanted: InvitationDetails,
        *,
        proposal: Proposal,
        by: Officer,
    ) -> Handover:
        """Make them; the e-mail goes out once that has been committed."""
        person = wanted.invitation()
        made = await _add(services, unit, person, by=by, asked_by=proposal.proposed_by)
        link = await invitation_link(services, unit, made)
        return Handover(link, lambda: send_invitation(services, made, link))


class HolderDetails(Details):
    """Whose account it is about."""

    officer: Name


class SendInvitationAgain:
    """Another link for somebody who has not come in, where no e-mail can bring it to them."""

    permission: ClassVar = Permission.MANAGE_ACCESS
    details: ClassVar = HolderDetails

    async def matter(
        self,
        services: Services,
        reading: ReadTransaction,
        wanted: HolderDetails,
        *,
        by: Officer,
    ) -> Matter:
        """That of the first authority they are to work for; every one must be the officer's."""
        holder = await _yet_to_come_in(services, reading, wanted.officer, by=by)
        code = holder.authority or NATIONAL.code
        place = await authorization.authority(services, reading.connection, code)
        held = await memberships.current_memberships(reading, holder.name)
        return Matter(place.code, place.territory, [holder.email, held], holder.name)

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        wanted: HolderDetails,
        *,
        proposal: Proposal,
        by: Officer,
    ) -> Handover:
        """An e-mail once more, once the link has been committed; see `Handover`."""
        holder = await _named(unit.connection, wanted.officer)
        link = await invitation_link(services, unit, holder)
        return Handover(link, lambda: send_invitation(services, holder, link))


class EndAccount:
    """Close an account without which an authority cannot approve, send or be managed by two."""

    permission: ClassVar = Permission.MANAGE_ACCESS
    details: ClassVar = HolderDetails

    async def matter(
        self,
        services: Services,
        reading: ReadTransaction,
        wanted: HolderDetails,
        *,
        by: Officer,
    ) -> Matter:
        """That of the first authority they work for; every one must be the officer's."""
        if by.name == wanted.officer:
            raise BadRequest(NOT_ONESELF)
        holder = await _managed(services, reading, wanted.officer, by=by)
        if holder.ended_at is not None:
            raise NotFound(what=ACCOUNT, number=holder.name)
        code = holder.authority or NATIONAL.code
        place = await authorization.authority(services, reading.connection, code)
        held = await memberships.current_memberships(reading, holder.name)
        return Matter(place.code, place.territory, held, holder.name)

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        wanted: HolderDetails,
        *,
        proposal: Proposal,
        by: Officer,
    ) -> str:
        """Close it."""
        holder = await _named(unit.connection, wanted.officer)
        await _close(services, unit, holder, by=by, but=proposal.id)
        return ""


async def request_invitation(services: Services, wanted: Invitation, *, by: Officer) -> int:
    """Ask a second administrator to let somebody in; the number of the request."""
    by.must(Permission.MANAGE_ACCESS)
    wanted = wanted.checked()
    details = {
        "officer": wanted.name,
        "email": wanted.email,
        "full_name": wanted.full_name,
        "language": wanted.language,
        "role": wanted.role,
        "authority": wanted.authority,
        "training": wanted.training,
    }
    kinds = {Act.INVITE: InviteOfficer()}
    return (await change_requests.propose(services, kinds, Act.INVITE, details, by=by)).id


async def request_role(
    services: Services, name: str, role: Role, *, by: Officer, membership: int | None = None
) -> int:
    """Ask a second administrator for another role in the place of one that somebody has.

    Their first membership that the asker manages, where none is named; the number of the request.
    """
    by.must(Permission.MANAGE_ACCESS)
    number = membership or (await _first_managed(services, name, by=by)).membership
    details = {"officer": name, "membership": number, "role": role}
    kinds = {Act.CHANGE_ROLE: ChangeRole()}
    return (await change_requests.propose(services, kinds, Act.CHANGE_ROLE, details, by=by)).id


async def request_token(
    services: Services,
    *,
    by: Officer,
    scopes: Sequence[Permission] = (),
    lasts: timedelta = TOKEN_LASTS,
) -> str:
    """A token of one's own that opens nothing until an administrator confirms it; shown once, now.

    It works under what one works as, and may no more than what it is asked for with: a token that
    is limited asks for one as limited. Nobody asks for somebody else's: see SECRET_OF_ITS_HOLDER.
    BadRequest for scopes beyond.
    """
    by.must(Permission.READ)
    may = sorted(one for one in Permission if by.may(one))
    if not set(scopes) <= set(may):
        raise BadRequest(BAD_SCOPES, known=", ".join(may))
    if by.scopes is not None and not scopes:
        scopes = may
    member = by if by.membership else officer_of(await account_named(services, by.name))
    async with services.unit() as unit:
        return await _waiting_token(services, unit, member, by=by, lasts=lasts, scopes=scopes)


async def request_from_shell(
    services: Services, wanted: Officer, *, by: Officer | Actor, lasts: timedelta
) -> str:
    """The same for a member without an account, asked for on the server.

    TwoAreNeeded where they are no member: becoming one takes two people, too.
    """
    if not wanted.membership:
        raise TwoAreNeeded
    async with services.unit() as unit:
        return await _waiting_token(services, unit, wanted, by=by, lasts=lasts, scopes=())


async def _first_managed(services: Services, name: str, *, by: Officer) -> Officer:
    """Somebody with an account, as the first of what they are that the asker manages."""
    async with services.reading() as reading:
        holder = await _named(reading.connection, name)
        refusal: AlertingError = NotFound(what=ACCOUNT, number=name)
        for held in holder.memberships:
            try:
                await _must_manage(services, reading, held.authority, by=by)
            except (NotFound, OutsideTerritory) as refused:
                refusal = refused
                continue
            return await authorization.as_member_of(services, reading, holder.person, held.id)
    raise refusal


async def require_may_manage_account(
    services: Services, name: str, *, by: Officer, shared: bool = False
) -> frozenset[str]:
    """Refuse to manage the account of somebody who works for an authority that is not below.

    With `shared`, one that is below is enough. The codes of those that are come back: what is done
    to a shared account reaches as far as they do.
    """
    by.must(Permission.MANAGE_ACCESS)
    async with services.reading() as reading:
        holder = await _named(reading.connection, name)
        mine, others = await _places(services, reading, holder, by=by)
        if others and not shared:
            await _refuse_shared(services, reading, holder, others)
    return mine


async def end_account(services: Services, name: str, *, by: Officer | Actor) -> int | None:
    """Close an account: its sessions, tokens and links end at once. One administrator is enough.

    Where it leaves an authority with too few (`leaves_too_few`), a second one is asked, and the
    number of that request comes back; not of whoever stands at the server.
    """
    async with services.unit() as unit:
        holder = await _named(unit.connection, name)
        if isinstance(by, Officer):
            wanted = HolderDetails(officer=name)
            matter = await EndAccount().matter(services, unit, wanted, by=by)
            if await memberships.leaves_too_few(unit, holder.memberships, now=services.now()):
                asked, _ = await change_requests.request_change(
                    services, unit, Act.END_ACCOUNT, wanted, matter, by=by
                )
                return asked.id
        await _close(services, unit, holder, by=by)
    return None


async def _close(
    services: Services, unit: UnitOfWork, holder: Account, *, by: Officer | Actor, but: int = 0
) -> None:
    """Close an account, with all its holder is."""
    name, now = holder.name, services.now()
    await memberships.end_these(services, unit, holder.memberships, by=by, but=but)
    if not await account_rows.end(unit.connection, holder.id, now=now):
        raise NotFound(what=ACCOUNT, number=name)
    await mobile_codes.drop_all(unit.connection, holder.id)
    await message_rows.drop_waiting(unit.connection, holder.id, SMS.name)
    await credential_rows.end_named(unit.connection, name, now=now)
    await on_call_rows.remove_officer(unit.connection, name)
    await translator_rows.remove_officer(unit.connection, name)
    await unit.record("account.ended", by=by, about=f"officer/{name}", at=now)


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
    return (await change_requests.propose(services, kinds, Act.INVITE_AGAIN, details, by=by)).id


async def make_first_administrator(
    services: Services, wanted: Invitation, *, by: Officer | Actor
) -> str:
    """An administrator made from the server, while there are not two: a link to come in by."""
    if await memberships.two_can_confirm(services):
        raise BadRequest(ENOUGH)
    async with services.unit() as unit:
        made = await _add(services, unit, wanted.checked(), by=by)
        link = await invitation_link(services, unit, made)
    await send_invitation(services, made, link)
    return link


async def make_emergency_account(
    services: Services, wanted: Invitation, *, by: Officer | Actor
) -> tuple[str, list[str]]:
    """An emergency account for the day nobody else can sign in: its password and codes, shown once.

    One at a time, for an administrator, who lets the others in; every administrator is told.
    """
    if wanted.role is not Role.ADMINISTRATOR:
        raise BadRequest(ADMINISTRATORS_ONLY)
    password = "-".join("".join(secrets.choice(totp.LETTERS) for _ in range(5)) for _ in range(5))
    made = totp.new_recovery_codes()
    kept = await services.hasher.hash(passwords.normal(password))
    async with services.unit() as unit:
        if any(
            one.emergency and one.ended_at is None
            for one in await account_rows.list_accounts(unit.connection)
        ):
            raise BadRequest(ONE_EMERGENCY_ACCOUNT)
        account = await _add(services, unit, wanted.checked(), by=by, emergency=True)
        await account_rows.change(unit.connection, account.id, password_hash=kept)
        await account_rows.set_recovery_codes(
            unit.connection, account.id, [totp.recovery_hash(one) for one in made]
        )
        await notify_emergency_account_used(
            services, unit, account, EMERGENCY_MADE, EMERGENCY_MADE_TEXT
        )
    return password, made


async def _add(
    services: Services,
    unit: UnitOfWork,
    wanted: Invitation,
    *,
    by: Officer | Actor,
    asked_by: str = "",
    emergency: bool = False,
) -> Account:
    number = await account_rows.add(
        unit.connection,
        unit.database,
        name=wanted.name,
        email=wanted.email,
        full_name=wanted.full_name,
        language=wanted.language,
        now=services.now(),
        emergency=emergency,
    )
    if number is None:
        raise NameTaken(name=wanted.name)
    await unit.record(
        "account.emergency_made" if emergency else "account.made",
        by=by,
        about=f"officer/{wanted.name}",
        at=services.now(),
        details={"role": wanted.role, "authority": wanted.authority},
    )
    granted = MembershipDetails(
        officer=wanted.name,
        authority=wanted.authority,
        role=wanted.role,
        training=wanted.training,
    )
    await memberships.grant(
        services, unit, granted, granted_by=asked_by or by.name, confirmed_by=by
    )
    return await _named(unit.connection, wanted.name)


async def _waiting_token(
    services: Services,
    unit: UnitOfWork,
    holder: Officer,
    *,
    by: Officer | Actor,
    lasts: timedelta,
    scopes: Sequence[Permission],
) -> str:
    token = 0
    if isinstance(by, Officer) and by.credential:
        asking = await credential_rows.living(unit.connection, by.credential, now=services.now())
        token = asking.id if asking and asking.kind is CredentialKind.TOKEN else 0
    wanted = TokenDetails(
        officer=holder.name,
        membership=holder.membership,
        days=max(1, lasts.days),
        scopes=tuple(sorted(scopes or (one for one in Permission if holder.may(one)))),
        asked_with=token,
    )
    matter = await MakeToken().matter(services, unit, wanted, by=holder)
    request, new = await change_requests.request_change(
        services, unit, Act.MAKE_TOKEN, wanted, matter, by=by
    )
    if not new:
        raise NameTaken(name=holder.name)
    secret = new_token()
    await save_token(
        services,
        unit,
        secret,
        holder,
        by=by,
        lasts=lasts,
        scopes=scopes,
        change_request_id=request.id,
    )
    return secret


async def _must_manage(
    services: Services, reading: ReadTransaction, code: str, *, by: Officer
) -> None:
    await authorization.require_may_manage(services, reading, Permission.MANAGE_ACCESS, code, by=by)


async def _managed(
    services: Services, reading: ReadTransaction, name: str, *, by: Officer
) -> Account:
    """An account whose holder works for nobody but authorities that the officer manages."""
    holder = await _named(reading.connection, name)
    _, others = await _places(services, reading, holder, by=by)
    if others:
        await _refuse_shared(services, reading, holder, others)
    return holder


async def _places(
    services: Services, reading: ReadTransaction, holder: Account, *, by: Officer
) -> tuple[frozenset[str], frozenset[str]]:
    """For which authorities somebody works that the officer manages, and for which others.

    Where all memberships have ended, those that there were. Refuses whoever manages none.
    """
    living = {one.authority for one in holder.memberships}
    codes = living or set(await held_at(reading.connection, holder.name)) or {NATIONAL.code}
    inside = await authorization.subordinate_authorities(services, reading, by=by)
    mine = frozenset(codes if inside is None else codes & inside)
    for code in sorted(mine or codes):
        await _must_manage(services, reading, code, by=by)
    return mine, frozenset(codes - mine)


async def _refuse_shared(
    services: Services, reading: ReadTransaction, holder: Account, others: frozenset[str]
) -> NoReturn:
    place = await authorization.authority(services, reading.connection, min(others))
    raise BadRequest(SHARED, name=holder.name, authority=place.called)


async def _yet_to_come_in(
    services: Services, reading: ReadTransaction, name: str, *, by: Officer
) -> Account:
    """An account the officer manages that nobody has used yet; BadRequest for any other."""
    holder = await _managed(services, reading, name, by=by)
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
            await _must_manage(services, reading, code, by=by)
        except (NotFound, OutsideTerritory):
            raise NameTaken(name=name) from None


async def _named(connection: AsyncConnection, name: str) -> Account:
    found = await account_rows.by(connection, name=name)
    if found is None:
        raise NotFound(what=ACCOUNT, number=name)
    return found
