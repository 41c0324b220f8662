"""An alert is issued by two people, never by one."""

import pytest

from alerting.domain.alert import AlertState
from alerting.domain.errors import Changed, NeedsSecondPerson, NotAllowed, WrongState
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from alerting.store.tables import alert_text
from tests import having_read
from tests.desk import JORIS, MILA, Desk

AN_APPROVER_WHO_WRITES = Officer("joris", Role.APPROVER)


async def test_the_author_cannot_approve(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(by=AN_APPROVER_WHO_WRITES)
    with pytest.raises(NeedsSecondPerson):
        await desk.approves(alert, by=AN_APPROVER_WHO_WRITES)
    assert (await desk.reads(alert)).state is AlertState.DRAFT
    assert await desk.ledger() == ["alert.drafted"]


async def test_a_second_officer_lets_it_reach_everyone(desk: Desk) -> None:
    await desk.registers_a_few()
    await desk.issues()
    await desk.works()
    assert [len(desk.channel(name).sent) for name in ("sms", "email", "press", "x")] == [2, 2, 1, 1]
    assert (await desk.ledger())[-1] == "alert.sent"


async def test_what_is_not_approved_is_not_sent(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts()
    with pytest.raises(WrongState):
        await desk.sends(alert)
    await desk.works()
    assert desk.channel("sms").sent == []


async def test_sending_twice_is_refused_and_sends_once(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    with pytest.raises(WrongState):
        await desk.sends(alert)
    await desk.works()
    assert len(desk.channel("sms").sent) == 2


async def test_an_edit_takes_the_approval_back(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts())
    text = Message(channel="sms", language=Language.FR, text="Autre chose.")
    await having_read.revise(desk.services, alert.id, [text], by=MILA)
    with pytest.raises(WrongState):
        await desk.sends(alert)
    approved = await desk.approves(alert)
    assert approved.approver == JORIS.name
    await desk.sends(alert)
    await desk.works()
    assert {sent[2] for sent in desk.channel("sms").sent} == {"Autre chose."}


async def test_the_reviser_is_an_author_too(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts()
    text = Message(channel="sms", language=Language.FR, text="Autre chose.")
    await having_read.revise(desk.services, alert.id, [text], by=JORIS)
    with pytest.raises(NeedsSecondPerson):
        await desk.approves(alert, by=JORIS)


async def test_words_changed_behind_the_service_are_never_sent(desk: Desk) -> None:
    await desk.registers_a_few()
    await desk.issues()
    async with desk.services.unit() as unit:
        await unit.connection.execute(
            alert_text.update()
            .where(alert_text.c.channel == "sms")
            .values(text="Something nobody approved")
        )
    with pytest.raises(Changed):
        await desk.works()
    assert desk.channel("sms").sent == []


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.PRESS_OFFICER])
async def test_a_role_without_the_right_cannot_send(desk: Desk, role: Role) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts())
    with pytest.raises(NotAllowed):
        await desk.sends(alert, by=Officer("eve", role))
