"""Receipts that a provider signed, for deliveries we do not know: kept until somebody looked."""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel import Lost, Receipt
from alerting.domain.recipient import ERASED
from alerting.store.database import Database
from alerting.store.tables import stray_receipt

LONGEST_KEY = 128


@dataclass(frozen=True, slots=True)
class Stray:
    """One such receipt, however often it came."""

    key: str
    kind: str
    trouble: str
    detail: str
    n: int
    first_at: datetime
    last_at: datetime


def keep(
    connection: sa.Connection, database: Database, receipts: Sequence[Receipt], *, now: datetime
) -> None:
    """Write them down, each kind for each key once, with how often it came."""
    for receipt, n in Counter(receipts).items():
        statement = database.insert(stray_receipt).values(
            key=receipt.key[:LONGEST_KEY],
            kind=type(receipt).__name__.lower(),
            trouble=receipt.trouble if isinstance(receipt, Lost) else "",
            detail=receipt.detail if isinstance(receipt, Lost) else "",
            n=n,
            first_at=now,
            last_at=now,
        )
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["key", "kind"],
                set_={"n": stray_receipt.c.n + n, "last_at": now},
            )
        )


async def listing(connection: AsyncConnection, *, limit: int = 100) -> list[Stray]:
    """The newest first."""
    rows = await connection.execute(
        sa.select(
            stray_receipt.c.key,
            stray_receipt.c.kind,
            stray_receipt.c.trouble,
            stray_receipt.c.detail,
            stray_receipt.c.n,
            stray_receipt.c.first_at,
            stray_receipt.c.last_at,
        )
        .order_by(stray_receipt.c.last_at.desc(), stray_receipt.c.id.desc())
        .limit(limit)
    )
    return [Stray(*row) for row in rows]


async def erase(connection: AsyncConnection, addresses: Iterable[str]) -> int:
    """Take these addresses out of whatever field a provider wrote them into; of how many rows."""
    parts = [address.lower().removeprefix("+") for address in addresses]
    found: set[int] = set()
    for column in stray_receipt.c:
        if not isinstance(column.type, sa.String) or not parts:
            continue
        holds = sa.or_(*(sa.func.lower(column).contains(one, autoescape=True) for one in parts))
        for number in list(await connection.scalars(sa.select(stray_receipt.c.id).where(holds))):
            found.add(number)
            instead = (ERASED + secrets.token_hex(16))[: column.type.length]
            await connection.execute(
                sa.update(stray_receipt)
                .where(stray_receipt.c.id == number)
                .values({column.name: instead})
            )
    return len(found)
