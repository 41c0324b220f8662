"""What texts may choose from stands on lists that an authority keeps, changed by two people."""

from typing import Any

import pytest

from alerting.actions import change_requests
from alerting.actions.authorities import lists
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.authority_list import AuthorityList
from alerting.domain.change_request import Act
from alerting.domain.errors import (
    BadRequest,
    NeedsOtherPerson,
    NotAllowed,
    NotFound,
    OutsideTerritory,
)
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store import Database
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import make_services
from tests.territory import CITY, PARTNER, PROVINCE, TOWN, Country

ADA = Officer("ada", Role.ADMINISTRATOR)
BRAM = Officer("bram", Role.ADMINISTRATOR)
CHLORINE: dict[str, Any] = {
    "authority": CITY,
    "list": "substance",
    "key": "chlorine",
    "change": "add",
    "texts": {"fr": "chlore", "nl": "chloor", "de": "Chlor"},
}


@pytest.fixture
def services(database: Database, clock: Clock) -> Services:
    """On both databases."""
    return make_services(database, clock)


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


async def agree(
    services: Services, details: dict[str, Any], *, by: Officer = ADA, second: Officer = BRAM
) -> None:
    made = await change_requests.request_change(
        services, KINDS, Act.KEEP_LIST_ENTRY, details, by=by
    )
    await change_requests.confirm_change(services, KINDS, made.id, by=second)


async def keys(
    services: Services, authority: str, which: AuthorityList = AuthorityList.SUBSTANCE
) -> dict[str, str]:
    async with services.reading() as reading:
        found = await lists.entries_in_force(services, reading.connection, authority, which)
    return {one.key: one.called.told("fr") for one in found}


async def test_an_entry_is_there_when_a_second_person_confirmed_it(
    country: Country, services: Services, desk: Desk
) -> None:
    made = await change_requests.request_change(
        services, KINDS, Act.KEEP_LIST_ENTRY, CHLORINE, by=ADA
    )
    assert await keys(services, CITY) == {}
    with pytest.raises(NeedsOtherPerson):
        await change_requests.confirm_change(services, KINDS, made.id, by=ADA)
    await change_requests.confirm_change(services, KINDS, made.id, by=BRAM)
    assert await keys(services, CITY) == {"chlorine": "chlore"}
    assert (await desk.ledger())[-3:] == [
        "change_request.made",
        "list-entry.kept",
        "change_request.confirmed",
    ]


async def test_an_entry_ends_the_same_way_and_may_come_back(
    country: Country, services: Services, desk: Desk
) -> None:
    ended = {**CHLORINE, "change": "end", "texts": {}}
    with pytest.raises(NotFound):
        await agree(services, ended)
    await agree(services, CHLORINE)
    await agree(services, ended)
    assert await keys(services, CITY) == {}
    assert "list-entry.ended" in await desk.ledger()
    await agree(services, CHLORINE)
    assert await keys(services, CITY) == {"chlorine": "chlore"}


async def test_adding_what_is_there_changes_its_words(country: Country, services: Services) -> None:
    await agree(services, CHLORINE)
    await agree(services, {**CHLORINE, "texts": {**CHLORINE["texts"], "fr": "chlore gazeux"}})
    assert await keys(services, CITY) == {"chlorine": "chlore gazeux"}


async def test_an_authority_chooses_from_its_own_and_from_what_those_above_keep(
    country: Country, services: Services
) -> None:
    for owner, key in (("national", "iodine"), (PROVINCE, "acid"), (CITY, "acid"), (TOWN, "tar")):
        texts = dict.fromkeys(("fr", "nl", "de"), f"{key} {owner}")
        await agree(services, {**CHLORINE, "authority": owner, "key": key, "texts": texts})
    iodine = {"iodine": "iodine national"}
    assert await keys(services, CITY) == {"acid": f"acid {CITY}", **iodine}
    assert await keys(services, PROVINCE) == {"acid": f"acid {PROVINCE}", **iodine}
    assert await keys(services, TOWN) == {"tar": f"tar {TOWN}", **iodine}
    assert await keys(services, "national") == iodine
    assert await keys(services, CITY, AuthorityList.ROUTE) == {}


async def test_of_a_telephone_number_the_key_is_the_number(
    country: Country, services: Services
) -> None:
    number = {**CHLORINE, "list": "telephone", "key": "+3242215000"}
    with pytest.raises(BadRequest):
        await agree(services, {**number, "key": "042215000"})
    await agree(services, number)
    assert list(await keys(services, CITY, AuthorityList.TELEPHONE)) == ["+3242215000"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"key": "Chlore !"}, id="a key that is none"),
        pytest.param({"texts": {"fr": "chlore"}}, id="a language missing"),
        pytest.param({"texts": {}}, id="no words"),
        pytest.param({"texts": {**CHLORINE["texts"], "fr": "ch\u202elore"}}, id="invisible"),
        pytest.param({"texts": {**CHLORINE["texts"], "fr": "a\nb"}}, id="two lines"),
        pytest.param({"texts": {**CHLORINE["texts"], "fr": "x" * 101}}, id="too long"),
        pytest.param({"change": "end"}, id="words for what ends"),
        pytest.param({"list": "links"}, id="a list there is not"),
    ],
)
async def test_an_entry_that_cannot_stand_in_a_sentence_is_refused(
    country: Country, services: Services, change: dict[str, Any]
) -> None:
    with pytest.raises(BadRequest):
        await agree(services, {**CHLORINE, **change})


async def test_both_need_the_right_over_the_authority(country: Country, services: Services) -> None:
    first = await country.officer(Role.ADMINISTRATOR)
    second = await country.officer(Role.ADMINISTRATOR, name="second.liege")
    stranger = await country.officer(Role.ADMINISTRATOR, TOWN)
    writer = await country.officer(Role.COMMUNICATOR)
    for nobody, kind in ((stranger, OutsideTerritory), (writer, NotAllowed)):
        with pytest.raises(kind):
            await agree(services, CHLORINE, by=nobody)
    with pytest.raises(OutsideTerritory):
        await agree(services, {**CHLORINE, "authority": PROVINCE}, by=first)
    await agree(services, CHLORINE, by=first, second=second)
    assert await keys(services, CITY) == {"chlorine": "chlore"}


async def test_colleagues_read_the_lists_and_a_partner_its_own_only(
    country: Country, services: Services
) -> None:
    await agree(services, CHLORINE)
    writer = await country.officer(Role.COMMUNICATOR, TOWN)
    [one] = await lists.list_entries(services, CITY, by=writer)
    assert one.texts[Language.NL] == "chloor"
    guest = await country.officer(Role.COMMUNICATOR, PARTNER)
    with pytest.raises(NotFound):
        await lists.list_entries(services, CITY, by=guest)
