"""Every page, in every language: readable by all, complete, and whole on a small screen."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, ConsoleMessage, Page

from alerting.actions.alerts import compositions, follow_ups, stopping, translations
from alerting.actions.authorities import incidents
from alerting.domain.alert import AlertClass, FollowUp
from alerting.domain.authority import Phase
from alerting.domain.language import Language
from alerting.domain.late_values import LateValue
from alerting.domain.officer import Role
from alerting.domain.press.states import ReleaseState
from alerting.i18n import LOCALES
from tests import having_read
from tests.browser.world import COMPOSED, IN_LIEGE, World
from tests.desk import CLOSED, DIRK, JORIS, MILA
from tests.press_office import PAUL, PressOffice
from tests.territory import Country
from tests.tiers import WHOLE

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
    "scheduling": "/alerts/5/schedule",
    "asking for approval": "/alerts/3/submit",
    "sent by one person": "/alerts/6",
    "its review": "/alerts/6/review",
    "awaiting approval": "/alerts/7",
    "giving it back": "/alerts/7/return",
    "stopped": "/alerts/8",
    "a false alarm": "/alerts/8/false-alarm",
    "an update": "/compose/3",
    "an all-clear": "/compose/4",
    "a retraction": "/alerts/9/send",
    "texts": "/alerts/1/texts",
    "deliveries": "/alerts/1/deliveries",
    "one delivery": "/alerts/1/deliveries/1.sms.31",
    "choosing a scenario": "/compose",
    "choosing for an exercise": "/compose?class=exercise&q=gaz",
    "a composition that is empty": "/compose/1",
    "a composition": "/compose/2",
    "a composition that waits for words": "/compose/5",
    "whom to ask for a translation": "/compose/5/ask/location/en",
    "a translation that is asked for": "/translations/1",
    "editing": "/alerts/3/edit",
    "deliveries of one person": "/alerts/1/deliveries?channel=sms",
    "a report": "/alerts/1/report",
    "people": "/recipients",
    "people nobody knows": "/recipients?place=zzz",
    "one person": "/recipients/31",
    "ending an entry": "/recipients/31/end",
    "press contacts": "/press-contacts",
    "groups": "/recipients/groups",
    "importing": "/recipients/import",
    "routes": "/routes",
    "the reference of the API": "/api",
    "authorities": "/authorities",
    "opening an incident": "/incidents/new",
    "an incident": "/incidents/1",
    "templates": "/library",
    "a template": "/library/chem_shelter",
    "changing a template": "/library/chem_shelter/social",
    "a wording to approve": "/library/versions/1",
    "the inbox": "/inbox",
    "nothing there": "/alerts/999",
    "sending alone": "/alerts/10/break-glass",
    "press releases": "/releases",
    "a new press release": "/releases/new",
    "a press release to approve": "/releases/11",
    "writing a press release": "/releases/12/edit",
    "a published press release": "/releases/13",
    "a press release under embargo": "/releases/14",
}
LOOKED_AT_BY = {
    "/alerts/10/break-glass": DIRK,
    "/releases/new": PAUL,
    "/releases/12/edit": PAUL,
}
"""Where it is not an approver."""
LEAVE_OUT_TEXTS = (
    "document.querySelectorAll('main [lang=en], main .diff').forEach(one => one.remove())"
)
"""Texts of the library, in English or with their placeholders, are no words of the interface."""
EVERY_PAGE = [pytest.param(path, id=name) for name, path in PAGES.items()]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Alerts in every state, with every trouble."""
    made = World(tmp_path_factory.mktemp("looks"), sandbox_url="http://127.0.0.1:9")
    made.sends(made.approves(made.drafts()))
    made.works()
    made.sends(made.approves(made.drafts(AlertClass.EXERCISE)))
    made.drafts(shape=IN_LIEGE)
    made.approves(made.drafts(AlertClass.TEST))
    made.approves(made.drafts())
    services = made.desk.services
    urgent = made.drafts(values=CLOSED).id
    made.does(having_read.send_now(services, urgent, by=DIRK, reason="Nobody else answers"))
    made.does(having_read.submit(services, made.drafts().id, by=MILA, note="The wind turns"))
    stopped = made.sends(made.approves(made.drafts()))
    made.does(stopping.stop(services, stopped.id, by=JORIS))
    made.does(made.desk.follows_up(stopped, FollowUp.FALSE_ALERT))
    made.drafts(values=CLOSED)
    made.compositions()
    for how in (FollowUp.UPDATE, FollowUp.ALL_CLEAR):
        made.does(follow_ups.begin_follow_up(services, stopped.id, how, by=MILA))
    asks_for_english(made)
    made.does(incidents.open_incident(services, "Fire", ["Gent"], Phase.FEDERAL, by=JORIS))
    made.proposes()
    made.groups()
    publishes(made)
    yield made
    made.ends()


def publishes(world: World) -> None:
    """A release that awaits a review, a draft, a published one, one under embargo."""
    office = PressOffice(world.desk)
    for state in (
        ReleaseState.IN_REVIEW,
        ReleaseState.DRAFT,
        ReleaseState.RELEASED,
        ReleaseState.APPROVED,
    ):
        world.does(office.brings_to(state))
    world.works()


