"""What a crash, an outage or mere time left behind: found in the database, put back to work.

Runs every second in one worker. Nothing here needs to know what happened, only what is due.
"""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import structlog
from sqlalchemy import Connection

from alerting.delivery import receipts
from alerting.domain.alert import CLOSED, AlertState
from alerting.domain.channel import FailureReason, Tracking
from alerting.domain.delivery import FINAL, LONGEST_WAIT
from alerting.domain.delivery_figures import Count
from alerting.domain.jobs import PlanChannel
from alerting.domain.ledger import SERVICE
from alerting.domain.sending import Sending
from alerting.rounds import LOCK_WAIT, each_apart, steps_apart
from alerting.services import Services
from alerting.store import sendings as sending_rows
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.deliveries import deadlines, statistics
from alerting.store.deliveries import planning as planning_rows
from alerting.store.unit_of_work import UnitOfWork

QUEUE_ANEW = 10
"""Seconds after which the same planning is queued under a new name. The queue takes a name only
once, and keeps the jobs of a worker that was killed for a while: nobody else may have them."""
MOVED_AT_ONCE = 50
"""Chunks dated too far ahead that are brought forward in one round."""
CLOSED_AT_ONCE = 4
"""Chunks closed, or looked through for receipts that never came, in one transaction."""
CLOSING_WITHIN = 0.7
"""Seconds of a round spent on both together, after all that is urgent."""
Batch = Callable[[Connection], int]
"""Works on the next few chunks of one kind; answers how many there were."""

log = structlog.get_logger()


async def recover_alerts(services: Services) -> None:
    """One round: have planned what is not, close what is done.

    It asks the database only: nothing here waits for a provider. Chunks that are due are no concern
    of it: each worker looks for them, see `Dispatcher.fill`.
    """
    now = services.now()
    async with services.reading() as reading:
        unfinished = await sending_rows.unfinished(reading.connection)
        overdue = await sending_rows.overdue(reading.connection, now=now)
    await each_apart("expired", partial(_expire, services), overdue)
    await steps_apart(partial(receipts.apply_early, services))
    if not unfinished:
        return
    async with services.unit() as unit:
        if moved := await unit.connection.run_sync(
            chunk_rows.bring_forward, now=now, latest=now + LONGEST_WAIT, limit=MOVED_AT_ONCE
        ):
            log.warning("chunks.dated_ahead", number=moved)
    looked_after = await each_apart("planned", partial(_look_after, services), unfinished)
    await _in_turn(services, [act for _, acts in looked_after for act in acts])
    perhaps_done = [number for number, _ in looked_after if number is not None]
    await each_apart("finished", partial(_finish_if_done, services), perhaps_done)


def _named_by(now: datetime) -> datetime:
    """A moment just past that stays the same for a while: it becomes part of a job's name."""
    return datetime.fromtimestamp(now.timestamp() // QUEUE_ANEW * QUEUE_ANEW, UTC)


async def _look_after(services: Services, number: int) -> tuple[int | None, list[Batch]]:
    """Have planned what is not; the sending, if it may be done, and what time has ended of it."""
    async with services.unit() as unit:
        async with unit.locks_within(LOCK_WAIT):
            sending = await sending_rows.load(unit.connection, number, lock=True)
        channels = await planning_rows.channels_of(unit.connection, number)
        if sending.state is AlertState.SENDING:
            for channel in await planning_rows.unfinished(unit.connection, number):
                at = _named_by(services.now())
                unit.after_commit(PlanChannel(number, channel), at)
        elif sending.state in CLOSED:
            await planning_rows.cut_short(unit.connection, number)
        busy = await planning_rows.has_open_chunks(unit.connection, number)
    ended = _ended_by_time(services, sending, channels)
    if sending.state not in CLOSED and busy and not ended:
        return None, []  # every second, beside what is sent: no more than needed
    return number, ended


def _ended_by_time(services: Services, sending: Sending, channels: Collection[str]) -> list[Batch]:
    """What waits of a closed sending, and where receipts may be overdue.

    Nothing more of the one is sent; a delivery of the other becomes unconfirmed: nobody knows. The
    sending is not locked meanwhile.
    """
    now = services.now()

    def some(act: Callable[..., int], **which: object) -> Batch:
        return partial(
            act,
            database=services.database,
            sending_id=sending.id,
            now=now,
            at_most=CLOSED_AT_ONCE,
            **which,
        )

    batches: list[Batch] = []
    if sending.state in CLOSED:
        late = sending.state is AlertState.EXPIRED
        reason = FailureReason.TOO_LATE if late else FailureReason.SUPERSEDED
        batches.append(some(deadlines.close_ready, reason=reason))
    for name in channels:
        channel = services.channels.get(name)
        if channel is None or channel.limits.tracking is not Tracking.RECEIPTS:
            continue
        since = now - channel.limits.receipt_within
        if sending.sent_at is not None and sending.sent_at <= since:
            batches.append(some(deadlines.give_up_receipts, channel=name, since=since))
    return batches


async def _in_turn(services: Services, batches: Iterable[Batch]) -> None:
    """A few chunks of each in turn, until no more are found or the round's time is over."""
    waiting, until = deque(batches), time.monotonic() + CLOSING_WITHIN
    while waiting and time.monotonic() < until:
        batch = waiting.popleft()
        if CLOSED_AT_ONCE in await each_apart("ended", services.database.at_once, [batch]):
            waiting.append(batch)


async def _finish_if_done(services: Services, number: int) -> None:
    async with services.unit() as unit:
        async with unit.locks_within(LOCK_WAIT):
            sending = await sending_rows.load(unit.connection, number, lock=True)
        counts = await statistics.counts(unit.connection, number)
        unplanned = await planning_rows.unfinished(unit.connection, number)
        if not unplanned and all(count.state in FINAL for count in counts):
            await _finish(unit, sending, counts, now=services.now())


async def _finish(
    unit: UnitOfWork, sending: Sending, counts: list[Count], *, now: datetime
) -> None:
    """Finished means: every delivery planned is in a final state, and none is missing."""
    planned = await planning_rows.audience_planned(unit.connection, sending.id)
    counted = sum(count.n for count in counts)
    if planned != counted:
        log.error("sending.counts_differ", sending=sending.id, planned=planned, counted=counted)
        return
    state = AlertState.ACTIVE if sending.may_become(AlertState.ACTIVE) else sending.state
    if sending.state is AlertState.STOPPED:
        return  # an officer says what becomes of it, or its end does
    await sending_rows.change(unit.connection, replace(sending, state=state, finished_at=now))
    totals: dict[str, int] = {}
    for count in counts:
        totals[count.state] = totals.get(count.state, 0) + count.n
    await unit.record(
        f"{sending.kind}.finished", by=SERVICE, about=sending.about, at=now, details=totals
    )


async def _expire(services: Services, number: int) -> None:
    async with services.unit() as unit:
        async with unit.locks_within(LOCK_WAIT):
            sending = await sending_rows.load(unit.connection, number, lock=True)
        if not sending.may_become(AlertState.EXPIRED):
            return
        await sending_rows.change(unit.connection, replace(sending, state=AlertState.EXPIRED))
        await unit.record(
            f"{sending.kind}.expired", by=SERVICE, about=sending.about, at=services.now()
        )
