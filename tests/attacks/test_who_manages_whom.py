"""An administrator manages their own authority and what stands below it; never an equal one, and
nobody but the national centre manages the national centre."""

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from alerting.actions import change_requests
from alerting.actions.accounts import administration, invitations, memberships, sessions, tokens
from alerting.actions.alerts import compositions
from alerting.actions.authorities.accounts import AccountDetails
from alerting.actions.authorities.manage import AuthorityDetails, save_authority
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.alert import AlertClass
from alerting.domain.change_request import Act
from alerting.domain.errors import (
    AlertingError,
    BadRequest,
    ConfirmedFromAbove,
    NotFound,
    NotSignedIn,
    OutsideTerritory,
    WorksElsewhere,
)
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store.authorities import accounts as authority_account_rows
from tests.doubles import Clock
from tests.staff import ADA, BO, Member, comes_in, confirm, last_link, reject, wanted
from tests.territory import AUTHORITIES, CITY, PROVINCE, TOWN, Country

NATIONAL, AGENCY, ZONE, OFFICE = "national", "agency", "zone", "office-gent"
MORE: tuple[dict[str, Any], ...] = (
    {
        "code": AGENCY,
        "level": "federal",
        "names": {"fr": "Agence du contrôle"},
        "territory": ["Belgique"],
    },
    {
        "code": OFFICE,
        "level": "federal",
        "names": {"nl": "Kantoor Gent"},
        "territory": ["44021"],
    },
    {
        "code": ZONE,
        "level": "municipal",
        "names": {"fr": "Zone de secours"},
        "territory": ["62063", "62051"],
    },
)
DETAILS: Mapping[str, Mapping[str, Any]] = {str(one["code"]): one for one in (*AUTHORITIES, *MORE)}
REACHED: Mapping[str, Mapping[str, bool]] = {
    NATIONAL: {NATIONAL: True, AGENCY: True, CITY: True},
    AGENCY: {NATIONAL: False, AGENCY: True, OFFICE: True, CITY: True},
    OFFICE: {AGENCY: False, TOWN: True, CITY: False},
    PROVINCE: {NATIONAL: False, CITY: True, TOWN: False},
    ZONE: {CITY: False, PROVINCE: False},
    CITY: {ZONE: False, CITY: True, PROVINCE: False},
}
"""Authority -> others (or itself), and whether it manages them."""


@dataclass
class World:
    """A country with two federal authorities, a zone as wide as a town, and its administrators."""

    services: Services
    country: Country
    clock: Clock
    serial: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    admins: dict[str, Officer] = field(default_factory=dict)

    def name(self, kind: str) -> str:
        return f"{kind}-{next(self.serial)}"

    async def colleague(self, where: str, role: Role = Role.AUDITOR) -> Officer:
        return await self.country.officer(role, where, name=self.name("luc"))

    async def admin(self, where: str) -> Officer:
        if where not in self.admins:
            self.admins[where] = await self.colleague(where, Role.ADMINISTRATOR)
        return self.admins[where]

    async def account(self, where: str) -> str:
        name = self.name("eva")
        invitation = wanted(name, Role.AUDITOR, authority=where)
        asked = await invitations.request_invitation(self.services, invitation, by=ADA)
        await confirm(self.services, asked, by=BO)
        return name

    async def asks(self, what: Act, details: Mapping[str, Any], by: Officer) -> int:
        return (await change_requests.request_change(self.services, KINDS, what, details, by=by)).id

    async def request(self, where: str) -> int:
        asked = {"officer": self.name("noor"), "authority": where, "role": "auditor"}
        return await self.asks(Act.GRANT_MEMBERSHIP, asked, ADA)


@pytest.fixture
async def world(services: Services, clock: Clock) -> World:
    country = await Country(services).founded()
    async with services.unit() as unit:
        for one in MORE:
            await save_authority(services, unit, AuthorityDetails.model_validate(one), by=SHELL)
    return World(services, country, clock)


def must_show(shown: bool) -> None:
    if not shown:
        raise LookupError


