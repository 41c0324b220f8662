"""Whatever an adapter raises for one recipient, the others of the chunk are sent to once."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerting.domain.channel import (
    Accepted,
    Deferred,
    FailureReason,
    NotTried,
    OutboundMessage,
    Outcome,
    Tracking,
)
from alerting.domain.delivery import State
from alerting.domain.delivery_row import DeliveryRow
from alerting.domain.message import Message
from alerting.domain.stop_signal import StopSignal
from alerting.store import Database
from alerting.worker.rate_limiter import RedisRateLimiter
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel, TraceableChannel
from tests.make import channels, make_services, person

PEOPLE = 12
ODD_ONE = ".7"
RAISED = (ValueError, TypeError, RecursionError, OverflowError, KeyError)


@dataclass
class RaisesOnSending(ScriptedChannel):
    """Sends to all but one."""

    error: type[Exception] = ValueError

    async def send(self, prepared: str, *, to: str, key: str, valid_for: timedelta) -> Outcome:
        if key.endswith(ODD_ONE):
            raise self.error
        return await super().send(prepared, to=to, key=key, valid_for=valid_for)


@dataclass
class RaisesOnPreparing(ScriptedChannel):
    """Cannot make anything of an alert."""

    def prepare(self, message: Message, *, alert_id: int) -> str:
        raise ValueError


@dataclass
class RaisesWhenAsked(TraceableChannel):
    """Cannot read what it is told about earlier tries, nor about itself."""

    async def find(
        self, prepared: str, *, to: str, key: str, since: datetime, known: Collection[str] = ()
    ) -> Accepted | None:
        raise RecursionError

    async def probe(self) -> FailureReason | None:
        raise TypeError


@dataclass
class RaisesOnABatch(ScriptedChannel):
    """Breaks off in the middle of its first batch."""

    broken: bool = False

    async def send_many(
        self,
        parcels: Sequence[OutboundMessage[str]],
        *,
        valid_for: timedelta,
        stop: StopSignal,
        **_more: Any,
    ) -> Sequence[Outcome | NotTried]:
        if not self.broken:
            self.broken = True
            raise ValueError
        return [
            await self.send(one.prepared, to=one.to, key=one.key, valid_for=valid_for)
            for one in parcels
        ]


@dataclass
class RaisesOnCounting(ScriptedChannel):
    """Cannot say how many units of its rate a message takes."""

    def cost(self, prepared: str) -> int:
        raise TypeError


@dataclass
class LavishPace(RedisRateLimiter):
    """Hands out whatever it is asked for, but not the time at which it raises."""

    raises_at: int = 0
    asked: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    async def take(self, *given: Any, **named: Any) -> bool:
        self.asked += 1
        if self.asked == self.raises_at:
            raise LookupError
        return True


async def two_minutes_of(
    database: Database,
    clock: Clock,
    *routes: Any,
    channel: str = "sms",
    pace: RedisRateLimiter | None = None,
) -> tuple[Desk, Sequence[DeliveryRow]]:
    """What became of an alert to a dozen people by these routes."""
    services = make_services(database, clock, over={**channels(), channel: routes})
    if pace is not None:
        services = replace(services, pace=pace)
    desk = Desk(services, clock)
    await desk.registers(*(person(number) for number in range(1, PEOPLE + 1)))
    alert = await desk.issues(channels=[channel])
    for _ in range(12):
        await desk.sweeps()
        clock.forward(seconds=10)
    return desk, await desk.deliveries(alert)


def most(*routes: ScriptedChannel) -> Counter[str]:
    """How often each delivery was handed over."""
    return Counter(key for route in routes for _, key, _ in route.sent)


@pytest.mark.parametrize("error", RAISED)
async def test_who_an_adapter_raises_for_costs_nobody_else_anything(
    error: type[Exception], sqlite: Database, clock: Clock
) -> None:
    only = RaisesOnSending("sms", Tracking.RECEIPTS, error=error)
    _, rows = await two_minutes_of(sqlite, clock, only)
    assert (set(most(only).values()), len(most(only))) == ({1}, PEOPLE - 1)
    (left,) = [one for one in rows if one.state is not State.SENT]
    assert (left.recipient_id, left.failure_reason) == (7, FailureReason.UNCLEAR)
    assert left.attempts > 1, "it is tried again, like any other whose answer never came"


async def test_where_there_is_another_route_the_odd_one_goes_by_it(
    sqlite: Database, clock: Clock
) -> None:
    one = RaisesOnSending("sms", Tracking.RECEIPTS, route="main")
    two = ScriptedChannel("sms", Tracking.RECEIPTS, route="second", weight=0.001)
    _, rows = await two_minutes_of(sqlite, clock, one, two)
    assert set(most(one, two).values()) == {1}
    assert {row.state for row in rows} == {State.SENT}


async def test_a_route_that_cannot_prepare_an_alert_leaves_it_to_the_others(
    sqlite: Database, clock: Clock
) -> None:
    one = RaisesOnPreparing("sms", Tracking.RECEIPTS, route="main")
    two = ScriptedChannel("sms", Tracking.RECEIPTS, route="second")
    await two_minutes_of(sqlite, clock, one, two)
    assert (len(one.sent), len(two.sent)) == (0, PEOPLE)


async def test_a_provider_whose_answer_cannot_be_read_keeps_nobody_waiting_nor_the_other_routes(
    sqlite: Database, clock: Clock
) -> None:
    lost = Deferred(FailureReason.UNCLEAR, "no answer")
    one = RaisesWhenAsked("sms", Tracking.RECEIPTS, script=[lost], route="main")
    two = ScriptedChannel("sms", Tracking.RECEIPTS, route="second", weight=0.001)
    desk, rows = await two_minutes_of(sqlite, clock, one, two)
    assert {row.state for row in rows} == {State.SENT}
    await desk.dispatcher.selector.probe()


async def test_a_batch_that_breaks_off_is_in_doubt_and_goes_again(
    sqlite: Database, clock: Clock
) -> None:
    mail = RaisesOnABatch("email")
    _, rows = await two_minutes_of(sqlite, clock, mail, channel="email")
    assert {row.state for row in rows} == {State.ACCEPTED}
    assert set(most(mail).values()) == {1}


async def test_a_route_that_cannot_count_its_units_is_used_all_the_same(
    sqlite: Database, clock: Clock
) -> None:
    only = RaisesOnCounting("sms", Tracking.RECEIPTS, per_second=1000)
    _, rows = await two_minutes_of(sqlite, clock, only, pace=LavishPace())
    assert {row.state for row in rows} == {State.SENT}
    assert set(most(only).values()) == {1}


async def test_what_is_raised_beside_an_adapter_costs_one_message_a_try_and_nobody_else_anything(
    sqlite: Database, clock: Clock
) -> None:
    only = ScriptedChannel("sms", Tracking.RECEIPTS, per_second=1000)
    _, rows = await two_minutes_of(sqlite, clock, only, pace=LavishPace(raises_at=7))
    assert {row.state for row in rows} == {State.SENT}
    assert set(most(only).values()) == {1}, "nobody is sent it again"
