"""How fast providers are fed: limits kept by the `limits` library, in Redis for all workers.

Within a worker the next free units go to the alert whose turn it is, see `alerting.domain.turns`.
Workers tell each other who waits. Without Redis, or while it is away, this process keeps the
limits alone, for its share.
"""

import asyncio
import json
import secrets
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from arq import ArqRedis
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from alerting.domain.alert import Precedence
from alerting.domain.stop_signal import StopSignal
from alerting.domain.turns import Turn, Turns
from alerting.services import always

LOOK_AGAIN = 0.02
"""Seconds between looks, where no unit is free or somebody elsewhere goes first."""
LOOK_AT_ONCE = 0.002
"""Seconds between looks where units may be free and nobody could use one: a place may come free."""
AHEAD = 0.05
"""Seconds' worth of units taken at once, to spare Redis a question for each message."""
STALE = 0.25
"""Seconds after which units taken ahead and not used are lost."""
ANNOUNCEMENT_LASTS = 2
"""Seconds for which others believe what a worker has announced."""
WAITED_LONG = 0.5
"""Seconds: an alert that another worker sends goes before one here when it has waited so much
longer, and one of higher precedence unless it has waited so much less."""
NEVER = float("-inf")
WORKERS_KEY = "alerting:turns"
ANNOUNCEMENT_KEY = "alerting:turns:"

log = structlog.get_logger()

Announcement = dict[str, dict[str, Any]]
"""Meter -> whether something urgent is under way there (`urgent`), and who waits for units
(`waiting`): precedence, alert, seconds since its last turn."""


@dataclass(slots=True, eq=False)
class WaitingRequest:
    """Somebody who waits for units."""

    limit: RateLimitItem
    per_second: float
    owed: int
    stop: StopSignal
    able: Callable[[], bool]
    granted: "asyncio.Future[bool]"


@dataclass(slots=True)
class Meter:
    """Those who wait for one meter, and the units that were taken ahead for them."""

    requests: dict[Turn, deque[WaitingRequest]] = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)
    since: dict[Turn, float] = field(default_factory=dict)
    """When each of those who wait began to, or had its last turn; `NEVER` before its first."""
    units: int = 0
    taken_at: float = 0.0
    granting: "asyncio.Task[None] | None" = None

    def answer_stopped(self) -> None:
        """Send away those at the head of a line that must not go on."""
        for turn in list(self.requests):
            while (line := self.requests.get(turn)) and (
                line[0].granted.done() or line[0].stop.is_set()
            ):
                self.answer(turn, granted=False)

    def answer(self, turn: Turn, *, granted: bool) -> None:
        """Tell the first in a line what came of it."""
        request = self.requests[turn][0]
        self.remove(turn, request)
        if not request.granted.done():
            request.granted.set_result(granted)

    def remove(self, turn: Turn, request: WaitingRequest) -> None:
        """It waits no longer."""
        line = self.requests.get(turn)
        if line is not None and request in line:
            line.remove(request)
            if not line:
                del self.requests[turn]
                del self.since[turn]

    def able(self) -> list[Turn]:
        """Those who could use units now."""
        return [turn for turn, line in self.requests.items() if line[0].able()]


