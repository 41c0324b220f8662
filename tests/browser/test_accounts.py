"""Accounts in a real browser: a passkey as the second factor, and pages that all can read."""

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from alerting.actions.accounts import invitations
from alerting.domain.account import AccessRules
from alerting.domain.language import Language
from alerting.domain.officer import Role
from tests.browser.test_looks import LOCALE, complaints
from tests.browser.world import World
from tests.staff import ADA, BO, PASSWORD, Member, administrator, confirm, last_link, member, wanted
from tests.tiers import WHOLE

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


class Place(World):
    """The console under a name, since passkeys are bound to one; people with accounts in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.stops()
        rules = AccessRules(public_url=self.url)
        self.desk.services = replace(self.desk.services, rules=rules)
        self.starts()
        services, clock = self.desk.services, self.desk.clock
        self.ada: Member = self.does(administrator(services, clock, "ada"))
        self.does(administrator(services, clock, "bo"))
        self.does(member(services, clock, "august", Role.AUDITOR))
        self.does(invitations.request_invitation(services, wanted("cleo", Role.APPROVER), by=BO))

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def invites(self, name: str) -> str:
        """Somebody is invited; the link of the e-mail."""
        services = self.desk.services
        asked = invitations.request_invitation(services, wanted(name, Role.COMMUNICATOR), by=ADA)
        self.does(confirm(services, self.does(asked), by=BO))
        return last_link(services)

    def cookie(self, who: Member) -> dict[str, str]:
        """A browser that is signed in with an account."""
        entered = self.does(who.signs_in())
        return {"name": "session", "value": entered.session, "url": self.url}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("accounts"))
    yield made
    made.ends()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(locale="en-GB", reduced_motion="reduce")
    yield made
    made.close()


def holds_passkeys(page: Page) -> None:
    """Give the tab an authenticator that always says yes."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def test_a_passkey_made_on_the_way_in_opens_the_door_next_time(
    place: Place, context: BrowserContext
) -> None:
    context.add_cookies([{"name": "language", "value": "en", "url": place.url}])
    page = context.new_page()
    holds_passkeys(page)
    page.goto(place.invites("mila"))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    page.get_by_role("button", name="Create a passkey").click()
    page.get_by_role("link", name="I have stored the codes – continue").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{place.url}/")
    page.goto(f"{place.url}/account")
    assert page.locator("#passkeys li").count() == 1
    assert place.does(place.desk.ledger()).count("passkey.added") == 1


def test_a_passkey_proves_again_who_one_is_and_the_form_comes_back_filled(
    place: Place, context: BrowserContext
) -> None:
    context.add_cookies([{"name": "language", "value": "en", "url": place.url}])
    context.add_cookies([place.cookie(place.ada)])  # type: ignore[list-item]
    page = context.new_page()
    holds_passkeys(page)
    page.goto(f"{place.url}/account")
    page.get_by_label("A name for this passkey").fill("key ring")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("key ring").wait_for()
    page.goto(f"{place.url}/users")
    page.get_by_label("User name, as it will appear").fill("dora")
    page.get_by_label("E-mail").fill("dora@crisis.example")
    place.passes(minutes=6)
    page.get_by_role("button", name="Request the invitation").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("What you typed has been restored").wait_for()
    assert page.get_by_label("User name, as it will appear").input_value() == "dora"
    page.get_by_role("button", name="Request the invitation").click()
    page.locator("#waiting + ul", has_text="dora").wait_for()


LANGUAGES = list(Language)
BEFORE = ("/sign-in", "/forgotten", "/welcome?key=used")


@pytest.mark.parametrize(
    ("language", "path"),
    list(product(LANGUAGES, BEFORE))
    if WHOLE
    else [("fr", BEFORE[0]), ("nl", BEFORE[1]), ("de", BEFORE[2])],
)
def test_axe_finds_nothing_before_signing_in(
    place: Place, chromium: Browser, language: str, path: str
) -> None:
    context = chromium.new_context(locale=LOCALE[language])
    page = context.new_page()
    page.goto(place.url + path)
    looked_at(page, f"{path.strip('/').partition('?')[0]}-{language}")
    assert complaints(page) == []
    context.close()


@pytest.mark.parametrize(
    ("language", "scheme"),
    list(product(LANGUAGES, ("light", "dark"))) if WHOLE else [("fr", "light"), ("nl", "dark")],
)
def test_axe_finds_nothing_once_inside(
    place: Place, chromium: Browser, language: str, scheme: str
) -> None:
    width = 390 if scheme == "dark" else 1200
    context = chromium.new_context(
        locale=LOCALE[language],
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 844},
    )
    context.add_cookies([place.cookie(place.ada)])  # type: ignore[list-item]
    context.add_cookies([{"name": "language", "value": language, "url": place.url}])
    page = context.new_page()
    found = []
    for path in ("/account", "/users", "/sign-in/again"):
        page.goto(place.url + path)
        looked_at(page, f"{path.strip('/').replace('/', '-')}-{language}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        found += complaints(page)
    page.goto(f"{place.url}/account")
    with page.expect_navigation():  # axe must not look at a page that is just going
        page.locator("form[action='/account/app/begin'] button").click()
    looked_at(page, f"app-{language}-{scheme}")
    found += complaints(page)
    assert found == []
    context.close()


def looked_at(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    folder = os.environ.get("ALERTING_TEST_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
