"""A round of recovery does first what is urgent, then what time has ended, each sending in turn."""

from types import SimpleNamespace
from typing import cast

import pytest
import sqlalchemy as sa

from alerting.delivery import planning, recovery
from alerting.domain.delivery import State
from alerting.store import Database
from alerting.store.tables import delivery
from tests.desk import Desk
from tests.doubles import Clock, ListedQueue
from tests.make import make_services, person


@pytest.fixture
async def desk(database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Chunks are small, and so is what one transaction takes up."""
    monkeypatch.setattr(recovery, "CLOSED_AT_ONCE", 1)
    monkeypatch.setattr(planning, "FIRST_SLICE", 2)
    monkeypatch.setattr(planning, "SLICE", 2)
    desk = Desk(make_services(database, clock), clock)
    await desk.registers(*(person(serial) for serial in range(6)))
    return desk


async def settled(desk: Desk) -> dict[int, int]:
    """By sending, how many of its deliveries wait no more."""
    query = (
        sa.select(delivery.c.sending_id, sa.func.count())
        .where(delivery.c.state != State.WAITING)
        .group_by(delivery.c.sending_id)
    )
    async with desk.services.reading() as reading:
        return {row[0]: row[1] for row in await reading.connection.execute(query)}


async def two_that_ended_and_one_unplanned(desk: Desk, clock: Clock) -> tuple[int, int]:
    """Two alerts of which nothing was sent in time, and one that is to be planned."""
    ended = [await desk.issues(channels=["sms"]) for _ in range(2)]
    await desk.plans()
    clock.forward(days=1)
    await desk.issues(channels=["sms"])
    return ended[0].id, ended[1].id


async def test_planning_goes_on_however_much_is_to_be_settled(
    desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_that_ended_and_one_unplanned(desk, clock)
    queue = cast("ListedQueue", desk.services.queue)
    queue.waiting.clear()  # what was queued is lost
    monkeypatch.setattr(recovery, "CLOSING_WITHIN", 0)
    await desk.sweeps_only()
    assert queue.waiting
    assert await settled(desk) == {}


async def test_every_sending_has_its_turn_and_the_rest_is_for_the_next_round(
    desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await two_that_ended_and_one_unplanned(desk, clock)
    seconds = iter(range(100))
    monkeypatch.setattr(recovery, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    monkeypatch.setattr(recovery, "CLOSING_WITHIN", 5)
    await desk.sweeps_only()
    assert await settled(desk) == {first: 2, second: 2}
