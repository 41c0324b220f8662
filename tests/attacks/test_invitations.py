"""Nobody comes in by the link of somebody else's account: it is for whoever never came in.

A link is never shown to one person alone. Where no e-mail can bring it, two people hand it over.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

import pytest

from alerting.actions.accounts import administration, invitations, password_links, sign_in
from alerting.domain.account import Account
from alerting.domain.errors import BadRequest, NeedsOtherPerson, NotFound, NotSignedIn
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Role
from alerting.mailer import EmailResult, Mailer, NoMailer
from alerting.services import Services
from alerting.settings import Settings
from alerting.store.accounts import repository as account_rows
from alerting.web.app import create_app
from tests.doubles import Clock
from tests.server import nothing_beside
from tests.staff import ADA, BO, OFFICE, PASSWORD, confirm, emails, last_link, reject, wanted
from tests.web.console import Browsers


@dataclass(frozen=True)
class RefusingRelay:
    """A mail server that takes no e-mail."""

    async def send(self, **_: object) -> EmailResult:
        return EmailResult.NOT_TAKEN


MAILERS: Mapping[str, Mailer] = {"no mail": NoMailer(), "a refused e-mail": RefusingRelay()}


async def invited(services: Services, role: Role = Role.APPROVER) -> str:
    """Eva is invited, and has not come in; the key of her link."""
    number = await invitations.request_invitation(services, wanted("eva", role), by=ADA)
    done = await confirm(services, number, by=BO)
    return (done.secret or last_link(services)).partition("key=")[2]


async def eva(services: Services) -> Account:
    return await administration.account_named(services, "eva")


async def by_password(services: Services, key: str) -> None:
    await password_links.set_password_by_link(services, key, PASSWORD, where=OFFICE)


async def by_provider(services: Services, _: str) -> None:
    await sign_in.sign_in_by_provider(
        services, subject="sub-eva", email="eva@crisis.example", strong=True, where=OFFICE
    )


def has(**fields: str) -> Callable[[Services, str], Awaitable[None]]:
    async def put(services: Services, _: str) -> None:
        async with services.unit() as unit:
            await account_rows.update_account(unit.connection, (await eva(services)).id, **fields)

    return put


async def has_passkey(services: Services, _: str) -> None:
    async with services.unit() as unit:
        await account_rows.add_passkey(
            unit.connection,
            unit.database,
            account=(await eva(services)).id,
            credential_id="x",
            public_key="x",
            sign_count=0,
            label="",
            now=services.now(),
        )


async def has_codes(services: Services, _: str) -> None:
    async with services.unit() as unit:
        await account_rows.set_recovery_codes(unit.connection, (await eva(services)).id, ["x"])


async def has_had_a_session(services: Services, _: str) -> None:
    """At the provider, who has forgotten her since."""
    await by_provider(services, "")
    await has(subject=None)(services, "")  # type: ignore[arg-type]


IN_USE: Mapping[str, Callable[[Services, str], Awaitable[None]]] = {
    "a password": by_password,
    "the provider": by_provider,
    "a session once": has_had_a_session,
    "an app": has(totp_sealed="x"),
    "a passkey": has_passkey,
    "recovery codes": has_codes,
}
"""Every way in which an account is in use."""


@pytest.mark.parametrize("way", IN_USE)
@pytest.mark.parametrize("mailer", [*MAILERS, "mail"])
async def test_an_account_in_use_is_invited_by_nobody_again(
    services: Services, clock: Clock, way: str, mailer: str
) -> None:
    services = replace(services, mailer=MAILERS.get(mailer, services.mailer))
    key = await invited(services)
    asked = None
    if mailer in MAILERS:
        asked = await invitations.resend_invitation(services, "eva", by=ADA)
    await IN_USE[way](services, key)
    with pytest.raises(BadRequest, match="already signed in"):
        await invitations.resend_invitation(services, "eva", by=ADA)
    if asked is not None:
        with pytest.raises(BadRequest, match="already signed in"):
            await confirm(services, asked, by=BO)
    with pytest.raises(NotSignedIn):  # nor by the link that somebody kept
        await password_links.set_password_by_link(services, key, PASSWORD, where=OFFICE)


@pytest.mark.parametrize("mailer", MAILERS)
async def test_a_link_that_no_email_brings_is_handed_over_by_two(
    services: Services, clock: Clock, mailer: str
) -> None:
    services = replace(services, mailer=MAILERS[mailer])
    await invited(services)
    asked = await invitations.resend_invitation(services, "eva", by=ADA)
    assert asked is not None
    with pytest.raises(NeedsOtherPerson):
        await confirm(services, asked, by=ADA)
    link = (await confirm(services, asked, by=BO)).secret
    await by_password(services, link.partition("key=")[2])
    assert (await eva(services)).has_password


async def test_an_email_that_leaves_shows_the_link_to_its_reader_alone(
    services: Services, clock: Clock
) -> None:
    first = await invited(services)
    assert await invitations.resend_invitation(services, "eva", by=ADA) is None
    to, _ = emails(services)[-1]
    assert (to, last_link(services).endswith(first)) == ("eva@crisis.example", False)


async def test_a_refused_request_hands_nothing_over(services: Services, clock: Clock) -> None:
    services = replace(services, mailer=NoMailer())
    await invited(services)
    asked = await invitations.resend_invitation(services, "eva", by=ADA)
    assert asked is not None
    await reject(services, asked, by=BO)
    await administration.end_account(services, "eva", by=SHELL)
    with pytest.raises(NotFound):
        await invitations.resend_invitation(services, "eva", by=ADA)


@pytest.mark.parametrize("mailer", MAILERS)
async def test_no_page_and_no_answer_of_the_api_shows_the_link_to_whoever_asks(
    services: Services, clock: Clock, browsers: Browsers, mailer: str
) -> None:
    services = replace(services, mailer=MAILERS[mailer])
    browsers.app = create_app(services, Settings(interface_language="en"), alongside=nothing_beside)
    await invited(services)
    ada, bo = await browsers(ADA), await browsers(BO)
    asked = {"what": "account.invite-again", "details": {"officer": "eva"}}
    answers = [
        await ada.post("/users/eva/invite"),
        await ada.post("/api/change-requests", json=asked),
        await ada.get("/users"),
        await ada.get("/api/change-requests"),
    ]
    assert [one.status_code for one in answers] == [303, 201, 200, 200]
    assert not any("key=" in one.text for one in answers)
    number = answers[1].json()["id"]
    own = await ada.post(f"/api/change-requests/{number}/confirm", json={})
    assert (own.status_code, "key=" in own.text) == (409, False)
    page = await bo.post(f"/users/requests/{number}/confirm")
    assert len(re.findall(r"/welcome\?key=[\w-]+", page.text)) == 1
