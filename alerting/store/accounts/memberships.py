"""Rows and queries for memberships: who is what, and where."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.authority import Level
from alerting.domain.credential import CredentialKind
from alerting.domain.officer import Membership, Role
from alerting.store import persons
from alerting.store.tables import (
    account,
    authority,
    credential,
    membership,
    passkey,
    person,
    recovery_code,
)

CAME_IN = sa.or_(
    account.c.password_hash != "",
    account.c.totp_sealed != "",
    account.c.subject.is_not(None),
    sa.exists().where(passkey.c.account_id == account.c.id),
    sa.exists().where(recovery_code.c.account_id == account.c.id),
    sa.exists().where(
        credential.c.account_id == account.c.id, credential.c.kind == CredentialKind.SESSION
    ),
)
"""Whether anybody ever used an account; an invitation alone is no use of it."""
_EMERGENCY = sa.exists().where(
    account.c.person_id == membership.c.person_id, account.c.emergency.is_(True)
)


async def grant(connection: AsyncConnection, wanted: Membership) -> int | None:
    """Keep a membership; its number comes back, or None where the same one is alive."""
    if await same(connection, wanted) is not None:
        return None
    number = wanted.person or await persons.number_of(connection, wanted.officer)
    row = {**asdict(wanted), "person_id": number}
    del row["id"], row["person"], row["officer"]
    made = await connection.execute(sa.insert(membership).values(**row).returning(membership.c.id))
    granted: int = made.scalar_one()
    return granted


async def same(connection: AsyncConnection, wanted: Membership) -> int | None:
    """The number of the living membership of the same person, place, role and kind."""
    query = (
        sa.select(membership.c.id)
        .join(person, person.c.id == membership.c.person_id)
        .where(
            person.c.name == wanted.officer,
            membership.c.authority == wanted.authority,
            membership.c.role == wanted.role,
            membership.c.training == wanted.training,
            membership.c.ended_at.is_(None),
        )
    )
    number: int | None = await connection.scalar(query)
    return number


async def find(connection: AsyncConnection, number: int) -> Membership | None:
    """A membership that is alive."""
    query = _whole().where(membership.c.id == number, membership.c.ended_at.is_(None))
    row = (await connection.execute(query)).mappings().first()
    return _membership(row) if row else None


async def membership_today(
    connection: AsyncConnection, number: int, roles: Collection[Role]
) -> Membership | None:
    """What gives the person of a membership, ended or not, one of these roles there today."""
    was = membership.alias("was")
    query = (
        _whole()
        .join(
            was,
            sa.and_(
                was.c.person_id == membership.c.person_id,
                was.c.authority == membership.c.authority,
                was.c.training == membership.c.training,
            ),
        )
        .where(
            was.c.id == number,
            membership.c.role.in_(sorted(roles)),
            membership.c.ended_at.is_(None),
        )
        .order_by(membership.c.id)
        .limit(1)
    )
    row = (await connection.execute(query)).mappings().first()
    return _membership(row) if row else None


async def memberships_of(connection: AsyncConnection, officer: str) -> list[Membership]:
    """Those of one person that are alive, the oldest first."""
    query = (
        _whole()
        .where(person.c.name == officer, membership.c.ended_at.is_(None))
        .order_by(membership.c.id)
    )
    return [_membership(row) for row in (await connection.execute(query)).mappings()]


async def list_memberships(
    connection: AsyncConnection, authorities: Collection[str] | None = None
) -> list[Membership]:
    """All there ever were, or those of some authorities, newest first."""
    query = _whole().order_by(membership.c.id.desc())
    if authorities is not None:
        query = query.where(membership.c.authority.in_(sorted(authorities)))
    return [_membership(row) for row in (await connection.execute(query)).mappings()]


async def living_at(
    connection: AsyncConnection,
    *,
    codes: Collection[str],
    levels: Collection[Level],
    roles: Collection[Role],
    now: datetime,
    lock: bool = False,
) -> list[Membership]:
    """Living memberships in some roles, at some authorities and all of some levels, of people who
    can get in.

    Without those of emergency accounts; `lock` holds them until the commit.
    """
    of_levels = sa.select(authority.c.code).where(authority.c.level.in_(sorted(levels)))
    query = _whole().where(
        membership.c.ended_at.is_(None),
        membership.c.role.in_(sorted(roles)),
        sa.or_(membership.c.authority.in_(sorted(codes)), membership.c.authority.in_(of_levels)),
        sa.not_(_EMERGENCY),
        _can_get_in(now),
    )
    if lock:
        query = query.order_by(membership.c.id).with_for_update(of=membership)
    return [_membership(row) for row in (await connection.execute(query)).mappings()]


async def by_person(
    connection: AsyncConnection, number: int | None = None
) -> dict[int, list[Membership]]:
    """Living memberships by the number of whose they are, the oldest first; of all, or of one."""
    query = _whole().where(membership.c.ended_at.is_(None)).order_by(membership.c.id)
    if number is not None:
        query = query.where(membership.c.person_id == number)
    found: dict[int, list[Membership]] = {}
    for row in (await connection.execute(query)).mappings():
        found.setdefault(row["person_id"], []).append(_membership(row))
    return found


async def held_at(connection: AsyncConnection, name: str) -> list[str]:
    """Codes of the authorities somebody works or worked for."""
    query = (
        sa.select(membership.c.authority)
        .join(person, person.c.id == membership.c.person_id)
        .where(person.c.name == name)
        .distinct()
    )
    return sorted(await connection.scalars(query))


async def end(connection: AsyncConnection, number: int, *, now: datetime) -> bool:
    """End a membership; False when it had ended, or never was."""
    ended = await connection.execute(
        sa.update(membership)
        .where(membership.c.id == number, membership.c.ended_at.is_(None))
        .values(ended_at=now)
        .returning(membership.c.id)
    )
    return ended.first() is not None


async def administrators(connection: AsyncConnection, *, now: datetime) -> int:
    """How many people can get in as administrators, trainees and emergency accounts apart."""
    query = sa.select(sa.func.count(membership.c.person_id.distinct())).where(
        membership.c.role == Role.ADMINISTRATOR,
        membership.c.training.is_(False),
        membership.c.ended_at.is_(None),
        sa.not_(_EMERGENCY),
        _can_get_in(now),
    )
    return await connection.scalar(query) or 0


def _can_get_in(now: datetime) -> sa.ColumnElement[bool]:
    """Whether whose membership it is can act under it today.

    By an account they have come in by, or a token of it that was confirmed and may all that its
    role grants.
    """
    by_account = sa.exists().where(
        account.c.person_id == membership.c.person_id, account.c.ended_at.is_(None), CAME_IN
    )
    by_token = sa.exists().where(
        credential.c.membership_id == membership.c.id,
        credential.c.kind == CredentialKind.TOKEN,
        credential.c.scopes == "",
        credential.c.expires_at > now,
        credential.c.ended_at.is_(None),
        credential.c.change_request_id.is_(None),
    )
    return sa.or_(by_account, by_token)


def _whole() -> sa.Select[Any]:
    """Memberships with the name of whose each is."""
    return sa.select(membership, person.c.name.label("officer")).join(
        person, person.c.id == membership.c.person_id
    )


def _membership(row: sa.RowMapping) -> Membership:
    fields = dict(row)
    number = fields.pop("person_id")
    return Membership(**{**fields, "person": number, "role": Role(fields["role"])})
