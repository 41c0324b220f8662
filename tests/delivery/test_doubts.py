"""What may have left stays in doubt until somebody knows, and is counted if it is repeated."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerting.domain.alert import Alert
from alerting.domain.channel import Accepted, Deferred, FailureReason
from alerting.domain.delivery import State, Verdict
from alerting.services import Services
from alerting.store import Database
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.deliveries import settlement, statistics
from alerting.store.deliveries.chunks import Due, Lease
from alerting.store.deliveries.settlement import Settled
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel, TraceableChannel
from tests.make import make_services, person

EARLY, LATE = "a worker thought dead", "the one that took over"


async def two_have_it(desk: Desk) -> tuple[Alert, Lease, Lease]:
    """One worker takes a chunk, stands still, and another takes it over."""
    await desk.registers(person(1), person(2))
    alert = await desk.issues(channels=["sms"])
    await desk.plans()
    first = await desk.leases_one_chunk(by=EARLY)
    await desk.loses_its_worker(first)
    return alert, first, await desk.leases_one_chunk(by=LATE)


async def settles(desk: Desk, held: Lease, *made: Settled) -> datetime | None:
    database, now = desk.services.database, desk.clock()
    return await database.at_once(
        lambda connection: settlement.settle(
            connection, database, held, made, began_at=now, now=now
        )
    )


async def whom(services: Services, held: Lease) -> Sequence[Due]:
    return await services.database.at_once(
        lambda connection: chunk_rows.due_deliveries(connection, held, now=services.now())
    )


def sent(due: Due, clock: Clock, reference: str, *, possible_duplicate: bool = False) -> Settled:
    verdict = Verdict(State.SENT, reference=reference)
    return Settled(due, verdict, clock(), "main", possible_duplicate)


async def test_a_try_that_surely_failed_does_not_end_a_doubt(
    database: Database, clock: Clock
) -> None:
    mail = ScriptedChannel(script=[Deferred(FailureReason.DOWN)])
    desk = Desk(make_services(database, clock, {"email": mail}), clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"])
    await desk.loses_its_worker()
    await desk.works()
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.failure_reason) == (State.WAITING, FailureReason.UNCLEAR)
    clock.forward(minutes=1)
    await desk.sweeps()
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.possible_duplicate) == (State.ACCEPTED, True)


async def test_where_providers_can_be_asked_a_failed_try_is_just_that(
    sqlite: Database, clock: Clock
) -> None:
    texts = TraceableChannel("sms", script=[Deferred(FailureReason.DOWN)])
    desk = Desk(make_services(sqlite, clock, {"sms": texts}), clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.loses_its_worker()
    await desk.works()
    assert [row.failure_reason for row in await desk.deliveries(alert)] == [FailureReason.DOWN]


async def test_whoever_lost_a_chunk_does_not_take_it_from_its_new_holder(
    services: Services, clock: Clock
) -> None:
    desk = Desk(services, clock)
    _, first, second = await two_have_it(desk)
    one, _ = await whom(services, second)
    assert await settles(desk, first, sent(one, clock, "SM1")) is None
    row = await desk.chunk(first.chunk_id)
    assert (row.state, row.leased_by, row.in_doubt) == ("leased", LATE, True)


async def test_two_messages_with_two_references_are_counted(
    services: Services, clock: Clock
) -> None:
    desk = Desk(services, clock)
    alert, first, second = await two_have_it(desk)
    people = await whom(services, second)
    await settles(desk, second, *(sent(one, clock, f"B{one.recipient_id}") for one in people))
    await settles(desk, first, sent(people[0], clock, "A1"), sent(people[1], clock, "B2"))
    rows = await desk.deliveries(alert)
    assert {row.reference: row.possible_duplicate for row in rows} == {"B1": True, "B2": False}
    async with services.reading() as reading:
        assert await statistics.possible_duplicate(reading.connection, alert.id) == {"sms": 1}


async def test_a_repetition_is_counted_where_the_first_was_written_down_meanwhile(
    services: Services, clock: Clock
) -> None:
    desk = Desk(services, clock)
    alert, first, second = await two_have_it(desk)
    people = await whom(services, second)
    await settles(desk, first, *(sent(one, clock, "the same") for one in people))
    again = [sent(one, clock, "the same", possible_duplicate=True) for one in people]
    for _ in range(2):  # and once more, after an answer to the first that got lost
        await settles(desk, second, *again)
    assert {row.possible_duplicate for row in await desk.deliveries(alert)} == {True}
    async with services.reading() as reading:
        assert await statistics.possible_duplicate(reading.connection, alert.id) == {"sms": 2}


async def test_a_slow_provider_is_asked_about_several_at_once(
    sqlite: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Barrier(4)
    texts = TraceableChannel("sms")
    desk = Desk(make_services(sqlite, clock, {"sms": texts}), clock)

    async def find(prepared: str, *, to: str, key: str, **more: Any) -> Accepted | None:
        await asked.wait()
        return Accepted("there")

    monkeypatch.setattr(texts, "find", find)
    await desk.registers(*(person(serial) for serial in range(4)))
    alert = await desk.issues(channels=["sms"])
    await desk.loses_its_worker()
    await asyncio.wait_for(desk.works(), 10)
    assert [row.reference for row in await desk.deliveries(alert)] == ["there"] * 4


async def test_who_was_put_off_by_a_clock_an_hour_ahead_does_not_wait_for_that_hour(
    sqlite: Database, clock: Clock
) -> None:
    mail = ScriptedChannel(script=[Deferred(FailureReason.DOWN)])
    desk = Desk(make_services(sqlite, clock, {"email": mail}), clock)
    await desk.registers(person(1))
    clock.forward(hours=1)
    alert = await desk.issues(channels=["email"])
    await desk.works()
    clock.forward(hours=-1)
    await desk.sweeps()
    clock.now += timedelta(minutes=16)
    await desk.sweeps()
    assert await desk.states(alert) == {"email": {State.ACCEPTED}}
