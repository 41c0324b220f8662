"""What changes who may do what takes two people: one requests, another with the same right decides.

Done once, whoever asks twice or at the same time; never by whoever requested it or whom it is for.
"""

import asyncio
from typing import Any

import pytest

from alerting.actions import authorization, change_requests
from alerting.actions.accounts import administration, magic_links, memberships, sessions, tokens
from alerting.actions.change_request_kinds import KINDS
from alerting.actions.change_requests import DecidedChange
from alerting.domain.change_request import Act, ChangeRequest, Decision
from alerting.domain.errors import (
    AlertingError,
    AlreadyDecided,
    BadRequest,
    ChangeRequestLapsed,
    NeedsOtherPerson,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OneMembership,
    OutsideTerritory,
    TwoAreNeeded,
)
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store import Database
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.make import make_services
from tests.staff import shut_out
from tests.territory import CITY, PROVINCE, TOWN, Country

ADA = Officer("ada", Role.ADMINISTRATOR)
BRAM = Officer("bram", Role.ADMINISTRATOR)
LUCIE: dict[str, Any] = {"officer": "lucie", "authority": CITY, "role": "communicator"}


@pytest.fixture
def services(database: Database, clock: Clock) -> Services:
    """On both databases: these promises rest on what they lock."""
    return make_services(database, clock)


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


async def request(
    services: Services, details: object, *, by: Officer = ADA, what: Act = Act.GRANT_MEMBERSHIP
) -> ChangeRequest:
    return await change_requests.request_change(services, KINDS, what, details, by=by)


async def confirm(services: Services, made: ChangeRequest, *, by: Officer = BRAM) -> DecidedChange:
    return await change_requests.confirm_change(services, KINDS, made.id, by=by)


async def test_a_membership_is_there_when_a_second_person_confirmed_it(
    country: Country, services: Services, desk: Desk
) -> None:
    made = await request(services, LUCIE)
    assert await memberships.memberships_of(services, "lucie") == []
    with pytest.raises(NeedsOtherPerson):
        await confirm(services, made, by=ADA)
    done = await confirm(services, made)
    assert (done.request.decision, done.request.decided_by) == (Decision.CONFIRMED, "bram")
    [one] = await memberships.memberships_of(services, "lucie")
    assert (one.authority, one.role, one.granted_by, one.confirmed_by) == (
        CITY,
        Role.COMMUNICATOR,
        "ada",
        "bram",
    )
    written = await desk.ledger()
    assert written[-3:] == ["change_request.made", "membership.granted", "change_request.confirmed"]


async def test_nobody_confirms_what_they_themselves_would_get(
    country: Country, services: Services
) -> None:
    made = await request(services, {**LUCIE, "officer": "bram"})
    with pytest.raises(NeedsOtherPerson):
        await confirm(services, made)


async def test_the_same_wish_twice_is_one_request(country: Country, services: Services) -> None:
    first = await request(services, LUCIE)
    again = await request(services, LUCIE, by=BRAM)
    assert again.id == first.id
    assert again.requested_by == "ada"
    await confirm(services, first)
    assert (await request(services, LUCIE)).id != first.id


async def test_two_who_wish_the_same_at_once_made_one_request(
    country: Country, services: Services
) -> None:
    made = await asyncio.gather(*(request(services, LUCIE, by=one) for one in (ADA, BRAM)))
    assert made[0].id == made[1].id
    assert len((await change_requests.list_change_requests(services, by=ADA)).items) == 1


async def test_of_two_who_decide_at_once_one_is_told_it_was_decided(
    country: Country, services: Services
) -> None:
    made = await request(services, LUCIE)
    carla = Officer("carla", Role.ADMINISTRATOR)
    answers = await asyncio.gather(
        confirm(services, made), confirm(services, made, by=carla), return_exceptions=True
    )
    assert {type(one) for one in answers} == {DecidedChange, AlreadyDecided}
    assert len(await memberships.memberships_of(services, "lucie")) == 1


async def test_a_refused_request_stays_refused(country: Country, services: Services) -> None:
    made = await request(services, LUCIE)
    refused = await change_requests.reject_change(services, KINDS, made.id, by=ADA)
    assert refused.decision is Decision.REFUSED
    with pytest.raises(AlreadyDecided):
        await confirm(services, made)
    assert await memberships.memberships_of(services, "lucie") == []


async def test_a_request_nobody_decides_on_lapses(
    country: Country, services: Services, clock: Clock
) -> None:
    made = await request(services, LUCIE)
    clock.forward(hours=25)
    with pytest.raises(ChangeRequestLapsed):
        await confirm(services, made)
    again = await request(services, LUCIE)
    assert again.id != made.id
    await confirm(services, again)


