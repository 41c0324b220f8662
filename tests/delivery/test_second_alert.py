"""While a paced alert to very many is under way, the next free unit goes to the next alert."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from alerting.domain.alert import Alert, FollowUp
from alerting.domain.channel import (
    NOT_TRIED,
    NotTried,
    OutboundMessage,
    Outcome,
    Tracking,
)
from alerting.domain.delivery import DeliveryKey
from alerting.domain.hand_over import HandOverJournal
from alerting.domain.stop_signal import StopSignal
from alerting.services import Services
from alerting.store import Database
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel
from tests.dripping import PATIENCE, Dripping
from tests.make import EUPEN, LIEGE, make_services, person

PEOPLE = 200


@asynccontextmanager
async def under_way(
    database: Database, clock: Clock, *alerts: str
) -> AsyncIterator[tuple[Desk, Dripping, ScriptedChannel, list[Alert]]]:
    """Alerts to many people, by text message, at a pace of what the test lets fall."""
    sms = ScriptedChannel("sms", Tracking.RECEIPTS, chunk=10, per_second=1)
    pace = Dripping()
    desk = Desk(replace(make_services(database, clock, {"sms": sms}), pace=pace), clock)
    try:
        await desk.registers(
            *(person(serial, nis_code=LIEGE) for serial in range(1, PEOPLE + 1)),
            *(person(serial, nis_code=EUPEN) for serial in range(PEOPLE + 1, PEOPLE + 11)),
        )
        sent = [await desk.issues(channels=["sms"], area=[area]) for area in alerts]
        await desk.plans()
        await desk.dispatcher.fill()
        await pace.drips(100, lambda: len(sms.sent))
        yield desk, pace, sms, sent
    finally:
        await desk.dispatcher.stop(within=0)
        await pace.close()


async def next_ones(
    desk: Desk, pace: Dripping, sms: ScriptedChannel, alert: Alert, units: int
) -> list[bool]:
    """Once an alert is planned and a worker has looked: which of the next units it gets.

    A unit falls only while this alert and another wait for one: else there is nothing to decide.
    """
    seen = len(sms.sent)
    await desk.plans()
    await desk.dispatcher.fill()
    for _ in range(units):
        async with asyncio.timeout(PATIENCE):
            while not {alert.id} < {turn.alert for turn in pace.waiting("sms.main")}:
                await asyncio.sleep(0)
        await pace.drips(1, lambda: len(sms.sent))
    keys = [DeliveryKey.parse(key) for _, key, _ in sms.sent[seen:]]
    return [key is not None and key.sending_id == alert.id for key in keys]


async def test_the_first_message_of_a_second_alert_takes_the_next_unit_and_then_every_other(
    sqlite: Database, clock: Clock
) -> None:
    async with under_way(sqlite, clock, LIEGE) as (desk, pace, sms, _):
        second = await desk.issues(channels=["sms"], area=["Eupen"])
        assert await next_ones(desk, pace, sms, second, 6) in (
            [True, False] * 3,
            [True, False, True, False, False, True],  # a shared turn fell in between
        )


async def test_a_retraction_takes_the_next_unit_while_another_alert_is_under_way(
    sqlite: Database, clock: Clock
) -> None:
    async with under_way(sqlite, clock, LIEGE, LIEGE) as (desk, pace, sms, (false, _)):
        prepared = await desk.follows_up(false, FollowUp.FALSE_ALERT)
        retraction = await desk.sends(await desk.approves(prepared))
        first, *others = await next_ones(desk, pace, sms, retraction, 8)
        assert first
        # One of four goes to the others, and a shared turn may fall in between.
        assert others.count(False) <= 3


async def test_an_exercise_waits_until_nothing_urgent_does(sqlite: Database, clock: Clock) -> None:
    async with under_way(sqlite, clock, LIEGE) as (desk, pace, sms, _):
        seen = len(sms.sent)
        exercise = await desk.issues(channels=["sms"], area=["Eupen"], alert_class="exercise")
        await desk.plans()
        await desk.dispatcher.fill()
        await pace.drips(20, lambda: len(sms.sent))
        assert not any(key.startswith(f"{exercise.id}.") for _, key, _ in sms.sent[seen:])


@dataclass
class OneConnection(ScriptedChannel):
    """A relay that takes e-mails in bulk, by one connection, and each when the test lets it."""

    connection: asyncio.Lock = field(default_factory=asyncio.Lock)
    takes: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def send_many(
        self,
        outgoing_batch: Sequence[OutboundMessage[str]],
        *,
        valid_for: timedelta,
        stop: StopSignal,
        journal: HandOverJournal,
    ) -> list[Outcome | NotTried]:
        outcomes: list[Outcome | NotTried] = [NOT_TRIED] * len(outgoing_batch)
        async with self.connection:
            for place, outgoing in enumerate(outgoing_batch):
                if stop.is_set():
                    break
                await self.takes.acquire()
                outcomes[place] = await self.send(
                    outgoing.prepared, to=outgoing.to, key=outgoing.key, valid_for=valid_for
                )
        return outcomes

    async def takes_more(self, number: int) -> None:
        wanted = len(self.sent) + number
        for _ in range(number):
            self.takes.release()
        async with asyncio.timeout(PATIENCE):
            while len(self.sent) < wanted:
                await asyncio.sleep(0)


async def test_a_relay_without_a_pace_that_is_busy_with_one_alert_takes_the_next_one_first(
    sqlite: Database, clock: Clock
) -> None:
    relay = OneConnection("email", chunk=100)
    desk = Desk(make_services(sqlite, clock, {"email": relay}), clock)
    await desk.registers(*(person(serial, nis_code=LIEGE) for serial in range(1, 301)))
    await desk.registers(*(person(serial, nis_code=EUPEN) for serial in range(301, 311)))
    await desk.issues(channels=["email"], area=["4000 Liège"])
    await desk.plans()
    await desk.dispatcher.fill()
    await relay.takes_more(20)
    second = await desk.issues(channels=["email"], area=["Eupen"])
    await desk.plans()
    await desk.dispatcher.fill()
    async with asyncio.timeout(PATIENCE):
        while desk.services.pace.arrivals(relay.rate_key) < 2:
            await asyncio.sleep(0)
    await asyncio.sleep(0)
    await relay.takes_more(30)
    keys = [key for _, key, _ in relay.sent]
    await desk.dispatcher.stop(within=0)
    assert any(key.startswith(f"{second.id}.") for key in keys[:23]), "after what was under way"


async def test_a_worker_begins_no_more_of_an_alert_than_it_has_room_for_and_one_of_every_other(
    sqlite: Database, clock: Clock
) -> None:
    async with under_way(sqlite, clock, LIEGE) as (desk, _, _, (first,)):
        assert desk.dispatcher.room("sms", first.id) == 0
        assert desk.dispatcher.room("sms", first.id + 1) > 0
        held = len(desk.dispatcher._holding)
        for _ in range(3):
            await desk.dispatcher.fill()
        assert len(desk.dispatcher._holding) == held


async def test_a_job_of_a_replaced_alert_ends_without_a_lease(
    services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(services, clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.plans()
    (job,) = await desk.dispatcher.due()
    await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.FALSE_ALERT)))
    monkeypatch.setattr("alerting.store.deliveries.chunks.lease", None)
    await desk.dispatcher.send(job)
    assert desk.channel("sms").sent == []
