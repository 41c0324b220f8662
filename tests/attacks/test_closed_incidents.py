"""Closing an incident silences nobody: what it began is followed up, sent and resumed as before.

Only new drafts are refused. Every act on an alert succeeds after its incident was closed, and
whoever closes it learns which alerts are still in force.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from alerting.actions.alerts import compositions, retry, scheduling, stopping
from alerting.actions.authorities import incidents
from alerting.domain.alert import Alert, AlertClass, AlertState, FollowUp, StepReason
from alerting.domain.authority import Incident, Phase
from alerting.domain.channel import FailureReason, Refused
from alerting.domain.errors import IncidentClosed
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests import having_read
from tests.desk import MILA, Desk
from tests.territory import Country

LEADER = Officer("otto", Role.COMMUNICATOR)
WORDS = Message(channel="sms", language=Language.FR, text="BE-Alert: restez à l'intérieur")
Before = Callable[[Desk, int], Awaitable[Alert]]
Act = Callable[[Desk, Alert], Awaitable[AlertState]]


async def drafted(desk: Desk, incident: int) -> Alert:
    return await desk.drafts(incident=incident)


async def submitted(desk: Desk, incident: int) -> Alert:
    return await having_read.submit(desk.services, (await drafted(desk, incident)).id, by=MILA)


async def approved(desk: Desk, incident: int) -> Alert:
    return await desk.approves(await drafted(desk, incident))


async def scheduled(desk: Desk, incident: int) -> Alert:
    alert, at = await approved(desk, incident), desk.clock() + timedelta(hours=1)
    return await having_read.schedule(desk.services, alert.id, at, by=MILA)


async def being_sent(desk: Desk, incident: int) -> Alert:
    return await desk.sends(await approved(desk, incident))


async def in_force(desk: Desk, incident: int) -> Alert:
    vars(desk.channel("sms"))["_answers"] = iter([Refused(FailureReason.ADDRESS_DEAD, "550")])
    alert = await being_sent(desk, incident)
    await desk.works()
    await desk.sweeps()
    return alert


async def stopped(desk: Desk, incident: int) -> Alert:
    return await stopping.stop(desk.services, (await being_sent(desk, incident)).id, by=MILA)


async def retraction_drafted(desk: Desk, incident: int) -> Alert:
    return await desk.follows_up(await being_sent(desk, incident), FollowUp.FALSE_ALERT)


async def edit(desk: Desk, alert: Alert) -> AlertState:
    return (await having_read.revise(desk.services, alert.id, [WORDS], by=MILA)).state


async def approve(desk: Desk, alert: Alert) -> AlertState:
    return (await desk.approves(alert)).state


async def send(desk: Desk, alert: Alert) -> AlertState:
    return (await desk.sends(alert)).state


async def schedule(desk: Desk, alert: Alert) -> AlertState:
    at = desk.clock() + timedelta(hours=1)
    return (await having_read.schedule(desk.services, alert.id, at, by=MILA)).state


async def wait(desk: Desk, alert: Alert) -> AlertState:
    desk.clock.forward(hours=1, seconds=5)
    await scheduling.send_due(desk.services)
    return (await desk.reads(alert)).state


async def stop(desk: Desk, alert: Alert) -> AlertState:
    return (await stopping.stop(desk.services, alert.id, by=MILA)).state


async def resume(desk: Desk, alert: Alert) -> AlertState:
    mended = StepReason.MENDED
    return (await stopping.resume(desk.services, alert.id, by=MILA, reason=mended)).state


async def try_again(desk: Desk, alert: Alert) -> AlertState:
    await retry.retry_failed(desk.services, alert.id, by=MILA, reason=StepReason.MENDED)
    return (await desk.reads(alert)).state


def follow_up(how: FollowUp) -> Act:
    async def act(desk: Desk, alert: Alert) -> AlertState:
        drafted = await desk.follows_up(alert, how)
        await desk.sends(await desk.approves(drafted))
        return (await desk.reads(alert)).state

    act.__name__ = how.value
    return act


SENDING = AlertState.SENDING
TABLE: list[tuple[Before, Act, AlertState]] = [
    (drafted, edit, AlertState.DRAFT),
    (drafted, approve, AlertState.APPROVED),
    (submitted, approve, AlertState.APPROVED),
    (approved, send, SENDING),
    (approved, schedule, AlertState.SCHEDULED),
    (scheduled, wait, SENDING),
    (being_sent, stop, AlertState.STOPPED),
    (stopped, resume, SENDING),
    (in_force, try_again, SENDING),
    (retraction_drafted, send, SENDING),
    *(
        (before, follow_up(how), after)
        for before, how, after in (
            (in_force, FollowUp.UPDATE, AlertState.UPDATED),
            (being_sent, FollowUp.CORRECTION, AlertState.UPDATED),
            (stopped, FollowUp.ALL_CLEAR, AlertState.ENDED),
            (being_sent, FollowUp.FALSE_ALERT, AlertState.CANCELLED),
            (stopped, FollowUp.FALSE_ALERT, AlertState.CANCELLED),
            (in_force, FollowUp.FALSE_ALERT, AlertState.CANCELLED),
        )
    ),
]


async def federal(services: Services) -> Incident:
    return await incidents.open_incident(services, "Fire", ["4000 Liège"], Phase.FEDERAL, by=MILA)


@pytest.mark.parametrize(
    ("before", "act", "after"), TABLE, ids=[f"{b.__name__}-{a.__name__}" for b, a, _ in TABLE]
)
async def test_every_act_on_an_alert_succeeds_after_its_incident_was_closed(
    desk: Desk, services: Services, before: Before, act: Act, after: AlertState
) -> None:
    await desk.registers_a_few()
    incident = await federal(services)
    alert = await before(desk, incident.id)
    await incidents.close_incident(services, incident.id, by=LEADER)
    assert await act(desk, alert) is after


async def test_no_new_alert_begins_in_a_closed_incident(desk: Desk, services: Services) -> None:
    incident = await federal(services)
    form = await compositions.create_composition(
        services, "chem_shelter", AlertClass.ALERT, by=MILA
    )
    content = compositions.CompositionContent(
        scenario="chem_shelter",
        area=("62063",),
        values={"substance": "ammonia", "next_update": "2030-02-15T15:30"},
        channels=("sms",),
        incident=incident.id,
    )
    form = await compositions.save_composition(
        services, form.id, content, seen=form.version, by=MILA
    )
    await incidents.close_incident(services, incident.id, by=LEADER)
    with pytest.raises(IncidentClosed):
        await desk.drafts(incident=incident.id)
    with pytest.raises(IncidentClosed):
        await compositions.create_draft(services, form, by=MILA)


async def test_whoever_closes_an_incident_learns_which_of_its_alerts_are_in_force(
    desk: Desk, services: Services
) -> None:
    await desk.registers_a_few()
    incident = await federal(services)
    left = await being_sent(desk, incident.id)
    await drafted(desk, incident.id)
    await being_sent(desk, (await federal(services)).id)
    found, numbers = await incidents.close_incident(services, incident.id, by=LEADER)
    assert found.closed_at == desk.clock.now
    assert numbers == [left.id]


async def test_a_phase_that_is_over_binds_nobody(desk: Desk, services: Services) -> None:
    """What a town drafted within it, or beside it, is the town's own to decide on again."""
    await desk.registers_a_few()
    country = await Country(services).founded()
    writer, second = await country.officer(Role.COMMUNICATOR), await country.officer(Role.APPROVER)
    incident = await federal(services)
    alert = await desk.drafts(by=writer, incident=incident.id)
    await incidents.close_incident(services, incident.id, by=LEADER)
    sent = await desk.sends(await desk.approves(alert, by=second), by=writer)
    assert sent.state is SENDING
