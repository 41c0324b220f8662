"""Files that wait, for a short while, until whoever brought them says yes."""

import asyncio
import html
import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import RecipientKind, mentions
from alerting.store.tables import import_file

UNFOLDED_BYTES = 50_000_000
"""Of a workbook; an import refuses one that unfolds to more."""
CELL = re.compile(r"</?(?:\w+:)?(?:c|si|v|is|p|table-cell|row)(?=[\s/>])")
"""Where a cell of a workbook begins or ends; the rest of its tags format parts of its text."""
TAG = re.compile(r"<[^<>]*>")


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


async def drop_naming(
    connection: AsyncConnection,
    addresses: Iterable[str],
    officers: Collection[str] | None = None,
) -> int:
    """Delete those that hold one of these addresses, of some officers or of all; how many."""
    wanted = tuple(addresses)
    dropped = 0
    query = sa.select(import_file.c.id)
    if officers is not None:
        query = query.where(import_file.c.officer.in_(sorted(officers)))
    for number in list(await connection.scalars(query)):
        content = await connection.scalar(
            sa.select(import_file.c.content).where(import_file.c.id == number)
        )
        if content is not None and await asyncio.to_thread(_holds, content, wanted):
            dropped += await drop(connection, number)
    return dropped


def _holds(content: bytes, addresses: Sequence[str]) -> bool:
    """In any encoding; of a workbook, what is packed in it."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        return _workbook_holds(content, addresses)
    # Without their zeros, letters of ASCII in UTF-16 are those of every other encoding.
    plain = content.replace(b"\0", b"").decode("latin-1")
    return mentions(f"{plain}\n{content.decode(errors='ignore')}", addresses)


def _workbook_holds(content: bytes, addresses: Sequence[str]) -> bool:
    """One that unfolds to more than an import reads, or is locked, counts as one that does."""
    left = UNFOLDED_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.infolist():
                with archive.open(part) as stream:
                    data = stream.read(left + 1)
                left -= len(data)
                if left < 0:
                    return True
                text = html.unescape(TAG.sub("", CELL.sub("\n", data.decode(errors="ignore"))))
                if mentions(text, addresses):
                    return True
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        return True
    return False
