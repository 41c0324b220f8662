"""What one person sent alone ends with another's no; and nothing is tried again outside its area.

Neither resuming nor retrying goes on with an alert judged not justified. Who failed is tried again
only where the alert would reach them today: inside its area, and a newsroom its authority may use.
"""

import pytest

from alerting.actions.alerts import retry, sending, stopping
from alerting.actions.alerts.retry import NothingFailed
from alerting.domain.alert import Alert, Review, StepReason
from alerting.domain.channel import FailureReason, Refused
from alerting.domain.channel_accounts import ChannelAccount
from alerting.domain.delivery import State
from alerting.domain.errors import NotJustified
from alerting.domain.officer import Role
from alerting.domain.recipient import RecipientKind
from alerting.services import Services
from alerting.store.authorities import accounts as authority_account_rows
from tests import having_read
from tests.desk import CLOSED, DIRK, LEEN, MILA, Desk
from tests.make import newsroom, person
from tests.territory import Country

DEAD = Refused(FailureReason.ADDRESS_DEAD, "550 5.1.1")


def refuses(desk: Desk, channel: str, times: int) -> None:
    vars(desk.channel(channel))["_answers"] = iter([DEAD] * times)


async def sent_alone(desk: Desk) -> Alert:
    await desk.registers(person(1), person(2))
    alert = await desk.drafts(by=DIRK, values=CLOSED, channels=("sms",))
    return await having_read.send_now(desk.services, alert.id, by=DIRK, reason="leak at the plant")


async def judged(desk: Desk, alert: Alert, verdict: Review) -> None:
    await sending.review_break_glass(
        desk.services, alert.id, verdict, by=LEEN, note="there is no leak"
    )


async def moves(desk: Desk, number: int) -> None:
    away = {"language": "nl", "municipality": "Gent", "phone": "+32470999999", "email": ""}
    await having_read.edit_recipient(desk.services, RecipientKind.PERSON, number, away, by=MILA)


async def test_nobody_tries_again_what_was_judged_not_justified(
    desk: Desk, services: Services
) -> None:
    refuses(desk, "sms", 2)
    alert = await sent_alone(desk)
    await desk.works()
    await desk.sweeps()
    await judged(desk, alert, Review.NOT_JUSTIFIED)
    with pytest.raises(NotJustified):
        await retry.retry_failed(services, alert.id, by=DIRK, reason=StepReason.MENDED)
    await desk.works()
    assert desk.channel("sms").sent == []


async def test_nobody_resumes_what_was_judged_not_justified(desk: Desk, services: Services) -> None:
    alert = await sent_alone(desk)
    await stopping.stop(services, alert.id, by=DIRK, reason=StepReason.FAULT)
    await judged(desk, alert, Review.NOT_JUSTIFIED)
    with pytest.raises(NotJustified):
        await stopping.resume(services, alert.id, by=DIRK, reason=StepReason.MENDED)
    assert desk.channel("sms").sent == []


async def test_what_was_judged_justified_goes_on(desk: Desk, services: Services) -> None:
    alert = await sent_alone(desk)
    await stopping.stop(services, alert.id, by=DIRK, reason=StepReason.FAULT)
    await judged(desk, alert, Review.JUSTIFIED)
    await stopping.resume(services, alert.id, by=DIRK, reason=StepReason.MENDED)
    await desk.works()
    assert len(desk.channel("sms").sent) == 2


async def test_whoever_moved_outside_the_area_is_not_tried_again(
    desk: Desk, services: Services
) -> None:
    refuses(desk, "sms", 2)
    alert = await sent_alone(desk)
    await desk.works()
    await desk.sweeps()
    await moves(desk, 2)
    tried = await retry.retry_failed(services, alert.id, by=DIRK, reason=StepReason.MENDED)
    await desk.works()
    assert tried == 1
    assert [to for to, _, _ in desk.channel("sms").sent] == [person(1).phone]
    assert await desk.states(alert) == {"sms": {State.SENT, State.FAILED}}


async def test_a_newsroom_the_authority_may_no_longer_use_is_not_tried_again(
    desk: Desk, services: Services
) -> None:
    country = await Country(services).founded()
    mila = await country.officer(Role.COMMUNICATOR)
    joris = await country.officer(Role.APPROVER)
    row = ChannelAccount(authority="liege", channel="press", account=newsroom(1).reference)
    await desk.registers(newsroom(1))
    async with services.unit() as unit:
        await authority_account_rows.add(unit.connection, row, now=services.now())
    refuses(desk, "press", 1)
    alert = await desk.approves(await desk.drafts(by=mila, channels=("press",)), by=joris)
    await desk.sends(alert, by=mila)
    await desk.works()
    await desk.sweeps()
    assert await desk.states(alert) == {"press": {State.FAILED}}
    async with services.unit() as unit:
        assert await authority_account_rows.end(unit.connection, row, now=services.now())
    with pytest.raises(NothingFailed):
        await retry.retry_failed(services, alert.id, by=mila, reason=StepReason.MENDED)
