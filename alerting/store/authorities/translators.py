"""Rows of the lists of translators of authorities."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.language import Language
from alerting.domain.translation import ListedTranslator
from alerting.store.database import Database
from alerting.store.tables import translator


async def add(
    connection: AsyncConnection, database: Database, wanted: ListedTranslator
) -> int | None:
    """Keep one; its number, or None where it is on the list already."""
    row = {
        "authority": wanted.authority,
        "officer": wanted.officer,
        "language": wanted.language,
    }
    made = await connection.execute(
        database.insert(translator).values(row).on_conflict_do_nothing().returning(translator.c.id)
    )
    number: int | None = made.scalar_one_or_none()
    return number


async def remove(connection: AsyncConnection, authority: str, number: int) -> bool:
    """Take one off an authority's list; False where it is not on it."""
    gone = await connection.execute(
        sa.delete(translator).where(translator.c.id == number, translator.c.authority == authority)
    )
    return bool(gone.rowcount)


async def remove_officer(connection: AsyncConnection, officer: str) -> None:
    """Take somebody off every list."""
    await connection.execute(sa.delete(translator).where(translator.c.officer == officer))


async def list_of(connection: AsyncConnection, authority: str) -> list[ListedTranslator]:
    """An authority's list, by language and name."""
    query = (
        sa.select(translator)
        .where(translator.c.authority == authority)
        .order_by(translator.c.language, translator.c.officer)
    )
    return [
        ListedTranslator(**{**row, "language": Language(row["language"])})
        for row in (await connection.execute(query)).mappings()
    ]


async def names_of(connection: AsyncConnection, authority: str, language: Language) -> list[str]:
    """Who translates into a language for an authority, by name."""
    return [
        listed.officer
        for listed in await list_of(connection, authority)
        if listed.language is language
    ]
