"""A list is uploaded, looked at and saved; the page follows by itself, and may be closed."""

from pathlib import Path

from playwright.sync_api import expect

from alerting.actions.recipients import import_jobs
from tests.browser.conftest import Opens
from tests.browser.test_looks import complaints
from tests.browser.world import World
from tests.desk import MILA

LIST = (
    "reference;name;language;municipality;phone;email\n"
    "a;Amélie Dubois;fr;Liège;0470 12 34 56;\n"
    "b;Nobody;xx;Gent;0470 12 34 57;\n"
)
PHONE = {"width": 390, "height": 844}


def test_the_page_of_an_import_follows_it_and_is_found_again(
    opens: Opens, world: World, tmp_path: Path
) -> None:
    file = tmp_path / "inwoners.csv"
    file.write_text(LIST, "utf-8")
    services = world.desk.services
    page = opens(MILA, "/recipients/import", locale="nl-BE", viewport=PHONE)
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Voorbeeld van het bestand").click()
    state = page.get_by_role("status")
    expect(state).to_have_text("Het bestand wordt gelezen")
    world.does(import_jobs.run_due_imports(services))
    expect(page.get_by_text("Er is nog niets opgeslagen")).to_be_visible()
    assert complaints(page) == []
    page.get_by_label("1 geldige rij importeren").check()
    page.get_by_role("button", name="Doorgaan").click()
    expect(state).to_have_text("De rijen worden opgeslagen")
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    address = page.url
    page.goto(f"{world.url}/recipients/import")
    assert complaints(page) == []
    page.get_by_role("link", name="inwoners.csv").click()
    assert page.url == address
    world.does(import_jobs.run_due_imports(services))
    expect(state).to_have_text("Geïmporteerd")
    expect(page.get_by_text("Nieuw: 1. Bijgewerkt: 0.")).to_be_visible()
    expect(page.get_by_role("rowheader", name="3")).to_be_visible()
