"""A colleague's no holds for the matter, not for the row it was said of.

Whatever way it was said, the same does not leave by one person alone: neither the alert itself, nor
a copy, nor, by whoever took part in it, a new draft about the same. A second yes answers it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from alerting.actions.alerts import approval, compositions, queries, sending, stopping
from alerting.actions.alerts.alone import REFUSAL_HOLDS, why_refused
from alerting.domain.alert import Alert, AlertState, FollowUp, Review, StepReason
from alerting.domain.errors import NeedsSecondPerson, RefusedBefore
from alerting.domain.officer import Officer
from tests import having_read
from tests.desk import CLOSED, DIRK, JORIS, LEEN, MILA, Desk
from tests.make import GENT

No = Callable[[Desk], Awaitable[Alert]]
Again = Callable[[Desk, Alert], Awaitable[Alert]]
WHY = "A cloud drifts to the school"


async def drafted(desk: Desk) -> Alert:
    return await desk.drafts(values=CLOSED, by=DIRK)


async def sent_alone(desk: Desk) -> Alert:
    return await having_read.send_now(desk.services, (await drafted(desk)).id, by=DIRK, reason=WHY)


async def returned(desk: Desk) -> Alert:
    alert = await approval.submit(desk.services, (await drafted(desk)).id, by=DIRK)
    return await approval.return_to_author(desk.services, alert.id, by=JORIS, reason="No leak")


async def judged_not_justified(desk: Desk) -> Alert:
    alert = await sent_alone(desk)
    return await sending.review(
        desk.services, alert.id, Review.NOT_JUSTIFIED, by=JORIS, note="No leak"
    )


async def stopped(desk: Desk) -> Alert:
    return await stopping.stop(desk.services, (await sent_alone(desk)).id, by=JORIS)


async def submitted_again(desk: Desk, alert: Alert) -> Alert:
    return await approval.submit(desk.services, alert.id, by=DIRK)


async def copied(desk: Desk, alert: Alert) -> Alert:
    form = await compositions.create_composition_from_alert(desk.services, alert.id, by=DIRK)
    return await compositions.create_draft(desk.services, form, by=DIRK)


async def copy_of_a_copy(desk: Desk, alert: Alert) -> Alert:
    return await copied(desk, await copied(desk, alert))


async def drafted_anew(desk: Desk, alert: Alert) -> Alert:
    return await drafted(desk)


@pytest.mark.parametrize(
    ("no", "again"),
    [
        (returned, submitted_again),
        *(
            (no, again)
            for no in (returned, judged_not_justified, stopped)
            for again in (copied, copy_of_a_copy, drafted_anew)
        ),
    ],
    ids=lambda one: one.__name__,
)
async def test_what_was_refused_does_not_leave_alone_in_whatever_way_it_is_begun_again(
    desk: Desk, no: No, again: Again
) -> None:
    await desk.registers_a_few()
    alert = await again(desk, await no(desk))
    assert isinstance(
        (await queries.preview(desk.services, alert.id, by=DIRK)).keeps, RefusedBefore
    )
    with pytest.raises(RefusedBefore, match="joris"):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)
    assert (await desk.approves(alert, by=LEEN)).state is AlertState.APPROVED


async def test_a_no_holds_for_its_place_and_its_hours_until_somebody_says_yes(desk: Desk) -> None:
    await desk.registers_a_few()

    async def keeps(alert: Alert) -> bool:
        found = await queries.preview(desk.services, alert.id, by=DIRK)
        return isinstance(found.keeps, RefusedBefore)

    refused = await returned(desk)
    here = await drafted(desk)
    there = await desk.drafts(values=CLOSED, by=DIRK, area=("Gent",))
    assert there.area == (GENT,)
    assert (await keeps(here), await keeps(there)) == (True, False)
    refused = await approval.submit(desk.services, refused.id, by=DIRK)
    await desk.approves(refused, by=LEEN)
    assert not await keeps(here)
    refused = await returned(desk)
    desk.clock.now += REFUSAL_HOLDS
    assert not await keeps(await drafted(desk))
    async with desk.services.reading() as reading:  # of the alert itself it holds for good
        assert await why_refused(desk.services, reading.connection, refused, by=DIRK)


async def test_of_another_alert_a_no_binds_those_who_took_part_in_it(desk: Desk) -> None:
    await desk.registers_a_few()
    await returned(desk)
    alert = await desk.drafts(values={**CLOSED, "substance": "chlorine"}, by=MILA)
    other = replace(DIRK, name="dora")
    with pytest.raises(RefusedBefore):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)
    sent = await having_read.send_now(desk.services, alert.id, by=other, reason=WHY)
    assert sent.state is AlertState.SENDING


async def test_a_returned_retraction_does_not_leave_alone_as_another_one(desk: Desk) -> None:
    await desk.registers_a_few()
    first = await desk.issues()
    retraction = await desk.follows_up(first, FollowUp.FALSE_ALERT)
    await approval.submit(desk.services, retraction.id, by=MILA)
    await approval.return_to_author(desk.services, retraction.id, by=JORIS, reason="It is real")
    again = await desk.follows_up(first, FollowUp.FALSE_ALERT)
    with pytest.raises(RefusedBefore, match="joris"):
        await desk.sends(again)
    other = await desk.follows_up(await desk.issues(), FollowUp.FALSE_ALERT)
    assert (await desk.sends(other)).state is AlertState.SENDING


async def retracted_alone(desk: Desk) -> Alert:
    return await desk.sends(await desk.follows_up(await desk.issues(), FollowUp.FALSE_ALERT))


@pytest.mark.parametrize(("alone", "by"), [(sent_alone, DIRK), (retracted_alone, MILA)])
async def test_what_left_alone_and_was_stopped_by_a_colleague_is_resumed_by_somebody_else(
    desk: Desk, alone: No, by: Officer
) -> None:
    await desk.registers_a_few()
    alert = await alone(desk)

    async def resumes(officer: Officer) -> AlertState:
        resumed = await stopping.resume(
            desk.services, alert.id, by=officer, reason=StepReason.MENDED
        )
        return resumed.state

    await stopping.stop(desk.services, alert.id, by=by)
    assert await resumes(by) is AlertState.SENDING, "nobody said no"
    await stopping.stop(desk.services, alert.id, by=JORIS)
    with pytest.raises(NeedsSecondPerson, match=by.name):
        await resumes(by)
    assert await resumes(LEEN) is AlertState.SENDING
