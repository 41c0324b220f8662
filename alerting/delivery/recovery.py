"""What a crash, an outage or mere time left behind: found in the database, put back to work.

Runs every second in one worker. Nothing here needs to know what happened, only what is due.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from alerting.domain.alert import Alert, AlertState
from alerting.domain.channel import AnyChannel, Tracking, Trouble
from alerting.domain.delivery import FINAL, State, Verdict
from alerting.services import Services
from alerting.store import alerts, deliveries, planning, progress
from alerting.store.deliveries import Change
from alerting.store.progress import Count
from alerting.store.unit import Unit

SERVICE = "service"
"""Who acts when no officer does."""
OVERDUE = timedelta(seconds=3)
"""A ready chunk older than this has lost its wake-up."""
AT_MOST = 100
SILENT_AT_ONCE = 2_000

log = structlog.get_logger()


async def sweep(services: Services) -> None:
    """One round: free dead leases, wake what is due, close what is done."""
    now = services.now()
    async with services.reading() as reading:
        sending = await alerts.numbers_in(reading.connection, AlertState.SENDING)
        overdue = await alerts.overdue(reading.connection, now=now)
    for number in overdue:
        await _expire(services, number)
    if not sending:
        return
    async with services.unit() as unit:
        lost = await unit.connection.run_sync(
            deliveries.ready_chunks, now=now - OVERDUE, limit=AT_MOST
        )
        for chunk_id, channel, lane in lost:
            unit.after_commit("send", channel, chunk_id, lane=lane)
    for number in sending:
        await _look_after(services, number)


async def adopt(services: Services) -> None:
    """Free every lease at once: for a worker that knows to be the only one, at its start.

    Whoever held them is dead; waiting for their leases to run out would lose a minute.
    """
    now = services.now()
    async with services.unit() as unit:
        if freed := await unit.connection.run_sync(deliveries.release, living=[], now=now):
            log.warning("chunks.in_doubt", number=freed)


async def _look_after(services: Services, number: int) -> None:
    async with services.unit() as unit:
        alert = await alerts.load(unit.connection, number, lock=True)
        if alert.state is not AlertState.SENDING:
            return
        unplanned = await planning.unfinished(unit.connection, number)
        for channel in unplanned:
            unit.after_commit("plan", channel, number)
        counts = await progress.counts(unit.connection, number)
        for name in {one.channel for one in counts if one.state is State.SENT}:
            if channel_now := services.channels.get(name):
                await _give_up_waiting(unit, alert, channel_now, now=services.now())
        if not unplanned and all(one.state in FINAL for one in counts):
            await _finish(unit, alert, counts, now=services.now())


async def _give_up_waiting(unit: Unit, alert: Alert, channel: AnyChannel, *, now: datetime) -> None:
    """Deliveries whose receipt is overdue become unconfirmed: nobody knows, and that is said."""
    if channel.limits.tracking is not Tracking.RECEIPTS:
        return
    since = now - channel.limits.receipt_within
    if alert.sent_at is None or alert.sent_at > since:
        return
    verdict = Verdict(State.UNCONFIRMED, Trouble.NO_RECEIPT)
    silent = await unit.connection.run_sync(
        deliveries.silent, alert.id, channel.name, since=since, limit=SILENT_AT_ONCE
    )
    await unit.connection.run_sync(
        deliveries.change,
        unit.database,
        [Change(standing, verdict) for standing in silent],
        began_at={},
        now=now,
    )


async def _finish(unit: Unit, alert: Alert, counts: list[Count], *, now: datetime) -> None:
    """Finished means: every delivery planned is in a final state."""
    finished = replace(alert, state=AlertState.ACTIVE, finished_at=now)
    await alerts.save(unit.connection, finished)
    totals: dict[str, int] = {}
    for one in counts:
        totals[one.state] = totals.get(one.state, 0) + one.n
    await unit.record(
        "alert.finished", by=SERVICE, about=f"alert/{alert.id}", at=now, details=totals
    )


async def _expire(services: Services, number: int) -> None:
    async with services.unit() as unit:
        alert = await alerts.load(unit.connection, number, lock=True)
        if not alert.may_become(AlertState.EXPIRED):
            return
        await alerts.save(unit.connection, replace(alert, state=AlertState.EXPIRED))
        await unit.record("alert.expired", by=SERVICE, about=f"alert/{alert.id}", at=services.now())
