"""Whoever opens an incident takes decisions from others: not unseen, and not for what has left.

Everybody it binds is told at once,
in the console and by e-mail, and nobody else. What an authority sent itself, one person may still
retract. Whom to call are people who can decide.
"""

import pytest

from alerting.actions.alerts import retry, stopping
from alerting.actions.authorities import incidents
from alerting.actions.staff_notifications import inbox
from alerting.domain.alert import AlertState, FollowUp, StepReason
from alerting.domain.authority import Phase
from alerting.domain.errors import SpeaksHigher
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests import having_read
from tests.desk import CLOSED, JORIS, Desk
from tests.doubles import Clock
from tests.staff import emails, member, send_mails
from tests.territory import CITY, PARTNER, PROVINCE, TOWN, Country


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


@pytest.fixture
async def gov(country: Country) -> Officer:
    return await country.officer(Role.COMMUNICATOR, PROVINCE, name="gov")


@pytest.fixture
async def dora(country: Country) -> Officer:
    return await country.officer(Role.DUTY_OFFICER, CITY, name="dora")


async def told(desk: Desk, officer: Officer) -> list[str]:
    return [one for one in await desk.notifications(officer) if "declared" in one]


async def test_everybody_an_incident_binds_is_told_as_long_as_it_does(
    desk: Desk, services: Services, country: Country, gov: Officer, dora: Officer
) -> None:
    others = [
        await country.officer(Role.APPROVER, TOWN, name="gert"),  # elsewhere
        await country.officer(Role.APPROVER, PARTNER, name="piet"),  # decides nothing
        await country.officer(Role.APPROVER, PROVINCE, name="paul"),  # not below the phase
        JORIS,
    ]
    made = await country.incident(by=gov)
    assert await told(desk, dora) == []  # the municipal phase binds nobody
    await incidents.change_phase(services, made.id, Phase.PROVINCIAL, by=gov)
    (said,) = await told(desk, dora)
    assert "gov of " in said
    assert "provincial phase" in said
    assert [await told(desk, one) for one in others] == [[], [], [], []]
    (notice,) = await inbox.list_unread(services, by=dora)
    await inbox.mark_read(services, notice.id, by=dora)
    assert await told(desk, dora) == []
    await country.officer(Role.APPROVER, CITY, name="luc")
    luc = await country.officer(Role.COMMUNICATOR, CITY, name="luc")
    assert len(await told(desk, luc)) == 1
    await incidents.close_incident(services, made.id, by=gov)
    assert await told(desk, luc) == []


async def test_an_incident_opened_in_a_binding_phase_is_told_by_email(
    desk: Desk, services: Services, clock: Clock, country: Country, gov: Officer
) -> None:
    await member(services, clock, "luc", Role.APPROVER, authority=CITY)
    await member(services, clock, "gert", Role.APPROVER, authority=TOWN)
    before = len(emails(services))
    await country.incident(by=gov, phase=Phase.PROVINCIAL)
    assert await send_mails(services) == 1
    ((to, text),) = emails(services)[before:]
    assert "luc" in to
    assert "/authorities" in text


@pytest.mark.parametrize("raised", [False, True], ids=["opened later", "raised later"])
async def test_what_an_authority_sent_alone_it_retracts_alone_whatever_was_opened_since(
    desk: Desk, services: Services, country: Country, gov: Officer, dora: Officer, raised: bool
) -> None:
    await desk.registers_a_few()
    if raised:
        made = await country.incident(by=gov)
    sent = await desk.drafts(values=CLOSED, by=dora)
    await having_read.send_now(services, sent.id, by=dora, reason="a leak at the plant")
    if raised:
        await incidents.change_phase(services, made.id, Phase.PROVINCIAL, by=gov)
    else:
        await country.incident(by=gov, phase=Phase.PROVINCIAL)
    other = await desk.drafts(values={**CLOSED, "substance": "chlorine"}, by=dora)
    with pytest.raises(SpeaksHigher):
        await having_read.send_now(services, other.id, by=dora, reason="a leak at the plant")
    update = await desk.follows_up(sent, FollowUp.UPDATE, by=dora)
    with pytest.raises(SpeaksHigher):
        await desk.approves(update, by=await country.officer(Role.APPROVER, CITY))
    retraction = await desk.follows_up(sent, FollowUp.FALSE_ALERT, by=dora)
    (binding,) = await incidents.binding_incidents(services, retraction.id, by=dora)
    assert binding.takes_back
    assert (await desk.sends(retraction, by=dora)).state is AlertState.SENDING


async def test_a_retraction_sent_alone_is_carried_to_its_end_by_whoever_could_send_it(
    desk: Desk, services: Services, country: Country, gov: Officer, dora: Officer
) -> None:
    await desk.registers_a_few()
    sent = await desk.drafts(values=CLOSED, by=dora)
    await having_read.send_now(services, sent.id, by=dora, reason="a leak at the plant")
    await country.incident(by=gov, phase=Phase.PROVINCIAL)
    retraction = await desk.follows_up(sent, FollowUp.FALSE_ALERT, by=dora)
    await desk.sends(retraction, by=dora)
    administrator = await country.officer(Role.ADMINISTRATOR, CITY, name="adm")
    await stopping.stop(services, retraction.id, by=administrator)
    approver = await country.officer(Role.APPROVER, CITY, name="ann")
    resumed = await stopping.resume(services, retraction.id, by=approver, reason=StepReason.MENDED)
    assert resumed.state is AlertState.SENDING
    with pytest.raises(retry.NothingFailed):  # so it may be tried again
        await retry.retry_failed(services, retraction.id, by=dora, reason=StepReason.FAULT)


async def test_what_others_sent_for_an_authority_it_does_not_take_back(
    desk: Desk, services: Services, country: Country, gov: Officer, dora: Officer
) -> None:
    await desk.registers_a_few()
    await country.incident(by=gov, phase=Phase.PROVINCIAL)
    above = await country.officer(Role.DUTY_OFFICER, PROVINCE, name="greet")
    sent = await desk.drafts(values=CLOSED, by=dora)
    await having_read.send_now(services, sent.id, by=above, reason="a leak at the plant")
    retraction = await desk.follows_up(sent, FollowUp.FALSE_ALERT, by=dora)
    (binding,) = await incidents.binding_incidents(services, retraction.id, by=dora)
    assert not binding.takes_back
    with pytest.raises(SpeaksHigher):
        await desk.sends(retraction, by=dora)


async def test_whom_to_call_can_decide(
    desk: Desk, services: Services, country: Country, gov: Officer, dora: Officer
) -> None:
    await country.officer(Role.APPROVER, PROVINCE, name="trainee", training=True)
    await country.officer(Role.AUDITOR, PROVINCE, name="auditor")
    await country.officer(Role.APPROVER, PROVINCE, name="paul")
    await country.officer(Role.DUTY_OFFICER, PROVINCE, name="paul")
    await country.incident(by=gov, phase=Phase.PROVINCIAL)
    alert = await desk.drafts(values=CLOSED, by=dora)
    with pytest.raises(SpeaksHigher, match="paul") as refused:
        await having_read.send_now(services, alert.id, by=dora, reason="a leak at the plant")
    said = str(refused.value)
    assert said.count("paul") == 1
    assert "trainee" not in said
    assert "auditor" not in said
    assert str(refused.value.facts["call"])
