"""Who works here: invited, given a role, given a token by two administrators; ended by one."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions import authorization as standing
from alerting.actions.accounts import memberships
from alerting.actions.accounts.factors import warn_of_sealed
from alerting.actions.accounts.invitations import invitation_link, mail_invitation
from alerting.actions.accounts.sessions import TOKEN_LASTS, check_name, keep_token, new_token
from alerting.actions.officers import officer_of
from alerting.credentials import passwords
from alerting.credentials import totp as codes
from alerting.domain.account import Account, Act, Request
from alerting.domain.authority import NATIONAL
from alerting.domain.change_request import LASTS
from alerting.domain.errors import (
    BadRequest,
    Decided,
    NameTaken,
    NotFound,
    OutsideTerritory,
    OwnRequest,
    ProposalLapsed,
)
from alerting.domain.language import Language
from alerting.domain.officer import GRANTS, Officer, Permission, Role
from alerting.domain.officer_names import skeleton
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.accounts import credentials as access
from alerting.store.accounts import repository as accounts
from alerting.store.accounts import requests
from alerting.store.accounts.memberships import held_at
from alerting.store.unit_of_work import Reading, Unit

SAID = frozenset({"role", "scopes", "authority"})
"""Of a request's details, what stands in the ledger: nothing personal."""
ACCOUNT = msgid("account")
REQUEST = msgid("request")
BAD_ADDRESS = msgid("This is not an e-mail address")
BAD_SCOPES = msgid("A token may only what its holder may: choose among {known}")
ADMINISTRATORS_ONLY = msgid("An emergency account is an administrator's, who lets others in")
ONE_SEALED = msgid("There is an emergency account already: end it before you make another one")
SEALED_MADE = msgid("An emergency account was made")
SEALED_MADE_TEXT = msgid(
    "Somebody on the server made the emergency account “{name}” on {moment}.\n\n"
    "If nobody you know of did, end it at once on the page of people: {address}"
)
NOT_ONESELF = msgid("Nobody ends their own account: ask another administrator")
ENOUGH = msgid("There are two administrators already: they invite others, on the page of people")


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
        return Invitation(
            name=name,
            email=email,
            full_name=" ".join(self.full_name.split())[:128],
            language=self.language,
            role=self.role,
            authority=self.authority.strip() or NATIONAL.code,
            training=self.training,
        )


@dataclass(frozen=True, slots=True)
class Done:
    """What a confirmation did. `link` is there only when no letter could be sent."""

    request: Request
    link: str = ""


async def listing(services: Services, *, by: Officer) -> tuple[list[Account], list[Request]]:
    """Who has an account in the officer's territory, and what waits for a second administrator."""
    by.must(Permission.MANAGE_ACCESS)
    async with services.reading() as reading:
        inside = await standing.below(services, reading, by=by)
        everybody = await accounts.listing(reading.connection)
        waiting = await requests.open_ones(reading.connection, since=services.now() - LASTS)
    if inside is None:
        return everybody, waiting
    return (
        [one for one in everybody if one.authority in inside],
        [one for one in waiting if one.details.get("authority", NATIONAL.code) in inside],
    )


async def account_named(services: Services, name: str) -> Account:
    """An account by its name; NotFound when there is none."""
    async with services.reading() as reading:
        return await _named(reading.connection, name)


async def ask_to_invite(services: Services, wanted: Invitation, *, by: Officer) -> int:
    """Ask a second administrator to let somebody in."""
    by.must(Permission.MANAGE_ACCESS)
    wanted = wanted.checked()
    async with services.unit() as unit:
        await _must_manage(services, unit, wanted.authority, by=by)
        await _must_manage_person(services, unit, wanted.name, by=by)
        if skeleton(wanted.name) in {skeleton(one) for one in await others(unit, wanted.name)}:
            raise NameTaken(name=wanted.name)
        for field in ({"name": wanted.name}, {"email": wanted.email}):
            if await accounts.by(unit.connection, **field):
                raise NameTaken(name=wanted.name)
        details = {
            "email": wanted.email,
            "full_name": wanted.full_name,
            "language": wanted.language.value,
            "role": wanted.role.value,
            "authority": wanted.authority,
            "training": "yes" if wanted.training else "",
        }
        return await _propose(services, unit, Act.INVITE, wanted.name, details, by=by.name)


async def ask_for_role(services: Services, name: str, role: Role, *, by: Officer) -> int:
    """Ask a second administrator to change what somebody may do."""
    by.must(Permission.MANAGE_ACCESS)
    async with services.unit() as unit:
        holder = await _named(unit.connection, name)
        await _must_manage(services, unit, holder.authority, by=by)
        details = {"role": role.value, "authority": holder.authority}
        return await _propose(services, unit, Act.ROLE, holder.name, details, by=by.name)


