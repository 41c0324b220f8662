"""Rows and queries for the accounts and newsrooms that authorities may use."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel_accounts import ChannelAccount
from alerting.store.tables import authority_account


async def living(
    connection: AsyncConnection,
    authority: str,
    channels: Collection[str] | None = None,
) -> tuple[ChannelAccount, ...]:
    """Rows of an authority that have not ended, by channel and account; of some channels or all."""
    table = authority_account
    query = (
        sa.select(table.c.authority, table.c.channel, table.c.account)
        .where(table.c.authority == authority, table.c.until.is_(None))
        .order_by(table.c.channel, table.c.account)
    )
    if channels is not None:
        query = query.where(table.c.channel.in_(sorted(channels)))
    return tuple(
        ChannelAccount(authority=row.authority, channel=row.channel, account=row.account)
        for row in await connection.execute(query)
    )


async def add(connection: AsyncConnection, row: ChannelAccount, *, now: datetime) -> None:
    """Keep a row that is not there yet."""
    await connection.execute(
        sa.insert(authority_account).values(
            authority=row.authority, channel=row.channel, account=row.account, since=now
        )
    )


async def end(connection: AsyncConnection, row: ChannelAccount, *, now: datetime) -> bool:
    """End the living row; False where there is none."""
    table = authority_account
    ended = await connection.execute(
        sa.update(table)
        .where(
            table.c.authority == row.authority,
            table.c.channel == row.channel,
            table.c.account == row.account,
            table.c.until.is_(None),
        )
        .values(until=now)
        .returning(table.c.id)
    )
    return ended.first() is not None
