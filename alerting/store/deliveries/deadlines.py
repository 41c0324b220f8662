"""What time ends: receipts that never came, and what waits and may not leave any more.

By ranges, a chunk at a time: no statement grows with what is settled already.
"""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State, Verdict, written_off
from alerting.domain.language import Language
from alerting.store.database import Database
from alerting.store.deliveries.conditions import may_become
from alerting.store.deliveries.counters import DeliveryCounts
from alerting.store.tables import chunk, delivery

NO_RECEIPT = Verdict(State.UNCONFIRMED, FailureReason.NO_RECEIPT)


def close_ready(
    connection: sa.Connection,
    database: Database,
    sending_id: int,
    reason: FailureReason,
    *,
    now: datetime,
    at_most: int,
) -> int:
    """Write off what waits in some chunks of a sending of which nothing more may leave.

    What may have got through becomes unconfirmed, the rest expired for this reason. Chunks in doubt
    are left: somebody has to find out about them first. Answers how many chunks were closed.
    """
    rows = connection.execute(
        sa.select(chunk.c.id, chunk.c.channel, chunk.c.lo, chunk.c.hi)
        .where(
            chunk.c.sending_id == sending_id, chunk.c.state == "ready", chunk.c.in_doubt.is_(False)
        )
        .limit(at_most)
        .with_for_update(skip_locked=True)
    ).all()
    counts = DeliveryCounts()
    for row in rows:
        waiting = _in_range(sending_id, row.channel, row.lo, row.hi, State.WAITING)

        def verdict(failure_reason: str) -> Verdict:
            return written_off(reason, in_doubt=failure_reason == FailureReason.UNCLEAR)

        _end(
            connection, counts, (sending_id, row.channel), waiting, State.WAITING, verdict, now=now
        )
    counts.write(connection, database)
    connection.execute(
        sa.update(chunk).where(chunk.c.id.in_([row.id for row in rows])).values(state="done")
    )
    return len(rows)


def give_up_receipts(
    connection: sa.Connection,
    database: Database,
    sending_id: int,
    channel: str,
    *,
    since: datetime,
    now: datetime,
    at_most: int,
) -> int:
    """Deliveries handed over at or before `since` without a receipt become unconfirmed.

    In chunks of which nothing was handed over after it; each is looked through once. Answers how
    many chunks were. Deliveries are held before their chunk, as settling does.
    """
    rows = connection.execute(
        sa.select(chunk.c.id, chunk.c.channel, chunk.c.lo, chunk.c.hi, chunk.c.last_sent_at)
        .where(
            chunk.c.sending_id == sending_id,
            chunk.c.channel == channel,
            chunk.c.last_sent_at <= since,
        )
        .order_by(chunk.c.id)
        .limit(at_most)
    ).all()
    counts = DeliveryCounts()
    for row in rows:
        sent = _in_range(sending_id, channel, row.lo, row.hi, State.SENT)
        silent = sa.and_(sent, delivery.c.sent_at <= since)
        _end(
            connection, counts, (sending_id, channel), silent, State.SENT, lambda _: NO_RECEIPT,
            now=now,
        )  # fmt: skip
    counts.write(connection, database)
    for row in rows:  # not where a later try was handed over meanwhile
        connection.execute(
            sa.update(chunk)
            .where(chunk.c.id == row.id, chunk.c.last_sent_at == row.last_sent_at)
            .values(last_sent_at=None)
        )
    return len(rows)


def _in_range(
    sending_id: int, channel: str, lo: int, hi: int, state: State
) -> sa.ColumnElement[bool]:
    return sa.and_(
        delivery.c.sending_id == sending_id,
        delivery.c.channel == channel,
        delivery.c.recipient_id.between(lo, hi),
        delivery.c.state == state,
    )


def _end(
    connection: sa.Connection,
    counts: DeliveryCounts,
    place: tuple[int, str],
    condition: sa.ColumnElement[bool],
    state: State,
    verdict_of: Callable[[str], Verdict],
    *,
    now: datetime,
) -> None:
    """Give those deliveries, all in this state, the verdict that follows from their reason.

    ValueError where more or fewer changed than were counted: the counters would not match.
    """
    held = (
        sa.select(delivery.c.language, delivery.c.failure_reason)
        .where(condition)
        .with_for_update()
        .subquery()
    )
    standing = connection.execute(
        sa.select(held.c.language, held.c.failure_reason, sa.func.count().label("n")).group_by(
            held.c.language, held.c.failure_reason
        )
    ).all()
    for failure_reason in {row.failure_reason for row in standing}:
        verdict = verdict_of(failure_reason)
        changed = connection.execute(
            sa.update(delivery)
            .where(
                condition,
                delivery.c.failure_reason == failure_reason,
                may_become(verdict.state, among=[state]),
            )
            .values(
                state=verdict.state,
                failure_reason=verdict.failure_reason or "",
                provider_code=verdict.provider_code,
                settled_at=now,
                next_attempt_at=None,
            )
        ).rowcount
        counted = 0
        for row in standing:
            if row.failure_reason == failure_reason:
                counts.move(*place, Language(row.language), (state, failure_reason), verdict, row.n)
                counted += row.n
        if changed != counted:
            raise ValueError(f"{counted} deliveries were counted and {changed} changed")
