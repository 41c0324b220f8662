"""Rows and queries for imports of lists as jobs."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.import_job import (
    FILE_NEEDED,
    OVER,
    UNDER_WAY,
    ImportFigures,
    ImportJob,
    ImportState,
    ImportStep,
)
from alerting.domain.recipient import RecipientKind, mentions
from alerting.store.database import Database
from alerting.store.recipients.import_folder import ImportFolder
from alerting.store.tables import import_job

MOST_DUE = 100


async def add(connection: AsyncConnection, database: Database, job: ImportJob) -> bool:
    """Add a job; False, and nothing is added, where another of the same list is under way."""
    row = asdict(job)
    row |= row.pop("figures")
    statement = database.insert(import_job).values(row).on_conflict_do_nothing()
    return bool((await connection.execute(statement)).rowcount)


async def load(connection: AsyncConnection, number: str) -> ImportJob | None:
    """One job."""
    query = sa.select(import_job).where(import_job.c.id == number)
    row = (await connection.execute(query)).mappings().first()
    return _job(row) if row else None


async def under_way(
    connection: AsyncConnection, kind: RecipientKind, list_name: str
) -> ImportJob | None:
    """The one that is read or saved now, for a list."""
    query = sa.select(import_job).where(
        import_job.c.kind == kind,
        import_job.c.list_name == list_name,
        import_job.c.state.in_(UNDER_WAY),
    )
    row = (await connection.execute(query)).mappings().first()
    return _job(row) if row else None


async def recent(
    connection: AsyncConnection, kind: RecipientKind, list_name: str, *, limit: int
) -> list[ImportJob]:
    """Those of a list, the newest first."""
    query = (
        sa.select(import_job)
        .where(import_job.c.kind == kind, import_job.c.list_name == list_name)
        .order_by(import_job.c.created_at.desc(), import_job.c.id)
        .limit(limit)
    )
    return [_job(row) for row in (await connection.execute(query)).mappings()]


async def due(connection: AsyncConnection, mark: str) -> list[ImportJob]:
    """Those under way whose files lie in the folder with this mark, the oldest first."""
    query = (
        sa.select(import_job)
        .where(import_job.c.folder == mark, import_job.c.state.in_(UNDER_WAY))
        .order_by(import_job.c.created_at, import_job.c.id)
        .limit(MOST_DUE)
    )
    return [_job(row) for row in (await connection.execute(query)).mappings()]


async def numbers_with_files(connection: AsyncConnection) -> frozenset[str]:
    """The jobs of which something may lie in a folder."""
    query = sa.select(import_job.c.id).where(
        sa.or_(import_job.c.state.in_(FILE_NEEDED), import_job.c.report != "")
    )
    return frozenset(await connection.scalars(query))


async def numbers_over(connection: AsyncConnection) -> frozenset[str]:
    """The jobs of which nothing may lie in a folder any more."""
    query = sa.select(import_job.c.id).where(
        import_job.c.state.in_(OVER), import_job.c.report == ""
    )
    return frozenset(await connection.scalars(query))


async def update_import_job(
    connection: AsyncConnection, number: str, state: ImportState, /, **values: Any
) -> bool:
    """Change a job if it still is in a state; whether it was."""
    done = await connection.execute(
        sa.update(import_job)
        .where(import_job.c.id == number, import_job.c.state == state)
        .values(**values)
    )
    return bool(done.rowcount)


async def begin_saving(connection: AsyncConnection, job: ImportJob, **values: Any) -> bool:
    """From READY to SAVING; False where another of the same list is under way."""
    try:
        async with connection.begin_nested():
            await update_import_job(
                connection, job.id, ImportState.READY, state=ImportState.SAVING, **values
            )
    except sa.exc.IntegrityError:
        return False
    return True


async def expire(connection: AsyncConnection, moment: datetime) -> int:
    """Forget what is kept of files uploaded, or imported, before a moment; of how many.

    Those that wait for a decision are over; of the others the row stays, without their contents.
    """
    old = import_job.c.changed_at < moment
    waiting = await connection.execute(
        sa.update(import_job)
        .where(old, import_job.c.state == ImportState.READY)
        .values(state=ImportState.CANCELLED, report="")
    )
    kept_result = await connection.execute(
        sa.update(import_job)
        .where(old, import_job.c.state.in_(OVER), import_job.c.report != "")
        .values(report="")
    )
    return waiting.rowcount + kept_result.rowcount


async def drop_before(connection: AsyncConnection, moment: datetime) -> int:
    """Delete the rows of jobs that ended before a moment; how many."""
    done = await connection.execute(
        sa.delete(import_job).where(import_job.c.changed_at < moment, import_job.c.state.in_(OVER))
    )
    return done.rowcount


async def forget_naming(
    connection: AsyncConnection,
    folder: ImportFolder | None,
    addresses: Iterable[str],
    officers: Collection[str] | None = None,
) -> int:
    """Delete the uploaded files that hold one of these addresses, of some officers or of all.

    With their jobs; how many. One whose rows are being saved is brought to its end, and nothing of
    it is kept then. A file in a folder of another machine, which cannot be read here, counts as one
    that does.
    """
    wanted, forgotten = tuple(addresses), 0
    query = sa.select(import_job).where(
        sa.or_(import_job.c.state.in_(FILE_NEEDED), import_job.c.report != "")
    )
    if officers is not None:
        query = query.where(import_job.c.officer.in_(sorted(officers)))
    for row in (await connection.execute(query)).mappings().all():
        job = _job(row)
        here = folder is not None and job.folder == folder.mark
        if here and not mentions(job.report, wanted):
            assert folder is not None  # noqa: S101  as was just asked
            if not await asyncio.to_thread(folder.names, job.id, wanted):
                continue
        forgotten += 1
        if job.state is ImportState.SAVING:
            await update_import_job(connection, job.id, job.state, forget=True)
        elif here and folder is not None:
            await connection.execute(sa.delete(import_job).where(import_job.c.id == job.id))
            folder.remove(job.id)
        else:  # whoever has the folder deletes what is over
            over = job.state if job.state in OVER else ImportState.CANCELLED
            await update_import_job(connection, job.id, job.state, state=over, report="")
    return forgotten


def _job(row: sa.RowMapping) -> ImportJob:
    given = dict(row)
    figures = ImportFigures(*(given.pop(name) for name in ("added", "changed", "left_out")))
    given |= {
        "kind": RecipientKind(given["kind"]),
        "state": ImportState(given["state"]),
        "step": ImportStep(given["step"]),
    }
    return ImportJob(**given, figures=figures)
