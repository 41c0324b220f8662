"""An authority's lists and accounts on its page, for programs, and on the command line."""

import httpx2
import pytest
from fastapi import FastAPI

from alerting.actions.accounts import tokens
from alerting.actions.authorities import lists
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests.territory import CITY, PARTNER, Country
from tests.web.console import Browsers

ADA = Officer("ada", Role.ADMINISTRATOR)
BRAM = Officer("bram", Role.ADMINISTRATOR)
PAGE = f"/authorities/{CITY}"
HALL = {"which": "shelter", "key": "hall", "fr": "hall des sports", "nl": "sporthal", "de": "Halle"}


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


async def kept(services: Services) -> list[str]:
    return [one.key for one in await lists.list_entries(services, CITY, by=ADA)]


async def test_one_requests_an_entry_on_the_page_and_another_confirms_it(
    country: Country, browsers: Browsers, services: Services
) -> None:
    ada, bram = await browsers(ADA), await browsers(BRAM)
    assert "No entry yet." in (await ada.get(PAGE)).text
    assert (await ada.post(f"{PAGE}/lists", data=HALL)).status_code == 303
    assert await kept(services) == []
    assert "/change-requests/1/confirm" not in (await ada.get(PAGE)).text
    assert "/change-requests/1/confirm" in (await bram.get(PAGE)).text
    assert (await bram.post("/change-requests/1/confirm")).status_code == 303
    assert await kept(services) == ["hall"]
    assert "hall des sports" in (await ada.get(PAGE, headers={"Accept-Language": "fr"})).text
    over = {"which": "shelter", "key": "hall", "change": "end"}
    assert (await bram.post(f"{PAGE}/lists", data=over)).status_code == 303
    assert (await ada.post("/change-requests/2/confirm")).status_code == 303
    assert await kept(services) == []


async def test_the_page_keeps_what_was_typed_when_it_is_refused(
    country: Country, browsers: Browsers
) -> None:
    answer = await (await browsers(ADA)).post(f"{PAGE}/lists", data=HALL | {"key": "A hall!"})
    assert answer.status_code == 422
    assert 'value="A hall!"' in answer.text
    assert 'value="sporthal"' in answer.text


async def test_accounts_stand_on_the_page_and_only_the_country_requests_them(
    country: Country, browsers: Browsers
) -> None:
    ada, bram = await browsers(ADA), await browsers(BRAM)
    mayor = await browsers(await country.officer(Role.ADMINISTRATOR))
    account = {"channel": "x", "account": "liege"}
    assert "none: nothing is posted there on its behalf" in (await mayor.get(PAGE)).text
    assert f'action="{PAGE}/accounts"' not in (await mayor.get(PAGE)).text
    assert (await mayor.post(f"{PAGE}/accounts", data=account)).status_code == 403
    assert (await ada.post(f"{PAGE}/accounts", data=account)).status_code == 303
    assert (await bram.post("/change-requests/1/confirm")).status_code == 303
    assert "<code>liege</code>" in (await mayor.get(PAGE)).text


async def test_a_reader_sees_the_lists_without_a_form_and_a_partner_nothing(
    country: Country, browsers: Browsers
) -> None:
    reader = await browsers(await country.officer(Role.COMMUNICATOR))
    page = await reader.get(PAGE)
    assert page.status_code == 200
    assert '<form method="post" action="/authorities' not in page.text
    guest = await browsers(await country.officer(Role.COMMUNICATOR, PARTNER))
    assert (await guest.get(PAGE)).status_code == 404
    assert (await reader.get("/authorities/nowhere")).status_code == 404


async def test_programs_look_and_request_too(
    country: Country, services: Services, app: FastAPI
) -> None:
    transport = httpx2.ASGITransport(app=app)
    token = await tokens.make_token(services, ADA, by=SHELL)
    async with httpx2.AsyncClient(
        transport=transport,
        base_url="http://alerting.test",
        headers={"Authorization": f"Bearer {token}"},
    ) as client:
        entry = {
            "list": "radio",
            "key": "vivacite",
            "texts": dict.fromkeys(("fr", "nl", "de"), "V"),
        }
        made = await client.post(f"/api{PAGE}/lists", json=entry)
        assert (made.status_code, made.json()["what"]) == (201, "list-entry.keep")
        wanted = {"channel": "press", "account": "all"}
        assert (await client.post(f"/api{PAGE}/accounts", json=wanted)).status_code == 201
        assert (await client.get(f"/api{PAGE}/lists")).json() == []
        usable = (await client.get(f"/api{PAGE}/accounts")).json()
        assert usable["x"] == {"accounts": [], "all_newsrooms": False, "newsrooms": []}
        assert (await client.get("/api/authorities/national/accounts")).json()["x"]["accounts"] == [
            "national"
        ]
