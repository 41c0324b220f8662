"""Rows and queries for recipients."""

from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.audience import Kind, Recipient
from alerting.domain.language import Language
from alerting.store.database import Database
from alerting.store.schema import recipient

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


async def count(connection: AsyncConnection, kind: Kind) -> int:
    """How many stand on one list."""
    return (
        await connection.scalar(
            sa.select(sa.func.count()).select_from(recipient).where(recipient.c.kind == kind)
        )
    ) or 0


async def find(connection: AsyncConnection, number: int) -> Recipient | None:
    """One recipient by number."""
    row = (
        (await connection.execute(sa.select(recipient).where(recipient.c.id == number)))
        .mappings()
        .first()
    )
    if row is None:
        return None
    fields = dict(row)
    del fields["id"]
    return Recipient(
        **{**fields, "kind": Kind(fields["kind"]), "language": Language(fields["language"])}
    )
