"""Send the messages of a chunk by the healthiest route; none again that may have got through."""

import asyncio
import random
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from itertools import repeat
from typing import Any

import structlog

from alerting.delivery import adapter_calls
from alerting.delivery.call_watch import LOOK_EVERY, CallWatch, clock
from alerting.delivery.reconciliation import Reconciliation, side_by_side
from alerting.delivery.route_answers import (
    Answer,
    OneByOne,
    Refusals,
    RouteAnswers,
    Undecided,
    by_routes_to_avoid,
    is_in_vain,
    milder,
    stop_avoiding,
)
from alerting.delivery.routing import RouteSelector
from alerting.delivery.send_job import SendJob
from alerting.delivery.turn_semaphore import TurnSemaphore
from alerting.domain.alert import UnreachedPolicy
from alerting.domain.channel import (
    NOT_TRIED,
    Accepted,
    AnyChannel,
    Bulk,
    Deferred,
    FailureReason,
    Outcome,
    Refused,
    Tracking,
    note_outcome,
    speaks_against_route,
)
from alerting.domain.channel_profiles import Reach, reach_of
from alerting.domain.delivery import AFTER_ACCEPTANCE as AFTER
from alerting.domain.delivery import (
    State,
    Verdict,
    settle,
    written_off,
)
from alerting.domain.route import (
    BELIEVED_AFTER,
    CERTAIN,
    FIRST_PORTION,
    HELD_SECONDS,
    Override,
    Sample,
    goes_elsewhere,
    portion,
)
from alerting.services import Services
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.deliveries.attempts import lost_by
from alerting.store.deliveries.chunks import NO_ROUTES, Due
from alerting.store.deliveries.settlement import Settled

log = structlog.get_logger()

CHANNEL_OFF_PAUSE = timedelta(seconds=15)
TRIAL = 5
"""Messages let through to a route that is being tried."""
FAULTS_IN_A_ROW = CERTAIN
"""After so many, the rest of a chunk is not fed to a route that does not answer."""
SHARE_OF_A_SECOND = 0.1
"""What a paced route gets in one piece where a channel hands over in bulk."""


