"""Send the messages of a chunk by the healthiest route; none again that may have got through."""

import asyncio
import random
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

from alerting.delivery.routing import RouteSelector
from alerting.delivery.turn_semaphore import TurnSemaphore
from alerting.domain.alert import Alert, UnreachedPolicy
from alerting.domain.channel import (
    Accepted,
    AnyChannel,
    Bulk,
    Deferred,
    FailureReason,
    OutboundMessage,
    Outcome,
    Refused,
    Traceable,
    Tracking,
    speaks_against_route,
)
from alerting.domain.channel_profiles import Reach, reach_of
from alerting.domain.delivery import AFTER_ACCEPTANCE as AFTER
from alerting.domain.delivery import DeliveryKey, State, Verdict, settle, written_off
from alerting.domain.language import Language
from alerting.domain.route import (
    BELIEVED_AFTER,
    CERTAIN,
    ELSEWHERE,
    EVERYWHERE,
    Override,
    Sample,
)
from alerting.domain.stop_signal import StopSignal
from alerting.domain.turns import Turn
from alerting.services import Services
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.deliveries.attempts import references_of
from alerting.store.deliveries.chunks import Due, Lease
from alerting.store.deliveries.settlement import Settled

CHANNEL_OFF_PAUSE = timedelta(seconds=15)
TRIAL = 5
"""Messages let through to a route that is being tried."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""What a provider's clock may be behind ours. What it took before an alert began is not of it; but
where the clocks differ, something of the alert bears an earlier time."""
FAULTS_IN_A_ROW = CERTAIN
"""After so many, the rest of a chunk is not fed to a route that does not answer."""
SHARE_OF_A_SECOND = 0.1
"""What a paced route gets in one piece where a channel hands over in bulk."""


@dataclass(frozen=True, slots=True)
class PreparedAlert:
    """An alert on one channel, prepared for each route: the same for all who read a language."""

    alert: Alert
    prepared: Mapping[str, Mapping[Language, Any]]

    @property
    def began_at(self) -> datetime:
        """When its sending began, by our clock."""
        return self.alert.sent_at or self.alert.created_at


@dataclass(frozen=True, slots=True)
class SendJob:
    """A leased chunk that is being sent, until `until` (seconds of `clock`) or `stop`."""

    held: Lease
    ready: PreparedAlert
    turn: Turn
    until: float
    stop: StopSignal

    def outgoing(self, channel: AnyChannel, due: Due) -> OutboundMessage[Any]:
        """One delivery as this route wants it."""
        return self.outgoing_batch(channel, [due])[0]

    def outgoing_batch(
        self, channel: AnyChannel, batch: Sequence[Due]
    ) -> list[OutboundMessage[Any]]:
        """Some deliveries as this route wants them."""
        prepared = self.ready.prepared[channel.route]
        beginning = DeliveryKey(self.held.alert_id, self.held.channel, 0).beginning
        return [
            OutboundMessage(prepared[due.language], due.address, f"{beginning}{due.recipient_id}")
            for due in batch
        ]


Answer = tuple[Due, Outcome | None, datetime]
"""A delivery, what its route answered (None: it was not asked), and when."""


Refusals = dict[int, tuple[Outcome, frozenset[str]]]
"""By recipient, what was said of a delivery that no route took, and by which routes."""


