"""A mayor alerts the municipality, a governor the province, the minister the country.

Drafting, approving and sending need the whole area inside the territory; reading needs an overlap.
The phase of an incident moves the right to decide upward, and a partner drafts by invitation.
"""

import pytest

from alerting.actions import deliveries, ledger
from alerting.actions.alerts import queries
from alerting.actions.authorities import incidents
from alerting.actions.recipients import importing
from alerting.actions.recipients.importing import import_file
from alerting.domain.authority import Phase
from alerting.domain.delivery_filter import DeliveryFilter
from alerting.domain.errors import (
    CannotLead,
    IncidentClosed,
    NotAllowed,
    NotFound,
    NotInvited,
    OthersSpeak,
    OutsideTerritory,
    PartnerNeedsIncident,
    SpeaksHigher,
)
from alerting.domain.officer import Officer, Permission, Role
from alerting.domain.page import Page
from alerting.domain.recipient import RecipientKind
from alerting.i18n import translator_for
from alerting.services import Services
from alerting.store import Database
from tests import having_read
from tests.desk import JORIS, Desk
from tests.doubles import Clock
from tests.make import GENT, LIEGE, VERVIERS, make_services, newsroom, person
from tests.territory import PARTNER, PROVINCE, TOWN, Country

IN_A_DAY = "2030-01-16T12:00:00+00:00"


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


async def test_a_mayor_alerts_the_municipality_and_nobody_else(
    country: Country, desk: Desk
) -> None:
    mayor = await country.officer(Role.COMMUNICATOR)
    second = await country.officer(Role.APPROVER)
    await desk.registers(person(1), person(2, nis_code=VERVIERS))
    sent = await desk.sends(
        await desk.approves(await desk.drafts(by=mayor, channels=("sms",)), by=second), by=mayor
    )
    await desk.works()
    assert [row.nis_code for row in await desk.deliveries(sent)] == [LIEGE]
    with pytest.raises(OutsideTerritory) as refusal:
        await desk.drafts(by=mayor, area=("4000 Liège", "Verviers", "Gent"))
    assert "Gand" in translator_for("fr").error(refusal.value)
    assert "Ville de Liège" in translator_for("fr").error(refusal.value)
    assert "Verviers" in translator_for("nl").error(refusal.value)
    assert "Gent" in translator_for("nl").error(refusal.value)


async def test_the_texts_name_the_authority_that_speaks(country: Country, desk: Desk) -> None:
    mayor = await country.officer(Role.COMMUNICATOR)
    own = await desk.drafts(by=mayor)
    assert own.authority == "liege"
    press = next(one for one in own.messages if one.channel == "press")
    assert "Ville de Liège" in press.text
    assert "Centre de crise national" not in press.text
    national = await desk.drafts()
    press = next(one for one in national.messages if one.channel == "press")
    assert "Centre de crise national" in press.text


async def test_an_officer_reads_what_touches_the_territory_and_no_more(
    country: Country, desk: Desk, services: Services
) -> None:
    mayor = await country.officer(Role.COMMUNICATOR)
    wide = await desk.drafts(area=("4000 Liège", "Gent"))
    elsewhere = await desk.drafts(area=("Gent",))
    listed = (await queries.list_alerts(services, by=mayor)).items
    assert [one.id for one in listed] == [wide.id]
    assert (await queries.get_alert(services, wide.id, by=mayor)).id == wide.id
    for look in (queries.get_alert, queries.preview, queries.get_status):
        with pytest.raises(NotFound):
            await look(services, elsewhere.id, by=mayor)


async def test_a_page_is_full_although_others_alerts_lie_between(
    country: Country, desk: Desk, services: Services
) -> None:
    mayor = await country.officer(Role.COMMUNICATOR)
    own = [(await desk.drafts(by=mayor)).id]
    for _ in range(3):
        await desk.drafts(area=("Gent",))
    own.append((await desk.drafts(by=mayor)).id)
    page = (await queries.list_alerts(services, by=mayor, limit=2)).items
    assert [one.id for one in page] == own[::-1]