class ChunkSender:
    """Sends leased chunks by the best route of their channel, for one worker."""

    def __init__(self, services: Services, selector: RouteSelector) -> None:
        self.selector = selector
        self._services = services
        self._slots: dict[tuple[str, str], TurnSemaphore] = {}
        self._reconciliation = Reconciliation(
            services,
            slots_of=self._slots_of,
            is_held_off=self._is_held_off,
            settle=self._settle,
        )
        self._dice = random.Random()  # noqa: S311  spreads retries, guards nothing

    async def send_messages(self, job: SendJob, waiting: Sequence[Due]) -> list[Settled]:
        """What became of those that were tried; the others still wait."""
        lease, sending = job.lease, job.prepared_sending.sending
        routes = [
            channel
            for channel in self._services.routes.get(lease.channel, ())
            if channel.route in job.prepared_sending.prepared
        ]
        if lease.closed or self._services.now() >= sending.expires_at:
            return await self._reconciliation.resolve(job, routes, waiting)
        if not routes:
            job.unresolved.update(due.recipient_id for due in waiting if job.is_doubtful(due))
            off = Deferred(FailureReason.CONFIGURATION, "channel is off", CHANNEL_OFF_PAUSE)
            return [self._settle(job, due, off, None, self._services.now()) for due in waiting]
        settled, to_send, unanswered = await self._reconciliation.reconcile(job, routes, waiting)
        settled += self._reconciliation.put_in_doubt(unanswered)
        spared, to_send = await self._skip_unreached(job, reach_of(lease.channel), to_send)
        # Whoever was tried in vain comes last: else those a provider stumbles over would be all
        # that is tried of a chunk, each time again.
        to_send.sort(key=_attempts)
        to_send = await self._avoiding_all(job, routes, to_send)
        return [*settled, *spared, *await self._send_by_routes(job, routes, to_send)]

    async def _avoiding_all(
        self, job: SendJob, routes: Sequence[AnyChannel], waiting: list[Due]
    ) -> list[Due]:
        """With three routes or more: whoever was lost by two of them goes by the third."""
        lost = [due.recipient_id for due in waiting if due.attempts > 1 and due.avoids]
        if not lost or len(routes) < 3:
            return waiting
        lease = job.lease
        async with self._services.reading() as reading:
            found = await reading.connection.run_sync(
                lost_by, lease.sending_id, lease.channel, lost
            )
        return [
            due._replace(avoids=due.avoids | found[due.recipient_id])
            if due.recipient_id in found
            else due
            for due in waiting
        ]

    async def _send_by_routes(
        self, job: SendJob, routes: Sequence[AnyChannel], waiting: Sequence[Due]
    ) -> list[Settled]:
        """Through whichever route is well; what one surely did not take goes to the next.

        In one piece: where an answer leads depends on what the routes said before it, of the same
        delivery and of others, and each answer adds to that.
        """
        settled: list[Settled] = []
        left_over = Undecided(*by_routes_to_avoid(waiting))
        waits, late = left_over.waits, left_over.late
        pace = self._services.pace

        def take_in(
            channel: AnyChannel, refusing: frozenset[str], answers: Sequence[Answer]
        ) -> list[Due]:
            decided, back = self._sort_answers(job, routes, left_over, channel, refusing, answers)
            settled.extend(decided)
            return back

        async def collect_late_answers(*, within: float | None, when: str) -> None:
            if late:
                await asyncio.wait(late, timeout=within, return_when=when)
            for task in [task for task in late if task.done()]:
                take_in(*late.pop(task), task.result())

        with ExitStack() as claims:
            for route in routes:
                claims.enter_context(pace.claim(route.rate_key, job.turn))
            try:
                while (waits or late) and not job.stop.is_set():
                    await collect_late_answers(
                        within=0 if waits else None, when=asyncio.FIRST_COMPLETED
                    )
                    if not waits:
                        continue
                    chosen = self._choose(routes, left_over)
                    if chosen is None:
                        # Another may be tried before what is in hand with this one is answered.
                        if late:
                            await collect_late_answers(
                                within=LOOK_EVERY, when=asyncio.FIRST_COMPLETED
                            )
                        else:
                            stop_avoiding(waits, next(iter(waits)), left_over.avoiding)
                        continue
                    refusing, channel, trial = chosen
                    remaining_dues = waits.pop(refusing)
                    closed = refusing | left_over.closed(self._services.now())
                    size = (
                        TRIAL
                        if trial
                        else self._portion(channel, routes, closed, len(remaining_dues))
                    )
                    spare = self._spare(channel, routes, left_over)
                    part = await self._send_by_route(
                        channel, job, remaining_dues[:size], spare, trial=trial
                    )
                    if part.given_up or (trial and is_in_vain(part.answers)):
                        left_over.bar(channel.route, self._services.now())
                    if part.late is not None:
                        late[part.late] = channel, refusing
                    back = take_in(channel, refusing, part.answers)
                    if back and len(back) == len(part.answers) and not part.given_up:
                        break  # nothing moved: no leave, no time, or nobody there
                    if rest := back + remaining_dues[size:]:
                        waits[refusing] = rest + waits.get(refusing, [])
                await collect_late_answers(within=None, when=asyncio.ALL_COMPLETED)
            finally:
                await _cancel(late)
        return settled + self._settle_refused(job, routes, waiting, left_over.refused)

    def _sort_answers(
        self,
        job: SendJob,
        routes: Sequence[AnyChannel],
        left_over: Undecided,
        channel: AnyChannel,
        refusing: frozenset[str],
        answers: Sequence[Answer],
    ) -> tuple[list[Settled], list[Due]]:
        """What a route's answers decide, and who was not asked; who goes elsewhere is kept."""
        asked = refusing | {channel.route}
        refused, avoiding = left_over.refused, left_over.avoiding
        closed = asked | left_over.closed(self._services.now())
        others = any(one.route not in closed for one in routes)
        more = self._has_another(routes, asked)
        settled: list[Settled] = []
        back: list[Due] = []
        for due, outcome, at in answers:
            if outcome is NOT_TRIED:
                back.append(due)
                continue
            own_fault = speaks_against_route(outcome)
            if goes_elsewhere(outcome) and (
                (
                    goes_on := others
                    or due.recipient_id in avoiding
                    or (own_fault and bool(left_over.late))
                )
                or due.recipient_id in refused
                or (more and isinstance(outcome, Refused))
            ):
                said, _ = refused.get(due.recipient_id, (outcome, asked))
                by = asked - avoiding.get(due.recipient_id, NO_ROUTES)
                refused[due.recipient_id] = milder(said, outcome), by
                if not goes_on:
                    continue
                # What a route is at fault for itself may go by it again, once its pause is over.
                left_over.waits.setdefault(refusing if own_fault else asked, []).append(due)
                if own_fault:
                    left_over.bar(channel.route, self._services.now())
            else:
                refused.pop(due.recipient_id, None)
                settled.append(self._settle(job, due, outcome, channel, at))
        return settled, back

    def _choose(
        self, routes: Sequence[AnyChannel], left_over: Undecided
    ) -> tuple[frozenset[str], AnyChannel, bool] | None:
        """Whose messages go next, by which route, and whether that is only being tried."""
        now = self._services.now()
        closed = left_over.closed(now)
        for refusing, remaining_dues in left_over.waits.items():
            chosen = self.selector.choose(
                routes, refusing | closed, number=len(remaining_dues), now=now
            )
            if chosen is not None:
                return refusing, *chosen
        return None

    def _spare(
        self, channel: AnyChannel, routes: Sequence[AnyChannel], left_over: Undecided
    ) -> Callable[[], bool]:
        """Whether another route could take what this one holds, asked anew each time.

        Those count too that refused some of it: these are tried there again a second later, which
        is sooner than a route that does not answer would send them. Where what this one has in hand
        would be cut off, the other has to show before that it answers.
        """
        other_channels = [one for one in routes if one is not channel]
        surely = isinstance(channel, Bulk)

        def could_take() -> bool:
            closed = left_over.closed(self._services.now())
            return any(
                self.selector.could_take(channel, surely=surely)
                for channel in other_channels
                if channel.route not in closed
            )

        return could_take

    def _portion(
        self, channel: AnyChannel, routes: Sequence[AnyChannel], closed: Collection[str], left: int
    ) -> int:
        """How many of what is left one route gets: all where no other may be used now."""
        now = self._services.now()
        others = (one for one in routes if one is not channel and one.route not in closed)
        if not any(self.selector.health(one).usable(now=now) for one in others):
            return left
        limits = channel.limits
        at_first = limits.per_second or (
            FIRST_PORTION if isinstance(channel, Bulk) else limits.at_once
        )
        untried = max(1, int(at_first))
        return min(left, portion(self.selector.health(channel), untried=untried))

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
        return any(
            channel.route not in asked and not self._is_held_off(channel) for channel in routes
        )

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
        self,
        channel: AnyChannel,
        job: SendJob,
        batch: Sequence[Due],
        spare: Callable[[], bool],
        *,
        trial: bool,
    ) -> RouteAnswers:
        """One batch by one route, whose health learns from it.

        `spare`: whether another route could take it now; where one could, a call that is not
        answered is given up, and of one that is answered slowly, nothing more is begun.
        """
        began = clock()
        fresh = any(not due.attempts for due in batch)
        with self.selector.trying(channel, fresh=trial and fresh):
            if isinstance(channel, Bulk):
                part = await self._in_bulk(channel, channel, job, batch, spare)
                seconds = clock() - began
            else:
                part, seconds = await self._one_by_one(channel, job, batch, spare)
        elapsed = clock() - began
        self._observe(channel, part.answers, seconds=seconds, elapsed=elapsed)
        if part.given_up:
            log.warning("route.given_up", channel=channel.name, route=channel.route)
            if part.answers and all(outcome is NOT_TRIED for _, outcome, _ in part.answers):
                self.selector.was_passed_over(channel, elapsed)
        return part

    def _observe(
        self, channel: AnyChannel, answers: Sequence[Answer], *, seconds: float, elapsed: float
    ) -> None:
        tried = [(due.attempts, outcome) for due, outcome, _ in answers if outcome is not NOT_TRIED]
        first = [outcome for attempts, outcome in tried if not attempts]
        repeated = [outcome for attempts, outcome in tried if attempts]
        sample = Sample.of(first, repeated, seconds=seconds, elapsed=elapsed)
        self.selector.observe(channel, sample)
        if is_in_vain([answer for answer in answers if answer[1] is not NOT_TRIED]):
            self.selector.failed(channel)
        elif tried:
            self.selector.worked(channel)

    async def _in_bulk(
        self,
        bulk: Bulk[Any],
        channel: AnyChannel,
        job: SendJob,
        batch: Sequence[Due],
        spare: Callable[[], bool],
    ) -> RouteAnswers:
        """All at once, or as much at a time as the pace allows.

        In one piece: the steps share the pace, the answers and whether to go on.
        """
        pace, rate_key, per_second = (
            self._services.pace,
            channel.rate_key,
            channel.limits.per_second,
        )
        step = max(1, int(per_second * SHARE_OF_A_SECOND)) if per_second else len(batch)
        answers: list[Answer] = []
        given_up = False

        came = pace.arrivals(rate_key)
        held_until = clock() + HELD_SECONDS

        # An alert that came meanwhile waits for a connection: the rest lines up behind it.
        stop = job.stop.or_when(
            lambda: (
                pace.arrivals(rate_key) > came
                or pace.yields(rate_key, job.turn)
                or self._is_held_off(channel)
                or (clock() > held_until and spare())
            )
        )
        for start in range(0, len(batch), step):
            part = batch[start : start + step]
            outgoing_batch = job.outgoing_batch(channel, part)
            cost = (
                sum(adapter_calls.cost(channel, one) for one in outgoing_batch)
                if per_second
                else len(part)
            )
            if given_up or not await pace.take(rate_key, per_second, cost, job.turn, stop):
                answers += [(due, NOT_TRIED, self._services.now()) for due in part]
                continue
            send = partial(
                adapter_calls.send_many,
                bulk,
                channel,
                outgoing_batch,
                valid_for=self._time_left(job),
                stop=stop,
            )
            watch = CallWatch(
                self.selector.traffic(channel),
                job.journal_of(channel, part),
                spare,
                anew=partial(self.selector.answers_anew, channel),
            )
            outcomes = await watch.finished(send(journal=watch), len(part))
            given_up = watch.given_up
            answers += zip(part, outcomes, repeat(self._services.now()))
        return RouteAnswers(answers, given_up)

    async def _one_by_one(
        self,
        channel: AnyChannel,
        job: SendJob,
        batch: Sequence[Due],
        spare: Callable[[], bool],
    ) -> tuple[RouteAnswers, float]:
        """Several at once, as many as the route allows in this worker.

        Answers come with the seconds they took, added up. In one piece: the lanes share the queue,
        the journal and what counts against the route.
        """
        pace, rate_key, limits = self._services.pace, channel.rate_key, channel.limits
        turn, per_second, slots = job.turn, limits.per_second, self._slots_of(channel)
        queue = iter(enumerate(zip(batch, job.outgoing_batch(channel, batch), strict=True)))
        watch = CallWatch(
            self.selector.traffic(channel),
            job.journal_of(channel, batch),
            spare,
            apart=True,
        )
        state = OneByOne(batch)
        answers, begun, idle = state.answers, state.begun, state.idle
        spent = 0.0
        faults = 0
        held_until = clock() + HELD_SECONDS

        stop = job.stop.or_when(
            lambda: (
                faults >= FAULTS_IN_A_ROW
                or watch.given_up
                or self._is_held_off(channel)
                or pace.yields(rate_key, turn)
                or (clock() > held_until and spare())
            )
        )

        def able() -> bool:
            return slots.free

        async def lane() -> None:
            nonlocal spent, faults
            own = asyncio.current_task()
            idle.add(own)
            for index, (due, outgoing) in queue:
                # Units first, and only while there is a place: whoever waited for units in a place
                # would keep an alert whose turn it is from both.
                leave = per_second is None or await pace.take(
                    rate_key,
                    per_second,
                    adapter_calls.cost(channel, outgoing),
                    turn,
                    stop,
                    able=able,
                )
                watch.began(1)
                try:
                    async with slots.held(turn):
                        if not leave or stop.is_set():
                            answers.append((due, NOT_TRIED, self._services.now()))
                            continue
                        began = clock()
                        begun.add(index)
                        watch.begun(index)
                        idle.discard(own)
                        outcome = await adapter_calls.send(
                            channel, outgoing, valid_for=self._time_left(job)
                        )
                        idle.add(own)
                        note_outcome(watch, index, outcome)
                        spent += clock() - began
                finally:
                    watch.ended(1)
                faults = faults + 1 if speaks_against_route(outcome) else 0
                answers.append((due, outcome, self._services.now()))

        lanes = asyncio.create_task(side_by_side(lane, min(limits.at_once, len(batch))))
        if await watch.ended_by_itself(lanes):
            await lanes  # whatever went wrong in it is ours
            return RouteAnswers(state.completed(self._services.now())), spent
        state.cancel_idle()
        told = state.told()
        untried, at = watch.outcome_of_untried, self._services.now()
        rest = [(due, untried, at) for index, due in enumerate(batch) if index not in begun]
        if len(told) == len(begun):
            await lanes
            return RouteAnswers(told + rest, given_up=True), spent
        late = asyncio.create_task(self._late_answers(channel, lanes, state, told))
        return RouteAnswers(told + rest, given_up=True, late=late), spent

    async def _late_answers(
        self,
        channel: AnyChannel,
        lanes: asyncio.Task[None],
        state: OneByOne,
        told: Sequence[Answer],
    ) -> list[Answer]:
        """What comes of what was in hand when a call was given up."""
        await lanes
        known = {due.recipient_id for due, _, _ in told}
        came = [
            answer
            for index, answer in enumerate(state.completed(self._services.now()))
            if index in state.begun and answer[0].recipient_id not in known
        ]
        self._observe(channel, came, seconds=0.0, elapsed=clock() - state.began_at)
        return came

    def _slots_of(self, channel: AnyChannel) -> TurnSemaphore:
        """What this worker may have under way on a route, questions included."""
        name = (channel.name, channel.route)
        if name not in self._slots:
            self._slots[name] = TurnSemaphore(max(1, channel.limits.at_once))
        return self._slots[name]

    async def _skip_unreached(
        self, job: SendJob, reach: Reach, waiting: list[Due]
    ) -> tuple[list[Settled], list[Due]]:
        """Those never alarmed are not told that it is over, where the sender chose so."""
        sending = job.prepared_sending.sending
        if (
            sending.previous_sending is None
            or sending.unreached_policy is UnreachedPolicy.INCLUDE
            or reach is Reach.ACCOUNT
        ):
            return [], waiting
        async with self._services.reading() as reading:
            alarmed = await reading.connection.run_sync(
                chunk_rows.alerted_before,
                job.lease,
                {due.recipient_id: due.address for due in waiting},
                previous_sending=sending.previous_sending,
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
        unknown = due.recipient_id in job.unresolved
        if isinstance(outcome, Accepted) and channel is not None and not unknown:
            # What nearly all come to, in short: this is asked for each of a million.
            tracking = channel.limits.tracking
            return Settled(due, Verdict(AFTER[tracking], reference=outcome.reference), at, route)
        verdict = settle(
            outcome,
            tracking=channel.limits.tracking if channel else Tracking.ACCEPTANCE,
            attempts=due.attempts + 1,
            now=at,
            expires=job.prepared_sending.sending.expires_at,
            jitter=self._dice.random(),
        )
        if channel is None:  # of several that refused it: none of them has it
            verdict = verdict._replace(reference="")
        accepted = isinstance(outcome, Accepted)
        unclear = not isinstance(outcome, Accepted) and (
            outcome.failure_reason is FailureReason.UNCLEAR
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
            possible_duplicate=accepted and unknown,
            doubted_at=at if unclear else None,
        )

    def _time_left(self, job: SendJob) -> timedelta:
        left = job.prepared_sending.sending.expires_at - self._services.now()
        return max(left, timedelta(seconds=1))


async def _cancel(tasks: Collection[asyncio.Task[Any]]) -> None:
    """End tasks, and wait until nothing is at work for them."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _attempts(due: Due) -> int:
    return due.attempts
