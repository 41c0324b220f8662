"""An approval is for people, not for a number of them: who was swapped since is seen."""

from dataclasses import replace

import pytest

from alerting.actions.alerts import approval, retry, stopping
from alerting.domain.alert import AlertState, StepReason
from alerting.domain.authority import EVERYWHERE
from alerting.domain.channel import FailureReason, Refused, Tracking
from alerting.domain.channel_accounts import Usable
from alerting.domain.channel_profiles import Reach
from alerting.domain.delivery import State
from alerting.domain.errors import AudienceChanged, NeedsSecondPerson
from alerting.domain.language import Language
from alerting.domain.recipient import Recipient
from alerting.services import Services
from alerting.store.database import Database
from alerting.store.deliveries.criteria import Criteria
from alerting.store.deliveries.planning import changes_since
from alerting.store.recipients import repository as recipient_rows
from alerting.store.recipients.erasure import erase_entry
from alerting.store.recipients.revisions import current_revision
from alerting.store.unit_of_work import unit
from tests import having_read
from tests.desk import JORIS, LEEN, MILA, Desk
from tests.doubles import NOON, Clock, ScriptedChannel
from tests.make import EUPEN, LIEGE, hmacs, make_services, newsroom, person
from tests.web.console import Browsers

SMS = Criteria("sms", Reach.PHONE, (LIEGE,), (Language.FR, Language.NL))
MAIL = replace(SMS, channel="email", reach=Reach.EMAIL)
PRESS = replace(SMS, channel="press", reach=Reach.NEWSROOM, may_use=Usable(all_newsrooms=True))


def abroad(serial: int) -> Recipient:
    """The same entry, at a telephone number somewhere else."""
    return replace(person(serial), phone=f"+1809200{serial:04}")


async def saves(database: Database, *people: Recipient) -> None:
    async with unit(database) as opened:
        await recipient_rows.save(opened.connection, database, people, hmacs())


async def now(database: Database) -> int:
    async with unit(database) as opened:
        return await current_revision(opened.connection)


async def since(database: Database, revision: int, which: Criteria = SMS) -> tuple[int, int, int]:
    async with unit(database) as opened:
        return await changes_since(opened.connection, which, revision)


async def number_of(database: Database, who: Recipient) -> int:
    async with unit(database) as opened:
        found = await recipient_rows.by_address(opened.connection, who.phone, EVERYWHERE)
    return found[0][0]


async def ends(database: Database, who: Recipient) -> None:
    number = await number_of(database, who)
    async with unit(database) as opened:
        entry = await recipient_rows.load(opened.connection, number)
        assert entry is not None
        await erase_entry(opened.connection, database, entry, hmacs(), NOON)


async def test_each_kind_of_change_is_counted_by_itself(database: Database) -> None:
    await saves(database, *(person(serial) for serial in range(1, 11)), newsroom(1))
    approved = await now(database)
    await saves(database, abroad(1), abroad(2), person(11), newsroom(2))
    await ends(database, person(3))
    await saves(database, replace(person(4), nis_code=EUPEN))
    await saves(database, replace(person(12), nis_code=EUPEN))
    assert await since(database, approved) == (1, 2, 2)
    assert await since(database, approved, MAIL) == (1, 2, 0)
    assert await since(database, approved, PRESS) == (1, 0, 0)
    assert await since(database, await now(database)) == (0, 0, 0)


async def test_an_import_that_changes_nothing_is_no_change(database: Database) -> None:
    people = [person(serial) for serial in range(1, 11)]
    await saves(database, *people)
    approved = await now(database)
    await saves(database, *people)
    assert await now(database) == approved


async def test_who_moved_away_and_back_was_there_all_along(database: Database) -> None:
    await saves(database, person(1))
    approved = await now(database)
    await saves(database, replace(person(1), nis_code=EUPEN))
    assert await since(database, approved) == (0, 1, 0)
    await saves(database, person(1))
    assert await since(database, approved) == (0, 0, 0)


async def test_who_came_and_was_changed_since_came(database: Database) -> None:
    await saves(database, person(1))
    approved = await now(database)
    await saves(database, person(2))
    await saves(database, abroad(2))
    assert await since(database, approved) == (1, 0, 0)
    await ends(database, abroad(2))
    assert await since(database, approved) == (0, 0, 0)


async def test_twenty_of_sixty_swapped_and_none_more_are_seen(desk: Desk) -> None:
    await desk.registers(*(person(serial) for serial in range(1, 61)))
    alert = await desk.approves(await desk.drafts(channels=["sms"]))
    await desk.registers(*(abroad(serial) for serial in range(1, 21)))
    with pytest.raises(AudienceChanged) as refusal:
        await desk.sends(alert)
    facts = refusal.value.facts
    assert (facts["added"], facts["removed"], facts["changed"]) == (0, 0, 20)
    assert (await desk.reads(alert)).state is AlertState.APPROVED