def asks_for_english(world: World) -> None:
    """Of a composition that lacks it, whoever looks at the pages is asked."""
    services, country = world.desk.services, Country(world.desk.services)
    for name, role in (("mila", Role.COMMUNICATOR), ("joris", Role.APPROVER)):
        world.does(country.officer(role, "national", name=name))
    begun = compositions.create_composition(services, "chem_shelter", AlertClass.TEST, by=MILA)
    number = world.does(begun).id
    lacks = replace(COMPOSED, also_in=(Language.EN,))
    world.does(compositions.save_composition(services, number, lacks, seen=1, by=MILA))
    for detail in ("substance", "location"):
        asked = translations.request_translation(
            services, number, detail, Language.EN, officer="joris", by=MILA
        )
        world.does(asked)


class Eyes:
    """One tab for each way of looking, kept open: a hundred pages are looked at here."""

    def __init__(self, chromium: Browser, world: World) -> None:
        self._chromium = chromium
        self._world = world
        self._tabs: dict[str, Page] = {}
        self.blocked: list[str] = []
        """What the last page did against its own security policy."""

    def look(self, path: str, language: str = "fr", **how: Any) -> Page:
        """The page at `path`, as somebody with these settings sees it; at rest unless asked."""
        officer = LOOKED_AT_BY.get(path, JORIS)
        key = f"{officer.name} {language} {sorted(how.items())}"
        if key not in self._tabs:
            context = self._chromium.new_context(
                **{"locale": LOCALE[language], "reduced_motion": "reduce", **how}
            )
            context.add_cookies([self._world.session(officer)])  # type: ignore[list-item]
            self._tabs[key] = context.new_page()
            self._tabs[key].on("console", self._hears)
        page = self._tabs[key]
        self.blocked.clear()
        page.goto(self._world.url + path)
        return page

    def _hears(self, said: ConsoleMessage) -> None:
        if "Security Policy" in said.text:
            self.blocked.append(said.text)


@pytest.fixture(scope="module")
def eyes(chromium: Browser, world: World) -> Eyes:
    return Eyes(chromium, world)


def complaints(page: Page) -> list[str]:
    """What axe finds, in a line each."""
    page.evaluate(resources.files(AXE).joinpath("axe.min.js").read_text())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{one['id']}: {node['html'][:120]} – {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


MARKS = [one.value for one in LateValue]
PHONE = {"width": 390, "height": 844}
WIDTHS = (640, 390, 320)
"""Pixels: a page at 200 %, a phone, a page at 400 %."""


def in_turn(*languages: str, half: int) -> list[Any]:
    """Every second page, from the first or the second on, in one of these, the next in the next;
    with `--long` each page in all of them."""
    return [
        pytest.param(page.values[0], language, id=f"{language}-{page.id}")
        for number, page in enumerate(EVERY_PAGE)
        for turn, language in enumerate(languages)
        if WHOLE or (number % 2 == half and number // 2 % len(languages) == turn)
    ]


@cache
def english(language: str) -> list[str]:
    """Texts of the interface that read otherwise in this language."""
    with (LOCALES / language / "LC_MESSAGES" / "alerting.po").open("rb") as source:
        return [
            one.id
            for one in read_po(source)
            if isinstance(one.id, str) and " " in one.id and one.id != one.string
        ]


@pytest.mark.parametrize(("path", "language"), in_turn(*Language, half=0))
def test_a_page_on_a_desktop_is_readable_by_all_and_in_one_language(
    eyes: Eyes, language: str, path: str
) -> None:
    page = eyes.look(path, language)
    assert eyes.blocked == []
    assert complaints(page) == []
    assert page.locator("html").get_attribute("lang") == language
    page.evaluate(LEAVE_OUT_TEXTS)
    shown = page.locator("body").inner_text() + page.title()
    if language != Language.EN:
        assert [words for words in english(language) if words in shown] == []
    for mark in MARKS:  # the page says what it stands for
        shown = shown.replace(mark, "")
    assert "{" not in shown


@pytest.mark.parametrize(("path", "language"), in_turn("nl", "de", half=1))
def test_a_page_in_the_dark_on_a_phone_is_readable_by_all_and_no_wider_than_the_screen(
    eyes: Eyes, language: str, path: str
) -> None:
    page = eyes.look(path, language, color_scheme="dark", viewport=PHONE)
    assert complaints(page) == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", list(Language))
def test_whoever_sends_alone_on_a_phone_reads_it_whole_in_any_language(
    eyes: Eyes, language: str
) -> None:
    page = eyes.look("/alerts/10/break-glass", language, viewport=PHONE)
    assert page.url.endswith("/break-glass")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_and_light_are_both_there(eyes: Eyes) -> None:
    ground = "getComputedStyle(document.body).getPropertyValue('background-color')"
    grounds = [
        eyes.look("/alerts/1", color_scheme=scheme).evaluate(ground) for scheme in ("light", "dark")
    ]
    assert grounds == ["rgb(238, 240, 243)", "rgb(13, 17, 22)"]


def test_nothing_moves_for_those_who_asked_for_rest(eyes: Eyes) -> None:
    moving = []
    for wish in ("reduce", "no-preference"):
        page = eyes.look("/alerts/1", reduced_motion=wish)
        page.locator("[data-link='live']").wait_for()
        moving.append(page.evaluate("document.getAnimations().length > 0"))
    assert moving == [False, True]


def test_a_printed_board_is_the_figures_alone(eyes: Eyes) -> None:
    page = eyes.look("/alerts/1", viewport={"width": 900, "height": 1200})
    page.emulate_media(media="print")
    assert not page.locator("header.top").is_visible()
    assert page.locator(".banner").is_visible()
    assert page.locator("table.progress").is_visible()
