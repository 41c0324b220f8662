"""What may have left is in doubt until somebody knows, or a minute has passed.

It is counted if it is repeated; nobody waits longer for a provider that cannot be asked.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerting.delivery import receipts
from alerting.domain.alert import Alert, FollowUp
from alerting.domain.channel import Accepted, Deferred, FailureReason, Outcome, Tracking
from alerting.domain.delivery import DOUBT_ENDS_AFTER, State, Verdict
from alerting.domain.route import Override
from alerting.services import Services
from alerting.store import Database
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.deliveries import settlement, statistics
from alerting.store.deliveries.chunks import Due, Lease
from alerting.store.deliveries.settlement import Settled
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel, TraceableChannel, arrived
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


class Dark(TraceableChannel):
    """One that can be out of reach, or whose key may send and not list."""

    dark = False
    may_list = True
    looked_up = 0

    async def find(self, prepared: str, **more: Any) -> Accepted | None:
        self.looked_up += 1
        if self.dark:
            raise ConnectionError("out of reach")
        if not self.may_list:
            raise PermissionError("may not list")
        return await super().find(prepared, **more)

    async def send(self, prepared: str, **more: Any) -> Outcome:
        if self.dark:
            self.asked += 1
            return Deferred(FailureReason.DOWN, "no connection")
        return await super().send(prepared, **more)


def gateway(route: str, *script: Outcome, weight: float = 1) -> Dark:
    return Dark("sms", Tracking.RECEIPTS, script, route=route, weight=weight)


def with_gateways(database: Database, clock: Clock, *gateways: Dark) -> Desk:
    return Desk(make_services(database, clock, {"sms": gateways}), clock)


async def sweeps_for(desk: Desk, seconds: float) -> None:
    await desk.sweeps()
    for _ in range(2):
        desk.clock.forward(seconds=seconds / 2)
        await desk.sweeps()


NO_ANSWER = Deferred(FailureReason.UNCLEAR, "no answer")
LONG_ENOUGH = DOUBT_ENDS_AFTER.total_seconds() + 15


@pytest.mark.parametrize("held_off", [False, True])
async def test_only_the_route_that_had_a_try_is_asked_about_it(
    held_off: bool, sqlite: Database, clock: Clock
) -> None:
    well, dead = gateway("twilio", NO_ANSWER), gateway("sinch", weight=0)
    dead.dark = True
    desk = with_gateways(sqlite, clock, well, dead)
    if held_off:
        await desk.decides(dead, Override.OFF)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    await sweeps_for(desk, 10)
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.route, row.possible_duplicate) == (State.SENT, "twilio", False)
    assert (well.looked_up, dead.looked_up) == (1, 0)


async def test_a_route_held_off_is_not_asked_after_a_worker_died(
    sqlite: Database, clock: Clock
) -> None:
    well, dead = gateway("twilio"), gateway("sinch", weight=0)
    dead.dark = True
    desk = with_gateways(sqlite, clock, well, dead)
    await desk.decides(dead, Override.OFF)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.loses_its_worker()
    await desk.sweeps()
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.route, row.possible_duplicate) == (State.SENT, "twilio", True)


@pytest.mark.parametrize("how", ["answer lost", "worker died"])
async def test_a_provider_that_cannot_be_asked_is_waited_for_a_minute_and_no_longer(
    how: str, database: Database, clock: Clock
) -> None:
    dead, well = gateway("twilio", NO_ANSWER), gateway("sinch", weight=0)
    desk = with_gateways(database, clock, dead, well)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await (desk.works() if how == "answer lost" else desk.loses_its_worker())
    dead.dark = True
    await sweeps_for(desk, DOUBT_ENDS_AFTER.total_seconds() - 5)
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.failure_reason) == (State.WAITING, FailureReason.UNCLEAR)
    assert not well.sent
    async with desk.services.reading() as reading:
        (one,) = [n for n in await statistics.counts(reading.connection, alert.id) if n.n]
    assert one.failure_reason is FailureReason.UNCLEAR, "the board says why it waits"
    await sweeps_for(desk, 20)
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.route, row.possible_duplicate) == (State.SENT, "sinch", True)
    late = arrived(f"{alert.id}.sms.1", "of the try before", route="twilio")
    await receipts.apply_receipts(desk.services, [late])
    assert await desk.states(alert) == {"sms": {State.DELIVERED}}


@pytest.mark.parametrize("how", ["answer lost", "worker died"])
async def test_a_provider_that_answers_again_in_time_is_believed(
    how: str, sqlite: Database, clock: Clock
) -> None:
    texts = gateway("twilio", NO_ANSWER)
    desk = with_gateways(sqlite, clock, texts)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await (desk.works() if how == "answer lost" else desk.loses_its_worker())
    texts.dark = True
    await sweeps_for(desk, 30)
    texts.dark = False
    texts.took[f"{alert.id}.sms.1"] = "taken"
    await sweeps_for(desk, 10)
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.reference, row.possible_duplicate) == (State.SENT, "taken", False)
    assert not texts.sent


async def test_a_doubt_that_was_given_up_is_not_waited_for_again(
    sqlite: Database, clock: Clock
) -> None:
    dead, well = gateway("twilio", NO_ANSWER), gateway("sinch", weight=0)
    well._answers = iter([Deferred(FailureReason.BUSY, "429")] * 2)
    desk = with_gateways(sqlite, clock, dead, well)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    dead.dark = True
    await sweeps_for(desk, LONG_ENOUGH)
    await sweeps_for(desk, 10)
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.route, row.possible_duplicate) == (State.SENT, "sinch", True)
    assert well.asked == 3


@pytest.mark.parametrize("how", ["answer lost", "worker died"])
async def test_a_provider_that_says_it_cannot_be_asked_is_not_waited_for(
    how: str, sqlite: Database, clock: Clock
) -> None:
    texts = gateway("twilio", *[NO_ANSWER] * (how == "answer lost"))
    texts.may_list = False
    desk = with_gateways(sqlite, clock, texts)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await (desk.works() if how == "answer lost" else desk.loses_its_worker())
    await sweeps_for(desk, 5)
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.possible_duplicate) == (State.SENT, True)


async def test_a_retraction_does_not_wait_for_what_a_dead_worker_had(
    database: Database, clock: Clock
) -> None:
    """Whoever may have been alarmed gets it, although nobody could tell yet."""
    dead, well = gateway("twilio"), gateway("sinch", weight=0)
    desk = with_gateways(database, clock, dead, well)
    await desk.registers(person(1), person(2))
    alert = await desk.issues(channels=["sms"])
    await desk.loses_its_worker()
    dead.dark = True
    retraction = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    await desk.sends(await desk.approves(retraction))
    await desk.works()
    assert [row.route for row in await desk.deliveries(retraction)] == ["sinch"] * 2
    assert await desk.states(retraction) == {"sms": {State.SENT}}
    await sweeps_for(desk, LONG_ENOUGH)
    rows = await desk.deliveries(alert)
    assert {(row.state, row.failure_reason) for row in rows} == {
        (State.UNCONFIRMED, FailureReason.UNCLEAR)
    }


async def test_what_a_dead_worker_sent_of_a_replaced_alert_is_still_found_out(
    sqlite: Database, clock: Clock
) -> None:
    texts = gateway("twilio")
    desk = with_gateways(sqlite, clock, texts)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.loses_its_worker()
    texts.dark = True
    retraction = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    await desk.sends(await desk.approves(retraction))
    await sweeps_for(desk, 30)
    texts.dark = False
    texts.took[f"{alert.id}.sms.1"] = "taken"
    await sweeps_for(desk, 10)
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.reference) == (State.SENT, "taken")
