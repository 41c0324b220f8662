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
from alerting.domain.errors import BadRequest, ConfirmedFromAbove
from alerting.domain.officer import Officer, Role
from alerting.services import Services
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
    made = await change_requests.propose(services, KINDS, Act.KEEP_AUTHORITY, wanted, by=one)
    try:
        done = await change_requests.confirm_change(services, KINDS, made.id, by=other)
    except ConfirmedFromAbove:
        return False
    return done.proposal.verdict is Decision.CONFIRMED


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
    with pytest.raises(BadRequest, match="called so already"):
        await agreed(services, change, ADA, BO)
