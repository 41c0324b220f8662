"""In a real browser: a board moves by itself, says when it does not, and keeps out of the way."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from alerting.domain.alert import Alert, AlertClass
from alerting.domain.channel import Deferred, FailureReason, Outcome, Refused
from tests.browser.world import World
from tests.desk import JORIS, MILA

SOON = 3_000
"""Milliseconds: a change is on the board within a second where other tests do not run beside."""
RECONNECTS = 20_000

Opens = Callable[[str], Page]


@pytest.fixture
def context(chromium: Browser, world: World) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-GB", reduced_motion="reduce")
    context.add_cookies([world.session(MILA)])  # type: ignore[list-item]
    yield context
    context.close()


@pytest.fixture
def opens(context: BrowserContext, world: World) -> Iterator[Opens]:
    """Opens a page; whatever the browser complains about fails the test."""
    complaints: list[str] = []

    def look(path: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Security" in said.text else None,
        )
        page.goto(world.url + path)
        return page

    yield look
    assert complaints == []


@pytest.fixture
def alert(world: World) -> Alert:
    return world.approves(world.drafts(AlertClass.EXERCISE))


def test_a_one_time_link_signs_in_by_its_button(chromium: Browser, world: World) -> None:
    with chromium.new_context(locale="en-GB") as context:
        page = context.new_page()
        page.goto(world.link(JORIS))
        page.get_by_role("button", name="Sign in as joris").click()
        expect(page.get_by_role("heading", name="Alerts")).to_be_visible()
        expect(page.locator(".officer")).to_contain_text("joris")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_board_moves_by_itself(opens: Opens, world: World, alert: Alert) -> None:
    page = opens(f"/alerts/{alert.id}")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    expect(page.locator("#standing")).to_contain_text("approved")
    world.sends(alert)
    expect(page.locator("#standing")).to_contain_text("sending", timeout=SOON)
    world.works()
    expect(page.locator("#row-sms .planned")).to_have_text("200", timeout=SOON)
    expect(page.locator("#said")).to_contain_text("% handed to the provider")


def test_a_swap_leaves_the_focus_where_it_was(opens: Opens, world: World, alert: Alert) -> None:
    some: list[Outcome] = [Refused(FailureReason.ADDRESS_DEAD)] * 3
    some += [Deferred(FailureReason.UNREACHABLE)] * 50
    world.desk.channel("sms")._answers = iter(some)
    world.sends(alert)
    world.works()
    page = opens(f"/alerts/{alert.id}")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    row, link = page.locator("#row-sms"), page.locator("#lost a").first
    link.focus()
    row.evaluate("row => { row.isTheSame = true }")
    expect(row.get_by_role("cell", name="50", exact=True)).to_be_visible()
    world.passes(minutes=1)
    world.sweeps()
    expect(row.get_by_role("cell", name="50", exact=True)).to_be_hidden(timeout=SOON)
    expect(link).to_be_focused()
    assert row.evaluate("row => row.isTheSame") is True


def test_a_lost_connection_is_said_and_found_again(
    opens: Opens, world: World, alert: Alert
) -> None:
    page = opens(f"/alerts/{alert.id}")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    world.stops()
    expect(page.get_by_text("Connection lost")).to_be_visible(timeout=RECONNECTS)
    world.sends(alert)
    world.works()
    world.starts()
    expect(page.locator("#row-sms .planned")).to_have_text("200", timeout=RECONNECTS)
    expect(page.get_by_text("Connection lost")).to_be_hidden()
    expect(page.get_by_text("Updates automatically")).to_be_visible()


def test_a_finished_alert_ends_the_stream(opens: Opens, world: World, alert: Alert) -> None:
    world.sends(alert)
    page = opens(f"/alerts/{alert.id}")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    world.works()
    world.passes(hours=5)
    for _ in range(3):
        world.sweeps()
    expect(page.locator("#standing")).to_contain_text("expired", timeout=RECONNECTS)
    expect(page.locator("#link")).to_have_attribute("data-link", "final")
    page.reload()
    expect(page.locator("script:not([src*=navigation])")).to_have_count(0)


def test_an_officer_sends_with_the_keyboard_alone(opens: Opens, world: World) -> None:
    alert = world.approves(world.drafts())
    page = opens(f"/alerts/{alert.id}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.locator("#act-send").focus()
    page.keyboard.press("Enter")
    page.get_by_label("This is a real alert").focus()
    page.keyboard.type("alert")
    page.keyboard.press("Enter")
    expect(page.locator("#standing")).to_contain_text("sending")


def test_everything_works_without_javascript(chromium: Browser, world: World) -> None:
    alert = world.drafts(AlertClass.EXERCISE)
    with chromium.new_context(locale="en-GB", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(world.link(JORIS))
        page.get_by_role("button", name="Sign in as joris").click()
        page.locator(f"a[href='/alerts/{alert.id}']").click()
        page.get_by_role("link", name="Check and approve").click()
        for box in page.get_by_role("checkbox", name="Approve without opening it").all():
            box.check()
        page.get_by_role("button", name="Approve").click()
        page.get_by_role("link", name="Check and send").click()
        same = page.get_by_role("checkbox", name="the same alert is in progress")
        if same.count():  # other tests of this world may have sent it before
            same.check()
        page.get_by_role("button", name="Send the exercise").click()
        again = page.get_by_role("link", name="Reload").first
        expect(again).to_be_visible()  # the board is there before anything is sent
        expect(page.get_by_text("Updates automatically")).to_be_hidden()
        world.works()
        again.click()
        expect(page.locator("#row-sms .planned")).to_have_text("200")


def test_emails_are_seen_as_they_arrive(opens: Opens, alert: Alert) -> None:
    page = opens(f"/alerts/{alert.id}/texts")
    letter = page.frame_locator("iframe[src$='email.nl.html']")
    expect(letter.get_by_role("heading", name="Chemisch lek")).to_be_visible()
    expect(letter.get_by_role("heading", name="Chemisch lek")).to_have_css(
        "color", "rgb(255, 255, 255)"
    )