class ChunkSender:
    """Sends leased chunks by the best route of their channel, for one worker."""

    def __init__(self, services: Services, selector: RouteSelector) -> None:
        self.selector = selector
        self._services = services
        self._slots: dict[tuple[str, str], TurnSemaphore] = {}
        self._dice = random.Random()  # noqa: S311  spreads retries, guards nothing

    async def send_messages(self, job: SendJob, waiting: Sequence[Due]) -> list[Settled]:
        """What became of those that were tried; the others still wait."""
        held, alert = job.held, job.ready.alert
        routes = self._services.routes.get(held.channel, ())
        if held.closed or self._services.now() >= alert.expires_at:
            return await self._resolve_in_doubt(job, routes, waiting)
        if not routes:
            off = Deferred(FailureReason.CONFIGURATION, "channel is off", CHANNEL_OFF_PAUSE)
            return [self._settle(job, due, off, None, self._services.now()) for due in waiting]
        settled, to_send = await self._reconcile(job, routes, waiting)
        spared, to_send = await self._skip_unreached(job, reach_of(held.channel), to_send)
        # Whoever was tried in vain comes last: else those a provider stumbles over would be all
        # that is tried of a chunk, each time again.
        to_send.sort(key=_attempts)
        return [*settled, *spared, *await self._send_by_routes(job, routes, to_send)]

    async def _send_by_routes(
        self, job: SendJob, routes: Sequence[AnyChannel], waiting: Sequence[Due]
    ) -> list[Settled]:
        """Through whichever route is well; what one surely did not take goes to the next.

        In one piece: where an answer leads depends on what the routes said before it, of the same
        delivery and of others, and each answer adds to that.
        """
        settled: list[Settled] = []
        refused: Refusals = {}
        # By the routes that refused them: what one recipient is refused for, others may not be.
        waits, avoiding = _by_routes_to_avoid(waiting)
        barred: set[str] = set()  # routes at fault themselves
        pace = self._services.pace
        with ExitStack() as claims:
            for route in routes:
                claims.enter_context(pace.claim(route.rate_key, job.turn))
            while waits and not job.stop.is_set():
                refusing, left = next(iter(waits.items()))
                closed = refusing | barred
                chosen = self.selector.choose(routes, closed, now=self._services.now())
                if chosen is None:
                    _stop_avoiding(waits, refusing, avoiding)
                    continue
                channel, trial = chosen
                size = TRIAL if trial else len(left)
                answers = await self._send_by_route(channel, job, left[:size])
                if trial and all(one and speaks_against_route(one) for _, one, _ in answers):
                    barred.add(channel.route)
                asked = refusing | {channel.route}
                others = any(one.route not in closed | asked for one in routes)
                more = self._has_another(routes, asked)
                back: list[Due] = []
                elsewhere: list[Due] = []
                for due, outcome, at in answers:
                    if outcome is None:
                        back.append(due)
                    elif _elsewhere(outcome) and (
                        (goes_on := others or due.recipient_id in avoiding)
                        or due.recipient_id in refused
                        or (more and isinstance(outcome, Refused))
                    ):
                        said, _ = refused.get(due.recipient_id, (outcome, asked))
                        by = asked - {avoiding.get(due.recipient_id, "")}
                        refused[due.recipient_id] = _milder(said, outcome), by
                        if goes_on:
                            elsewhere.append(due)
                            if speaks_against_route(outcome):
                                barred.add(channel.route)
                    else:
                        refused.pop(due.recipient_id, None)
                        settled.append(self._settle(job, due, outcome, channel, at))
                if len(back) == len(answers):
                    break  # nothing moved: no leave, no time, or nobody there
                waits[refusing] = back + left[size:]
                waits = {by: some for by, some in waits.items() if some}
                if elsewhere:
                    waits.setdefault(asked, []).extend(elsewhere)
        return settled + self._settle_refused(job, routes, waiting, refused)

    def _settle_refused(
        self,
        job: SendJob,
        routes: Sequence[AnyChannel],
        waiting: Sequence[Due],
        refused: Refusals,
    ) -> list[Settled]:
        """Those that no route took, each with the mildest of what was said of it."""
        return [
            self._settle(
                job,
                due,
                self._believed(routes, due, *refused[due.recipient_id]),
                None,
                self._services.now(),
            )
            for due in waiting
            if due.recipient_id in refused
        ]

    def _has_another(self, routes: Sequence[AnyChannel], asked: frozenset[str]) -> bool:
        """Whether there is a route that was not asked, be it left alone now."""
        return any(one.route not in asked and not self._is_held_off(one) for one in routes)

    def _is_held_off(self, channel: AnyChannel) -> bool:
        return self.selector.health(channel).override is Override.OFF

    def _believed(
        self, routes: Sequence[AnyChannel], due: Due, said: Outcome, asked: frozenset[str]
    ) -> Outcome:
        """What routes said of somebody; a "never" waits a while for a route that was not asked."""
        believed = due.attempts + 1 >= BELIEVED_AFTER or not self._has_another(routes, asked)
        if isinstance(said, Refused) and not believed:
            return Deferred(said.failure_reason, said.provider_code)
        return said

    async def _send_by_route(
        self, channel: AnyChannel, job: SendJob, batch: Sequence[Due]
    ) -> list[Answer]:
        """One batch by one route, whose health learns from it."""
        began = clock()
        with self.selector.trying(channel, fresh=any(not due.attempts for due in batch)):
            if isinstance(channel, Bulk):
                answers = await self._in_bulk(channel, channel, job, batch)
                seconds = clock() - began
            else:
                answers, seconds = await self._one_by_one(channel, job, batch)
        tried = [(due.attempts, one) for due, one, _ in answers if one is not None]
        first = [one for attempts, one in tried if not attempts]
        repeated = [one for attempts, one in tried if attempts]
        self.selector.observe(channel, Sample.of(first, repeated, seconds=seconds))
        return answers

    async def _in_bulk(
        self,
        bulk: Bulk[Any],
        channel: AnyChannel,
        job: SendJob,
        batch: Sequence[Due],
    ) -> list[Answer]:
        """All at once, or as much at a time as the pace allows."""
        pace, rate_key, per_second = (
            self._services.pace,
            channel.rate_key,
            channel.limits.per_second,
        )
        step = max(1, int(per_second * SHARE_OF_A_SECOND)) if per_second else len(batch)
        answers: list[Answer] = []

        came = pace.arrivals(rate_key)

        # An alert that came meanwhile waits for a connection: the rest lines up behind it.
        stop = job.stop.or_when(
            lambda: (
                pace.arrivals(rate_key) > came
                or pace.yields(rate_key, job.turn)
                or self._is_held_off(channel)
            )
        )
        for start in range(0, len(batch), step):
            part = batch[start : start + step]
            outgoing_batch = job.outgoing_batch(channel, part)
            cost = (
                sum(channel.cost(one.prepared) for one in outgoing_batch)
                if per_second
                else len(part)
            )
            if not await pace.take(rate_key, per_second, cost, job.turn, stop):
                answers += [(due, None, self._services.now()) for due in part]
                continue
            outcomes = await bulk.send_many(
                outgoing_batch, valid_for=self._time_left(job), stop=stop
            )
            answers += zip(part, outcomes, repeat(self._services.now()))
        return answers

    async def _one_by_one(
        self, channel: AnyChannel, job: SendJob, batch: Sequence[Due]
    ) -> tuple[list[Answer], float]:
        """Several at once, as many as the route allows in this worker.

        Answers come with the seconds they took, added up.
        """
        pace, rate_key, limits = self._services.pace, channel.rate_key, channel.limits
        turn, per_second, slots = job.turn, limits.per_second, self._slots_of(channel)
        queue = iter(zip(batch, job.outgoing_batch(channel, batch), strict=True))
        answers: list[Answer] = []
        spent = 0.0
        faults = 0

        stop = job.stop.or_when(
            lambda: (
                faults >= FAULTS_IN_A_ROW
                or self._is_held_off(channel)
                or pace.yields(rate_key, turn)
            )
        )

        def able() -> bool:
            return slots.free

        async def lane() -> None:
            nonlocal spent, faults
            for due, outgoing in queue:
                # Units first, and only while there is a place: whoever waited for units in a place
                # would keep an alert whose turn it is from both.
                leave = per_second is None or await pace.take(
                    rate_key, per_second, channel.cost(outgoing.prepared), turn, stop, able=able
                )
                async with slots.held(turn):
                    if not leave or stop.is_set():
                        answers.append((due, None, self._services.now()))
                        continue
                    began = clock()
                    outcome = await self._send(channel, job, outgoing)
                    spent += clock() - began
                faults = faults + 1 if speaks_against_route(outcome) else 0
                answers.append((due, outcome, self._services.now()))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(limits.at_once, len(batch))):
                group.create_task(lane())
        return answers, spent

    async def _send(
        self, channel: AnyChannel, job: SendJob, outgoing: OutboundMessage[Any]
    ) -> Outcome:
        """One message by one route, for as long as its alert has left."""
        return await channel.send(
            outgoing.prepared, to=outgoing.to, key=outgoing.key, valid_for=self._time_left(job)
        )

    def _slots_of(self, channel: AnyChannel) -> TurnSemaphore:
        """What this worker may have under way on a route, questions included."""
        name = (channel.name, channel.route)
        if name not in self._slots:
            self._slots[name] = TurnSemaphore(max(1, channel.limits.at_once))
        return self._slots[name]

    async def _reconcile(
        self, job: SendJob, routes: Sequence[AnyChannel], waiting: Sequence[Due]
    ) -> tuple[list[Settled], list[Due]]:
        """Where a try may have got through, ask the providers, so that nobody gets it twice.

        Those the providers cannot be asked about now are left out, to wait and be asked again.
        """
        known: list[Settled] = []
        to_send = [due for due in waiting if not _is_doubtful(job, due)]
        doubtful = [due for due in waiting if _is_doubtful(job, due)]
        known_references = await self._known_references(job, doubtful)
        queue = iter(doubtful)
        # Half the time there is: what a slow provider has nothing of must be sent in the rest.
        until = (clock() + job.until) / 2

        async def lane() -> None:
            for due in queue:
                if clock() > until:
                    return
                try:
                    found = await self._find(
                        job, routes, due, known_references.get(due.recipient_id, ())
                    )
                except ConnectionError:
                    continue
                if found is None:
                    to_send.append(due)
                else:
                    now = self._services.now()
                    known.append(self._settle(job, due, found[1], found[0], now))

        async with asyncio.TaskGroup() as group:
            for _ in range(max((route.limits.at_once for route in routes), default=1)):
                group.create_task(lane())
        return known, to_send

    async def _known_references(
        self, job: SendJob, doubtful: Sequence[Due]
    ) -> Mapping[int, Collection[str]]:
        """What providers took for these people before: none of it is the try that is looked for."""
        if not doubtful:
            return {}
        async with self._services.reading() as reading:
            return await reading.connection.run_sync(
                references_of,
                job.held.channel,
                [due.recipient_id for due in doubtful],
                since=job.ready.began_at - CLOCKS_DIFFER,
            )

    async def _find(
        self, job: SendJob, routes: Sequence[AnyChannel], due: Due, known: Collection[str]
    ) -> tuple[AnyChannel, Accepted] | None:
        for route in routes:
            if not isinstance(route, Traceable):
                continue
            outgoing = job.outgoing(route, due)
            async with self._slots_of(route).held(job.turn):
                found = await route.find(
                    outgoing.prepared,
                    to=outgoing.to,
                    key=outgoing.key,
                    since=job.ready.began_at - CLOCKS_DIFFER,
                    known=known,
                )
            if found is not None:
                return route, found
        return None

    async def _resolve_in_doubt(
        self, job: SendJob, routes: Sequence[AnyChannel], waiting: Sequence[Due]
    ) -> list[Settled]:
        """Nothing may leave any more; what may have left is looked up, or said to be unknown.

        After the alert's end nobody waits for a provider that cannot be asked now: it is unknown.
        """
        settled, not_found = await self._reconcile(job, routes, waiting)
        late = self._services.now() >= job.ready.alert.expires_at
        reason = FailureReason.TOO_LATE if late else FailureReason.SUPERSEDED
        asked = _can_all_be_asked(routes)
        for due in not_found:
            in_doubt = _is_doubtful(job, due) and not asked
            settled.append(Settled(due, written_off(reason, in_doubt=in_doubt)))
        if late:
            answered = {one.due.recipient_id for one in settled}
            settled += [
                Settled(due, written_off(reason, in_doubt=True))
                for due in waiting
                if due.recipient_id not in answered
            ]
        return settled

    async def _skip_unreached(
        self, job: SendJob, reach: Reach, waiting: list[Due]
    ) -> tuple[list[Settled], list[Due]]:
        """Those never alarmed are not told that it is over, where the sender chose so."""
        alert = job.ready.alert
        if (
            alert.previous_alert is None
            or alert.unreached_policy is UnreachedPolicy.INCLUDE
            or reach is Reach.ACCOUNT
        ):
            return [], waiting
        async with self._services.reading() as reading:
            alarmed = await reading.connection.run_sync(
                chunk_rows.alerted_before,
                job.held,
                {due.recipient_id: due.address for due in waiting},
                previous_alert=alert.previous_alert,
                hmacs=self._services.opt_out_hmacs,
            )
        spared = Verdict(State.EXPIRED, FailureReason.NEVER_ALERTED)
        return (
            [Settled(due, spared) for due in waiting if due.recipient_id not in alarmed],
            [due for due in waiting if due.recipient_id in alarmed],
        )

    def _settle(
        self,
        job: SendJob,
        due: Due,
        outcome: Outcome,
        channel: AnyChannel | None,
        at: datetime,
    ) -> Settled:
        route = channel.route if channel else ""
        doubtful = _is_doubtful(job, due)
        if isinstance(outcome, Accepted) and channel is not None and not doubtful:
            # What nearly all come to, in short: this is asked for each of a million.
            tracking = channel.limits.tracking
            return Settled(due, Verdict(AFTER[tracking], reference=outcome.reference), at, route)
        verdict = settle(
            outcome,
            tracking=channel.limits.tracking if channel else Tracking.ACCEPTANCE,
            attempts=due.attempts + 1,
            now=at,
            expires=job.ready.alert.expires_at,
            jitter=self._dice.random(),
        )
        if channel is None:  # of several that refused it: none of them has it
            verdict = verdict._replace(reference="")
        accepted = isinstance(outcome, Accepted)
        # Where every provider can be asked, they were, and had nothing.
        unknown = doubtful and not _can_all_be_asked(
            self._services.routes.get(job.held.channel, ())
        )
        if unknown and verdict.state is State.WAITING:
            # This try surely failed; an earlier one may have got through all the same.
            verdict = verdict._replace(failure_reason=FailureReason.UNCLEAR)
        elif unknown and verdict.state in {State.EXPIRED, State.FAILED}:
            verdict = written_off(
                FailureReason.TOO_LATE, in_doubt=True, provider_code=verdict.provider_code
            )
        return Settled(
            due,
            verdict,
            handed_over_at=at if accepted else None,
            route=route,
            possible_duplicate=accepted and unknown and not isinstance(channel, Traceable),
        )

    def _time_left(self, job: SendJob) -> timedelta:
        left = job.ready.alert.expires_at - self._services.now()
        return max(left, timedelta(seconds=1))