async def test_the_new_yes_is_somebodys_who_had_no_hand_and_saw_the_numbers(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers(*(person(serial) for serial in range(1, 61)))
    alert = await desk.approves(await desk.drafts(channels=["sms"]))
    await desk.registers(*(abroad(serial) for serial in range(1, 21)))
    leen = await browsers(LEEN)
    page = (await leen.get(f"/alerts/{alert.id}/approve")).text
    assert 'name="accept_lists"' in page
    assert "<td>20</td>" in page
    form = {"seen": alert.fingerprint()}
    assert (await leen.post(f"/alerts/{alert.id}/approve", data=form)).status_code == 409
    form |= {"accept_lists": "true"}
    assert (await leen.post(f"/alerts/{alert.id}/approve", data=form)).status_code == 303
    assert (await desk.sends(alert)).approver == "leen"


async def test_a_stopped_alert_goes_on_to_nobody_else(desk: Desk, services: Services) -> None:
    await desk.registers(*(person(serial) for serial in range(1, 31)))
    alert = await desk.sends(await desk.approves(await desk.drafts(channels=["sms"])))
    await stopping.stop(services, alert.id, by=JORIS, reason=StepReason.FAULT)
    await desk.registers(*(abroad(serial) for serial in range(1, 21)))
    with pytest.raises(AudienceChanged):
        await stopping.resume(services, alert.id, by=MILA, reason=StepReason.MENDED)
    (told,) = await desk.notifications(JORIS)
    assert "mila wanted to resume sending alert 1; it is still stopped" in told
    assert "20 changed" in told
    with pytest.raises(AudienceChanged):
        await having_read.approve(services, alert.id, by=LEEN)
    again = await approval.approve(
        services, alert.id, by=LEEN, seen=alert.fingerprint(), accept_lists=True
    )
    assert (again.state, again.approver) == (AlertState.STOPPED, "leen")
    await stopping.resume(services, alert.id, by=MILA, reason=StepReason.MENDED)
    await desk.works()
    assert len(desk.channel("sms").sent) == 30


async def test_what_was_planned_whole_before_the_stop_goes_on(
    desk: Desk, services: Services
) -> None:
    await desk.registers(*(person(serial) for serial in range(1, 31)))
    alert = await desk.sends(await desk.approves(await desk.drafts(channels=["sms"])))
    await desk.plans()
    await stopping.stop(services, alert.id, by=JORIS, reason=StepReason.FAULT)
    await desk.registers(*(abroad(serial) for serial in range(1, 21)))
    resumed = await stopping.resume(services, alert.id, by=MILA, reason=StepReason.MENDED)
    assert resumed.state is AlertState.SENDING
    assert {one.address[:3] for one in await desk.deliveries(alert)} == {"+32"}


async def test_what_failed_is_retried_for_nobody_else(database: Database, clock: Clock) -> None:
    dead = Refused(FailureReason.ADDRESS_DEAD, "550")
    sms = ScriptedChannel("sms", Tracking.ACCEPTANCE, script=[dead] * 30)
    desk = Desk(make_services(database, clock, {"sms": sms}), clock)
    services = desk.services
    await desk.registers(*(person(serial) for serial in range(1, 41)))
    alert = await desk.sends(await desk.approves(await desk.drafts(channels=["sms"])))
    await desk.works()
    await desk.sweeps()
    sent = len(sms.sent)
    failed = [one for one in await desk.deliveries(alert) if one.state is State.FAILED]
    assert len(failed) == 30
    await desk.registers(*(abroad(serial) for serial in range(1, 41)))
    with pytest.raises(AudienceChanged) as refusal:
        await retry.retry_failed(services, alert.id, by=MILA, reason=StepReason.MENDED)
    assert refusal.value.facts["changed"] == 40
    (told,) = await desk.notifications(JORIS)
    assert "mila wanted to try the failed messages of alert 1 again; none was sent" in told
    await desk.works()
    assert len(sms.sent) == sent
    with pytest.raises(NeedsSecondPerson):
        await approval.approve(
            services, alert.id, by=replace(JORIS, name=MILA.name), seen=alert.fingerprint(),
            accept_lists=True,
        )  # fmt: skip
    again = await approval.approve(
        services, alert.id, by=LEEN, seen=alert.fingerprint(), accept_lists=True
    )
    assert (again.state, again.approver) == (AlertState.ACTIVE, "leen")
    n = await retry.retry_failed(services, alert.id, by=MILA, reason=StepReason.MENDED)
    assert n == 30


@pytest.mark.parametrize("which", [SMS, MAIL], ids=["sms", "mail"])
async def test_another_language_is_a_change_where_people_read_another_text(
    database: Database, which: Criteria
) -> None:
    await saves(database, *(person(serial, language=Language.FR) for serial in range(1, 4)))
    approved = await now(database)
    await saves(database, person(1, language=Language.NL))
    await saves(database, person(2, language=Language.DE))  # no text: they read the first one still
    assert await since(database, approved, which) == (0, 0, 1)
    await saves(database, person(1, language=Language.FR))
    assert await since(database, approved, which) == (0, 0, 0)


async def test_everybody_turned_to_another_language_needs_a_new_yes(desk: Desk) -> None:
    await desk.registers(*(person(serial, language=Language.FR) for serial in range(1, 21)))
    alert = await desk.approves(await desk.drafts(channels=["sms"], also_in=[Language.DE]))
    await desk.registers(*(person(serial, language=Language.DE) for serial in range(1, 21)))
    with pytest.raises(AudienceChanged) as refusal:
        await desk.sends(alert)
    assert refusal.value.facts["changed"] == 20
