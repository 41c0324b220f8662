"""Submitted, returned, approved: by somebody with no hand in the words, for a time, for so many."""

import asyncio
from datetime import timedelta

import pytest

from alerting.actions.alerts import approval, sending
from alerting.domain.alert import Alert, AlertState
from alerting.domain.errors import (
    ApprovalLapsed,
    AudienceChanged,
    BadRequest,
    NeedsSecondPerson,
    NotAllowed,
    Outdated,
    Refusal,
    WrongState,
)
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from alerting.store import ledger as ledger_rows
from tests import having_read
from tests.desk import JORIS, LEEN, MILA, Desk
from tests.make import person


async def edited(desk: Desk, alert: Alert, text: str = "BE-Alert: restez dedans") -> Alert:
    new = [Message(channel="sms", language=Language.FR, text=text)]
    return await having_read.revise(desk.services, alert.id, new, by=LEEN)


async def test_a_draft_is_submitted_with_a_word_to_the_approver(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts()
    submitted = await having_read.submit(desk.services, alert.id, by=MILA, note=" The wind turns. ")
    assert (submitted.state, submitted.note) == (AlertState.IN_REVIEW, "The wind turns.")
    approved = await desk.approves(submitted)
    assert (approved.state, approved.note) == (AlertState.APPROVED, "")
    assert await desk.ledger() == ["alert.drafted", "alert.submitted", "alert.approved"]


async def test_it_is_returned_with_a_reason_that_its_author_reads(desk: Desk) -> None:
    alert = await having_read.submit(desk.services, (await desk.drafts()).id, by=MILA)
    returned = await approval.return_to_author(
        desk.services, alert.id, by=JORIS, reason="Wrong street name"
    )
    assert returned.state is AlertState.RETURNED
    assert (returned.note, returned.noted_by) == ("Wrong street name", "joris")
    async with desk.services.reading() as reading:
        last = (await ledger_rows.entries(reading.connection))[-1]
    assert (last.what, last.details["reason"]) == ("alert.returned", "Wrong street name")


async def test_returning_asks_for_a_reason(desk: Desk) -> None:
    alert = await having_read.submit(desk.services, (await desk.drafts()).id, by=MILA)
    with pytest.raises(BadRequest, match="Give a reason"):
        await approval.return_to_author(desk.services, alert.id, by=JORIS, reason="  ")
    assert (await desk.reads(alert)).state is AlertState.IN_REVIEW


async def test_what_was_returned_is_not_approved_before_it_is_submitted_again(desk: Desk) -> None:
    alert = await having_read.submit(desk.services, (await desk.drafts()).id, by=MILA)
    await approval.return_to_author(desk.services, alert.id, by=JORIS, reason="Wrong street")
    with pytest.raises(WrongState, match="to be corrected"):
        await desk.approves(alert, by=LEEN)
    await having_read.submit(desk.services, alert.id, by=MILA)
    await desk.approves(alert, by=LEEN)


async def test_an_approval_can_be_taken_back_by_returning(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts())
    returned = await approval.return_to_author(
        desk.services, alert.id, by=LEEN, reason="Too early to send it"
    )
    assert (returned.approver, returned.approved_fingerprint) == ("", "")
    with pytest.raises(WrongState):
        await desk.sends(alert)


async def test_the_author_does_not_approve_what_others_edited_and_submitted(desk: Desk) -> None:
    alert = await edited(desk, await desk.drafts(by=JORIS))
    await having_read.submit(desk.services, alert.id, by=MILA)
    with pytest.raises(NeedsSecondPerson, match="joris wrote alert"):
        await desk.approves(alert, by=JORIS)


async def test_the_last_editor_does_not_approve(desk: Desk) -> None:
    alert = await edited(desk, await desk.drafts())
    with pytest.raises(NeedsSecondPerson, match="leen was the last to change"):
        await desk.approves(alert, by=LEEN)
    assert (await desk.approves(alert, by=JORIS)).approver == "joris"


async def test_the_submitter_does_not_approve(desk: Desk) -> None:
    alert = await having_read.submit(desk.services, (await desk.drafts()).id, by=JORIS)
    with pytest.raises(NeedsSecondPerson, match="joris submitted alert"):
        await desk.approves(alert, by=JORIS)
    assert "alert.approved" not in await desk.ledger()


async def test_an_approval_lapses_after_its_time(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts(valid_for=timedelta(days=3)))
    desk.clock.forward(hours=24)
    with pytest.raises(ApprovalLapsed, match=r"valid for 24 hours.*approved again"):
        await desk.sends(alert)
    assert (await desk.reads(alert)).state is AlertState.APPROVED
    assert "alert.sent" not in await desk.ledger()


async def test_a_lapsed_approval_is_given_anew(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts(valid_for=timedelta(days=3)))
    desk.clock.forward(hours=25)
    await desk.approves(alert, by=LEEN)
    assert (await desk.sends(alert)).state is AlertState.SENDING


async def test_a_moment_before_it_lapses_an_approval_still_holds(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts(valid_for=timedelta(days=3)))
    desk.clock.forward(hours=23, minutes=59)
    assert (await desk.sends(alert)).state is AlertState.SENDING


async def test_other_people_than_were_approved_need_a_new_yes(desk: Desk) -> None:
    await desk.registers(person(1))
    alert = await desk.approves(await desk.drafts(channels=["sms"]))
    assert alert.approved_audience == {"sms": 1}
    await desk.registers(*(person(serial) for serial in range(2, 13)))
    says = "Addresses on “sms”: 1 when approved, 11 added, 0 removed, 0 changed"
    with pytest.raises(AudienceChanged, match=says):
        await desk.sends(alert)
    assert "alert.sent" not in await desk.ledger()
    with pytest.raises(AudienceChanged, match=says):
        await desk.approves(alert, by=LEEN)
    await having_read.approve(desk.services, alert.id, by=LEEN, accept_lists=True)
    assert (await desk.sends(alert)).approved_audience == {"sms": 12}


async def test_a_few_more_people_do_not(desk: Desk) -> None:
    await desk.registers(person(1))
    alert = await desk.approves(await desk.drafts(channels=["sms"]))
    await desk.registers(*(person(serial) for serial in range(2, 12)))
    assert (await desk.sends(alert)).state is AlertState.SENDING


async def test_of_two_approvers_at_once_one_approves(desk: Desk) -> None:
    alert = await desk.drafts()
    answers = await asyncio.gather(
        desk.approves(alert, by=JORIS), desk.approves(alert, by=LEEN), return_exceptions=True
    )
    (refused,) = [one for one in answers if isinstance(one, Refusal)]
    assert "“approved”" in str(refused)
    assert (await desk.ledger()).count("alert.approved") == 1


async def test_a_double_click_sends_once(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts())
    answers = await asyncio.gather(desk.sends(alert), desk.sends(alert), return_exceptions=True)
    (refused,) = [one for one in answers if isinstance(one, WrongState)]
    assert "“sending”" in str(refused)
    assert (await desk.ledger()).count("alert.sent") == 1
    await desk.works()
    assert len(desk.channel("sms").sent) == 2


async def test_nobody_approves_or_sends_what_was_edited_meanwhile(desk: Desk) -> None:
    await desk.registers_a_few()
    read = await desk.drafts()
    await edited(desk, read)
    with pytest.raises(Outdated):
        await approval.approve(desk.services, read.id, by=JORIS, seen=read.fingerprint())
    approved = await desk.approves(read)
    with pytest.raises(Outdated):
        await sending.send(desk.services, read.id, by=MILA, seen=read.fingerprint())
    assert (await desk.reads(approved)).state is AlertState.APPROVED


async def test_only_those_who_may_decide(desk: Desk) -> None:
    alert = await desk.drafts()
    august = Officer("august", Role.AUDITOR)
    with pytest.raises(NotAllowed):
        await having_read.submit(desk.services, alert.id, by=august)
    with pytest.raises(NotAllowed):
        await approval.return_to_author(
            desk.services, alert.id, by=MILA, reason="No: it is not confirmed"
        )
    with pytest.raises(NotAllowed):
        await desk.approves(alert, by=MILA)
