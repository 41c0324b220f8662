"""Nobody becomes somebody else, and nobody gives out what is not below their own authority."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from alerting.actions import change_requests
from alerting.actions.accounts import (
    administration,
    emergency_accounts,
    invitations,
    magic_links,
    memberships,
    sessions,
    tokens,
)
from alerting.actions.accounts.memberships import MembershipDetails
from alerting.actions.accounts.tokens import check_name
from alerting.actions.alerts import scheduling
from alerting.actions.authorities.manage import AuthorityDetails, save_authority
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.change_request import LASTS, Act
from alerting.domain.errors import (
    AlertingError,
    BadRequest,
    ChangeRequestLapsed,
    NameTaken,
    NotFound,
    NotSignedIn,
    OutsideTerritory,
)
from alerting.domain.ledger import SERVICE, SHELL, Actor, ActorKind, LedgerEntry, network_of
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store import ledger as ledger_rows
from alerting.store.tables import account
from tests import having_read
from tests.desk import JORIS, Desk
from tests.doubles import Clock
from tests.staff import (
    ADA,
    BO,
    OFFICE,
    administrator,
    confirm,
    emails,
    reject,
    send_mails,
    shut_out,
    wanted,
)
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
        await save_authority(
            services, unit, AuthorityDetails.model_validate(ABOVE_IN_GENT), by=SHELL
        )
    return founded


async def has_a_membership(services: Services, name: str, authority: str, *, ended: bool) -> None:
    async with services.unit() as unit:
        details = MembershipDetails(officer=name, authority=authority, role=Role.APPROVER)
        await memberships.grant(services, unit, details, granted_by="ada", confirmed_by=SHELL)
    if ended:
        (held,) = [
            one
            for one in await memberships.list_memberships(services, by=ADA)
            if one.officer == name
        ]
        await shut_out(services, held.id)


@pytest.mark.parametrize("ended", [False, True], ids=["living", "ended"])
@pytest.mark.parametrize("elsewhere", ["national", CITY, PROVINCE, FEDERAL])
async def test_no_account_is_opened_under_the_name_of_somebody_who_works_elsewhere(
    country: Country, services: Services, elsewhere: str, ended: bool
) -> None:
    await has_a_membership(services, "eva", elsewhere, ended=ended)
    gina = await country.officer(Role.ADMINISTRATOR, TOWN)
    with pytest.raises(NameTaken):
        await invitations.request_invitation(
            services, wanted("eva", Role.AUDITOR, authority=TOWN), by=gina
        )


async def test_the_name_is_looked_at_again_when_it_is_confirmed(
    country: Country, services: Services
) -> None:
    gina = await country.officer(Role.ADMINISTRATOR, TOWN)
    asked = await invitations.request_invitation(
        services, wanted("eva", Role.AUDITOR, authority=TOWN), by=gina
    )
    await has_a_membership(services, "eva", "national", ended=False)
    gerd = Officer("gerd", Role.ADMINISTRATOR, authority=gina.authority)
    with pytest.raises(NameTaken):
        await confirm(services, asked, by=gerd)


def by_an_account(services: Services, authority: str, by: Officer) -> Awaitable[object]:
    asked = wanted("gx", Role.APPROVER, authority=authority)
    return invitations.request_invitation(services, asked, by=by)


def by_a_membership(services: Services, authority: str, by: Officer) -> Awaitable[object]:
    asked = {"officer": "gx", "authority": authority, "role": "approver"}
    return change_requests.request_change(services, KINDS, Act.GRANT_MEMBERSHIP, asked, by=by)


def by_changing_it(services: Services, authority: str, by: Officer) -> Awaitable[object]:
    asked = {**ABOVE_IN_GENT, "code": authority, "level": "municipal"}
    return change_requests.request_change(services, KINDS, Act.KEEP_AUTHORITY, asked, by=by)


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
    asked = await invitations.request_invitation(
        services, wanted("gx", Role.APPROVER, authority=FEDERAL), by=ADA
    )
    gerd = await country.officer(Role.ADMINISTRATOR, TOWN)
    for act in (confirm, reject):
        with pytest.raises(NotFound):
            await act(services, asked, by=gerd)


async def test_a_request_about_an_account_lapses_and_can_be_made_again(
    services: Services, clock: Clock
) -> None:
    asked = await invitations.request_invitation(services, wanted("eva", Role.APPROVER), by=ADA)
    clock.now += LASTS - timedelta(seconds=1)
    assert [one.id for one in (await administration.list_accounts(services, by=ADA))[1].items] == [
        asked
    ]
    clock.now += timedelta(seconds=1)
    assert (await administration.list_accounts(services, by=ADA))[1].items == []
    for act in (confirm, reject):
        with pytest.raises(ChangeRequestLapsed):
            await act(services, asked, by=BO)
    again = await invitations.request_invitation(services, wanted("eva", Role.APPROVER), by=ADA)
    await confirm(services, again, by=BO)


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
        await change_requests.request_change(
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
            await invitations.request_invitation(services, wanted(name, Role.APPROVER), by=ADA)
        with pytest.raises(NameTaken):
            await by_a_membership_called(services, name)


def by_a_membership_called(services: Services, name: str) -> Awaitable[object]:
    asked = {"officer": name, "authority": "national", "role": "approver"}
    return change_requests.request_change(services, KINDS, Act.GRANT_MEMBERSHIP, asked, by=ADA)


async def test_there_is_one_emergency_account_an_administrators_and_all_are_told(
    services: Services, clock: Clock
) -> None:
    await administrator(services, clock, "ada")
    with pytest.raises(BadRequest):
        await emergency_accounts.make_emergency_account(
            services, wanted("emergency1", Role.COMMUNICATOR), by=SHELL
        )
    await emergency_accounts.make_emergency_account(
        services, wanted("emergency1", Role.ADMINISTRATOR), by=SHELL
    )
    await send_mails(services)
    assert "emergency1" in emails(services)[-1][1]
    with pytest.raises(BadRequest):
        await emergency_accounts.make_emergency_account(
            services, wanted("emergency2", Role.ADMINISTRATOR), by=SHELL
        )
    await administration.end_account(services, "emergency1", by=SHELL)
    await emergency_accounts.make_emergency_account(
        services, wanted("emergency2", Role.ADMINISTRATOR), by=SHELL
    )


async def last_entry(services: Services) -> LedgerEntry:
    async with services.reading() as reading:
        return (await ledger_rows.entries(reading.connection))[-1]


async def marked(services: Services, by: Officer | Actor) -> LedgerEntry:
    """What the ledger keeps of an act done by somebody."""
    async with services.unit() as unit:
        await unit.record("test.done", by=by, about="test/1", at=services.now())
    return await last_entry(services)


async def by_token(services: Services) -> tuple[Officer, int]:
    secret = await tokens.make_token(services, JORIS, by=SHELL)
    found = await tokens.get_token(services, secret, network=OFFICE.network)
    return found.officer, found.id


async def by_session(services: Services) -> tuple[Officer, int]:
    secret = await magic_links.sign_in(services, await magic_links.make_link(services, JORIS))
    found = await sessions.get_session(services, secret, network=OFFICE.network)
    return found.officer, found.id


@pytest.mark.parametrize("way", [by_token, by_session])
async def test_an_act_bears_the_number_of_the_token_or_session_that_did_it(
    services: Services, way: Callable[[Services], Awaitable[tuple[Officer, int]]]
) -> None:
    officer, opened = await way(services)
    first = await marked(services, officer)
    assert first.credential == opened
    assert (first.kind, first.by, first.network, first.authority) == (
        ActorKind.PERSON,
        JORIS.name,
        network_of(OFFICE.network),
        "national",
    )
    again, other = await way(services)
    assert other != opened
    assert (await marked(services, again)).credential == other


@pytest.mark.parametrize(("actor", "kind"), [(SHELL, "shell"), (SERVICE, "service")])
async def test_the_shell_and_the_service_are_no_person_whatever_a_person_is_called(
    services: Services, actor: Actor, kind: str
) -> None:
    assert (await marked(services, actor)).kind == kind
    namesake = await marked(services, Officer(actor.name, Role.ADMINISTRATOR))
    assert namesake.kind is ActorKind.PERSON
    with pytest.raises(AttributeError):
        await marked(services, cast("Actor", actor.name))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("testclient", ""),
        ("", ""),
    ],
)
async def test_no_whole_address_of_a_client_stands_in_the_ledger(
    services: Services, address: str, network: str
) -> None:
    for by in (Actor(name="mila", network=address), replace(JORIS, network=address)):
        assert (await marked(services, by)).network == network


async def test_signing_in_and_what_is_done_before_it_say_from_where(
    services: Services, clock: Clock
) -> None:
    milo = await administrator(services, clock, "milo")
    entered = await milo.signs_in()
    opened = await sessions.get_session(services, entered.session)
    async with services.reading() as reading:
        found = [e for e in await ledger_rows.entries(reading.connection) if e.by == "milo"]
    assert {e.what for e in found} >= {"password.changed", "app.set", "officer.signed-in"}
    assert {e.network for e in found} == {network_of(OFFICE.network)}
    assert found[-1].credential == opened.id


async def test_what_was_scheduled_is_sent_by_the_service_in_its_schedulers_name(
    desk: Desk, clock: Clock
) -> None:
    await desk.registers_a_few()
    made = await desk.approves(await desk.drafts())
    later = clock.now + timedelta(hours=2)
    await having_read.schedule(desk.services, made.id, later, by=JORIS)
    clock.now = later
    assert await scheduling.send_due(desk.services) == 1
    async with desk.services.reading() as reading:
        found = await ledger_rows.entries(reading.connection, about=f"alert/{made.id}")
    (sent,) = [e for e in found if e.what == "alert.sent"]
    assert sent.kind is ActorKind.SERVICE
    assert sent.details["scheduled_by"] == JORIS.name
    assert (await desk.reads(made)).sender == JORIS.name


async def test_an_account_grants_nothing_where_its_memberships_have_ended(
    services: Services, clock: Clock
) -> None:
    milo = await administrator(services, clock, "milo")
    session = (await milo.signs_in()).session
    token = await tokens.make_token(services, milo.officer, by=SHELL)
    (held,) = (await milo.account()).memberships
    await shut_out(services, held.id)
    for opens in (
        sessions.get_session(services, session),
        tokens.get_token(services, token),
        milo.types_password(),
    ):
        with pytest.raises(NotSignedIn):
            await opens
    assert "role" not in account.c


async def test_whoever_is_let_in_from_the_server_becomes_a_member(services: Services) -> None:
    secret = await tokens.make_token(services, JORIS, by=SHELL)
    again = await tokens.make_token(services, JORIS, by=SHELL)
    first, other = [await tokens.officer_by_token(services, one) for one in (secret, again)]
    (held,) = await memberships.memberships_of(services, JORIS.name)
    assert {first.membership, other.membership} == {held.id}
    assert (held.role, held.authority) == (JORIS.role, "national")
