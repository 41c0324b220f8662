"""Send one chunk: lease it, hand it over with no transaction open, settle it.

A dispatcher lives as long as its worker: it keeps what was prepared once for a whole alert, and
holds each channel to the number of messages it may have under way.
"""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alerting.domain.alert import Alert
from alerting.domain.channel import (
    Accepted,
    AnyChannel,
    Bulk,
    Deferred,
    Outcome,
    Parcel,
    Traceable,
    Tracking,
    Trouble,
)
from alerting.domain.delivery import Key, State, Verdict
from alerting.domain.delivery import settle as judge
from alerting.domain.errors import Changed
from alerting.domain.language import Language
from alerting.domain.marking import marked
from alerting.services import Services
from alerting.store import Wake, alerts, deliveries
from alerting.store.deliveries import Due, Lease, Settled

LEASE = timedelta(seconds=90)
"""Longer than any hand-over may take, so that a lease only runs out when its worker died."""
HAND_OVER_WITHIN = timedelta(seconds=60)
"""What a slow provider has not taken by then is given back and leased anew."""
SETTLE_PAUSES = (0.1, 0.5, 1, 2, 4, 8)
"""Seconds between tries to write down what was sent; together less than what the lease leaves."""
WORKER = "worker"
CHANNEL_OFF_PAUSE = timedelta(seconds=15)
KEPT_ALERTS = 64

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Ready:
    """An alert on one channel, prepared: the same for every recipient of a language."""

    alert: Alert
    prepared: Mapping[Language, Any]

    @property
    def began_at(self) -> datetime:
        return self.alert.sent_at or self.alert.created_at


