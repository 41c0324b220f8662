"""In an emergency one duty officer sends a prepared text alone; everybody is told, one reviews."""

import pytest

from alerting.actions.alerts import approval, queries, sending
from alerting.actions.staff_notifications import inbox
from alerting.domain.alert import Alert, AlertClass, AlertState, Bypass, Review
from alerting.domain.errors import (
    BadRequest,
    NeedsSecondPerson,
    NotAllowed,
    NotFound,
    NotPrepared,
    RefusedBefore,
    Reviewed,
    WrongState,
)
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from alerting.store import ledger as ledger_rows
from alerting.store.tables import alert_text
from tests import having_read
from tests.desk import CLOSED, DIRK, JORIS, MILA, Desk
from tests.doubles import Clock
from tests.staff import administrator, emails, member, send_mails
from tests.territory import CITY, TOWN, Country

WHY = "A cloud is drifting to the school"


async def alone(desk: Desk, *, by: Officer = DIRK) -> Alert:
    await desk.registers_a_few()
    alert = await desk.drafts(by=by, values=CLOSED)
    return await having_read.send_now(desk.services, alert.id, by=by, reason=WHY)


async def test_a_duty_officer_sends_a_prepared_text_alone_and_says_why(desk: Desk) -> None:
    sent = await alone(desk)
    assert (sent.state, sent.bypass, sent.approver) == (AlertState.SENDING, Bypass.BREAK_GLASS, "")
    await desk.works()
    assert len(desk.channel("sms").sent) == 2
    async with desk.services.reading() as reading:
        entry = (await ledger_rows.entries(reading.connection))[-1]
    assert (entry.what, entry.details["bypass"], entry.details["reason"]) == (
        "alert.sent",
        "break-glass",
        WHY,
    )


async def test_it_needs_the_right_and_a_reason(desk: Desk) -> None:
    alert = await desk.drafts()
    with pytest.raises(NotAllowed, match="break-glass"):
        await having_read.send_now(desk.services, alert.id, by=JORIS, reason=WHY)
    with pytest.raises(BadRequest, match="Give a reason"):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason="")
    assert await desk.ledger() == ["alert.drafted"]


async def test_a_scenario_nobody_prepared_for_it_is_refused(desk: Desk) -> None:
    values = {"scenario": "Imaginary", "onset": "15:00"}
    alert = await desk.drafts(scenario="exercise", values=values, alert_class=AlertClass.EXERCISE)
    with pytest.raises(NotPrepared, match="not approved in advance"):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)


async def test_own_words_are_refused(desk: Desk) -> None:
    alert = await desk.drafts(values=CLOSED)
    own = [Message(channel="sms", language=Language.FR, text="BE-Alert: fuyez")]
    await having_read.revise(desk.services, alert.id, own, by=DIRK)
    with pytest.raises(NotPrepared, match="texts differ from the templates"):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)
    assert (await desk.reads(alert)).state is AlertState.DRAFT


async def test_words_changed_behind_the_service_are_refused(desk: Desk) -> None:
    alert = await desk.drafts(values=CLOSED)
    async with desk.services.unit() as unit:
        await unit.connection.execute(
            alert_text.update().where(alert_text.c.channel == "sms").values(text="BE-Alert: fuyez")
        )
    with pytest.raises(NotPrepared):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)


async def test_the_rewrite_for_text_messages_is_no_edit(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(values=CLOSED)
    sent = await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)
    assert sent.state is AlertState.SENDING


async def test_what_a_colleague_returned_is_not_sent_alone(desk: Desk) -> None:
    alert = await having_read.submit(desk.services, (await desk.drafts(values=CLOSED)).id, by=MILA)
    await approval.return_to_author(desk.services, alert.id, by=JORIS, reason="There is no leak")
    with pytest.raises(RefusedBefore, match="joris"):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)


