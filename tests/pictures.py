"""`run.py screenshots`: the main pages as pictures, for docs/tour.md, from a console that runs.

Whoever changes a page makes them anew and looks at them before keeping them.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from alerting.actions.alerts import stopping
from alerting.domain.alert import AlertClass
from alerting.domain.officer import Officer
from alerting.services import Services
from alerting.store.operations import workers
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.world import World
from tests.desk import JORIS, MILA

FOLDER = Path(__file__).parent.parent / "docs" / "images"
LOCALE = {"fr": "fr-BE", "nl": "nl-BE", "de": "de-BE", "en": "en-GB"}
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

PICTURES: dict[str, tuple[str, str, Officer, dict[str, Any]]] = {
    "home": ("/", "fr", JORIS, {}),
    "compose": ("/compose/2", "en", MILA, {}),
    "approve": ("/alerts/2/approve", "nl", JORIS, {}),
    "board": ("/alerts/1", "en", MILA, {}),
    "board-phone-dark": ("/alerts/1", "nl", MILA, {"viewport": PHONE, "color_scheme": "dark"}),
    "exercise": ("/alerts/3", "de", MILA, {}),
    "texts": ("/alerts/1/texts", "de", MILA, {}),
    "deliveries": ("/alerts/1/deliveries", "nl", MILA, {}),
    "report": ("/alerts/1/report", "fr", MILA, {}),
    "recipients": ("/recipients", "fr", MILA, {}),
    "library": ("/library/chem_shelter", "de", MILA, {}),
    "routes": ("/routes", "nl", JORIS, {"full_page": True}),
}
"""Name -> page, language, who looks, and how."""


def main() -> int:
    """Make them all; 2 where there is no browser."""
    if not CHROMIUM.exists():
        sys.stderr.write(f"There is no {CHROMIUM} here.\n")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        world = World(Path(folder))
        try:
            _happens(world)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            for name in PICTURES:
                _take(browser, world, name)
            browser.close()
        finally:
            world.ends()
    return 0


def _happens(world: World) -> None:
    """An alert on its way, one to approve, an exercise, one that was stopped, two compositions."""
    world.sends(world.approves(world.drafts()))
    world.works()
    world.drafts()
    world.sends(world.approves(world.drafts(AlertClass.EXERCISE)))
    stopped = world.sends(world.approves(world.drafts()))
    world.does(stopping.stop(world.desk.services, stopped.id, by=JORIS))
    world.compositions()
    world.does(_beat(world.desk.services))


async def _beat(services: Services) -> None:
    """A worker shows a sign of life."""
    async with services.unit() as unit:
        await unit.connection.run_sync(
            lambda connection: workers.beat(
                connection, services.database, "crisis-1-4711-a3f09c21", now=services.now()
            )
        )


def _take(browser: Browser, world: World, name: str) -> None:
    path, language, officer, how = PICTURES[name]
    full = how.get("full_page", False)
    context = browser.new_context(
        locale=LOCALE[language],
        viewport=how.get("viewport", DESK),
        color_scheme=how.get("color_scheme", "light"),
        reduced_motion="reduce",
    )
    context.add_cookies([world.session(officer)])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(world.url + path)
    page.wait_for_load_state("load")
    page.screenshot(path=FOLDER / f"{name}.png", full_page=full)
    context.close()
    sys.stdout.write(f"{name}.png\n")


if __name__ == "__main__":
    sys.exit(main())
