"""What became of a leased chunk, written in one transaction with its counters.

These functions are the hot path: they do not wait between statements, and run in one go
(`Database.at_once`).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import (
    State,
    Verdict,
)
from alerting.store.database import Database, table_of
from alerting.store.deliveries import attempts
from alerting.store.deliveries.chunks import IN_CHUNK, Due, Lease, chunk_bounds
from alerting.store.deliveries.conditions import may_become, same_delivery
from alerting.store.deliveries.counters import DeliveryCounts
from alerting.store.tables import (
    chunk,
    delivery,
    sending_channel,
)

PAUSE = timedelta(seconds=1)
"""Before a chunk goes on with deliveries that were not tried at all."""


class Settled(NamedTuple):
    """What became of one try. `handed_over_at` is when the provider answered yes.

    `route` is empty where no route was asked, or several refused it. `possible_duplicate`: it was
    handed over although an earlier try may have got through.
    `doubted_at` is when it was found that it may have got through, its answer missing; without a
    route, it is a try that a dead worker may have made by any.
    """

    due: Due
    verdict: Verdict
    handed_over_at: datetime | None = None
    route: str = ""
    possible_duplicate: bool = False
    doubted_at: datetime | None = None


def settle(
    connection: sa.Connection,
    database: Database,
    lease: Lease,
    settled: Sequence[Settled],
    *,
    began_at: datetime,
    now: datetime,
    still_in_doubt: bool = False,
) -> datetime | None:
    """Write down what became of a chunk's deliveries; answers when the chunk is due again.

    A row a receipt has already moved on keeps its newer state. None means the chunk is done.
    In one piece: one statement, with the counters that must agree with it.
    """
    moved = _write_alike(connection, database, lease, settled, now)
    if moved is None:
        moved = _write_verdicts(connection, database, lease, settled, now)
    twice = sum(result.possible_duplicate for result in moved)
    if len(moved) < len(settled):
        twice += _refer(connection, database, lease, settled)
    # Added up first: the same few movements come hundreds of times.
    movements = Counter(
        (
            result.due.language,
            result.due.failure_reason,
            result.verdict.state,
            result.verdict.failure_reason,
        )
        for result in moved
    )
    handed = Counter(
        result.handed_over_at for result in settled if result.handed_over_at is not None
    )
    counts = DeliveryCounts()
    place = (lease.sending_id, lease.channel)
    for (language, before, state, failure_reason), n in movements.items():
        counts.move(
            *place, language, (State.WAITING.value, before), Verdict(state, failure_reason), n
        )
    _count_attempts(counts, lease, settled, moved, began_at)
    # The row in sending_channel before the counters', as planning takes them: the other way round,
    # the two would wait for each other.
    if handed:
        _note_times(connection, lease, min(handed), max(handed), twice)
    counts.write(connection, database)
    if any(state is State.SENT for _, _, state, _ in movements):
        sent = {"wanted": lease.chunk_id, "sent": max(handed, default=now)}
        connection.execute(_awaiting_receipts(), sent)
    if len(moved) == lease.size and not any(state is State.WAITING for _, _, state, _ in movements):
        whole = {"wanted": lease.chunk_id, "worker": lease.by, "as_large": lease.size}
        if connection.execute(_closing_whole(), whole).rowcount:
            return None
    return _release(connection, lease, now=now, in_doubt=still_in_doubt)


def _count_attempts(
    counts: DeliveryCounts,
    lease: Lease,
    settled: Sequence[Settled],
    moved: Sequence[Settled],
    began_at: datetime,
) -> None:
    """What each route answered, and when deliveries were handed over for the first time."""
    place = (lease.sending_id, lease.channel)
    first = Counter(
        result.handed_over_at
        for result in moved
        if result.handed_over_at is not None and not result.due.sent_before
    )
    for at, n in first.items():
        counts.add_to_timeline(*place, "sent", at - began_at, n)
    outcomes = Counter((result.route, result.verdict.state) for result in settled if result.route)
    for (route, answer), n in outcomes.items():
        counts.count_route_outcome(*place, route, answer, n)


def _write_alike(
    connection: sa.Connection,
    database: Database,
    lease: Lease,
    settled: Sequence[Settled],
    now: datetime,
) -> Sequence[Settled] | None:
    """Move a whole chunk by its range where all came to the same; None where they did not.

    Nearly every chunk of e-mail does: then no row has to be named. The references must be made of
    the deliveries' own keys, as a Message-ID is.
    """
    if not settled or len(settled) != lease.size or settled[0].verdict.failure_reason is not None:
        return None
    first, _, handed_over_at, route, _, _ = settled[0]
    state = settled[0].verdict.state
    prefix = f"{lease.sending_id}.{lease.channel}."
    suffix = settled[0].verdict.reference.removeprefix(f"{prefix}{first.recipient_id}")
    for due, verdict, at, by, twice, _ in settled:
        if (
            verdict.reference != f"{prefix}{due.recipient_id}{suffix}"
            or verdict.state is not state
            or at != handed_over_at
            or by != route
            or due.attempts
            or twice
        ):
            return None
    more = {"prefix": prefix, "suffix": suffix, "new_state": state, "by_route": route}
    times = {"handed_over_at": handed_over_at, "now": now}
    changed = connection.execute(_settling_alike(), chunk_bounds(lease) | more | times)
    if changed.rowcount == lease.size:
        return settled
    # A receipt was quicker than the answers for some of them.
    moved = set(
        connection.execute(
            sa.select(delivery.c.recipient_id).where(
                *IN_CHUNK, delivery.c.state == state, delivery.c.settled_at == now
            ),
            chunk_bounds(lease),
        ).scalars()
    )
    return [result for result in settled if result.due.recipient_id in moved]


def _write_verdicts(
    connection: sa.Connection,
    database: Database,
    lease: Lease,
    settled: Sequence[Settled],
    now: datetime,
) -> Sequence[Settled]:
    """Move the rows that still wait; answers which ones did."""
    if not settled:
        return settled
    document = _document(database, lease, settled)
    if any(result.due.attempts for result in settled):
        connection.execute(_moving_attempts(sqlite=database.is_sqlite), {"given": document})
    rows = connection.execute(_settling(sqlite=database.is_sqlite), {"given": document, "now": now})
    moved = set(rows.scalars())
    if len(moved) == len(settled):
        return settled
    return [result for result in settled if result.due.recipient_id in moved]


def _refer(
    connection: sa.Connection, database: Database, lease: Lease, settled: Sequence[Settled]
) -> int:
    """Somebody was quicker: keep that state, and add what is known of these tries.

    A receipt of an earlier try; or another worker, to which this one was dead for a while: where
    both handed it over, that is noted. Answers for how many.
    """
    document = {"given": _document(database, lease, settled)}
    again = connection.execute(_coming_again(sqlite=database.is_sqlite), document).all()
    connection.execute(_referring(sqlite=database.is_sqlite), document)
    connection.execute(_adding_attempts(sqlite=database.is_sqlite), document)
    return len(again)


def _document(database: Database, lease: Lease, settled: Sequence[Settled]) -> str:
    return database.document(
        (
            lease.sending_id,
            lease.channel,
            result.due.recipient_id,
            result.verdict.state,
            result.verdict.failure_reason or "",
            result.verdict.provider_code,
            result.verdict.reference,
            result.verdict.next_attempt_at,
            result.handed_over_at,
            result.route,
            result.possible_duplicate,
            result.doubted_at,
        )
        for result in settled
    )


@cache
def _settling(*, sqlite: bool) -> sa.Update:
    given = _verdicts(sqlite=sqlite)
    untried = sa.and_(given.c.route == "", given.c.reference == "", given.c.doubted_at.is_(None))
    return (
        sa.update(delivery)
        .where(same_delivery(given), may_become(given.c.state, among=[State.WAITING]))
        .values(
            state=given.c.state,
            attempts=delivery.c.attempts + 1,
            failure_reason=given.c.failure_reason,
            provider_code=given.c.provider_code,
            # What no route was given now is still what an earlier try made of it.
            reference=sa.case((untried, delivery.c.reference), else_=given.c.reference),
            route=sa.case((untried, delivery.c.route), else_=given.c.route),
            next_attempt_at=given.c.next_attempt_at,
            sent_at=sa.func.coalesce(given.c.sent_at, delivery.c.sent_at),
            possible_duplicate=sa.or_(delivery.c.possible_duplicate, given.c.possible_duplicate),
            doubted_at=sa.func.coalesce(given.c.doubted_at, delivery.c.doubted_at),
            settled_at=sa.bindparam("now", type_=delivery.c.settled_at.type),
        )
        .returning(delivery.c.recipient_id)
    )


@cache
def _moving_attempts(*, sqlite: bool) -> sa.Insert:
    """What is tried again: the try before moves into a row of its own."""
    given = _verdicts(sqlite=sqlite)
    return attempts.moving(
        sa.select(delivery)
        .join(given, same_delivery(given))
        .where(
            delivery.c.state == State.WAITING,
            delivery.c.attempts > 0,
            # A dead worker's try has no route.
            sa.or_(delivery.c.route != "", delivery.c.failure_reason == FailureReason.UNCLEAR),
            sa.or_(given.c.route != "", given.c.doubted_at.is_not(None)),
        )
    )


@cache
def _adding_attempts(*, sqlite: bool) -> sa.Insert:
    return attempts.adding(_verdicts(sqlite=sqlite))


@cache
def _settling_alike() -> sa.Update:
    after = sa.bindparam("new_state", type_=delivery.c.state.type)
    return (
        sa.update(delivery)
        .where(*IN_CHUNK, may_become(after, among=[State.WAITING]))
        .values(
            state=after,
            attempts=delivery.c.attempts + 1,
            reference=sa.bindparam("prefix", type_=sa.String)
            + sa.cast(delivery.c.recipient_id, sa.String)
            + sa.bindparam("suffix", type_=sa.String),
            route=sa.bindparam("by_route"),
            sent_at=sa.bindparam("handed_over_at", type_=delivery.c.sent_at.type),
            settled_at=sa.bindparam("now", type_=delivery.c.settled_at.type),
        )
    )


@cache
def _referring(*, sqlite: bool) -> sa.Update:
    given = _verdicts(sqlite=sqlite)
    return (
        sa.update(delivery)
        .where(
            same_delivery(given),
            delivery.c.reference == "",
            delivery.c.route == "",
            given.c.reference != "",
        )
        .values(reference=given.c.reference, route=given.c.route, attempts=delivery.c.attempts + 1)
    )


@cache
def _coming_again(*, sqlite: bool) -> sa.Update:
    """Two references are two messages; of a repetition in doubt, whoever repeats it knows."""
    given = _verdicts(sqlite=sqlite)
    another = sa.and_(
        delivery.c.reference != "",
        given.c.reference != "",
        delivery.c.reference != given.c.reference,
    )
    return (
        sa.update(delivery)
        .where(
            same_delivery(given),
            delivery.c.state != State.WAITING,
            delivery.c.possible_duplicate.is_(False),
            sa.or_(given.c.possible_duplicate, another),
        )
        .values(possible_duplicate=True)
        .returning(delivery.c.recipient_id)
    )


def _verdicts(*, sqlite: bool) -> sa.Subquery:
    # The whole key stands in every row: with the chunk's constants instead, SQLite would walk the
    # deliveries of the channel, and all the rows given for each of them.
    return table_of(
        [
            delivery.c.sending_id,
            delivery.c.channel,
            delivery.c.recipient_id,
            delivery.c.state,
            delivery.c.failure_reason,
            delivery.c.provider_code,
            delivery.c.reference,
            delivery.c.next_attempt_at,
            delivery.c.sent_at,
            delivery.c.route,
            delivery.c.possible_duplicate,
            delivery.c.doubted_at,
        ],
        sqlite=sqlite,
    )


def _note_times(
    connection: sa.Connection, lease: Lease, first: datetime, last: datetime, twice: int
) -> None:
    given = {"first": first, "last": last, "twice": twice}
    whose = {"of_sending": lease.sending_id, "of_channel": lease.channel}
    connection.execute(_noting_times(), whose | given)


@cache
def _noting_times() -> sa.Update:
    first, last = (
        sa.bindparam(name, type_=sending_channel.c.first_at.type) for name in ("first", "last")
    )
    return (
        sa.update(sending_channel)
        .where(
            sending_channel.c.sending_id == sa.bindparam("of_sending"),
            sending_channel.c.channel == sa.bindparam("of_channel"),
        )
        .values(
            first_at=sa.case(
                (sending_channel.c.first_at <= first, sending_channel.c.first_at), else_=first
            ),
            last_at=sa.case(
                (sending_channel.c.last_at >= last, sending_channel.c.last_at), else_=last
            ),
            possible_duplicate=sending_channel.c.possible_duplicate
            + sa.bindparam("twice", type_=sa.Integer),
        )
    )


def _release(
    connection: sa.Connection, lease: Lease, *, now: datetime, in_doubt: bool
) -> datetime | None:
    """Close the chunk, or make it due when its next delivery is, with a pause if it must ask.

    Not when another worker has it by now: it would be taken from that one's hands.
    """
    given = chunk_bounds(lease) | {"now": now, "after_a_pause": now + PAUSE}
    again, waiting, put_off = connection.execute(_left_waiting(), given).one()
    if not waiting:
        connection.execute(_closing(), {"wanted": lease.chunk_id, "worker": lease.by})
        return None
    released = connection.execute(
        sa.update(chunk)
        .where(
            chunk.c.id == lease.chunk_id, chunk.c.state == "leased", chunk.c.leased_by == lease.by
        )
        .values(
            state="ready",
            due_at=again,
            leased_by="",
            in_doubt=in_doubt,
            all_put_off=waiting == put_off,
        )
    )
    return again if released.rowcount else None


@cache
def _left_waiting() -> sa.Select[Any, int, int]:
    """When the next of a chunk is due, how many wait, and how many of those were put off."""
    stamp = delivery.c.next_attempt_at.type
    now, later = (sa.bindparam(name, type_=stamp) for name in ("now", "after_a_pause"))
    next_one = sa.case((delivery.c.next_attempt_at > now, delivery.c.next_attempt_at), else_=later)
    return sa.select(
        sa.func.min(next_one, type_=stamp),
        sa.func.count(),
        sa.func.count(delivery.c.next_attempt_at),
    ).where(*IN_CHUNK, delivery.c.state == State.WAITING)


@cache
def _awaiting_receipts() -> sa.Update:
    """Note when the last was handed over, whoever has the chunk by now."""
    sent = sa.bindparam("sent", type_=chunk.c.last_sent_at.type)
    return (
        sa.update(chunk)
        .where(
            chunk.c.id == sa.bindparam("wanted"),
            sa.or_(chunk.c.last_sent_at.is_(None), chunk.c.last_sent_at < sent),
        )
        .values(last_sent_at=sent)
    )


@cache
def _closing() -> sa.Update:
    return (
        sa.update(chunk)
        .where(
            chunk.c.id == sa.bindparam("wanted"),
            chunk.c.state == "leased",
            chunk.c.leased_by == sa.bindparam("worker"),
        )
        .values(state="done", leased_by="", in_doubt=False)
    )


@cache
def _closing_whole() -> sa.Update:
    """Close a chunk all of which was settled, unless it grew meanwhile: see `planning.hand_on`."""
    return _closing().where(chunk.c.size == sa.bindparam("as_large"))
