"""Nobody guesses their way in, and nobody's guesses keep the right person out."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerting.actions.accounts import administration, factors, sign_in
from alerting.actions.accounts.credentials import ClientContext
from alerting.actions.accounts.sessions import get_session
from alerting.actions.accounts.sign_in import PendingSignIn, SignedIn
from alerting.domain.account import Proof
from alerting.domain.errors import InvalidCredentials, NotSignedIn, TooManyAttempts
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Role
from alerting.services import Services
from alerting.settings import Settings
from alerting.web.auth import pending_cookie
from alerting.web.client_address import client_address, networks_of
from alerting.web.console.accounts.oidc import is_for, is_strong, oidc_cookie
from tests.actions.test_accounts import recorded
from tests.doubles import Clock
from tests.staff import OFFICE, PASSWORD, member


@pytest.mark.parametrize("names", ["mila", "others", "both"])
@pytest.mark.parametrize("wrong", [6, 70])
async def test_wrong_tries_from_the_same_network_never_keep_out_the_right_person(
    services: Services, clock: Clock, names: str, wrong: int
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    for serial in range(wrong):
        others = names == "others" or (names == "both" and serial % 2)
        name = f"nobody{serial}" if others else "mila"
        with pytest.raises(NotSignedIn):
            await sign_in.sign_in_by_password(
                services, name=name, password="wrong" * 4, where=OFFICE
            )
    assert (await mila.signs_in(OFFICE)).session


async def test_a_password_that_is_all_there_is_cannot_be_guessed_without_waiting(
    services: Services, clock: Clock
) -> None:
    august = await member(services, clock, "august", Role.AUDITOR)
    for _ in range(6):
        with pytest.raises(NotSignedIn):
            await august.types_password("not his at all")
    with pytest.raises(TooManyAttempts):
        await august.types_password()
    clock.forward(minutes=16)
    assert isinstance(await august.types_password(), SignedIn)


async def test_wrong_codes_from_changing_addresses_are_capped(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    looked_at = 0
    for serial in range(40):
        where = ClientContext(network=f"203.0.{serial}.1")
        half = await sign_in.sign_in_by_password(
            services, name="mila", password=PASSWORD, where=where
        )
        assert isinstance(half, PendingSignIn)
        try:
            await sign_in.sign_in_by_code(services, half.secret, code="000000", where=where)
        except TooManyAttempts:
            continue
        except InvalidCredentials:
            looked_at += 1
    assert looked_at == 5
    clock.forward(minutes=16)
    assert await mila.signs_in()


async def test_a_session_does_not_guess_codes_faster_than_a_sign_in(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    looked_at = 0
    for _ in range(4):
        opened = await get_session(services, (await mila.signs_in()).session)
        for _ in range(4):
            try:
                await factors.reauthenticate(
                    services,
                    await mila.account(),
                    opened.id,
                    password="",
                    code="000000",
                    where=OFFICE,
                )
            except TooManyAttempts:
                break
            except InvalidCredentials:
                looked_at += 1
        else:
            clock.forward(minutes=20)
    assert looked_at <= 16


TRUSTED = networks_of("10.0.0.0/8, 2001:db8::/32")


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        pytest.param("192.0.2.1", [], "192.0.2.1", id="nobody between"),
        pytest.param("192.0.2.1", ["198.51.100.9"], "192.0.2.1", id="a header of its own"),
        pytest.param("127.0.0.1", ["198.51.100.9"], "127.0.0.1", id="loopback is not trusted"),
        pytest.param("10.0.0.1", ["198.51.100.9"], "198.51.100.9", id="a proxy says so"),
        pytest.param("10.0.0.1", ["1.1.1.1, 198.51.100.9"], "198.51.100.9", id="made up before"),
        pytest.param("10.0.0.1", ["1.1.1.1", "198.51.100.9"], "198.51.100.9", id="two headers"),
        pytest.param("10.0.0.1", ["198.51.100.9, 10.1.2.3"], "198.51.100.9", id="two proxies"),
        pytest.param("10.0.0.1", ["10.0.0.7"], "10.0.0.7", id="somebody inside"),
        pytest.param("10.0.0.1", ["198.51.100.9, rubbish"], "10.0.0.1", id="rubbish"),
        pytest.param("10.0.0.1", ["198.51.100.9:4711"], "198.51.100.9", id="with a port"),
        pytest.param("2001:db8::1", ["[2001:db9::9]:443"], "2001:db9::9", id="six"),
        pytest.param("::ffff:10.0.0.1", ["198.51.100.9"], "198.51.100.9", id="mapped"),
        pytest.param("", ["198.51.100.9"], "", id="a socket file"),
    ],
)
def test_only_a_trusted_proxy_says_where_a_request_comes_from(
    peer: str, forwarded: list[str], found: str
) -> None:
    assert client_address(peer, forwarded, TRUSTED) == found


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(alphabet="0123456789abcdef.:[], x", max_size=30), max_size=5))
def test_whatever_a_client_writes_before_the_proxys_own_entry_changes_nothing(
    made_up: list[str],
) -> None:
    assert client_address("10.0.0.1", [*made_up, "198.51.100.9"], TRUSTED) == "198.51.100.9"
    assert client_address("192.0.2.1", made_up, TRUSTED) == "192.0.2.1"


def test_a_setting_that_names_no_network_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="trusted_proxies"):
        Settings(trusted_proxies="the proxy")


@pytest.mark.parametrize(
    ("claims", "strong"),
    [
        ({}, False),
        ({"amr": []}, False),
        ({"amr": "mfa"}, False),
        ({"amr": ["pwd"]}, False),
        ({"amr": ["otp"]}, False),
        ({"amr": ["pop"]}, False),
        ({"amr": ["hwk", "otp", "sms"]}, False),
        ({"amr": ["pwd", "pin", "kba"]}, False),
        ({"amr": ["fpt", "face"]}, False),
        ({"amr": ["pwd", "user", "geo", "rba", "mca"]}, False),
        ({"amr": [1, None, {"mfa": 1}]}, False),
        ({"amr": ["mfa"]}, True),
        ({"amr": ["pwd", "otp"]}, True),
        ({"amr": ["pin", "hwk"]}, True),
        ({"amr": ["fpt", "swk"]}, True),
        ({"amr": ["pwd", "face"]}, True),
        ({"acr": "urn:be:fedict:eid"}, True),
        ({"acr": "urn:be:fedict:eid", "amr": ["pwd"]}, True),
        ({"acr": "urn:be:fedict:password"}, False),
        ({"acr": ["urn:be:fedict:eid"]}, False),
        ({"acr": ""}, False),
    ],
)
def test_a_provider_asked_for_two_factors_only_where_it_says_so(
    claims: dict[str, Any], strong: bool
) -> None:
    assert is_strong(claims, acr_values=frozenset({"urn:be:fedict:eid"})) is strong


def test_no_acr_counts_where_none_is_set() -> None:
    assert not is_strong({"acr": "urn:be:fedict:eid"})


@pytest.mark.parametrize(
    ("claims", "ours"),
    [
        ({"aud": "alerting"}, True),
        ({"aud": ["alerting"]}, True),
        ({"aud": ["alerting", "other"], "azp": "alerting"}, True),
        ({"aud": ["alerting", "other"], "azp": "other"}, False),
        ({"aud": "other", "azp": "alerting"}, False),
        ({"aud": ["other"], "azp": "alerting"}, False),
        ({"azp": "alerting"}, False),
        ({"aud": {"alerting": 1}}, False),
        ({"aud": "alerting2"}, False),
        ({}, False),
    ],
)
def test_an_identity_meant_for_somebody_else_is_nobodys_here(
    claims: dict[str, Any], ours: bool
) -> None:
    assert is_for("alerting", claims) is ours


async def comes_from_provider(
    services: Services, subject: str, *, strong: bool
) -> PendingSignIn | SignedIn:
    return await sign_in.sign_in_by_provider(
        services, subject=subject, email="mila@crisis.example", strong=strong, where=OFFICE
    )


async def test_an_account_is_linked_once_the_sign_in_is_whole_and_not_before(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    stranger = await comes_from_provider(services, "a-stranger", strong=False)
    assert isinstance(stranger, PendingSignIn)
    assert "account.linked" not in await recorded(services)
    hers = await comes_from_provider(services, "mila-herself", strong=False)
    assert isinstance(hers, PendingSignIn)
    await sign_in.sign_in_by_code(services, hers.secret, code=mila.code(), where=OFFICE)
    assert (await recorded(services)).count("account.linked") == 1
    with pytest.raises(NotSignedIn):  # too late: the account is somebody else's at the provider
        await sign_in.sign_in_by_code(services, stranger.secret, code=mila.code(), where=OFFICE)
    assert isinstance(await comes_from_provider(services, "mila-herself", strong=True), SignedIn)


@pytest.mark.parametrize("strong", [True, False])
async def test_a_session_remembers_how_the_provider_proved_its_holder(
    services: Services, clock: Clock, strong: bool
) -> None:
    await member(services, clock, "mila", Role.AUDITOR)
    entered = await comes_from_provider(services, "m", strong=strong)
    assert isinstance(entered, SignedIn)
    found = await get_session(services, entered.session)
    assert found.proved_by is (Proof.OIDC_MFA if strong else Proof.OIDC)


def test_no_other_host_of_the_domain_sets_the_cookies_of_a_sign_in() -> None:
    assert pending_cookie(secure=True).startswith("__Host-")
    assert oidc_cookie(secure=True).startswith("__Host-")


async def test_the_account_of_somebody_who_left_takes_no_tries_to_refuse(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    await administration.end_account(services, "mila", by=SHELL)
    with pytest.raises(InvalidCredentials):
        await mila.types_password()
