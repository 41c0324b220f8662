"""Rows and queries for who opened which text of an alert."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.language import Language
from alerting.store.database import Database
from alerting.store.tables import alert_reading


@dataclass(frozen=True, slots=True)
class Opener:
    """Somebody who opened an alert, and when first."""

    officer: str
    at: datetime


async def add(
    connection: AsyncConnection,
    database: Database,
    number: int,
    version: int,
    texts: Collection[tuple[str, Language]],
    *,
    officer: str,
    at: datetime,
    since: datetime | None,
) -> None:
    """Note that an officer opened some texts of a version; of times after `since`, when it was
    submitted, the first stays.
    """
    rows = [
        {
            "alert_id": number,
            "officer": officer,
            "version": version,
            "channel": channel,
            "language": language,
            "at": at,
        }
        for channel, language in texts
    ]
    if rows:
        new = database.insert(alert_reading).values(rows)
        await connection.execute(
            new.on_conflict_do_update(
                index_elements=list(alert_reading.primary_key),
                set_={"at": new.excluded.at},
                where=alert_reading.c.at < since,
            )
            if since
            else new.on_conflict_do_nothing()
        )


async def opened_by(
    connection: AsyncConnection, number: int, officer: str
) -> list[tuple[int, str, Language]]:
    """Version, channel and language of each text an officer opened, the newest version first."""
    query = (
        sa.select(alert_reading.c.version, alert_reading.c.channel, alert_reading.c.language)
        .where(alert_reading.c.alert_id == number, alert_reading.c.officer == officer)
        .order_by(alert_reading.c.version.desc())
    )
    return [
        (row.version, row.channel, Language(row.language))
        for row in await connection.execute(query)
    ]


async def openers(
    connection: AsyncConnection, number: int, version: int, *, since: datetime
) -> list[Opener]:
    """Who opened anything of a version from a moment on, in the order in which they did."""
    first = sa.func.min(alert_reading.c.at)
    query = (
        sa.select(alert_reading.c.officer, first.label("at"))
        .where(
            alert_reading.c.alert_id == number,
            alert_reading.c.version == version,
            alert_reading.c.at >= since,
        )
        .group_by(alert_reading.c.officer)
        .order_by(first, alert_reading.c.officer)
    )
    rows = await connection.execute(query)
    return [Opener(row.officer, row.at) for row in rows]
