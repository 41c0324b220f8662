"""Who works here: memberships granted by two people, and tokens that carry them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from alerting.actions import authorization, change_requests
from alerting.actions.accounts.account_mails import notify_memberships_ended
from alerting.actions.authorities.manage import Code, require_no_authoritys_name
from alerting.actions.change_requests import Details, Matter
from alerting.domain.change_request import Act, ChangeRequest
from alerting.domain.errors import (
    BadRequest,
    NameTaken,
    NotFound,
    Stale,
    TwoAreNeeded,
)
from alerting.domain.ledger import SHELL, Actor
from alerting.domain.officer import GRANTS, Membership, Officer, Permission, Role
from alerting.domain.officer_names import is_a_name
from alerting.domain.text.i18n import msgid
from alerting.domain.text.look_alikes import skeleton
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.services import Services
from alerting.store import ReadTransaction, UnitOfWork, persons
from alerting.store.accounts import credentials as credential_rows
from alerting.store.accounts import memberships as membership_rows
from alerting.store.accounts import repository as account_rows


def _named(name: str) -> str:
    if not is_a_name(name):
        raise ValueError(
            msgid(
                "use lower-case letters, digits, dots, underscores and hyphens only; "
                "reserved names and government names are not allowed"
            )
        )
    return name


Name = Annotated[str, AfterValidator(_named)]
MIN_ADMINISTRATORS = 2
NEEDED: Mapping[Permission, int] = {
    Permission.APPROVE: 1,
    Permission.SEND: 1,
    Permission.BREAK_GLASS: 1,
    Permission.MANAGE_ACCESS: MIN_ADMINISTRATORS,
}
"""How many people of an authority can do this, below which nobody takes one away alone."""
BAD_SCOPES = msgid("A token cannot have more permissions than its holder: choose from {known}")


class MembershipDetails(Details):
    """What somebody is to be, and where."""

    officer: Name
    authority: Code
    role: Role
    training: bool = False


class GrantMembership:
    """Make a person a member of an authority, in a role."""

    permission: ClassVar = Permission.MANAGE_PEOPLE
    details: ClassVar = MembershipDetails

    async def matter(
        self,
        services: Services,
        reading: ReadTransaction,
        details: MembershipDetails,
        *,
        by: Officer,
    ) -> Matter:
        """The authority's, and theirs for whom the person works already."""
        connection = reading.connection
        authority = await authorization.authority(services, connection, details.authority)
        await require_distinct_name(reading, details.officer)
        await require_no_authoritys_name(services, reading, (details.officer,))
        held = await current_memberships(reading, details.officer)
        theirs = {
            one.authority
            for one in await membership_rows.memberships_of(connection, details.officer)
        }
        works_for = [
            await authorization.authority(services, connection, code)
            for code in sorted(theirs - {authority.code})
        ]
        return Matter(
            authority.code, authority.territory, held, details.officer, works_for=tuple(works_for)
        )

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        details: MembershipDetails,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> str:
        """Grant it; one that is alive already is left as it is."""
        await grant(services, unit, details, granted_by=request.requested_by, confirmed_by=by)
        return ""


class TokenDetails(Details):
    """Whose token, under which membership, for how long."""

    officer: Name
    membership: Annotated[int, Field(ge=1, le=MAX_INTEGER)]
    days: Annotated[int, Field(ge=1, le=366)] = 90
    scopes: Annotated[tuple[Permission, ...], Field(max_length=len(Permission))] = ()
    """What it may at most, each one named, so that whoever confirms it reads them."""
    asked_with: Annotated[int, Field(ge=0, le=MAX_INTEGER)] = 0
    """The number of the token it was asked for with; 0 for a browser session or the server."""


