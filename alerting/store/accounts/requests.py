"""Rows and queries for what one administrator asks for and another confirms."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.account import Act, Request
from alerting.store.database import Database
from alerting.store.tables import request


async def propose(
    connection: AsyncConnection,
    database: Database,
    *,
    act: Act,
    subject: str,
    details: Mapping[str, str],
    by: str,
    now: datetime,
    key: str,
    lasts: timedelta,
) -> int | None:
    """A new request; None when the same is open already, and was made less than `lasts` ago."""
    await connection.execute(
        sa.update(request)
        .where(request.c.open_key == key, request.c.proposed_at <= now - lasts)
        .values(open_key=None)
    )
    found = await connection.execute(
        database.insert(request)
        .values(
            act=act,
            subject=subject,
            details=dict(details),
            open_key=key,
            proposed_by=by,
            proposed_at=now,
        )
        .on_conflict_do_nothing(index_elements=["open_key"])
        .returning(request.c.id)
    )
    number: int | None = found.scalar_one_or_none()
    return number


async def decide(
    connection: AsyncConnection, number: int, *, decision: str, by: str, now: datetime
) -> bool:
    """Close it; of two who decide at once, one gets True."""
    decided = await connection.execute(
        sa.update(request)
        .where(request.c.id == number, request.c.decided_at.is_(None))
        .values(decided_by=by, decided_at=now, decision=decision, open_key=None)
        .returning(request.c.id)
    )
    return decided.first() is not None


async def load(connection: AsyncConnection, number: int) -> Request | None:
    """One request."""
    row = (
        (await connection.execute(sa.select(request).where(request.c.id == number)))
        .mappings()
        .first()
    )
    return _request(row) if row else None


async def open_ones(connection: AsyncConnection, *, since: datetime) -> list[Request]:
    """What waits for somebody and was asked for after `since`, oldest first."""
    query = (
        sa.select(request)
        .where(request.c.decided_at.is_(None), request.c.proposed_at > since)
        .order_by(request.c.id)
    )
    return [_request(row) for row in (await connection.execute(query)).mappings()]


def _request(fields: sa.RowMapping) -> Request:
    return Request(
        id=fields["id"],
        act=Act(fields["act"]),
        subject=fields["subject"],
        details=dict(fields["details"]),
        proposed_by=fields["proposed_by"],
        proposed_at=fields["proposed_at"],
        decided_by=fields["decided_by"],
        decided_at=fields["decided_at"],
        decision=fields["decision"],
    )
