"""Rows of what colleagues were asked to translate."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.language import Language
from alerting.domain.translation import TranslationRequest, TranslationState
from alerting.store.tables import translation_request as table


async def add(connection: AsyncConnection, **row: Any) -> TranslationRequest:
    """Keep one that nobody answered yet."""
    made = await connection.execute(
        sa.insert(table).values(state=TranslationState.OPEN, **row).returning(table)
    )
    return _request(made.mappings().one())


async def load(connection: AsyncConnection, number: int) -> TranslationRequest | None:
    """One, or None once its composition is gone."""
    query = sa.select(table).where(table.c.id == number)
    row = (await connection.execute(query)).mappings().first()
    return _request(row) if row else None


async def requests_of(connection: AsyncConnection, composition: int) -> list[TranslationRequest]:
    """All of a composition, in the order they were made."""
    query = sa.select(table).where(table.c.composition_id == composition).order_by(table.c.id)
    return [_request(row) for row in (await connection.execute(query)).mappings()]


async def number_open(connection: AsyncConnection, asked_by: str) -> int:
    """How many somebody made that wait for an answer."""
    query = sa.select(sa.func.count()).where(
        table.c.asked_by == asked_by, table.c.state == TranslationState.OPEN
    )
    return await connection.scalar(query) or 0


async def update_translation(
    connection: AsyncConnection, number: int, **values: Any
) -> TranslationRequest:
    """Write down what became of one."""
    done = await connection.execute(
        sa.update(table).where(table.c.id == number).values(**values).returning(table)
    )
    return _request(done.mappings().one())


def _request(row: sa.RowMapping) -> TranslationRequest:
    return TranslationRequest(
        **{
            **row,
            "language": Language(row["language"]),
            "state": TranslationState(row["state"]),
        }
    )
