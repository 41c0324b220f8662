"""Boards in many tabs of one browser: each is live when looked at, and pages still load.

Over HTTP/1.1 a browser opens six connections to a host, for all its tabs together.
"""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from alerting.domain.alert import Alert, AlertClass
from tests.browser.world import World
from tests.desk import MILA

BOARDS = 10
LOADS = 10_000
"""Milliseconds in which a page is to be there."""
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
"""A tab of a headless browser never is in the background; this says that it is."""


@pytest.fixture
def context(chromium: Browser, world: World) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-GB", reduced_motion="reduce")
    context.add_cookies([world.session(MILA)])  # type: ignore[list-item]
    context.set_default_timeout(LOADS)
    yield context
    context.close()


@pytest.fixture
def alert(world: World) -> Alert:
    return world.approves(world.drafts(AlertClass.EXERCISE))


def board(context: BrowserContext, world: World, alert: Alert, *, hidden: bool = False) -> Page:
    """A tab in which an alert's board was opened."""
    page = context.new_page()
    if hidden:
        page.add_init_script(f"({HIDE})(true)")
    page.goto(f"{world.url}/alerts/{alert.id}", wait_until="commit")
    return page


def live(page: Page) -> None:
    """Wait until a board says that it updates by itself."""
    expect(page.locator("#link")).to_have_attribute("data-link", "live", timeout=LOADS)


def viewers(world: World, expected: int) -> None:
    """Wait until so many streams are open, as the server counts them."""
    until = time.monotonic() + LOADS / 1000
    while (open_now := world.viewers) != expected and time.monotonic() < until:
        time.sleep(0.05)
    assert open_now == expected


def test_a_board_whose_scripts_arrive_late_is_live(
    context: BrowserContext, world: World, alert: Alert
) -> None:
    def late(route: Route) -> None:
        time.sleep(0.3)
        route.continue_()

    context.route("**/static/*.js*", late)
    live(board(context, world, alert))


def test_ten_boards_in_ten_tabs_leave_the_browser_its_pages(
    context: BrowserContext, world: World
) -> None:
    alerts = [world.approves(world.drafts(AlertClass.EXERCISE)) for _ in range(BOARDS)]
    boards = [board(context, world, alert) for alert in alerts]
    for page in boards:
        live(page)
    another = context.new_page()
    another.goto(f"{world.url}/")
    expect(another.get_by_role("heading", name="Alerts")).to_be_visible()
    world.sends(alerts[-1])
    expect(boards[-1].locator("#standing")).to_contain_text("sending", timeout=LOADS)
    boards[0].reload()
    live(boards[0])


def test_a_board_in_a_hidden_tab_has_no_stream_until_it_is_shown(
    context: BrowserContext, world: World, alert: Alert
) -> None:
    pages = [board(context, world, alert, hidden=True) for _ in range(3)]
    for page in pages:
        page.wait_for_load_state("networkidle")
        expect(page.locator("#link")).to_have_attribute("data-link", "none")
    viewers(world, 0)
    pages[0].evaluate(HIDE, False)
    live(pages[0])
    viewers(world, 1)
    pages[0].evaluate(HIDE, True)
    viewers(world, 0)
    world.sends(alert)
    expect(pages[0].locator("#standing")).to_contain_text("approved")
    pages[0].evaluate(HIDE, False)
    expect(pages[0].locator("#standing")).to_contain_text("sending", timeout=LOADS)
    live(pages[0])


def test_a_page_that_is_left_takes_its_stream_along(
    context: BrowserContext, world: World, alert: Alert
) -> None:
    page = board(context, world, alert)
    live(page)
    viewers(world, 1)
    page.goto(f"{world.url}/")
    viewers(world, 0)
    page.go_back()
    live(page)
    viewers(world, 1)


def test_a_board_whose_first_stream_is_refused_tries_again(
    context: BrowserContext, world: World, alert: Alert
) -> None:
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=503)

    context.route("**/live", refuse_once)
    page = board(context, world, alert)
    live(page)
    assert refused


def test_a_board_whose_session_ended_goes_to_sign_in(
    context: BrowserContext, world: World, alert: Alert
) -> None:
    page = board(context, world, alert)
    live(page)
    page.evaluate(HIDE, True)
    context.clear_cookies()
    page.evaluate(HIDE, False)
    expect(page).to_have_url(re.compile("/sign-in"))
