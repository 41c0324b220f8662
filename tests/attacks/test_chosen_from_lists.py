"""Alone, nobody names a shelter, route, station or substance that two people did not agree on."""

from typing import Any

import pytest

from alerting.actions import change_requests
from alerting.actions.alerts import alone, compositions, previews
from alerting.actions.change_request_kinds import KINDS
from alerting.compose.library_check import check_scenario
from alerting.compose.scenarios import CHOSEN_FROM
from alerting.domain.alert import Alert, AlertClass, AlertState
from alerting.domain.authority_list import AuthorityList
from alerting.domain.change_request import Act
from alerting.domain.errors import BadTemplate, NotPrepared, TypedWords
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store import Database
from tests import having_read
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import LIEGE, make_services
from tests.territory import CITY, TOWN, Country
from tests.web.console import Browsers

ADA = Officer("ada", Role.ADMINISTRATOR)
BRAM = Officer("bram", Role.ADMINISTRATOR)
FLOOD = {"onset": "20:00", "deadline": "18:00", "next_update": "16:30"}


@pytest.fixture
def services(database: Database, clock: Clock) -> Services:
    """On both databases."""
    return make_services(database, clock)


@pytest.fixture
async def country(services: Services, desk: Desk) -> Country:
    await desk.registers_a_few()
    return await Country(services).founded()


@pytest.fixture
async def dora(country: Country) -> Officer:
    return await country.officer(Role.DUTY_OFFICER)


async def keep(
    services: Services, which: str, key: str, *, authority: str = CITY, change: str = "add"
) -> None:
    words = {one: f"{key} ({one})" for one in ("fr", "nl", "de")} if change == "add" else {}
    details = {
        "authority": authority,
        "list": which,
        "key": key,
        "change": change,
        "texts": words,
    }
    made = await change_requests.request_change(
        services, KINDS, Act.KEEP_LIST_ENTRY, details, by=ADA
    )
    await change_requests.confirm_change(services, KINDS, made.id, by=BRAM)


async def flood(desk: Desk, by: Officer, **values: Any) -> Alert:
    return await desk.drafts(
        scenario="flood_evacuate", values={**FLOOD, **values}, by=by, channels=["sms"]
    )


def test_every_prepared_scenario_chooses_them_from_the_lists(services: Services) -> None:
    found = set()
    for scenario in services.composer.library:
        for one in scenario.values:
            if one.name in CHOSEN_FROM:
                assert one.list == one.name, f"{scenario.name}: {one.name}"
                found.add(one.list)
    assert found == set(CHOSEN_FROM)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param("", "has no list", id="no list"),
        pytest.param('list = "route"\n', "has no list", id="another one"),
    ],
)
def test_the_check_refuses_a_prepared_scenario_that_lets_them_be_typed(
    services: Services, line: str, says: str
) -> None:
    library = services.composer.library
    path = "flood_evacuate/scenario.toml"
    changed = library.baseline(path).replace('list = "shelter"\n', line)
    other = type(library)(library.root, {path: changed})
    assert [str(one) for one in check_scenario(other, "flood_evacuate") if says in one.reason]
    assert check_scenario(library, "flood_evacuate", hosts=()) == []


@pytest.mark.parametrize("wrong", ["links", "telephone"])
def test_a_list_there_is_not_is_a_fault_with_its_line(services: Services, wrong: str) -> None:
    library = services.composer.library
    path = "flood_evacuate/scenario.toml"
    changed = library.baseline(path).replace('list = "shelter"', f'list = "{wrong}"')
    with pytest.raises(BadTemplate, match="shelter"):
        type(library)(library.root, {path: changed}).scenario("flood_evacuate")


async def test_what_was_agreed_on_is_chosen_by_its_key_and_leaves_alone(
    services: Services, desk: Desk, dora: Officer
) -> None:
    await keep(services, "shelter", "hall-sart-tilman")
    await keep(services, "route", "n90", authority="national")
    alert = await flood(desk, dora, shelter="hall-sart-tilman", route="n90")
    sent = await having_read.send_now(services, alert.id, by=dora, reason="The dyke gives way")
    assert sent.state is AlertState.SENDING
    text = next(one.text for one in sent.messages if one.language == "fr")
    assert "hall-sart-tilman (fr)" in text
    assert "n90 (fr)" in text


@pytest.mark.parametrize("field", ["shelter", "route"])
async def test_what_is_typed_or_anothers_or_over_does_not_leave_alone(
    services: Services, desk: Desk, dora: Officer, field: str
) -> None:
    await keep(services, field, "gent-zuid", authority=TOWN)
    await keep(services, field, "closed")
    over = await flood(desk, dora, **{field: "closed"})
    await keep(services, field, "closed", change="end")
    drafts = [
        await flood(desk, dora, **{field: said})
        for said in ("the bar of my cousin", "gent-zuid", {"fr": "closed", "de": "Bar"})
    ]
    for alert in (over, *drafts):
        with pytest.raises(TypedWords):
            await having_read.send_now(services, alert.id, by=dora, reason="The dyke gives way")


async def test_an_entry_whose_words_changed_is_read_anew(
    services: Services, desk: Desk, dora: Officer
) -> None:
    await keep(services, "shelter", "hall")
    alert = await flood(desk, dora, shelter="hall")
    details = {
        "authority": CITY,
        "list": "shelter",
        "key": "hall",
        "change": "add",
        "texts": dict.fromkeys(("fr", "nl", "de"), "elsewhere"),
    }
    made = await change_requests.request_change(
        services, KINDS, Act.KEEP_LIST_ENTRY, details, by=ADA
    )
    await change_requests.confirm_change(services, KINDS, made.id, by=BRAM)
    with pytest.raises(NotPrepared):
        await having_read.send_now(services, alert.id, by=dora, reason="The dyke gives way")
    assert await alone.why_not_break_glass(services, alert, by=dora) is not None


async def test_the_form_offers_a_duty_officer_the_entries_and_no_line_to_write(
    services: Services, dora: Officer, browsers: Browsers
) -> None:
    await keep(services, "shelter", "hall")
    composition = await compositions.create_composition(
        services, "flood_evacuate", AlertClass.ALERT, by=dora
    )
    content = compositions.CompositionContent(
        scenario="flood_evacuate", area=(LIEGE,), channels=("sms",), values={"shelter": "hall"}
    )
    look = await previews.preview_composition(services, content, AlertClass.ALERT, by=dora)
    assert look.typed == ()
    page = (await (await browsers(dora)).get(f"/compose/{composition.id}")).text
    assert '<option value="hall"' in page
    for name in (AuthorityList.SHELTER, AuthorityList.ROUTE):
        assert f'<select id="f-{name}"' in page or f'name="value.{name}"' in page
        assert f'name="value.{name}.fr"' not in page
