"""Keep arq working: one loop per queue in this process, started anew whenever one ends.

arq's worker gives up for good when Redis goes away; a service that alerts people must not.
"""

import asyncio
from typing import cast

import arq.worker
import structlog
from arq import Worker, cron, func
from arq.typing import WorkerCoroutine

from alerting.delivery import recovery
from alerting.delivery.dispatch import LEASE, Dispatcher
from alerting.services import Services
from alerting.worker.jobs import plan, send, sweep
from alerting.worker.queue import CONTROL, ArqQueue, pack, queue_name, unpack

POLL = 0.03
"""Seconds between looks at the queue: the first message waits for at most two of them."""
CHUNKS_AT_ONCE = 8
"""Chunks of one channel under way in one worker."""
PLAN_WITHIN = 600
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0

log = structlog.get_logger()


async def work(services: Services, queue: ArqQueue) -> None:
    """Work until cancelled."""
    if queue.embedded:
        # fakeredis has no INFO command; arq only logs what it answers.
        await recovery.adopt(services)
        setattr(arq.worker, "log_redis_info", _nothing)  # noqa: B010  not theirs to export
    async with asyncio.TaskGroup() as group:
        for name in (CONTROL, *services.channels):
            group.create_task(_supervise(services, queue, name))


async def _supervise(services: Services, queue: ArqQueue, name: str) -> None:
    pause = FIRST_PAUSE
    while True:
        worker = _worker(services, queue, name)
        started = asyncio.get_running_loop().time()
        try:
            await worker.async_run()
        except asyncio.CancelledError:
            await worker.close()
            raise
        except Exception as trouble:  # whatever it was: work must go on
            log.warning("worker.restarts", queue=name, trouble=type(trouble).__name__)
        if asyncio.get_running_loop().time() - started > LONGEST_PAUSE:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _worker(services: Services, queue: ArqQueue, name: str) -> Worker:
    control = name == CONTROL
    every_second = cron(
        cast("WorkerCoroutine", sweep), second=set(range(60)), timeout=30, keep_result=0
    )
    return Worker(
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
                timeout=LEASE.total_seconds(),
                keep_result=0,
                max_tries=1_000,
            ),
        ],
        cron_jobs=[every_second] if control else None,
        redis_pool=queue.pool,
        queue_name=queue_name(name),
        handle_signals=False,
        poll_delay=POLL,
        max_jobs=CHUNKS_AT_ONCE,
        health_check_interval=15,
        job_serializer=pack,
        job_deserializer=unpack,
        ctx={"services": services, "dispatcher": Dispatcher(services)},
    )


async def _nothing(*_: object) -> None:
    """Stand in for arq's log line about the server."""
