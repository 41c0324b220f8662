"""A session is never more than what opened it; a grave act takes a fresh proof at every door."""

import asyncio
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from alerting.actions import change_requests
from alerting.actions.accounts import (
    administration,
    enrolment,
    factors,
    magic_links,
    memberships,
    password_links,
    sessions,
    tokens,
)
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.account import TWO_FACTORS, Proof, needs_second_factor, suffices
from alerting.domain.change_request import Act
from alerting.domain.errors import (
    BadRequest,
    InvalidCredentials,
    NeedsSecondFactor,
    NotForTokens,
    NotSignedIn,
    OneMembership,
)
from alerting.domain.ledger import SHELL
from alerting.domain.officer import FRESH, GRANTS, Officer, Permission, Role
from alerting.services import Services
from alerting.store import Database
from alerting.web.auth import SAFE_METHODS, Needs
from tests.desk import JORIS, Desk
from tests.doubles import Clock
from tests.make import make_services
from tests.staff import ADA, BO, OFFICE, confirm, last_link, member, shut_out
from tests.territory import CITY, Country
from tests.web.console import Browsers

PASSWORDS = ("een heel ander lang wachtwoord", "nog een heel ander wachtwoord")


async def is_approver_now(services: Services, name: str) -> None:
    """Two administrators raise a role."""
    number = await administration.request_role(services, name, Role.APPROVER, by=ADA)
    await confirm(services, number, by=BO)


@pytest.mark.parametrize("role", list(Role))
async def test_a_token_opens_no_browser_session_whatever_its_role(
    services: Services, role: Role
) -> None:
    token = await tokens.make_token(services, Officer("lucie", role), by=SHELL)
    with pytest.raises(NotForTokens):
        await magic_links.sign_in(services, token)
    assert await sessions.list_sessions(services, "lucie") == []


async def test_a_link_for_one_membership_opens_no_other(services: Services, clock: Clock) -> None:
    country = await Country(services).founded()
    low = await country.officer(Role.COMMUNICATOR, CITY, name="lucie")
    high = await country.officer(Role.APPROVER, "national", name="lucie")
    session = await magic_links.sign_in(services, await magic_links.make_link(services, low))
    with pytest.raises(OneMembership):
        await sessions.switch_membership(services, session, high.membership)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("proof", list(Proof))
def test_one_factor_is_never_enough_for_a_role_that_needs_two(role: Role, proof: Proof) -> None:
    enough = suffices(proof, role, has_account=True)
    assert enough == (proof in TWO_FACTORS or not needs_second_factor(role))


