"""Deliveries found by what is known of them, page by page. Never a count over all rows.

The key of a delivery is its only index on purpose: planning writes a million of them in seconds.
"""

import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.delivery_filter import ALL_DELIVERIES, DeliveryFilter
from alerting.domain.delivery_row import DeliveryRow, EarlierAttempt
from alerting.domain.language import Language
from alerting.domain.page import Page, page_of
from alerting.store.database import each_of
from alerting.store.tables import delivery, delivery_attempt, delivery_count, recipient
from alerting.store.tables.metadata import BigId
from alerting.store.visibility import Conditions

WINDOW = 20_000
LOOKED_THROUGH = 60_000
"""Deliveries that one page looks through at most: it is there in a tenth of a second."""
LOOKED_FOR = 1.0
"""Seconds that a page goes on looking beyond that while it has nothing to show."""

DeliveryPage = Page[DeliveryRow, tuple[str, int]]
"""Deliveries of one sending in key order; `next` is (channel, recipient)."""


async def page(
    connection: AsyncConnection,
    sending_id: int,
    *,
    after: tuple[str, int] | None = None,
    wanted: DeliveryFilter = ALL_DELIVERIES,
    recipients: Sequence[int] | None = None,
    seen: Conditions = (),
    limit: int = 100,
) -> DeliveryPage:
    """Deliveries of a sending in key order, from behind `after` = (channel, recipient).

    `recipients`: only theirs, whoever `wanted` names. `seen`: what of it an officer may look at, as
    conditions on `recipient`. Where few of very many fit, a page looks through LOOKED_THROUGH of
    them, or for LOOKED_FOR where none was found so far, and says where to go on. Counters tell
    which channels are worth looking at, and when all have been found.
    """
    fitting = _fitting(sending_id, wanted, seen)
    channels = await _worth_a_look(connection, sending_id, wanted)
    if recipients is not None:
        their_query = _of_recipients(
            fitting, [channel for channel, _ in channels], recipients, after
        )
        return page_of(await _rows(connection, their_query.limit(limit + 1)), limit, _key)
    rows: list[DeliveryRow] = []
    budget, until = LOOKED_THROUGH, time.monotonic() + LOOKED_FOR
    selective = wanted.selective or bool(seen)
    for channel, there in channels:
        if after is not None and channel < after[0]:
            continue
        begun = after is not None and channel == after[0]
        start = after[1] if after is not None and begun else 0
        found = 0
        while begun or found < there:
            end = await _window(connection, sending_id, channel, start) if selective else None
            query = fitting.where(delivery.c.channel == channel, delivery.c.recipient_id > start)
            if end is not None:
                query = query.where(delivery.c.recipient_id <= end)
            more = await _rows(connection, query.limit(limit + 1 - len(rows)))
            rows += more
            found += len(more)
            if len(rows) > limit:
                return page_of(rows, limit, _key)
            if end is None:
                break
            start, budget = end, budget - WINDOW
            if budget <= 0 and (rows or time.monotonic() > until):
                return Page(rows, (channel, end))
    return Page(rows)


def _of_recipients(
    fitting: sa.Select[Any],
    channels: Sequence[str],
    recipients: Sequence[int],
    after: tuple[str, int] | None,
) -> sa.Select[Any]:
    """What a few people were sent: looked up by key."""
    their_query = fitting.where(
        delivery.c.channel.in_(channels), delivery.c.recipient_id.in_(recipients)
    )
    if after is None:
        return their_query
    return their_query.where(
        sa.tuple_(delivery.c.channel, delivery.c.recipient_id) > sa.tuple_(*after)
    )


async def _worth_a_look(
    connection: AsyncConnection, sending_id: int, delivery_filter: DeliveryFilter
) -> list[tuple[str, int]]:
    """Channels with deliveries that may fit, and how many there can be."""
    query = (
        sa.select(delivery_count.c.channel, sa.func.sum(delivery_count.c.n).label("there"))
        .where(delivery_count.c.sending_id == sending_id)
        .group_by(delivery_count.c.channel)
        .having(sa.func.sum(delivery_count.c.n) > 0)
        .order_by(delivery_count.c.channel)
    )
    for column, value in (
        (delivery_count.c.channel, delivery_filter.channel),
        (delivery_count.c.state, delivery_filter.state),
        (delivery_count.c.language, delivery_filter.language),
        (delivery_count.c.failure_reason, delivery_filter.failure_reason),
    ):
        if value is not None:
            query = query.where(column == value)
    return [(row.channel, int(row.there)) for row in await connection.execute(query)]


