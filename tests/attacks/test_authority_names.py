"""What an authority is called, where it speaks and where its texts lead is not its own to choose.

Whoever confirms it stands above: two administrators of one town agree on nothing of it. A site
outside the official ones takes the whole country's.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from alerting.actions import change_requests
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.change_request import Act, Decision
from alerting.domain.errors import BadRequest, ConfirmedFromAbove, NotFit
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests.desk import DETAILS, Desk
from tests.staff import ADA, BO
from tests.territory import AUTHORITIES, CITY, PROVINCE, Country

FROM_ABOVE: Mapping[str, Mapping[str, Any]] = {
    "another name": {"names": {"fr": "Cité ardente", "nl": "Vurige stede"}},
    "a name in one more language": {
        "names": {"fr": "Ville de Liège", "nl": "Stad Luik", "de": "Stadt Lüttich", "en": "Liège"}
    },
    "who speaks": {"senders": {"authority": {"fr": "Bourgmestre de Liège"}}},
    "the town": {"senders": {"town": {"fr": "Seraing", "nl": "Seraing"}}},
    "whom the press calls": {"senders": {"press_contact": {"fr": "04 221 80 00"}}},
    "an official site": {"senders": {"url": {"fr": "https://www.be-alert.be/liege"}}},
    "no sender": {"senders": {}},
    "another territory": {"territory": ["62063", "62096"]},
    "a lower level": {"level": "partner"},
}
FROM_THE_COUNTRY: Mapping[str, Mapping[str, Any]] = {
    "a site of somebody": {"senders": {"url": {"fr": "https://liege.evil.example/"}}},
    "one that looks official": {"senders": {"url": {"fr": "https://be-alert.be.evil.example/"}}},
    "one that ends alike": {"senders": {"url": {"fr": "https://notbe-alert.be/"}}},
}
ITS_OWN: Mapping[str, Mapping[str, Any]] = {
    "its telephone among colleagues": {"settings": {"telephone": "+3242218000"}},
    "the languages it works in": {"languages": ["fr", "de"]},
}
LIEGE = next(one for one in AUTHORITIES if one["code"] == CITY)


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


async def agreed(
    services: Services, change: Mapping[str, Any], one: Officer, other: Officer
) -> bool:
    wanted = {**LIEGE, **change}
    made = await change_requests.request_change(services, KINDS, Act.KEEP_AUTHORITY, wanted, by=one)
    try:
        done = await change_requests.confirm_change(services, KINDS, made.id, by=other)
    except ConfirmedFromAbove:
        return False
    return done.request.decision is Decision.CONFIRMED


@pytest.mark.parametrize(
    ("change", "in_town", "in_province"),
    [
        *(pytest.param(one, False, True, id=name) for name, one in FROM_ABOVE.items()),
        *(pytest.param(one, False, False, id=name) for name, one in FROM_THE_COUNTRY.items()),
        *(pytest.param(one, True, True, id=name) for name, one in ITS_OWN.items()),
    ],
)
async def test_who_may_confirm_what_an_authority_says_of_itself(
    services: Services,
    country: Country,
    change: Mapping[str, Any],
    in_town: bool,
    in_province: bool,
) -> None:
    if "territory" in change:  # a town proposes nothing outside its own
        mine = [await country.officer(Role.ADMINISTRATOR, PROVINCE, name="pia")]
    else:
        mine = [await country.officer(Role.ADMINISTRATOR, name="liam")]
        leon = await country.officer(Role.ADMINISTRATOR, name="leon")
        assert await agreed(services, change, mine[0], leon) is in_town
    if in_town:
        return
    above = await country.officer(Role.ADMINISTRATOR, PROVINCE, name="paul")
    assert await agreed(services, change, mine[0], above) is in_province
    if not in_province:
        assert await agreed(services, change, mine[0], ADA)


async def test_whoever_asks_from_above_is_not_enough(services: Services, country: Country) -> None:
    leon = await country.officer(Role.ADMINISTRATOR, name="leon")
    change = FROM_ABOVE["another name"]
    assert not await agreed(services, change, ADA, leon)
    assert await agreed(services, change, ADA, BO)


@pytest.mark.parametrize(
    "taken",
    ["Stad Gent", "stad-gent", "Gouverneur de Liège", "G0uverneur de Liege", "STAD  GÉNT"],
)
@pytest.mark.parametrize("where", ["names", "authority"])
async def test_nobody_is_called_as_another_authority_is(
    services: Services, country: Country, taken: str, where: str
) -> None:
    words = {"fr": taken}
    change = {"names": words} if where == "names" else {"senders": {"authority": words}}
    with pytest.raises(BadRequest, match="already has this name"):
        await agreed(services, change, ADA, BO)


EVIL = "https://crisis.evil.example/"
PLACES_FOR_LINKS: Mapping[str, Mapping[str, Any]] = {
    "a site among the press contact": {"press_contact": {"fr": EVIL}},
    "beside a name and a number": {"press_contact": {"fr": f"Presse\n04 221 80 00\n{EVIL}"}},
    "a site without a scheme": {"press_contact": {"de": "crisis.evil.example"}},
    "a mail address": {"press_contact": {"nl": "pers@evil.example"}},
    "what was the press contact's, as its site": {"url": {"fr": "https://liege.press.example/"}},
}


@pytest.mark.parametrize("senders", PLACES_FOR_LINKS.values(), ids=PLACES_FOR_LINKS)
async def test_a_link_that_is_not_official_takes_the_country_in_every_field(
    services: Services, country: Country, senders: Mapping[str, Any]
) -> None:
    before = {"senders": {"press_contact": {"fr": "https://liege.press.example/"}}}
    assert await agreed(services, before, ADA, BO)
    liam = await country.officer(Role.ADMINISTRATOR, name="liam")
    paul = await country.officer(Role.ADMINISTRATOR, PROVINCE, name="paul")
    assert not await agreed(services, {"senders": senders}, liam, paul)
    assert await agreed(services, {"senders": senders}, liam, ADA)


@pytest.mark.parametrize("call", ["appelez le 7771", "Tel. 4040", "Presse\n7771", "0903 12 345"])
async def test_no_contact_names_a_number_that_nobody_knows(
    services: Services, country: Country, call: str
) -> None:
    with pytest.raises(BadRequest, match="unknown number"):
        await agreed(services, {"senders": {"press_contact": {"fr": call}}}, ADA, BO)


@pytest.mark.parametrize(
    "call", ["04 221 80 00", "1771", "Hôtel de Ville\n4000 Liège\n+32 4 221 80 00"]
)
async def test_a_contact_with_ordinary_numbers_passes(
    services: Services, country: Country, call: str
) -> None:
    assert await agreed(services, {"senders": {"press_contact": {"fr": call}}}, ADA, BO)


CONTACT = {"fr": f"Presse, {EVIL}", "nl": f"Pers, {EVIL}", "de": f"Presse, {EVIL}"}


async def test_what_the_press_contact_holds_passes_in_its_own_lines_only(
    desk: Desk, services: Services, country: Country
) -> None:
    assert await agreed(services, {"senders": {"press_contact": CONTACT}}, ADA, BO)
    await desk.registers_a_few()
    mila = await country.officer(Role.COMMUNICATOR)
    joris = await country.officer(Role.APPROVER)
    release = await desk.drafts(by=mila, channels=("press",))
    assert (await desk.approves(release, by=joris)).state == "approved"
    for block in (EVIL, f"Contact presse {CONTACT['fr']}"):
        typed = {**DETAILS, "location": dict.fromkeys(("fr", "nl", "de"), f"port {block}")}
        for channel in ("sms", "email", "press"):
            draft = await desk.drafts(by=mila, channels=(channel,), values=typed)
            with pytest.raises(NotFit, match=r"evil\.example"):
                await desk.approves(draft, by=joris)