async def ends_a_membership(world: World, where: str, by: Officer) -> None:
    colleague = await world.colleague(where)
    await memberships.end_membership(world.services, colleague.membership, by=by)


async def manages_an_account(world: World, where: str, by: Officer) -> None:
    name = await world.account(where)
    await administration.require_may_manage_account(world.services, name, by=by)


async def sends_an_invitation_again(world: World, where: str, by: Officer) -> None:
    await invitations.resend_invitation(world.services, await world.account(where), by=by)


async def invites(world: World, where: str, by: Officer) -> None:
    invitation = wanted(world.name("eva"), Role.AUDITOR, authority=where)
    await invitations.request_invitation(world.services, invitation, by=by)


async def changes_a_role(world: World, where: str, by: Officer) -> None:
    one = await world.colleague(where)
    asked = {"officer": one.name, "membership": one.membership, "role": "communicator"}
    await world.asks(Act.CHANGE_ROLE, asked, by)


async def grants(world: World, where: str, by: Officer) -> None:
    asked = {"officer": world.name("noor"), "authority": where, "role": "auditor"}
    await world.asks(Act.GRANT_MEMBERSHIP, asked, by)


async def changes_it(world: World, where: str, by: Officer) -> None:
    national = {"code": NATIONAL, "level": "federal", "names": {}, "territory": ["Belgique"]}
    was = DETAILS.get(where, {**national, "names": {"nl": "Nationaal Crisiscentrum"}})
    await world.asks(Act.KEEP_AUTHORITY, {**was, "settings": {"note": world.name("note")}}, by)


async def keeps_its_list(world: World, where: str, by: Officer) -> None:
    texts = dict.fromkeys(("fr", "nl", "de", "en"), "hal")
    asked = {"authority": where, "list": "shelter", "key": world.name("hal"), "change": "add"}
    await world.asks(Act.KEEP_LIST_ENTRY, {**asked, "texts": texts}, by)


async def withdraws_its_account(world: World, where: str, by: Officer) -> None:
    asked = {"authority": where, "channel": "press", "account": world.name("a"), "change": "end"}
    async with world.services.unit() as unit:
        row = AccountDetails.model_validate(asked).row
        await authority_account_rows.add(unit.connection, row, now=world.services.now())
    await world.asks(Act.KEEP_ACCOUNT, asked, by)


async def confirms(world: World, where: str, by: Officer) -> None:
    await confirm(world.services, await world.request(where), by=by)


async def declines(world: World, where: str, by: Officer) -> None:
    await reject(world.services, await world.request(where), by=by)


async def sees_a_request(world: World, where: str, by: Officer) -> None:
    number = await world.request(where)
    found = await change_requests.list_change_requests(world.services, by=by)
    must_show(number in [one.id for one in found.items])


async def sees_a_member(world: World, where: str, by: Officer) -> None:
    one = await world.colleague(where)
    found = await memberships.list_memberships(world.services, by=by)
    must_show(one.membership in [held.id for held in found])


async def sees_an_account(world: World, where: str, by: Officer) -> None:
    name = await world.account(where)
    found, _ = await administration.list_accounts(world.services, by=by)
    must_show(name in [one.name for one in found])


async def sees_a_token(world: World, where: str, by: Officer) -> None:
    one = await world.colleague(where)
    await tokens.make_token(world.services, one, by=SHELL)
    found = await tokens.list_tokens(world.services, by=by)
    must_show(one.name in [token.officer.name for token in found])


async def sees_what_is_being_written(world: World, where: str, by: Officer) -> None:
    writer = await world.colleague(where, Role.COMMUNICATOR)
    made = await compositions.create_composition(
        world.services, "chem_shelter", AlertClass.EXERCISE, by=writer
    )
    found = await compositions.list_compositions(world.services, by=by)
    must_show(made.id in [one.id for one in found])


