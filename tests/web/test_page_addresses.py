"""On pages and for programs: a text leads to the alert's page, and the page's text is shown."""

from pathlib import Path

import pytest

from alerting.actions.alerts import queries
from alerting.domain.officer import Role
from alerting.domain.page_address import NUMBER
from alerting.services import Services
from alerting.web.api.alerts.schemas import CHEM_SHELTER
from tests.desk import JORIS, MILA, Desk
from tests.specs.test_page_of_an_alert import SITE, with_pages
from tests.web.console import Browsers
from tests.web.test_api import As
from tests.web.test_console_compose import FORM, opened


@pytest.fixture
def services(services: Services, tmp_path: Path) -> Services:
    """With public pages that texts lead to."""
    return with_pages(services, tmp_path)


async def test_programs_get_the_number_in_every_address(as_role: As) -> None:
    mila = as_role(Role.COMMUNICATOR)
    for number in (1, 2):
        made = (await mila.post("/api/alerts", CHEM_SHELTER)).json()
        assert made["id"] == number
        texts = {(one["channel"], one["language"]): one["text"] for one in made["texts"]}
        assert f"{SITE}/a/2030/{number}/nl/" in texts["sms", "nl"]
        assert ("web", "nl") in texts
        assert "web" not in made["channels"]
        assert NUMBER not in str(made)


async def test_people_see_a_place_for_the_number_and_then_the_number(
    browsers: Browsers, desk: Desk
) -> None:
    await desk.registers_a_few()
    mila, joris = await browsers(MILA), await browsers(JORIS)
    address = await opened(mila)
    composing = (await mila.post(address, data={**FORM, "act": "look"})).text
    assert NUMBER not in composing
    assert f'{SITE}/a/2030/<span class="late" lang="fr">numéro</span>/fr/' in composing
    made = await mila.post(address, data={**FORM, "version": "2", "act": "make"})
    page = made.headers["location"]
    assert page == "/alerts/1"
    for shown in (page, f"{page}/texts", f"{page}/edit"):
        text = (await mila.get(shown)).text
        assert NUMBER not in text
        assert f"{SITE}/a/2030/1/fr/" in text or shown == page
        assert "Web page" in text
    await desk.submits(await queries.get_alert(desk.services, 1, by=MILA))
    deciding = (await joris.get(f"{page}/approve")).text
    assert "Web page" in deciding
    assert f"{SITE}/a/2030/1/fr/" in deciding
    email = (await mila.get(f"{page}/texts/email.fr.html")).text
    assert NUMBER not in email
