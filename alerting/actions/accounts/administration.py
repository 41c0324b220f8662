"""Accounts: who has one, another role or a token for it by two administrators, its end by one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, NoReturn

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions import authorization, change_requests
from alerting.actions.accounts import memberships
from alerting.actions.accounts.memberships import (
    BAD_SCOPES,
    ChangeRole,
    MakeToken,
    Name,
    TokenDetails,
)
from alerting.actions.accounts.tokens import TOKEN_LASTS, new_token, save_token
from alerting.actions.change_requests import Details, Matter
from alerting.actions.officers import officer_of
from alerting.domain.account import Account
from alerting.domain.authority import NATIONAL
from alerting.domain.change_request import ABOUT_PEOPLE, Act, ChangeRequest
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
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer, Permission, Role
from alerting.domain.page import Page
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
SHARED = msgid(
    "“{name}” also works for {authority}, so you cannot close the account: end only the "
    "memberships that you manage; the sessions and tokens based on them then end too"
)
NOT_ONESELF = msgid("You cannot close your own account: ask another administrator")


async def list_accounts(
    services: Services, *, by: Officer, before: int = 0
) -> tuple[list[Account], Page[ChangeRequest, int]]:
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
        [
            account
            for account in everybody
            if any(held.authority in inside for held in account.memberships)
        ],
        waiting,
    )


async def account_named(services: Services, name: str) -> Account:
    """An account by its name; NotFound when there is none."""
    async with services.reading() as reading:
        return await load_account(reading.connection, name)


class HolderDetails(Details):
    """Whose account it is about."""

    officer: Name


class EndAccount:
    """Close an account without which an authority cannot approve, send or be managed by two."""

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
        """That of the first authority they work for; every one must be the officer's."""
        if by.name == details.officer:
            raise BadRequest(NOT_ONESELF)
        holder = await load_managed_account(services, reading, details.officer, by=by)
        if holder.ended_at is not None:
            raise NotFound(what=ACCOUNT, number=holder.name)
        code = holder.authority or NATIONAL.code
        authority = await authorization.authority(services, reading.connection, code)
        held = await memberships.current_memberships(reading, holder.name)
        return Matter(authority.code, authority.territory, held, holder.name)

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        details: HolderDetails,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> str:
        """Close it."""
        holder = await load_account(unit.connection, details.officer)
        await _close(services, unit, holder, by=by, but=request.id)
        return ""


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
    return (
        await change_requests.request_change(services, kinds, Act.CHANGE_ROLE, details, by=by)
    ).id


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
    may = sorted(permission for permission in Permission if by.may(permission))
    if not set(scopes) <= set(may):
        raise BadRequest(BAD_SCOPES, known=", ".join(may))
    if by.scopes is not None and not scopes:
        scopes = may
    member = by if by.membership else officer_of(await account_named(services, by.name))
    async with services.unit() as unit:
        return await _waiting_token(services, unit, member, by=by, lasts=lasts, scopes=scopes)


async def request_from_shell(
    services: Services, officer: Officer, *, by: Officer | Actor, lasts: timedelta
) -> str:
    """A token for a member without an account, asked for on the server; valid once confirmed.

    TwoAreNeeded where they are no member: becoming one takes two people, too.
    """
    if not officer.membership:
        raise TwoAreNeeded
    async with services.unit() as unit:
        return await _waiting_token(services, unit, officer, by=by, lasts=lasts, scopes=())


async def _first_managed(services: Services, name: str, *, by: Officer) -> Officer:
    """Somebody with an account, as the first of what they are that the asker manages."""
    async with services.reading() as reading:
        holder = await load_account(reading.connection, name)
        refusal: AlertingError = NotFound(what=ACCOUNT, number=name)
        for membership in holder.memberships:
            try:
                await require_may_manage_authority(services, reading, membership.authority, by=by)
            except (NotFound, OutsideTerritory) as refused:
                refusal = refused
                continue
            return await authorization.as_member_of(services, reading, holder.person, membership.id)
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
        holder = await load_account(reading.connection, name)
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
        holder = await load_account(unit.connection, name)
        if isinstance(by, Officer):
            details = HolderDetails(officer=name)
            matter = await EndAccount().matter(services, unit, details, by=by)
            if await memberships.leaves_too_few(unit, holder.memberships, now=services.now()):
                change_request, _ = await change_requests.add_change_request(
                    services, unit, Act.END_ACCOUNT, details, matter, by=by
                )
                return change_request.id
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
    details = TokenDetails(
        officer=holder.name,
        membership=holder.membership,
        days=max(1, lasts.days),
        scopes=tuple(
            sorted(scopes or (permission for permission in Permission if holder.may(permission)))
        ),
        asked_with=token,
    )
    matter = await MakeToken().matter(services, unit, details, by=holder)
    request, new = await change_requests.add_change_request(
        services, unit, Act.MAKE_TOKEN, details, matter, by=by
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


async def require_may_manage_authority(
    services: Services, reading: ReadTransaction, code: str, *, by: Officer
) -> None:
    """Refuse an authority whose members the officer does not manage."""
    await authorization.require_may_manage(services, reading, Permission.MANAGE_ACCESS, code, by=by)


async def load_managed_account(
    services: Services, reading: ReadTransaction, name: str, *, by: Officer
) -> Account:
    """An account whose holder works for nobody but authorities that the officer manages."""
    holder = await load_account(reading.connection, name)
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
    living = {membership.authority for membership in holder.memberships}
    codes = living or set(await held_at(reading.connection, holder.name)) or {NATIONAL.code}
    inside = await authorization.subordinate_authorities(services, reading, by=by)
    mine = frozenset(codes if inside is None else codes & inside)
    for code in sorted(mine or codes):
        await require_may_manage_authority(services, reading, code, by=by)
    return mine, frozenset(codes - mine)


async def _refuse_shared(
    services: Services, reading: ReadTransaction, holder: Account, others: frozenset[str]
) -> NoReturn:
    authority = await authorization.authority(services, reading.connection, min(others))
    raise BadRequest(SHARED, name=holder.name, authority=authority.called)


async def load_account(connection: AsyncConnection, name: str) -> Account:
    """An account by its name, in the reader's own transaction; NotFound when there is none."""
    account = await account_rows.find_account(connection, name=name)
    if account is None:
        raise NotFound(what=ACCOUNT, number=name)
    return account
