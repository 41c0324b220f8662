"""Ask the providers about whoever may have got it already, so that nobody gets it twice."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from alerting.delivery import adapter_calls
from alerting.delivery.call_watch import clock
from alerting.delivery.send_job import SendJob
from alerting.delivery.turn_semaphore import TurnSemaphore
from alerting.domain.channel import Accepted, AnyChannel, FailureReason, Traceable
from alerting.domain.delivery import FIRST_PAUSE, Doubt, State, Verdict, written_off
from alerting.services import Services
from alerting.store.deliveries.attempts import doubts_of, references_of
from alerting.store.deliveries.chunks import NO_ROUTES, Due
from alerting.store.deliveries.settlement import Settled

CLOCKS_DIFFER = timedelta(minutes=5)
"""What a provider's clock may be behind ours. What it took before an alert began is not of it; but
where the clocks differ, something of the alert bears an earlier time."""

Settle = Callable[[SendJob, Due, Accepted, AnyChannel, datetime], Settled]
"""What follows from a try that a provider turned out to have taken."""

log = structlog.get_logger()


class Reconciled(NamedTuple):
    """What asking the providers told of those of a chunk that wait."""

    known: list[Settled]
    to_send: list[Due]
    """Whoever has nothing, as far as anybody can say."""
    unanswered: list[Due]
    """Those of whom a provider is to be asked again."""


class Reconciliation:
    """Looks up what providers may have had, for one worker."""

    def __init__(
        self,
        services: Services,
        *,
        slots_of: Callable[[AnyChannel], TurnSemaphore],
        is_held_off: Callable[[AnyChannel], bool],
        settle: Settle,
    ) -> None:
        self._services = services
        self._slots_of = slots_of
        self._is_held_off = is_held_off
        self._settle = settle

    async def reconcile(
        self, job: SendJob, routes: Sequence[AnyChannel], waiting: Sequence[Due]
    ) -> Reconciled:
        """Where a try may have got through, ask the providers, so that nobody gets it twice.

        One that cannot be asked now is waited for until the doubt ends; then whoever is in doubt
        goes by a route, another than the one that may have it where there is one.
        """
        made = Reconciled([], [due for due in waiting if not job.is_doubtful(due)], [])
        doubtful = [due for due in waiting if job.is_doubtful(due)]
        doubts, references = await self._written_down(job, doubtful)
        queue = iter(doubtful)
        left = {due.recipient_id: due for due in doubtful}
        # Half the time there is: what a slow provider has nothing of must be sent in the rest.
        until = (clock() + job.until) / 2

        async def lane() -> None:
            for due in queue:
                number = due.recipient_id
                doubt = doubts[number]
                found, answered = None, False
                if clock() <= until:
                    known = references.get(number, ())
                    found, answered = await self._find(job, routes, due, doubt, known)
                now = self._services.now()
                del left[number]
                written_down = due.failure_reason == FailureReason.UNCLEAR
                if found is not None:
                    job.unresolved.discard(number)
                    made.known.append(self._settle(job, due, found[1], found[0], now))
                    continue
                if not answered and not (written_down and doubt.ends_at(now)):
                    made.unanswered.append(due)
                    continue
                if not answered:
                    job.unresolved.add(number)
                may_have_it = (
                    frozenset(doubt.routes) - {""} if number in job.unresolved else NO_ROUTES
                )
                made.to_send.append(due._replace(avoids=due.avoids | may_have_it))

        await side_by_side(lane, max((route.limits.at_once for route in routes), default=1))
        made.unanswered.extend(left.values())
        return made

    async def resolve(
        self, job: SendJob, routes: Sequence[AnyChannel], waiting: Sequence[Due]
    ) -> list[Settled]:
        """Nothing may leave any more; what may have left is looked up, or said to be unknown.

        After the alert's end nobody waits for a provider that cannot be asked now: it is unknown.
        """
        settled, not_found, unanswered = await self.reconcile(job, routes, waiting)
        late = self._services.now() >= job.prepared_sending.sending.expires_at
        reason = FailureReason.TOO_LATE if late else FailureReason.SUPERSEDED
        if late:
            job.unresolved.update(due.recipient_id for due in unanswered)
            not_found += unanswered
        else:
            settled += self.put_in_doubt(unanswered)
        return settled + [
            Settled(due, written_off(reason, in_doubt=due.recipient_id in job.unresolved))
            for due in not_found
        ]

    def put_in_doubt(self, unanswered: Sequence[Due]) -> list[Settled]:
        """Write down, of whom it is not yet, that a dead worker's try may have got through."""
        now = self._services.now()
        waits = Verdict(State.WAITING, FailureReason.UNCLEAR, next_attempt_at=now + FIRST_PAUSE)
        return [
            Settled(due, waits, doubted_at=now)
            for due in unanswered
            if due.failure_reason != FailureReason.UNCLEAR
        ]

    async def _written_down(
        self, job: SendJob, doubtful: Sequence[Due]
    ) -> tuple[Mapping[int, Doubt], Mapping[int, Collection[str]]]:
        """What is known of these people: their doubts, and what providers took for them before.

        None of the latter is the try that is looked for. Of what a dead worker had, any route may
        have had it.
        """
        if not doubtful:
            return {}, {}
        lease, numbers = job.lease, [due.recipient_id for due in doubtful]
        async with self._services.reading() as reading:
            found = await reading.connection.run_sync(
                doubts_of, lease.sending_id, lease.channel, numbers
            )
            references = await reading.connection.run_sync(
                references_of,
                lease.channel,
                numbers,
                since=job.prepared_sending.began_at - CLOCKS_DIFFER,
            )
        doubts = {number: found.get(number, Doubt()) for number in numbers}
        if lease.in_doubt:
            doubts = {number: Doubt(doubt.since) for number, doubt in doubts.items()}
        return doubts, references

    async def _find(
        self,
        job: SendJob,
        routes: Sequence[AnyChannel],
        due: Due,
        doubt: Doubt,
        known: Collection[str],
    ) -> tuple[tuple[AnyChannel, Accepted] | None, bool]:
        """What the routes that may have had a try took; and whether none is to be asked again.

        One that is held off is left alone. Of what one cannot be asked at all, it is noted in the
        job that nobody knows.
        """
        any_route = "" in doubt.routes
        answered = True
        if not any_route and set(doubt.routes) - {route.route for route in routes}:
            job.unresolved.add(due.recipient_id)
        for route in routes:
            if not (any_route or route.route in doubt.routes):
                continue
            if not isinstance(route, Traceable) or self._is_held_off(route):
                job.unresolved.add(due.recipient_id)
                continue
            outgoing = job.outgoing(route, due)
            try:
                async with self._slots_of(route).held(job.turn):
                    found = await adapter_calls.find(
                        route,
                        route,
                        outgoing,
                        since=job.prepared_sending.began_at - CLOCKS_DIFFER,
                        known=known,
                    )
            except PermissionError:
                job.unresolved.add(due.recipient_id)
            except ConnectionError:
                answered = False
            else:
                if found is not None:
                    return (route, found), True
        return None, answered


async def side_by_side(lane: Callable[[], Awaitable[None]], number: int) -> None:
    """Run so many lanes until all have ended, however this ends itself.

    A lane that raises, a defect of ours, is logged and costs no other what it is waiting for.
    """

    async def held() -> None:
        try:
            await lane()
        except Exception:
            log.exception("sender.lane_failed")

    async with asyncio.TaskGroup() as group:
        for _ in range(number):
            group.create_task(held())
