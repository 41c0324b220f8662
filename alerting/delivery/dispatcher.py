"""Send one chunk: lease it, hand it over with no transaction open, settle it.

A dispatcher lives as long as its process: it keeps what was prepared once for a whole alert, and
holds each route to the number of messages it may have under way.
"""

import asyncio
import random
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError

from alerting.delivery import adapter_calls, journal_recovery
from alerting.delivery.call_watch import clock
from alerting.delivery.chunk_sender import SHARE_OF_A_SECOND, ChunkSender
from alerting.delivery.contents import content_to_send
from alerting.delivery.journal import Journal, JournalFolder
from alerting.delivery.routing import RouteSelector
from alerting.delivery.send_job import PreparedSending, SendJob
from alerting.delivery.stop_watch import Watch
from alerting.domain.channel import Bulk
from alerting.domain.delivery import State
from alerting.domain.jobs import SendChunk, Wake
from alerting.services import Services
from alerting.store import sendings as sending_rows
from alerting.store import told
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.deliveries import settlement
from alerting.store.deliveries.chunks import Due, Lease
from alerting.store.deliveries.settlement import Settled

HAND_OVER_WITHIN = 60.0
"""Seconds; what a slow provider has not taken by then is given back and leased anew."""
SETTLE_PAUSES = (0.1, 0.5, 1, 2, 4, 8, 15, 30)
"""Seconds between tries to write down what was sent, while the database is away."""
BLOCKED_PAUSE = timedelta(milliseconds=250)
"""Before a chunk that must not overtake another is looked at again."""
AFTER_A_FAULT = timedelta(seconds=5)
KEPT_ALERTS = 64
SENDERS_OF_AN_ALERT = 8
"""Chunks of one channel of an alert under way in one worker, handed over in bulk."""
FEW_SENDERS = 2
"""Chunks of one channel of an alert under way in one worker, where messages are sent one by one:
more would wait here while other workers have nothing."""
MAX_SENDERS = 32
"""Chunks of one channel under way in one worker; an alert that has none may always have one."""
FORGET_TRIED_AFTER = 5.0
"""Seconds after which a sender looks again at chunks it has had."""
LOOKED_AT = 16
"""Chunks to choose the next one from."""

log = structlog.get_logger()


def _is_refused(error: Exception) -> bool:
    """Whether it is the values that a database does not take: trying again cannot help.

    SQLSTATE classes 22 and 23 (PostgreSQL, appendix A): data exception, integrity violation.
    """
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return isinstance(error, UnicodeError | DataError) or state[:2] in {"22", "23"}


def _is_unresolved(lease: Lease, moved: Sequence[Settled], waiting: Sequence[Due]) -> bool:
    """Whether somebody has to look again: at who was left out, and at who waits of a closed one."""
    waits = lease.closed and any(result.verdict.state is State.WAITING for result in moved)
    return waits or len(moved) < len(waiting)


def _without_words(result: Settled) -> Settled:
    return result._replace(verdict=result.verdict._replace(reference="", provider_code=""))


