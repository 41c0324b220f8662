"""One transaction: the only place that commits, and the jobs that follow it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.errors import FirstInProgress
from alerting.domain.jobs import Job, Publish, Wake
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer
from alerting.store import ledger as ledger_rows
from alerting.store import publications as publication_rows
from alerting.store.accounts import idempotency_keys
from alerting.store.database import Database


@dataclass(slots=True)
class ReadTransaction:
    """A connection to read from."""

    connection: AsyncConnection
    database: Database


@dataclass(slots=True)
class UnitOfWork(ReadTransaction):
    """A connection that commits at the end, what it records, and what it wakes afterwards."""

    wakes: list[Wake] = field(default_factory=list)

    async def record(
        self,
        what: str,
        *,
        by: Officer | Actor,
        about: str,
        at: datetime,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the act into the ledger, in this same transaction.

        `by` says who acted and by what they were let in: a name alone would say neither.
        FirstInProgress where the request was given up for lost, and another does the same.
        """
        if not await idempotency_keys.mark_acted(self.connection, at):
            raise FirstInProgress
        await ledger_rows.append(
            self.database,
            self.connection,
            at=at,
            by=by if isinstance(by, Actor) else by.actor,
            what=what,
            about=about,
            details=details or {},
        )

    @asynccontextmanager
    async def locks_within(self, most: timedelta) -> AsyncIterator[None]:
        """Fail (sqlalchemy.exc.DBAPIError) where a row is held by others for longer than `most`.

        Of PostgreSQL. SQLite has one lock, taken when the transaction began.
        """
        if self.database.is_sqlite:
            yield
            return
        within = int(most / timedelta(milliseconds=1))
        await self.connection.execute(sa.text(f"SET LOCAL lock_timeout = {within}"))
        yield
        await self.connection.execute(sa.text("SET LOCAL lock_timeout = DEFAULT"))

    def after_commit(self, job: Job, at: datetime | None = None) -> None:
        """Queue a job when, and only when, this transaction has committed."""
        self.wakes.append(Wake(job, at))


@asynccontextmanager
async def unit(database: Database) -> AsyncIterator[UnitOfWork]:
    """A transaction with everything a change of state needs.

    Where something is to be published after it, whoever publishes is woken.
    """
    async with database.writing() as connection:
        opened = UnitOfWork(connection, database)
        try:
            yield opened
        finally:
            if (added := publication_rows.forget_added(connection)) is not None:
                opened.after_commit(Publish(added))


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[ReadTransaction]:
    """A transaction for looking only."""
    async with database.reading() as connection:
        yield ReadTransaction(connection, database)
