"""Those who said no: by HMACs of their addresses, so that no list brings them back unasked."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import Hmacs, RecipientKind
from alerting.store.database import Database
from alerting.store.tables import opt_out


async def add(
    connection: AsyncConnection,
    database: Database,
    kind: RecipientKind,
    addresses: Collection[str],
    hmacs: Hmacs,
    *,
    at: datetime,
) -> None:
    """Whoever has one of these addresses left this list; only the newest time is kept."""
    rows = []
    for address in sorted(addresses):
        key, value = next(iter(hmacs(address).items()))
        rows.append({"kind": kind, "hmac": value, "key": key, "ended_at": at})
    if rows:
        statement = database.insert(opt_out)
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["kind", "hmac"],
                set_={"ended_at": statement.excluded.ended_at},
            ),
            rows,
        )


async def find(
    connection: AsyncConnection, kind: RecipientKind, addresses: Collection[str], hmacs: Hmacs
) -> dict[str, datetime]:
    """When whoever has these addresses left the list; only addresses of those who did."""
    known = {value: address for address in addresses for value in hmacs(address).values()}
    if not known:
        return {}
    rows = await connection.execute(
        sa.select(opt_out.c.hmac, opt_out.c.ended_at)
        .where(opt_out.c.kind == kind, opt_out.c.hmac.in_(sorted(known)))
        .order_by(opt_out.c.ended_at)
    )
    return {known[row.hmac]: row.ended_at for row in rows}


async def remove(
    connection: AsyncConnection, kind: RecipientKind, addresses: Collection[str], hmacs: Hmacs
) -> None:
    """They said yes again, later."""
    values = sorted({value for address in addresses for value in hmacs(address).values()})
    await connection.execute(
        sa.delete(opt_out).where(opt_out.c.kind == kind, opt_out.c.hmac.in_(values))
    )


async def exist(connection: AsyncConnection) -> bool:
    """Whether anybody ever left a list."""
    return bool(await connection.scalar(sa.select(sa.exists(sa.select(opt_out.c.hmac)))))


async def keys(connection: AsyncConnection) -> Counter[str]:
    """How many HMACs each key made, by its fingerprint."""
    rows = await connection.execute(
        sa.select(opt_out.c.key, sa.func.count().label("n")).group_by(opt_out.c.key)
    )
    return Counter({row.key: row.n for row in rows})