Managing = Callable[[World, str, Officer], Awaitable[None]]
ACTS: tuple[Managing, ...] = (
    ends_a_membership,
    manages_an_account,
    sends_an_invitation_again,
    invites,
    changes_a_role,
    grants,
    changes_it,
    keeps_its_list,
    withdraws_its_account,
    confirms,
    declines,
    sees_a_request,
    sees_a_member,
    sees_an_account,
    sees_a_token,
    sees_what_is_being_written,
)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
async def test_an_act_of_managing_reaches_oneself_and_what_stands_below(
    world: World, act: Managing
) -> None:
    done: dict[str, dict[str, bool]] = {one: {} for one in REACHED}
    for one, others in REACHED.items():
        by = await world.admin(one)
        for other in others:
            try:
                await act(world, other, by)
                done[one][other] = True
            except (AlertingError, LookupError):
                done[one][other] = False
    assert done == REACHED


async def test_a_second_authority_of_the_whole_country_is_set_up_by_the_centre_alone(
    world: World,
) -> None:
    asked = {**DETAILS[AGENCY], "code": "twin", "names": {"fr": "Agence jumelle"}}
    first, second = await world.admin(AGENCY), await world.colleague(AGENCY, Role.ADMINISTRATOR)
    number = await world.asks(Act.KEEP_AUTHORITY, asked, first)
    with pytest.raises(ConfirmedFromAbove):
        await confirm(world.services, number, by=second)
    with pytest.raises(AlertingError):  # the centre manages the agency
        await confirm(world.services, number, by=first)
    await confirm(world.services, number, by=BO)


async def shared(world: World) -> tuple[Member, Officer]:
    """An auditor of the city whom a town and the centre made an auditor of the town, too."""
    name = await world.account(CITY)
    luc = await comes_in(world.services, world.clock, last_link(world.services), name, Role.AUDITOR)
    asked = {"officer": name, "authority": TOWN, "role": "auditor"}
    number = await world.asks(Act.GRANT_MEMBERSHIP, asked, await world.admin(TOWN))
    await confirm(world.services, number, by=BO)
    return luc, await world.admin(CITY)


async def test_nobody_gives_somebody_elses_person_a_membership_without_them(world: World) -> None:
    """Two of the town agree; it takes one who answers for the city's people, too."""
    luc = await world.colleague(CITY)
    asked = {"officer": luc.name, "authority": TOWN, "role": "auditor"}
    number = await world.asks(Act.GRANT_MEMBERSHIP, asked, await world.admin(TOWN))
    for manages_one in (TOWN, OFFICE, PROVINCE, CITY):
        other = await world.colleague(manages_one, Role.ADMINISTRATOR)
        refused = WorksElsewhere if manages_one in (TOWN, OFFICE) else (NotFound, OutsideTerritory)
        with pytest.raises(refused):
            await confirm(world.services, number, by=other)
    await confirm(world.services, number, by=await world.admin(AGENCY))


async def test_whoever_someone_works_for_shuts_out_what_is_its_own_and_no_more(
    world: World,
) -> None:
    luc, mayor = await shared(world)
    services = world.services
    at_city, at_town = (await luc.account()).memberships
    here, there = (await luc.signs_in()).session, (await luc.signs_in()).session
    await sessions.switch_membership(services, there, at_town.id)

    with pytest.raises(BadRequest, match="Gent"):
        await administration.require_may_manage_account(services, luc.name, by=mayor)
    places = await administration.require_may_manage_account(
        services, luc.name, by=mayor, shared=True
    )
    assert places == {CITY}
    assert await sessions.end_sessions(services, by=mayor, holder=luc.name, among=places) == 2
    with pytest.raises(NotSignedIn):
        await sessions.get_session(services, here)
    assert (await sessions.get_session(services, there)).officer.authority.code == TOWN

    with pytest.raises(NotFound):
        await memberships.end_membership(services, at_town.id, by=mayor)
    await memberships.end_membership(services, at_city.id, by=mayor)
    with pytest.raises(AlertingError):
        await sessions.switch_membership(services, there, at_city.id)


async def test_a_membership_that_ended_shields_nobody(world: World) -> None:
    luc, mayor = await shared(world)
    _, at_town = (await luc.account()).memberships
    await memberships.end_membership(world.services, at_town.id, by=await world.admin(TOWN))
    await administration.require_may_manage_account(world.services, luc.name, by=mayor)
