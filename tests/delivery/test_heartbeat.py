"""A worker that stops beating loses what it held; no clock on the wall has a say in it."""

from datetime import timedelta

from alerting.delivery.heartbeat import DEAD_AFTER, UNSURE_AFTER, Heartbeat
from alerting.services import Services
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import person


class Seconds:
    """A forward-only clock."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_worker_without_a_beat_is_dead_after_a_while(desk: Desk, clock: Clock) -> None:
    await desk.registers(person(1))
    await desk.issues(channels=["email"])
    await desk.plans()
    seconds = Seconds()
    one, other = (Heartbeat(desk.services, name, clock=seconds) for name in ("one", "other"))
    await one.send()
    await other.send()
    held = await desk.leases_one_chunk(by="other")
    for _ in range(int(DEAD_AFTER)):
        seconds.now += 1
        await one.send()
    assert not (await desk.chunk(held.chunk_id)).in_doubt
    for _ in range(2):
        seconds.now += 1
        await one.send()
    assert (await desk.chunk(held.chunk_id)).in_doubt
    assert one.living == 1


async def test_a_clock_that_jumps_kills_nobody(services: Services, clock: Clock) -> None:
    seconds = Seconds()
    one, other = (Heartbeat(services, name, clock=seconds) for name in ("one", "other"))
    for jump in (timedelta(hours=5), timedelta(hours=-9), timedelta()):
        clock.now += jump
        seconds.now += 1
        await one.send()
        await other.send()
        assert one.living == other.living == 2 or jump == timedelta(hours=5)


async def test_whoever_was_away_does_not_judge_the_others(services: Services) -> None:
    seconds = Seconds()
    one, other = (Heartbeat(services, name, clock=seconds) for name in ("one", "other"))
    await other.send()
    await one.send()
    seconds.now += DEAD_AFTER * 3  # the database was away for both
    await one.send()
    assert one.living == 2


async def test_a_worker_that_cannot_beat_stops_handing_over(services: Services) -> None:
    seconds = Seconds()
    heart = Heartbeat(services, "one", clock=seconds)
    await heart.send()
    assert heart.is_alive()
    seconds.now += UNSURE_AFTER
    assert not heart.is_alive()
    assert UNSURE_AFTER < DEAD_AFTER


async def test_a_worker_that_says_goodbye_is_not_waited_for(desk: Desk) -> None:
    await desk.registers(person(1))
    await desk.issues(channels=["email"])
    await desk.plans()
    one, other = Heartbeat(desk.services, "one"), Heartbeat(desk.services, "other")
    await one.send()
    await other.send()
    held = await desk.leases_one_chunk(by="other")
    await other.stop()
    await one.send()
    assert (await desk.chunk(held.chunk_id)).in_doubt
