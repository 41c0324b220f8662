"""Files that wait, for a short while, until whoever brought them says yes."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import RecipientKind, mentions
from alerting.store.tables import import_file


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file as it was brought."""

    id: str
    officer: str
    kind: RecipientKind
    name: str
    content: bytes
    created_at: datetime


async def keep(connection: AsyncConnection, brought: ImportFile) -> None:
    """Keep a file."""
    await connection.execute(
        sa.insert(import_file).values(
            id=brought.id,
            officer=brought.officer,
            kind=brought.kind,
            name=brought.name,
            content=brought.content,
            created_at=brought.created_at,
        )
    )


async def load(connection: AsyncConnection, number: str, officer: str) -> ImportFile | None:
    """A file this officer brought."""
    query = sa.select(import_file).where(
        import_file.c.id == number, import_file.c.officer == officer
    )
    row = (await connection.execute(query)).mappings().first()
    return ImportFile(**{**row, "kind": RecipientKind(row["kind"])}) if row else None


async def drop(connection: AsyncConnection, number: str) -> bool:
    """It is not needed any more; whether it was there."""
    done = await connection.execute(sa.delete(import_file).where(import_file.c.id == number))
    return bool(done.rowcount)


async def drop_before(connection: AsyncConnection, moment: datetime) -> int:
    """Delete those brought before a moment; how many."""
    return (
        await connection.execute(sa.delete(import_file).where(import_file.c.created_at < moment))
    ).rowcount


async def drop_naming(connection: AsyncConnection, addresses: Iterable[str]) -> int:
    """Delete those that may hold one of these addresses; how many."""
    wanted = tuple(addresses)
    dropped = 0
    for number in list(await connection.scalars(sa.select(import_file.c.id))):
        content = await connection.scalar(
            sa.select(import_file.c.content).where(import_file.c.id == number)
        )
        if content is not None and await asyncio.to_thread(_may_hold, content, wanted):
            dropped += await drop(connection, number)
    return dropped


def _may_hold(content: bytes, addresses: Iterable[str]) -> bool:
    """In any encoding; a workbook is packed, and counts as one that does."""
    if content.startswith(b"PK"):
        return True
    # Without their zeros, letters of ASCII in UTF-16 are those of every other encoding.
    plain = content.replace(b"\0", b"").decode("latin-1")
    return mentions(f"{plain}\n{content.decode(errors='ignore')}", addresses)
