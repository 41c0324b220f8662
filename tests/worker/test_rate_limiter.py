"""A route is fed no faster than it takes, by all workers together; what is urgent goes first."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from arq import ArqRedis

from alerting.domain.alert import Precedence
from alerting.domain.stop_signal import NEVER_STOPPED, StopSignal
from alerting.domain.turns import Turn
from alerting.worker.queue import ArqQueue
from alerting.worker.rate_limiter import NEVER, RedisRateLimiter
from tests.dripping import Dripping

WIDE = 10.0
ALERT, ANOTHER = Turn(Precedence.ALERT, 1), Turn(Precedence.ALERT, 2)
RETRACTION, UPDATE = Turn(Precedence.RETRACTION, 3), Turn(Precedence.UPDATE, 4)
EXERCISE = Turn(Precedence.ROUTINE, 5)


@asynccontextmanager
async def paced(url: str, **more: Any) -> AsyncIterator[RedisRateLimiter]:
    pace = RedisRateLimiter(url, **more)
    try:
        yield pace
    finally:
        await pace.close()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[ArqRedis]:
    queue = await ArqQueue.connect(url)
    try:
        yield queue.pool
    finally:
        await queue.close()


@pytest.fixture(params=["alone", pytest.param("shared", marks=pytest.mark.redis)])
async def two(
    request: pytest.FixtureRequest,
) -> AsyncIterator[tuple[RedisRateLimiter, RedisRateLimiter]]:
    """The pace of two workers: one object in one process, or two on one Valkey."""
    if request.param == "alone":
        one = RedisRateLimiter()
        yield one, one
    else:
        url = str(request.getfixturevalue("redis_url"))
        async with paced(url) as one, paced(url) as other:
            yield one, other


async def taken_in(
    seconds: float, paces: tuple[RedisRateLimiter, RedisRateLimiter], rate_key: str, cost: int
) -> list[float]:
    """When units were given, to eight askers of each worker, as fast as they come."""
    began = time.monotonic()
    given: list[float] = []

    stop = StopSignal(lambda: time.monotonic() - began >= seconds)

    async def ask(pace: RedisRateLimiter) -> None:
        while await pace.take(rate_key, 40, cost, ALERT, stop):
            given.extend([time.monotonic() - began] * cost)

    await asyncio.gather(*(ask(pace) for pace in paces for _ in range(8)))
    return sorted(given)


@pytest.mark.parametrize("cost", [1, 3])
async def test_no_second_holds_more_than_the_limit(
    two: tuple[RedisRateLimiter, RedisRateLimiter], cost: int
) -> None:
    given = await taken_in(2.2, two, f"limit-{cost}", cost)
    # Some units are taken a moment ahead, so a window may hold those of 50 ms more; and a task may
    # be told of its unit some hundredths of a second late where the machine is busy.
    for start in given:
        within = [at for at in given if start <= at < start + 0.95]
        assert len(within) <= 40 * 1.05 + 2 * cost
    assert len(given) >= 40 * 2 * 0.9


async def test_a_message_of_more_segments_than_the_limit_goes_out_all_the_same() -> None:
    async with asyncio.timeout(WIDE):
        assert await RedisRateLimiter().take("slow", 2, 3, ALERT, NEVER_STOPPED)


async def test_without_a_limit_nobody_waits(two: tuple[RedisRateLimiter, RedisRateLimiter]) -> None:
    assert await two[0].take("free", None, 10_000, ALERT, NEVER_STOPPED)


async def test_whoever_is_told_to_stop_gets_nothing(
    two: tuple[RedisRateLimiter, RedisRateLimiter],
) -> None:
    assert not await two[0].take("free", None, 1, ALERT, StopSignal(lambda: True))
    assert not await two[0].take("slow", 1, 1, ALERT, StopSignal(lambda: True))


async def test_routine_work_yields_while_something_urgent_is_under_way() -> None:
    pace = RedisRateLimiter()
    assert not pace.yields("relay", EXERCISE)
    with pace.claim("relay", ALERT):
        assert pace.yields("relay", EXERCISE)
        assert not pace.yields("relay", ALERT)
        assert not pace.yields("another", EXERCISE)
    assert not pace.yields("relay", EXERCISE)


@pytest.mark.redis
async def test_what_is_urgent_in_one_worker_goes_first_in_all(redis_url: str) -> None:
    async with connected(redis_url) as pool, paced(redis_url) as here, paced(redis_url) as there:
        with there.claim("relay", ALERT), here.claim("relay", EXERCISE):
            await there.announce(pool)
            await here.announce(pool)
            assert here.yields("relay", EXERCISE)
        async with asyncio.timeout(WIDE):
            while here.yields("relay", EXERCISE):
                await here.announce(pool)
                await asyncio.sleep(0.05)


async def test_while_redis_is_away_each_worker_keeps_its_share() -> None:
    began = time.monotonic()
    given = 0

    stop = StopSignal(lambda: time.monotonic() - began >= 1)

    async with paced("redis://127.0.0.1:9/0", living=lambda: 4) as lonely:
        while not stop.is_set():
            given += await lonely.take("relay", 40, 1, ALERT, stop)
    assert 1 <= given <= 40 / 4 * 1.5 + 1


@pytest.fixture
def dripping() -> Dripping:
    return Dripping()


async def given_to(pace: Dripping, under_way: list[Turn], then: list[Turn], units: int) -> str:
    """To whom units went after some more came to those under way, by the letters of their kind."""
    tasks = [asyncio.create_task(pace.asks(turn)) for turn in under_way for _ in range(50)]
    await pace.drips(10)
    tasks += [asyncio.create_task(pace.asks(turn)) for turn in then]
    await asyncio.sleep(0)
    seen = len(pace.order)
    await pace.drips(units)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    names = {ALERT: "a", ANOTHER: "b", RETRACTION: "r", UPDATE: "u", EXERCISE: "e"}
    return "".join(names[turn] for turn in pace.order[seen:])


@pytest.mark.parametrize(
    ("under_way", "then", "order"),
    [
        ([ALERT], [ANOTHER], "b"),
        ([ALERT], [RETRACTION], "r"),
        ([ALERT, UPDATE], [ANOTHER], "b"),
        ([RETRACTION], [ANOTHER], "b"),
        ([ALERT], [ANOTHER, UPDATE, RETRACTION], "rub"),
        ([ALERT, ANOTHER], [EXERCISE], "abab"),
        ([EXERCISE], [ALERT], "aaaa"),
    ],
)
async def test_the_next_free_unit_is_the_first_of_a_newcomer_and_of_the_more_urgent_before(
    dripping: Dripping, under_way: list[Turn], then: list[Turn], order: str
) -> None:
    given = await given_to(dripping, under_way, then, len(order))
    if order == "abab":
        assert given in {"abab", "baba"}
    else:
        assert given == order


async def test_a_unit_goes_past_whoever_could_not_use_it() -> None:
    pace = RedisRateLimiter()
    async with asyncio.timeout(WIDE):
        blocked = asyncio.create_task(
            pace.take("relay", 50, 1, RETRACTION, NEVER_STOPPED, able=lambda: False)
        )
        await asyncio.sleep(0)
        assert await pace.take("relay", 50, 1, ALERT, NEVER_STOPPED)
        blocked.cancel()


async def test_whoever_stopped_waiting_is_given_nothing(dripping: Dripping) -> None:
    gone = asyncio.create_task(dripping.take("relay", 1, 1, RETRACTION, NEVER_STOPPED))
    await asyncio.sleep(0)
    gone.cancel()
    asking = asyncio.create_task(dripping.asks(ALERT))
    await dripping.drips(3)
    asking.cancel()
    assert dripping.order == [ALERT] * 3


@pytest.mark.redis
@pytest.mark.parametrize(
    ("here", "there", "first"),
    [
        # Of two alike, the one that waits much longer; else both ask, and one of them is quicker.
        ((ALERT, 9.0), (ANOTHER, 9.9), "here"),
        ((ALERT, 9.9), (ANOTHER, 9.0), "there"),
        ((ALERT, 9.7), (ANOTHER, 9.9), "either"),
        ((ALERT, 9.9), (RETRACTION, 9.9), "there"),
        ((ALERT, 9.0), (RETRACTION, 9.9), "here"),  # it has waited its share
        ((EXERCISE, 1.0), (ALERT, 9.9), "there"),
        ((ALERT, 1.0), (ANOTHER, NEVER), "there"),
        ((RETRACTION, 9.9), (ANOTHER, NEVER), "there"),
        ((EXERCISE, NEVER), (ALERT, 9.9), "there"),
        ((ALERT, NEVER), (ANOTHER, NEVER), "either"),
    ],
)
async def test_workers_give_way_to_whoever_goes_first_in_another(
    redis_url: str, here: tuple[Turn, float], there: tuple[Turn, float], first: str
) -> None:
    one, other = Dripping(), Dripping()
    async with connected(redis_url) as pool:
        await pool.flushdb()
        asking = []
        for pace, (turn, since) in ((one, here), (other, there)):
            asking.append(asyncio.create_task(pace.asks(turn)))
            await asyncio.sleep(0)
            pace._meters["relay"].since[turn] = since
            pace.seconds = 10.0
        for pace in (one, other, one):
            await pace.announce(pool)
        waits = [
            pace._first_elsewhere("relay", pace._meters["relay"], turn)
            for pace, (turn, _) in ((one, here), (other, there))
        ]
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    assert waits == {"here": [False, True], "there": [True, False], "either": [False, False]}[first]
