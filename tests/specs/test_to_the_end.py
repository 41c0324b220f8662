"""Every delivery is followed to its end, and the sums match."""

from datetime import timedelta
from typing import Any

import pytest

from alerting.delivery import receipts
from alerting.delivery.heartbeat import Heartbeat
from alerting.domain.alert import AlertState
from alerting.domain.channel import Deferred, FailureReason, Outcome, Refused, Tracking
from alerting.domain.delivery import FINAL, State
from alerting.domain.errors import NobodyToReach
from alerting.store import Database
from alerting.store.deliveries import statistics
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel, TraceableChannel, arrived, lost
from tests.make import make_services, person

ONLY_MAIL: dict[str, Any] = {"channels": ["email"]}
ONLY_SMS: dict[str, Any] = {"channels": ["sms"]}


def desk_with(database: Database, clock: Clock, channel: ScriptedChannel) -> Desk:
    return Desk(make_services(database, clock, {channel.name: channel}), clock)


async def test_receipts_end_the_alert(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    await desk.works()
    await desk.sweeps()
    assert (await desk.reads(alert)).state is AlertState.SENDING
    keys = [key for _, key, _ in desk.channel("sms").sent]
    await receipts.apply_receipts(desk.services, [arrived(keys[0]), lost(keys[1])])
    await desk.sweeps()
    assert (await desk.reads(alert)).state is AlertState.ACTIVE
    assert await desk.states(alert) == {
        "sms": {State.DELIVERED, State.FAILED},
        "email": {State.ACCEPTED},
        "press": {State.ACCEPTED},
        "x": {State.DELIVERED},
    }


async def test_receipts_in_any_order_and_number_change_things_once(desk: Desk) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(**ONLY_SMS)
    await desk.works()
    ((_, key, _),) = desk.channel("sms").sent
    burst = [arrived(key), lost(key), arrived(key), arrived("9.sms.9")]
    await receipts.apply_receipts(desk.services, burst)
    await receipts.apply_receipts(desk.services, burst)
    assert await desk.states(alert) == {"sms": {State.DELIVERED}}
    async with desk.services.reading() as reading:
        (count,) = await statistics.counts(reading.connection, alert.id)
    assert (count.state, count.n) == (State.DELIVERED, 1)


async def test_a_missing_receipt_becomes_a_state_of_its_own(desk: Desk, clock: Clock) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(**ONLY_SMS)
    await desk.works()
    clock.forward(minutes=6)
    await desk.sweeps()
    assert await desk.states(alert) == {"sms": {State.UNCONFIRMED}}
    await desk.sweeps()
    assert (await desk.reads(alert)).state is AlertState.ACTIVE


async def test_a_receipt_after_its_deadline_is_still_the_truth(desk: Desk, clock: Clock) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(**ONLY_SMS)
    await desk.works()
    ((_, key, _),) = desk.channel("sms").sent
    clock.forward(minutes=6)
    await desk.sweeps()
    await receipts.apply_receipts(desk.services, [arrived(key)])
    assert await desk.states(alert) == {"sms": {State.DELIVERED}}


async def test_a_provider_that_is_down_is_tried_again_until_it_is_back(
    sqlite: Database, clock: Clock
) -> None:
    down = [Deferred(FailureReason.DOWN, "421")] * 3
    desk = desk_with(sqlite, clock, ScriptedChannel("email", script=down))
    await desk.registers(person(1))
    alert = await desk.issues(**ONLY_MAIL)
    await desk.works()
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.failure_reason, row.attempts) == (State.WAITING, FailureReason.DOWN, 1)
    for _ in range(3):
        clock.forward(minutes=5)
        await desk.works()
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.attempts) == (State.ACCEPTED, 4)


async def test_nothing_is_sent_after_the_alert_has_expired(sqlite: Database, clock: Clock) -> None:
    busy = [Deferred(FailureReason.BUSY, "451", timedelta(minutes=1))]
    desk = desk_with(sqlite, clock, ScriptedChannel("email", script=busy))
    await desk.registers(person(1))
    alert = await desk.issues(**ONLY_MAIL, valid_for=timedelta(minutes=10))
    await desk.works()
    clock.forward(minutes=11)
    await desk.sweeps()
    assert await desk.states(alert) == {"email": {State.EXPIRED}}
    assert desk.channel("email").sent == []


