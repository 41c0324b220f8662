"""The national centre acts on what every other authority does, another federal one included; and
no other authority acts on the centre's."""

import itertools

import pytest

from alerting.actions import authorization
from alerting.actions.alerts import stopping
from alerting.actions.authorities import incidents
from alerting.actions.authorities.manage import AuthorityDetails, save_authority
from alerting.domain.alert import AlertState, FollowUp
from alerting.domain.authority import NATIONAL, Authority, Level, Phase, Territory, stands_above
from alerting.domain.errors import LedByOther, OthersSpeak
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests import having_read
from tests.desk import CLOSED, JORIS, MILA, Desk
from tests.territory import CITY, Country


async def federal(services: Services, country: Country, territory: str) -> tuple[Officer, Officer]:
    """A duty officer and a communicator of another federal authority."""
    wanted = AuthorityDetails.model_validate(
        {
            "code": "agency",
            "level": "federal",
            "names": {"fr": "Agence du contrôle", "nl": "Agentschap voor controle"},
            "territory": [territory],
            "languages": ["fr", "nl"],
        }
    )
    async with services.unit() as unit:
        await save_authority(services, unit, wanted, by=SHELL)
    return (
        await country.officer(Role.DUTY_OFFICER, "agency", name="fia"),
        await country.officer(Role.COMMUNICATOR, "agency", name="fred"),
    )


@pytest.mark.parametrize("territory", ["60000", "Belgique"])
async def test_the_centre_stops_retracts_exempts_takes_over_and_closes_what_an_agency_began(
    desk: Desk, services: Services, territory: str
) -> None:
    await desk.registers_a_few()
    country = await Country(services).founded()
    fia, fred = await federal(services, country, territory)
    alert = await desk.drafts(by=fia, values=CLOSED)
    alert = await having_read.send_now(services, alert.id, by=fia, reason="a leak at the plant")
    assert (await stopping.stop(services, alert.id, by=MILA)).state is AlertState.STOPPED
    retraction = await desk.sends(await desk.follows_up(alert, FollowUp.FALSE_ALERT))
    assert retraction.state is AlertState.SENDING

    about, other = [
        await incidents.open_incident(services, "Fire", ["4000 Liège"], Phase.FEDERAL, by=fred)
        for _ in range(2)
    ]
    writer, second = await country.officer(Role.COMMUNICATOR), await country.officer(Role.APPROVER)
    boil = await desk.drafts(
        by=writer, scenario="water_boil", values={"boil_minutes": 3, "next_update": "16:30"}
    )
    read = await having_read.fingerprint(services, boil.id, by=MILA)
    await incidents.exempt_alert(
        services, about.id, boil.id, seen=read, by=MILA, reason="Other cause"
    )
    taken = await incidents.change_phase(
        services, about.id, Phase.MUNICIPAL, by=MILA, lead_authority=CITY
    )
    assert taken.lead_authority == CITY
    await incidents.close_incident(services, other.id, by=MILA)
    assert (await desk.approves(boil, by=second)).approver == second.name


@pytest.mark.parametrize("territory", ["60000", "Belgique"])
async def test_no_agency_acts_on_what_the_centre_does(
    desk: Desk, services: Services, territory: str
) -> None:
    await desk.registers_a_few()
    country = await Country(services).founded()
    _, fred = await federal(services, country, territory)
    alert = await desk.issues()
    about = await incidents.open_incident(services, "Fire", ["4000 Liège"], Phase.FEDERAL, by=MILA)
    with pytest.raises(OthersSpeak):
        await stopping.stop(services, alert.id, by=fred)
    with pytest.raises(OthersSpeak):
        await desk.follows_up(alert, FollowUp.FALSE_ALERT, by=fred)
    with pytest.raises(LedByOther):
        await incidents.close_incident(services, about.id, by=fred)
    assert (await desk.approves(await desk.drafts(), by=JORIS)).approver == JORIS.name


def test_of_any_two_authorities_at_most_one_stands_above_and_the_centre_above_all() -> None:
    everywhere, some = Territory(everywhere=True), Territory(frozenset({"62063"}))
    others = [
        Authority(code=f"{level}-{n}", level=level, territory=territory, names={})
        for level, (n, territory) in itertools.product(Level, enumerate((everywhere, some)))
    ]
    for one, two in itertools.product((NATIONAL, *others), repeat=2):
        assert not (stands_above(one, two) and stands_above(two, one)), (one.code, two.code)
    assert all(stands_above(NATIONAL, one) for one in others)
    assert not stands_above(NATIONAL, NATIONAL)


async def test_above_every_authority_the_centre_comes_last(services: Services) -> None:
    country = await Country(services).founded()
    await federal(services, country, "Belgique")
    async with services.reading() as reading:
        chain = await authorization.chain(services, reading.connection, CITY)
    assert [one.code for one in chain][-2:] == ["agency", NATIONAL.code]
