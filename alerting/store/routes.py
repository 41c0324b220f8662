"""Rows and queries for routes: how each does, and what an operator decided about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel import Trouble
from alerting.domain.route import Breaker, Health, Override, Sample
from alerting.store.database import Database
from alerting.store.schema import route

Name = tuple[str, str]
"""A channel and its route."""


async def load_all(connection: AsyncConnection) -> list[Health]:
    """Every route that was ever used, in order of its name."""
    rows = await connection.execute(sa.select(route).order_by(route.c.channel, route.c.route))
    return [_health(row) for row in rows.mappings()]


async def observe(
    connection: AsyncConnection,
    database: Database,
    samples: Mapping[Name, Sample],
    *,
    weights: Mapping[Name, float],
    now: datetime,
) -> None:
    """Add what one worker saw; routes are taken in order, so that two workers never wait in turn.

    A route that is new here gets its configured weight.
    """
    for (channel, name), sample in sorted(samples.items()):
        new = {"channel": channel, "route": name, "weight": weights.get((channel, name), 1.0)}
        await connection.execute(database.insert(route).values(new).on_conflict_do_nothing())
        where = (route.c.channel == channel, route.c.route == name)
        row = (
            await connection.execute(sa.select(route).where(*where).with_for_update())
        ).mappings()
        health = _health(row.one()).observe(sample, now=now)
        await connection.execute(sa.update(route).where(*where).values(**_row(health)))


def _row(health: Health) -> dict[str, Any]:
    return {
        "breaker": health.breaker,
        "seen": health.seen,
        "error_share": health.error_share,
        "latency": health.latency,
        "pauses": health.pauses,
        "try_at": health.try_at,
        "used_at": health.used_at,
        "trouble": health.trouble or "",
        "detail": health.detail,
    }


def _health(row: sa.RowMapping) -> Health:
    return Health(
        channel=row["channel"],
        route=row["route"],
        breaker=Breaker(row["breaker"]),
        weight=row["weight"],
        seen=row["seen"],
        error_share=row["error_share"],
        latency=row["latency"],
        pauses=row["pauses"],
        try_at=row["try_at"],
        used_at=row["used_at"],
        trouble=Trouble(row["trouble"]) if row["trouble"] else None,
        detail=row["detail"],
        override=Override(row["decision"]),
        override_by=row["decided_by"],
        override_reason=row["decision_reason"],
        override_at=row["decided_at"],
    )
