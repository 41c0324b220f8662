"""Whether these data are for training, and which they are: said once, at the first start."""

import secrets

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.errors import OtherData
from alerting.store.database import Database
from alerting.store.tables import installation


async def must_be(connection: AsyncConnection, database: Database, *, training: bool) -> None:
    """Note what kind of installation this is, or raise OtherData where it is the other kind."""
    row = {"id": 1, "training": training, "mark": secrets.token_hex(16)}
    await connection.execute(database.insert(installation).values(row).on_conflict_do_nothing())
    if await connection.scalar(sa.select(installation.c.training)) is not training:
        raise OtherData


async def mark(connection: AsyncConnection) -> str:
    """What tells this database from any other, its restored copies aside; empty before a start."""
    return await connection.scalar(sa.select(installation.c.mark)) or ""
