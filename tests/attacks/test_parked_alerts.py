"""Nothing that was stopped goes on later than it could be sent.

Resuming and retrying ask what sending asks: an approval, or the judgement that sending alone was
justified, lasts a day; a retraction that one person sent goes on alone only while it is recent.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from alerting.actions.alerts import retry, sending, stopping
from alerting.domain.alert import Alert, AlertState, FollowUp, Review, StepReason
from alerting.domain.errors import AlertingError, ApprovalLapsed, Ended, RetractedLate, Unreviewed
from tests import having_read
from tests.desk import CLOSED, DIRK, JORIS, LEEN, MILA, Desk

LONG = timedelta(days=13)
Sent = Callable[[Desk], Awaitable[Alert]]


async def approved(desk: Desk) -> Alert:
    return await desk.sends(await desk.approves(await desk.drafts(valid_for=LONG), by=JORIS))


async def alone(desk: Desk) -> Alert:
    alert = await desk.drafts(values=CLOSED, by=DIRK, valid_for=LONG)
    return await having_read.send_now(
        desk.services, alert.id, by=DIRK, reason="A leak at the plant"
    )


async def retraction(desk: Desk) -> Alert:
    first = await approved(desk)
    await desk.works()
    return await desk.sends(await desk.follows_up(first, FollowUp.FALSE_ALERT))


@pytest.mark.parametrize(
    ("sends", "lasts", "refusal"),
    [
        (approved, timedelta(hours=24), ApprovalLapsed),
        (alone, timedelta(hours=24), Unreviewed),
        (retraction, timedelta(minutes=30), RetractedLate),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
async def test_it_goes_on_as_long_as_it_could_be_sent_and_then_after_a_second_person(
    desk: Desk, sends: Sent, lasts: timedelta, refusal: type[AlertingError]
) -> None:
    await desk.registers_a_few()
    alert = await sends(desk)

    async def resumes() -> AlertState:
        resumed = await stopping.resume(
            desk.services, alert.id, by=MILA, reason=StepReason.MENDED, accept_times=True
        )
        return resumed.state

    await stopping.stop(desk.services, alert.id, by=MILA, reason=StepReason.FAULT)
    assert await resumes() is AlertState.SENDING
    await stopping.stop(desk.services, alert.id, by=MILA, reason=StepReason.FAULT)
    desk.clock.now += lasts
    with pytest.raises(refusal):
        await resumes()
    await desk.approves(alert, by=LEEN)
    assert await resumes() is AlertState.SENDING
    desk.clock.now += timedelta(hours=24)
    with pytest.raises((ApprovalLapsed, Ended)):
        await retry.retry_failed(desk.services, alert.id, by=MILA, reason=StepReason.MENDED)


async def test_what_was_judged_justified_goes_on_for_a_day(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await alone(desk)
    await stopping.stop(desk.services, alert.id, by=DIRK, reason=StepReason.FAULT)
    desk.clock.now += timedelta(hours=25)
    await sending.review_break_glass(desk.services, alert.id, Review.JUSTIFIED, by=JORIS)
    desk.clock.now += timedelta(hours=24)
    with pytest.raises(ApprovalLapsed):
        await stopping.resume(desk.services, alert.id, by=DIRK, reason=StepReason.MENDED)
    desk.clock.now -= timedelta(hours=1)
    resumed = await stopping.resume(
        desk.services, alert.id, by=DIRK, reason=StepReason.MENDED, accept_times=True
    )
    assert resumed.state is AlertState.SENDING
