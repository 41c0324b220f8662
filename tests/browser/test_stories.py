"""Whole stories in a browser: from a scenario to phones, by two officers, and what goes wrong."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from alerting.domain.officer import Officer
from tests.browser.world import World
from tests.desk import JORIS, MILA

SOON = 15_000
RIGHTED = {
    "fr": "de l'autre côté de la rue",
    "nl": "aan de overkant van de straat",
    "de": "auf der anderen Straßenseite",
}
Who = Callable[[Officer], Page]


@pytest.fixture
def who(chromium: Browser, world: World) -> Iterator[Who]:
    """A tab of each officer's own, kept for the whole story; nothing may complain."""
    tabs: dict[str, Page] = {}
    complaints: list[str] = []

    def hears(said: ConsoleMessage) -> None:
        if "Security Policy" in said.text:
            complaints.append(said.text)

    def tab(officer: Officer) -> Page:
        if officer.name not in tabs:
            context = chromium.new_context(locale="en-GB", reduced_motion="reduce")
            context.add_cookies([world.session(officer)])  # type: ignore[list-item]
            page = context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", hears)
            page.goto(world.url)
            tabs[officer.name] = page
        return tabs[officer.name]

    yield tab
    for page in tabs.values():
        page.context.close()
    assert complaints == []


def composes(page: Page, button: str) -> str:
    """From the first page to a draft of a gas leak in Liège; its address."""
    page.get_by_role("navigation", name="Create").get_by_role("link", name=button).click()
    page.locator("#q").type("fuite")
    page.locator("button[value='gas_leak']").first.click()
    page.locator("#place").fill("4000 Liège")
    page.locator("#place").press("Enter")
    expect(page.locator(".chip")).to_have_count(1)
    page.locator("#f-location").fill("rue du Pont 12")
    page.locator("#f-safe_direction").fill("église Saint-Martin")
    page.locator("#f-next_update").fill("17h45")
    expect(page.locator("form[data-unsaved]")).to_have_count(0)
    expect(page.locator(".examples")).to_have_count(0)
    page.get_by_role("button", name="Create the").click()
    page.wait_for_url("**/alerts/*")
    return page.url


