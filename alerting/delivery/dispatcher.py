"""Send one chunk: lease it, hand it over with no transaction open, settle it.

A dispatcher lives as long as its process: it keeps what was prepared once for a whole alert, and
holds each route to the number of messages it may have under way.
"""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alerting.delivery.chunk_sender import SHARE_OF_A_SECOND, Carrier, Errand, Ready, clock
from alerting.delivery.routing import Roads
from alerting.delivery.stop_watch import Watch
from alerting.domain.alert import Lane
from alerting.domain.errors import Changed
from alerting.domain.exercise_marks import marked
from alerting.services import Services
from alerting.store import Wake, told
from alerting.store.alerts import repository as alerts
from alerting.store.deliveries import lifecycle as deliveries
from alerting.store.deliveries.lifecycle import Due, Lease

HAND_OVER_WITHIN = 60.0
"""Seconds; what a slow provider has not taken by then is given back and leased anew."""
SETTLE_PAUSES = (0.1, 0.5, 1, 2, 4, 8, 15, 30)
"""Seconds between tries to write down what was sent, while the database is away."""
BLOCKED_PAUSE = timedelta(milliseconds=250)
"""Before a chunk that must not overtake another is looked at again."""
AFTER_A_FAULT = timedelta(seconds=5)
KEPT_ALERTS = 64
GO_ON_FOR = 5.0
"""Seconds after which what is left is woken anew: the queue, not we, decides what goes first."""
LOOKED_AT = 16
"""Chunks to choose the next one from."""

log = structlog.get_logger()


