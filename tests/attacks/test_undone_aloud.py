"""Nobody undoes what a colleague did without a word.

Whoever wrote, approved, scheduled, sent, or said no to an alert is told at once when somebody else
returns, changes, discards, stops or resumes it, or answers that no; words that are the same again
are no change.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerting.actions.alerts import (
    approval,
    changing,
    compositions,
    queries,
    scheduling,
    sending,
    stopping,
)
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.alerts.next_version import ACTS
from alerting.actions.staff_notifications import inbox
from alerting.domain.alert import Alert, AlertState, Review, StepReason
from alerting.domain.officer import Officer, Role
from tests import having_read
from tests.desk import CLOSED, DIRK, JORIS, LEEN, MILA, Desk

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
    revised = await having_read.revise(desk.services, scheduled.id, texts, by=PAULA)
    assert (revised.state, revised.editor) == (AlertState.SCHEDULED, "")
    assert (await desk.ledger(), await desk.notifications(MILA)) == (before, [])


async def test_who_scheduled_and_who_approved_are_told_of_a_change(
    desk: Desk, scheduled: Alert
) -> None:
    text = replace(scheduled.messages[0], text="Other words")
    revised = await having_read.revise(desk.services, scheduled.id, [text], by=PAULA)
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
    await approval.return_to_author(desk.services, alert.id, by=LEEN, reason="Wrong words in it")
    (told,) = await desk.notifications(JORIS)
    assert told.startswith("leen changed alert 1 or returned it")


async def test_who_submitted_it_is_told_what_to_do_when_it_is_a_draft_again(desk: Desk) -> None:
    alert = await having_read.submit(desk.services, (await desk.drafts(by=MILA)).id, by=MILA)
    text = replace(alert.messages[0], text="Other words")
    await having_read.revise(desk.services, alert.id, [text], by=PAULA)
    (told,) = await desk.notifications(MILA)
    assert told.startswith("paula changed alert 1, which was submitted: it is a draft again")


PIA = Officer("pia", Role.APPROVER)
"""Who undoes what the others did: MILA wrote and sent it, JORIS approved it, LEEN said no to it."""


async def drafted(desk: Desk) -> Alert:
    return await desk.drafts(by=MILA)


async def in_review(desk: Desk) -> Alert:
    return await having_read.submit(desk.services, (await desk.drafts(by=MILA)).id, by=MILA)


async def approved(desk: Desk) -> Alert:
    return await desk.approves(await in_review(desk), by=JORIS)


async def rejected(desk: Desk) -> Alert:
    alert = await approval.return_to_author(
        desk.services, (await approved(desk)).id, by=LEEN, reason="No: it is not confirmed"
    )
    return await having_read.submit(desk.services, alert.id, by=MILA)


async def leaves_later(desk: Desk) -> Alert:
    at = desk.clock.now + timedelta(hours=3)
    return await having_read.schedule(desk.services, (await approved(desk)).id, at, by=MILA)


async def under_way(desk: Desk) -> Alert:
    return await desk.sends(await approved(desk), by=MILA)


async def stopped(desk: Desk) -> Alert:
    return await stopping.stop(
        desk.services, (await under_way(desk)).id, by=LEEN, reason=StepReason.WRONG_AREA
    )


async def sent_alone(desk: Desk) -> Alert:
    alert = await desk.drafts(by=DIRK, values=CLOSED)
    return await having_read.send_now(
        desk.services, alert.id, by=DIRK, reason="Now, at once, as ordered"
    )


async def revises(desk: Desk, alert: Alert) -> object:
    text = replace(alert.messages[0], text="Other words")
    return await having_read.revise(desk.services, alert.id, [text], by=PIA)


async def returns(desk: Desk, alert: Alert) -> object:
    return await approval.return_to_author(
        desk.services, alert.id, by=PIA, reason="Wrong words in it"
    )


async def unschedules(desk: Desk, alert: Alert) -> object:
    return await scheduling.unschedule(desk.services, alert.id, by=PIA, reason=StepReason.AGREED)


async def changes(desk: Desk, alert: Alert) -> object:
    form = await changing.begin_change(desk.services, alert.id, by=PIA)
    content = replace(CompositionContent.of(form.content), channels=("sms",))
    form = await compositions.save_composition(
        desk.services, form.id, content, seen=form.version, by=PIA
    )
    return await changing.change_alert(desk.services, form, {}, by=PIA)


async def discards(desk: Desk, alert: Alert) -> object:
    return await having_read.discard(desk.services, alert.id, by=PIA, reason=StepReason.WRONG_AREA)


async def stops(desk: Desk, alert: Alert) -> object:
    return await stopping.stop(desk.services, alert.id, by=PIA)


async def resumes(desk: Desk, alert: Alert) -> object:
    return await stopping.resume(desk.services, alert.id, by=PIA, reason=StepReason.MENDED)


async def approves(desk: Desk, alert: Alert) -> object:
    return await desk.approves(alert, by=PIA)


async def reviews(desk: Desk, alert: Alert) -> object:
    return await sending.review_break_glass(desk.services, alert.id, Review.JUSTIFIED, by=PIA)


@dataclass(frozen=True)
class Undone:
    """Who is told when PIA does `act` to an alert that is `first`."""

    first: Callable[[Desk], Awaitable[Alert]]
    act: Callable[[Desk, Alert], Awaitable[object]]
    told: frozenset[str]


UNDONE: dict[str, tuple[Undone, ...]] = {
    "alert.revised": (
        Undone(in_review, revises, frozenset({"mila"})),
        Undone(approved, revises, frozenset({"mila", "joris"})),
        Undone(leaves_later, revises, frozenset({"joris", "mila"})),
    ),
    "alert.changed": (
        Undone(in_review, changes, frozenset({"mila"})),
        Undone(approved, changes, frozenset({"mila", "joris"})),
        Undone(leaves_later, changes, frozenset({"joris", "mila"})),
    ),
    "alert.returned": (
        Undone(in_review, returns, frozenset({"mila"})),
        Undone(approved, returns, frozenset({"mila", "joris"})),
    ),
    "alert.discarded": (
        Undone(drafted, discards, frozenset({"mila"})),
        Undone(in_review, discards, frozenset({"mila"})),
        Undone(rejected, discards, frozenset({"mila", "leen"})),
        Undone(approved, discards, frozenset({"mila", "joris"})),
        Undone(leaves_later, discards, frozenset({"mila", "joris"})),
    ),
    "alert.unscheduled": (Undone(leaves_later, unschedules, frozenset({"mila", "joris"})),),
    "alert.stopped": (
        Undone(under_way, stops, frozenset({"mila", "joris"})),
        Undone(stopped, stops, frozenset({"mila", "joris"})),
        Undone(sent_alone, stops, frozenset({"dirk"})),
    ),
    "alert.resumed": (Undone(stopped, resumes, frozenset({"mila", "joris", "leen"})),),
    "alert.approved": (
        Undone(rejected, approves, frozenset({"leen"})),
        Undone(in_review, approves, frozenset()),
        Undone(stopped, approves, frozenset({"leen"})),
    ),
    "alert.reviewed": (Undone(sent_alone, reviews, frozenset({"dirk"})),),
}
UNDO_NOTHING = {
    "alert.drafted": "there was nothing before",
    "alert.submitted": "what somebody drafted goes on",
    "alert.scheduled": "what somebody approved goes on",
    "alert.sent": "what somebody approved goes on; alone, everybody is told (test_alone.py)",
    "alert.stop-explained": "of a stop that was told; a no it adds keeps it stopped",
    "alert.retried": "what was sent goes on",
    "alert.followed": "by an alert of two people, or a retraction that everybody is told of",
    "alert.not-sent": "by the service, and told (specs/test_stop_and_schedule.py)",
    "alert.test-copied": "nothing of the alert changes",
    "alert.page-withdrawn": "of an alert that is over; its words were read by whoever would",
    "alert.overridden": "said of an approval or a sending",
}


def test_of_every_act_on_an_alert_it_is_known_whether_it_undoes_anything() -> None:
    acts = {
        name
        for path in Path("alerting/actions").rglob("*.py")
        for name in re.findall(r'"(alert\.[a-z-]+)"', path.read_text("utf-8"))
        if name not in {"alert.html", "alert.json"}  # files of its page
    }
    assert acts == UNDONE.keys() | UNDO_NOTHING.keys()


def test_an_act_that_makes_a_draft_again_has_a_row_for_every_state_it_may_be_done_in() -> None:
    for act in ACTS:
        assert {one.first for one in UNDONE[act]} == {in_review, approved, leaves_later}, act


@pytest.mark.parametrize(
    "undone",
    [
        pytest.param(one, id=f"{one.first.__name__} {one.act.__name__}")
        for rows in UNDONE.values()
        for one in rows
    ],
)
async def test_whoever_took_part_is_told_when_somebody_else_undoes_it(
    desk: Desk, undone: Undone
) -> None:
    await desk.registers_a_few()
    alert = await undone.first(desk)
    people = (MILA, JORIS, LEEN, DIRK, PAULA, PIA)
    before = {one.name: await inbox.list_unread(desk.services, by=one) for one in people}
    await undone.act(desk, await desk.reads(alert))
    told = {
        one.name
        for one in people
        for notice in await inbox.list_unread(desk.services, by=one)
        if notice not in before[one.name] and notice.facts["officer"] == "pia"
    }
    assert told == undone.told
