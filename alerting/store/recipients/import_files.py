"""Files that wait, for a short while, until whoever brought them says yes."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import Kind
from alerting.store.tables import upload


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was brought."""

    id: str
    officer: str
    kind: Kind
    name: str
    content: bytes
    created_at: datetime


async def keep(connection: AsyncConnection, brought: Upload, *, forget_before: datetime) -> None:
    """Keep a file, and forget those nobody came back for."""
    await connection.execute(sa.delete(upload).where(upload.c.created_at < forget_before))
    await connection.execute(
        sa.insert(upload).values(
            id=brought.id,
            officer=brought.officer,
            kind=brought.kind,
            name=brought.name,
            content=brought.content,
            created_at=brought.created_at,
        )
    )


async def load(connection: AsyncConnection, number: str, officer: str) -> Upload | None:
    """A file this officer brought."""
    query = sa.select(upload).where(upload.c.id == number, upload.c.officer == officer)
    row = (await connection.execute(query)).mappings().first()
    return Upload(**{**row, "kind": Kind(row["kind"])}) if row else None


async def drop(connection: AsyncConnection, number: str) -> bool:
    """It is not needed any more; whether it was there."""
    done = await connection.execute(sa.delete(upload).where(upload.c.id == number))
    return bool(done.rowcount)
