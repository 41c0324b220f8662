"""Incidents are opened, handed over and closed on their page, and partners invited there.

What takes decisions from others is confirmed; what is refused is said where it was asked.
"""

from datetime import timedelta

import pytest

from alerting.actions import change_requests
from alerting.actions.authorities import incidents
from alerting.domain.authority import Phase
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests.desk import Desk
from tests.doubles import Clock
from tests.territory import CITY, PARTNER, PROVINCE, Country
from tests.web.console import Browsers

OPENED = {"title": "Ammoniac au port", "places": "4000 Liège", "phase": "municipal"}
UNKNOWN = "999"


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


@pytest.fixture
async def mayor(country: Country) -> Officer:
    return await country.officer(Role.COMMUNICATOR)


@pytest.fixture
async def governor(country: Country) -> Officer:
    return await country.officer(Role.COMMUNICATOR, PROVINCE)


async def test_an_incident_is_opened_on_a_page_and_listed_with_a_link(
    mayor: Officer, browsers: Browsers, services: Services
) -> None:
    browser = await browsers(mayor)
    assert 'href="/incidents/new"' in (await browser.get("/authorities")).text
    form = (await browser.get("/incidents/new")).text
    assert 'value="municipal"' in form
    assert 'value="provincial"' not in form  # a town leads in none
    made = await browser.post("/incidents", data=OPENED)
    assert made.headers["location"] == "/incidents/1?done=opened"
    page = (await browser.get(made.headers["location"])).text
    assert "Ammoniac au port" in page
    assert "your authority leads it" in page
    assert 'href="/incidents/1"' in (await browser.get("/authorities")).text
    found, _ = await incidents.get_incident(services, 1, by=mayor)
    assert (found.phase, found.lead_authority) == (Phase.MUNICIPAL, CITY)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"title": ""}, "needs a title"),
        ({"title": "Call 0470 12 34 56"}, "link or a telephone number"),
        ({"places": ""}, "Say where"),
        ({"places": "Nowhere"}, "Nowhere"),
        ({"places": "Gent"}, "Gent"),
        ({"phase": "provincial", "sure": "true"}, "provincial phase"),
    ],
)
async def test_what_is_refused_is_said_on_the_form_with_what_was_typed(
    mayor: Officer, browsers: Browsers, services: Services, wrong: dict[str, str], told: str
) -> None:
    browser = await browsers(mayor)
    typed = {**OPENED, **wrong}
    refused = await browser.post("/incidents", data=typed)
    assert refused.status_code in {400, 403, 404, 409, 422}
    assert told in refused.text
    for field in ("title", "places"):
        assert f'value="{typed[field]}"' in refused.text
    assert not (await incidents.list_incidents(services, by=mayor)).items


async def test_a_phase_that_binds_others_is_confirmed(
    governor: Officer, browsers: Browsers, services: Services
) -> None:
    browser = await browsers(governor)
    wanted = {**OPENED, "phase": "provincial"}
    refused = await browser.post("/incidents", data=wanted)
    assert refused.status_code == 422
    assert "Tick the box" in refused.text
    assert not (await incidents.list_incidents(services, by=governor)).items
    assert (await browser.post("/incidents", data={**wanted, "sure": "true"})).status_code == 303


async def test_an_incident_is_handed_up_and_down_on_its_page(
    country: Country, mayor: Officer, governor: Officer, browsers: Browsers, services: Services
) -> None:
    made = await country.incident(by=mayor)
    address = f"/incidents/{made.id}"
    below, above = await browsers(mayor), await browsers(governor)
    refused = await above.post(f"{address}/phase", data={"phase": "provincial"})
    assert "Tick the box" in refused.text
    up = {"phase": "provincial", "lead_authority": PROVINCE, "sure": "true"}
    assert (await above.post(f"{address}/phase", data=up)).status_code == 303
    page = (await above.get(f"{address}?done=changed")).text
    assert "provincial phase" in page
    assert f"{address}/close" in page
    seen = (await below.get(address)).text
    assert f"{address}/phase" not in seen
    assert f"{address}/close" not in seen
    refused = await below.post(f"{address}/close", data={"sure": "true"})
    assert refused.status_code == 403
    assert 'role="alert"' in refused.text
    assert "provincial phase" in refused.text
    down = {"phase": "municipal", "lead_authority": CITY, "sure": "true"}
    assert (await above.post(f"{address}/phase", data=down)).status_code == 303
    found, _ = await incidents.get_incident(services, made.id, by=mayor)
    assert (found.phase, found.lead_authority) == (Phase.MUNICIPAL, CITY)
    assert f"{address}/close" in (await below.get(address)).text


async def test_closing_names_the_alerts_that_are_still_active(
    country: Country, mayor: Officer, browsers: Browsers, services: Services, desk: Desk
) -> None:
    made = await country.incident(by=mayor)
    approver = await country.officer(Role.APPROVER)
    await desk.registers_a_few()
    alert = await desk.drafts(by=mayor, incident=made.id)
    await desk.sends(await desk.approves(alert, by=approver), by=mayor)
    browser = await browsers(mayor)
    address = f"/incidents/{made.id}"
    assert "Tick the box" in (await browser.post(f"{address}/close")).text
    closed = await browser.post(f"{address}/close", data={"sure": "true"})
    assert f'href="/alerts/{alert.id}"' in closed.text
    page = (await browser.get(address)).text
    assert "Closed on" in page
    assert "<form method=" not in page.partition("<main")[2]
    found, _ = await incidents.get_incident(services, made.id, by=mayor)
    assert found.closed_at is not None


async def test_a_partner_is_invited_by_two_people_and_let_go_by_one(
    country: Country, mayor: Officer, browsers: Browsers, services: Services, clock: Clock
) -> None:
    made = await country.incident(by=mayor)
    address = f"/incidents/{made.id}"
    browser = await browsers(mayor)
    wanted = {"authority": PARTNER, "hours": "24"}
    assert (await browser.post(f"{address}/invitations", data=wanted)).status_code == 303
    assert "No partner is invited" in (await browser.get(address)).text  # not yet
    second = await browsers(await country.officer(Role.APPROVER))
    [waits] = (await change_requests.list_change_requests(services, by=mayor)).items
    assert (await second.post(f"/change-requests/{waits.id}/confirm")).status_code == 303
    page = (await browser.get(address)).text
    assert "Usine de la Meuse" in page
    assert f"{address}/invitations/{PARTNER}/end" in page
    _, [invited] = await incidents.get_incident(services, made.id, by=mayor)
    assert invited.until == clock() + timedelta(hours=24)
    assert (await browser.post(f"{address}/invitations/{PARTNER}/end")).status_code == 303
    assert "ended on" in (await browser.get(address)).text
    assert (await browser.post(f"{address}/invitations/{PARTNER}/end")).status_code == 404
    refused = await browser.post(f"{address}/invitations", data={"authority": CITY, "hours": "24"})
    assert "Only partner services can be invited" in refused.text


async def test_who_may_only_read_is_offered_nothing(
    country: Country, mayor: Officer, browsers: Browsers
) -> None:
    made = await country.incident(by=mayor)
    auditor = await browsers(await country.officer(Role.AUDITOR))
    page = (await auditor.get(f"/incidents/{made.id}")).text
    assert "Fire" in page
    assert "<form method=" not in page.partition("<main")[2]
    assert "/incidents/new" not in (await auditor.get("/authorities")).text
    assert (await auditor.get("/incidents/new")).status_code == 403
    assert (await auditor.get(f"/incidents/{UNKNOWN}")).status_code == 404
