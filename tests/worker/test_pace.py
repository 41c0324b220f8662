"""A route is fed no faster than it takes, by all workers together; what is urgent goes first."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from arq import ArqRedis

from alerting.domain.alert import Lane
from alerting.worker.queue import ArqQueue
from alerting.worker.rate_limiter import Pace

WIDE = 10.0


@asynccontextmanager
async def paced(url: str, **more: Any) -> AsyncIterator[Pace]:
    pace = Pace(url, **more)
    try:
        yield pace
    finally:
        await pace.close()


def always() -> bool:
    return True


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[ArqRedis]:
    queue = await ArqQueue.connect(url)
    try:
        yield queue.pool
    finally:
        await queue.close()


@pytest.fixture(params=["alone", pytest.param("shared", marks=pytest.mark.redis)])
async def two(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Pace, Pace]]:
    """The pace of two workers: one object in one process, or two on one Valkey."""
    if request.param == "alone":
        one = Pace()
        yield one, one
    else:
        url = str(request.getfixturevalue("redis_url"))
        async with paced(url) as one, paced(url) as other:
            yield one, other


async def taken_in(seconds: float, paces: tuple[Pace, Pace], meter: str, cost: int) -> list[float]:
    """When units were given, to eight askers of each worker, as fast as they come."""
    began = time.monotonic()
    given: list[float] = []

    def go_on() -> bool:
        return time.monotonic() - began < seconds

    async def ask(pace: Pace) -> None:
        while await pace.take(meter, 40, cost, Lane.URGENT, go_on):
            given.extend([time.monotonic() - began] * cost)

    await asyncio.gather(*(ask(pace) for pace in paces for _ in range(8)))
    return sorted(given)


@pytest.mark.parametrize("cost", [1, 3])
async def test_no_second_holds_more_than_the_limit(two: tuple[Pace, Pace], cost: int) -> None:
    given = await taken_in(2.2, two, f"limit-{cost}", cost)
    # Some units are taken a moment ahead, so a window may hold those of 50 ms more.
    for start in given:
        within = [at for at in given if start <= at < start + 1]
        assert len(within) <= 40 * 1.05 + 2 * cost
    assert len(given) >= 40 * 2 * 0.9


async def test_a_message_of_more_segments_than_the_limit_goes_out_all_the_same() -> None:
    async with asyncio.timeout(WIDE):
        assert await Pace().take("slow", 2, 3, Lane.URGENT, always)


async def test_without_a_limit_nobody_waits(two: tuple[Pace, Pace]) -> None:
    assert await two[0].take("free", None, 10_000, Lane.URGENT, always)


async def test_whoever_is_told_to_stop_gets_nothing(two: tuple[Pace, Pace]) -> None:
    assert not await two[0].take("free", None, 1, Lane.URGENT, lambda: False)
    assert not await two[0].take("slow", 1, 1, Lane.URGENT, lambda: False)


async def test_routine_work_yields_while_something_urgent_is_under_way() -> None:
    pace = Pace()
    assert not pace.yields("relay", Lane.ROUTINE)
    with pace.claim("relay", Lane.URGENT):
        assert pace.yields("relay", Lane.ROUTINE)
        assert not pace.yields("relay", Lane.URGENT)
        assert not pace.yields("another", Lane.ROUTINE)
    assert not pace.yields("relay", Lane.ROUTINE)


@pytest.mark.redis
async def test_what_is_urgent_in_one_worker_goes_first_in_all(redis_url: str) -> None:
    async with connected(redis_url) as pool, paced(redis_url) as here, paced(redis_url) as there:
        with there.claim("relay", Lane.URGENT), here.claim("relay", Lane.ROUTINE):
            await there.announce(pool)
            await here.announce(pool)
            assert here.yields("relay", Lane.ROUTINE)
        async with asyncio.timeout(WIDE):
            while here.yields("relay", Lane.ROUTINE):
                await here.announce(pool)
                await asyncio.sleep(0.05)


async def test_while_redis_is_away_each_worker_keeps_its_share() -> None:
    began = time.monotonic()
    given = 0

    def go_on() -> bool:
        return time.monotonic() - began < 1

    async with paced("redis://127.0.0.1:9/0", living=lambda: 4) as lonely:
        while go_on():
            given += await lonely.take("relay", 40, 1, Lane.URGENT, go_on)
    assert 1 <= given <= 40 / 4 * 1.5 + 1