class RedisRateLimiter:
    """The pace of every meter, as one worker keeps it."""

    def __init__(
        self,
        redis_url: str = "",
        *,
        living: Callable[[], int] = lambda: 1,
        clock: Callable[[], float] = time.monotonic,
        look_again: float = LOOK_AGAIN,
    ) -> None:
        self.living = living
        self._clock = clock
        self._look_again = look_again
        self._name = secrets.token_hex(8)
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
        self._meters: defaultdict[str, Meter] = defaultdict(Meter)
        self._claims: defaultdict[str, Counter[Turn]] = defaultdict(Counter)
        self._came: defaultdict[str, set[Turn]] = defaultdict(set)
        """Meter -> every urgent alert that ever claimed it here."""
        self._urgent_elsewhere: frozenset[str] = frozenset()
        self._waiting_elsewhere: dict[str, list[tuple[Turn, float]]] = {}
        """Meter -> whose turn is waited for, and since when (seconds by our own clock)."""

    async def take(
        self,
        rate_key: str,
        per_second: float | None,
        cost: int,
        turn: Turn,
        stop: StopSignal,
        *,
        able: Callable[[], bool] = always,
    ) -> bool:
        """Wait until `cost` units may be sent; False when `stop` was set first."""
        if per_second is None:
            return not stop.is_set()
        granted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        request = WaitingRequest(_limit(per_second), per_second, cost, stop, able, granted)
        line = self._meters[rate_key]
        line.since.setdefault(turn, NEVER if line.turns.is_new(turn) else self._clock())
        line.requests.setdefault(turn, deque()).append(request)
        if line.granting is None or line.granting.done():
            line.granting = asyncio.create_task(self._grant(rate_key, line))
        try:
            return await granted
        finally:
            line.remove(turn, request)

    @contextmanager
    def claim(self, rate_key: str, turn: Turn) -> Iterator[None]:
        """While it is held by something urgent, routine work on this meter yields."""
        claims = self._claims[rate_key]
        claims[turn] += 1
        if turn.urgent:
            self._came[rate_key].add(turn)
        try:
            yield
        finally:
            claims[turn] -= 1
            if not claims[turn]:
                del claims[turn]

    def arrivals(self, rate_key: str) -> int:
        """How many urgent alerts have come to this meter, in this process, since it began."""
        return len(self._came[rate_key])

    def yields(self, rate_key: str, turn: Turn) -> bool:
        """Whether this is routine work, and something urgent has this meter, here or elsewhere."""
        if turn.urgent:
            return False
        return self._urgent(rate_key) or rate_key in self._urgent_elsewhere

    async def close(self) -> None:
        """Let go of connections."""
        for rate_key in self._meters.values():
            if rate_key.granting is not None:
                rate_key.granting.cancel()
        if self._connections is not None:
            await self._connections.aclose()

    async def announce(self, pool: ArqRedis) -> None:
        """Tell the other workers what is urgent and who waits here, and learn the same of them."""
        if not (told := self._told()):
            self.alone()
            return
        own = ANNOUNCEMENT_KEY + self._name
        await pool.set(own, json.dumps(told), ex=ANNOUNCEMENT_LASTS)
        await pool.zadd(WORKERS_KEY, {own: 0})
        names = await pool.zrange(WORKERS_KEY, 0, -1)
        others = [name for name in names if name.decode() != own]
        answers = await pool.mget(others) if others else []
        if gone := [name for name, one in zip(others, answers, strict=True) if one is None]:
            await pool.zrem(WORKERS_KEY, *gone)
        self._learn([json.loads(answer) for answer in answers if answer is not None])

    def _told(self) -> Announcement:
        now = self._clock()
        return {
            name: {
                "urgent": self._urgent(name),
                "waiting": [
                    [*turn, now - self._meters[name].since[turn]]
                    for turn in self._meters[name].able()
                ],
            }
            for name in sorted({*self._claims, *self._meters})
            if self._claims[name] or self._meters[name].requests
        }

    def _learn(self, announcements: list[Announcement]) -> None:
        now = self._clock()
        urgent: set[str] = set()
        waiting: defaultdict[str, list[tuple[Turn, float]]] = defaultdict(list)
        for announcement in announcements:
            for name, state in announcement.items():
                if state["urgent"]:
                    urgent.add(name)
                waiting[name] += [
                    (Turn(Precedence(precedence), alert), now - waited)
                    for precedence, alert, waited in state["waiting"]
                ]
        self._urgent_elsewhere, self._waiting_elsewhere = frozenset(urgent), waiting

    def alone(self) -> None:
        """Forget what others announced: Redis is away, or nobody here waits."""
        self._urgent_elsewhere, self._waiting_elsewhere = frozenset(), {}

    def _urgent(self, rate_key: str) -> bool:
        return any(turn.urgent for turn in self._claims[rate_key])

    async def _grant(self, name: str, rate_key: Meter) -> None:
        """Give units to whoever's turn it is, for as long as somebody waits."""
        while True:
            rate_key.answer_stopped()
            if not rate_key.requests:
                return
            turn = rate_key.turns.first(rate_key.able())
            if turn is None:
                await asyncio.sleep(min(LOOK_AT_ONCE, self._look_again))
                continue
            if self._first_elsewhere(name, rate_key, turn):
                await asyncio.sleep(self._look_again)
                continue
            request = rate_key.requests[turn][0]
            given = await self._some(name, rate_key, request)
            request.owed -= given
            if not given:
                await asyncio.sleep(self._look_again)
            elif request.owed <= 0:
                rate_key.turns.take(turn)
                if turn in rate_key.since:
                    rate_key.since[turn] = self._clock()
                if request in rate_key.requests.get(turn, ()):
                    rate_key.answer(turn, granted=True)

    def _first_elsewhere(self, name: str, rate_key: Meter, turn: Turn) -> bool:
        """Whether an alert that another worker sends goes first, by precedence or by its waiting.

        What it has waited counts from its last turn, here or there. Of two workers that wait,
        never both give way.
        """
        own = rate_key.since[turn]

        def goes_first(other: Turn, since: float) -> bool:
            if other.urgent is not turn.urgent:
                return other.urgent
            since = max(since, rate_key.since.get(other, since))
            allowed = WAITED_LONG if other.precedence < turn.precedence else -WAITED_LONG
            return since < own + allowed

        return any(
            goes_first(other, since)
            for other, since in self._waiting_elsewhere.get(name, ())
            if other != turn
        )

    async def _some(self, name: str, rate_key: Meter, request: WaitingRequest) -> int:
        """As many of the units owed as there are now."""
        if self._clock() - rate_key.taken_at > STALE:
            rate_key.units = 0
        if not rate_key.units:
            limit, per_second = request.limit, request.per_second
            ahead = min(max(request.owed, int(per_second * AHEAD)), limit.amount)
            rate_key.units = await self._hit(limit, name, ahead, per_second)
            if not rate_key.units and ahead > 1:
                rate_key.units = await self._hit(limit, name, 1, per_second)
            rate_key.taken_at = self._clock()
        given = min(rate_key.units, request.owed)
        rate_key.units -= given
        return given

    async def _hit(self, limit: RateLimitItem, rate_key: str, cost: int, per_second: float) -> int:
        """All of `cost`, or none."""
        if self._shared is not None:
            try:
                return cost if await self._shared.hit(limit, rate_key, cost=cost) else 0
            except (RedisError, OSError) as error:
                log.warning("pace.alone", error=type(error).__name__)
                self.alone()
                limit = _limit(per_second / max(1, self.living()))
        cost = min(cost, limit.amount)
        return cost if await self._alone.hit(limit, rate_key, cost=cost) else 0


def _limit(per_second: float) -> RateLimitItem:
    if per_second >= 1:
        return RateLimitItemPerSecond(int(per_second))
    return RateLimitItemPerSecond(1, round(1 / per_second))
