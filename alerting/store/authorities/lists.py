"""Rows and queries for the lists authorities keep."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.authority_list import AuthorityList, ListEntry
from alerting.domain.language import Language
from alerting.store.tables import authority_list_entry


async def living(
    connection: AsyncConnection,
    authorities: frozenset[str],
    authority_list: AuthorityList | None = None,
) -> tuple[ListEntry, ...]:
    """Entries of these authorities that have not ended, by list, key and authority."""
    table = authority_list_entry
    query = (
        sa.select(table)
        .where(table.c.authority.in_(sorted(authorities)), table.c.until.is_(None))
        .order_by(table.c.list, table.c.key, table.c.authority)
    )
    if authority_list is not None:
        query = query.where(table.c.list == authority_list)
    return tuple(_entry(row) for row in (await connection.execute(query)).mappings())


async def end(
    connection: AsyncConnection,
    authority: str,
    authority_list: AuthorityList,
    key: str,
    *,
    now: datetime,
) -> bool:
    """End the living entry with this key; False where there is none."""
    table = authority_list_entry
    ended = await connection.execute(
        sa.update(table)
        .where(
            table.c.authority == authority,
            table.c.list == authority_list,
            table.c.key == key,
            table.c.until.is_(None),
        )
        .values(until=now)
        .returning(table.c.id)
    )
    return ended.first() is not None


async def add(connection: AsyncConnection, entry: ListEntry, *, now: datetime) -> None:
    """Keep an entry; the one with its key was ended before."""
    await connection.execute(
        sa.insert(authority_list_entry).values(
            authority=entry.authority,
            list=entry.list,
            key=entry.key,
            texts=dict(entry.texts),
            since=now,
        )
    )


def _entry(row: sa.RowMapping) -> ListEntry:
    texts: Mapping[str, str] = row["texts"]
    return ListEntry(
        authority=row["authority"],
        list=AuthorityList(row["list"]),
        key=row["key"],
        texts={Language(language): text for language, text in texts.items()},
    )
