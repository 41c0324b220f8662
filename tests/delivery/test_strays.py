"""A receipt that fits no delivery of ours is kept for somebody to look at, and changes nothing."""

import pytest

from alerting.actions.operations.unmatched_receipts import stray
from alerting.delivery import receipts
from alerting.domain.channel import Arrived, Lost, Trouble
from alerting.domain.delivery import State
from alerting.domain.errors import NotAllowed
from alerting.domain.officer import Officer, Role
from alerting.store import Database
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.make import make_services, person

AUDITOR = Officer("ada", Role.AUDITOR)


@pytest.fixture
def desk(database: Database, clock: Clock) -> Desk:
    return Desk(make_services(database, clock), clock)


async def test_unknown_and_unreadable_receipts_are_kept_once_and_counted(desk: Desk) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    lost = Lost("77.sms.1", Trouble.UNREACHABLE, "30003")
    known = Arrived(f"{alert.id}.sms.1")
    await receipts.apply(desk.services, [lost, known, lost, Arrived("not a key of ours")])
    desk.clock.forward(minutes=1)
    await receipts.apply(desk.services, [lost])
    kept = [
        (one.key, one.kind, one.detail, one.n) for one in await stray(desk.services, by=AUDITOR)
    ]
    assert kept == [("77.sms.1", "lost", "30003", 3), ("not a key of ours", "arrived", "", 1)]
    assert await desk.states(alert) == {"sms": {State.DELIVERED}}


async def test_only_those_who_read_the_ledger_see_them(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await stray(desk.services, by=MILA)