async def test_a_raised_role_asks_for_its_second_factor_at_the_next_request(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    noah = await member(services, clock, "noah", Role.AUDITOR)
    session = (await noah.signs_in()).session
    browser = await browsers()
    browser.cookies.set("session", session)
    assert (await browser.get("/api/me")).status_code == 200
    await is_approver_now(services, "noah")
    answer = await browser.get("/api/alerts", headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:alerting:needs-second-factor"
    page = await browser.get("/")
    assert page.headers["location"].startswith("/sign-in/second")
    with pytest.raises(NeedsSecondFactor):
        await sessions.officer_by_session(services, session)


async def test_nobody_adds_a_factor_from_a_browser_that_was_left_open(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    noah = await member(services, clock, "noah", Role.AUDITOR)
    browser = await browsers()
    browser.cookies.set("session", (await noah.signs_in()).session)
    await is_approver_now(services, "noah")
    clock.forward(minutes=10)
    page = await browser.get("/")
    assert page.headers["location"].startswith("/sign-in?next=")
    assert "pending" not in browser.cookies


async def test_a_factor_set_up_then_makes_the_session_whole(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    noah = await member(services, clock, "noah", Role.AUDITOR)
    browser = await browsers()
    browser.cookies.set("session", (await noah.signs_in()).session, domain="console.test")
    await is_approver_now(services, "noah")
    await browser.get("/")
    setup = await enrolment.begin_totp(services, await noah.account())
    noah.app = setup.secret
    done = await browser.post(
        "/sign-in/app", data={"one_time_token": setup.one_time_token, "code": noah.code()}
    )
    assert done.status_code == 200
    assert (await browser.get("/")).status_code == 200


UNASKED = frozenset(
    {
        Permission.READ,
        Permission.DRAFT,
        Permission.SUBMIT,
        Permission.RETURN,
        Permission.STOP,
        Permission.FOLLOW_UP,
        Permission.REVIEW_BREAK_GLASS,
        Permission.LEAD_INCIDENTS,
        Permission.IMPORT_PEOPLE,
        Permission.IMPORT_PRESS,
        Permission.SEE_ADDRESSES,
        Permission.READ_LEDGER,
        Permission.WRITE_RELEASES,
    }
)
"""What needs no fresh proof: a new permission stands here or in FRESH, whoever adds it decides."""


def test_every_permission_says_whether_it_takes_a_fresh_proof() -> None:
    assert set(Permission) == UNASKED | FRESH
    assert not UNASKED & FRESH


def routes(app: FastAPI) -> Iterator[tuple[str, str, Needs]]:
    """Every state-changing route of pages and API, with what it asks for."""
    for included in app.routes:  # FastAPI keeps a router it includes as one entry
        router = getattr(included, "original_router", None)
        for route in router.routes if router else [included]:
            if isinstance(route, APIRoute):
                for needs in asked(route.dependant):
                    for method in sorted((route.methods or set()) - SAFE_METHODS):
                        yield method, route.path, needs


def asked(dependant: Dependant) -> Iterator[Needs]:
    """The permissions a route depends on."""
    if isinstance(dependant.call, Needs):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from asked(inner)


TWO_PEOPLE = (
    "/api/change-requests",
    "/api/change-requests/{number}/confirm",
    "/api/change-requests/{number}/reject",
    "/change-requests/{number}/confirm",
    "/change-requests/{number}/reject",
)


async def test_every_door_to_a_grave_act_refuses_a_stale_session(
    services: Services, clock: Clock, app: FastAPI, browsers: Browsers
) -> None:
    grave = [
        (method, path, needs)
        for method, path, needs in routes(app)
        if needs.permission in FRESH or needs.fresh
    ]
    paths = {path for _, path, _ in grave}
    assert paths >= {
        "/api/alerts/{number}/approve",
        "/api/alerts/{number}/send",
        "/api/alerts/{number}/break-glass",
        "/alerts/{number}/approve",
        "/api/incidents",  # takes decisions from authorities of lower levels
        "/api/incidents/{number}/phase",
        "/incidents",
        "/incidents/{number}/phase",
        *TWO_PEOPLE,
    }
    browser_of = {}
    for role in Role:
        browser_of[role] = await browsers(Officer(f"stale-{role}", role))
    clock.forward(minutes=10)
    for method, path, needs in grave:
        role = next(one for one in Role if needs.permission in GRANTS[one])
        where = path.replace("{which:list}", "recipients")
        where = "/".join("1" if part.startswith("{") else part for part in where.split("/"))
        answer = await browser_of[role].request(
            method, where, headers={"Accept": "application/json"}
        )
        assert (answer.status_code, path) == (401, path)
        assert answer.json()["type"] == "urn:alerting:session-not-fresh"
        page = await browser_of[role].request(method, where)
        assert page.headers["location"].startswith("/sign-in/again?next=")


async def test_a_program_is_bounded_by_its_scopes_and_not_asked_again(
    desk: Desk, browsers: Browsers, clock: Clock
) -> None:
    alert = await desk.drafts()
    token = await tokens.make_token(desk.services, JORIS, by=SHELL)
    clock.forward(minutes=10)
    browser = await browsers()
    answer = await browser.post(
        f"/api/alerts/{alert.id}/approve",
        headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
        json={"reason": ""},
    )
    assert answer.status_code != 401


async def test_what_is_watched_ends_with_whatever_opened_it(
    services: Services, clock: Clock
) -> None:
    country = await Country(services).founded()
    lucie = await country.officer(Role.COMMUNICATOR, CITY, name="lucie")
    revoked = await tokens.get_token(services, await tokens.make_token(services, lucie, by=SHELL))
    held = await tokens.get_token(services, await tokens.make_token(services, lucie, by=SHELL))
    opened = await sessions.get_session(
        services,
        await magic_links.sign_in(services, await magic_links.make_link(services, lucie)),
    )
    for one in (revoked, held, opened):
        assert await sessions.is_session_alive(services, one)
    await tokens.end_token(services, revoked.id, by=SHELL)
    assert not await sessions.is_session_alive(services, revoked)
    assert await sessions.is_session_alive(services, held)
    await shut_out(services, lucie.membership)
    assert not await sessions.is_session_alive(services, held)
    assert not await sessions.is_session_alive(services, opened)


async def test_a_token_that_expires_ends_what_it_watches(services: Services, clock: Clock) -> None:
    held = await tokens.get_token(services, await tokens.make_token(services, ADA, by=SHELL))
    clock.forward(days=91)
    assert not await sessions.is_session_alive(services, held)


async def test_a_session_is_not_kept_alive_by_another_role(
    services: Services, clock: Clock
) -> None:
    noah = await member(services, clock, "noah", Role.AUDITOR)
    opened = await sessions.get_session(services, (await noah.signs_in()).session)
    await is_approver_now(services, "noah")
    assert not await sessions.is_session_alive(services, opened)


async def test_of_two_who_post_one_reset_link_at_once_one_sets_the_password(
    database: Database, clock: Clock
) -> None:
    services = make_services(database, clock)
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    await password_links.request_password_reset(
        services, "mila@crisis.example", network="192.0.2.1"
    )
    key = last_link(services).partition("key=")[2]
    ended = await asyncio.gather(
        *(
            password_links.set_password_by_link(services, key, one, where=OFFICE)
            for one in PASSWORDS
        ),
        return_exceptions=True,
    )
    refused = [isinstance(one, NotSignedIn) for one in ended]
    assert sorted(refused) == [False, True]
    await mila.types_password(PASSWORDS[refused.index(False)])
    with pytest.raises(InvalidCredentials):
        await mila.types_password(PASSWORDS[refused.index(True)])


async def test_no_passkey_freshens_a_session_without_an_account(services: Services) -> None:
    session = await sessions.get_session(
        services, await magic_links.sign_in(services, await magic_links.make_link(services, JORIS))
    )
    with pytest.raises(InvalidCredentials):
        await factors.reauthenticate_by_passkey(
            services, None, session.id, answer="{}", challenge="anything"
        )


async def test_neither_a_token_nor_a_link_rises_with_another_role(services: Services) -> None:
    noah = Officer("noah", Role.AUDITOR)
    token = await tokens.make_token(services, noah, by=SHELL)
    session = await magic_links.sign_in(services, await magic_links.make_link(services, noah))
    (held,) = await memberships.memberships_of(services, "noah")
    asked = {"officer": "noah", "membership": held.id, "role": "approver"}
    made = await change_requests.request_change(services, KINDS, Act.CHANGE_ROLE, asked, by=ADA)
    await confirm(services, made.id, by=BO)
    assert [one.role for one in await memberships.memberships_of(services, "noah")] == [
        Role.APPROVER
    ]
    for opens in (tokens.get_token(services, token), sessions.get_session(services, session)):
        with pytest.raises(NotSignedIn):
            await opens


@pytest.mark.parametrize("asks_for", [[], *[[one] for one in sorted(GRANTS[Role.APPROVER])]])
async def test_a_token_asks_for_no_token_that_may_more(
    services: Services, asks_for: list[Permission]
) -> None:
    country = await Country(services).founded()
    luc = await country.officer(Role.APPROVER, CITY, name="luc")
    limits = frozenset({Permission.READ, Permission.DRAFT})
    small = await tokens.make_token(services, luc, by=SHELL, scopes=sorted(limits))
    thief = (await tokens.get_token(services, small)).officer
    if not set(asks_for) <= limits:
        with pytest.raises(BadRequest, match="choose from draft, read"):
            await administration.request_token(services, by=thief, scopes=asks_for)
        return
    made = await administration.request_token(services, by=thief, scopes=asks_for)
    (asked,) = (await change_requests.list_change_requests(services, by=ADA)).items
    assert asked.details["scopes"] == [str(one) for one in sorted(asks_for or limits)]
    assert asked.details["asked_with"] == thief.credential
    await confirm(services, asked.id, by=ADA)
    opened = (await tokens.get_token(services, made)).officer
    assert [one for one in Permission if opened.may(one)] == sorted(
        set(asks_for) or limits, key=list(Permission).index
    )


async def test_whoever_confirms_a_token_reads_what_it_may_and_what_asked_for_it(
    services: Services, browsers: Browsers
) -> None:
    country = await Country(services).founded()
    luc = await country.officer(Role.APPROVER, CITY, name="luc")
    token = await tokens.make_token(services, luc, by=SHELL)
    asking = (await tokens.get_token(services, token)).officer
    await administration.request_token(services, by=asking)
    browser = await browsers(ADA)
    told = {
        "/users": f"Requested with token {asking.credential}",
        "/authorities": f"no. {asking.credential}<",
    }
    for page, said in told.items():
        text = (await browser.get(page)).text
        assert said in text, page
        assert "approve" in text, page
