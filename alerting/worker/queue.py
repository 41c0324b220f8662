"""arq as our queue of wake-ups: on Redis or Valkey by URL, or inside this process.

Planning has a queue of its own. Jobs that have chunks sent end at once, so that none stands behind
another: a slow provider never holds up another channel, nor one alert the next.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import structlog
from arq import ArqRedis
from arq.connections import RedisSettings, create_pool
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from alerting.domain.jobs import Job, PlanChannel, Publish, SendChunk, Wake

CONTROL = "alerting:control"
"""The queue of what is done by the clock."""
PLAN = "alerting:plan"
SEND = "alerting:send"
PUBLISH = "alerting:publish"
"""Only workers that have the public folder look into it."""
NAMES = 16
"""Jobs of one channel of an alert that may wait at once, and as many for each tenth of a second
ahead: more would only find their chunks taken. Where no worker has the public folder, no more than
these wait for one."""

INTO: Mapping[type[Job], tuple[str, str]] = {
    PlanChannel: (PLAN, "plan_channel"),
    SendChunk: (SEND, "send_chunk"),
    Publish: (PUBLISH, "publish"),
}
"""Kind of job -> its queue, and the function that does it."""

log = structlog.get_logger()


def pack(job: dict[str, Any]) -> bytes:
    """Jobs travel as JSON: arq's own pickle would run whatever someone wrote into Redis."""
    return json.dumps(job, default=str).encode()


def unpack(data: bytes) -> dict[str, Any]:
    """Read a job back."""
    job: dict[str, Any] = json.loads(data)
    return job


class ArqQueue:
    """Wake-ups by arq."""

    def __init__(self, pool: ArqRedis, *, embedded: bool) -> None:
        self.pool = pool
        self.embedded = embedded
        self.calls: dict[str, asyncio.Event] = {}
        """Queues that are looked after in this process: set when it put something into one."""
        self.aside: asyncio.Queue[Wake] | None = None
        """Where a worker takes wake-ups from while Redis is out of reach."""

    @classmethod
    async def embed(cls) -> "ArqQueue":
        """A queue inside this process: gone when it ends, and rebuilt from the database."""
        from fakeredis import FakeAsyncRedisConnection, FakeServer

        pool = ConnectionPool(connection_class=FakeAsyncRedisConnection, server=FakeServer())
        return cls(
            ArqRedis(pool_or_conn=pool, job_serializer=pack, job_deserializer=unpack),
            embedded=True,
        )

    @classmethod
    async def connect(cls, url: str) -> "ArqQueue":
        """A queue on a Redis or Valkey server."""
        pool = await create_pool(
            RedisSettings.from_dsn(url), job_serializer=pack, job_deserializer=unpack
        )
        return cls(pool, embedded=False)

    async def wake(self, wakes: list[Wake]) -> None:
        """Queue jobs. One that is queued already is not queued twice."""
        for at, wake in enumerate(wakes):
            try:
                await self._enqueue(wake)
            except (RedisError, OSError) as error:
                # The rows are committed; the sweeper wakes what this could not.
                log.warning("queue.out_of_reach", error=type(error).__name__)
                if self.aside is not None:
                    for left in wakes[at:]:
                        self.aside.put_nowait(left)
                return

    async def _enqueue(self, wake: Wake) -> None:
        into, function = INTO[type(wake.job)]
        await self.pool.enqueue_job(
            function,
            **asdict(wake.job),
            _queue_name=into,
            _job_id=job_id(wake.job, wake.at),
            _defer_until=wake.at,
        )
        if wake.at is None and into in self.calls:
            self.calls[into].set()

    async def close(self) -> None:
        """Let go of connections."""
        await self.pool.aclose()


def job_id(job: Job, at: datetime | None = None) -> str:
    """The name under which a job is queued once; `at` is when it is to be done, if not at once.

    A deferred job must not stand in the way of an immediate one, nor one that is just ending in the
    way of the next.
    """
    ahead = f"@{int(at.timestamp() * 10)}" if at else ""
    match job:
        case PlanChannel(alert, channel):
            return f"plan:{channel}:{alert}{ahead}"
        case SendChunk(alert, channel, chunk):
            return f"send:{channel}:{alert}:{chunk % NAMES}{ahead}"
        case Publish(publication):
            return f"publish:{publication % NAMES}{ahead}"


def waiting_chunk(name: str) -> tuple[str, int] | None:
    """Channel and alert of a job that has a chunk sent at once; None for any other job.

    Those that were deferred are not among them: in numbers, they would hide what waits behind.
    """
    kind, *rest = name.split(":")
    if kind != "send" or "@" in name:
        return None
    channel, alert, _ = rest
    return channel, int(alert)
