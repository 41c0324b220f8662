"""Nobody becomes somebody else, and nobody gives out what is not below their own authority."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from alerting.actions import change_requests
from alerting.actions.accounts import administration, memberships
from alerting.actions.accounts.memberships import MembershipDetails
from alerting.actions.accounts.sessions import check_name
from alerting.actions.authorities.manage import AuthorityDetails, keep
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.change_request import LASTS, Act
from alerting.domain.errors import (
    AlertingError,
    BadRequest,
    NameTaken,
    NotFound,
    OutsideTerritory,
    ProposalLapsed,
)
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests.doubles import Clock
from tests.staff import ADA, BO, administrator, letters, wanted
from tests.territory import CITY, PROVINCE, TOWN, Country

FEDERAL = "fanc-gent"
ABOVE_IN_GENT = {
    "code": FEDERAL,
    "level": "federal",
    "names": {"nl": "FANC Gent"},
    "territory": ["44021"],
    "languages": ["nl"],
}


@pytest.fixture
async def country(services: Services) -> Country:
    founded = await Country(services).founded()
    async with services.unit() as unit:
        await keep(services, unit, AuthorityDetails.model_validate(ABOVE_IN_GENT), by="ada")
    return founded


async def has_a_membership(services: Services, name: str, authority: str, *, ended: bool) -> None:
    async with services.unit() as unit:
        details = MembershipDetails(officer=name, authority=authority, role=Role.APPROVER)
        await memberships.grant(services, unit, details, granted_by="ada", confirmed_by="bo")
    if ended:
        (held,) = [
            one for one in await memberships.listing(services, by=ADA) if one.officer == name
        ]
        await memberships.end(services, held.id, by=ADA)


@pytest.mark.parametrize("ended", [False, True], ids=["living", "ended"])
@pytest.mark.parametrize("elsewhere", ["national", CITY, PROVINCE, FEDERAL])
async def test_no_account_is_opened_under_the_name_of_somebody_who_works_elsewhere(
    country: Country, services: Services, elsewhere: str, ended: bool
) -> None:
    await has_a_membership(services, "eva", elsewhere, ended=ended)
    gina = await country.officer(Role.ADMINISTRATOR, TOWN)
    with pytest.raises(NameTaken):
        await administration.ask_to_invite(
            services, wanted("eva", Role.AUDITOR, authority=TOWN), by=gina
        )


async def test_the_name_is_looked_at_again_when_it_is_confirmed(
    country: Country, services: Services
) -> None:
    gina = await country.officer(Role.ADMINISTRATOR, TOWN)
    asked = await administration.ask_to_invite(
        services, wanted("eva", Role.AUDITOR, authority=TOWN), by=gina
    )
    await has_a_membership(services, "eva", "national", ended=False)
    gerd = Officer("gerd", Role.ADMINISTRATOR, authority=gina.authority)
    with pytest.raises(NameTaken):
        await administration.confirm(services, asked, by=gerd)


def by_an_account(services: Services, authority: str, by: Officer) -> Awaitable[object]:
    asked = wanted("gx", Role.APPROVER, authority=authority)
    return administration.ask_to_invite(services, asked, by=by)


def by_a_membership(services: Services, authority: str, by: Officer) -> Awaitable[object]:
    asked = {"officer": "gx", "authority": authority, "role": "approver"}
    return change_requests.propose(services, KINDS, Act.GRANT_MEMBERSHIP, asked, by=by)


def by_changing_it(services: Services, authority: str, by: Officer) -> Awaitable[object]:
    asked = {**ABOVE_IN_GENT, "code": authority, "level": "municipal"}
    return change_requests.propose(services, KINDS, Act.KEEP_AUTHORITY, asked, by=by)


@pytest.mark.parametrize("authority", [FEDERAL, CITY, PROVINCE, "national"])
@pytest.mark.parametrize("way", [by_an_account, by_a_membership, by_changing_it])
async def test_a_town_gives_itself_nothing_in_an_authority_that_is_not_below(
    country: Country,
    services: Services,
    authority: str,
    way: Callable[[Services, str, Officer], Awaitable[object]],
) -> None:
    gina = await country.officer(Role.ADMINISTRATOR, TOWN)
    with pytest.raises((NotFound, OutsideTerritory)):
        await way(services, authority, gina)


async def test_a_request_of_a_higher_authority_is_not_decided_below(
    country: Country, services: Services
) -> None:
    asked = await administration.ask_to_invite(
        services, wanted("gx", Role.APPROVER, authority=FEDERAL), by=ADA
    )
    gerd = await country.officer(Role.ADMINISTRATOR, TOWN)
    for act in (administration.confirm, administration.decline):
        with pytest.raises(NotFound):
            await act(services, asked, by=gerd)


async def test_a_request_about_an_account_lapses_and_can_be_made_again(
    services: Services, clock: Clock
) -> None:
    asked = await administration.ask_to_invite(services, wanted("eva", Role.APPROVER), by=ADA)
    clock.now += LASTS - timedelta(seconds=1)
    assert [one.id for one in (await administration.listing(services, by=ADA))[1]] == [asked]
    clock.now += timedelta(seconds=1)
    assert (await administration.listing(services, by=ADA))[1] == []
    for act in (administration.confirm, administration.decline):
        with pytest.raises(ProposalLapsed):
            await act(services, asked, by=BO)
    again = await administration.ask_to_invite(services, wanted("eva", Role.APPROVER), by=ADA)
    await administration.confirm(services, again, by=BO)


@pytest.mark.parametrize(
    "name",
    [
        "operator",
        "service",
        "0perator",
        "serv1ce",
        "s.e-r_vice",
        "аda",
        "Ada",
        "é",
        "",
        "a b",
        "-a",
    ],
)
def test_names_that_read_like_a_machine_or_like_another_are_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        check_name(name)


@pytest.mark.parametrize("name", ["operator", "serv1ce"])
async def test_no_name_like_a_machines_becomes_a_member(country: Country, name: str) -> None:
    with pytest.raises(AlertingError):
        await change_requests.propose(
            country.services,
            KINDS,
            Act.GRANT_MEMBERSHIP,
            {"officer": name, "authority": "national", "role": "approver"},
            by=ADA,
        )


async def test_a_name_that_looks_like_a_colleagues_is_taken(
    services: Services, clock: Clock
) -> None:
    await administrator(services, clock, "milo")
    for name in ("mil0", "m1lo", "mi.lo", "rnilo"):
        with pytest.raises(NameTaken):
            await administration.ask_to_invite(services, wanted(name, Role.APPROVER), by=ADA)


async def test_there_is_one_emergency_account_an_administrators_and_all_are_told(
    services: Services, clock: Clock
) -> None:
    await administrator(services, clock, "ada")
    with pytest.raises(BadRequest):
        await administration.break_glass(
            services, wanted("sealed1", Role.COMMUNICATOR), by="operator"
        )
    await administration.break_glass(services, wanted("sealed1", Role.ADMINISTRATOR), by="operator")
    assert "sealed1" in letters(services)[-1][1]
    with pytest.raises(BadRequest):
        await administration.break_glass(
            services, wanted("sealed2", Role.ADMINISTRATOR), by="operator"
        )
    await administration.end_account(services, "sealed1", by="ada")
    await administration.break_glass(services, wanted("sealed2", Role.ADMINISTRATOR), by="operator")
