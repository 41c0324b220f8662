"""What is read about deliveries: counters and times. Never a count over all rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel import Trouble
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.store.deliveries.lifecycle import TICK
from alerting.store.tables import fanout, passage, pulse, tally


@dataclass(frozen=True, slots=True)
class Count:
    """How many deliveries of one channel and language are in one state, for one reason."""

    channel: str
    language: Language
    state: State
    trouble: Trouble | None
    n: int


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the decision to send until a share of a channel's messages had left."""

    channel: str
    first: float | None
    half: float | None
    nine_tenths: float | None
    most: float | None
    """95 %"""
    last: float | None
    counting: bool = False
    """Whether the audience is still being counted, so that there will be more."""


@dataclass(frozen=True, slots=True)
class Passage:
    """How many tries by one route ended in one state."""

    channel: str
    route: str
    answer: State
    n: int


async def passages(connection: AsyncConnection, alert: int) -> list[Passage]:
    """What each route answered for an alert."""
    rows = await connection.execute(
        sa.select(passage.c.channel, passage.c.route, passage.c.answer, passage.c.n)
        .where(passage.c.alert_id == alert)
        .order_by(passage.c.channel, passage.c.route, passage.c.answer)
    )
    return [Passage(row.channel, row.route, State(row.answer), row.n) for row in rows]


async def perhaps_twice(connection: AsyncConnection, alert: int) -> dict[str, int]:
    """How many may have been handed over twice, by channel; none where there are none."""
    rows = await connection.execute(
        sa.select(fanout.c.channel, fanout.c.perhaps_twice).where(
            fanout.c.alert_id == alert, fanout.c.perhaps_twice > 0
        )
    )
    return {row.channel: row.perhaps_twice for row in rows}


async def counts(connection: AsyncConnection, alert: int) -> list[Count]:
    """All counters of an alert that are not zero."""
    rows = await connection.execute(
        sa.select(tally.c.channel, tally.c.language, tally.c.state, tally.c.trouble, tally.c.n)
        .where(tally.c.alert_id == alert, tally.c.n != 0)
        .order_by(tally.c.channel, tally.c.language, tally.c.state, tally.c.trouble)
    )
    return [
        Count(
            row.channel,
            Language(row.language),
            State(row.state),
            Trouble(row.trouble) if row.trouble else None,
            row.n,
        )
        for row in rows
    ]


async def times(connection: AsyncConnection, alert: int, began_at: datetime) -> list[Times]:
    """When the first, 50, 90, 95 % and the last of what was handed over had left, per channel."""
    series = await _ticks(connection, alert, "sent")
    edges = await connection.execute(
        sa.select(fanout.c.channel, fanout.c.first_at, fanout.c.last_at, fanout.c.planned).where(
            fanout.c.alert_id == alert
        )
    )
    return [
        Times(
            row.channel,
            _seconds(row.first_at, began_at),
            _share(series.get(row.channel, ()), 0.5),
            _share(series.get(row.channel, ()), 0.9),
            _share(series.get(row.channel, ()), 0.95),
            _seconds(row.last_at, began_at),
            counting=not row.planned,
        )
        for row in edges
    ]


async def arrivals(connection: AsyncConnection, alert: int) -> list[Times]:
    """When the first, 50, 90, 95 % and the last of what is confirmed had arrived, per channel."""
    found = await _ticks(connection, alert, "delivered")
    return [
        Times(
            channel,
            _share(series, 0),
            _share(series, 0.5),
            _share(series, 0.9),
            _share(series, 0.95),
            _share(series, 1),
        )
        for channel, series in sorted(found.items())
    ]


async def course(
    connection: AsyncConnection, alert: int, *, points: int
) -> dict[str, list[tuple[float, int]]]:
    """How many had been handed over (`sent`) and had arrived (`delivered`), as time went on.

    Of each kind at most so many points: (seconds since sending began, total until then).
    """
    last = await connection.scalar(
        sa.select(sa.func.max(pulse.c.tick)).where(pulse.c.alert_id == alert)
    )
    if last is None:
        return {}
    width = last // points + 1
    step = (pulse.c.tick // sa.literal_column(str(width))).label("step")
    rows = await connection.execute(
        sa.select(pulse.c.kind, step, sa.func.sum(pulse.c.n).label("n"))
        .where(pulse.c.alert_id == alert)
        .group_by(pulse.c.kind, step)
        .order_by(pulse.c.kind, step)
    )
    made: dict[str, list[tuple[float, int]]] = {}
    for row in rows:
        line = made.setdefault(row.kind, [])
        before = line[-1][1] if line else 0
        line.append(((row.step + 1) * width * TICK.total_seconds(), before + int(row.n)))
    return made


async def _ticks(
    connection: AsyncConnection, alert: int, kind: str
) -> dict[str, list[tuple[int, int]]]:
    rows = await connection.execute(
        sa.select(pulse.c.channel, pulse.c.tick, pulse.c.n)
        .where(pulse.c.alert_id == alert, pulse.c.kind == kind)
        .order_by(pulse.c.channel, pulse.c.tick)
    )
    series: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        series.setdefault(row.channel, []).append((row.tick, row.n))
    return series


def _seconds(at: datetime | None, began_at: datetime) -> float | None:
    return None if at is None else (at - began_at).total_seconds()


def _share(ticks: Sequence[tuple[int, int]], share: float) -> float | None:
    """The end of the tick in which the given share of the total had left."""
    wanted = sum(n for _, n in ticks) * share
    seen = 0
    for tick, n in ticks:
        seen += n
        if seen >= wanted:
            return (tick + 1) * TICK.total_seconds()
    return None
