"""Rows of the on-call lists of authorities."""

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.on_call import OnCall
from alerting.store.tables import on_call


async def add(connection: AsyncConnection, wanted: OnCall) -> int:
    """Keep one; its number."""
    row = asdict(wanted)
    del row["id"]
    made = await connection.execute(sa.insert(on_call).values(row).returning(on_call.c.id))
    return int(made.scalar_one())


async def remove(connection: AsyncConnection, authority: str, number: int) -> OnCall | None:
    """Take one off an authority's list; None where it is not on it."""
    gone = await connection.execute(
        sa.delete(on_call)
        .where(on_call.c.id == number, on_call.c.authority == authority)
        .returning(on_call)
    )
    row = gone.mappings().first()
    return OnCall(**row) if row else None


async def remove_officer(connection: AsyncConnection, officer: str) -> None:
    """Take somebody off every list."""
    await connection.execute(sa.delete(on_call).where(on_call.c.officer == officer))


async def list_from(connection: AsyncConnection, authority: str, *, now: datetime) -> list[OnCall]:
    """What is not over of an authority's list, by place and hour."""
    query = (
        sa.select(on_call)
        .where(on_call.c.authority == authority, on_call.c.ends_at > now)
        .order_by(on_call.c.place, on_call.c.starts_at, on_call.c.id)
    )
    return [OnCall(**row) for row in (await connection.execute(query)).mappings()]


async def names_at(connection: AsyncConnection, authority: str, *, now: datetime) -> list[str]:
    """Who is on call for an authority at a moment, the first to call first."""
    listed = await list_from(connection, authority, now=now)
    return list(dict.fromkeys(duty.officer for duty in listed if duty.starts_at <= now))
