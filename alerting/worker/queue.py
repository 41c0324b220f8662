"""arq as our queue of wake-ups: on Redis or Valkey by URL, or inside this process.

Every channel has a queue of its own for each lane: a slow provider never holds up another channel,
and an emergency never stands behind a campaign.
"""

import asyncio
import json
from datetime import datetime
from typing import Any

import structlog
from arq import ArqRedis
from arq.connections import RedisSettings, create_pool
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from alerting.domain.alert import Lane
from alerting.store import Wake

CONTROL = "control"
"""The queue of what belongs to no channel."""

log = structlog.get_logger()


def queue_name(channel: str, lane: Lane = Lane.URGENT) -> str:
    """The arq queue of a channel's lane, or of `CONTROL`."""
    return f"alerting:{channel}:{lane.name.lower()}"


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
            except (RedisError, OSError) as trouble:
                # The rows are committed; the sweeper wakes what this could not.
                log.warning("queue.out_of_reach", trouble=type(trouble).__name__)
                if self.aside is not None:
                    for left in wakes[at:]:
                        self.aside.put_nowait(left)
                return

    async def _enqueue(self, wake: Wake) -> None:
        channel = wake.arguments[0] if wake.arguments else CONTROL
        name = ":".join(map(str, (wake.job, *wake.arguments)))
        into = queue_name(str(channel), wake.lane)
        await self.pool.enqueue_job(
            wake.job,
            *wake.arguments,
            _queue_name=into,
            # A deferred wake-up must not stand in the way of an immediate one.
            _job_id=f"{name}@{_tenth(wake.at)}" if wake.at else name,
            _defer_until=wake.at,
        )
        if wake.at is None and into in self.calls:
            self.calls[into].set()

    async def close(self) -> None:
        """Let go of connections."""
        await self.pool.aclose()


def _tenth(at: datetime) -> int:
    return int(at.timestamp() * 10)
