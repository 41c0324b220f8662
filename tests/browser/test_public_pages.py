"""Public pages in a browser, from files alone: readable by all, true by the reader's clock, and of
use without script."""

import functools
import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from alerting.domain.alert import AlertClass, FollowUp
from alerting.domain.public_alert import PublicStatus
from alerting.domain.shape import circle
from tests.actions.public.folder import folder
from tests.actions.public.made import HOUR, NOON, alert, followed, missing_person
from tests.browser.test_looks import WIDTHS, complaints
from tests.make import EUPEN, GENT, LIEGE
from tests.tiers import WHOLE, long

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
PAGES = {
    "choosing a language": "",
    "what is active": "fr/",
    "an alert": "a/2026/2/nl/",
    "an alert that was replaced": "a/2026/1/fr/",
    "choosing its language": "a/2026/2/",
    "an end": "a/2026/4/nl/",
    "a false alarm": "a/2026/6/fr/",
    "a person, over": "a/2026/7/nl/",
    "an exercise": "a/2026/9/fr/",
    "exercises": "nl/exercises/",
    "the archive": "de/archive/",
    "a month": "archive/2026/11/en/",
    "verifying": "nl/verify/",
    "in a frame": "fr/embed/",
    "on a screen": "nl/signage/",
    "accessibility": "de/accessibility/",
    "privacy": "fr/privacy/",
    "contact": "nl/contact/",
    "feeds": "en/feeds/",
    "feeds of a province": "fr/feeds/60000/",
    "nothing there": "404.html",
}
VNU = os.environ.get("ALERTING_TEST_VNU", "")
"""The path of vnu.jar, from the npm package vnu-jar."""
Reads = Callable[..., Page]


