"""Keep arq working: one loop per queue in this process, started anew whenever one ends.

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
from typing import cast

import arq.worker
import structlog
from arq import Worker, cron, func
from arq.typing import WorkerCoroutine
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from alerting.delivery import planning
from alerting.delivery.dispatcher import HAND_OVER_WITHIN, Dispatcher
from alerting.delivery.heartbeat import Heart
from alerting.domain.alert import Lane
from alerting.domain.channel import Bulk
from alerting.services import Services
from alerting.store import Wake, told
from alerting.worker.jobs import delete_old, plan, send, sweep, tidy
from alerting.worker.queue import CONTROL, ArqQueue, pack, queue_name, unpack
from alerting.worker.rate_limiter import Pace

POLL = {Lane.URGENT: 0.03, Lane.ROUTINE: 0.2}
"""Seconds between looks at the queue: the first message waits for at most two of them."""
CHUNKS_AT_ONCE = 8
"""Chunks of one channel and lane under way in one worker, where they are handed over in bulk."""
FEW_AT_ONCE = 2
"""The same where messages go one by one: more would wait here while other workers have nothing."""
PLAN_WITHIN = 600
SEND_WITHIN = HAND_OVER_WITHIN * 3
"""Handing over, waiting for the last answers, and writing down through an outage."""
BEGUN_FOR = 15.0
"""Seconds for which a job that somebody began is nobody else's.

