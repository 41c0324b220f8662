"""The timeline of a long sending has few steps, and stays exact enough."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.store import Database
from alerting.store.deliveries import statistics
from alerting.store.deliveries.counters import TENTH, DeliveryCounts, end_of_tick, tick_of
from alerting.store.unit_of_work import unit

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECONDS = st.floats(0, 10**6)
DAY = 24 * 60 * 60


@given(SECONDS)
def test_a_moment_lies_within_its_tick(seconds: float) -> None:
    since_start = timedelta(seconds=seconds)
    tick = tick_of(since_start)
    assert tick * TENTH <= since_start < end_of_tick(tick)


@given(SECONDS, SECONDS)
def test_later_moments_have_later_ticks(one: float, other: float) -> None:
    early, late = sorted((timedelta(seconds=one), timedelta(seconds=other)))
    assert tick_of(early) <= tick_of(late)


@given(SECONDS)
def test_what_it_tells_is_exact_to_a_sixtieth_of_the_time_that_has_passed(seconds: float) -> None:
    tick = tick_of(timedelta(seconds=seconds))
    assert end_of_tick(tick) - tick * TENTH <= max(TENTH, timedelta(seconds=seconds / 60))


def test_a_day_of_sending_has_some_thousand_ticks() -> None:
    ticks = {tick_of(timedelta(seconds=seconds / 10)) for seconds in range(0, DAY * 10, 10)}
    assert len(ticks) < 13_000


async def test_the_shares_of_a_day_of_sending_are_those_of_its_ticks(database: Database) -> None:
    counts = DeliveryCounts()
    hours = range(1, 21)
    for hour in hours:
        counts.add_to_timeline(1, "sms", "delivered", timedelta(hours=hour, seconds=3), 5)
    async with unit(database) as opened:
        await opened.connection.run_sync(counts.write, database)
        (found,) = await statistics.arrivals(opened.connection, 1)
        line = await statistics.timeline(opened.connection, 1, points=100)
    hour = 3600
    told = (found.first, found.half, found.nine_tenths)
    assert told == (hour + 10, 10 * hour + 10, 18 * hour + 10)
    assert line["delivered"][-1][1] == 100


async def test_the_rate_is_that_of_the_last_half_minute(database: Database) -> None:
    counts = DeliveryCounts()
    for second in range(90):
        counts.add_to_timeline(
            1, "sms", "delivered", timedelta(seconds=second), 100 if second < 60 else 20
        )
    async with unit(database) as opened:
        await opened.connection.run_sync(counts.write, database)
        (told,) = await statistics.arrivals(opened.connection, 1)
    assert told.per_second == pytest.approx(20, rel=0.05)
