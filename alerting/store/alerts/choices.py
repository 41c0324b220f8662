"""Rows and queries for what each version of an alert was chosen to be, beside its texts."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import Alert
from alerting.domain.alert_choices import AlertChoices
from alerting.domain.language import Language
from alerting.store.tables import alert_choices


async def add(connection: AsyncConnection, number: int, alert: Alert) -> None:
    """Note the choices of a version, once: nothing changes them without making another one."""
    if await _row(connection, number, alert.version) is not None:
        return
    await connection.execute(
        sa.insert(alert_choices).values(
            alert_id=number,
            version=alert.version,
            area=list(alert.area),
            shape=alert.shape,
            channels=list(alert.channels),
            languages=list(alert.languages),
            details=dict(alert.values),
            expires_at=alert.expires_at,
        )
    )


async def of_version(connection: AsyncConnection, number: int, version: int) -> AlertChoices | None:
    """The choices of one version; None where there is none."""
    row = await _row(connection, number, version)
    if row is None:
        return None
    return AlertChoices(
        area=tuple(row["area"]),
        shape=row["shape"],
        channels=tuple(row["channels"]),
        languages=tuple(Language(one) for one in row["languages"]),
        values=row["details"],
        expires_at=row["expires_at"],
    )


async def _row(connection: AsyncConnection, number: int, version: int) -> sa.RowMapping | None:
    query = sa.select(alert_choices).where(
        alert_choices.c.alert_id == number, alert_choices.c.version == version
    )
    return (await connection.execute(query)).mappings().first()