class MakeToken:
    """Make an API token, which works under one membership."""

    permission: ClassVar = Permission.MANAGE_ACCESS
    details: ClassVar = TokenDetails

    async def matter(
        self, services: Services, reading: ReadTransaction, details: TokenDetails, *, by: Officer
    ) -> Matter:
        """That of the membership's authority."""
        officer = await authorization.member_named(
            services, reading, details.officer, details.membership
        )
        if not set(details.scopes) <= GRANTS[officer.role]:
            raise BadRequest(BAD_SCOPES, known=", ".join(sorted(GRANTS[officer.role])))
        now = [officer.membership, officer.role]
        return Matter(officer.authority.code, officer.authority.territory, now, details.officer)

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        details: TokenDetails,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> str:
        """Let the token open that waits for this: its holder has it already, and nobody else."""
        if not await credential_rows.release(unit.connection, request=request.id):
            raise Stale(number=request.id)
        return ""


class RoleDetails(Details):
    """Which membership is to become one in which other role."""

    officer: Name
    membership: Annotated[int, Field(ge=1, le=MAX_INTEGER)]
    role: Role


class ChangeRole:
    """Another role for a member, in the place of the one they have."""

    permission: ClassVar = Permission.MANAGE_ACCESS
    details: ClassVar = RoleDetails

    async def matter(
        self,
        services: Services,
        reading: ReadTransaction,
        role_details: RoleDetails,
        *,
        by: Officer,
    ) -> Matter:
        """That of the membership's authority."""
        officer = await authorization.member_named(
            services, reading, role_details.officer, role_details.membership
        )
        held = await current_memberships(reading, role_details.officer)
        return Matter(
            officer.authority.code,
            officer.authority.territory,
            held,
            role_details.officer,
            before={"role": officer.role.value},
        )

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        role_details: RoleDetails,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> str:
        """End the one and grant the other."""
        await change_role(
            services,
            unit,
            role_details.officer,
            role_details.membership,
            role_details.role,
            requested_by=request.requested_by,
            by=by,
        )
        return ""


class EndDetails(Details):
    """Which membership is to end."""

    officer: Name
    membership: Annotated[int, Field(ge=1, le=MAX_INTEGER)]


class EndMembership:
    """End a membership without which an authority cannot approve, send or be managed by two."""

    permission: ClassVar = Permission.MANAGE_PEOPLE
    details: ClassVar = EndDetails

    async def matter(
        self, services: Services, reading: ReadTransaction, end_details: EndDetails, *, by: Officer
    ) -> Matter:
        """That of the membership's authority."""
        officer = await authorization.member_named(
            services, reading, end_details.officer, end_details.membership
        )
        now = [officer.membership, officer.role]
        return Matter(officer.authority.code, officer.authority.territory, now, end_details.officer)

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        end_details: EndDetails,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> str:
        """End it."""
        found = await membership_rows.find(unit.connection, end_details.membership)
        await end_these(services, unit, [found] if found else [], by=by, but=request.id)
        return ""


async def require_distinct_name(reading: ReadTransaction, name: str) -> None:
    """Refuse the name of somebody new that reads like that of somebody who is or was here."""
    known = await persons.names(reading.connection)
    if name not in known and skeleton(name) in {skeleton(one) for one in known}:
        raise NameTaken(name=name)


async def current_memberships(reading: ReadTransaction, name: str) -> object:
    """What somebody is today, as JSON values: their number, and each living membership."""
    number = await persons.find(reading.connection, name)
    memberships = await membership_rows.memberships_of(reading.connection, name)
    return [
        number,
        [
            [membership.id, membership.authority, membership.role, membership.training]
            for membership in memberships
        ],
    ]


async def grant(
    services: Services,
    unit: UnitOfWork,
    details: MembershipDetails,
    *,
    granted_by: str,
    confirmed_by: Officer | Actor,
) -> int | None:
    """Write a membership, and who granted it; for whoever has seen to the second person.

    Its number; None where the same one was alive.
    """
    made = Membership(
        officer=details.officer,
        authority=details.authority,
        role=details.role,
        training=details.training,
        granted_by=granted_by,
        granted_at=services.now(),
        confirmed_by=confirmed_by.name,
    )
    number = await membership_rows.grant(unit.connection, made)
    if number is not None:
        await record_grant(unit, replace(made, id=number), by=confirmed_by)
    return number