async def test_reading_an_overlapping_alert_gives_no_right_to_act_on_it(
    country: Country, desk: Desk
) -> None:
    second = await country.officer(Role.APPROVER)
    wide = await desk.drafts(area=("4000 Liège", "Gent"))
    with pytest.raises(OutsideTerritory):
        await desk.approves(wide, by=second)


async def test_the_word_of_a_higher_authority_is_not_taken_by_a_lower_one(
    country: Country, desk: Desk
) -> None:
    second = await country.officer(Role.APPROVER)
    governor = await country.officer(Role.COMMUNICATOR, PROVINCE)
    from_above = await desk.drafts(by=governor, area=("4000 Liège",))
    with pytest.raises(OthersSpeak):
        await desk.approves(from_above, by=second)
    from_below = await desk.drafts(by=await country.officer(Role.COMMUNICATOR))
    approver = await country.officer(Role.APPROVER, PROVINCE)
    assert (await desk.approves(from_below, by=approver)).approver == approver.name


async def test_deliveries_show_only_people_inside(
    country: Country, desk: Desk, services: Services
) -> None:
    mayor = await country.officer(Role.COMMUNICATOR)
    await desk.registers(person(1), person(2, nis_code=GENT), person(3), newsroom(1))
    wide = await desk.issues(area=("4000 Liège", "Gent"))
    await desk.works()
    page = await deliveries.list_deliveries(
        services, wide.id, by=mayor, wanted=DeliveryFilter(channel="sms"), limit=2
    )
    assert [row.nis_code for row in page.items] == [LIEGE, LIEGE]
    assert page.next is None
    page = await deliveries.list_deliveries(
        services, wide.id, by=mayor, wanted=DeliveryFilter(channel="press"), limit=9
    )
    assert page.items == []
    text = "".join(
        [piece async for piece in deliveries.export_deliveries(services, wide.id, by=mayor)]
    )
    assert "person-1@example.org" in text
    assert "person-2@example.org" not in text
    assert "newsroom-1@example.org" not in text


async def test_recipients_are_counted_and_found_only_inside(
    country: Country, desk: Desk, services: Services
) -> None:
    mayor = await country.officer(Role.COMMUNICATOR)
    await desk.registers(person(1), person(2, nis_code=GENT), newsroom(1))
    assert (await importing.count_recipients(services, by=mayor))[RecipientKind.PERSON] == 1
    assert (await importing.count_recipients(services, by=JORIS))[RecipientKind.PERSON] == 2
    assert len(await importing.find_recipients(services, "person-1@example.org", by=mayor)) == 1
    assert await importing.find_recipients(services, "person-2@example.org", by=mayor) == []
    assert await importing.find_recipients(services, "newsroom-1@example.org", by=mayor) == []


async def test_lists_are_imported_only_for_ones_own_people(
    country: Country, desk: Desk, services: Services
) -> None:
    mayor = await country.officer(Role.COMMUNICATOR)

    async def bring(*rows: str) -> None:
        head = "reference;name;language;municipality;phone;email"
        data = "\n".join((head, *rows)).encode()
        await import_file(services, data, file="list.csv", kind=RecipientKind.PERSON, by=mayor)

    await bring("a;Anne;fr;Liège;;anne@example.org")
    with pytest.raises(OutsideTerritory, match="Ghent"):
        await bring("b;Bram;nl;Gent;;bram@example.org")
    await desk.registers(person(2, nis_code=GENT))
    await bring("p-2;Paul;fr;Liège;;paul@example.org")  # each authority has its own references
    press = await country.officer(Role.PRESS_OFFICER)
    with pytest.raises(OutsideTerritory, match="Belgium"):
        await import_file(services, b"", file="press.csv", kind=RecipientKind.PRESS, by=press)
    assert (await importing.count_recipients(services, by=JORIS))[RecipientKind.PERSON] == 3


