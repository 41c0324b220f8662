"""What a killed worker had taken from the queue is woken anew, under another name.

arq keeps a job that somebody began for as long as it might last: many minutes in which nobody else
may have it.
"""

import asyncio
from dataclasses import replace

import pytest

from alerting.delivery import planning as plan
from alerting.domain.delivery import State
from alerting.services import Services
from alerting.worker.main import BEGUN_FOR, work
from alerting.worker.queue import PLAN, SEND, ArqQueue
from tests.desk import Desk
from tests.doubles import Clock, ListedQueue, ScriptedChannel
from tests.make import person

pytestmark = pytest.mark.redis


async def waiting(queue: ArqQueue) -> set[str]:
    """The jobs that are queued."""
    names = [await queue.pool.zrange(name, 0, -1) for name in (PLAN, SEND)]
    return {name.decode() for found in names for name in found}


async def test_a_killed_workers_jobs_do_not_stand_in_the_way(
    services: Services, clock: Clock, redis_url: str
) -> None:
    queue = await ArqQueue.connect(redis_url)
    await queue.pool.flushdb()
    desk = Desk(replace(services, queue=queue), clock)
    try:
        await desk.registers(person(1))
        alert = await desk.issues(channels=["email"])
        begun = await waiting(queue)  # and never ended
        clock.forward(seconds=11)
        await desk.sweeps_only()
        planning = await waiting(queue) - begun
        assert len(planning) == 1
        await desk.sweeps_only()
        assert await waiting(queue) - begun == planning, "the same once more is not queued"
        by_hand = Desk(replace(services, queue=ListedQueue()), clock)
        await plan.plan_channel(by_hand.services, "email", alert.id)
        await by_hand.loses_its_worker()
        assert await desk.states(alert) == {"email": {State.WAITING}}
        for job in await desk.dispatcher.due():  # as each worker does every second
            await desk.dispatcher.send(job)
        assert await desk.states(alert) == {"email": {State.ACCEPTED}}
    finally:
        await queue.pool.flushdb()
        await queue.close()


async def test_a_job_that_was_begun_is_soon_anybodys_again(
    services: Services, clock: Clock, redis_url: str
) -> None:
    queue = await ArqQueue.connect(redis_url)
    await queue.pool.flushdb()
    mail = services.routes["email"][0]
    assert isinstance(mail, ScriptedChannel)
    begun = asyncio.Event()
    mail.before_answer, mail.hangs = begun.set, True
    desk = Desk(replace(services, queue=queue), clock)
    working = asyncio.create_task(work(desk.services, queue))
    try:
        await desk.registers(person(1))
        await desk.issues(channels=["email"])
        await asyncio.wait_for(begun.wait(), 30)
        names = await queue.pool.keys("arq:in-progress:plan:*")
        assert max([await queue.pool.pttl(name) for name in names], default=0) <= BEGUN_FOR * 1000
        assert not await queue.pool.keys("arq:in-progress:send:*"), "it ended when sending began"
    finally:
        mail.goes_on.set()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await queue.pool.flushdb()
        await queue.close()
