"""Rows of old sendings on their way to an archive: which may go, what is read, what is deleted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import CLOSED, AlertState
from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.delivery_archive import (
    ArchivedAttempt,
    ArchivedDelivery,
    ArchivedState,
    DeliveryArchive,
)
from alerting.domain.language import Language
from alerting.store.database import Database, table_of
from alerting.store.deliveries.archive_files import ArchiveContent
from alerting.store.deliveries.geography import Spread
from alerting.store.tables import (
    alerted_address,
    archived_spread,
    chunk,
    delivery,
    delivery_archive,
    delivery_attempt,
    delivery_count,
    recipient,
    sending,
    sending_channel,
    unmatched_receipt,
)

DeliveryTotals = Counter[tuple[str, str, str, str]]
"""How many deliveries, by channel, language, state and reason."""


async def archive_of(connection: AsyncConnection, sending_id: int) -> DeliveryArchive | None:
    """The archive of a sending; None while its deliveries are in the database."""
    query = sa.select(*_ARCHIVE).where(delivery_archive.c.sending_id == sending_id)
    row = (await connection.execute(query)).mappings().first()
    return DeliveryArchive(**row) if row else None


async def undeleted(connection: AsyncConnection) -> list[DeliveryArchive]:
    """Archives whose deliveries are not all deleted yet."""
    query = (
        sa.select(*_ARCHIVE)
        .where(delivery_archive.c.deleted_at.is_(None))
        .order_by(delivery_archive.c.sending_id)
    )
    return [DeliveryArchive(**row) for row in (await connection.execute(query)).mappings()]


async def ended(connection: AsyncConnection, *, before: datetime, limit: int) -> list[int]:
    """Sendings that ended before a moment and are in no archive, the oldest first."""
    archived = sa.exists().where(delivery_archive.c.sending_id == sending.c.id)
    return list(
        await connection.scalars(
            sa.select(sending.c.id)
            .where(sending.c.finished_at.is_not(None), _over(before), sa.not_(archived))
            .order_by(sending.c.id)
            .limit(limit)
        )
    )


async def any_being_sent(connection: AsyncConnection) -> bool:
    """Whether anything is: what can wait, waits for it."""
    existing_exists = sa.exists().where(sending.c.state == AlertState.SENDING)
    return bool(await connection.scalar(sa.select(existing_exists)))


async def may_be_archived(
    connection: AsyncConnection,
    sending_id: int,
    *,
    ended_before: datetime,
    receipts_within: Mapping[str, timedelta],
    now: datetime,
) -> bool:
    """Whether the deliveries of a sending change no more, and nobody needs them to send anything.

    What follows it is told to whoever it may have reached, and so is what follows that: the whole
    chain has ended. `receipts_within`: channel -> how long after the last message a receipt is
    expected.
    """
    chain = _chain(sending_id)
    members = sa.select(sending.c.id).where(sending.c.id.in_(sa.select(chain.c.id)))
    going_on = sa.and_(sending.c.sent_at.is_not(None), sa.not_(_over(ended_before)))
    itself = sa.exists().where(sending.c.id == sending_id, sending.c.sent_at.is_not(None))
    unfinished = sa.exists().where(chunk.c.sending_id == sending_id, chunk.c.state != "done")
    open_ones = sa.or_(unfinished, members.where(going_on).exists())
    if not await connection.scalar(sa.select(sa.and_(itself, sa.not_(open_ones)))):
        return False
    last = await connection.execute(
        sa.select(sending_channel.c.channel, sending_channel.c.last_at).where(
            sending_channel.c.sending_id == sending_id, sending_channel.c.last_at.is_not(None)
        )
    )
    return all(row.last_at + receipts_within.get(row.channel, timedelta()) <= now for row in last)


def _over(before: datetime) -> sa.ColumnElement[bool]:
    """That nothing of a sending leaves any more, and that it ended before a moment."""
    return sa.and_(
        sending.c.state.in_(sorted(CLOSED)),
        sa.func.coalesce(sending.c.finished_at <= before, sa.false()),
        sending.c.expires_at <= before,
    )


def _chain(sending_id: int) -> sa.CTE:
    """A sending, whatever it follows, whatever follows it, and so on."""
    chain = (
        sa.select(sending.c.id, sending.c.previous_sending)
        .where(sending.c.id == sending_id)
        .cte("chain", recursive=True)
    )
    other = sending.alias("other")
    return chain.union(
        sa.select(other.c.id, other.c.previous_sending).join(
            chain,
            sa.or_(other.c.id == chain.c.previous_sending, other.c.previous_sending == chain.c.id),
        )
    )


async def channels_of(connection: AsyncConnection, sending_id: int) -> list[str]:
    """The channels of a sending, in the order in which they are archived."""
    query = (
        sa.select(sending_channel.c.channel)
        .where(sending_channel.c.sending_id == sending_id)
        .order_by(sending_channel.c.channel)
    )
    return list(await connection.scalars(query))


async def read_deliveries(
    connection: AsyncConnection, sending_id: int, channel: str, *, after: int, limit: int
) -> list[ArchivedDelivery]:
    """The next deliveries of a channel, from behind a recipient."""
    query = (
        sa.select(
            delivery.c.recipient_id,
            delivery.c.language,
            delivery.c.state,
            delivery.c.attempts,
            delivery.c.failure_reason,
            delivery.c.route,
            delivery.c.possible_duplicate,
            delivery.c.sent_at,
            delivery.c.settled_at,
            recipient.c.nis_code,
        )
        .join(recipient, recipient.c.id == delivery.c.recipient_id, isouter=True)
        .where(
            delivery.c.sending_id == sending_id,
            delivery.c.channel == channel,
            delivery.c.recipient_id > after,
        )
        .order_by(delivery.c.recipient_id)
        .limit(limit)
    )
    rows = (await connection.execute(query)).all()
    if not rows:
        return []
    earlier = await _earlier(
        connection, sending_id, channel, rows[0].recipient_id, rows[-1].recipient_id
    )
    return [
        ArchivedDelivery(
            channel=channel,
            recipient_id=row.recipient_id,
            nis_code=row.nis_code or "",
            language=Language(row.language),
            state=State(row.state),
            failure_reason=_reason(row.failure_reason),
            route=row.route,
            attempts=row.attempts,
            possible_duplicate=row.possible_duplicate,
            sent_at=row.sent_at,
            settled_at=row.settled_at,
            earlier=earlier.get(row.recipient_id, ()),
        )
        for row in rows
    ]


async def _earlier(
    connection: AsyncConnection, sending_id: int, channel: str, lo: int, hi: int
) -> dict[int, list[ArchivedAttempt]]:
    query = (
        sa.select(delivery_attempt)
        .where(
            delivery_attempt.c.sending_id == sending_id,
            delivery_attempt.c.channel == channel,
            delivery_attempt.c.recipient_id.between(lo, hi),
        )
        .order_by(delivery_attempt.c.recipient_id, delivery_attempt.c.number)
    )
    found: dict[int, list[ArchivedAttempt]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.recipient_id, []).append(
            ArchivedAttempt(
                state=State(row.state),
                failure_reason=_reason(row.failure_reason),
                route=row.route,
                sent_at=row.sent_at,
                settled_at=row.settled_at,
            )
        )
    return found


def _reason(written: str) -> FailureReason | None:
    return FailureReason(written) if written else None


async def hold_counts(connection: AsyncConnection, sending_id: int) -> DeliveryTotals:
    """The counters of a sending; they, and so its deliveries, change no more until the commit."""
    rows = await connection.execute(
        sa.select(delivery_count)
        .where(delivery_count.c.sending_id == sending_id, delivery_count.c.n != 0)
        .order_by(*delivery_count.primary_key.columns)
        .with_for_update()
    )
    return Counter(
        {(row.channel, row.language, row.state, row.failure_reason): row.n for row in rows}
    )


async def insert(
    connection: AsyncConnection,
    sending_id: int,
    *,
    file: str,
    content: ArchiveContent,
    spread: Spread,
    now: datetime,
) -> None:
    """Note that a sending is archived, and what its report says from now on."""
    await connection.execute(
        sa.insert(delivery_archive).values(
            sending_id=sending_id,
            file=file,
            **content._asdict(),
            archived_at=now,
            planned=spread.planned,
        )
    )
    rows = [
        {"sending_id": sending_id, "nis_code": nis_code, "state": state, "n": n}
        for (nis_code, state), n in spread.counts.items()
    ]
    if rows:
        await connection.execute(sa.insert(archived_spread), rows)


async def delete_archived(
    connection: AsyncConnection,
    database: Database,
    sending_id: int,
    lines: Sequence[ArchivedState],
    *,
    begin: int,
    end: int,
) -> bool:
    """Delete the deliveries these lines are about, and their tries; `begin`, `end`: their bytes.

    Only those that are still as the file says. False where somebody else has come further already.
    """
    moved = await connection.execute(
        sa.update(delivery_archive)
        .where(delivery_archive.c.sending_id == sending_id, delivery_archive.c.deleted_to == begin)
        .values(deleted_to=end)
    )
    if not moved.rowcount:
        return False
    deleted = 0
    for channel, archived_states in groupby(lines, key=lambda state: state.channel):
        given = list(archived_states)
        whose = {
            "of_sending": sending_id,
            "of_channel": channel,
            "lo": given[0].recipient_id,
            "hi": given[-1].recipient_id,
        }
        document = database.document(state[1:] for state in given)
        done = await connection.execute(
            _deleting_deliveries(sqlite=database.is_sqlite), {**whose, "given": document}
        )
        deleted += done.rowcount
        await connection.execute(_deleting_attempts(), whose)
    if kept := len(lines) - deleted:
        await connection.execute(
            sa.update(delivery_archive)
            .where(delivery_archive.c.sending_id == sending_id)
            .values(kept=delivery_archive.c.kept + kept)
        )
    return True


def _range(of: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    """Of rows with the key of deliveries: a range of it, all of it named, so that it is walked."""
    return (
        of.c.sending_id == sa.bindparam("of_sending"),
        of.c.channel == sa.bindparam("of_channel"),
        of.c.recipient_id.between(sa.bindparam("lo"), sa.bindparam("hi")),
    )


def _deleting_deliveries(*, sqlite: bool) -> sa.Delete:
    named = (
        delivery.c.recipient_id,
        delivery.c.state,
        delivery.c.failure_reason,
        delivery.c.attempts,
    )
    given = table_of(named, sqlite=sqlite)
    as_written = sa.tuple_(*named).in_(sa.select(*given.columns))
    return sa.delete(delivery).where(*_range(delivery), as_written)


def _deleting_attempts() -> sa.Delete:
    still_there = sa.exists().where(
        delivery.c.sending_id == delivery_attempt.c.sending_id,
        delivery.c.channel == delivery_attempt.c.channel,
        delivery.c.recipient_id == delivery_attempt.c.recipient_id,
        *_range(delivery),
    )
    return sa.delete(delivery_attempt).where(*_range(delivery_attempt), sa.not_(still_there))


async def finish_deleting(
    connection: AsyncConnection, sending_id: int, *, now: datetime
) -> DeliveryArchive | None:
    """Delete what is left without its deliveries; the archive, or None where it was done before.

    Chunks, receipts that fit no try, and HMACs of addresses for what would have followed it.
    """
    done = await connection.execute(
        sa.update(delivery_archive)
        .where(delivery_archive.c.sending_id == sending_id, delivery_archive.c.deleted_at.is_(None))
        .values(deleted_at=now)
    )
    if not done.rowcount:
        return None
    for table in (chunk, unmatched_receipt, alerted_address):
        await connection.execute(sa.delete(table).where(table.c.sending_id == sending_id))
    return await archive_of(connection, sending_id)


_ARCHIVE: tuple[sa.Column[Any], ...] = tuple(
    column for column in delivery_archive.c if column.name != "planned"
)