Groups = dict[frozenset[str], list[Due]]
"""Deliveries by the routes that they may not take."""


def _by_routes_to_avoid(waiting: Sequence[Due]) -> tuple[Groups, dict[int, str]]:
    """Which routes to avoid: one that has taken a delivery and lost it, while there is another.

    By recipient too. Sorted by attempts as they are, nearly always nobody was tried before.
    """
    if not waiting or not waiting[-1].attempts:
        return ({frozenset(): list(waiting)} if waiting else {}), {}
    waits: Groups = {}
    for due in waiting:
        avoided = frozenset({due.lost_by}) if due.lost_by else frozenset()
        waits.setdefault(avoided, []).append(due)
    return waits, {due.recipient_id: due.lost_by for due in waiting if due.lost_by}


def _stop_avoiding(waits: Groups, refusing: frozenset[str], avoiding: dict[int, str]) -> None:
    """No other route may be had for these: those who avoided one take it, the others wait."""
    for due in waits.pop(refusing):
        if avoided := avoiding.pop(due.recipient_id, ""):
            waits.setdefault(refusing - {avoided}, []).append(due)


def _attempts(due: Due) -> int:
    return due.attempts


def clock() -> float:
    """Seconds that only go forward: a wall clock may jump."""
    return time.monotonic()


def _is_doubtful(job: SendJob, due: Due) -> bool:
    """Whether an earlier try may have got through."""
    return job.held.in_doubt or due.failure_reason == FailureReason.UNCLEAR


def _can_all_be_asked(routes: Sequence[AnyChannel]) -> bool:
    return bool(routes) and all(isinstance(route, Traceable) for route in routes)


def _elsewhere(outcome: Outcome) -> bool:
    """Whether another route may be tried at once: this one surely did not take it."""
    if isinstance(outcome, Refused):
        return outcome.failure_reason not in EVERYWHERE
    return isinstance(outcome, Deferred) and outcome.failure_reason in ELSEWHERE


def _milder(one: Outcome, other: Outcome) -> Outcome:
    """Of what two routes said, what is not for good: a wrong "never" costs somebody the warning."""
    return one if isinstance(other, Refused) and not isinstance(one, Refused) else other