async def test_both_need_the_right_and_the_territory(country: Country, services: Services) -> None:
    admin = await country.officer(Role.ADMINISTRATOR)
    second = await country.officer(Role.ADMINISTRATOR, name="second.liege")
    stranger = await country.officer(Role.ADMINISTRATOR, TOWN)
    with pytest.raises(NotAllowed):
        await request(services, LUCIE, by=MILA)
    with pytest.raises(OutsideTerritory):
        await request(services, {**LUCIE, "authority": TOWN}, by=admin)
    with pytest.raises(OutsideTerritory):
        await request(services, {**LUCIE, "authority": "national"}, by=admin)
    with pytest.raises(OutsideTerritory):
        await request(services, {**LUCIE, "authority": PROVINCE}, by=admin)
    made = await request(services, LUCIE, by=admin)
    with pytest.raises(NotFound):
        await confirm(services, made, by=stranger)
    assert (await change_requests.list_change_requests(services, by=stranger)).items == []
    assert [
        one.id for one in (await change_requests.list_change_requests(services, by=second)).items
    ] == [made.id]
    await confirm(services, made, by=second)


async def test_a_token_works_under_its_membership_and_ends_with_it(
    country: Country, services: Services
) -> None:
    await confirm(services, await request(services, LUCIE))
    [member] = await memberships.memberships_of(services, "lucie")
    async with services.reading() as reading:
        lucie = await authorization.member_named(services, reading, "lucie", member.id)
    secret = await administration.request_token(services, by=lucie)
    [made] = [
        one
        for one in (await change_requests.list_change_requests(services, by=ADA)).items
        if one.decision is None
    ]
    await confirm(services, made)
    lucie = await tokens.officer_by_token(services, secret)
    assert (lucie.role, lucie.authority.code) == (Role.COMMUNICATOR, CITY)
    assert lucie.authority.territory.codes == {"62063"}
    await shut_out(services, member.id)
    with pytest.raises(NotSignedIn):
        await tokens.officer_by_token(services, secret)


async def test_a_session_from_a_one_time_link_keeps_to_its_membership(
    country: Country, services: Services
) -> None:
    first = await country.officer(Role.COMMUNICATOR, CITY, name="lucie")
    other = await country.officer(Role.APPROVER, PROVINCE, name="lucie")
    session = await magic_links.sign_in(services, await magic_links.make_link(services, first))
    with pytest.raises(OneMembership):
        await sessions.switch_membership(services, session, other.membership)
    now = await sessions.officer_by_session(services, session)
    assert (now.role, now.authority.code) == (Role.COMMUNICATOR, CITY)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"role": "king"}, id="a role there is not"),
        pytest.param({"officer": "Lu cie"}, id="a name with a space"),
        pytest.param({"extra": 1}, id="something nobody asked for"),
        pytest.param({"authority": "../etc"}, id="no code of an authority"),
    ],
)
async def test_a_wish_that_cannot_be_read_is_refused_at_once(
    country: Country, services: Services, change: dict[str, object]
) -> None:
    with pytest.raises(BadRequest):
        await request(services, {**LUCIE, **change})


async def test_an_authority_sets_up_others_only_below_itself_and_inside(
    country: Country, services: Services
) -> None:
    admin = await country.officer(Role.ADMINISTRATOR, PROVINCE)
    second = await country.officer(Role.ADMINISTRATOR, PROVINCE, name="second.province")
    wanted: dict[str, object] = {
        "code": "eupen",
        "level": "municipal",
        "names": {"de": "Stadt Eupen"},
        "territory": ["Eupen"],
    }
    refused: list[tuple[dict[str, object], type[AlertingError]]] = [
        ({"territory": ["Gent"]}, OutsideTerritory),
        ({"territory": ["Belgique"]}, OutsideTerritory),
        ({"level": "federal"}, BadRequest),
        ({"code": TOWN}, OutsideTerritory),
        ({"code": "national"}, OutsideTerritory),
        ({"senders": {"url": {"fr": "http://plain.example"}}}, BadRequest),
    ]
    for change, kind in refused:
        with pytest.raises(kind):
            await request(services, {**wanted, **change}, by=admin, what=Act.KEEP_AUTHORITY)
    made = await request(services, wanted, by=admin, what=Act.KEEP_AUTHORITY)
    await confirm(services, made, by=second)
    mayor = await country.officer(Role.COMMUNICATOR, "eupen")
    assert mayor.authority.territory.codes == {"63023"}


async def test_whoever_has_a_shell_begins_alone_and_then_no_longer(
    country: Country, services: Services, clock: Clock
) -> None:
    await memberships.shell_may(services)
    for name in ("ada", "bram"):
        admin = await country.officer(Role.ADMINISTRATOR, "national", name=name, token=False)
        await memberships.shell_may(services)  # nobody is locked out who has no token yet
        await tokens.make_token(services, admin, by=SHELL)
    with pytest.raises(TwoAreNeeded):
        await memberships.shell_may(services)
    clock.forward(days=100)
    await memberships.shell_may(services)
