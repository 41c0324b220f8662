"""One administrator shuts out anybody but those without whom their authority cannot alert (one
writes, another approves; at night one alone) or be managed by two: that takes two people.

Nobody counts who cannot get in. Whose access ends, and the other administrators, are told, whatever
ends: a membership, an account, sessions or a token; nobody is signed out all day.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from alerting.actions import authorization
from alerting.actions.accounts import administration, invitations, memberships, sessions, tokens
from alerting.domain.change_request import Decision
from alerting.domain.errors import NeedsOtherPerson, SignedOutOften
from alerting.domain.ledger import SHELL, Actor
from alerting.domain.officer import Officer, Permission, Role
from alerting.services import Services
from tests.doubles import Clock
from tests.staff import ADA, BO, administrator, confirm, emails, member, send_mails, wanted
from tests.territory import CITY, Country


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


async def city(country: Country, *roles: Role) -> list[Officer]:
    return [
        await country.officer(role, name=f"p{number}-{role}") for number, role in enumerate(roles)
    ]


A, B, C, D = Role.ADMINISTRATOR, Role.APPROVER, Role.COMMUNICATOR, Role.DUTY_OFFICER


@pytest.mark.parametrize(
    ("roles", "alone"),
    [
        ((A, A, A, B), True),  # two administrators are left
        ((A, A, B), False),
        ((A,), False),
        ((B, B), False),  # nobody would be left to approve what the other writes
        ((B, B, B), True),
        ((B, C), False),  # nobody would approve
        ((C, B), False),  # an approver does not approve their own words
        ((C, B, Role.PRESS_OFFICER), True),  # who writes, too
        ((C, B, D), True),
        ((C, D), True),
        ((D, C, B), False),  # nobody could send alone at night
        ((D, D), True),
        ((C, A), False),  # nobody would send
        ((Role.AUDITOR,), True),
        ((Role.PRESS_OFFICER, A), True),
    ],
)
async def test_the_first_of_these_is_shut_out_by_one_or_by_two(
    country: Country, services: Services, roles: tuple[Role, ...], alone: bool
) -> None:
    first = (await city(country, *roles))[0]
    asked = await memberships.end_membership(services, first.membership, by=ADA)
    assert (asked is None) is alone
    left = await memberships.memberships_of(services, first.name)
    assert bool(left) is not alone
    if asked is not None:
        with pytest.raises(NeedsOtherPerson):
            await confirm(services, asked, by=first if first.role is A else ADA)
        await confirm(services, asked, by=BO)
        assert await memberships.memberships_of(services, first.name) == []


async def test_one_administrator_does_not_end_everybody_one_after_another(
    country: Country, services: Services
) -> None:
    people = await city(country, A, A, A, B, B, C, D)
    waits = [
        await memberships.end_membership(services, one.membership, by=people[0])
        for one in people[1:]
    ]
    assert [asked is None for asked in waits] == [True, False, True, False, True, False]


async def test_trainees_and_the_emergency_account_are_nobody_who_is_left(
    country: Country, services: Services, clock: Clock
) -> None:
    last = await country.officer(Role.APPROVER, name="last")
    trainee = await country.officer(Role.APPROVER, name="trainee", training=True)
    assert await memberships.end_membership(services, last.membership, by=ADA) is not None
    assert await memberships.end_membership(services, trainee.membership, by=ADA) is None


Other = Callable[[Country, Services, Clock, Role], Awaitable[None]]


async def invited(country: Country, services: Services, clock: Clock, role: Role) -> None:
    invitation = wanted("other", role, authority=CITY)
    await confirm(
        services, await invitations.request_invitation(services, invitation, by=ADA), by=BO
    )


async def invited_long_ago(country: Country, services: Services, clock: Clock, role: Role) -> None:
    await invited(country, services, clock, role)
    clock.forward(days=60)


async def without_account_or_token(
    country: Country, services: Services, clock: Clock, role: Role
) -> None:
    await country.officer(role, name="other", token=False)


def with_token(
    lasts: timedelta = timedelta(days=90),
    scopes: tuple[Permission, ...] = (),
    ended: bool = False,
    waits: bool = False,
) -> Other:
    async def act(country: Country, services: Services, clock: Clock, role: Role) -> None:
        other = await country.officer(role, name="other", token=False)
        if waits:
            await administration.request_token(services, by=other)
            return
        secret = await tokens.make_token(services, other, by=SHELL, lasts=lasts, scopes=scopes)
        if ended:
            held = await tokens.get_token(services, secret)
            await tokens.end_token(services, held.id, by=SHELL)
        clock.forward(days=2)

    return act


async def come_in(country: Country, services: Services, clock: Clock, role: Role) -> None:
    await member(services, clock, "other", role, CITY)


@pytest.mark.parametrize("role", [A, B])
@pytest.mark.parametrize(
    ("other", "counts"),
    [
        pytest.param(come_in, True, id="came in"),
        pytest.param(with_token(), True, id="a token"),
        pytest.param(invited, False, id="invited"),
        pytest.param(invited_long_ago, False, id="invited long ago"),
        pytest.param(without_account_or_token, False, id="neither account nor token"),
        pytest.param(with_token(lasts=timedelta(days=1)), False, id="a token that lapsed"),
        pytest.param(with_token(ended=True), False, id="a token that was revoked"),
        pytest.param(with_token(waits=True), False, id="a token nobody confirmed"),
        pytest.param(with_token(scopes=(Permission.READ,)), False, id="a token that is limited"),
    ],
)
async def test_who_cannot_get_in_is_nobody_who_is_left(
    country: Country, services: Services, clock: Clock, other: Other, counts: bool, role: Role
) -> None:
    await other(country, services, clock, role)
    third = [await country.officer(role, name=f"third{n}") for n in range(role is A)]
    await country.officer(C, name="writer")
    last = await country.officer(role, name="last")
    (held,) = await memberships.memberships_of(services, "other")
    if not counts:
        assert await memberships.end_membership(services, last.membership, by=ADA) is not None
        assert await memberships.end_membership(services, held.id, by=ADA) is None
    else:
        assert await memberships.end_membership(services, last.membership, by=ADA) is None
        assert await memberships.end_membership(services, held.id, by=ADA) is not None
    assert await memberships.two_can_confirm(services) is (role is A and (counts or bool(third)))


async def test_the_server_lets_people_in_until_two_administrators_have_come_in(
    country: Country, services: Services, clock: Clock
) -> None:
    for name in ("ghost1", "ghost2", "ghost3"):
        invitation = wanted(name, Role.ADMINISTRATOR)
        await invitations.make_first_administrator(services, invitation, by=SHELL)
    assert not await memberships.two_can_confirm(services)
    await administrator(services, clock, "ada")
    await administrator(services, clock, "bo")
    assert await memberships.two_can_confirm(services)


async def test_closing_an_account_goes_the_same_way_but_for_the_server_itself(
    country: Country, services: Services, clock: Clock
) -> None:
    await member(services, clock, "eva", Role.APPROVER, CITY)
    asked = await administration.end_account(services, "eva", by=ADA)
    assert asked is not None
    assert (await administration.account_named(services, "eva")).ended_at is None
    done = await confirm(services, asked, by=BO)
    assert done.request.decision is Decision.CONFIRMED
    assert (await administration.account_named(services, "eva")).ended_at is not None
    assert await memberships.memberships_of(services, "eva") == []
    await member(services, clock, "ria", Role.APPROVER, CITY)
    assert await administration.end_account(services, "ria", by=SHELL) is None


async def signs_out(services: Services) -> int:
    """ADA signs eva out, as the page does."""
    places = await administration.require_may_manage_account(services, "eva", by=ADA, shared=True)
    return await sessions.end_sessions(services, by=ADA, holder="eva", among=places)


async def test_one_administrator_signs_nobody_out_all_day(
    country: Country, services: Services, clock: Clock
) -> None:
    eva = await member(services, clock, "eva", Role.APPROVER, CITY)
    for _ in range(sessions.MOST_SIGN_OUTS):
        await eva.signs_in()
        assert await signs_out(services) > 0
    await eva.signs_in()
    with pytest.raises(SignedOutOften):
        await signs_out(services)
    assert await sessions.list_sessions(services, "eva")
    assert await sessions.end_sessions(services, by=BO, holder="eva") == 1
    await eva.signs_in()
    assert await sessions.end_sessions(services, by=eva.officer, holder="eva") == 1
    clock.forward(days=1)
    await eva.signs_in()
    assert await signs_out(services) == 1


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (ADA, {"eva@crisis.example", "mayor@crisis.example"}),
        (SHELL, {"eva@crisis.example", "mayor@crisis.example"}),
        (Officer("mayor", A), {"eva@crisis.example"}),
        (Officer("eva", B), set()),
    ],
    ids=["from above", "the server", "the administrator", "herself"],
)
@pytest.mark.parametrize("way", ["sessions", "session", "token"])
async def test_whose_session_or_token_ends_is_told_and_so_are_the_administrators(
    country: Country,
    services: Services,
    clock: Clock,
    way: str,
    by: Officer | Actor,
    told: set[str],
) -> None:
    await member(services, clock, "mayor", A, CITY)
    await member(services, clock, "far", A)
    eva = await member(services, clock, "eva", B, CITY)
    held = (await memberships.memberships_of(services, "eva"))[0]
    async with services.reading() as reading:
        officer = await authorization.as_member_of(services, reading, held.person, held.id)
    secret = await tokens.make_token(services, officer, by=SHELL)
    opened = (await eva.signs_in()).session
    before = len(emails(services))
    match way:
        case "sessions":
            await sessions.end_sessions(services, by=by, holder="eva")
        case "session":
            number = (await sessions.get_session(services, opened)).id
            await sessions.end_session(services, number, by=by, holder="eva")
        case _:
            await tokens.end_token(services, (await tokens.get_token(services, secret)).id, by=by)
    await send_mails(services)
    written = emails(services)[before:]
    assert {to for to, _ in written} == told
    assert all("eva" in text and "/users" in text for _, text in written)


ENDINGS = {
    "administration": frozenset({"end_named"}),  # closes an account, which is told
    "change_requests": frozenset({"end_waiting"}),  # a token that opened nothing yet
    "enrolment": frozenset({"end_all"}),  # one's own password, which is told
    "magic_links": frozenset({"end"}),  # the link one comes in by
    "memberships": frozenset({"end"}),  # told; by two where the role changes
    "sessions": frozenset({"end"}),  # see above
    "sign_in": frozenset({"end"}),  # one's own, half way
    "tokens": frozenset({"end"}),  # see above
}


def test_nothing_else_ends_what_somebody_gets_in_by() -> None:
    found = {
        path.stem: frozenset(
            re.findall(r"(?:credential_rows|membership_rows)\.(end\w*)\(", path.read_text("utf-8"))
        )
        for path in Path("alerting/actions").rglob("*.py")
    }
    assert {stem: ends for stem, ends in found.items() if ends} == ENDINGS


@pytest.mark.parametrize("way", ["membership", "account", "two"])
async def test_the_administrators_and_whose_it_was_are_told(
    country: Country, services: Services, clock: Clock, way: str
) -> None:
    await member(services, clock, "mayor", Role.ADMINISTRATOR, CITY)
    await member(services, clock, "far", Role.ADMINISTRATOR)
    await member(services, clock, "eva", Role.APPROVER, CITY)
    if way != "two":
        await country.officer(Role.APPROVER, name="other")
        await country.officer(Role.COMMUNICATOR, name="writer")
    (held,) = await memberships.memberships_of(services, "eva")
    before = len(emails(services))
    if way == "account":
        await administration.end_account(services, "eva", by=ADA)
    else:
        asked = await memberships.end_membership(services, held.id, by=ADA)
        if asked is not None:
            await confirm(services, asked, by=BO)
    await send_mails(services)
    written = emails(services)[before:]
    assert {to for to, _ in written} == {"mayor@crisis.example", "eva@crisis.example"}
    assert all("eva" in text and "/users" in text for _, text in written)
