"""Signing in at the authority's own OpenID provider, against one on a real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from alerting.actions.accounts.administration import account_named
from alerting.domain.officer import Role
from alerting.services import Services
from alerting.settings import Settings
from alerting.web.app import create_app
from tests.doubles import Clock
from tests.server import nothing_beside
from tests.staff import member
from tests.web.console import OURS
from tests.web.provider import OpenIdProvider, provider

MILA = {"sub": "u-17", "email": "Mila@crisis.example", "email_verified": True}


@asynccontextmanager
async def browser_at(services: Services, issuer: str) -> AsyncIterator[httpx2.AsyncClient]:
    settings = Settings(
        oidc_issuer=issuer, oidc_client_id="alerting", oidc_name="CSAM", interface_language="en"
    )
    app = create_app(services, settings, alongside=nothing_beside)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8000", headers=OURS
    ) as client:
        yield client


async def goes_and_returns(
    browser: httpx2.AsyncClient, there: OpenIdProvider, **instead: str
) -> httpx2.Response:
    left = await browser.get("/sign-in/oidc?next=/account")
    back = there.authorizes(left.headers["location"]) | instead
    return await browser.get("/sign-in/oidc/back", params=back)


async def test_the_button_is_there_where_a_provider_is_set_up(
    services: Services,
) -> None:
    async with browser_at(services, "http://127.0.0.1:1") as browser:
        assert "Sign in with CSAM" in (await browser.get("/sign-in")).text
    async with browser_at(services, "") as browser:
        assert "CSAM" not in (await browser.get("/sign-in")).text


async def test_a_verified_address_leads_to_its_account_and_the_subject_stays(
    services: Services, clock: Clock
) -> None:
    await member(services, clock, "mila", Role.COMMUNICATOR)
    async with provider(**MILA, amr=["pwd", "mfa"]) as there:
        async with browser_at(services, there.issuer) as browser:
            answer = await goes_and_returns(browser, there)
            assert answer.headers["location"] == "/account"
            assert "mila" in (await browser.get("/account")).text
        there.claims["email"] = "new@crisis.example"
        async with browser_at(services, there.issuer) as browser:
            assert (await goes_and_returns(browser, there)).headers["location"] == "/account"


async def test_a_password_at_the_provider_still_needs_our_second_factor(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    async with provider(**MILA, amr=["pwd"]) as there, browser_at(services, there.issuer) as one:
        answer = await goes_and_returns(one, there)
        assert answer.headers["location"].startswith("/sign-in/second")
        answer = await one.post("/sign-in/second", data={"code": mila.code()})
        assert answer.status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"email_verified": False}, id="the address is not verified"),
        pytest.param({"email": "nobody@crisis.example"}, id="nobody has the address"),
    ],
)
async def test_nobody_gets_in_without_an_account_of_theirs(
    services: Services, clock: Clock, claims: dict[str, Any]
) -> None:
    await member(services, clock, "mila", Role.COMMUNICATOR)
    async with (
        provider(**{**MILA, "amr": ["mfa"], **claims}) as there,
        browser_at(services, there.issuer) as browser,
    ):
        answer = await goes_and_returns(browser, there)
        assert answer.status_code == 401
        assert "No account matches this sign-in" in answer.text
        assert "session" not in browser.cookies


async def test_another_person_at_the_provider_does_not_take_over_a_linked_account(
    services: Services, clock: Clock
) -> None:
    await member(services, clock, "mila", Role.COMMUNICATOR)
    async with provider(**MILA, amr=["mfa"]) as there:
        async with browser_at(services, there.issuer) as browser:
            await goes_and_returns(browser, there)
        there.claims["sub"] = "u-99"
        async with browser_at(services, there.issuer) as browser:
            await goes_and_returns(browser, there)
            assert "session" not in browser.cookies
    assert (await account_named(services, "mila")).name == "mila"


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"aud": "another"}, id="a token for somebody else"),
        pytest.param({"nonce": "another"}, id="a token for another sign-in"),
        pytest.param({"exp": 1}, id="a token that has expired"),
        pytest.param({"iss": "https://evil.example"}, id="another issuer"),
    ],
)
async def test_a_token_that_is_not_ours_opens_nothing(
    services: Services, clock: Clock, claims: dict[str, Any]
) -> None:
    await member(services, clock, "mila", Role.COMMUNICATOR)
    async with (
        provider(**{**MILA, "amr": ["mfa"], **claims}) as there,
        browser_at(services, there.issuer) as browser,
    ):
        await goes_and_returns(browser, there)
        assert "session" not in browser.cookies


async def test_a_state_of_another_browser_is_refused(services: Services, clock: Clock) -> None:
    await member(services, clock, "mila", Role.COMMUNICATOR)
    async with (
        provider(**MILA, amr=["mfa"]) as there,
        browser_at(services, there.issuer) as browser,
    ):
        await goes_and_returns(browser, there, state="from-elsewhere")
        assert "session" not in browser.cookies


async def test_the_way_back_works_once(services: Services, clock: Clock) -> None:
    await member(services, clock, "mila", Role.COMMUNICATOR)
    async with (
        provider(**MILA, amr=["mfa"]) as there,
        browser_at(services, there.issuer) as browser,
    ):
        left = await browser.get("/sign-in/oidc")
        back = there.authorizes(left.headers["location"])
        held = browser.cookies["oidc"]
        await browser.get("/sign-in/oidc/back", params=back)
        browser.cookies.clear()
        browser.cookies.set("oidc", held, domain="127.0.0.1", path="/sign-in/oidc")
        await browser.get("/sign-in/oidc/back", params=back)
        assert "session" not in browser.cookies


async def test_a_provider_out_of_reach_is_said_and_passwords_still_work(
    services: Services,
) -> None:
    async with browser_at(services, "http://127.0.0.1:1") as browser:
        answer = await browser.get("/sign-in/oidc")
        assert answer.status_code == 503
        assert "Sign in with your password instead" in answer.text
