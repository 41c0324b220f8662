"""Rows and queries for recipients."""

from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.audience import Kind, Recipient
from alerting.domain.authority import EVERYWHERE, Territory
from alerting.domain.language import Language
from alerting.store.database import Database
from alerting.store.schema import recipient
from alerting.store.territory import lives_in

BATCH = 500


async def save(
    connection: AsyncConnection, database: Database, people: Sequence[Recipient]
) -> None:
    """Insert recipients, or bring those with the same reference up to date."""
    for start in range(0, len(people), BATCH):
        rows = [asdict(person) for person in people[start : start + BATCH]]
        statement = database.insert(recipient)
        changed = {
            name: statement.excluded[name]
            for name in ("language", "nis", "name", "phone", "email", "outlet")
        }
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["kind", "reference"], set_=changed),
            rows,
        )


async def count(connection: AsyncConnection, kind: Kind, territory: Territory = EVERYWHERE) -> int:
    """How many stand on one list, of those who live in a territory."""
    return (
        await connection.scalar(
            sa.select(sa.func.count())
            .select_from(recipient)
            .where(recipient.c.kind == kind, *lives_in(territory))
        )
    ) or 0


async def by_address(
    connection: AsyncConnection, address: str, territory: Territory
) -> list[tuple[int, Recipient]]:
    """Those with exactly this telephone number or mail address, numbered, in a territory."""
    query = (
        sa.select(recipient)
        .where(
            sa.or_(recipient.c.phone == address, recipient.c.email == address),
            *lives_in(territory),
        )
        .order_by(recipient.c.id)
        .limit(BATCH)
    )
    return [(row["id"], _recipient(row)) for row in (await connection.execute(query)).mappings()]


async def kept_elsewhere(
    connection: AsyncConnection, people: Sequence[Recipient], territory: Territory
) -> int:
    """How many of these references stand on the same list for somebody outside a territory."""
    if territory.everywhere:
        return 0
    found = 0
    outside = sa.not_(sa.and_(*lives_in(territory)))
    for start in range(0, len(people), BATCH):
        some = people[start : start + BATCH]
        query = sa.select(sa.func.count()).where(
            recipient.c.kind == some[0].kind,
            recipient.c.reference.in_([one.reference for one in some]),
            outside,
        )
        found += await connection.scalar(query) or 0
    return found


async def find(connection: AsyncConnection, number: int) -> Recipient | None:
    """One recipient by number."""
    row = (
        (await connection.execute(sa.select(recipient).where(recipient.c.id == number)))
        .mappings()
        .first()
    )
    return _recipient(row) if row is not None else None


def _recipient(row: sa.RowMapping) -> Recipient:
    fields = dict(row)
    del fields["id"]
    return Recipient(
        **{**fields, "kind": Kind(fields["kind"]), "language": Language(fields["language"])}
    )
