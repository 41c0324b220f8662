"""Nobody takes an approval or a schedule away without a word.

Whoever approved and whoever scheduled it is told at once; words that are the same again are no
change.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerting.actions.alerts import approval, drafting, queries, scheduling
from alerting.domain.alert import Alert, AlertState, StepReason
from alerting.domain.officer import Officer, Role
from tests import having_read
from tests.desk import JORIS, LEEN, MILA, Desk

PAULA = Officer("paula", Role.PRESS_OFFICER)


@pytest.fixture
async def scheduled(desk: Desk) -> Alert:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts(by=MILA), by=JORIS)
    at = desk.clock.now + timedelta(hours=3)
    return await having_read.schedule(desk.services, alert.id, at, by=MILA)


async def test_the_same_words_again_undo_nothing(desk: Desk, scheduled: Alert) -> None:
    before = await desk.ledger()
    texts = (await queries.get_alert(desk.services, scheduled.id, by=PAULA)).messages
    revised = await drafting.revise(desk.services, scheduled.id, texts, by=PAULA)
    assert (revised.state, revised.editor) == (AlertState.SCHEDULED, "")
    assert (await desk.ledger(), await desk.notifications(MILA)) == (before, [])


async def test_who_scheduled_and_who_approved_are_told_of_a_change(
    desk: Desk, scheduled: Alert
) -> None:
    text = replace(scheduled.messages[0], text="Other words")
    revised = await drafting.revise(desk.services, scheduled.id, [text], by=PAULA)
    assert revised.state is AlertState.DRAFT
    for officer in (MILA, JORIS):
        (told,) = await desk.notifications(officer)
        assert told.startswith("paula changed alert 1, which was scheduled for")
    assert await desk.notifications(PAULA) == []


async def test_they_are_told_when_its_hour_is_taken_back(desk: Desk, scheduled: Alert) -> None:
    await scheduling.unschedule(desk.services, scheduled.id, by=LEEN, reason=StepReason.AGREED)
    for officer in (MILA, JORIS):
        (told,) = await desk.notifications(officer)
        assert told.startswith("leen cancelled the sending of alert 1 that was scheduled for")


async def test_who_approved_it_is_told_when_it_is_given_back(desk: Desk) -> None:
    alert = await desk.approves(await desk.drafts(by=MILA), by=JORIS)
    await approval.return_to_author(desk.services, alert.id, by=LEEN, reason="Wrong")
    (told,) = await desk.notifications(JORIS)
    assert told.startswith("leen changed alert 1 or returned it")
