"""Send one chunk: lease it, hand it over with no transaction open, settle it.

A dispatcher lives as long as its process: it keeps what was prepared once for a whole alert, and
holds each route to the number of messages it may have under way.
"""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alerting.delivery.roads import Roads
from alerting.delivery.watch import Watch
from alerting.domain.alert import Alert, Lane, Unreached
from alerting.domain.channel import (
    Accepted,
    AnyChannel,
    Bulk,
    Deferred,
    Outcome,
    Parcel,
    Reach,
    Refused,
    Traceable,
    Tracking,
    Trouble,
)
from alerting.domain.delivery import Key, State, Verdict
from alerting.domain.delivery import settle as judge
from alerting.domain.errors import Changed
from alerting.domain.language import Language
from alerting.domain.marking import marked
from alerting.domain.route import ELSEWHERE, ROUTES_FAULT, Sample
from alerting.services import Services
from alerting.store import Wake, alerts, deliveries
from alerting.store.deliveries import Due, Lease, Settled

HAND_OVER_WITHIN = 60.0
"""Seconds; what a slow provider has not taken by then is given back and leased anew."""
SETTLE_PAUSES = (0.1, 0.5, 1, 2, 4, 8, 15, 30)
"""Seconds between tries to write down what was sent, while the database is away."""
CHANNEL_OFF_PAUSE = timedelta(seconds=15)
BLOCKED_PAUSE = timedelta(milliseconds=250)
"""Before a chunk that must not overtake another is looked at again."""
AFTER_A_FAULT = timedelta(seconds=5)
TRIAL = 5
"""Messages let through to a route that is being tried."""
FAULTS_IN_A_ROW = 8
"""After so many, the rest of a chunk is not fed to a route that does not answer."""
SHARE_OF_A_SECOND = 0.1
"""What a paced route gets in one piece where a channel hands over in bulk."""
KEPT_ALERTS = 64

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Ready:
    """An alert on one channel, prepared for each route: the same for all who read a language."""

    alert: Alert
    prepared: Mapping[str, Mapping[Language, Any]]

    @property
    def began_at(self) -> datetime:
        return self.alert.sent_at or self.alert.created_at


