"""Officers see who may speak where, decide on what waits for them, and change their membership."""

import pytest

from alerting.actions import change_requests
from alerting.actions.accounts import administration, memberships, tokens
from alerting.actions.alerts import compositions
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.change_request import Act
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.make import GENT, LIEGE
from tests.staff import member
from tests.territory import CITY, PROVINCE, Country
from tests.web.console import Browsers

ADA = Officer("ada", Role.ADMINISTRATOR)
BRAM = Officer("bram", Role.ADMINISTRATOR)


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


async def test_the_page_tells_who_may_alert_whom(country: Country, browsers: Browsers) -> None:
    page = (await (await browsers(MILA)).get("/authorities")).text
    assert "Gouverneur de Liège" in page
    assert "the whole country" in page
    assert "No requests are waiting." in page


async def test_an_alert_shows_the_phase_of_its_incident(
    country: Country, browsers: Browsers, desk: Desk
) -> None:
    mayor = await country.officer(Role.COMMUNICATOR)
    incident = await country.incident(by=mayor)
    alert = await desk.drafts(by=mayor, incident=incident.id)
    page = (await (await browsers(mayor)).get(f"/alerts/{alert.id}")).text
    assert f"Incident {incident.id}: Fire" in page
    assert "municipal phase" in page


async def test_a_second_person_confirms_on_the_page_and_the_first_cannot(
    country: Country, browsers: Browsers, services: Services
) -> None:
    wanted = {"officer": "lucie", "authority": CITY, "role": "communicator"}
    made = await change_requests.request_change(
        services, KINDS, Act.GRANT_MEMBERSHIP, wanted, by=ADA
    )
    ada, bram = await browsers(ADA), await browsers(BRAM)
    assert f"/change-requests/{made.id}/confirm" not in (await ada.get("/authorities")).text
    refused = await ada.post(f"/change-requests/{made.id}/confirm")
    assert refused.status_code == 409
    assert "cannot confirm it" in refused.text
    assert f"/change-requests/{made.id}/confirm" in (await bram.get("/authorities")).text
    assert (await bram.post(f"/change-requests/{made.id}/confirm")).status_code == 303
    assert len(await memberships.memberships_of(services, "lucie")) == 1


async def test_a_token_is_never_shown_to_whoever_confirms_it(
    country: Country, browsers: Browsers, services: Services
) -> None:
    lucie = await country.officer(Role.COMMUNICATOR, name="lucie")
    secret = await administration.request_token(services, by=lucie)
    [made] = (await change_requests.list_change_requests(services, by=ADA)).items
    bram = await browsers(BRAM)
    assert (await bram.post(f"/change-requests/{made.id}/confirm")).status_code == 303
    assert "alt_" not in (await bram.get("/authorities")).text
    assert (await tokens.officer_by_token(services, secret)).name == "lucie"


async def test_an_officer_goes_on_under_another_membership(
    country: Country, browsers: Browsers, services: Services, clock: Clock
) -> None:
    lucie = await member(services, clock, "lucie", Role.COMMUNICATOR, CITY)
    other = await country.officer(Role.APPROVER, PROVINCE, name="lucie")
    browser = await browsers()
    browser.cookies.set("session", (await lucie.signs_in()).session)
    assert "Ville de Liège</span>" in (await browser.get("/authorities")).text
    changed = await browser.post("/memberships/choose", data={"membership": other.membership})
    assert changed.status_code == 303
    assert "Gouverneur de Liège</span>" in (await browser.get("/authorities")).text
    stranger = await country.officer(Role.APPROVER, CITY, name="simon")
    refused = await browser.post("/memberships/choose", data={"membership": stranger.membership})
    assert refused.status_code == 404


async def test_buttons_are_for_what_lies_inside(
    country: Country, browsers: Browsers, desk: Desk
) -> None:
    approver = await country.officer(Role.APPROVER)
    wide = await desk.drafts(area=("4000 Liège", "Gent"))
    page = (await (await browsers(approver)).get(f"/alerts/{wide.id}")).text
    assert f"/alerts/{wide.id}/approve" not in page


async def test_the_desk_says_early_what_may_not_be_drafted_and_offers_the_open_incidents(
    country: Country, browsers: Browsers, services: Services
) -> None:
    mayor = await country.officer(Role.COMMUNICATOR)
    incident = await country.incident(by=mayor)
    browser = await browsers(mayor)
    form = {"scenario": "chem_shelter", "alert_class": "alert"}
    address = (await browser.post("/compose", data=form)).headers["location"]
    typed = {"version": "1", "area": GENT, "channel": "sms"}
    page = (await browser.post(address, data=typed)).text
    assert "whose territory does not include" in page
    assert f'<option value="{incident.id}">{incident.id} – Fire' in page
    typed |= {"version": "2", "area": LIEGE, "incident": str(incident.id)}
    page = (await browser.post(address, data=typed)).text
    assert "whose territory does not include" not in page
    assert f'<option value="{incident.id}" selected>' in page
    kept = await compositions.get_composition(services, int(address.rpartition("/")[2]), by=mayor)
    assert CompositionContent.of(kept.content).incident == incident.id