async def grant_from_shell(services: Services, details: MembershipDetails) -> None:
    """Grant a membership alone, from a shell on the server: see `shell_may`."""
    async with services.unit() as unit:
        await authorization.authority(services, unit.connection, details.authority)
        await require_distinct_name(unit, details.officer)
        await grant(services, unit, details, granted_by=SHELL.name, confirmed_by=SHELL)


async def memberships_of(services: Services, name: str) -> list[Membership]:
    """What a person is today, the oldest membership first: who signs in chooses among them."""
    async with services.reading() as reading:
        return await membership_rows.memberships_of(reading.connection, name)


async def list_memberships(services: Services, *, by: Officer) -> list[Membership]:
    """Memberships in the authorities of the officer's territory, ended ones too, newest first."""
    by.must(Permission.MANAGE_PEOPLE)
    async with services.reading() as reading:
        inside = await authorization.subordinate_authorities(services, reading, by=by)
        return await membership_rows.list_memberships(reading.connection, inside)


async def change_role(
    services: Services,
    unit: UnitOfWork,
    name: str,
    number: int,
    role: Role,
    *,
    requested_by: str,
    by: Officer,
) -> None:
    """End a membership and grant another in its place; tokens end with it.

    Browser sessions go on under the new one, and ask for the proof that its role takes.
    """
    before = await authorization.member_named(services, unit, name, number)
    if found := await membership_rows.find(unit.connection, number):
        await _record_end(services, unit, found, by=by)
    await membership_rows.end(unit.connection, number, now=services.now())
    await change_requests.end_requests_under(services, unit, number, by=by)
    details = MembershipDetails(
        officer=name, authority=before.authority.code, role=role, training=before.training
    )
    await grant(services, unit, details, granted_by=requested_by, confirmed_by=by)
    memberships = (await membership_rows.by_person(unit.connection, before.person))[before.person]
    after = next(
        one for one in memberships if (one.authority, one.role) == (details.authority, role)
    )
    await credential_rows.move_sessions(unit.connection, number, after.id)


async def _record_end(
    services: Services, unit: UnitOfWork, ended: Membership, *, by: Officer | Actor
) -> None:
    await unit.record(
        "membership.ended",
        by=by,
        about=f"officer/{ended.officer}",
        at=services.now(),
        details={"membership": ended.id, "authority": ended.authority, "role": ended.role},
    )


async def end_membership(services: Services, number: int, *, by: Officer) -> int | None:
    """End a membership, and with it its tokens and sessions: at once, and by one person.

    Where it leaves its authority with too few (`leaves_too_few`), a second administrator is asked,
    and the number of that request comes back. The authority's administrators are told of the end.
    """
    async with services.unit() as unit:
        found = await membership_rows.find(unit.connection, number)
        inside = await authorization.subordinate_authorities(services, unit, by=by)
        if found is None or (inside is not None and found.authority not in inside):
            raise NotFound(what=authorization.MEMBERSHIP, number=number)
        place = await authorization.authority(services, unit.connection, found.authority)
        authorization.require_territory(services, Permission.MANAGE_PEOPLE, place.territory, by=by)
        if await leaves_too_few(unit, [found], now=services.now()):
            end_details = EndDetails(officer=found.officer, membership=number)
            matter = await EndMembership().matter(services, unit, end_details, by=by)
            change_request, _ = await change_requests.add_change_request(
                services, unit, Act.END_MEMBERSHIP, end_details, matter, by=by
            )
            return change_request.id
        await end_these(services, unit, [found], by=by)
    return None


