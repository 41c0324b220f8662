"""How fast providers are fed: limits kept by the `limits` library, in Redis for all workers.

Without Redis, or while it is away, this process keeps them alone, for its share.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from arq import ArqRedis
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from alerting.domain.alert import Lane

LOOK_AGAIN = 0.02
"""Seconds between asks, where the limit is reached or something more urgent has the road."""
AHEAD = 0.05
"""Seconds' worth of units taken at once, to spare Redis a question for each message."""
STALE = 0.25
"""Seconds after which units taken ahead and not used are lost."""
CLAIM_LASTS = 2
"""Seconds that a claim announced to other workers holds."""
KEY = "alerting:urgent:"

log = structlog.get_logger()


class Pace:
    """The pace of every meter, as one worker keeps it."""

    def __init__(self, redis_url: str = "", *, living: Callable[[], int] = lambda: 1) -> None:
        self.living = living
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._connections = ConnectionPool.from_url(redis_url) if redis_url else None
        self._shared = (
            MovingWindowRateLimiter(
                RedisStorage(
                    f"async+{redis_url}",
                    implementation="redispy",
                    key_prefix="alerting",
                    connection_pool=self._connections,  # type: ignore[arg-type]  # as documented
                )
            )
            if redis_url
            else None
        )
        self._turns: dict[tuple[str, Lane], asyncio.Lock] = {}
        self._ahead: dict[str, tuple[int, float]] = {}
        self._claims: defaultdict[str, Counter[Lane]] = defaultdict(Counter)
        self._elsewhere: frozenset[str] = frozenset()

    async def take(
        self,
        meter: str,
        per_second: float | None,
        cost: int,
        lane: Lane,
        go_on: Callable[[], bool],
    ) -> bool:
        """Wait until `cost` units may be sent; False when `go_on` said no first."""
        if per_second is None:
            return go_on()
        limit = _limit(per_second)
        # One asks at a time for each lane, first come first served.
        async with self._turns.setdefault((meter, lane), asyncio.Lock()):
            owed = cost
            while go_on():
                if not self.yields(meter, lane):
                    owed -= await self._some(meter, limit, owed, per_second)
                    if not owed:
                        return True
                await asyncio.sleep(LOOK_AGAIN)
        return False

    @contextmanager
    def claim(self, meter: str, lane: Lane) -> Iterator[None]:
        """While it is held, less urgent lanes of this meter yield."""
        claims = self._claims[meter]
        claims[lane] += 1
        try:
            yield
        finally:
            claims[lane] -= 1

    def yields(self, meter: str, lane: Lane) -> bool:
        """Whether something more urgent has this meter now, here or in another worker."""
        if lane is Lane.URGENT:
            return False
        return bool(self._claims[meter][Lane.URGENT]) or meter in self._elsewhere

    async def close(self) -> None:
        """Let go of connections."""
        if self._connections is not None:
            await self._connections.aclose()

    async def announce(self, pool: ArqRedis) -> None:
        """Tell the other workers what is urgent here, and learn what is urgent there."""
        meters = sorted(self._claims)
        if not meters:
            return
        for meter in meters:
            if self._claims[meter][Lane.URGENT]:
                await pool.set(KEY + meter, 1, ex=CLAIM_LASTS)
        found = await pool.mget([KEY + meter for meter in meters])
        self._elsewhere = frozenset(
            meter for meter, value in zip(meters, found, strict=True) if value is not None
        )

    def alone(self) -> None:
        """Redis is away: what is urgent elsewhere cannot be known."""
        self._elsewhere = frozenset()

    async def _some(self, meter: str, limit: RateLimitItem, owed: int, per_second: float) -> int:
        """As many of the units owed as there are now."""
        units, taken_at = self._ahead.get(meter, (0, 0.0))
        if time.monotonic() - taken_at > STALE:
            units = 0
        if not units:
            ahead = min(max(owed, int(per_second * AHEAD)), limit.amount)
            units = await self._hit(limit, meter, ahead, per_second)
            if not units and ahead > 1:
                units = await self._hit(limit, meter, 1, per_second)
            taken_at = time.monotonic()
        given = min(units, owed)
        self._ahead[meter] = (units - given, taken_at)
        return given

    async def _hit(self, limit: RateLimitItem, meter: str, cost: int, per_second: float) -> int:
        """All of `cost`, or none."""
        if self._shared is not None:
            try:
                return cost if await self._shared.hit(limit, meter, cost=cost) else 0
            except (RedisError, OSError) as trouble:
                log.warning("pace.alone", trouble=type(trouble).__name__)
                limit = _limit(per_second / max(1, self.living()))
        cost = min(cost, limit.amount)
        return cost if await self._alone.hit(limit, meter, cost=cost) else 0


def _limit(per_second: float) -> RateLimitItem:
    if per_second >= 1:
        return RateLimitItemPerSecond(int(per_second))
    return RateLimitItemPerSecond(1, round(1 / per_second))
