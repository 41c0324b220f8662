"""An officer has those who were not reached tried again: them only, to the addresses of today."""

from typing import Any

import pytest

from alerting.actions.alerts import queries, retry, stopping
from alerting.actions.alerts.retry import NothingFailed
from alerting.actions.recipients import lists as recipient_lists
from alerting.delivery import planning
from alerting.domain.alert import Alert, AlertState, StepReason
from alerting.domain.channel import FailureReason, Refused, Tracking
from alerting.domain.delivery import State
from alerting.domain.errors import Ended, NotAllowed, WrongState
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import RecipientKind
from alerting.store import Database
from tests.desk import JORIS, MILA, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services, person

DEAD = Refused(FailureReason.ADDRESS_DEAD, "550 5.1.1")


@pytest.fixture
def mail() -> ScriptedChannel:
    """Refuses the first two letters."""
    return ScriptedChannel("email", Tracking.ACCEPTANCE, script=[DEAD, DEAD], chunk=2)


@pytest.fixture
def house(database: Database, clock: Clock, mail: ScriptedChannel) -> Desk:
    return Desk(make_services(database, clock, {"email": mail}), clock)


async def finished(desk: Desk, n: int = 5) -> Alert:
    """An alert that ended with two failures."""
    await desk.registers(*(person(serial) for serial in range(1, n + 1)))
    alert = await desk.issues(channels=["email"])
    await desk.works()
    await desk.sweeps()
    found = await queries.get_alert(desk.services, alert.id, by=MILA)
    assert (found.state, found.finished_at is not None) == (AlertState.ACTIVE, True)
    return found


async def counts(desk: Desk, alert: Alert) -> dict[State, int]:
    found: dict[State, int] = {}
    for one in (await queries.get_status(desk.services, alert.id, by=MILA)).counts:
        found[one.state] = found.get(one.state, 0) + one.n
    return found


async def test_only_what_failed_is_tried_again_and_the_alert_finishes_anew(
    house: Desk, mail: ScriptedChannel
) -> None:
    alert = await finished(house)
    assert await counts(house, alert) == {State.ACCEPTED: 3, State.FAILED: 2}
    said = await retry.failed_to_retry(house.services, alert.id, by=MILA)
    assert said == {"email": 2}
    before = {key for _, key, _ in mail.sent}
    assert (
        await retry.retry_failed(house.services, alert.id, by=MILA, reason=StepReason.MENDED) == 2
    )
    assert await counts(house, alert) == {State.ACCEPTED: 3, State.WAITING: 2}
    await house.works()
    await house.sweeps()
    again = [key for _, key, _ in mail.sent if key not in before]
    assert (len(mail.sent), len(again)) == (5, 2)
    assert await counts(house, alert) == {State.ACCEPTED: 5}
    found = await queries.get_alert(house.services, alert.id, by=MILA)
    assert (found.state, found.finished_at is not None) == (AlertState.ACTIVE, True)
    assert "alert.retried" in await house.ledger()
    with pytest.raises(NothingFailed):
        await retry.retry_failed(house.services, alert.id, by=MILA, reason=StepReason.MENDED)


async def test_it_goes_to_the_address_that_was_corrected_and_not_to_whom_has_none(
    house: Desk, mail: ScriptedChannel
) -> None:
    alert = await finished(house)
    found = await recipient_lists.list_recipients(
        house.services, RecipientKind.PERSON, recipient_lists.RecipientSearch(), by=MILA, limit=2
    )
    mended, gone = found.items
    fields: dict[str, Any] = {
        "name": mended.who.name,
        "language": "fr",
        "municipality": "Liège",
        "phone": "",
        "email": "new@example.org",
    }
    await recipient_lists.edit_recipient(
        house.services,
        RecipientKind.PERSON,
        mended.id,
        fields,
        seen=mended.fingerprint(),
        by=MILA,
    )
    await recipient_lists.end_recipient(house.services, RecipientKind.PERSON, gone.id, by=MILA)
    assert (
        await retry.retry_failed(house.services, alert.id, by=MILA, reason=StepReason.MENDED) == 1
    )
    await house.works()
    assert mail.sent[-1][0] == "new@example.org"
    assert (await counts(house, alert))[State.FAILED] == 1


async def test_it_is_for_those_who_send_while_the_alert_still_matters(
    house: Desk, clock: Clock
) -> None:
    alert = await finished(house)
    with pytest.raises(NotAllowed):
        await retry.retry_failed(
            house.services, alert.id, by=Officer("august", Role.AUDITOR), reason=StepReason.MENDED
        )
    clock.now = alert.expires_at
    with pytest.raises(Ended):
        await retry.retry_failed(house.services, alert.id, by=MILA, reason=StepReason.MENDED)


async def test_a_stopped_alert_stays_stopped(house: Desk) -> None:
    await house.registers(person(1))
    alert = await house.issues(channels=["email"])
    await stopping.stop(house.services, alert.id, by=JORIS)
    with pytest.raises(WrongState):
        await retry.retry_failed(house.services, alert.id, by=MILA, reason=StepReason.MENDED)


async def test_while_others_still_wait_counters_keep_adding_up(
    house: Desk, mail: ScriptedChannel
) -> None:
    await house.registers(*(person(serial) for serial in range(1, 6)))
    alert = await house.issues(channels=["email"])
    await planning.plan_channel(house.services, "email", alert.id)
    await house.sends_one_chunk()
    assert (
        await retry.retry_failed(house.services, alert.id, by=MILA, reason=StepReason.MENDED) == 2
    )
    await house.works()
    await house.sweeps()
    assert await counts(house, alert) == {State.ACCEPTED: 5}
    assert len({key for _, key, _ in mail.sent}) == len(mail.sent) == 5