class Dispatcher:
    """Sends chunks for one worker."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ready: OrderedDict[tuple[int, str], _Ready] = OrderedDict()
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._dice = random.Random()  # noqa: S311  spreads retries, guards nothing

    async def send(self, chunk_id: int) -> None:
        """Send what is due of a chunk. Harmless when someone else has it, or nothing is left."""
        services = self._services
        database = services.database
        now = services.now()

        def take(connection: Connection) -> tuple[Lease, list[Due]] | None:
            held = deliveries.lease(connection, chunk_id, by=WORKER, now=now)
            return (held, deliveries.due(connection, held, now=now)) if held else None

        taken = await database.at_once(take)
        if taken is None:
            return
        held, waiting = taken
        channel = services.channels.get(held.channel)
        ready = await self._prepare(held, channel)
        settled = await self._hand_over(held, channel, ready, waiting)
        again_at = await self._write_down(
            lambda connection: deliveries.settle(
                connection,
                database,
                held,
                settled,
                began_at=ready.began_at,
                now=services.now(),
                still_in_doubt=held.in_doubt and len(settled) < len(waiting),
            )
        )
        if again_at is not None:
            await services.queue.wake([Wake("send", (held.channel, chunk_id), again_at)])

    async def _write_down(self, settle: Callable[[Connection], datetime | None]) -> datetime | None:
        """Settle, again and again while the database is away: what was sent must not be forgotten.

        A chunk that is never settled is sent once more when its lease runs out.
        """
        for pause in SETTLE_PAUSES:
            try:
                return await self._services.database.at_once(settle)
            except (DBAPIError, OSError) as trouble:
                log.warning("chunk.not_settled_yet", trouble=type(trouble).__name__)
            await asyncio.sleep(pause)
        return await self._services.database.at_once(settle)

    async def _prepare(self, held: Lease, channel: AnyChannel | None) -> _Ready:
        """Load and prepare an alert once, after checking that it is what was approved."""
        key = (held.alert_id, held.channel)
        if key in self._ready:
            self._ready.move_to_end(key)
            return self._ready[key]
        async with self._services.reading() as reading:
            alert = await alerts.load(reading.connection, held.alert_id)
        if alert.fingerprint() != alert.approved_fingerprint:
            raise Changed(alert=alert.id)
        own = [one for one in alert.messages if one.channel == held.channel]
        if not all(marked(message, alert.alert_class) for message in own):
            raise Changed(alert=alert.id)
        if channel is None:
            return _Ready(alert, {})  # not kept: the channel may be on again after a restart
        ready = _Ready(
            alert, {one.language: channel.prepare(one, alert_id=alert.id) for one in own}
        )
        self._ready[key] = ready
        if len(self._ready) > KEPT_ALERTS:
            self._ready.popitem(last=False)
        return ready

    async def _hand_over(
        self, held: Lease, channel: AnyChannel | None, ready: _Ready, waiting: Sequence[Due]
    ) -> list[Settled]:
        now = self._services.now()
        expires = ready.alert.expires_at
        if now >= expires:
            late = Verdict(State.EXPIRED, Trouble.TOO_LATE)
            return [Settled(due, late) for due in waiting]
        if channel is None:
            off = Deferred(Trouble.CONFIGURATION, "channel is off", CHANNEL_OFF_PAUSE)
            return [self._judge(due, off, None, ready) for due in waiting]
        settled: list[Settled] = []
        if isinstance(channel, Traceable):
            settled, waiting = await self._recognise(held, channel, ready, waiting)
        if isinstance(channel, Bulk):
            parcels = [_parcel(held, ready, due) for due in waiting]
            outcomes = await channel.send_many(parcels, valid_for=expires - now, go_on=lambda: True)
            settled += [
                self._judge(due, outcome, channel, ready)
                for due, outcome in zip(waiting, outcomes, strict=True)
                if outcome is not None
            ]
        else:
            settled += await self._one_by_one(held, channel, ready, waiting)
        return settled

    async def _one_by_one(
        self, held: Lease, channel: AnyChannel, ready: _Ready, waiting: Sequence[Due]
    ) -> list[Settled]:
        """Several at once, as many as the channel allows in this worker, until time is up."""
        slots = self._slots.setdefault(
            held.channel, asyncio.Semaphore(max(1, channel.limits.at_once))
        )
        until = self._services.now() + HAND_OVER_WITHIN
        queue: Iterator[Due] = iter(waiting)
        settled: list[Settled] = []

        async def lane() -> None:
            for due in queue:
                async with slots:
                    now = self._services.now()
                    if now >= until:
                        return
                    parcel = _parcel(held, ready, due)
                    outcome = await channel.send(
                        parcel.prepared,
                        to=parcel.to,
                        key=parcel.key,
                        valid_for=max(ready.alert.expires_at - now, timedelta(seconds=1)),
                    )
                settled.append(self._judge(due, outcome, channel, ready))

        lanes = min(channel.limits.at_once, len(waiting))
        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(lane())
        return settled

    async def _recognise(
        self, held: Lease, channel: Traceable[Any], ready: _Ready, waiting: Sequence[Due]
    ) -> tuple[list[Settled], list[Due]]:
        """Where a try may have got through, ask the provider, so that nobody gets it twice.

        Those the provider cannot be asked about now are left out, to wait and be asked again.
        """
        known: list[Settled] = []
        to_send: list[Due] = []
        for due in waiting:
            if not (held.in_doubt or due.trouble == Trouble.UNCLEAR):
                to_send.append(due)
                continue
            parcel = _parcel(held, ready, due)
            try:
                found = await channel.find(
                    parcel.prepared, to=parcel.to, key=parcel.key, since=ready.began_at
                )
            except ConnectionError:
                continue
            if found is None:
                to_send.append(due)
            else:
                known.append(self._judge(due, found, self._services.channels[held.channel], ready))
        return known, to_send

    def _judge(
        self, due: Due, outcome: Outcome, channel: AnyChannel | None, ready: _Ready
    ) -> Settled:
        now = self._services.now()
        verdict = judge(
            outcome,
            tracking=channel.limits.tracking if channel else Tracking.ACCEPTANCE,
            tries=due.tries + 1,
            now=now,
            expires=ready.alert.expires_at,
            jitter=self._dice.random(),
        )
        return Settled(due, verdict, now if isinstance(outcome, Accepted) else None)


def _parcel(held: Lease, ready: _Ready, due: Due) -> Parcel[Any]:
    key = Key(held.alert_id, held.channel, due.recipient_id)
    return Parcel(ready.prepared[due.language], due.address, str(key))
