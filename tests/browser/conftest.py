"""A Chromium, and a console it can look at."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from alerting.domain.officer import Officer
from tests.browser.world import World

Opens = Callable[..., Page]
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the browser; the tests of a file share one, and its console."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group(f"browser {item.path.stem}"))
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason=f"there is no {CHROMIUM} here"))


expect.set_options(timeout=15_000)  # other tests keep the machine busy meanwhile


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("console"))
    yield made
    made.ends()


@pytest.fixture
def opens(chromium: Browser, world: World) -> Iterator[Opens]:
    """A page as an officer sees it: `opens(MILA, "/", locale="nl-BE")`.

    Whatever the browser complains about, its security policy included, fails the test.
    """
    contexts = []
    complaints: list[str] = []

    def opened(officer: Officer, path: str, **how: Any) -> Page:
        context = chromium.new_context(**{"locale": "fr-BE", "reduced_motion": "reduce", **how})
        context.add_cookies([world.session(officer)])  # type: ignore[list-item]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Security" in said.text else None,
        )
        page.goto(world.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
