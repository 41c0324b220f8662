"""Whatever interrupts a worker, what it took comes back to be sent or looked up."""

import asyncio

import pytest
import sqlalchemy as sa

from alerting.domain.delivery import State
from alerting.domain.jobs import SendChunk
from alerting.store import Database, tables
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services, person


async def test_a_job_that_is_cancelled_leaves_its_chunk_in_doubt(
    sqlite: Database, clock: Clock
) -> None:
    begun = asyncio.Event()
    mail = ScriptedChannel(before_answer=begun.set)
    desk = Desk(make_services(sqlite, clock, {"email": mail}), clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"])
    await desk.plans()
    mail.hangs = True
    sending = asyncio.create_task(desk.works())
    await begun.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    (number,) = await desk.chunks()
    assert (await desk.chunk(number)).in_doubt
    mail.hangs = False
    clock.forward(seconds=10)
    await desk.sweeps()
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.possible_duplicate) == (State.ACCEPTED, True)


async def test_a_chunk_that_a_worker_holds_and_does_not_know_of_is_given_back(
    desk: Desk, clock: Clock
) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"])
    await desk.plans()
    await desk.leases_one_chunk(by=desk.dispatcher.worker)
    await desk.dispatcher.release_orphaned_chunks()
    await desk.dispatcher.release_orphaned_chunks()
    clock.forward(seconds=10)
    await desk.sweeps()
    assert await desk.states(alert) == {"email": {State.ACCEPTED}}


async def test_what_a_worker_is_busy_with_is_left_to_it(sqlite: Database, clock: Clock) -> None:
    begun = asyncio.Event()
    mail = ScriptedChannel(before_answer=begun.set)
    desk = Desk(make_services(sqlite, clock, {"email": mail}), clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"])
    await desk.plans()
    mail.hangs = True
    sending = asyncio.create_task(desk.works())
    await begun.wait()
    await desk.dispatcher.release_orphaned_chunks()
    await desk.dispatcher.release_orphaned_chunks()
    mail.goes_on.set()
    await sending
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.possible_duplicate, row.attempts) == (State.ACCEPTED, False, 1)


async def test_a_chunk_that_is_woken_twice_in_one_worker_stays_its_own(
    sqlite: Database, clock: Clock
) -> None:
    begun = asyncio.Event()
    mail = ScriptedChannel(before_answer=begun.set)
    desk = Desk(make_services(sqlite, clock, {"email": mail}), clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"])
    await desk.plans()
    mail.hangs = True
    sending = asyncio.create_task(desk.works())
    await begun.wait()
    (number,) = await desk.chunks()
    await desk.dispatcher.send(SendChunk(alert.id, "email", number, alert.precedence))
    await desk.dispatcher.release_orphaned_chunks()
    await desk.dispatcher.release_orphaned_chunks()
    mail.goes_on.set()
    await sending
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.possible_duplicate, row.attempts) == (State.ACCEPTED, False, 1)


async def test_a_clock_put_back_by_an_hour_holds_nobody_up(desk: Desk, clock: Clock) -> None:
    await desk.registers(person(1))
    clock.forward(hours=1)
    alert = await desk.issues(channels=["email"])
    await desk.plans()
    clock.forward(hours=-1)
    await desk.sweeps()
    clock.forward(seconds=4)
    await desk.sweeps()
    assert await desk.states(alert) == {"email": {State.ACCEPTED}}


async def test_whoever_is_leaving_takes_nothing_more(desk: Desk, clock: Clock) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"])
    await desk.plans()
    await desk.dispatcher.stop(within=1)
    (number,) = await desk.chunks()
    await desk.dispatcher.send(SendChunk(alert.id, "email", number, alert.precedence))
    row = await desk.chunk(number)
    assert (row.state, row.due_at) == ("ready", clock.now), "as it was planned"


async def test_a_clock_that_was_ahead_does_not_hold_a_chunk_up(desk: Desk, clock: Clock) -> None:
    await desk.registers(person(1))
    clock.forward(hours=1)
    alert = await desk.issues(channels=["email"])
    await desk.plans()
    clock.forward(hours=-1)
    for _ in range(2):
        await desk.sweeps()
        clock.forward(minutes=16)
    await desk.sweeps()
    assert await desk.states(alert) == {"email": {State.ACCEPTED}}


async def test_an_alert_whose_counters_do_not_add_up_is_not_called_finished(
    desk: Desk, clock: Clock
) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"])
    await desk.works()
    async with desk.services.unit() as unit:
        await unit.connection.execute(sa.update(tables.sending_channel).values(audience=2))
    await desk.sweeps()
    assert (await desk.reads(alert)).finished_at is None