async def test_the_ledger_shows_what_concerns_the_territory(
    country: Country, desk: Desk, services: Services
) -> None:
    auditor = await country.officer(Role.AUDITOR)
    here, elsewhere = await desk.drafts(), await desk.drafts(area=("Gent",))
    about = {one.about for one in (await ledger.list_entries(services, by=auditor)).items}
    assert f"alert/{here.id}" in about
    assert f"alert/{elsewhere.id}" not in about
    assert "authority/liege" in about
    assert f"authority/{TOWN}" not in about
    national = Officer("august", Role.AUDITOR)
    everything = {one.about for one in (await ledger.list_entries(services, by=national)).items}
    assert f"alert/{elsewhere.id}" in everything


async def test_a_provincial_phase_moves_the_right_to_send_to_the_governor(
    country: Country, desk: Desk, services: Services
) -> None:
    await desk.registers_a_few()
    mayor, second = await country.officer(Role.COMMUNICATOR), await country.officer(Role.APPROVER)
    governor = await country.officer(Role.COMMUNICATOR, PROVINCE)
    incident = await country.incident(by=mayor)
    approved = await desk.approves(await desk.drafts(by=mayor, incident=incident.id), by=second)
    changed = await incidents.change_phase(services, incident.id, Phase.PROVINCIAL, by=governor)
    assert (changed.phase, changed.lead_authority) == (Phase.PROVINCIAL, PROVINCE)
    with pytest.raises(SpeaksHigher):
        await desk.sends(approved, by=mayor)
    proposed = await desk.drafts(by=mayor, incident=incident.id)
    with pytest.raises(SpeaksHigher):
        await desk.approves(proposed, by=second)
    assert (await desk.sends(approved, by=governor)).sender == governor.name
    assert "incident.phase" in await desk.ledger()


async def test_only_the_level_concerned_declares_a_phase(
    country: Country, services: Services
) -> None:
    mayor = await country.officer(Role.COMMUNICATOR)
    governor = await country.officer(Role.COMMUNICATOR, PROVINCE)
    incident = await country.incident(by=mayor)
    with pytest.raises(CannotLead):
        await incidents.change_phase(services, incident.id, Phase.PROVINCIAL, by=mayor)
    with pytest.raises(CannotLead):
        await country.incident(by=mayor, phase=Phase.FEDERAL)
    await incidents.change_phase(services, incident.id, Phase.PROVINCIAL, by=governor)
    with pytest.raises(SpeaksHigher):
        await incidents.change_phase(services, incident.id, Phase.MUNICIPAL, by=mayor)
    with pytest.raises(SpeaksHigher):
        await incidents.close_incident(services, incident.id, by=mayor)
    back = await incidents.change_phase(
        services, incident.id, Phase.MUNICIPAL, by=governor, lead_authority="liege"
    )
    assert (back.phase, back.lead_authority) == (Phase.MUNICIPAL, "liege")
    other = await country.officer(Role.COMMUNICATOR, TOWN)
    with pytest.raises(NotFound):
        await incidents.close_incident(services, incident.id, by=other)


async def test_a_closed_incident_takes_no_more_drafts_and_what_it_had_goes_on(
    country: Country, desk: Desk, services: Services
) -> None:
    mayor, second = await country.officer(Role.COMMUNICATOR), await country.officer(Role.APPROVER)
    incident = await country.incident(by=mayor)
    written = await desk.drafts(by=mayor, incident=incident.id)
    await incidents.close_incident(services, incident.id, by=mayor)
    with pytest.raises(IncidentClosed):
        await desk.drafts(by=mayor, incident=incident.id)
    assert (await desk.approves(written, by=second)).approver == second.name


