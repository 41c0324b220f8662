"""Entries of one list with the same address: each but the first is marked, where any is touched.

So planning looks at others only for those that are marked, and at nobody else's; and
`audience_count` counts each address once in any area, by what is marked alone.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.database import Database, table_of
from alerting.store.tables import recipient
from alerting.store.tables.audience_count import MANY_PLACES, MOST_PLACES, SAME_PLACE, place


async def mark(
    connection: AsyncConnection,
    database: Database,
    *,
    phones: Iterable[str],
    emails: Iterable[str],
) -> None:
    """Mark anew all that have one of these addresses.

    To be called with every address that came, went or changed hands, and with those of an entry
    that moved to another municipality. Two imports at once are marked right since whoever changes
    an entry holds the lists until the commit (`revisions.lock_lists`).
    """
    for column, mark_column, addresses in (
        (recipient.c.phone, recipient.c.phone_earlier_in, phones),
        (recipient.c.email, recipient.c.email_earlier_in, emails),
    ):
        touched = sorted({(address,) for address in addresses if address})
        if touched:
            statement = _marking(column, mark_column, sqlite=database.is_sqlite)
            await connection.execute(statement, {"given": database.document(touched)})


def _marking(column: sa.Column[str], mark_column: sa.Column[str], *, sqlite: bool) -> sa.Update:
    def compared(address: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        return address if column is recipient.c.phone else sa.func.lower(address)

    given = table_of([column], sqlite=sqlite)
    # Of those with one address, in the order in which they came: which of its municipality it is.
    nth = sa.func.row_number().over(
        partition_by=(recipient.c.kind, compared(column), recipient.c.nis_code),
        order_by=recipient.c.id,
    )
    sharing = (
        sa.select(
            recipient.c.id,
            recipient.c.kind,
            compared(column).label("address"),
            sa.literal_column(place("recipient.nis_code"), sa.String).label("place"),
            nth.label("nth"),
        )
        .where(compared(column).in_(sa.select(compared(given.c[column.name]))))
        .subquery()
    )
    first = sharing.c.nth == 1
    joined = sa.func.group_concat if sqlite else sa.func.string_agg

    def before(function: sa.sql.functions.FunctionElement[Any]) -> sa.ColumnElement[Any]:
        """Of the entries before it, the first of each municipality."""
        return sa.funcfilter(function, first).over(
            partition_by=(sharing.c.kind, sharing.c.address), order_by=sharing.c.id, rows=(None, -1)
        )

    marks = sa.select(
        sharing.c.id,
        sa.case(
            (sa.not_(first), SAME_PLACE),
            (before(sa.func.count()) > MOST_PLACES, MANY_PLACES),
            else_=sa.func.coalesce(before(joined(sharing.c.place, sa.literal_column("''"))), ""),
        ).label("mark"),
    ).subquery()
    return (
        sa.update(recipient)
        .where(recipient.c.id == marks.c.id, mark_column != marks.c.mark)
        .values({mark_column.name: marks.c.mark})
    )
