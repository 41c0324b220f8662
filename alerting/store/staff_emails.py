"""Rows and queries for e-mails to users that nobody has taken yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.tables import staff_email as table


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffEmail:
    """An e-mail to the holder of an account; `subject` and `text` are message ids."""

    id: int
    account_id: int
    subject: str
    text: str
    facts: Mapping[str, Any]
    attempts: int
    """How often it was tried, with the try that is under way."""


class NewEmail(NamedTuple):
    """One to be put in the line: `subject` and `text` are message ids that `facts` fill."""

    account_id: int
    subject: str
    text: str
    facts: Mapping[str, str | int]


async def add(
    connection: AsyncConnection, emails: Sequence[NewEmail], *, gravity: int, at: datetime
) -> None:
    """Put these in the line."""
    rows = [{**one._asdict(), "gravity": gravity, "created_at": at, "due_at": at} for one in emails]
    if rows:
        await connection.execute(sa.insert(table), rows)


async def take(
    connection: AsyncConnection,
    *,
    now: datetime,
    until: datetime,
    at_most: int,
    busy: Collection[int] = (),
) -> list[StaffEmail]:
    """The gravest that are due, one of each account; nobody else has them `until` then.

    Of those as grave as each other first what was tried least, then the oldest. None of the
    accounts in `busy`.
    """
    order = (table.c.gravity, table.c.attempts, table.c.id)
    turn = sa.func.row_number().over(partition_by=table.c.account_id, order_by=order)
    waiting = (
        sa.select(table.c.id, turn.label("turn"))
        .where(table.c.due_at <= now, table.c.account_id.not_in(busy))
        .subquery()
    )
    due = (
        sa.select(table.c.id)
        .where(
            table.c.id.in_(sa.select(waiting.c.id).where(waiting.c.turn == 1)),
            table.c.due_at <= now,
        )
        .order_by(*order)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
    numbers = list(await connection.scalars(due))
    if not numbers:
        return []
    taken = (
        sa.update(table)
        .where(table.c.id.in_(numbers))
        .values(due_at=until, attempts=table.c.attempts + 1)
        .returning(table, table.c.gravity)
    )
    rows = sorted(
        await connection.execute(taken), key=lambda row: (row.gravity, row.attempts, row.id)
    )
    return [
        StaffEmail(
            id=row.id,
            account_id=row.account_id,
            subject=row.subject,
            text=row.text,
            facts=row.facts,
            attempts=row.attempts,
        )
        for row in rows
    ]


async def put_back(
    connection: AsyncConnection, number: int, *, due_at: datetime, tried: bool = True
) -> None:
    """Nobody took it: not before then. One that was not `tried` counts no attempt for that."""
    attempts = table.c.attempts - (0 if tried else 1)
    await connection.execute(
        sa.update(table).where(table.c.id == number).values(due_at=due_at, attempts=attempts)
    )


async def drop(connection: AsyncConnection, number: int) -> None:
    """It was taken, or is for nobody any more."""
    await connection.execute(sa.delete(table).where(table.c.id == number))


async def drop_before(connection: AsyncConnection, at: datetime) -> int:
    """Delete those that were put in the line before; how many."""
    return (await connection.execute(sa.delete(table).where(table.c.created_at <= at))).rowcount