async def test_a_partner_drafts_in_the_incident_it_is_invited_to_while_it_is(
    country: Country, desk: Desk, services: Services, clock: Clock
) -> None:
    mayor, second = await country.officer(Role.COMMUNICATOR), await country.officer(Role.APPROVER)
    partner = await country.officer(Role.COMMUNICATOR, PARTNER)
    incident = await country.incident(by=mayor)
    with pytest.raises(PartnerNeedsIncident):
        await desk.drafts(by=partner)
    with pytest.raises(NotInvited):
        await desk.drafts(by=partner, incident=incident.id)
    await country.invites(incident, by=mayor, second=second, until=IN_A_DAY)
    unrelated = await desk.drafts(by=mayor)
    written = await desk.drafts(by=partner, incident=incident.id)
    assert written.authority == "liege"  # it drafts for whoever leads
    with pytest.raises(OutsideTerritory):
        await desk.drafts(by=partner, incident=incident.id, area=("Verviers",))
    with pytest.raises(NotAllowed):
        await desk.approves(written, by=await country.officer(Role.APPROVER, PARTNER))
    assert [one.id for one in (await queries.list_alerts(services, by=partner)).items] == [
        written.id
    ]
    with pytest.raises(NotFound):
        await queries.get_alert(services, unrelated.id, by=partner)
    text = next(one for one in written.messages if one.channel == "sms")
    await having_read.revise(services, written.id, [text], by=partner)
    clock.forward(days=2)
    assert (await queries.list_alerts(services, by=partner)).items == []
    with pytest.raises(NotInvited):
        await desk.drafts(by=partner, incident=incident.id)


async def test_a_partner_let_go_is_out_at_once(
    country: Country, desk: Desk, services: Services
) -> None:
    mayor, second = await country.officer(Role.COMMUNICATOR), await country.officer(Role.APPROVER)
    partner = await country.officer(Role.COMMUNICATOR, PARTNER)
    incident = await country.incident(by=mayor)
    await country.invites(incident, by=mayor, second=second, until=IN_A_DAY)
    written = await desk.drafts(by=partner, incident=incident.id)
    await incidents.end_invitation(services, incident.id, PARTNER, by=mayor)
    with pytest.raises(NotFound):
        await queries.get_alert(services, written.id, by=partner)


async def test_a_partner_sees_no_address_and_no_list(
    country: Country, desk: Desk, services: Services
) -> None:
    mayor, second = await country.officer(Role.COMMUNICATOR), await country.officer(Role.APPROVER)
    partner = await country.officer(Role.COMMUNICATOR, PARTNER)
    await desk.registers(person(1))
    incident = await country.incident(by=mayor)
    await country.invites(incident, by=mayor, second=second, until=IN_A_DAY)
    written = await desk.drafts(by=partner, incident=incident.id, channels=("sms",))
    await desk.sends(await desk.approves(written, by=second), by=mayor)
    await desk.works()
    assert len(await desk.deliveries(written)) == 1
    page = await deliveries.list_deliveries(services, written.id, by=partner, limit=9)
    assert page == Page([])
    assert not partner.may(Permission.SEE_ADDRESSES)
    assert set((await importing.count_recipients(services, by=partner)).values()) == {0}


@pytest.mark.postgres
async def test_the_same_bounds_hold_on_postgresql(postgres: Database, clock: Clock) -> None:
    made = make_services(postgres, clock)
    country, desk = await Country(made).founded(), Desk(made, clock)
    mayor, second = await country.officer(Role.COMMUNICATOR), await country.officer(Role.APPROVER)
    auditor = await country.officer(Role.AUDITOR)
    partner = await country.officer(Role.COMMUNICATOR, PARTNER)
    await desk.registers(person(1), person(2, nis_code=GENT))
    wide = await desk.issues(area=("4000 Liège", "Gent"), channels=("sms",))
    await desk.works()
    elsewhere = await desk.drafts(area=("Gent",))
    incident = await country.incident(by=mayor)
    await country.invites(incident, by=mayor, second=second, until=IN_A_DAY)
    written = await desk.drafts(by=partner, incident=incident.id)
    assert [one.id for one in (await queries.list_alerts(made, by=mayor)).items] == [
        written.id,
        wide.id,
    ]
    assert [one.id for one in (await queries.list_alerts(made, by=partner)).items] == [written.id]
    page = await deliveries.list_deliveries(made, wide.id, by=mayor, limit=9)
    assert [row.nis_code for row in page.items] == [LIEGE]
    about = {one.about for one in (await ledger.list_entries(made, by=auditor)).items}
    assert f"alert/{wide.id}" in about
    assert f"alert/{elsewhere.id}" not in about
    assert (await importing.count_recipients(made, by=mayor))[RecipientKind.PERSON] == 1
