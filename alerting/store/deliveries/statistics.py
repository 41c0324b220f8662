"""What is read about deliveries: counters and times. Never a count over all rows."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.delivery_figures import Count, RouteOutcomeCount, Times
from alerting.domain.language import Language
from alerting.store.deliveries.counters import TENTH, end_of_tick
from alerting.store.tables import (
    delivery_count,
    delivery_timeline,
    route_outcome_count,
    sending_channel,
)

RATE_OVER = timedelta(seconds=30)
"""Over how long the rate of sending is measured: shorter jumps with every batch."""


async def route_outcomes(connection: AsyncConnection, sending_id: int) -> list[RouteOutcomeCount]:
    """What each route answered for a sending."""
    rows = await connection.execute(
        sa.select(
            route_outcome_count.c.channel,
            route_outcome_count.c.route,
            route_outcome_count.c.answer,
            route_outcome_count.c.n,
        )
        .where(route_outcome_count.c.sending_id == sending_id)
        .order_by(
            route_outcome_count.c.channel, route_outcome_count.c.route, route_outcome_count.c.answer
        )
    )
    return [RouteOutcomeCount(row.channel, row.route, State(row.answer), row.n) for row in rows]


async def possible_duplicate(connection: AsyncConnection, sending_id: int) -> dict[str, int]:
    """How many may have been handed over twice, by channel; none where there are none."""
    rows = await connection.execute(
        sa.select(sending_channel.c.channel, sending_channel.c.possible_duplicate).where(
            sending_channel.c.sending_id == sending_id, sending_channel.c.possible_duplicate > 0
        )
    )
    return {row.channel: row.possible_duplicate for row in rows}


async def counts(connection: AsyncConnection, sending_id: int) -> list[Count]:
    """All counters of a sending that are not zero."""
    return (await counts_of(connection, [sending_id])).get(sending_id, [])


async def counts_of(
    connection: AsyncConnection, sendings: Collection[int]
) -> dict[int, list[Count]]:
    """Sending -> its counters that are not zero; sendings without any are left out."""
    rows = await connection.execute(
        sa.select(
            delivery_count.c.sending_id,
            delivery_count.c.channel,
            delivery_count.c.language,
            delivery_count.c.state,
            delivery_count.c.failure_reason,
            delivery_count.c.n,
        )
        .where(delivery_count.c.sending_id.in_(sorted(sendings)), delivery_count.c.n != 0)
        .order_by(
            delivery_count.c.channel,
            delivery_count.c.language,
            delivery_count.c.state,
            delivery_count.c.failure_reason,
        )
    )
    found: dict[int, list[Count]] = {}
    for row in rows:
        count = Count(
            row.channel,
            Language(row.language),
            State(row.state),
            FailureReason(row.failure_reason) if row.failure_reason else None,
            row.n,
        )
        found.setdefault(row.sending_id, []).append(count)
    return found


async def times(connection: AsyncConnection, sending_id: int, began_at: datetime) -> list[Times]:
    """When the first, 50, 90, 95 % and the last of what was handed over had left, per channel."""
    series = await _ticks(connection, sending_id, "sent")
    edges = await connection.execute(
        sa.select(
            sending_channel.c.channel,
            sending_channel.c.first_at,
            sending_channel.c.last_at,
            sending_channel.c.planned,
        ).where(sending_channel.c.sending_id == sending_id)
    )
    return [
        Times(
            row.channel,
            _seconds(row.first_at, began_at),
            *_shares(series.get(row.channel, ()), _seconds(row.last_at, began_at)),
            _seconds(row.last_at, began_at),
            per_second=_per_second(series.get(row.channel, ())),
            counting=not row.planned,
        )
        for row in edges
    ]


async def arrivals(connection: AsyncConnection, sending_id: int) -> list[Times]:
    """When the first, 50, 90, 95 % and the last of what is confirmed had arrived, per channel."""
    found = await _ticks(connection, sending_id, "delivered")
    return [
        Times(
            channel,
            _share(series, 0),
            *_shares(series, _share(series, 1)),
            _share(series, 1),
            per_second=_per_second(series),
        )
        for channel, series in sorted(found.items())
    ]


async def timeline(
    connection: AsyncConnection, sending_id: int, *, points: int
) -> dict[str, list[tuple[float, int]]]:
    """How many had been handed over (`sent`) and had arrived (`delivered`), as time went on.

    Of each kind at most so many points: (seconds since sending began, total until then).
    """
    last = await connection.scalar(
        sa.select(sa.func.max(delivery_timeline.c.tick)).where(
            delivery_timeline.c.sending_id == sending_id
        )
    )
    if last is None:
        return {}
    width = last // points + 1
    step = (delivery_timeline.c.tick // sa.literal_column(str(width))).label("step")
    rows = await connection.execute(
        sa.select(delivery_timeline.c.kind, step, sa.func.sum(delivery_timeline.c.n).label("n"))
        .where(delivery_timeline.c.sending_id == sending_id)
        .group_by(delivery_timeline.c.kind, step)
        .order_by(delivery_timeline.c.kind, step)
    )
    made: dict[str, list[tuple[float, int]]] = {}
    for row in rows:
        line = made.setdefault(row.kind, [])
        before = line[-1][1] if line else 0
        line.append((((row.step + 1) * width * TENTH).total_seconds(), before + int(row.n)))
    return made


async def _ticks(
    connection: AsyncConnection, sending_id: int, kind: str
) -> dict[str, list[tuple[int, int]]]:
    rows = await connection.execute(
        sa.select(delivery_timeline.c.channel, delivery_timeline.c.tick, delivery_timeline.c.n)
        .where(delivery_timeline.c.sending_id == sending_id, delivery_timeline.c.kind == kind)
        .order_by(delivery_timeline.c.channel, delivery_timeline.c.tick)
    )
    series: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        series.setdefault(row.channel, []).append((row.tick, row.n))
    return series


def _seconds(at: datetime | None, began_at: datetime) -> float | None:
    return None if at is None else (at - began_at).total_seconds()


def _shares(
    ticks: Sequence[tuple[int, int]], last: float | None
) -> tuple[float | None, float | None, float | None]:
    """When 50, 90 and 95 % had; not after the last, though a tick ends later than what is in it."""
    half, nine_tenths, most = (
        found if found is None or last is None else min(found, last)
        for found in (_share(ticks, share) for share in (0.5, 0.9, 0.95))
    )
    return half, nine_tenths, most


def _per_second(ticks: Sequence[tuple[int, int]]) -> float | None:
    """Of the last half minute in which something left; of all where that is less."""
    if not ticks:
        return None
    end = end_of_tick(ticks[-1][0])
    begin = max(timedelta(), end - RATE_OVER)
    lately = sum(n for tick, n in ticks if tick * TENTH >= begin)
    return lately / (end - begin).total_seconds()


def _share(ticks: Sequence[tuple[int, int]], share: float) -> float | None:
    """The end of the tick in which the given share of the total had left."""
    wanted = sum(n for _, n in ticks) * share
    seen = 0
    for tick, n in ticks:
        seen += n
        if seen >= wanted:
            return end_of_tick(tick).total_seconds()
    return None