async def leaves_too_few(unit: UnitOfWork, ended: Sequence[Membership], *, now: datetime) -> bool:
    """Whether an authority would lose the last who approve, send or send alone, the second person
    an alert takes, or the second administrator.

    Training and emergency accounts count for nothing, nor does anybody who cannot get in. Who is
    there stays so until the commit.
    """
    over = {membership.id for membership in ended}
    for authority in sorted({membership.authority for membership in ended}):
        existing_memberships = [
            membership
            for membership in await membership_rows.living_at(
                unit.connection,
                codes={authority},
                levels=(),
                roles=list(Role),
                now=now,
                lock=True,
            )
            if not membership.training
        ]
        stay = [membership for membership in existing_memberships if membership.id not in over]
        for permission, enough in NEEDED.items():
            before, after = (
                len(_able(existing_memberships, permission)),
                len(_able(stay, permission)),
            )
            if after < before and after < enough:
                return True
        if _two_can_alert(existing_memberships) and not _two_can_alert(stay):
            return True
    return False


def _able(existing_memberships: Sequence[Membership], permission: Permission) -> set[int]:
    return {
        membership.person
        for membership in existing_memberships
        if permission in GRANTS[membership.role]
    }


def _two_can_alert(existing_memberships: Sequence[Membership]) -> bool:
    """Whether one can write what another approves: nobody approves what they wrote themselves."""
    approve, write = (
        _able(existing_memberships, Permission.APPROVE),
        _able(existing_memberships, Permission.DRAFT),
    )
    return bool(approve and write) and len(approve | write) > 1


async def end_these(
    services: Services,
    unit: UnitOfWork,
    ended: Sequence[Membership],
    *,
    by: Officer | Actor,
    but: int = 0,
) -> None:
    """End memberships, and what was requested under them (`but` one request, which is decided).

    For whoever has seen to the second person. The administrators of each authority are told, and
    whose membership it was.
    """
    everyone = await account_rows.list_accounts(unit.connection)
    for membership in ended:
        await membership_rows.end(unit.connection, membership.id, now=services.now())
        await _record_end(services, unit, membership, by=by)
        await change_requests.end_requests_under(services, unit, membership.id, by=by, but=but)
    names = {
        membership.authority: (
            await authorization.authority(services, unit.connection, membership.authority)
        )
        for membership in ended
    }
    await notify_memberships_ended(services, unit, everyone, ended, names, by=by.name)


async def shell_may(services: Services) -> None:
    """Let whoever has a shell on the server begin: until two administrators can get in.

    After that, TwoAreNeeded: what changes who may do what takes two people by name. When their
    tokens have ended, the shell begins again.
    """
    if await two_can_confirm(services):
        raise TwoAreNeeded


async def two_can_confirm(services: Services) -> bool:
    """Whether there are two administrators who can get in: one requests, the other confirms."""
    async with services.reading() as reading:
        return (
            await membership_rows.administrators(reading.connection, now=services.now())
            >= MIN_ADMINISTRATORS
        )


async def as_member(
    services: Services, unit: UnitOfWork, officer: Officer, *, by: Officer | Actor
) -> Officer:
    """The officer under their membership, which is granted where there is none like it."""
    if officer.membership:
        return officer
    membership = Membership(
        officer=officer.name,
        authority=officer.authority.code,
        role=officer.role,
        training=officer.training,
        granted_by=by.name,
        granted_at=services.now(),
        confirmed_by=by.name,
    )
    number = await membership_rows.grant(unit.connection, membership)
    if number is not None:
        await record_grant(unit, replace(membership, id=number), by=by)
    else:
        number = await membership_rows.same(unit.connection, membership)
    person = await persons.number_of(unit.connection, officer.name)
    return replace(officer, membership=number or 0, person=person)


async def record_grant(unit: UnitOfWork, granted: Membership, *, by: Officer | Actor) -> None:
    """Write a membership that was granted into the ledger."""
    await unit.record(
        "membership.granted",
        by=by,
        about=f"officer/{granted.officer}",
        at=granted.granted_at,
        details={
            "membership": granted.id,
            "authority": granted.authority,
            "role": granted.role,
            "training": granted.training,
            "requested_by": granted.granted_by,
        },
    )