def approves(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#act-approve").click()
    if page.locator("#reason").count():  # a check found something: the approver answers for it
        page.locator("#reason").fill("Checked by telephone")
    asked = page.locator("[data-text]:has([data-unread])").all()
    for name in [one.get_attribute("data-text") for one in asked]:
        folded = page.locator(f"[data-text='{name}']")
        folded.locator("summary").first.click()
        expect(folded.locator("[data-unread]")).to_have_count(0)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#standing")).to_contain_text("approved")


def sends(page: Page, word: str = "") -> None:
    page.locator("#act-send").click()
    if word:
        page.locator("#word").fill(word)
    page.locator("main form button.primary").click()
    expect(page.locator("#standing")).to_contain_text("sending", timeout=SOON)


def test_from_a_draft_to_what_was_delivered(who: Who, world: World) -> None:
    mila, joris = who(MILA), who(JORIS)
    address = composes(mila, "New alert")
    mila.locator("#act-submit").click()
    mila.locator("#remark").fill("The wind turns")
    mila.get_by_role("button", name="Submit for approval").click()
    expect(mila.locator("#standing")).to_contain_text("awaiting approval")
    expect(mila.locator("#act-approve")).to_have_count(0)
    joris.goto(world.url)
    expect(joris.get_by_role("link", name="Check and approve")).not_to_have_count(0)
    joris.goto(address)
    expect(joris.locator("main")).to_contain_text("The wind turns")
    approves(joris, address)
    mila.goto(address)
    sends(mila, "ALERT")
    world.works()
    expect(mila.locator("#row-sms .planned")).to_have_text("80", timeout=SOON)
    mila.goto(f"{address}/deliveries")
    expect(mila.locator("table.deliveries tbody tr")).not_to_have_count(0)
    mila.locator("table.deliveries tbody a").first.click()
    expect(mila.locator("main")).not_to_contain_text("Person ")
    mila.get_by_role("button", name="Show personal data").click()
    expect(mila.locator("main")).to_contain_text("Person ")


def test_the_word_is_asked_for_and_nothing_leaves_without_it(who: Who, world: World) -> None:
    alert = world.approves(world.drafts())
    mila = who(MILA)
    mila.goto(f"{world.url}/alerts/{alert.id}")
    mila.locator("#act-send").click()
    mila.locator("#word").fill("yes")
    mila.locator("main form button.primary").click()
    expect(mila.get_by_role("alert")).to_contain_text("Nothing was sent")
    mila.goto(f"{world.url}/alerts/{alert.id}")
    expect(mila.locator("#standing")).to_contain_text("approved")


def test_what_is_given_back_is_edited_and_comes_again(who: Who, world: World) -> None:
    mila, joris = who(MILA), who(JORIS)
    address = composes(mila, "New exercise")
    mila.locator("#act-submit").click()
    mila.get_by_role("button", name="Submit for approval").click()
    joris.goto(address)
    joris.locator("#act-return").click()
    joris.locator("#remark").fill("Say which street")
    joris.get_by_role("button", name="Return to the author").click()
    expect(joris.locator("#standing")).to_contain_text("to be corrected")
    mila.goto(address)
    expect(mila.locator("main")).to_contain_text("Say which street")
    mila.locator("#act-edit").click()
    text = mila.locator("#text-sms-fr")
    text.fill(f"{text.input_value()[:-8]}Rue du Pont. EXERCICE")
    mila.get_by_role("button", name="Save as a new version").click()
    mila.wait_for_url(address)
    expect(mila.locator("#standing")).to_contain_text("draft")
    joris.goto(f"{address}/approve")
    expect(joris.locator(".changes ins").first).to_be_visible()


def test_an_alert_is_stopped_and_corrected(who: Who, world: World) -> None:
    alert = world.sends(world.approves(world.drafts()))
    mila = who(MILA)
    mila.goto(f"{world.url}/alerts/{alert.id}")
    mila.locator("#act-stop").click()
    expect(mila.locator("#standing")).to_contain_text("stopped", timeout=SOON)
    mila.locator("#follow-correction").click()
    mila.wait_for_url("**/compose/*")
    for field in mila.locator("#details :is(input, textarea)[aria-required]").all():
        if not field.input_value():
            field.fill(RIGHTED[field.get_attribute("lang") or ""])
    expect(mila.locator("#preview-sms-fr")).to_contain_text("de l'autre coté de la rue")  # GSM-7
    mila.get_by_role("button", name="Prepare the follow-up").click()
    mila.wait_for_url("**/alerts/*")
    assert mila.url != f"{world.url}/alerts/{alert.id}"
    address = mila.url
    expect(mila.locator("main")).to_contain_text(f"Alert {alert.id}")
    approves(who(JORIS), address)
    mila.goto(address)
    sends(mila, "ALERT")
    mila.goto(f"{world.url}/alerts/{alert.id}")
    expect(mila.locator(".chain")).to_contain_text("correction")


def test_an_exercise_is_never_taken_for_the_real_thing(who: Who, world: World) -> None:
    mila, joris = who(MILA), who(JORIS)
    address = composes(mila, "New exercise")
    expect(mila.locator(".banner-exercise")).to_be_visible()
    approves(joris, address)
    mila.goto(address)
    mila.locator("#act-send").click()
    expect(mila.locator("#word")).to_have_count(0)
    expect(mila.get_by_role("button", name="Send the exercise")).to_be_visible()
    mila.get_by_role("button", name="Send the exercise").click()
    expect(mila.locator("#standing")).to_contain_text("sending", timeout=SOON)
    mila.goto(f"{address}/texts")
    expect(mila.locator("main")).to_contain_text("EXERCICE")