async def test_everybody_is_told_until_they_have_read_it(desk: Desk) -> None:
    await alone(desk)
    august = Officer("august", Role.AUDITOR)
    for officer in (MILA, JORIS, august):
        (told,) = await desk.notifications(officer)
        assert told.startswith(
            "dirk sent alert 1 without a second person. The reason is given on the alert’s page."
        )
    (notice,) = await inbox.list_unread(desk.services, by=JORIS)
    await inbox.mark_read(desk.services, notice.id, by=JORIS)
    await inbox.mark_read(desk.services, notice.id, by=JORIS)
    assert await desk.notifications(JORIS) == []
    assert len(await desk.notifications(MILA)) == 1


async def test_somebody_else_reviews_it_once(desk: Desk) -> None:
    sent = await alone(desk)
    (waiting,) = await queries.unreviewed(desk.services, by=JORIS)
    assert waiting.review_due == desk.clock.now.replace(day=16)
    reviewed = await sending.review_break_glass(desk.services, sent.id, Review.JUSTIFIED, by=JORIS)
    assert (reviewed.review, reviewed.reviewer, reviewed.review_due) == (
        Review.JUSTIFIED,
        "joris",
        None,
    )
    with pytest.raises(Reviewed, match="by joris"):
        await sending.review_break_glass(desk.services, sent.id, Review.JUSTIFIED, by=JORIS)
    assert await queries.unreviewed(desk.services, by=JORIS) == []
    assert (await desk.ledger()).count("alert.reviewed") == 1
    assert "joris reviewed alert 1, which you sent without a second person: it was justified." in (
        await desk.notifications(DIRK)
    )


async def test_its_sender_does_not_review_it_even_with_another_role(desk: Desk) -> None:
    sent = await alone(desk)
    promoted = Officer("dirk", Role.APPROVER)
    with pytest.raises(NeedsSecondPerson, match="cannot review"):
        await sending.review_break_glass(desk.services, sent.id, Review.JUSTIFIED, by=promoted)


async def test_calling_it_unjustified_asks_for_a_reason(desk: Desk) -> None:
    sent = await alone(desk)
    with pytest.raises(BadRequest, match="Give a reason"):
        await sending.review_break_glass(desk.services, sent.id, Review.NOT_JUSTIFIED, by=JORIS)


async def test_an_alert_two_people_sent_needs_no_review(desk: Desk) -> None:
    await desk.registers_a_few()
    sent = await desk.issues()
    assert sent.review_due is None
    with pytest.raises(WrongState, match="review"):
        await sending.review_break_glass(desk.services, sent.id, Review.JUSTIFIED, by=JORIS)


async def test_nobody_reads_a_notice_that_was_not_for_them(desk: Desk) -> None:
    sent = await alone(desk)
    await sending.review_break_glass(desk.services, sent.id, Review.JUSTIFIED, by=JORIS)
    newest = (await inbox.list_unread(desk.services, by=DIRK))[0]
    with pytest.raises(NotFound):
        await inbox.mark_read(desk.services, newest.id, by=MILA)


async def test_everybody_concerned_gets_an_email_too_and_gets_it_once(
    desk: Desk, clock: Clock
) -> None:
    country = await Country(desk.services).founded()
    await administrator(desk.services, clock, "ada")
    await administrator(desk.services, clock, "bo")
    await member(desk.services, clock, "here", Role.AUDITOR, CITY)
    await member(desk.services, clock, "elsewhere", Role.AUDITOR, TOWN)
    before = len(emails(desk.services))
    sent = await alone(desk, by=await country.officer(Role.DUTY_OFFICER))
    assert await send_mails(desk.services) == 3
    assert await send_mails(desk.services) == 0
    new = emails(desk.services)[before:]
    assert {to for to, _ in new} == {
        "ada@crisis.example",
        "bo@crisis.example",
        "here@crisis.example",
    }
    assert all(WHY not in text and f"/alerts/{sent.id}" in text for _, text in new)