@dataclass(frozen=True, slots=True)
class _Errand:
    """A leased chunk on its way out."""

    held: Lease
    ready: _Ready
    lane: Lane
    until: float
    go_on: Callable[[], bool]

    def parcel(self, channel: AnyChannel, due: Due) -> Parcel[Any]:
        key = Key(self.held.alert_id, self.held.channel, due.recipient_id)
        return Parcel(self.ready.prepared[channel.route][due.language], due.address, str(key))


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
        self.stopping = False
        self._services = services
        self._alive = alive
        self._under_way = 0
        self._watch = Watch(services)
        self._ready: OrderedDict[tuple[int, str], _Ready] = OrderedDict()
        self._slots: dict[tuple[str, str], asyncio.Semaphore] = {}
        self._dice = random.Random()  # noqa: S311  spreads retries, guards nothing

    async def send(self, chunk_id: int, channel: str, lane: Lane = Lane.URGENT) -> None:
        """Send what is due of a chunk. Harmless when someone else has it, or nothing is left."""
        services = self._services
        until = _clock() + HAND_OVER_WITHIN
        later = await self._not_before(channel, lane, until)
        if later is not None:
            await services.queue.wake([Wake("send", (channel, chunk_id), later, lane)])
            return
        now = services.now()

        def take(connection: Connection) -> tuple[Lease, list[Due]] | bool:
            held = deliveries.lease(connection, chunk_id, by=self.worker, now=now)
            if held is None:
                return deliveries.is_blocked(connection, chunk_id, now=now)
            return held, deliveries.due(connection, held, now=now)

        taken = await services.database.at_once(take)
        if isinstance(taken, bool):
            if taken:
                later = services.now() + BLOCKED_PAUSE
                await services.queue.wake([Wake("send", (channel, chunk_id), later, lane)])
            return
        self._under_way += 1
        try:
            await self._carry_out(*taken, lane=lane, until=until)
        except BaseException:
            # Stopped in the middle, or a mistake of ours: nobody else knows what got through.
            await asyncio.shield(self._let_go(chunk_id))
            raise
        finally:
            self._under_way -= 1

    async def stop(self, *, within: float) -> None:
        """Begin nothing more; wait a while for what is under way to be settled."""
        self.stopping = True
        until = _clock() + within
        while self._under_way and _clock() < until:  # noqa: ASYNC110  a goodbye may take a moment
            await asyncio.sleep(SHARE_OF_A_SECOND)

    async def _not_before(self, channel: str, lane: Lane, until: float) -> datetime | None:
        """Wait while something more urgent has the road; when to come again if there is none."""
        pace, routes = self._services.pace, self._services.routes.get(channel, ())
        while routes and all(pace.yields(route.meter, lane) for route in routes):
            if _clock() > until or self.stopping:
                return self._services.now()
            await asyncio.sleep(SHARE_OF_A_SECOND)
        return self.roads.shut_until(routes, now=self._services.now())

    async def _let_go(self, chunk_id: int) -> None:
        due_at = self._services.now() + AFTER_A_FAULT
        try:
            await self._services.database.at_once(
                lambda connection: deliveries.let_go(
                    connection, [chunk_id], by=self.worker, due_at=due_at
                )
            )
        except (DBAPIError, OSError) as trouble:  # freed when this worker is seen to be gone
            log.warning("chunk.not_given_back", trouble=type(trouble).__name__)

    async def _carry_out(
        self, held: Lease, waiting: list[Due], *, lane: Lane, until: float
    ) -> None:
        services = self._services
        ready = await self._prepare(held)
        with self._watch.following(held.alert_id) as sending:

            def go_on() -> bool:
                return sending() and not self.stopping and self._alive() and _clock() < until

            settled = await self._hand_over(_Errand(held, ready, lane, until, go_on), waiting)
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
                log.warning("chunk.not_settled_yet", trouble=type(trouble).__name__)
            await asyncio.sleep(pause)
        return await self._services.database.at_once(settle)

    async def _prepare(self, held: Lease) -> _Ready:
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
        routes = self._services.routes.get(held.channel, ())
        ready = _Ready(
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

    async def _hand_over(self, errand: _Errand, waiting: Sequence[Due]) -> list[Settled]:
        held, alert = errand.held, errand.ready.alert
        routes = self._services.routes.get(held.channel, ())
        if held.closed:
            return await self._find_out(errand, routes, waiting)
        if self._services.now() >= alert.expires_at:
            late = Verdict(State.EXPIRED, Trouble.TOO_LATE)
            return [Settled(due, late) for due in waiting]
        if not routes:
            off = Deferred(Trouble.CONFIGURATION, "channel is off", CHANNEL_OFF_PAUSE)
            return [self._judge(errand, due, off, None) for due in waiting]
        settled, to_send = await self._recognise(errand, routes, waiting)
        spared, to_send = await self._spare(errand, routes[0].limits.reach, to_send)
        return [*settled, *spared, *await self._by_road(errand, routes, to_send)]

    async def _by_road(
        self, errand: _Errand, routes: Sequence[AnyChannel], waiting: Sequence[Due]
    ) -> list[Settled]:
        """Through whichever route is well; what one surely did not take goes to the next."""
        settled: list[Settled] = []
        left = list(waiting)
        refused: dict[int, Outcome] = {}
        barred: set[str] = set()
        pace = self._services.pace
        with ExitStack() as claims:
            for route in routes:
                claims.enter_context(pace.claim(route.meter, errand.lane))
            while left and errand.go_on():
                chosen = self.roads.choose(routes, barred, now=self._services.now())
                if chosen is None:
                    break
                channel, trial = chosen
                size = TRIAL if trial else len(left)
                answers = await self._through(channel, errand, left[:size])
                others = len(barred) + 1 < len(routes)
                back: list[Due] = []
                for due, outcome in answers:
                    if outcome is None:
                        back.append(due)
                    elif others and _elsewhere(outcome):
                        refused[due.recipient_id] = outcome
                        back.append(due)
                        barred.add(channel.route)
                    else:
                        settled.append(self._judge(errand, due, outcome, channel))
                left = back + left[size:]
                if len(back) == len(answers) and channel.route not in barred:
                    break  # nothing moved: no leave, no time, or nobody there
        return settled + [
            self._judge(errand, due, refused[due.recipient_id], None)
            for due in left
            if due.recipient_id in refused
        ]

    async def _through(
        self, channel: AnyChannel, errand: _Errand, batch: Sequence[Due]
    ) -> list[tuple[Due, Outcome | None]]:
        """One batch by one route, whose health learns from it."""
        began = _clock()
        with self.roads.trying(channel):
            if isinstance(channel, Bulk):
                answers = await self._in_bulk(channel, channel, errand, batch)
                seconds = _clock() - began
            else:
                answers, seconds = await self._one_by_one(channel, errand, batch)
        tried = [outcome for _, outcome in answers if outcome is not None]
        faults = [one for one in tried if not isinstance(one, Accepted) and _is_fault(one)]
        last = faults[-1] if faults else None
        self.roads.saw(
            channel,
            Sample(
                n=len(tried),
                errors=len(faults),
                seconds=seconds,
                trouble=last.trouble if last else None,
                detail=last.detail if last else "",
            ),
        )
        return answers

    async def _in_bulk(
        self, bulk: Bulk[Any], channel: AnyChannel, errand: _Errand, batch: Sequence[Due]
    ) -> list[tuple[Due, Outcome | None]]:
        """All at once, or as much at a time as the pace allows."""
        pace, meter, per_second = self._services.pace, channel.meter, channel.limits.per_second
        step = max(1, int(per_second * SHARE_OF_A_SECOND)) if per_second else len(batch)
        answers: list[tuple[Due, Outcome | None]] = []

        def go_on() -> bool:
            return errand.go_on() and not pace.yields(meter, errand.lane)

        for start in range(0, len(batch), step):
            part = batch[start : start + step]
            parcels = [errand.parcel(channel, due) for due in part]
            cost = sum(channel.cost(one.prepared) for one in parcels)
            if not await pace.take(meter, per_second, cost, errand.lane, go_on):
                answers += [(due, None) for due in part]
                continue
            outcomes = await bulk.send_many(parcels, valid_for=self._time_left(errand), go_on=go_on)
            answers += zip(part, outcomes, strict=True)
        return answers

    async def _one_by_one(
        self, channel: AnyChannel, errand: _Errand, batch: Sequence[Due]
    ) -> tuple[list[tuple[Due, Outcome | None]], float]:
        """Several at once, as many as the route allows in this worker.

        Answers come with the seconds they took, added up.
        """
        pace, meter, limits = self._services.pace, channel.meter, channel.limits
        slots = self._slots.setdefault(
            (channel.name, channel.route), asyncio.Semaphore(max(1, limits.at_once))
        )
        queue: Iterator[Due] = iter(batch)
        answers: list[tuple[Due, Outcome | None]] = []
        spent = 0.0
        faults = 0

        def go_on() -> bool:
            return (
                faults < FAULTS_IN_A_ROW and errand.go_on() and not pace.yields(meter, errand.lane)
            )

        async def lane() -> None:
            nonlocal spent, faults
            for due in queue:
                async with slots:
                    parcel = errand.parcel(channel, due)
                    cost = channel.cost(parcel.prepared)
                    if not await pace.take(meter, limits.per_second, cost, errand.lane, go_on):
                        answers.append((due, None))
                        continue
                    began = _clock()
                    outcome = await channel.send(
                        parcel.prepared,
                        to=parcel.to,
                        key=parcel.key,
                        valid_for=self._time_left(errand),
                    )
                    spent += _clock() - began
                faults = faults + 1 if _is_fault(outcome) else 0
                answers.append((due, outcome))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(limits.at_once, len(batch))):
                group.create_task(lane())
        return answers, spent

    async def _recognise(
        self, errand: _Errand, routes: Sequence[AnyChannel], waiting: Sequence[Due]
    ) -> tuple[list[Settled], list[Due]]:
        """Where a try may have got through, ask the providers, so that nobody gets it twice.

        Those the providers cannot be asked about now are left out, to wait and be asked again.
        """
        known: list[Settled] = []
        to_send: list[Due] = []
        for due in waiting:
            if not (errand.held.in_doubt or due.trouble == Trouble.UNCLEAR):
                to_send.append(due)
                continue
            try:
                found = await self._find(errand, routes, due)
            except ConnectionError:
                continue
            if found is None:
                to_send.append(due)
            else:
                known.append(self._judge(errand, due, found[1], found[0]))
        return known, to_send

    async def _find(
        self, errand: _Errand, routes: Sequence[AnyChannel], due: Due
    ) -> tuple[AnyChannel, Accepted] | None:
        for route in routes:
            if not isinstance(route, Traceable):
                continue
            parcel = errand.parcel(route, due)
            found = await route.find(
                parcel.prepared, to=parcel.to, key=parcel.key, since=errand.ready.began_at
            )
            if found is not None:
                return route, found
        return None

    async def _find_out(
        self, errand: _Errand, routes: Sequence[AnyChannel], waiting: Sequence[Due]
    ) -> list[Settled]:
        """Nothing may leave any more; what may have left is looked up, or said to be unknown."""
        settled, unknown = await self._recognise(errand, routes, waiting)
        asked = bool(routes) and all(isinstance(route, Traceable) for route in routes)
        verdict = (
            Verdict(State.EXPIRED, Trouble.SUPERSEDED)
            if asked
            else Verdict(State.UNCONFIRMED, Trouble.UNCLEAR)
        )
        return settled + [Settled(due, verdict) for due in unknown]

    async def _spare(
        self, errand: _Errand, reach: Reach, waiting: list[Due]
    ) -> tuple[list[Settled], list[Due]]:
        """Those never alarmed are not told that it is over, where the sender chose so."""
        alert = errand.ready.alert
        if alert.follows is None or alert.unreached is Unreached.TELL or reach is Reach.ACCOUNT:
            return [], waiting
        async with self._services.reading() as reading:
            alarmed = await reading.connection.run_sync(
                deliveries.alarmed_before, errand.held, follows=alert.follows
            )
        spared = Verdict(State.EXPIRED, Trouble.NEVER_ALERTED)
        return (
            [Settled(due, spared) for due in waiting if due.recipient_id not in alarmed],
            [due for due in waiting if due.recipient_id in alarmed],
        )

    def _judge(
        self, errand: _Errand, due: Due, outcome: Outcome, channel: AnyChannel | None
    ) -> Settled:
        now = self._services.now()
        verdict = judge(
            outcome,
            tracking=channel.limits.tracking if channel else Tracking.ACCEPTANCE,
            tries=due.tries + 1,
            now=now,
            expires=errand.ready.alert.expires_at,
            jitter=self._dice.random(),
        )
        accepted = isinstance(outcome, Accepted)
        doubtful = errand.held.in_doubt or due.trouble == Trouble.UNCLEAR
        return Settled(
            due,
            verdict,
            handed_over_at=now if accepted else None,
            route=channel.route if channel else "",
            # Where a provider can be asked, it was, and had nothing.
            perhaps_twice=accepted and doubtful and not isinstance(channel, Traceable),
        )

    def _time_left(self, errand: _Errand) -> timedelta:
        left = errand.ready.alert.expires_at - self._services.now()
        return max(left, timedelta(seconds=1))


def _clock() -> float:
    """Seconds that only go forward: a wall clock may jump."""
    return asyncio.get_running_loop().time()


def _is_fault(outcome: Outcome) -> bool:
    """Whether it speaks against the route."""
    return isinstance(outcome, Deferred | Refused) and outcome.trouble in ROUTES_FAULT


def _elsewhere(outcome: Outcome) -> bool:
    """Whether another route may be tried at once: this one surely did not take it."""
    return isinstance(outcome, Deferred | Refused) and outcome.trouble in ELSEWHERE