async def ask_for_token(
    services: Services,
    name: str,
    *,
    by: Officer,
    scopes: Sequence[Permission] = (),
    lasts: timedelta = TOKEN_LASTS,
) -> str:
    """A token that opens nothing until an administrator confirms it; shown once, now.

    One asks for one's own, or an administrator for somebody else.
    """
    if by.name != name:
        by.must(Permission.MANAGE_ACCESS)
    async with services.unit() as unit:
        holder = officer_of(await _named(unit.connection, name))
        if by.name != name:
            await _must_manage(services, unit, holder.authority.code, by=by)
        if not set(scopes) <= GRANTS[holder.role]:
            raise BadRequest(BAD_SCOPES, known=", ".join(sorted(GRANTS[holder.role])))
        return await _waiting_token(services, unit, holder, by=by.name, lasts=lasts, scopes=scopes)


async def ask_from_server(services: Services, wanted: Officer, *, by: str, lasts: timedelta) -> str:
    """The same for a program without an account, asked for on the server."""
    check_name(wanted.name)
    async with services.unit() as unit:
        return await _waiting_token(services, unit, wanted, by=by, lasts=lasts, scopes=())


async def confirm(services: Services, number: int, *, by: Officer) -> Done:
    """Let it take effect. Refused to whoever asked for it or is concerned; done once."""
    by.must(Permission.MANAGE_ACCESS)
    invited, link = None, ""
    async with services.unit() as unit:
        request = await _open_request(services, unit.connection, number)
        if by.name in {request.proposed_by, request.subject}:
            raise OwnRequest(officer=by.name)
        await _must_manage(services, unit, _place_of(request), by=by)
        if request.act is Act.INVITE:
            await _must_manage_person(services, unit, request.subject, by=by)
        await _decide(services, unit, request, "confirmed", by=by)
        match request.act:
            case Act.INVITE:
                invited = await _add(services, unit, _invitation(request), by=by.name)
                link = await invitation_link(services, unit, invited)
            case Act.ROLE:
                holder = await _named(unit.connection, request.subject)
                await accounts.change(
                    unit.connection, holder.id, role=Role(request.details["role"])
                )
            case Act.TOKEN:
                await access.release(unit.connection, request=number)
    if invited is None:
        return Done(request)
    mailed = await mail_invitation(services, invited, link)
    return Done(request, "" if mailed else link)


async def decline(services: Services, number: int, *, by: Officer) -> Request:
    """Let it be: any administrator may, whoever asked for it as well."""
    by.must(Permission.MANAGE_ACCESS)
    async with services.unit() as unit:
        request = await _open_request(services, unit.connection, number)
        await _must_manage(services, unit, _place_of(request), by=by)
        await _decide(services, unit, request, "declined", by=by)
        await access.end_waiting(unit.connection, request=number, now=services.now())
    return request


async def must_manage(services: Services, name: str, *, by: Officer) -> None:
    """Refuse to manage the account of somebody who works for an authority that is not below."""
    by.must(Permission.MANAGE_ACCESS)
    async with services.reading() as reading:
        holder = await _named(reading.connection, name)
        await _must_manage(services, reading, holder.authority, by=by)
        await _must_manage_person(services, reading, name, by=by)


async def end_account(services: Services, name: str, *, by: str) -> None:
    """Close an account: its sessions, tokens and links end at once. One administrator is enough.

    For whoever has seen to `must_manage`, or stands at the server.
    """
    if by == name:
        raise BadRequest(NOT_ONESELF)
    async with services.unit() as unit:
        holder = await _named(unit.connection, name)
        if not await accounts.end(unit.connection, holder.id, now=services.now()):
            raise NotFound(what=ACCOUNT, number=name)
        await access.end_named(unit.connection, name, now=services.now())
        await unit.record("account.ended", by=by, about=f"officer/{name}", at=services.now())


async def invite_again(services: Services, name: str, *, by: Officer) -> str:
    """Another letter to somebody who has not come in yet; a link where no letter could be sent."""
    by.must(Permission.MANAGE_ACCESS)
    holder = await account_named(services, name)
    await must_manage(services, name, by=by)
    if holder.ended_at is not None or holder.has_password or holder.passkeys:
        raise NotFound(what=ACCOUNT, number=name)
    async with services.unit() as unit:
        link = await invitation_link(services, unit, holder)
    return "" if await mail_invitation(services, holder, link) else link


async def first_administrator(services: Services, wanted: Invitation, *, by: str) -> str:
    """An administrator made from the server, while there are not two: a link to come in by."""
    if await memberships.two_can_confirm(services):
        raise BadRequest(ENOUGH)
    async with services.unit() as unit:
        made = await _add(services, unit, wanted.checked(), by=by)
        link = await invitation_link(services, unit, made)
    await mail_invitation(services, made, link)
    return link


