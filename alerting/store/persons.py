"""Rows of people: a number each for good, whether or not they have an account; a name is a label.

Memberships, credentials, accounts, change requests and the ledger refer to the number.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.tables import person


async def number_of(connection: AsyncConnection, name: str) -> int:
    """The number of the person with this name, who gets one if there was nobody of it."""
    found = await find(connection, name)
    if found is not None:
        return found
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite_dialect.insert
    await connection.execute(insert(person).values(name=name).on_conflict_do_nothing())
    inserted: int = (await connection.execute(_number(name))).scalar_one()
    return inserted


async def find(connection: AsyncConnection, name: str) -> int | None:
    """The number of the person with this name; None where there is nobody of it."""
    number: int | None = await connection.scalar(_number(name))
    return number


async def names(connection: AsyncConnection) -> set[str]:
    """The names of everybody there ever was."""
    return set(await connection.scalars(sa.select(person.c.name)))


def _number(name: str) -> sa.Select[Any]:
    return sa.select(person.c.id).where(person.c.name == name)