async def test_a_refused_address_is_not_tried_again(sqlite: Database, clock: Clock) -> None:
    desk = desk_with(
        sqlite,
        clock,
        ScriptedChannel("email", script=[Refused(FailureReason.ADDRESS_DEAD, "550 5.1.1")]),
    )
    await desk.registers(person(1))
    alert = await desk.issues(**ONLY_MAIL)
    await desk.works()
    await desk.sweeps()
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.attempts, row.provider_code) == (State.FAILED, 1, "550 5.1.1")
    assert (await desk.reads(alert)).state is AlertState.ACTIVE


async def test_an_empty_audience_is_refused_before_anything_leaves(desk: Desk) -> None:
    alert = await desk.approves(await desk.drafts(**ONLY_SMS))
    with pytest.raises(NobodyToReach):
        await desk.sends(alert)
    assert (await desk.reads(alert)).state is AlertState.APPROVED


async def test_a_lost_wake_up_is_found_by_the_sweeper(desk: Desk, clock: Clock) -> None:
    await desk.registers(person(1))
    await desk.issues(**ONLY_MAIL)
    await desk.services.queue.close()  # the queue's server was flushed
    await desk.sweeps()
    await desk.services.queue.close()
    clock.forward(seconds=5)
    await desk.sweeps()
    assert len(desk.channel("email").sent) == 1


class Killed(BaseException):
    """Stands for kill -9 in the middle of a chunk."""


async def test_after_a_crash_a_provider_is_asked_before_anything_is_repeated(
    sqlite: Database, clock: Clock
) -> None:
    def die() -> None:
        if len(channel.sent) == 2:
            raise Killed

    channel = TraceableChannel("sms", Tracking.RECEIPTS, before_answer=die)
    desk = desk_with(sqlite, clock, channel)
    await desk.registers(*(person(serial) for serial in range(1, 6)))
    alert = await desk.issues(**ONLY_SMS)
    with pytest.raises(BaseException):  # noqa: B017, PT011  a group with Killed in it
        await desk.works()
    channel.took = {key: f"SM-{key}" for _, key, _ in channel.sent}
    channel.before_answer = lambda: None
    clock.forward(seconds=100)
    await desk.sweeps()
    keys = [key for _, key, _ in channel.sent]
    assert len(keys) == len(set(keys)) == 5
    assert await desk.states(alert) == {"sms": {State.SENT}}


async def test_a_worker_that_is_alone_takes_over_at_once(sqlite: Database, clock: Clock) -> None:
    def die() -> None:
        raise Killed

    channel = ScriptedChannel("email", before_answer=die)
    desk = desk_with(sqlite, clock, channel)
    await desk.registers(person(1))
    alert = await desk.issues(**ONLY_MAIL)
    with pytest.raises(BaseException):  # noqa: B017, PT011  a group with Killed in it
        await desk.works()
    channel.before_answer = lambda: None
    await Heartbeat(desk.services, "the next worker").begin_alone()
    clock.forward(seconds=9)
    await desk.sweeps()
    assert await desk.states(alert) == {"email": {State.ACCEPTED}}


async def test_the_sums_match_whatever_the_providers_answer(sqlite: Database, clock: Clock) -> None:
    answers: list[Outcome] = [
        Refused(FailureReason.ADDRESS_DEAD),
        Deferred(FailureReason.BUSY),
        Deferred(FailureReason.DOWN, "", timedelta(hours=3)),
    ] * 5
    desk = desk_with(sqlite, clock, ScriptedChannel("email", script=answers, chunk=7))
    people = 40
    await desk.registers(*(person(serial) for serial in range(people)))
    alert = await desk.issues(**ONLY_MAIL)
    for _ in range(60):  # five hours: past the end of the alert
        await desk.sweeps()
        clock.forward(minutes=5)
    async with desk.services.reading() as reading:
        counts = await statistics.counts(reading.connection, alert.id)
    assert sum(one.n for one in counts) == people
    assert {one.state for one in counts} <= FINAL
    assert (await desk.reads(alert)).state is AlertState.EXPIRED
