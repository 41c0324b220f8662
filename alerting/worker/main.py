"""Keep arq working: one loop for each queue in this process, started anew whenever one ends.

arq's worker gives up for good when Redis goes away; a service that alerts people must not. While
Redis is away, this process works from the database alone.
"""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, cast

import arq.worker
import structlog
from arq import Worker, cron, func
from arq.typing import WorkerCoroutine
from redis.exceptions import RedisError

from alerting.actions.operations.database import DatabaseError, told
from alerting.actions.press import publishing as press_publishing
from alerting.actions.staff_notifications import inbox, outbox
from alerting.delivery import journal_recovery, planning
from alerting.delivery.dispatcher import Dispatcher
from alerting.delivery.heartbeat import Heartbeat
from alerting.delivery.turn_semaphore import TurnSemaphore
from alerting.domain.jobs import Job, PlanChannel, Publish, SendChunk, Wake
from alerting.services import Services
from alerting.worker.jobs import (
    Context,
    archive_old,
    delete_old,
    plan_channel,
    publish,
    run_due_work,
    send_chunk,
    sweep,
)
from alerting.worker.queue import (
    CONTROL,
    PLAN,
    PUBLISH,
    SEND,
    ArqQueue,
    pack,
    unpack,
    waiting_chunk,
)
from alerting.worker.rate_limiter import RedisRateLimiter

if TYPE_CHECKING:  # loaded where this worker has a folder
    from alerting.actions.public.publishing import Publisher

POLL = {CONTROL: 0.2, PLAN: 0.03, SEND: 0.03, PUBLISH: 0.03}
"""Seconds between looks at a queue: the first message waits for one look at each of two."""
JOBS_AT_ONCE = 64
"""Jobs of a queue under way in one worker: more than there are alerts at once. What they do waits
for its turn elsewhere."""
READ_AT_ONCE = 1_000
"""Names of jobs looked through: those this worker has no room for may stand before others."""
PLANNED_AT_ONCE = 4
"""Slices planned at once in one worker; each takes a connection to the database for its time."""
PLAN_WITHIN = 600
ARCHIVED_WITHIN = 3_600
"""Seconds a round of archiving may take; the next goes on where it stopped."""
BEGUN_FOR = 15.0
"""Seconds for which a job that somebody began is nobody else's.

arq would say more than ten minutes, and looks no further than a hundred jobs: those of a few killed
workers would stop a queue. What lasts longer is begun a second time, which is harmless.
"""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
EVERY_SECOND = 1.0
EVERY_MINUTE = 60.0
ARCHIVED_EVERY = 10.0
ANNOUNCE_EVERY = 0.25
GOODBYE_WITHIN = 10.0
"""Seconds a worker that is told to stop takes to settle what it has handed over."""

log = structlog.get_logger()


async def keep_working(services: Services, queue: ArqQueue) -> None:
    """Work until cancelled; where that fails, begin again, since nobody watches a task."""
    while True:
        try:
            await work(services, queue)
        except Exception as error:
            log.exception("worker.begins_again", error=type(error).__name__)
        await asyncio.sleep(LONGEST_PAUSE)


async def work(services: Services, queue: ArqQueue) -> None:
    """Work until cancelled; then settle what was handed over, and delete this worker's row."""
    name = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
    journals = await journal_recovery.open_folder(services, name)
    heart = Heartbeat(services, name, journals=journals)
    dispatcher = Dispatcher(services, worker=name, alive=heart.is_alive, journals=journals)
    if isinstance(services.pace, RedisRateLimiter):
        services.pace.living = lambda: heart.living
    await dispatcher.settle_left()
    if queue.embedded and services.database.is_sqlite:
        await heart.begin_alone()
    else:
        await heart.send()
    queue_workers: set[Worker] = set()
    publisher = _publisher(services, name)
    working = asyncio.create_task(
        _work(services, queue, dispatcher, heart, queue_workers, publisher)
    )
    try:
        await asyncio.shield(working)
    finally:
        for worker in queue_workers:  # what waits in the queue is for the others now
            worker.allow_pick_jobs = False
        await dispatcher.stop(within=GOODBYE_WITHIN)
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        if journals is not None:
            journals.close()
        if publisher is not None:
            publisher.close()
        with contextlib.suppress(DatabaseError, OSError):
            await heart.stop()


