"""Stopping is one click for many; a scheduled alert leaves on time, or its people are told."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerting.actions.alerts import scheduling, stopping
from alerting.domain.alert import Alert, AlertState, FollowUp, StepReason
from alerting.domain.errors import BadRequest, Ended, NotAllowed, WrongState
from alerting.domain.jobs import PlanChannel, Wake
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from alerting.store.tables import alert_text
from tests import having_read
from tests.desk import DIRK, JORIS, LEEN, MILA, Desk
from tests.doubles import ListedQueue
from tests.make import person

PAULA = Officer("paula", Role.PRESS_OFFICER)


def waiting(desk: Desk) -> list[Wake]:
    assert isinstance(desk.services.queue, ListedQueue)
    return desk.services.queue.waiting


async def scheduled(desk: Desk, *, after: float = 2, **preferred_channels: Any) -> Alert:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts(**preferred_channels))
    at = desk.clock.now + timedelta(hours=after)
    return await having_read.schedule(desk.services, alert.id, at, by=MILA)


async def when_due(desk: Desk, *, hours: float = 2) -> None:
    desk.clock.forward(hours=hours)
    await scheduling.send_due(desk.services)


@pytest.mark.parametrize("officer", [MILA, JORIS, Officer("dirk", Role.DUTY_OFFICER)])
async def test_whoever_may_send_or_approve_may_stop(desk: Desk, officer: Officer) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    stopped = await stopping.stop(desk.services, alert.id, by=officer)
    assert stopped.state is AlertState.STOPPED
    assert (await desk.ledger())[-1] == "alert.stopped"


async def test_nobody_else_may_stop(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    with pytest.raises(NotAllowed):
        await stopping.stop(desk.services, alert.id, by=PAULA)


async def test_resuming_wakes_what_was_not_planned_yet(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues(channels=["sms", "email"])
    await stopping.stop(desk.services, alert.id, by=JORIS, reason=StepReason.FAULT)
    waiting(desk).clear()
    resumed = await stopping.resume(desk.services, alert.id, by=MILA, reason=StepReason.MENDED)
    assert resumed.state is AlertState.SENDING
    assert {one.job for one in waiting(desk) if isinstance(one.job, PlanChannel)} == {
        PlanChannel(alert.id, "sms"),
        PlanChannel(alert.id, "email"),
    }


async def test_stopping_twice_is_told_and_recorded_once(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    answers = await asyncio.gather(
        stopping.stop(desk.services, alert.id, by=DIRK),
        stopping.stop(desk.services, alert.id, by=MILA),
        return_exceptions=True,
    )
    (refused,) = [one for one in answers if isinstance(one, WrongState)]
    assert "“stopped”" in str(refused)
    assert (await desk.ledger()).count("alert.stopped") == 1


async def test_an_alert_that_ended_is_not_resumed(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues(valid_for=timedelta(hours=1))
    await stopping.stop(desk.services, alert.id, by=JORIS)
    desk.clock.forward(hours=2)
    with pytest.raises(Ended):
        await stopping.resume(desk.services, alert.id, by=MILA, reason=StepReason.MENDED)


async def test_sending_is_no_way_to_resume(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    await stopping.stop(desk.services, alert.id, by=JORIS)
    with pytest.raises(WrongState, match="stopped"):
        await desk.sends(alert)


async def test_a_scheduled_alert_leaves_when_its_time_has_come(desk: Desk) -> None:
    alert = await scheduled(desk)
    await when_due(desk, hours=1.99)
    assert (await desk.reads(alert)).state is AlertState.SCHEDULED
    await when_due(desk, hours=0.01)
    sent = await desk.reads(alert)
    assert (sent.state, sent.sender, sent.sent_at) == (
        AlertState.SENDING,
        "mila",
        desk.clock.now,
    )
    await desk.works()
    assert len(desk.channel("sms").sent) == 2


async def test_two_workers_at_once_send_it_once(desk: Desk) -> None:
    await scheduled(desk)
    desk.clock.forward(hours=2)
    await asyncio.gather(*(scheduling.send_due(desk.services) for _ in range(3)))
    assert (await desk.ledger()).count("alert.sent") == 1


async def test_it_can_be_taken_back_before(desk: Desk) -> None:
    alert = await scheduled(desk)
    freed = await scheduling.unschedule(desk.services, alert.id, by=JORIS, reason=StepReason.MENDED)
    assert (freed.state, freed.send_at, freed.sender) == (AlertState.APPROVED, None, "")
    await when_due(desk, hours=3)
    assert (await desk.reads(alert)).state is AlertState.APPROVED


async def test_an_edit_takes_the_schedule_and_the_approval_away(desk: Desk) -> None:
    alert = await scheduled(desk)
    new = [Message(channel="sms", language=Language.FR, text="BE-Alert: restez dedans")]
    await having_read.revise(desk.services, alert.id, new, by=MILA)
    await when_due(desk)
    assert (await desk.reads(alert)).state is AlertState.DRAFT


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        pytest.param(0, "has passed", id="not later than now"),
        pytest.param(5, "cannot be sent on", id="when the alert has ended"),
    ],
)
async def test_a_time_that_makes_no_sense_is_refused(desk: Desk, hours: int, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        await scheduled(desk, after=hours, valid_for=timedelta(hours=5))


async def test_a_time_after_the_approval_lapsed_is_refused(desk: Desk) -> None:
    with pytest.raises(BadRequest, match="approval expires"):
        await scheduled(desk, after=24, valid_for=timedelta(days=3))


async def test_only_what_is_approved_is_scheduled(desk: Desk) -> None:
    alert = await desk.drafts()
    with pytest.raises(WrongState):
        await having_read.schedule(
            desk.services, alert.id, desk.clock.now + timedelta(hours=1), by=MILA
        )


async def test_with_other_people_on_the_lists_it_waits_and_whoever_approved_is_told(
    desk: Desk,
) -> None:
    alert = await scheduled(desk, channels=["sms"])
    await desk.registers(*(person(serial) for serial in range(10, 70)))
    await when_due(desk)
    assert (await desk.reads(alert)).state is AlertState.APPROVED
    for officer in (MILA, JORIS):
        (told,) = await desk.notifications(officer)
        assert "scheduled by mila, was not sent. Reason: The lists have changed since" in told
        assert "60 added" in told
    assert await desk.notifications(LEEN) == []
    assert (await desk.ledger())[-1] == "alert.not-sent"


async def test_words_changed_behind_the_service_do_not_leave(desk: Desk) -> None:
    alert = await scheduled(desk)
    async with desk.services.unit() as unit:
        await unit.connection.execute(alert_text.update().values(text="Something else"))
    await when_due(desk)
    assert (await desk.reads(alert)).state is AlertState.DRAFT


async def test_what_the_service_slept_through_is_not_sent_late(desk: Desk) -> None:
    alert = await scheduled(desk)
    await when_due(desk, hours=2.5)
    assert (await desk.reads(alert)).state is AlertState.APPROVED
    (told,) = await desk.notifications(MILA)
    assert "was due to be sent on 15 Jan 2030, 15:00" in told


async def test_a_follow_up_whose_alert_is_over_by_then_is_put_back(desk: Desk) -> None:
    await desk.registers_a_few()
    first = await desk.issues()
    update = await desk.approves(await desk.follows_up(first, FollowUp.UPDATE))
    at: datetime = desk.clock.now + timedelta(hours=1)
    await having_read.schedule(desk.services, update.id, at, by=MILA)
    await desk.sends(await desk.follows_up(first, FollowUp.FALSE_ALERT))
    await when_due(desk, hours=1)
    assert (await desk.reads(update)).state is AlertState.APPROVED
    # Everybody is also told of the false alert, which left alone.
    assert len([told for told in await desk.notifications(MILA) if "has replaced it" in told]) == 1
