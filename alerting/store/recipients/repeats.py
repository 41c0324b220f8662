"""Entries of one list with the same address: each but the first is marked, where any is touched.

So planning looks at others only for those that are marked, and at nobody else's.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.database import Database, table_of
from alerting.store.tables import recipient


async def mark(
    connection: AsyncConnection,
    database: Database,
    *,
    phones: Iterable[str],
    emails: Iterable[str],
) -> None:
    """Mark anew all that have one of these addresses, after it came, went or changed hands.

    Two imports at once are marked right since whoever adds an address holds the revision of the
    lists until the commit.
    """
    for column, mark_column, addresses in (
        (recipient.c.phone, recipient.c.phone_repeats, phones),
        (recipient.c.email, recipient.c.email_repeats, emails),
    ):
        touched = sorted({(address,) for address in addresses if address})
        if touched:
            statement = _marking(column, mark_column, sqlite=database.is_sqlite)
            await connection.execute(statement, {"given": database.document(touched)})


def _marking(column: sa.Column[str], mark_column: sa.Column[bool], *, sqlite: bool) -> sa.Update:
    def compared(address: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        return address if column is recipient.c.phone else sa.func.lower(address)

    given = table_of([column], sqlite=sqlite)
    earlier = recipient.alias("earlier")
    repeats = sa.exists().where(
        compared(earlier.c[column.name]) == compared(column),
        earlier.c.kind == recipient.c.kind,
        earlier.c.id < recipient.c.id,
    )
    return (
        sa.update(recipient)
        .where(
            compared(column).in_(sa.select(compared(given.c[column.name]))),
            mark_column != repeats,
        )
        .values({mark_column.name: repeats})
    )