async def _window(
    connection: AsyncConnection, sending_id: int, channel: str, start: int
) -> int | None:
    """The last recipient of the next WINDOW deliveries; None when fewer are left."""
    return await connection.scalar(
        sa.select(delivery.c.recipient_id)
        .where(
            delivery.c.sending_id == sending_id,
            delivery.c.channel == channel,
            delivery.c.recipient_id > start,
        )
        .order_by(delivery.c.recipient_id)
        .offset(WINDOW - 1)
        .limit(1)
    )


def _key(row: DeliveryRow) -> tuple[str, int]:
    return row.channel, row.recipient_id


def _fitting(
    sending_id: int, delivery_filter: DeliveryFilter, conditions: Conditions
) -> sa.Select[Any]:
    query = (
        sa.select(delivery)
        .where(delivery.c.sending_id == sending_id)
        .order_by(delivery.c.channel, delivery.c.recipient_id)
    )
    for column, value in (
        (delivery.c.state, delivery_filter.state),
        (delivery.c.language, delivery_filter.language),
        (delivery.c.failure_reason, delivery_filter.failure_reason),
    ):
        if value is not None:
            query = query.where(column == value)
    if conditions:
        query = query.join(recipient, recipient.c.id == delivery.c.recipient_id).where(*conditions)
    if delivery_filter.since is not None:
        query = query.where(delivery.c.sent_at >= delivery_filter.since)
    if delivery_filter.until is not None:
        query = query.where(delivery.c.sent_at < delivery_filter.until)
    return query


async def _rows(connection: AsyncConnection, query: sa.Select[Any]) -> list[DeliveryRow]:
    """With the names of the people: looked up for what is shown only, never joined before."""
    found = query.subquery()
    named = (
        sa.select(found, recipient.c.name, recipient.c.nis_code)
        .join_from(found, recipient, found.c.recipient_id == recipient.c.id, isouter=True)
        .order_by(found.c.channel, found.c.recipient_id)
    )
    rows = (await connection.execute(named)).mappings().all()
    earlier = await _earlier(connection, rows)
    return [_row(row, earlier.get((row["channel"], row["recipient_id"]), ())) for row in rows]


async def _earlier(
    connection: AsyncConnection, rows: Sequence[sa.RowMapping]
) -> dict[tuple[str, int], list[EarlierAttempt]]:
    """The earlier tries of deliveries of one sending."""
    earlier_attempts: dict[tuple[str, int], list[EarlierAttempt]] = {}
    if rows:
        people = {row["recipient_id"] for row in rows}
        query = (
            sa.select(delivery_attempt)
            .where(
                delivery_attempt.c.sending_id == rows[0]["sending_id"],
                delivery_attempt.c.channel.in_({row["channel"] for row in rows}),
                delivery_attempt.c.recipient_id.in_(each_of(connection, people, BigId)),
            )
            .order_by(delivery_attempt.c.number)
        )
        for one in await connection.execute(query):
            earlier_attempts.setdefault((one.channel, one.recipient_id), []).append(
                EarlierAttempt(
                    number=one.number,
                    state=State(one.state),
                    failure_reason=FailureReason(one.failure_reason)
                    if one.failure_reason
                    else None,
                    provider_code=one.provider_code,
                    reference=one.reference,
                    route=one.route,
                    sent_at=one.sent_at,
                    settled_at=one.settled_at,
                )
            )
    return earlier_attempts


def _row(row: sa.RowMapping, earlier_earlier_attempts: Sequence[EarlierAttempt]) -> DeliveryRow:
    return DeliveryRow(
        channel=row["channel"],
        recipient_id=row["recipient_id"],
        name=row["name"] or "",
        nis_code=row["nis_code"] or "",
        language=Language(row["language"]),
        address=row["address"],
        state=State(row["state"]),
        attempts=row["attempts"],
        failure_reason=FailureReason(row["failure_reason"]) if row["failure_reason"] else None,
        provider_code=row["provider_code"],
        reference=row["reference"],
        sent_at=row["sent_at"],
        settled_at=row["settled_at"],
        next_attempt_at=row["next_attempt_at"],
        route=row["route"],
        possible_duplicate=row["possible_duplicate"],
        earlier=earlier_earlier_attempts,
    )
