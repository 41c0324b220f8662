"""One way for everything that takes two people, and nobody gets round the other through any kind.

Nobody confirms what they requested, what is for them, or what they had a hand in; whoever confirms
manages the authority themselves; it lapses; and what it would change is looked at again.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from alerting.actions import authorization, change_requests
from alerting.actions.accounts import administration, memberships, tokens
from alerting.actions.accounts.memberships import MembershipDetails
from alerting.actions.authorities import incidents
from alerting.actions.authorities import lists as authority_lists
from alerting.actions.authorities import manage as authorities
from alerting.actions.authorities.accounts import AccountDetails
from alerting.actions.authorities.lists import ListEntryDetails
from alerting.actions.authorities.manage import AuthorityDetails
from alerting.actions.change_request_kinds import KINDS
from alerting.actions.templates import scenarios, versions
from alerting.domain.authority import Phase
from alerting.domain.change_request import ASKED_BY_ANYBODY, LASTS, Act, ChangeRequest, Decision
from alerting.domain.errors import (
    AlertingError,
    AlreadyDecided,
    ChangeRequestLapsed,
    NeedsOtherPerson,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OutsideTerritory,
    RequesterShutOut,
    Stale,
)
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store.accounts import memberships as membership_rows
from alerting.store.authorities import accounts as authority_account_rows
from alerting.store.tables import change_request
from tests.doubles import Clock
from tests.staff import ADA, BO, confirm, reject, shut_out
from tests.territory import CITY, PARTNER, TOWN, Country

WORDING = "chem_shelter/sms.toml"
NOOR = Officer("noor", Role.ADMINISTRATOR)
PAUL, QUENTIN = Officer("paul", Role.APPROVER), Officer("quentin", Role.APPROVER)
LIST_ENTRY: dict[str, Any] = {
    "authority": CITY,
    "list": "shelter",
    "key": "hall",
    "change": "add",
    "texts": {"fr": "le hall", "nl": "de hal", "de": "die Halle", "en": "the hall"},
}
ACCOUNT: dict[str, Any] = {
    "authority": CITY,
    "channel": "press",
    "account": "all",
    "change": "end",
}
AUTHORITY: dict[str, Any] = {
    "code": CITY,
    "level": "municipal",
    "names": {"fr": "Cité de Liège"},
    "territory": ["62063"],
}


@dataclass
class World:
    """A country, and what its people do to it."""

    country: Country
    services: Services

    async def granted(self, name: str, role: Role = Role.AUDITOR, where: str = CITY) -> int:
        """Somebody is a member, whoever agreed on it."""
        wanted = MembershipDetails(officer=name, authority=where, role=role)
        async with self.services.unit() as unit:
            number = await memberships.grant(
                self.services, unit, wanted, granted_by="x", confirmed_by=SHELL
            )
        assert number is not None
        return number

    async def propose(self, what: Act, details: Mapping[str, Any], *, by: Officer = ADA) -> int:
        return (await change_requests.request_change(self.services, KINDS, what, details, by=by)).id

    async def reads(self, number: int) -> ChangeRequest:
        found = (await change_requests.list_change_requests(self.services, by=ADA)).items
        return next(one for one in found if one.id == number)

    async def wording(self, words: str, *, by: Officer) -> int:
        """Another wording waits; the number of its request."""
        library = await scenarios.list_scenarios(self.services)
        content = library.source("chem_shelter", "sms").replace("Air dangereux", words)
        version = await versions.propose_version(self.services, WORDING, content, by=by)
        found = (await change_requests.list_change_requests(self.services, by=ADA)).items
        return next(one.id for one in found if one.details == {"version": version})


async def invites(world: World) -> int:
    asked = {
        "officer": "noor",
        "email": "noor@crisis.example",
        "language": "nl",
        "role": "auditor",
        "authority": CITY,
    }
    return await world.propose(Act.INVITE, asked)


async def invites_again(world: World) -> int:
    await confirm(world.services, await invites(world), by=BO)
    return await world.propose(Act.INVITE_AGAIN, {"officer": "noor"})


async def changes_role(world: World) -> int:
    number = await world.granted("noor")
    asked = {"officer": "noor", "membership": number, "role": "approver"}
    return await world.propose(Act.CHANGE_ROLE, asked)


async def ends_membership(world: World) -> int:
    asked = {"officer": "noor", "membership": await world.granted("noor")}
    return await world.propose(Act.END_MEMBERSHIP, asked)


async def ends_account(world: World) -> int:
    await confirm(world.services, await invites(world), by=BO)
    return await world.propose(Act.END_ACCOUNT, {"officer": "noor"})


async def grants(world: World) -> int:
    asked = {"officer": "noor", "authority": CITY, "role": "auditor"}
    return await world.propose(Act.GRANT_MEMBERSHIP, asked)


async def makes_token(world: World) -> int:
    number = await world.granted("noor", Role.ADMINISTRATOR)
    async with world.services.reading() as reading:
        noor = await authorization.member_named(world.services, reading, "noor", number)
    await administration.request_token(world.services, by=noor)
    found = (await change_requests.list_change_requests(world.services, by=ADA)).items
    return next(one.id for one in found if one.what is Act.MAKE_TOKEN)


async def invites_partner(world: World) -> int:
    happening = await incidents.open_incident(
        world.services, "Fire", ["4000 Liège"], Phase.FEDERAL, by=PAUL
    )
    until = (world.services.now() + timedelta(days=2)).isoformat()
    asked = {"authority": PARTNER, "incident": happening.id, "until": until}
    return await world.propose(Act.INVITE_PARTNER, asked, by=PAUL)


async def keeps_authority(world: World) -> int:
    return await world.propose(Act.KEEP_AUTHORITY, AUTHORITY)


async def keeps_entry(world: World) -> int:
    return await world.propose(Act.KEEP_LIST_ENTRY, LIST_ENTRY)


async def keeps_account(world: World) -> int:
    row = AccountDetails.model_validate(ACCOUNT).row
    async with world.services.unit() as unit:
        await authority_account_rows.add(unit.connection, row, now=world.services.now())
    return await world.propose(Act.KEEP_ACCOUNT, ACCOUNT)


async def account_is_ended(world: World) -> None:
    row = AccountDetails.model_validate(ACCOUNT).row
    async with world.services.unit() as unit:
        await authority_account_rows.end(unit.connection, row, now=world.services.now())


async def words_template(world: World) -> int:
    return await world.wording("Air toxique", by=PAUL)


async def is_member_of_more(world: World) -> None:
    await world.granted("noor", Role.APPROVER)


async def is_member_no_more(world: World) -> None:
    (held,) = await memberships.memberships_of(world.services, "noor")
    await shut_out(world.services, held.id)


async def incident_moves_on(world: World) -> None:
    (one,) = (await incidents.list_incidents(world.services, by=PAUL)).items
    await incidents.change_phase(
        world.services, one.id, Phase.MUNICIPAL, by=PAUL, lead_authority=CITY
    )


async def authority_changes(world: World) -> None:
    wanted = AuthorityDetails.model_validate({**AUTHORITY, "names": {"fr": "Liège-Ville"}})
    async with world.services.unit() as unit:
        await authorities.save_authority(world.services, unit, wanted, by=SHELL)


async def entry_changes(world: World) -> None:
    texts = {**LIST_ENTRY["texts"], "fr": "la halle"}
    wanted = ListEntryDetails.model_validate({**LIST_ENTRY, "texts": texts})
    async with world.services.unit() as unit:
        await authority_lists.save_entry(world.services, unit, wanted, by=SHELL)


async def library_changes(world: World) -> None:
    other = await world.wording("Air malsain", by=PAUL)
    await confirm(world.services, other, by=QUENTIN)


Asks = Callable[[World], Awaitable[int]]
Meddles = Callable[[World], Awaitable[None]]
CASES: Mapping[Act, tuple[Asks, Meddles, Officer, Officer, Role]] = {
    Act.INVITE: (invites, is_member_of_more, ADA, BO, Role.ADMINISTRATOR),
    Act.INVITE_AGAIN: (invites_again, is_member_of_more, ADA, BO, Role.ADMINISTRATOR),
    Act.CHANGE_ROLE: (changes_role, is_member_of_more, ADA, BO, Role.ADMINISTRATOR),
    Act.END_MEMBERSHIP: (ends_membership, is_member_no_more, ADA, BO, Role.ADMINISTRATOR),
    Act.END_ACCOUNT: (ends_account, is_member_of_more, ADA, BO, Role.ADMINISTRATOR),
    Act.GRANT_MEMBERSHIP: (grants, is_member_of_more, ADA, BO, Role.ADMINISTRATOR),
    Act.MAKE_TOKEN: (makes_token, is_member_no_more, NOOR, BO, Role.ADMINISTRATOR),
    Act.INVITE_PARTNER: (invites_partner, incident_moves_on, PAUL, QUENTIN, Role.APPROVER),
    Act.KEEP_AUTHORITY: (keeps_authority, authority_changes, ADA, BO, Role.ADMINISTRATOR),
    Act.KEEP_LIST_ENTRY: (keeps_entry, entry_changes, ADA, BO, Role.ADMINISTRATOR),
    Act.KEEP_ACCOUNT: (keeps_account, account_is_ended, ADA, BO, Role.ADMINISTRATOR),
    Act.APPROVE_TEMPLATE: (words_template, library_changes, PAUL, QUENTIN, Role.APPROVER),
}
"""Kind -> how it is asked for, what is meddled with meanwhile, who asks, who confirms, as what."""


@pytest.fixture
async def world(services: Services) -> World:
    return World(await Country(services).founded(), services)


def test_every_kind_is_in_the_table() -> None:
    assert set(CASES) == set(KINDS) == set(Act)


@pytest.mark.parametrize("what", list(Act))
async def test_a_second_person_confirms_it_once(world: World, what: Act) -> None:
    asks, _, _, second, _ = CASES[what]
    number = await asks(world)
    done = await confirm(world.services, number, by=second)
    assert (done.request.decision, done.request.decided_by) == (Decision.CONFIRMED, second.name)
    with pytest.raises(AlertingError):
        await confirm(world.services, number, by=Officer("cleo", second.role))


@pytest.mark.parametrize("what", list(Act))
async def test_nobody_confirms_their_own_or_what_is_for_them(world: World, what: Act) -> None:
    asks, _, first, _, role = CASES[what]
    number = await asks(world)
    for own in (first, Officer("noor", role)):
        if own is not first and "officer" not in (await world.reads(number)).details:
            continue
        with pytest.raises(NeedsOtherPerson):
            await confirm(world.services, number, by=own)
    assert (await world.reads(number)).decision is None


@pytest.mark.parametrize("what", list(Act))
async def test_whoever_confirms_manages_the_authority_themselves(world: World, what: Act) -> None:
    asks, _, _, second, role = CASES[what]
    number = await asks(world)
    elsewhere = await world.country.officer(role, TOWN)
    powerless = Officer("press", Role.PRESS_OFFICER)
    for other in (elsewhere, powerless):
        with pytest.raises((NotFound, OutsideTerritory, NotAllowed)):
            await confirm(world.services, number, by=other)
        with pytest.raises((NotFound, OutsideTerritory, NotAllowed)):
            await reject(world.services, number, by=other)
    await confirm(world.services, number, by=second)


@pytest.mark.parametrize("what", list(Act))
async def test_it_lapses_after_a_day(world: World, clock: Clock, what: Act) -> None:
    asks, _, first, second, _ = CASES[what]
    number = await asks(world)
    clock.now += LASTS - timedelta(seconds=1)
    assert (await world.reads(number)).decision is None
    clock.now += timedelta(seconds=1)
    assert (await world.reads(number)).decision is Decision.LAPSED
    for act, by in ((confirm, second), (reject, second), (reject, first)):
        with pytest.raises(ChangeRequestLapsed):
            await act(world.services, number, by=by)


@pytest.mark.parametrize("what", list(Act))
async def test_what_it_would_change_is_looked_at_again(world: World, what: Act) -> None:
    asks, meddles, _, second, _ = CASES[what]
    number = await asks(world)
    await meddles(world)
    if what is Act.MAKE_TOKEN:  # asked for under the membership that ended, and ended with it
        assert (await world.reads(number)).decision is Decision.REFUSED
        return
    with pytest.raises((Stale, NotFound)):
        await confirm(world.services, number, by=second)
    assert (await world.reads(number)).decision is None
    await reject(world.services, number, by=second)


@pytest.mark.parametrize("what", list(Act))
async def test_what_its_requester_could_not_ask_for_today_is_not_confirmed(
    world: World, what: Act
) -> None:
    asks, _, first, second, role = CASES[what]
    if first is NOOR:
        return  # her own token: it ends with her membership
    number = await asks(world)
    held = await world.granted(first.name, role, "national")
    async with world.services.unit() as unit:
        await unit.connection.execute(
            sa.update(change_request)
            .where(change_request.c.id == number)
            .values(membership_id=held)
        )
        await membership_rows.end(unit.connection, held, now=world.services.now())
    with pytest.raises(RequesterShutOut):
        await confirm(world.services, number, by=second)
    await world.granted(first.name, Role.AUDITOR, CITY)
    if what not in ASKED_BY_ANYBODY:
        with pytest.raises(RequesterShutOut):
            await confirm(world.services, number, by=second)
        await world.granted(first.name, role, "national")
    await confirm(world.services, number, by=second)


@pytest.mark.parametrize("way", ["membership", "account", "role"])
async def test_whoever_is_shut_out_takes_along_what_they_asked_for(world: World, way: str) -> None:
    services = world.services
    asked = {"officer": "gia", "email": "gia@crisis.example", "language": "nl"}
    invited = await world.propose(
        Act.INVITE, {**asked, "role": "administrator", "authority": "national"}
    )
    await confirm(services, invited, by=BO)
    async with services.reading() as reading:
        (held,) = await membership_rows.memberships_of(reading.connection, "gia")
        gia = await authorization.member_named(services, reading, "gia", held.id)
    grant = {"officer": "mole", "authority": "national", "role": "administrator"}
    mole = await world.propose(Act.GRANT_MEMBERSHIP, grant, by=gia)
    await world.granted("x", Role.ADMINISTRATOR, "national")
    await world.granted("y", Role.ADMINISTRATOR, "national")
    if way == "membership":
        assert await memberships.end_membership(services, held.id, by=ADA) is None
    elif way == "account":
        assert await administration.end_account(services, "gia", by=ADA) is None
    else:
        change = {"officer": "gia", "membership": held.id, "role": "auditor"}
        await confirm(services, await world.propose(Act.CHANGE_ROLE, change), by=BO)
    assert (await world.reads(mole)).decision is Decision.REFUSED
    with pytest.raises(AlreadyDecided):
        await confirm(services, mole, by=BO)


async def test_whoever_wrote_a_wording_does_not_approve_it_through_a_request_of_another(
    world: World,
) -> None:
    number = await world.wording("Air toxique", by=QUENTIN)
    found = await world.reads(number)
    assert found.hands
    with pytest.raises(NeedsOtherPerson):
        await confirm(world.services, number, by=QUENTIN)
    await confirm(world.services, number, by=PAUL)


async def test_a_token_that_waits_for_a_refused_request_never_opens(world: World) -> None:
    number = await world.granted("noor", Role.COMMUNICATOR)
    async with world.services.reading() as reading:
        noor = await authorization.member_named(world.services, reading, "noor", number)
    secret = await administration.request_token(world.services, by=noor)
    (waiting,) = (await change_requests.list_change_requests(world.services, by=ADA)).items
    with pytest.raises(NeedsOtherPerson):
        await confirm(world.services, waiting.id, by=NOOR)
    await reject(world.services, waiting.id, by=BO)
    with pytest.raises(NotSignedIn):
        await tokens.get_token(world.services, secret)
