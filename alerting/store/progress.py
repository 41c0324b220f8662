"""What is read about deliveries: counters, times, pages. Never a count over all rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel import Trouble
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.store.deliveries import TICK
from alerting.store.schema import delivery, fanout, passage, pulse, recipient, tally


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
    most: float | None
    """95 %"""
    last: float | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery as an auditor reads it."""

    channel: str
    recipient_id: int
    name: str
    nis: str
    language: Language
    address: str
    state: State
    tries: int
    trouble: Trouble | None
    detail: str
    reference: str
    sent_at: datetime | None
    settled_at: datetime | None
    try_again_at: datetime | None
    route: str
    perhaps_twice: bool


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
    """When the first, half, 95 % and the last of what was handed over had left, per channel."""
    ticks = await connection.execute(
        sa.select(pulse.c.channel, pulse.c.tick, pulse.c.n)
        .where(pulse.c.alert_id == alert, pulse.c.kind == "sent")
        .order_by(pulse.c.channel, pulse.c.tick)
    )
    series: dict[str, list[tuple[int, int]]] = {}
    for row in ticks:
        series.setdefault(row.channel, []).append((row.tick, row.n))
    edges = await connection.execute(
        sa.select(fanout.c.channel, fanout.c.first_at, fanout.c.last_at).where(
            fanout.c.alert_id == alert
        )
    )
    return [
        Times(
            row.channel,
            _seconds(row.first_at, began_at),
            _share(series.get(row.channel, ()), 0.5),
            _share(series.get(row.channel, ()), 0.95),
            _seconds(row.last_at, began_at),
        )
        for row in edges
    ]


async def page(
    connection: AsyncConnection,
    alert: int,
    *,
    after: tuple[str, int] | None = None,
    state: State | None = None,
    channel: str | None = None,
    limit: int = 100,
) -> list[DeliveryRow]:
    """Deliveries of an alert in key order, from behind `after` = (channel, recipient)."""
    query = (
        sa.select(
            delivery,
            recipient.c.name,
            recipient.c.nis,
        )
        .join_from(delivery, recipient, delivery.c.recipient_id == recipient.c.id, isouter=True)
        .where(delivery.c.alert_id == alert)
        .order_by(delivery.c.channel, delivery.c.recipient_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(
            sa.tuple_(delivery.c.channel, delivery.c.recipient_id) > sa.tuple_(*after)
        )
    if state is not None:
        query = query.where(delivery.c.state == state)
    if channel is not None:
        query = query.where(delivery.c.channel == channel)
    return [_row(row) for row in (await connection.execute(query)).mappings()]


def _row(row: sa.RowMapping) -> DeliveryRow:
    return DeliveryRow(
        channel=row["channel"],
        recipient_id=row["recipient_id"],
        name=row["name"] or "",
        nis=row["nis"] or "",
        language=Language(row["language"]),
        address=row["address"],
        state=State(row["state"]),
        tries=row["tries"],
        trouble=Trouble(row["trouble"]) if row["trouble"] else None,
        detail=row["detail"],
        reference=row["reference"],
        sent_at=row["sent_at"],
        settled_at=row["settled_at"],
        try_again_at=row["try_again_at"],
        route=row["route"],
        perhaps_twice=row["perhaps_twice"],
    )


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
