"""However many people an alert has, the next one is planned after one slice of it at most."""

import asyncio

import pytest

from alerting.delivery import planning
from alerting.delivery.turn_semaphore import TurnSemaphore
from alerting.domain.alert import Alert, FollowUp
from alerting.domain.turns import Turn
from alerting.services import Services
from alerting.store.deliveries import planning as planning_rows
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import EUPEN, LIEGE, person


async def planned_in_turn(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, first: Alert, second: Alert
) -> list[int]:
    """Plan one alert that had a slice already, and another beside it: whose slices followed."""
    monkeypatch.setattr(planning, "FIRST_SLICE", 10)
    monkeypatch.setattr(planning, "SLICE", 10)
    slices: list[int] = []
    plan_slice, turns = planning_rows.plan_slice, TurnSemaphore(1)

    async def noted(*arguments: object, sending_id: int, **more: object) -> planning_rows.Slice:
        slices.append(sending_id)
        return await plan_slice(*arguments, sending_id=sending_id, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(planning_rows, "plan_slice", noted)
    turn = Turn(first.precedence, first.id)
    async with asyncio.TaskGroup() as group, asyncio.timeout(30), turns.held(turn):
        for number, alert in enumerate((first, second), 1):
            group.create_task(planning.plan_channel(desk.services, "sms", alert.id, turns))
            while len(turns.waiting) < number:
                await asyncio.sleep(0.001)
    return slices


@pytest.mark.parametrize("kind", ["another alert", "a retraction"])
async def test_a_national_alert_is_planned_in_turns_with_whatever_comes(
    services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    desk = Desk(services, clock)
    await desk.registers(*(person(serial) for serial in range(1, 101)))
    await desk.registers(*(person(serial, nis_code=EUPEN) for serial in range(101, 125)))
    other = await desk.issues(channels=["sms"], area=["Eupen"])
    if kind == "a retraction":
        prepared = await desk.follows_up(other, FollowUp.FALSE_ALERT)
        other = await desk.sends(await desk.approves(prepared))
    nation = await desk.issues(channels=["sms"], area=[LIEGE])
    slices = await planned_in_turn(desk, monkeypatch, nation, other)
    assert slices[0] == other.id
    assert slices.index(nation.id) <= 3
    assert slices.count(other.id) == 3
