"""A channel can have several routes: work leaves a sick one, and returns when it is well."""

from typing import Any

from alerting.domain.channel import Deferred, FailureReason
from alerting.domain.delivery import State
from alerting.domain.route import Breaker, Override
from alerting.store import Database
from alerting.store.deliveries import statistics
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel, TraceableChannel
from tests.make import make_services, person

ONLY_MAIL: dict[str, Any] = {"channels": ["email"]}
ONLY_SMS: dict[str, Any] = {"channels": ["sms"]}


def down(times: int) -> list[Deferred]:
    return [Deferred(FailureReason.DOWN, "no connection")] * times


def desk_with(database: Database, clock: Clock, *routes: ScriptedChannel) -> Desk:
    return Desk(make_services(database, clock, {routes[0].name: routes}), clock)


async def test_what_one_relay_does_not_take_goes_to_the_other_at_once(
    sqlite: Database, clock: Clock
) -> None:
    sick = ScriptedChannel(route="sick", script=down(1000))
    well = ScriptedChannel(route="well")
    desk = desk_with(sqlite, clock, sick, well)
    await desk.registers(*(person(serial) for serial in range(30)))
    alert = await desk.issues(**ONLY_MAIL)
    await desk.works()
    assert await desk.states(alert) == {"email": {State.ACCEPTED}}
    assert len(well.sent) == 30
    assert {row.attempts for row in await desk.deliveries(alert)} == {1}


async def test_a_relay_that_does_not_answer_is_left_alone_and_tried_again_with_little(
    sqlite: Database, clock: Clock
) -> None:
    sick = ScriptedChannel(route="sick", script=down(20), chunk=10)
    desk = desk_with(sqlite, clock, sick)
    await desk.registers(*(person(serial) for serial in range(100)))
    alert = await desk.issues(**ONLY_MAIL)
    await desk.works()
    selector = desk.dispatcher.selector
    assert selector.health(sick).breaker is Breaker.OPEN
    assert sick.asked < 20
    asked = sick.asked
    clock.forward(seconds=2)
    await desk.sweeps()
    assert sick.asked == asked
    for _ in range(20):
        clock.forward(seconds=31)
        await desk.sweeps()
    assert selector.health(sick).breaker is Breaker.CLOSED
    assert await desk.states(alert) == {"email": {State.ACCEPTED}}


async def test_a_route_with_no_weight_is_used_when_no_other_is_left(
    sqlite: Database, clock: Clock
) -> None:
    first = ScriptedChannel(route="first")
    spare = ScriptedChannel(route="spare", weight=0)
    desk = desk_with(sqlite, clock, first, spare)
    await desk.registers(*(person(serial) for serial in range(30)))
    await desk.issues(**ONLY_MAIL)
    await desk.works()
    assert (len(first.sent), len(spare.sent)) == (30, 0)


async def test_an_operator_can_hold_a_route_off(sqlite: Database, clock: Clock) -> None:
    first, second = ScriptedChannel(route="first"), ScriptedChannel(route="second")
    desk = desk_with(sqlite, clock, first, second)
    await desk.registers(*(person(serial) for serial in range(30)))
    await desk.decides(first, Override.OFF)
    await desk.issues(**ONLY_MAIL)
    await desk.works()
    assert (len(first.sent), len(second.sent)) == (0, 30)


async def test_after_a_crash_every_route_is_asked_what_it_took(
    sqlite: Database, clock: Clock
) -> None:
    first = TraceableChannel("sms", route="first")
    second = TraceableChannel("sms", route="second")
    desk = desk_with(sqlite, clock, first, second)
    await desk.registers(person(1))
    alert = await desk.issues(**ONLY_SMS)
    second.took[f"{alert.id}.sms.1"] = "there"
    await desk.loses_its_worker()
    await desk.works()
    assert first.sent == second.sent == []
    (row,) = await desk.deliveries(alert)
    assert (row.reference, row.route) == ("there", "second")


async def test_what_may_have_been_sent_twice_is_counted(sqlite: Database, clock: Clock) -> None:
    mail = ScriptedChannel()
    desk = desk_with(sqlite, clock, mail)
    await desk.registers(person(1), person(2))
    alert = await desk.issues(**ONLY_MAIL)
    await desk.loses_its_worker()
    await desk.works()
    assert {row.possible_duplicate for row in await desk.deliveries(alert)} == {True}
    async with desk.services.reading() as reading:
        assert await statistics.possible_duplicate(reading.connection, alert.id) == {"email": 2}


async def test_each_route_is_counted(sqlite: Database, clock: Clock) -> None:
    sick = ScriptedChannel(route="sick", script=down(1000))
    well = ScriptedChannel(route="well")
    desk = desk_with(sqlite, clock, sick, well)
    await desk.registers(*(person(serial) for serial in range(30)))
    alert = await desk.issues(**ONLY_MAIL)
    await desk.works()
    async with desk.services.reading() as reading:
        outcomes = await statistics.route_outcomes(reading.connection, alert.id)
    assert [(one.route, one.answer, one.n) for one in outcomes] == [("well", "accepted", 30)]
