"""Rows and queries for attempts to sign in that failed, counted by key."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.database import Database
from alerting.store.tables import login_attempt


async def load_attempts(
    connection: AsyncConnection, keys: list[str]
) -> dict[str, tuple[int, datetime]]:
    """Key -> number of failed attempts and the time of the last; keys without any are left out."""
    rows = await connection.execute(sa.select(login_attempt).where(login_attempt.c.key.in_(keys)))
    return {row.key: (row.attempts, row.last_at) for row in rows}


async def count_attempt(
    connection: AsyncConnection, database: Database, key: str, *, now: datetime, since: datetime
) -> None:
    """Count one more; those whose last was at or before `since` are deleted, for every key."""
    await connection.execute(sa.delete(login_attempt).where(login_attempt.c.last_at <= since))
    statement = database.insert(login_attempt).values(key=key, attempts=1, last_at=now)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={"attempts": login_attempt.c.attempts + 1, "last_at": now},
        )
    )


async def reset_attempts(connection: AsyncConnection, *, own: str, shared: list[str]) -> None:
    """After a success: delete the count of the `own` key, take one from each of the shared ones."""
    await connection.execute(sa.delete(login_attempt).where(login_attempt.c.key == own))
    await connection.execute(
        sa.update(login_attempt)
        .where(login_attempt.c.key.in_(shared), login_attempt.c.attempts > 0)
        .values(attempts=login_attempt.c.attempts - 1)
    )