class Dispatcher:
    """Sends chunks for one worker, known to the others by its name."""

    def __init__(
        self,
        services: Services,
        *,
        worker: str = "worker",
        alive: Callable[[], bool] = lambda: True,
        journals: JournalFolder | None = None,
    ) -> None:
        self.worker = worker
        self.selector = RouteSelector(services)
        self._chunk_sender = ChunkSender(services, self.selector)
        self.stopping = False
        self._services = services
        self._alive = alive
        self._journals = journals
        self._holding: set[int] = set()
        self._senders: Counter[tuple[str, int]] = Counter()
        """How many chunks of a channel of an alert are under way, or about to be."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._missing: set[int] = set()
        self._watch = Watch(services)
        self._ready: OrderedDict[tuple[int, str], PreparedSending] = OrderedDict()
        self._dice = random.Random()  # noqa: S311  spreads workers, guards nothing

    def room(self, channel: str, alert: int) -> int:
        """How many chunks of one channel of an alert may be begun here, beside those under way."""
        routes = self._services.routes.get(channel, ())
        one_by_one = any(not isinstance(route, Bulk) for route in routes)
        under_way = self._senders[channel, alert]
        of_channel = sum(n for (name, _), n in self._senders.items() if name == channel)
        room = (FEW_SENDERS if one_by_one else SENDERS_OF_AN_ALERT) - under_way
        return max(0, min(room, max(MAX_SENDERS - of_channel, 1 - under_way)))

    def start(self, job: SendChunk) -> None:
        """Begin a task that sends a chunk, if there is room; returns at once."""
        if self.stopping or not self.room(job.channel, job.alert):
            return
        whose = (job.channel, job.alert)
        self._senders[whose] += 1
        sender = asyncio.create_task(self._send_on(job))
        self._tasks.add(sender)

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._senders[whose] -= 1
            self._senders += Counter()  # drops what came to nothing

        sender.add_done_callback(ended)

    async def fill(self) -> None:
        """Begin what is due, as far as there is room: no wake-up is needed for anything to leave.

        Each worker looks for itself, so that none has more waiting than it can do.
        """
        if not self.stopping:
            for job in await self.due():
                self.start(job)

    async def due(self) -> list[SendChunk]:
        """Some chunks of each alert that may be sent now; most urgent first."""
        now = self._services.now()
        return await self._services.database.at_once(
            lambda connection: chunk_rows.ready_chunks(
                connection, now=now, limit=SENDERS_OF_AN_ALERT
            )
        )

    async def send(self, job: SendChunk) -> None:
        """Send what is due of a chunk, then of others of its alert and channel while there are any.

        Harmless when someone else has it, or nothing is left; of an alert that is not being sent
        any more, nothing is leased.
        """
        tried: set[int] = set()
        until = clock() + FORGET_TRIED_AFTER
        while not self.stopping and (chosen := await self._next(job, tried)) is not None:
            tried.add(chosen.chunk)
            if not await self.send_one(chosen):
                return
            if clock() > until:
                tried.clear()
                until = clock() + FORGET_TRIED_AFTER

    async def _send_on(self, job: SendChunk) -> None:
        try:
            await self.send(job)
        except (DBAPIError, OSError) as error:
            log.warning("sender.interrupted", channel=job.channel, error=told(error))
        except Exception:  # one alert's mistake must not keep the others from being sent
            log.exception("sender.failed", alert=job.alert, channel=job.channel)

    async def _next(self, job: SendChunk, tried: set[int]) -> SendChunk | None:
        """The chunk the job names if it is ready, or another that is."""
        now = self._services.now()
        ready = await self._services.database.at_once(
            lambda connection: chunk_rows.next_ready(
                connection, job.alert, job.channel, now=now, limit=LOOKED_AT
            )
        )
        free = [send_chunk for send_chunk in ready if send_chunk.chunk not in tried | self._holding]
        if job in free:
            return job
        # Any of the first: workers that all want the very first would stand in each other's way.
        return self._dice.choice(free) if free else None

    async def send_one(self, job: SendChunk) -> bool:
        """Send what is due of one chunk; False where nothing may leave by its channel now."""
        services, chunk_id = self._services, job.chunk
        until = clock() + HAND_OVER_WITHIN
        later = await self._not_before(job, until)
        if later is not None:
            await services.queue.wake([Wake(job, later)])
            return False
        now = services.now()

        def take(connection: Connection) -> tuple[Lease, list[Due]] | bool:
            lease = chunk_rows.lease(connection, chunk_id, by=self.worker, now=now)
            if lease is None:
                return chunk_rows.is_blocked(connection, chunk_id, now=now)
            return lease, chunk_rows.due_deliveries(connection, lease, now=now)

        if chunk_id in self._holding or (self._journals and self._journals.has_left(chunk_id)):
            return True  # begun twice, and the other one was quicker; or not settled yet
        self._holding.add(chunk_id)
        # Before it is leased: a chunk that a dead worker has no journal of is in doubt as a whole.
        journal = self._open_journal(job)
        try:
            taken = await services.database.at_once(take)
            if not isinstance(taken, bool):
                await self._send_leased(job, *taken, journal, until=until)
            elif taken:
                await services.queue.wake([Wake(job, services.now() + BLOCKED_PAUSE)])
            if journal is not None:
                journal.settled()
        except BaseException:
            # Cancelled, or an error of ours: what was handed over is known from the journal alone.
            # Without one, the chunk is given back as in doubt.
            await asyncio.shield(self._give_up(chunk_id, journal))
            raise
        finally:
            self._holding.discard(chunk_id)
        return True

    async def settle_left(self) -> None:
        """Settle what workers of this machine that are gone left in their journals.

        Their chunks go on at once: a lock that can be had proves that its worker is gone, and no
        heartbeat has to be waited for.
        """
        if self._journals is not None:
            await journal_recovery.settle_left(self._services, self._journals)

    async def release_orphaned_chunks(self) -> None:
        """Give back chunks leased to this worker that no task of it is sending."""
        async with self._services.reading() as reading:
            leased = await reading.connection.run_sync(chunk_rows.leased_chunks, self.worker)
        # Twice in a row: between looking there and looking here, one may just have been settled.
        missing = leased - self._holding
        if lost := missing & self._missing:
            log.warning("chunks.lost_sight_of", number=len(lost))
            await self._release(lost)
        self._missing = missing

    async def stop(self, *, within: float) -> None:
        """Begin nothing more; wait a while for what is under way to be settled."""
        self.stopping = True
        until = clock() + within
        while self._holding and clock() < until:  # noqa: ASYNC110  stopping may take a moment
            await asyncio.sleep(SHARE_OF_A_SECOND)
        for sender in self._tasks:
            sender.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _not_before(self, job: SendChunk, until: float) -> datetime | None:
        """Wait while more urgent alerts use every route; when to try again, None where now."""
        pace, routes = self._services.pace, self._services.routes.get(job.channel, ())
        while routes and all(pace.yields(route.rate_key, job.turn) for route in routes):
            if clock() > until or self.stopping:
                return self._services.now()
            await asyncio.sleep(SHARE_OF_A_SECOND)
        return self.selector.open_until(routes, now=self._services.now())

    def _open_journal(self, job: SendChunk) -> Journal | None:
        if self._journals is None:
            return None
        return self._journals.open(job.chunk, sending_id=job.alert, channel=job.channel)

    async def _give_up(self, chunk_id: int, journal: Journal | None) -> None:
        if journal is None:
            await self._release({chunk_id})
            return
        journal.leave()
        try:
            await self.settle_left()
        except (DBAPIError, OSError) as error:  # the next round tries again
            log.warning("journal.not_settled_yet", error=told(error))

    async def _release(self, chunk_ids: set[int]) -> None:
        due_at = self._services.now() + AFTER_A_FAULT
        try:
            await self._services.database.at_once(
                lambda connection: chunk_rows.release_chunks(
                    connection, chunk_ids, by=self.worker, due_at=due_at
                )
            )
        except (DBAPIError, OSError) as error:  # `release_orphaned_chunks` tries again
            log.warning("chunk.not_given_back", error=told(error))

    async def _send_leased(
        self,
        job: SendChunk,
        lease: Lease,
        waiting: list[Due],
        journal: Journal | None,
        *,
        until: float,
    ) -> None:
        services = self._services
        if journal is not None:
            journal.leased(in_doubt=lease.in_doubt)
        ready = await self._prepare(lease)
        with self._watch.following(lease.sending_id) as stopped:
            stop = stopped.or_when(lambda: self.stopping or not self._alive() or clock() >= until)
            settled = await self._chunk_sender.send_messages(
                SendJob(lease, ready, job.turn, until, stop, journal), waiting
            )

        def settle(moved: Sequence[Settled], connection: Connection) -> datetime | None:
            return settlement.settle(
                connection,
                services.database,
                lease,
                moved,
                began_at=ready.began_at,
                now=services.now(),
                still_in_doubt=lease.in_doubt and _is_unresolved(lease, moved, waiting),
            )

        again_at = await self._write_down(settle, settled)
        if again_at is not None and not self.stopping:
            await services.queue.wake([Wake(job, again_at)])

    async def _write_down(
        self,
        settle: Callable[[Sequence[Settled], Connection], datetime | None],
        settled: Sequence[Settled],
    ) -> datetime | None:
        """Settle, again and again while the database is away: what was sent must not be forgotten.

        A chunk that is never settled is in doubt, and everybody on it may get it twice. So what a
        database refuses to keep of a provider's own words is left out, never what became of it.
        """
        for pause in SETTLE_PAUSES:
            try:
                return await self._services.database.at_once(partial(settle, settled))
            except (DBAPIError, OSError, UnicodeError) as error:
                if _is_refused(error):
                    log.warning("chunk.settled_without_codes", error=told(error))
                    settled = [_without_words(result) for result in settled]
                    continue
                log.warning("chunk.not_settled_yet", error=told(error))
            await asyncio.sleep(pause)
        return await self._services.database.at_once(partial(settle, settled))

    async def _prepare(self, lease: Lease) -> PreparedSending:
        """Load and prepare a sending once, after checking that it is what was approved."""
        key = (lease.sending_id, lease.channel)
        if key in self._ready:
            self._ready.move_to_end(key)
            return self._ready[key]
        async with self._services.reading() as reading:
            sending = await sending_rows.load(reading.connection, lease.sending_id)
            own = await content_to_send(reading.connection, sending, lease.channel)
        routes = self._services.routes.get(lease.channel, ())
        prepared = {
            route.route: made
            for route in routes
            if own.route in {"", route.route}
            and (made := adapter_calls.prepare(route, own.messages, alert_id=sending.id))
            is not None
        }
        ready = PreparedSending(sending, prepared)
        if prepared:  # otherwise not kept: the channel may be on again after a restart
            self._ready[key] = ready
        if len(self._ready) > KEPT_ALERTS:
            self._ready.popitem(last=False)
        return ready
