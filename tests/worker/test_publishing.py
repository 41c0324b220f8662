"""What an act notes is in the folder at once where a worker has it, and waits where none has."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from alerting.actions.public.publishing import Publisher
from alerting.delivery.dispatcher import Dispatcher
from alerting.delivery.turn_semaphore import TurnSemaphore
from alerting.domain.jobs import Publish, Wake
from alerting.domain.public_alert import Address, guid
from alerting.services import Services
from alerting.store import publications
from alerting.worker.jobs import Context
from alerting.worker.main import _do_aside, _worker, work
from alerting.worker.queue import PUBLISH, ArqQueue, job_id
from tests.actions.public.standins import public, publisher
from tests.desk import CLOSED, Desk
from tests.doubles import Clock
from tests.make import person


@asynccontextmanager
async def working(services: Services) -> AsyncIterator[None]:
    """A worker beside the test, on a queue of its own."""
    queue = services.queue
    assert isinstance(queue, ArqQueue)
    task = asyncio.ensure_future(work(services, queue))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not holds():
            await asyncio.sleep(0.02)


async def test_an_alert_that_is_sent_is_on_a_page_in_a_list_and_a_feed(
    services: Services, clock: Clock, tmp_path: Path
) -> None:
    """With the pages, feeds and CAP messages there are."""
    queue = await ArqQueue.embed()
    path = tmp_path / "public"
    having = replace(services, queue=queue, public=public(path))
    desk = Desk(having, clock)
    await desk.registers(person(1))
    async with working(having):
        alert = await desk.issues(channels=["email"], values=CLOSED)
        address = Address(2030, alert.id)
        www = path / "www"
        await until((www / address.folder / "fr" / "index.html").exists)
        await until(lambda: b"valid_until" in read(www / "active.json"))
        assert (www / "alert" / guid(address)).read_bytes().startswith(b"<?xml")
        await until((www / "municipality" / "62063" / "fr.atom").exists)
    await queue.close()


async def test_a_worker_without_the_folder_claims_nothing(services: Services, clock: Clock) -> None:
    queue = await ArqQueue.embed()
    without = replace(services, queue=queue)
    desk = Desk(without, clock)
    await desk.registers(person(1))
    async with working(without):
        await desk.issues(channels=["email"], values=CLOSED)
        await until(lambda: bool(desk.channel("email").sent))
    async with services.reading() as reading:
        (row,) = await publications.waiting(reading.connection, limit=5)
    assert (row.claimed_by, row.attempts, row.published_at) == ("", 0, None)
    assert [one.decode() for one in await queue.pool.zrange(PUBLISH, 0, -1)] == [
        job_id(Publish(row.id))
    ]
    await queue.close()


@pytest.fixture
async def made(desk: Desk, tmp_path: Path) -> Publisher:
    return await publisher(desk, tmp_path / "public")


async def test_the_job_wakes_the_publisher_and_ends(services: Services, made: Publisher) -> None:
    queue = await ArqQueue.embed()
    context = Context(
        services=services,
        dispatcher=Dispatcher(services),
        planners=TurnSemaphore(1),
        publisher=made,
    )
    hand = _worker(queue, context, PUBLISH)
    await queue.wake([Wake(Publish(1)), Wake(Publish(2))])
    await hand._poll_iteration()
    await asyncio.gather(*hand.tasks.values())
    assert made.woken.is_set()
    await queue.close()


async def test_while_redis_is_away_it_is_woken_all_the_same(
    services: Services, made: Publisher
) -> None:
    aside: asyncio.Queue[Wake] = asyncio.Queue()
    aside.put_nowait(Wake(Publish(1)))
    await _do_aside(services, aside, Dispatcher(services), made)
    assert made.woken.is_set()