class Handler(http.server.SimpleHTTPRequestHandler):
    """A plain web server with the headers of the public folder."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        pass


MADE = 1_900_000_000
"""When the first version of a file was written, in seconds."""


class Served:
    """A folder of files and a server that can be stopped."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.written = 0
        handler = functools.partial(Handler, directory=root)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/public/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def write(self, *alerts: Any) -> None:
        """Each version is a second newer than the one before, as the publisher makes it: servers
        compare seconds."""
        self.written += 1
        shutil.rmtree(self.root / "public", ignore_errors=True)
        for path, data in folder(*alerts).items():
            file = self.root / "public" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data.replace(b"https://alerts.example.org/public/", b"/public/"))
            os.utime(file, (MADE + self.written, MADE + self.written))

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Alerts of every kind."""
    first, update = followed(alert(1, shape=circle(5.6, 50.6, 3)), FollowUp.UPDATE, 2)
    over, end = followed(alert(3, area=(EUPEN,)), FollowUp.ALL_CLEAR, 4)
    wrong, retraction = followed(alert(5, area=(GENT,)), FollowUp.FALSE_ALERT, 6)
    person, found = followed(missing_person(7), FollowUp.ALL_CLEAR, 8)
    made = Served(tmp_path_factory.mktemp("public"))
    made.write(
        first, replace(update, shape=first.shape), over, end, wrong, retraction, person, found,
        alert(9, alert_class=AlertClass.EXERCISE), alert(10, area=(EUPEN, LIEGE)),
        alert(11, at=NOON - timedelta(days=50), status=PublicStatus.EXPIRED),
    )  # fmt: skip
    yield made
    made.stop()


@pytest.fixture
def reads(chromium: Browser, served: Served) -> Iterator[Reads]:
    """`reads("fr/", at=moment)`: a page by the clock of a reader; what breaks its policy fails."""
    contexts = []
    broken: list[str] = []

    def opened(path: str, *, at: datetime = NOON + HOUR, url: str = "", **how: Any) -> Page:
        context = chromium.new_context(**{"locale": "fr-BE", "reduced_motion": "reduce", **how})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda said: broken.append(said.text) if "Policy" in said.text else None)
        page.clock.install(time=at)
        page.goto((url or served.url) + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert broken == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_page_is_readable_by_all_and_no_wider_than_the_screen(
    reads: Reads, scheme: str
) -> None:
    page = reads("", color_scheme=scheme)
    base = page.url
    turn = ("light", "dark").index(scheme)
    for name, path in PAGES.items() if WHOLE else [*PAGES.items()][turn::2]:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(base + path)
        assert complaints(page) == [], (name, scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)


def test_a_page_that_nobody_rewrote_says_by_the_clock_of_its_reader_that_it_is_over(
    reads: Reads,
) -> None:
    page = reads("a/2026/2/nl/", at=NOON + 2 * HOUR)
    expect(page.locator(".banner")).to_contain_text("Geldig tot 23 november 2026, 16.00 uur.")
    assert "Niet meer geldig" not in page.locator(".banner").inner_text()
    page.clock.fast_forward(60 * 60 * 1000 + 1000)
    expect(page.locator(".banner")).to_contain_text("Niet meer geldig sinds 23 november 2026")
    assert "Geldig tot" not in page.locator(".banner").inner_text()
    expect(page.locator("[data-stale]")).to_be_visible()
    expect(page.locator("article")).to_have_class("alert kind-warning severity-extreme is-over")


@pytest.mark.parametrize("path", ["fr/", "fr/embed/", "fr/signage/"])
def test_a_list_that_nobody_rewrote_claims_nothing_is_active_after_its_end(
    reads: Reads, path: str
) -> None:
    page = reads(path, at=NOON + 9 * HOUR)
    shown = page.locator("main").inner_text()
    assert "Valable jusqu" not in shown
    assert "N’est plus valable" in shown
    assert "Situation au 23 novembre 2026" in shown


def test_without_script_every_word_is_there(reads: Reads) -> None:
    page = reads("a/2026/2/fr/", java_script_enabled=False)
    shown = page.locator("main").inner_text()
    assert "Valable jusqu’au 23 novembre 2026 à 16h00." in shown
    assert "Fermez les fenêtres." in shown
    page.goto(page.url.replace("a/2026/2/fr/", "fr/verify/"))
    assert not page.locator("form").first.is_visible()
    assert "2026/2" in page.locator("table").inner_text()


def test_a_message_is_verified_by_its_number_its_hour_and_its_text(reads: Reads) -> None:
    page = reads("nl/verify/", timezone_id="America/New_York")
    result = page.locator("#result")
    forms = (page.locator(f"form[data-by={one}]") for one in ("number", "hour", "text"))
    by_number, by_hour, by_text = forms

    by_text.get_by_role("textbox").fill("chemisch LEK")
    by_text.get_by_role("button").click()
    expect(result).to_contain_text("Dit is een officiële alarmering.")
    by_text.get_by_role("textbox").fill("TEST: Dit is een testbericht. TEST")
    by_text.get_by_role("button").click()
    expect(result).to_contain_text("Een bericht dat begint met TEST of OEFENING meldt geen gevaar")
    assert "Niet gevonden" not in result.inner_text()
    by_text.get_by_role("textbox").fill("Chemisch lek, betaal hier")
    by_text.get_by_role("button").click()
    expect(result).to_contain_text("Niet gevonden.")

    by_number.get_by_label("Jaar").fill("2026")
    by_number.get_by_label("Nummer").fill("2")
    by_number.get_by_role("button").click()
    expect(result.get_by_role("link")).to_have_attribute("href", "../../a/2026/2/nl/")
    expect(result).to_contain_text("Er is een alarmering met dit nummer.")
    by_number.get_by_label("Nummer").fill("9")
    by_number.get_by_role("button").click()
    expect(result).to_contain_text("OEFENING")
    by_number.get_by_label("Nummer").fill("999")
    by_number.get_by_role("button").click()
    expect(result).to_contain_text("Niet gevonden.")

    by_hour.get_by_label("Dag").fill("2026-11-23")
    by_hour.get_by_label("Uur").fill("13:40")
    by_hour.get_by_role("button").click()
    found = result.get_by_role("listitem")
    expect(found.filter(has_text="2026/2 ")).to_have_text(
        "2026/2 – 23 november 2026, 14.00 uur Chemisch lek"
    )
    expect(found.filter(has_text="2026/1 – ")).to_contain_text(
        "Vervangen door een recenter bericht"
    )
    expect(found.filter(has_text="2026/9 ")).to_contain_text("OEFENING – 2026/9")


def test_a_screen_keeps_itself_up_to_date_and_says_when_it_cannot(
    reads: Reads, tmp_path: Path
) -> None:
    own = Served(tmp_path)
    own.write(alert(12))
    page = reads("fr/signage/", url=own.url)
    expect(page.locator("h2")).to_have_text("Fuite chimique")
    own.write(*followed(alert(12), FollowUp.ALL_CLEAR, 13))
    page.clock.fast_forward(31_000)
    expect(page.locator("main h1")).to_have_text("Aucune alerte en cours.")
    expect(page.locator("[data-checked]")).to_contain_text("14h00")
    own.stop()
    page.clock.fast_forward(31_000)
    expect(page.locator("[data-offline]")).to_be_visible()


def test_a_screen_turns_its_pages_until_every_alert_was_shown(reads: Reads, tmp_path: Path) -> None:
    own = Served(tmp_path)
    own.write(*(alert(n, at=NOON + timedelta(minutes=n)) for n in range(1, 6)))
    page = reads("fr/signage/", url=own.url)
    shown = set()
    for turn in ("1 / 3", "2 / 3", "3 / 3"):
        expect(page.locator(".turn")).to_have_text(turn)
        shown |= {one.inner_text() for one in page.locator(".card:visible .small").all()}
        assert page.evaluate("document.querySelector('main').scrollHeight <= innerHeight")
        page.clock.fast_forward(20_000)
    assert len(shown) == 5
    own.stop()


def test_a_screen_of_one_place_and_in_two_languages(reads: Reads) -> None:
    page = reads("fr/signage/?place=63023.60000&also=nl")
    expect(page.locator(".card:visible")).to_have_count(1)
    expect(page.locator(".card:visible .small")).to_contain_text("/a/2026/10/")
    page.clock.fast_forward(20_000)
    expect(page.locator("main:visible")).to_have_attribute("lang", "nl")
    expect(page.locator(".card:visible h2")).to_have_text("Chemisch lek")
    page.goto(page.url.replace("63023.60000&also=nl", "10000"))
    expect(page.locator("main h1")).to_have_text("Aucune alerte en cours pour ce lieu.")


def test_a_frame_keeps_the_focus_of_a_link_and_replaces_only_what_changed(
    reads: Reads, tmp_path: Path
) -> None:
    own = Served(tmp_path)
    own.write(alert(12))
    page = reads("fr/embed/", url=own.url)
    page.evaluate("document.querySelector('main').id = 'first'")
    page.locator(".card a").focus()
    page.clock.fast_forward(61_000)
    page.wait_for_timeout(0)
    own.write(alert(12), alert(13, at=NOON + timedelta(minutes=1)))
    expect(page.locator("main#first")).to_be_attached()
    page.clock.fast_forward(61_000)
    expect(page.locator(".card")).to_have_count(2)
    assert page.evaluate("document.activeElement.getAttribute('href')") == "../../a/2026/12/fr/"
    own.stop()


def test_on_paper_the_alert_stands_alone_with_its_address(reads: Reads) -> None:
    page = reads("a/2026/2/fr/")
    page.emulate_media(media="print")
    assert not page.locator("nav.rooms").is_visible()
    assert page.locator(".where").is_visible()
    assert page.locator(".validity").first.is_visible()


@long
@pytest.mark.skipif(not VNU, reason="ALERTING_TEST_VNU names no vnu.jar (npm package vnu-jar)")
def test_the_checker_of_the_w3c_finds_nothing(served: Served) -> None:
    checked = subprocess.run(
        ["java", "-jar", VNU, "--skip-non-html", str(served.root / "public")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.stderr == ""
    assert checked.returncode == 0