def _publisher(services: Services, name: str) -> "Publisher | None":
    if services.public is None:
        return None
    # A worker without a folder carries nothing of it.
    from alerting.actions.public.publishing import Publisher

    return Publisher(services, services.public, name)


async def _work(
    services: Services,
    queue: ArqQueue,
    dispatcher: Dispatcher,
    heart: Heartbeat,
    queue_workers: set[Worker],
    publisher: "Publisher | None",
) -> None:
    async with asyncio.TaskGroup() as group:
        if publisher is not None:
            group.create_task(_every(0, publisher.first_round))
            group.create_task(_every(0, publisher.towns_round))
            group.create_task(_every(EVERY_MINUTE, publisher.tidy))
            group.create_task(_every(ARCHIVED_EVERY, publisher.archive))
        group.create_task(_every(EVERY_SECOND, heart.send))
        group.create_task(_every(EVERY_SECOND, dispatcher.settle_left))
        group.create_task(_every(EVERY_SECOND, dispatcher.release_orphaned_chunks))
        group.create_task(_every(EVERY_SECOND, dispatcher.selector.share))
        group.create_task(_every(EVERY_SECOND, dispatcher.fill))
        # These wait for providers, each in a task of its own: a silent one holds up nothing else.
        group.create_task(_every(EVERY_SECOND, dispatcher.selector.probe))
        group.create_task(_every(EVERY_SECOND, partial(inbox.queue_mails, services)))
        group.create_task(_every(0, partial(press_publishing.keep_lifting, services)))
        for channel in outbox.CHANNELS:
            send_due = partial(outbox.send_due_on, services, channel)
            group.create_task(_every(EVERY_SECOND, send_due))
        if queue.embedded:
            setattr(arq.worker, "log_redis_info", _nothing)  # noqa: B010  fakeredis has no INFO
        else:
            round_of_our_own = partial(_without_redis, services, queue, dispatcher, publisher)
            group.create_task(_every(0, round_of_our_own))
            if isinstance(services.pace, RedisRateLimiter):
                group.create_task(
                    _every(ANNOUNCE_EVERY, partial(services.pace.announce, queue.pool))
                )
        context: Context = {
            "services": services,
            "dispatcher": dispatcher,
            "planners": TurnSemaphore(PLANNED_AT_ONCE),
            "publisher": publisher,
        }
        for name in (CONTROL, PLAN, SEND, *((PUBLISH,) if publisher else ())):
            group.create_task(_supervise(queue, context, queue_workers, name))


async def _every(seconds: float, act: Callable[[], Awaitable[object]]) -> None:
    """Act again and again; an outage is waited out, and no mistake of ours ends the worker."""
    while True:
        try:
            await act()
        except (DatabaseError, RedisError, OSError) as error:
            log.warning("worker.waits", act=_called(act), error=told(error))
            await asyncio.sleep(FIRST_PAUSE)
        except Exception as error:  # its text may hold what a provider or a person wrote
            log.error("worker.failed", act=_called(act), error=type(error).__name__)  # noqa: TRY400
            await asyncio.sleep(FIRST_PAUSE)
        await asyncio.sleep(seconds)


def _called(act: Callable[[], Awaitable[object]]) -> str:
    return str(getattr(act, "__qualname__", "") or getattr(act, "func", act))


async def _without_redis(
    services: Services, queue: ArqQueue, dispatcher: Dispatcher, publisher: "Publisher | None"
) -> None:
    """While Redis is away, sweep by our own clock and do what the sweeper wakes ourselves.

    For a second. Several workers doing so is harmless: the database leases each chunk to one.
    """
    try:
        await queue.pool.ping()
        queue.aside = None
        await asyncio.sleep(EVERY_SECOND)
    except (RedisError, OSError):
        queue.aside = queue.aside or asyncio.Queue()
        with contextlib.suppress(DatabaseError, OSError):
            await run_due_work(services)
        await _do_aside(services, queue.aside, dispatcher, publisher)


