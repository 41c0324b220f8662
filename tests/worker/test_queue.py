"""Wake-ups never pile up, planning stands behind nothing, and no worker takes more than it can do.

What is not woken is found all the same: every worker looks for what is due each second.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.delivery.dispatcher import BLOCKED_PAUSE
from alerting.delivery.turn_semaphore import TurnSemaphore
from alerting.domain.alert import Precedence
from alerting.domain.jobs import Job, PlanChannel, SendChunk, Wake
from alerting.services import Services
from alerting.worker.main import _worker
from alerting.worker.queue import NAMES, PLAN, SEND, ArqQueue, job_id, waiting_chunk
from tests.desk import Desk
from tests.doubles import NOON, Clock, ListedQueue
from tests.make import person

channels = st.sampled_from(["sms", "email", "x", "press"])
chunks = st.integers(1, 10**6)


def chunk(number: int, alert: int = 1, channel: str = "sms") -> SendChunk:
    return SendChunk(alert, channel, number, Precedence.ALERT)


@pytest.fixture(params=["embedded", pytest.param("valkey", marks=pytest.mark.redis)])
async def queue(request: pytest.FixtureRequest) -> AsyncIterator[ArqQueue]:
    if request.param == "embedded":
        opened = await ArqQueue.embed()
    else:
        opened = await ArqQueue.connect(str(request.getfixturevalue("redis_url")))
        await opened.pool.flushdb()
    yield opened
    await opened.pool.flushdb()
    await opened.close()


async def names(queue: ArqQueue, name: str) -> set[str]:
    return {one.decode() for one in await queue.pool.zrange(name, 0, -1)}


@given(st.lists(chunks, min_size=100), st.integers(0, 59_999))
def test_of_an_alert_and_channel_few_wake_ups_wait_and_few_for_each_tenth_of_a_second(
    numbers: list[int], milliseconds: int
) -> None:
    at = NOON + timedelta(milliseconds=milliseconds)
    at_once = {job_id(chunk(number)) for number in numbers}
    later = {job_id(chunk(number), at) for number in numbers}
    assert len(at_once) <= NAMES
    assert len(later) <= NAMES
    assert not at_once & later


@given(chunks, st.integers(1, 10**6), channels)
def test_who_a_wake_up_is_for_can_be_read_from_its_name(
    number: int, alert: int, channel: str
) -> None:
    assert waiting_chunk(job_id(chunk(number, alert, channel))) == (channel, alert)
    for other in (
        job_id(PlanChannel(alert, channel)),
        job_id(chunk(number, alert, channel), NOON),
        "cron:sweep:1",
    ):
        assert waiting_chunk(other) is None


async def test_planning_stands_in_a_queue_of_its_own(queue: ArqQueue) -> None:
    await queue.wake([Wake(chunk(number)) for number in range(500)])
    await queue.wake([Wake(PlanChannel(2, "sms"))])
    assert await names(queue, PLAN) == {"plan:sms:2"}
    assert len(await names(queue, SEND)) == NAMES


async def test_the_sweeper_wakes_no_chunk_however_many_are_ready(desk: Desk, clock: Clock) -> None:
    await desk.registers(*(person(serial) for serial in range(5)))
    await desk.issues(channels=["sms", "email"])
    await desk.plans()
    waiting = desk.services.queue
    assert isinstance(waiting, ListedQueue)
    waiting.waiting.clear()
    for _ in range(3):
        clock.forward(seconds=10)
        await desk.sweeps_only()
    assert waiting.waiting == []
    await desk.sweeps()
    assert len(desk.channel("sms").sent) == len(desk.channel("email").sent) == 5


async def test_a_worker_leaves_the_chunks_it_has_no_room_for_to_another(
    services: Services, clock: Clock, queue: ArqQueue
) -> None:
    desk = Desk(replace(services, queue=queue), clock)
    dispatcher = desk.dispatcher
    started: list[Job] = []
    dispatcher.start = started.append  # type: ignore[method-assign,assignment]
    dispatcher._senders["sms", 1] = dispatcher.room("sms", 1)  # all there may be
    context = {
        "services": desk.services,
        "dispatcher": dispatcher,
        "planners": TurnSemaphore(1),
    }
    hand = _worker(queue, context, SEND)  # type: ignore[arg-type]
    await queue.wake([Wake(chunk(number)) for number in range(10)])
    await queue.wake([Wake(chunk(number, alert=2)) for number in range(10)])
    await hand._poll_iteration()
    for task in list(hand.tasks.values()):
        await task
    assert {job.alert for job in started if isinstance(job, SendChunk)} == {2}
    assert len(started) == dispatcher.room("sms", 2)
    left = await names(queue, SEND)
    assert {name for name in left if name.startswith("send:sms:1:")} == {
        f"send:sms:1:{number}" for number in range(10)
    }


@given(chunks, st.integers(0, 59_999))
def test_a_chunk_that_is_looked_at_again_is_not_held_up_by_the_job_that_looked(
    number: int, milliseconds: int
) -> None:
    looked_at = NOON + timedelta(milliseconds=milliseconds)
    again_at = looked_at + BLOCKED_PAUSE
    assert job_id(chunk(number), looked_at) != job_id(chunk(number), again_at)