class Dispatcher:
    """Sends chunks for one worker, known to the others by its name."""

    def __init__(
        self,
        services: Services,
        *,
        worker: str = "worker",
        alive: Callable[[], bool] = lambda: True,
    ) -> None:
        self.worker = worker
        self.roads = Roads(services)
        self._carrier = Carrier(services, self.roads)
        self.stopping = False
        self._services = services
        self._alive = alive
        self._holding: set[int] = set()
        self._missing: set[int] = set()
        self._watch = Watch(services)
        self._ready: OrderedDict[tuple[int, str], Ready] = OrderedDict()
        self._dice = random.Random()  # noqa: S311  spreads workers, guards nothing

    async def send(self, chunk_id: int, channel: str, lane: Lane = Lane.URGENT) -> None:
        """Send what is due of a chunk, then of others of its channel and lane while there are any.

        Being woken costs more than finding the next chunk, and whoever is free takes it. Harmless
        when someone else has it, or nothing is left.
        """
        until = clock() + GO_ON_FOR
        tried: set[int] = set()
        wanted: int | None = chunk_id
        while wanted is not None and not self.stopping:
            if clock() > until:
                wake = Wake("send", (channel, wanted), lane=lane)
                await self._services.queue.wake([wake])
                return
            tried.add(wanted)
            if not await self.send_one(wanted, channel, lane):
                return
            wanted = await self._next(channel, lane, tried)

    async def _next(self, channel: str, lane: Lane, tried: set[int]) -> int | None:
        now = self._services.now()
        ready = await self._services.database.at_once(
            lambda connection: deliveries.next_ready(
                connection, channel, lane, now=now, limit=LOOKED_AT
            )
        )
        # Any of the first: workers that all want the very first would stand in each other's way.
        free = [one for one in ready if one not in tried and one not in self._holding]
        return self._dice.choice(free) if free else None

    async def send_one(self, chunk_id: int, channel: str, lane: Lane = Lane.URGENT) -> bool:
        """Send what is due of one chunk; False where nothing may leave by this road now."""
        services = self._services
        until = clock() + HAND_OVER_WITHIN
        later = await self._not_before(channel, lane, until)
        if later is not None:
            await services.queue.wake([Wake("send", (channel, chunk_id), later, lane)])
            return False
        now = services.now()

        def take(connection: Connection) -> tuple[Lease, list[Due]] | bool:
            held = deliveries.lease(connection, chunk_id, by=self.worker, now=now)
            if held is None:
                return deliveries.is_blocked(connection, chunk_id, now=now)
            return held, deliveries.due(connection, held, now=now)

        if chunk_id in self._holding:
            return True  # begun twice, and the other one was quicker
        self._holding.add(chunk_id)
        try:
            taken = await services.database.at_once(take)
            if not isinstance(taken, bool):
                await self._carry_out(*taken, lane=lane, until=until)
            elif taken:
                later = services.now() + BLOCKED_PAUSE
                await services.queue.wake([Wake("send", (channel, chunk_id), later, lane)])
        except BaseException:
            # Stopped in the middle, or a mistake of ours: nobody else knows what got through.
            await asyncio.shield(self._let_go({chunk_id}))
            raise
        finally:
            self._holding.discard(chunk_id)
        return True

    async def tend(self) -> None:
        """Give back what the database says this worker holds, and it does not."""
        async with self._services.reading() as reading:
            leased = await reading.connection.run_sync(deliveries.held_by, self.worker)
        # Twice in a row: between looking there and looking here, one may just have been settled.
        missing = leased - self._holding
        if lost := missing & self._missing:
            log.warning("chunks.lost_sight_of", number=len(lost))
            await self._let_go(lost)
        self._missing = missing

    async def stop(self, *, within: float) -> None:
        """Begin nothing more; wait a while for what is under way to be settled."""
        self.stopping = True
        until = clock() + within
        while self._holding and clock() < until:  # noqa: ASYNC110  a goodbye may take a moment
            await asyncio.sleep(SHARE_OF_A_SECOND)

    async def _not_before(self, channel: str, lane: Lane, until: float) -> datetime | None:
        """Wait while something more urgent has the road; when to come again if there is none."""
        pace, routes = self._services.pace, self._services.routes.get(channel, ())
        while routes and all(pace.yields(route.meter, lane) for route in routes):
            if clock() > until or self.stopping:
                return self._services.now()
            await asyncio.sleep(SHARE_OF_A_SECOND)
        return self.roads.shut_until(routes, now=self._services.now())

    async def _let_go(self, chunk_ids: set[int]) -> None:
        due_at = self._services.now() + AFTER_A_FAULT
        try:
            await self._services.database.at_once(
                lambda connection: deliveries.let_go(
                    connection, chunk_ids, by=self.worker, due_at=due_at
                )
            )
        except (DBAPIError, OSError) as trouble:  # `tend` tries again
            log.warning("chunk.not_given_back", trouble=told(trouble))

    async def _carry_out(
        self, held: Lease, waiting: list[Due], *, lane: Lane, until: float
    ) -> None:
        services = self._services
        ready = await self._prepare(held)
        with self._watch.following(held.alert_id) as sending:

            def go_on() -> bool:
                return sending() and not self.stopping and self._alive() and clock() < until

            settled = await self._carrier.hand_over(
                Errand(held, ready, lane, until, go_on), waiting
            )
        again_at = await self._write_down(
            lambda connection: deliveries.settle(
                connection,
                services.database,
                held,
                settled,
                began_at=ready.began_at,
                now=services.now(),
                still_in_doubt=held.in_doubt and len(settled) < len(waiting),
            )
        )
        if again_at is not None and not self.stopping:
            await services.queue.wake([Wake("send", (held.channel, held.chunk_id), again_at, lane)])

    async def _write_down(self, settle: Callable[[Connection], datetime | None]) -> datetime | None:
        """Settle, again and again while the database is away: what was sent must not be forgotten.

        A chunk that is never settled is in doubt, and everybody on it may get it twice.
        """
        for pause in SETTLE_PAUSES:
            try:
                return await self._services.database.at_once(settle)
            except (DBAPIError, OSError) as trouble:
                log.warning("chunk.not_settled_yet", trouble=told(trouble))
            await asyncio.sleep(pause)
        return await self._services.database.at_once(settle)

    async def _prepare(self, held: Lease) -> Ready:
        """Load and prepare an alert once, after checking that it is what was approved."""
        key = (held.alert_id, held.channel)
        if key in self._ready:
            self._ready.move_to_end(key)
            return self._ready[key]
        async with self._services.reading() as reading:
            alert = await alerts.load(reading.connection, held.alert_id)
        if alert.fingerprint() != alert.approved_fingerprint:
            raise Changed(alert=alert.id)
        # Its hour of sending was stored before its first slice was planned.
        own = [one for one in alert.as_sent().messages if one.channel == held.channel]
        if any(one.waits_for_sending or not marked(one, alert.alert_class) for one in own):
            raise Changed(alert=alert.id)
        routes = self._services.routes.get(held.channel, ())
        ready = Ready(
            alert,
            {
                route.route: {one.language: route.prepare(one, alert_id=alert.id) for one in own}
                for route in routes
            },
        )
        if routes:  # otherwise not kept: the channel may be on again after a restart
            self._ready[key] = ready
        if len(self._ready) > KEPT_ALERTS:
            self._ready.popitem(last=False)
        return ready