async def _do_aside(
    services: Services,
    aside: asyncio.Queue[Wake],
    dispatcher: Dispatcher,
    publisher: "Publisher | None",
) -> None:
    """For a second: the jobs that would have waited in Redis."""
    now = services.now()
    jobs: set[Job] = set()
    while not aside.empty():
        wake = aside.get_nowait()
        if wake.at is None or wake.at <= now:  # what comes later is found when it is due
            jobs.add(wake.job)

    async def plan(job: PlanChannel) -> None:
        try:
            await planning.plan_channel(services, job.channel, job.alert)
        except Exception:  # one piece of work must not keep the others from being done
            log.exception("aside.failed", alert=job.alert, channel=job.channel)

    async with asyncio.TaskGroup() as group:
        for job in jobs:
            match job:
                case PlanChannel():
                    group.create_task(plan(job))
                case SendChunk():
                    dispatcher.start(job)
                case Publish() if publisher is not None:
                    publisher.woken.set()
        group.create_task(asyncio.sleep(EVERY_SECOND))


async def _supervise(
    queue: ArqQueue, context: Context, queue_workers: set[Worker], name: str
) -> None:
    pause = FIRST_PAUSE
    while True:
        worker = _worker(queue, context, name)
        queue_workers.add(worker)
        started = asyncio.get_running_loop().time()
        called = queue.calls.setdefault(name, asyncio.Event())
        listening = asyncio.create_task(_answer(worker, called))
        try:
            await worker.async_run()
        except asyncio.CancelledError:
            await _wind_up(worker)
            raise
        except Exception as error:  # whatever it was: work must go on
            log.warning("worker.restarts", queue=name, error=type(error).__name__)
        finally:
            listening.cancel()
        queue_workers.discard(worker)
        if asyncio.get_running_loop().time() - started > LONGEST_PAUSE:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _answer(worker: Worker, called: asyncio.Event) -> None:
    """Look at the queue at once when this process put something there, not after POLL."""
    while True:
        await called.wait()
        called.clear()
        with contextlib.suppress(RedisError, OSError):  # its own loop meets the same, and restarts
            await worker._poll_iteration()  # noqa: SLF001  arq has no other way to be called


async def _wind_up(worker: Worker) -> None:
    """End its jobs. arq's own close would also close the connections, which others still use."""
    for task in worker.tasks.values():
        task.cancel()
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)


class FittingWorker(Worker):
    """Leaves the chunks it has no room for to workers that have."""

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Start those of these jobs that can be done here."""
        room: dict[tuple[str, int], int] = {}
        fitting = []
        for name in job_ids:
            if whose := waiting_chunk(name.decode()):
                left = room.get(whose)
                left = self.ctx["dispatcher"].room(*whose) if left is None else left
                room[whose] = left - 1
                if left <= 0:
                    continue
            fitting.append(name)
        await super().start_jobs(fitting)


def _worker(queue: ArqQueue, context: Context, name: str) -> Worker:
    every_second = cron(
        cast("WorkerCoroutine", sweep), second=set(range(60)), timeout=30, keep_result=0
    )
    every_minute = cron(cast("WorkerCoroutine", delete_old), second={30}, timeout=60, keep_result=0)
    every_quarter = cron(
        cast("WorkerCoroutine", archive_old),
        minute={7, 22, 37, 52},
        second=0,
        timeout=ARCHIVED_WITHIN,
        keep_result=0,
    )
    worker = FittingWorker(
        functions=[
            func(cast("WorkerCoroutine", job), timeout=PLAN_WITHIN, keep_result=0, max_tries=1_000)
            for job in (plan_channel, send_chunk, publish)
        ],
        cron_jobs=[every_second, every_minute, every_quarter] if name == CONTROL else None,
        redis_pool=queue.pool,
        queue_name=name,
        handle_signals=False,
        poll_delay=POLL[name],
        max_jobs=JOBS_AT_ONCE,
        queue_read_limit=READ_AT_ONCE,
        health_check_interval=15,
        job_serializer=pack,
        job_deserializer=unpack,
        ctx=dict(context),
    )
    worker.in_progress_timeout_s = BEGUN_FOR
    return worker


async def _nothing(*_: object) -> None:
    """Stand in for arq's log line about the server."""