async def break_glass(services: Services, wanted: Invitation, *, by: str) -> tuple[str, list[str]]:
    """A sealed account for the day nobody else can sign in: its password and codes, shown once.

    One at a time, for an administrator, who lets the others in; every administrator is told.
    """
    if wanted.role is not Role.ADMINISTRATOR:
        raise BadRequest(ADMINISTRATORS_ONLY)
    password = "-".join("".join(secrets.choice(codes.LETTERS) for _ in range(5)) for _ in range(5))
    made = codes.new_recovery_codes()
    kept = await services.hasher.hash(passwords.normal(password))
    async with services.unit() as unit:
        if any(
            one.sealed and one.ended_at is None for one in await accounts.listing(unit.connection)
        ):
            raise BadRequest(ONE_SEALED)
        account = await _add(services, unit, wanted.checked(), by=by, sealed=True)
        await accounts.change(unit.connection, account.id, password_hash=kept)
        await accounts.set_recovery_codes(
            unit.connection, account.id, [codes.recovery_hash(one) for one in made]
        )
    await warn_of_sealed(services, account, SEALED_MADE, SEALED_MADE_TEXT)
    return password, made


async def others(reading: Reading, name: str) -> set[str]:
    """Names of everybody else who has an account."""
    return {one.name for one in await accounts.listing(reading.connection)} - {name}


async def _add(
    services: Services, unit: Unit, wanted: Invitation, *, by: str, sealed: bool = False
) -> Account:
    number = await accounts.add(
        unit.connection,
        unit.database,
        name=wanted.name,
        email=wanted.email,
        full_name=wanted.full_name,
        language=wanted.language,
        role=wanted.role,
        authority=wanted.authority,
        training=wanted.training,
        now=services.now(),
        sealed=sealed,
    )
    if number is None:
        raise NameTaken(name=wanted.name)
    await unit.record(
        "account.sealed" if sealed else "account.made",
        by=by,
        about=f"officer/{wanted.name}",
        at=services.now(),
        details={"role": wanted.role, "authority": wanted.authority},
    )
    return await _named(unit.connection, wanted.name)


async def _waiting_token(
    services: Services,
    unit: Unit,
    holder: Officer,
    *,
    by: str,
    lasts: timedelta,
    scopes: Sequence[Permission],
) -> str:
    secret = new_token()
    details = {
        "role": holder.role.value,
        "authority": holder.authority.code,
        "scopes": " ".join(sorted(scopes)),
        "until": f"{services.now() + lasts:%Y-%m-%d}",
    }
    request = await _propose(services, unit, Act.TOKEN, holder.name, details, by=by)
    await keep_token(
        services, unit, secret, holder, by=by, lasts=lasts, scopes=scopes, waits_for=request
    )
    return secret


async def _propose(
    services: Services,
    unit: Unit,
    act: Act,
    subject: str,
    details: dict[str, str],
    *,
    by: str,
) -> int:
    # A token more is a token more; the others cannot be asked for twice at the same time.
    key = f"{act}:{subject}" if act is not Act.TOKEN else f"{act}:{secrets.token_hex(16)}"
    number = await requests.propose(
        unit.connection,
        unit.database,
        act=act,
        subject=subject,
        details=details,
        by=by,
        now=services.now(),
        key=key,
        lasts=LASTS,
    )
    if number is None:
        raise NameTaken(name=subject)
    said = {name: value for name, value in details.items() if name in SAID}
    await unit.record(
        f"{act}.proposed",
        by=by,
        about=f"officer/{subject}",
        at=services.now(),
        details={"request": number, **said},
    )
    return number


async def _decide(
    services: Services, unit: Unit, request: Request, decision: str, *, by: Officer
) -> None:
    if not await requests.decide(
        unit.connection, request.id, decision=decision, by=by.name, now=services.now()
    ):
        request = await _request(unit.connection, request.id)
        raise Decided(officer=request.decided_by, moment=request.decided_at)
    await unit.record(
        f"{request.act}.{decision}",
        by=by.name,
        about=f"officer/{request.subject}",
        at=services.now(),
        details={"request": request.id, "proposed_by": request.proposed_by},
    )


async def _must_manage(services: Services, reading: Reading, code: str, *, by: Officer) -> None:
    await standing.must_manage(services, reading, Permission.MANAGE_ACCESS, code, by=by)


async def _must_manage_person(
    services: Services, reading: Reading, name: str, *, by: Officer
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


def _place_of(request: Request) -> str:
    return request.details.get("authority", NATIONAL.code)


async def _open_request(services: Services, connection: AsyncConnection, number: int) -> Request:
    request = await _request(connection, number)
    if request.decided_at is None and request.proposed_at + LASTS <= services.now():
        raise ProposalLapsed(number=number)
    if request.decided_at is not None:
        raise Decided(officer=request.decided_by, moment=request.decided_at)
    return request


async def _request(connection: AsyncConnection, number: int) -> Request:
    found = await requests.load(connection, number)
    if found is None:
        raise NotFound(what=REQUEST, number=number)
    return found


async def _named(connection: AsyncConnection, name: str) -> Account:
    found = await accounts.by(connection, name=name)
    if found is None:
        raise NotFound(what=ACCOUNT, number=name)
    return found


def _invitation(request: Request) -> Invitation:
    return Invitation(
        name=request.subject,
        email=request.details["email"],
        full_name=request.details["full_name"],
        language=Language(request.details["language"]),
        role=Role(request.details["role"]),
        authority=_place_of(request),
        training=bool(request.details.get("training")),
    )
