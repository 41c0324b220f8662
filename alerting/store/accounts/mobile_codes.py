"""Rows and queries for the codes by which users confirm their mobile number."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.tables import mobile_code


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code that may still be typed: where it was sent, and the hash of it."""

    id: int
    number: str
    code_hash: str
    expires_at: datetime


async def add(
    connection: AsyncConnection,
    *,
    account: int,
    number: str,
    code_hash: str,
    now: datetime,
    until: datetime,
) -> None:
    """Keep one in the place of those of before."""
    await end_all(connection, account)
    await connection.execute(
        sa.insert(mobile_code).values(
            account_id=account,
            number=number,
            code_hash=code_hash,
            created_at=now,
            expires_at=until,
        )
    )


async def sent_since(
    connection: AsyncConnection, since: datetime, *, account: int, number: str
) -> tuple[int, int]:
    """How many were sent for an account after a moment, and how many to a number for all others."""
    to_one = mobile_code.c.account_id == account
    to_number = sa.and_(mobile_code.c.number == number, sa.not_(to_one))
    query = sa.select(
        sa.func.coalesce(sa.func.sum(sa.case((to_one, 1), else_=0)), 0),
        sa.func.coalesce(sa.func.sum(sa.case((to_number, 1), else_=0)), 0),
    ).where(mobile_code.c.created_at > since, sa.or_(to_one, to_number))
    by_one, to_it = (await connection.execute(query)).one()
    return by_one, to_it


async def waiting(
    connection: AsyncConnection, account: int, *, now: datetime, most: int
) -> SentCode | None:
    """The one that the holder of an account may type, having tried it less than `most` times."""
    query = (
        sa.select(
            mobile_code.c.id,
            mobile_code.c.number,
            mobile_code.c.code_hash,
            mobile_code.c.expires_at,
        )
        .where(
            mobile_code.c.account_id == account,
            mobile_code.c.expires_at > now,
            mobile_code.c.attempts < most,
        )
        .order_by(mobile_code.c.id.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return SentCode(*row) if row else None


async def count_attempt(connection: AsyncConnection, number: int, *, most: int) -> bool:
    """One more attempt; False where there were `most`: of two at once, each counts."""
    counted = await connection.execute(
        sa.update(mobile_code)
        .where(mobile_code.c.id == number, mobile_code.c.attempts < most)
        .values(attempts=mobile_code.c.attempts + 1)
    )
    return bool(counted.rowcount)


async def use(connection: AsyncConnection, number: int) -> bool:
    """Use one up; False where it was, or another one took its place."""
    used = await connection.execute(
        sa.update(mobile_code)
        .where(mobile_code.c.id == number, mobile_code.c.expires_at.is_not(None))
        .values(expires_at=None)
    )
    return bool(used.rowcount)


async def end_all(connection: AsyncConnection, account: int) -> None:
    """No code of an account opens anything any more."""
    await connection.execute(
        sa.update(mobile_code).where(mobile_code.c.account_id == account).values(expires_at=None)
    )


async def drop_all(connection: AsyncConnection, account: int) -> None:
    """Delete those of an account."""
    await connection.execute(sa.delete(mobile_code).where(mobile_code.c.account_id == account))


async def drop_before(connection: AsyncConnection, at: datetime) -> int:
    """Delete those that were sent before; how many."""
    return (
        await connection.execute(sa.delete(mobile_code).where(mobile_code.c.created_at <= at))
    ).rowcount
