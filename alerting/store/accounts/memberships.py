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
from alerting.store.tables import account, authority, credential, membership, person


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


async def still(
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


async def of(connection: AsyncConnection, officer: str) -> list[Membership]:
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
    lock: bool = False,
) -> list[Membership]:
    """Living memberships in some roles, at some authorities and all of some levels.

    Without those of emergency accounts; `lock` holds them until the commit.
    """
    of_levels = sa.select(authority.c.code).where(authority.c.level.in_(sorted(levels)))
    emergency = sa.exists().where(
        account.c.person_id == membership.c.person_id, account.c.emergency.is_(True)
    )
    query = _whole().where(
        membership.c.ended_at.is_(None),
        membership.c.role.in_(sorted(roles)),
        sa.or_(membership.c.authority.in_(sorted(codes)), membership.c.authority.in_(of_levels)),
        sa.not_(emergency),
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
    """How many people can get in as administrators: by an account, or a member's token."""
    by_account = (
        sa.select(membership.c.person_id)
        .join_from(membership, account, account.c.person_id == membership.c.person_id)
        .where(
            membership.c.role == Role.ADMINISTRATOR,
            membership.c.training.is_(False),
            membership.c.ended_at.is_(None),
            account.c.ended_at.is_(None),
            account.c.emergency.is_(False),
        )
    )
    by_token = (
        sa.select(membership.c.person_id)
        .join_from(membership, credential, credential.c.membership_id == membership.c.id)
        .where(
            membership.c.role == Role.ADMINISTRATOR,
            membership.c.training.is_(False),
            membership.c.ended_at.is_(None),
            credential.c.kind == CredentialKind.TOKEN,
            credential.c.expires_at > now,
            credential.c.ended_at.is_(None),
        )
    )
    everybody = sa.union(by_account, by_token).subquery()
    return await connection.scalar(sa.select(sa.func.count()).select_from(everybody)) or 0


def _whole() -> sa.Select[Any]:
    """Memberships with the name of whose each is."""
    return sa.select(membership, person.c.name.label("officer")).join(
        person, person.c.id == membership.c.person_id
    )


def _membership(row: sa.RowMapping) -> Membership:
    fields = dict(row)
    number = fields.pop("person_id")
    return Membership(**{**fields, "person": number, "role": Role(fields["role"])})
