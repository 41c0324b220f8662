"""What the provider says of a message it had from us is the truth, whenever it comes.

A provider takes three texts, but its answers come too late, and it cannot be asked until the alert
has ended. At the end the three are unconfirmed: something may have got through.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import repeat
from typing import Any

import pytest

from alerting.actions.operations.unmatched_receipts import list_unmatched
from alerting.delivery import receipts
from alerting.domain.alert import Alert, AlertState
from alerting.domain.channel import Accepted, Deferred, FailureReason, Tracking
from alerting.domain.delivery import Mismatch, State
from alerting.domain.officer import Officer, Role
from alerting.store import Database
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel, TraceableChannel, arrived, lost
from tests.make import LIEGE, make_services, person

AUDITOR = Officer("ada", Role.AUDITOR)
A_MINUTE: dict[str, Any] = {"channels": ["sms"], "valid_for": timedelta(minutes=10)}


@dataclass
class Unavailable(TraceableChannel):
    """Takes every text, is too slow to say so, and cannot be asked (its list answers 503)."""

    async def find(self, prepared: str, *, to: str, key: str, **more: Any) -> Accepted | None:
        raise ConnectionError


@pytest.fixture
def desk(database: Database, clock: Clock) -> Desk:
    no_answer = repeat(Deferred(FailureReason.UNCLEAR, "no answer"))
    texts = Unavailable("sms", Tracking.RECEIPTS, no_answer, route="twilio")
    return Desk(make_services(database, clock, {"sms": texts}), clock)


async def until_the_end(desk: Desk, *, sweeps: int = 3) -> Alert:
    """An alert to three people, up to its end."""
    await desk.registers(*(person(serial, nis_code=LIEGE) for serial in range(1, 4)))
    alert = await desk.issues(**A_MINUTE)
    await desk.works()
    for _ in range(sweeps):
        desk.clock.forward(minutes=3)
        await desk.sweeps()
    assert await desk.states(alert) == {"sms": {State.WAITING}}
    desk.clock.forward(minutes=3)
    await desk.sweeps()
    await desk.sweeps()
    return alert


async def test_what_waits_in_doubt_at_the_end_is_unconfirmed_and_a_receipt_still_tells(
    desk: Desk,
) -> None:
    alert = await until_the_end(desk)
    assert await desk.states(alert) == {"sms": {State.UNCONFIRMED}}
    assert (await desk.reads(alert)).state is AlertState.EXPIRED
    assert (await desk.reads(alert)).finished_at is not None
    keys = [f"{alert.id}.sms.{number}" for number in (1, 2, 3)]
    late = [arrived(key, f"SM{at}", route="twilio") for at, key in enumerate(keys)]
    await receipts.apply_receipts(desk.services, late)
    assert await desk.states(alert) == {"sms": {State.DELIVERED}}
    assert {row.reference for row in await desk.deliveries(alert)} == {"SM0", "SM1", "SM2"}
    assert await list_unmatched(desk.services, by=AUDITOR) == []


async def test_a_receipt_while_it_waits_in_doubt_tells_at_once(desk: Desk) -> None:
    await desk.registers(person(1), person(2))
    alert = await desk.issues(**A_MINUTE)
    await desk.works()
    first, second = (f"{alert.id}.sms.{number}" for number in (1, 2))
    await receipts.apply_receipts(
        desk.services,
        [arrived(first, "SM1", route="twilio"), lost(second, "SM2", route="twilio")],
    )
    assert await desk.states(alert) == {"sms": {State.DELIVERED, State.FAILED}}


async def test_a_receipt_of_another_route_says_nothing_of_a_doubt(desk: Desk) -> None:
    alert = await until_the_end(desk)
    await receipts.apply_receipts(
        desk.services, [arrived(f"{alert.id}.sms.1", "B1", route="gateway")]
    )
    assert await desk.states(alert) == {"sms": {State.UNCONFIRMED}}
    (kept,) = await list_unmatched(desk.services, by=AUDITOR)
    assert kept.reason is Mismatch.NO_TRY


async def test_a_late_delivered_after_undelivered_is_the_truth(
    database: Database, clock: Clock
) -> None:
    texts = ScriptedChannel("sms", Tracking.RECEIPTS)
    desk = Desk(make_services(database, clock, {"sms": texts}), clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    key = f"{alert.id}.sms.1"
    await receipts.apply_receipts(desk.services, [lost(key)])
    assert await desk.states(alert) == {"sms": {State.FAILED}}
    await receipts.apply_receipts(desk.services, [arrived(key)])
    assert await desk.states(alert) == {"sms": {State.DELIVERED}}


async def test_what_is_stopped_in_doubt_is_unconfirmed_too(sqlite: Database, clock: Clock) -> None:
    mail = ScriptedChannel(
        "email", script=[Deferred(FailureReason.UNCLEAR), Deferred(FailureReason.BUSY)]
    )
    desk = Desk(make_services(sqlite, clock, {"email": mail}), clock)
    await desk.registers(person(1), person(2))
    alert = await desk.issues(channels=["email"], valid_for=timedelta(minutes=10))
    await desk.works()
    clock.forward(minutes=11)
    await desk.sweeps()
    found = {(row.state, row.failure_reason) for row in await desk.deliveries(alert)}
    assert found == {
        (State.UNCONFIRMED, FailureReason.UNCLEAR),
        (State.EXPIRED, FailureReason.TOO_LATE),
    }
