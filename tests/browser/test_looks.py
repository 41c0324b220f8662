"""Every page, in every language: readable by all, complete, and whole on a small screen."""

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, Page

from alerting.catalogue import LOCALES
from alerting.domain.alert import AlertClass
from alerting.domain.language import Language
from tests.browser.world import World
from tests.desk import JORIS

AXE = pytest.importorskip("axe_playwright_python", reason="axe is not installed")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOCALE = {"fr": "fr-BE", "nl": "nl-BE", "de": "de-BE", "en": "en-GB"}
PAGES = {
    "the list": "/",
    "sign-in": "/sign-in",
    "a link that is used up": "/sign-in?once=used",
    "a board under way": "/alerts/1",
    "an exercise": "/alerts/2",
    "a test to be sent": "/alerts/4",
    "a draft": "/alerts/3",
    "approving": "/alerts/3/approve",
    "sending": "/alerts/5/send",
    "texts": "/alerts/1/texts",
    "deliveries": "/alerts/1/deliveries",
    "one delivery": "/alerts/1/deliveries/1.sms.31",
    "the inbox": "/inbox?address=nobody@example.org",
    "nothing there": "/alerts/999",
}
EVERY_PAGE = [pytest.param(path, id=name) for name, path in PAGES.items()]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Alerts in every state, with every trouble."""
    made = World(tmp_path_factory.mktemp("looks"), sandbox_url="http://127.0.0.1:9")
    made.sends(made.approves(made.drafts()))
    made.works()
    made.sends(made.approves(made.drafts(AlertClass.EXERCISE)))
    made.drafts()
    made.approves(made.drafts(AlertClass.TEST))
    made.approves(made.drafts())
    yield made
    made.ends()


def look(
    chromium: Browser, world: World, path: str, language: str = "fr", **how: Any
) -> Iterator[Page]:
    with chromium.new_context(locale=LOCALE[language], **how) as context:
        context.add_cookies([world.session(JORIS)])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(world.url + path)
        yield page


def complaints(page: Page) -> list[str]:
    """What axe finds, in a line each."""
    page.evaluate(resources.files(AXE).joinpath("axe.min.js").read_text())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{one['id']}: {node['html'][:120]} – {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("path", EVERY_PAGE)
@pytest.mark.parametrize("language", list(Language))
def test_axe_finds_nothing(chromium: Browser, world: World, language: str, path: str) -> None:
    for page in look(chromium, world, path, language):
        assert complaints(page) == []


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_axe_finds_nothing_in_the_dark_on_a_phone(
    chromium: Browser, world: World, path: str
) -> None:
    phone = {"width": 390, "height": 844}
    for page in look(chromium, world, path, "nl", color_scheme="dark", viewport=phone):
        assert complaints(page) == []


@pytest.mark.parametrize("path", EVERY_PAGE)
@pytest.mark.parametrize(
    "width",
    [
        pytest.param(320, id="400 % zoom"),
        pytest.param(390, id="phone"),
        pytest.param(640, id="200 %"),
    ],
)
def test_nothing_is_wider_than_the_screen(
    chromium: Browser, world: World, path: str, width: int
) -> None:
    for page in look(chromium, world, path, "de", viewport={"width": width, "height": 800}):
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", EVERY_PAGE)
@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_no_english_is_left_over(chromium: Browser, world: World, language: str, path: str) -> None:
    with (LOCALES / language / "LC_MESSAGES" / "alerting.po").open("rb") as source:
        english = [
            one.id
            for one in read_po(source)
            if isinstance(one.id, str) and " " in one.id and one.id != one.string
        ]
    for page in look(chromium, world, path, language):
        assert page.locator("html").get_attribute("lang") == language
        shown = page.locator("body").inner_text() + page.title()
        assert [words for words in english if words in shown] == []
        assert "{" not in shown


def test_dark_and_light_are_both_there(chromium: Browser, world: World) -> None:
    ground = "getComputedStyle(document.body).getPropertyValue('background-color')"
    grounds = [
        page.evaluate(ground)
        for scheme in ("light", "dark")
        for page in look(chromium, world, "/alerts/1", color_scheme=scheme)
    ]
    assert grounds == ["rgb(238, 240, 243)", "rgb(13, 17, 22)"]


def test_nothing_moves_for_those_who_asked_for_rest(chromium: Browser, world: World) -> None:
    moving = "document.getAnimations().length"
    for page in look(chromium, world, "/alerts/1", reduced_motion="reduce"):
        page.locator("[data-link='live']").wait_for()
        assert page.evaluate(moving) == 0
    for page in look(chromium, world, "/alerts/1", reduced_motion="no-preference"):
        page.locator("[data-link='live']").wait_for()
        assert page.evaluate(moving) > 0


def test_a_printed_board_is_the_figures_alone(chromium: Browser, world: World) -> None:
    for page in look(chromium, world, "/alerts/1"):
        page.emulate_media(media="print")
        assert not page.locator("header.top").is_visible()
        assert page.locator(".banner").is_visible()
        assert page.locator("table.progress").is_visible()
