"""Rows and queries for the processes that send: their beats, and the leases of the dead."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from alerting.store.database import Database
from alerting.store.tables import chunk, worker

SILENT = timedelta(seconds=30)
"""Longer than any worker is silent, and than clocks of two machines should differ by."""


class Worker(NamedTuple):
    """A process that sends, and how many chunks it has in hand."""

    name: str
    started_at: datetime
    seen_at: datetime
    chunks: int
    journal_fault: str = ""
    """What keeps it from keeping journals of what it sends ("ENOSPC"): if it is killed, chunks of
    its are in doubt as a whole."""

    def lives(self, now: datetime) -> bool:
        """Whether it showed a sign of life lately. For people to see: leases go by beats alone."""
        return self.seen_at > now - SILENT


def beat(
    connection: sa.Connection,
    database: Database,
    name: str,
    *,
    now: datetime,
    journal_fault: str = "",
) -> dict[str, int]:
    """One beat of one's own; answers how often each worker there is has beaten."""
    said = {"seen_at": now, "journal_fault": journal_fault}
    statement = database.insert(worker).values(id=name, beat=1, started_at=now, **said)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_={"beat": worker.c.beat + 1, **said}
        )
    )
    rows = connection.execute(sa.select(worker.c.id, worker.c.beat))
    return {row.id: row.beat for row in rows}


def listed(connection: sa.Connection) -> list[Worker]:
    """Every worker that has a row, dead or not, the oldest first."""
    held = sa.func.count(chunk.c.id)
    query = (
        sa.select(worker.c.id, worker.c.started_at, worker.c.seen_at, held, worker.c.journal_fault)
        .outerjoin(chunk, sa.and_(chunk.c.state == "leased", chunk.c.leased_by == worker.c.id))
        .group_by(worker.c.id, worker.c.started_at, worker.c.seen_at, worker.c.journal_fault)
        .order_by(worker.c.started_at, worker.c.id)
    )
    return [Worker(*row) for row in connection.execute(query)]


def remove_worker(connection: sa.Connection, names: Collection[str]) -> None:
    """Delete the rows of these workers."""
    connection.execute(sa.delete(worker).where(worker.c.id.in_(sorted(names))))


def remove_all_workers_except(connection: sa.Connection, name: str) -> None:
    """Delete the rows of all other workers: for one that knows to be alone."""
    connection.execute(sa.delete(worker).where(worker.c.id != name))


def free(connection: sa.Connection, *, now: datetime) -> int:
    """Chunks whose worker is gone become ready, in doubt; their number.

    One statement, so that a worker which appears meanwhile is never taken for dead. Whose they were
    stays written down, for whoever finds its journal.
    """
    freed = connection.execute(
        sa.update(chunk)
        .where(chunk.c.state == "leased", chunk.c.leased_by.not_in(sa.select(worker.c.id)))
        .values(state="ready", due_at=now, in_doubt=True)
        .returning(chunk.c.id)
    )
    return len(freed.all())
