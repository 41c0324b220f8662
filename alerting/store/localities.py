"""The imported list of localities: one row, replaced as a whole."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.tables import locality_list


async def replace_localities(
    connection: AsyncConnection, localities: Iterable[Sequence[str]], mark: str
) -> None:
    """Keep these (name, language, postal code, NIS code) instead of those there were."""
    await connection.execute(sa.delete(locality_list))
    row = {"id": 1, "mark": mark, "localities": [list(locality) for locality in localities]}
    await connection.execute(sa.insert(locality_list).values(row))


async def localities_mark(connection: AsyncConnection) -> str:
    """What tells the list from any other; empty where none was imported."""
    return await connection.scalar(sa.select(locality_list.c.mark)) or ""


async def load_localities(connection: AsyncConnection) -> tuple[list[list[str]], str]:
    """The list and its mark."""
    query = sa.select(locality_list.c.localities, locality_list.c.mark)
    row = (await connection.execute(query)).first()
    return (row.localities, row.mark) if row else ([], "")
