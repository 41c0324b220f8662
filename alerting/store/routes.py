"""Rows for the health of each route: what all workers saw of it, and what an operator decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from alerting.domain.channel import AnyChannel, Trouble
from alerting.domain.route import Breaker, Health, Override, Sample
from alerting.store.database import Database
from alerting.store.schema import route

Key = tuple[str, str]
"""Channel and route."""

MEASURED: Final = (
    "breaker", "weight", "seen", "error_share", "latency", "pauses", "try_at", "used_at",
    "trouble", "detail",
)  # fmt: skip
LONGEST_DETAIL: Final = 64


def load_all(connection: sa.Connection) -> dict[Key, Health]:
    """Every route anything is known of, also those that are no longer in the settings."""
    rows = connection.execute(sa.select(route)).mappings()
    return {(row["channel"], row["route"]): _health(row) for row in rows}


def load(
    connection: sa.Connection, routes: Mapping[str, Sequence[AnyChannel]]
) -> dict[str, list[Health]]:
    """Each channel's routes in order of preference: as known, or as new; weighed as set now."""
    known = load_all(connection)
    return {
        name: [
            replace(
                known.get((name, one.route), Health(channel=name, route=one.route)),
                weight=one.limits.weight,
            )
            for one in all_of_it
        ]
        for name, all_of_it in routes.items()
    }


def observe(
    connection: sa.Connection,
    database: Database,
    seen: Mapping[Key, Sample],
    *,
    weights: Mapping[Key, float],
    now: datetime,
) -> dict[Key, Health]:
    """Add what was seen of each route; how each does after it.

    Rows are locked in the order of their keys, so that two workers never wait in a circle.
    `weights` are those of the settings; a route that is not among them keeps its own.
    """
    if not seen:
        return {}
    before = _locked(connection, database, seen)
    after = {
        key: replace(health, weight=weights.get(key, health.weight)).observe(seen[key], now=now)
        for key, health in before.items()
    }
    connection.execute(
        sa.update(route)
        .where(
            route.c.channel == sa.bindparam("of_channel"), route.c.route == sa.bindparam("of_route")
        )
        .values({name: sa.bindparam(name) for name in MEASURED}),
        [
            {"of_channel": key[0], "of_route": key[1], **_measured(health)}
            for key, health in after.items()
        ],
    )
    return after


def decide(
    connection: sa.Connection,
    database: Database,
    channel: str,
    name: str,
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
    connection.execute(
        database.insert(route)
        .values(channel=channel, route=name, **decision)
        .on_conflict_do_update(index_elements=["channel", "route"], set_=decision)
    )


def _locked(
    connection: sa.Connection, database: Database, keys: Iterable[Key]
) -> dict[Key, Health]:
    wanted = sorted(keys)
    found = _for_update(connection, wanted)
    missing = [key for key in wanted if key not in found]
    if missing:
        connection.execute(
            database.insert(route).on_conflict_do_nothing(),
            [{"channel": channel, "route": name} for channel, name in missing],
        )
        found |= _for_update(connection, missing)
    return {key: found[key] for key in wanted}


def _for_update(connection: sa.Connection, keys: Sequence[Key]) -> dict[Key, Health]:
    rows = connection.execute(
        sa.select(route)
        .where(sa.tuple_(route.c.channel, route.c.route).in_(keys))
        .order_by(route.c.channel, route.c.route)
        .with_for_update()
    ).mappings()
    return {(row["channel"], row["route"]): _health(row) for row in rows}


def _measured(health: Health) -> dict[str, Any]:
    fields = {name: getattr(health, name) for name in MEASURED}
    fields["trouble"] = health.trouble or ""
    fields["detail"] = health.detail[:LONGEST_DETAIL]
    return fields


def _health(row: sa.RowMapping) -> Health:
    measured = {name: row[name] for name in MEASURED}
    measured["breaker"] = Breaker(row["breaker"])
    measured["trouble"] = Trouble(row["trouble"]) if row["trouble"] else None
    return Health(
        channel=row["channel"],
        route=row["route"],
        **measured,
        override=Override(row["decision"]),
        override_by=row["decided_by"],
        override_reason=row["decision_reason"],
        override_at=row["decided_at"],
    )
