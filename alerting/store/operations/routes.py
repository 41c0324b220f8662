"""Rows for the health of each route: what all workers saw of it, and what an operator decided."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel import AnyChannel, FailureReason
from alerting.domain.route import Breaker, Health, Override, Sample, held_off_by
from alerting.store.database import Database
from alerting.store.tables import route

Name = tuple[str, str]
"""A channel and its route."""

MEASURED: Final = (
    "breaker", "weight", "seen", "error_share", "latency", "interval", "pauses", "open_until",
    "used_at", "failure_reason", "provider_code",
)  # fmt: skip
LONGEST_DETAIL: Final = 64


async def load_all(connection: AsyncConnection) -> list[Health]:
    """Every route that was ever used or decided on, in order of its name."""
    rows = await connection.execute(sa.select(route).order_by(route.c.channel, route.c.route))
    return [_health(row) for row in rows.mappings()]


async def load(
    connection: AsyncConnection, routes: Mapping[str, Sequence[AnyChannel]]
) -> dict[str, list[Health]]:
    """Each channel's routes in order of preference: as known, or as new; weighed as set now."""
    known = {(health.channel, health.route): health for health in await load_all(connection)}
    return {
        name: [
            replace(
                known.get((name, channel.route), Health(channel=name, route=channel.route)),
                weight=channel.limits.weight,
            )
            for channel in all_of_it
        ]
        for name, all_of_it in routes.items()
    }


async def held_off(
    connection: AsyncConnection, routes: Mapping[str, Sequence[AnyChannel]]
) -> dict[str, str]:
    """Channels on which nothing leaves because somebody holds a route off, and who."""
    known = await load(connection, routes)
    return {name: who for name, healths in known.items() if (who := held_off_by(healths))}


def not_held_off(
    connection: sa.Connection, routes: Mapping[str, Sequence[AnyChannel]]
) -> dict[str, set[str]]:
    """The names of each channel's routes, but of those that somebody holds off."""
    rows = connection.execute(
        sa.select(route.c.channel, route.c.route).where(route.c.decision == Override.OFF)
    )
    off = {(row.channel, row.route) for row in rows}
    return {
        name: {channel.route for channel in all_of_it if (name, channel.route) not in off}
        for name, all_of_it in routes.items()
    }


async def observe(
    connection: AsyncConnection,
    database: Database,
    samples: Mapping[Name, Sample],
    *,
    weights: Mapping[Name, float],
    now: datetime,
) -> dict[Name, Health]:
    """Add what one worker saw of each route; how each does after it.

    Rows are locked in the order of their names, so that two workers never wait in a circle.
    `weights` are those of the settings; a route that is not among them keeps its own.
    """
    if not samples:
        return {}
    before = await _locked(connection, database, samples)
    after = {
        name: replace(health, weight=weights.get(name, health.weight)).observe(
            samples[name], now=now
        )
        for name, health in before.items()
    }
    await connection.execute(
        sa.update(route)
        .where(
            route.c.channel == sa.bindparam("of_channel"), route.c.route == sa.bindparam("of_route")
        )
        .values({name: sa.bindparam(name) for name in MEASURED}),
        [
            {"of_channel": name[0], "of_route": name[1], **_measured(health)}
            for name, health in after.items()
        ],
    )
    return after


async def try_at_once(
    connection: AsyncConnection, names: Collection[Name], *, now: datetime
) -> None:
    """After an operator changed these: those left alone are tried, whatever was seen of them."""
    for name, health in (await _for_update(connection, sorted(names))).items():
        after = health.changed(now=now)
        if after is not health:
            await connection.execute(
                sa.update(route)
                .where(route.c.channel == name[0], route.c.route == name[1])
                .values(open_until=after.open_until, pauses=after.pauses)
            )


async def decide(
    connection: AsyncConnection,
    database: Database,
    name: Name,
    override: Override,
    *,
    by: str,
    reason: str,
    at: datetime,
) -> None:
    """Keep what an operator decided; what was measured stays as it is."""
    decision = {
        "decision": override,
        "decided_by": by,
        "decision_reason": reason,
        "decided_at": at,
    }
    await connection.execute(
        database.insert(route)
        .values(channel=name[0], route=name[1], **decision)
        .on_conflict_do_update(index_elements=["channel", "route"], set_=decision)
    )


async def _locked(
    connection: AsyncConnection, database: Database, names: Iterable[Name]
) -> dict[Name, Health]:
    wanted = sorted(names)
    found = await _for_update(connection, wanted)
    missing = [name for name in wanted if name not in found]
    if missing:
        await connection.execute(
            database.insert(route).on_conflict_do_nothing(),
            [{"channel": channel, "route": name} for channel, name in missing],
        )
        found |= await _for_update(connection, missing)
    return {name: found[name] for name in wanted}


async def _for_update(connection: AsyncConnection, names: Sequence[Name]) -> dict[Name, Health]:
    rows = await connection.execute(
        sa.select(route)
        .where(sa.tuple_(route.c.channel, route.c.route).in_(names))
        .order_by(route.c.channel, route.c.route)
        .with_for_update()
    )
    return {(row["channel"], row["route"]): _health(row) for row in rows.mappings()}


def _measured(health: Health) -> dict[str, Any]:
    fields = {name: getattr(health, name) for name in MEASURED}
    fields["failure_reason"] = health.failure_reason or ""
    fields["provider_code"] = health.provider_code[:LONGEST_DETAIL]
    return fields


def _health(row: sa.RowMapping) -> Health:
    measured = {name: row[name] for name in MEASURED}
    measured["breaker"] = Breaker(row["breaker"])
    measured["failure_reason"] = (
        FailureReason(row["failure_reason"]) if row["failure_reason"] else None
    )
    return Health(
        channel=row["channel"],
        route=row["route"],
        **measured,
        override=Override(row["decision"]),
        override_by=row["decided_by"],
        override_reason=row["decision_reason"],
        override_at=row["decided_at"],
    )
