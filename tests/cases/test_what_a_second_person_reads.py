"""Whoever confirms a change reads what it changes, old beside new, in words of their language.

A button is there for whoever may press it; where somebody above is needed, the row says so.
"""

import html
import re

import pytest

from alerting.actions import change_requests
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.change_request import Act
from alerting.domain.errors import AlertingError
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.web.console.authorities.waiting import FIELDS, SENDER_LABELS
from alerting.web.console.labels import REQUEST_NAMES
from tests.attacks.test_two_for_every_change import CASES, World
from tests.territory import CITY, PROVINCE, Country
from tests.web.console import Browsers

ADA = Officer("ada", Role.ADMINISTRATOR)
RENAMED = {
    "code": CITY,
    "level": "municipal",
    "names": {"fr": "La Ville de Liège", "nl": "Stad Luik", "de": "Stadt Lüttich"},
    "territory": ["62063"],
    "senders": {"town": {"fr": "Liège", "nl": "Luik"}},
}
RAW = re.compile(r"\{'|\[|\]|\bTrue\b|\bFalse\b|\bNone\b|\b\w+_\w+\b")
FROM_ABOVE = {
    "fr": "en attente d’un administrateur d’une autorité supérieure",
    "nl": "wacht op een beheerder van een hogere overheid",
    "de": "wartet auf einen Administrator einer übergeordneten Behörde",
    "en": "awaiting an administrator of a higher authority",
}


@pytest.fixture
async def world(services: Services) -> World:
    return World(await Country(services).founded(), services)


def waiting(page: str) -> str:
    """What the part of a page says in which requests wait."""
    part = page[page.index('<ul class="rows requests">') :].split("</section>", 1)[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part)))


def test_every_detail_of_every_kind_has_a_label_and_every_kind_a_name() -> None:
    details = {name for kind in KINDS.values() for name in kind.details.model_fields}
    assert details == set(FIELDS)
    assert set(REQUEST_NAMES) == set(KINDS)


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
@pytest.mark.parametrize("what", list(Act))
async def test_no_kind_of_request_shows_a_code_or_a_raw_value(
    world: World, browsers: Browsers, what: Act, language: str
) -> None:
    asks, _, _, second, _ = CASES[what]
    await asks(world)
    browser = await browsers(second)
    text = waiting((await browser.get("/authorities", headers={"accept-language": language})).text)
    assert not RAW.findall(text), text
    codes = ["62063", "usine-meuse", "chem_shelter", what.value]
    if language == "fr":  # in Dutch and German some of these are words
        codes += ["auditor", "approver", "communicator", "municipal ", "telephone"]
    assert not [one for one in codes if one in text.lower().replace("noor.", "")], text
    for name in KINDS[what].details.model_fields:
        assert f"{name}:" not in text, text


@pytest.mark.parametrize("what", list(Act))
async def test_a_button_to_confirm_is_there_for_whoever_may_press_it(
    world: World, what: Act
) -> None:
    asks, _, first, second, role = CASES[what]
    number = await asks(world)
    elsewhere = await world.country.officer(role, PROVINCE)
    for officer in (first, second, elsewhere, Officer("vera", Role.AUDITOR)):
        seen = (await change_requests.list_waiting(world.services, KINDS, by=officer)).items
        offered = {one.request.id for one in seen if one.refusal is None}
        try:
            async with world.services.unit() as unit:
                found = await change_requests._held(world.services, unit, number, by=officer)
                numbered = await change_requests._numbered(unit, officer)
                await change_requests._require_may_confirm(
                    world.services, unit, KINDS[what], found, by=numbered
                )
        except AlertingError:
            assert number not in offered, officer.name
        else:
            assert number in offered, officer.name


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
async def test_a_renamed_authority_shows_the_old_name_beside_the_new_one_and_nothing_else(
    world: World, browsers: Browsers, language: str
) -> None:
    await world.propose(Act.KEEP_AUTHORITY, RENAMED)
    browser = await browsers(Officer("bo", Role.ADMINISTRATOR))
    for address in ("/authorities", f"/authorities/{CITY}"):
        text = waiting((await browser.get(address, headers={"accept-language": language})).text)
        assert re.search("Ville de Liège → .* La Ville de Liège", text), text
        assert "Luik" not in text.replace("Stad Luik –", "").split("(")[-1], text
        assert "62063" not in text


async def test_what_a_request_leaves_out_is_shown_as_taken_away(
    world: World, browsers: Browsers
) -> None:
    await world.propose(Act.KEEP_AUTHORITY, {**RENAMED, "senders": {}})
    browser = await browsers(Officer("bo", Role.ADMINISTRATOR))
    text = waiting((await browser.get("/authorities")).text)
    assert re.search("Place in texts .* Luik → , to become –", text), text
    assert set(SENDER_LABELS) == {"authority", "town", "press_contact", "url"}


@pytest.mark.parametrize("language", FROM_ABOVE)
async def test_who_stands_at_the_same_level_gets_no_button_and_reads_whom_it_awaits(
    world: World, browsers: Browsers, language: str
) -> None:
    first = await world.country.officer(Role.ADMINISTRATOR)
    same = await world.country.officer(Role.ADMINISTRATOR, name="luc")
    above = await world.country.officer(Role.ADMINISTRATOR, PROVINCE)
    number = await world.propose(Act.KEEP_AUTHORITY, RENAMED, by=first)
    button = f"/change-requests/{number}/confirm"
    for address in ("/authorities", f"/authorities/{CITY}"):
        for officer in (first, same):
            browser = await browsers(officer)
            page = (await browser.get(address, headers={"accept-language": language})).text
            assert button not in page
            assert FROM_ABOVE[language] in waiting(page)
        assert button in (await (await browsers(above)).get(address)).text


async def test_who_confirms_on_the_page_of_an_authority_stays_there_and_is_told(
    world: World, browsers: Browsers
) -> None:
    number = await world.propose(Act.KEEP_AUTHORITY, RENAMED)
    browser = await browsers(Officer("bo", Role.ADMINISTRATOR))
    came = {"referer": f"{browser.base_url}authorities/{CITY}".replace("//auth", "/auth")}
    answer = await browser.post(f"/change-requests/{number}/confirm", headers=came)
    assert answer.status_code == 303
    page = (await browser.get(answer.headers["location"])).text
    assert f"Request {number} has been confirmed and carried out." in page
