"""Rows and queries for groups of recipients: named by officers, within one list."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import GROUP_COUNTED_TO, RecipientKind
from alerting.store.database import Database
from alerting.store.tables import group_member, recipient_group


@dataclass(frozen=True, slots=True)
class Group:
    """A group and how many are in it, counted up to GROUP_COUNTED_TO."""

    id: int
    kind: RecipientKind
    name: str
    members: int


async def list_groups(
    connection: AsyncConnection,
    kind: RecipientKind,
    authorities: Collection[str] | None,
    *,
    after: str = "",
    limit: int,
) -> list[Group]:
    """Groups of one list by name, behind `after`, without their members' number.

    Those that one of `authorities` named, or several; all for None.
    """
    query = (
        sa.select(recipient_group)
        .where(recipient_group.c.kind == kind, recipient_group.c.name > after)
        .order_by(recipient_group.c.name)
        .limit(limit)
    )
    if authorities is not None:
        their_binary_expression = recipient_group.c.authority.in_(sorted(authorities))
        query = query.where(sa.or_(recipient_group.c.shared, their_binary_expression))
    return [Group(row.id, kind, row.name, 0) for row in await connection.execute(query)]


async def counted(connection: AsyncConnection, groups: Iterable[Group]) -> list[Group]:
    """Groups with how many members each has."""
    return [replace(group, members=await _members(connection, group.id)) for group in groups]


async def known_among(
    connection: AsyncConnection, kind: RecipientKind, names: Collection[str]
) -> set[str]:
    """Those of these names that groups of a list bear already."""
    wanted = sorted(set(names))
    found: set[str] = set()
    for start in range(0, len(wanted), GROUP_COUNTED_TO):
        query = sa.select(recipient_group.c.name).where(
            recipient_group.c.kind == kind,
            recipient_group.c.name.in_(wanted[start : start + GROUP_COUNTED_TO]),
        )
        found.update(await connection.scalars(query))
    return found


async def number_of(connection: AsyncConnection, kind: RecipientKind, authority: str) -> int:
    """How many groups of a list an authority named first."""
    query = sa.select(sa.func.count()).where(
        recipient_group.c.kind == kind, recipient_group.c.authority == authority
    )
    return await connection.scalar(query) or 0


async def load(connection: AsyncConnection, number: int, *, lock: bool = False) -> Group | None:
    """One group; with `lock` held until commit."""
    query = sa.select(recipient_group).where(recipient_group.c.id == number)
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).first()
    return (
        Group(row.id, RecipientKind(row.kind), row.name, await _members(connection, number))
        if row
        else None
    )


async def groups_of(connection: AsyncConnection, recipient: int) -> tuple[str, ...]:
    """The names of the groups one recipient is in."""
    rows = await connection.scalars(
        sa.select(recipient_group.c.name)
        .join(group_member, group_member.c.group_id == recipient_group.c.id)
        .where(group_member.c.recipient_id == recipient)
        .order_by(recipient_group.c.name)
    )
    return tuple(rows)


async def of_each(
    connection: AsyncConnection, recipients: Iterable[int]
) -> dict[int, frozenset[str]]:
    """The names of the groups each of these recipients is in; of those who are in any."""
    rows = await connection.execute(
        sa.select(group_member.c.recipient_id, recipient_group.c.name)
        .join(recipient_group, group_member.c.group_id == recipient_group.c.id)
        .where(group_member.c.recipient_id.in_(sorted(recipients)))
    )
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row.recipient_id, set()).add(row.name)
    return {number: frozenset(names) for number, names in found.items()}


async def rename(connection: AsyncConnection, number: int, name: str) -> None:
    """Another name for a group."""
    await connection.execute(
        sa.update(recipient_group).where(recipient_group.c.id == number).values(name=name)
    )


async def remove(connection: AsyncConnection, number: int) -> None:
    """Take a group away; its members stay on the list."""
    await connection.execute(sa.delete(group_member).where(group_member.c.group_id == number))
    await connection.execute(sa.delete(recipient_group).where(recipient_group.c.id == number))


async def ensure(
    connection: AsyncConnection,
    database: Database,
    kind: RecipientKind,
    names: Iterable[str],
    authority: str,
) -> dict[str, int]:
    """The numbers of these groups, made where they are not there yet, as an authority names them.

    What another one named first is shared from now on.
    """
    wanted = sorted(set(names))
    if not wanted:
        return {}
    statement = database.insert(recipient_group).values(
        [{"kind": kind, "name": name, "authority": authority} for name in wanted]
    )
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "name"],
            set_={"shared": True},
            where=recipient_group.c.authority != statement.excluded.authority,
        )
    )
    rows = await connection.execute(
        sa.select(recipient_group.c.name, recipient_group.c.id).where(
            recipient_group.c.kind == kind, recipient_group.c.name.in_(wanted)
        )
    )
    return {row.name: row.id for row in rows}


async def assign(
    connection: AsyncConnection,
    database: Database,
    kind: RecipientKind,
    members: Mapping[int, tuple[str, ...]],
    authority: str,
) -> None:
    """Put each of these recipients into exactly these groups, as an authority names them."""
    named = (name for names in members.values() for name in names)
    numbers = await ensure(connection, database, kind, named, authority)
    await connection.execute(
        sa.delete(group_member).where(group_member.c.recipient_id.in_(sorted(members)))
    )
    rows = sorted({(numbers[name], one) for one, names in members.items() for name in names})
    if rows:
        await connection.execute(
            sa.insert(group_member),
            [{"group_id": group, "recipient_id": one} for group, one in rows],
        )


async def _members(connection: AsyncConnection, number: int) -> int:
    some = (
        sa.select(sa.literal(1).label("one"))
        .where(group_member.c.group_id == number)
        .limit(GROUP_COUNTED_TO + 1)
        .subquery()
    )
    return await connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0