arq would say more than ten minutes, and looks no further than a hundred jobs: those of a few killed
workers would stop a queue. What lasts longer is begun a second time, which is harmless.
"""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
EVERY_SECOND = 1.0
ANNOUNCE_EVERY = 0.25
GOODBYE_WITHIN = 10.0
"""Seconds a worker that is told to stop takes to settle what it has handed over."""

log = structlog.get_logger()


async def work(services: Services, queue: ArqQueue) -> None:
    """Work until cancelled; then settle what was handed over, and say goodbye."""
    name = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
    heart = Heart(services, name)
    dispatcher = Dispatcher(services, worker=name, alive=heart.sound)
    if isinstance(services.pace, Pace):
        services.pace.living = lambda: heart.living
    if queue.embedded and services.database.is_sqlite:
        await heart.begin_alone()
    else:
        await heart.beat()
    hands: set[Worker] = set()
    working = asyncio.create_task(_work(services, queue, dispatcher, heart, hands))
    try:
        await asyncio.shield(working)
    finally:
        for hand in hands:  # what waits in the queue is for the others now
            hand.allow_pick_jobs = False
        await dispatcher.stop(within=GOODBYE_WITHIN)
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        with contextlib.suppress(DBAPIError, OSError):
            await heart.stop()


async def _work(
    services: Services,
    queue: ArqQueue,
    dispatcher: Dispatcher,
    heart: Heart,
    hands: set[Worker],
) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_every(EVERY_SECOND, heart.beat))
        group.create_task(_every(EVERY_SECOND, dispatcher.tend))
        group.create_task(_every(EVERY_SECOND, dispatcher.roads.share))
        if queue.embedded:
            setattr(arq.worker, "log_redis_info", _nothing)  # noqa: B010  fakeredis has no INFO
        else:
            group.create_task(_without_redis(services, queue, dispatcher))
            if isinstance(services.pace, Pace):
                group.create_task(
                    _every(ANNOUNCE_EVERY, partial(services.pace.announce, queue.pool))
                )
        group.create_task(_supervise(services, queue, dispatcher, hands, CONTROL, Lane.URGENT))
        for channel in services.routes:
            for lane in Lane:
                group.create_task(_supervise(services, queue, dispatcher, hands, channel, lane))


async def _every(seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    """Act again and again; an outage is waited out."""
    while True:
        try:
            await act()
        except (DBAPIError, RedisError, OSError) as trouble:
            log.warning("worker.waits", act=_called(act), trouble=told(trouble))
        await asyncio.sleep(seconds)


def _called(act: Callable[[], Awaitable[None]]) -> str:
    return str(getattr(act, "__qualname__", "") or getattr(act, "func", act))


async def _without_redis(services: Services, queue: ArqQueue, dispatcher: Dispatcher) -> None:
    """While Redis is away, sweep by our own clock and do what the sweeper wakes ourselves.

    Several workers doing so is harmless: the database leases each chunk to one.
    """
    while True:
        try:
            await queue.pool.ping()
            queue.aside = None
            await asyncio.sleep(EVERY_SECOND)
        except (RedisError, OSError):
            queue.aside = queue.aside or asyncio.Queue()
            with contextlib.suppress(DBAPIError, OSError):
                await tidy(services, dispatcher)
            await _do_aside(services, queue.aside, dispatcher)


async def _do_aside(services: Services, aside: asyncio.Queue[Wake], dispatcher: Dispatcher) -> None:
    """For a second: what would have waited in Redis."""
    slots = asyncio.Semaphore(CHUNKS_AT_ONCE)
    now = services.now()
    wakes: dict[tuple[str, tuple[object, ...]], Wake] = {}
    while not aside.empty():
        wake = aside.get_nowait()
        if wake.at is None or wake.at <= now:  # what comes later, the sweeper wakes again
            wakes[wake.job, wake.arguments] = wake

    async def do(wake: Wake) -> None:
        async with slots:
            try:
                if wake.job == "plan":
                    await planning.plan(services, *wake.arguments)
                else:
                    channel, chunk_id = wake.arguments
                    await dispatcher.send(chunk_id, channel, wake.lane)
            except Exception:  # one piece of work must not keep the others from being done
                log.exception("aside.failed", job=wake.job)

    async with asyncio.TaskGroup() as group:
        for wake in sorted(wakes.values(), key=lambda wake: wake.lane):
            group.create_task(do(wake))
        group.create_task(asyncio.sleep(EVERY_SECOND))


async def _supervise(
    services: Services,
    queue: ArqQueue,
    dispatcher: Dispatcher,
    hands: set[Worker],
    name: str,
    lane: Lane,
) -> None:
    pause = FIRST_PAUSE
    while True:
        worker = _worker(services, queue, dispatcher, name, lane)
        hands.add(worker)
        started = asyncio.get_running_loop().time()
        called = queue.calls.setdefault(queue_name(name, lane), asyncio.Event())
        listening = asyncio.create_task(_answer(worker, called))
        try:
            await worker.async_run()
        except asyncio.CancelledError:
            await _wind_up(worker)
            raise
        except Exception as trouble:  # whatever it was: work must go on
            log.warning("worker.restarts", queue=name, trouble=type(trouble).__name__)
        finally:
            listening.cancel()
        hands.discard(worker)
        if asyncio.get_running_loop().time() - started > LONGEST_PAUSE:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _answer(worker: Worker, called: asyncio.Event) -> None:
    """Look at the queue at once when this process put something there: the first minute counts."""
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


def _worker(
    services: Services, queue: ArqQueue, dispatcher: Dispatcher, name: str, lane: Lane
) -> Worker:
    control = name == CONTROL
    every_second = cron(
        cast("WorkerCoroutine", sweep), second=set(range(60)), timeout=30, keep_result=0
    )
    every_minute = cron(cast("WorkerCoroutine", delete_old), second={30}, timeout=60, keep_result=0)
    worker = Worker(
        functions=[
            func(
                cast("WorkerCoroutine", plan),
                name="plan",
                timeout=PLAN_WITHIN,
                keep_result=0,
                max_tries=1_000,
            ),
            func(
                cast("WorkerCoroutine", send),
                name="send",
                timeout=SEND_WITHIN,
                keep_result=0,
                max_tries=1_000,
            ),
        ],
        cron_jobs=[every_second, every_minute] if control else None,
        redis_pool=queue.pool,
        queue_name=queue_name(name, lane),
        handle_signals=False,
        poll_delay=POLL[lane],
        max_jobs=_chunks_at_once(services, name),
        health_check_interval=15,
        job_serializer=pack,
        job_deserializer=unpack,
        ctx={"services": services, "dispatcher": dispatcher, "lane": lane},
    )
    worker.in_progress_timeout_s = BEGUN_FOR
    return worker


def _chunks_at_once(services: Services, name: str) -> int:
    one_by_one = any(not isinstance(route, Bulk) for route in services.routes.get(name, ()))
    return FEW_AT_ONCE if one_by_one else CHUNKS_AT_ONCE


async def _nothing(*_: object) -> None:
    """Stand in for arq's log line about the server."""
